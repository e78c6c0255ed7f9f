"""The 服务机构承诺书 in the scheme's own wording (附件 1 of the work plan), filled in from the registration (P2)."""

from __future__ import annotations

from foundation.printing.wording import Letter, fill_in
from providers.models import Provider

PARAGRAPHS = (
    "本机构名称{name}，作为中小微企业服务券的服务机构，现郑重承诺如下：",
    "1、诚信服务。承诺如实提供和发布服务产品，按照合同规定的价格和内容提供服务，"
    "不与有投资关系或产权纽带的企业签订服务合同。对于企业已支付全款的服务合同，"
    "本机构承诺将服务券补贴费用退回企业。",
    "2、规范服务。承诺按照服务券工作程序和要求提供专业服务，根据市场需求不断研发质优价廉的服务产品，"
    "提供的服务与本机构被认定或确认的服务类型一致，不提供不具备专业资质或资格的服务。",
    "3、跟踪服务。承诺自觉接受各级中小企业行政主管部门和服务券承办单位的检查监督管理，"
    "及时响应用户需求，做好服务跟踪评价，对服务不到位的情况及时整改。",
    "4、承诺本机构在服务券的申领、使用、兑现过程中严守规定，提供材料真实无误，接受财政或审计部门的监督。"
    "如发现提供虚假材料、产品价格明显虚高、服务与合同严重不符、与中小微企业恶意串通骗取"
    "（或截留、挪用、挤占）服务券资金的，同意取消收券资格和示范平台称号、"
    "退回拨付资金（或已收取的服务券），并承担相应的经济和法律责任。",
)
CONTACT = "（联系人：{contact}　手机号：{contact_mobile}）"
SIGNATURES = ("机构名称（盖章）", "法人代表（签字）")


def commitment_letter(provider: Provider, *, year: int) -> Letter:
    """The commitment of a provider for ``year``."""
    values = {
        "name": provider.name,
        "contact": provider.contact,
        "contact_mobile": provider.contact_mobile,
    }
    return Letter(
        title="服务机构承诺书",
        edition=f"（{year} 年度）",
        paragraphs=[fill_in(wording, values) for wording in PARAGRAPHS],
        contact=fill_in(CONTACT, values),
        signatures=SIGNATURES,
        note=f"统一社会信用代码：{provider.credit_code}",
        year=str(year),
    )
