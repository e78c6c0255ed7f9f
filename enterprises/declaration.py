"""The 声明函 in the scheme's own wording (附件 2 of the work plan), filled in from the basic information (E3)."""

from __future__ import annotations

from enterprises.models import Qualification
from foundation.printing.wording import Letter, fill_in

PARAGRAPHS = (
    "本企业名称{name}，法人代表{legal_representative}，身份证号码{legal_representative_id}。",
    "现郑重声明如下：",
    "一、本企业地址{address}，注册资本{registered_capital}万元，属于{industry}行业，"
    "现有从业人员{employees}人。最近一年营业收入为{revenue}万元，资产总额{assets}万元。"
    "根据《中小企业划型标准规定》（工信部联企业〔2011〕300号）规定的划分标准，本公司为{size_class}企业。",
    "二、授权{handler}身份证号码是：{handler_id}，作为本企业办理中小微企业服务券有关事宜的唯一经办人。",
    "三、本企业承诺：未列入国家“失信联合惩戒黑名单”，使用“服务券”购买的服务产品，"
    "未获得往年度“服务券”补助和其他财政专项资金补助；在服务券的申领、使用过程中提供的材料真实无误，"
    "接受财政或审计部门的监督。如发现弄虚作假、恶意欺骗等违规行为，承诺退回资金，"
    "承担相应的经济和法律责任，以后不再享有领券资格。",
)
CONTACT = "（经办人：{handler}　手机号：{handler_mobile}）"
SIGNATURES = ("企业名称（盖章）", "法人代表（签字）", "被授权人（签字）")


def declaration_letter(qualification: Qualification) -> Letter:
    """The declaration of a file as it stands, ID numbers in clear, as it has to be signed."""
    profile, city = qualification.profile, qualification.enterprise.city
    values = {
        "name": profile.name,
        "legal_representative": profile.legal_representative,
        "legal_representative_id": profile.legal_representative_id,
        "address": profile.address,
        "registered_capital": f"{profile.registered_capital:.2f}",
        "industry": profile.get_industry_display(),
        "employees": str(profile.employees),
        "revenue": f"{profile.revenue:.2f}",
        "assets": f"{profile.assets:.2f}",
        "size_class": profile.get_size_class_display(),
        "handler": profile.handler,
        "handler_id": profile.handler_id,
        "handler_mobile": profile.handler_mobile,
    }
    return Letter(
        title=f"{city}中小微企业声明函",
        edition=f"（{qualification.year}年{city}版）",
        paragraphs=[fill_in(wording, values) for wording in PARAGRAPHS],
        contact=fill_in(CONTACT, values),
        signatures=SIGNATURES,
        note=f"统一社会信用代码：{qualification.enterprise.credit_code}",
        year=str(qualification.year),
    )
