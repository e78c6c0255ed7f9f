"""What reviewers of institutions and products usually find, by item; the other side reads it, so it says what to do."""

from __future__ import annotations

from collections.abc import Mapping

_UNCLEAR = "扫描件不清晰或不完整，请重新上传彩色扫描件"

PROVIDER_REASONS: Mapping[str, tuple[str, ...]] = {
    "details": (
        "与营业执照上的登记信息不一致，请核对",
        "法定代表人信息有误，请核对",
        "机构简介过于简单，请补充服务内容和业绩",
    ),
    "contact": ("联系人信息不完整或有误，请核对", "联系人不是本机构工作人员，请更换"),
    "bank": ("开户银行应填写到支行，请补充", "银行账户名称须与机构名称一致，请核对"),
    "licence": (
        _UNCLEAR,
        "不是营业执照副本，请重新上传",
        "营业执照已过有效期或已变更，请上传现行的",
    ),
    "commitment": (
        _UNCLEAR,
        "承诺书未手写签名或未加盖公章，请签章后重新上传",
        "承诺书不是本年度的，请重新下载打印",
    ),
}
PROVIDER_REFUSALS = (
    "认定已失效或不在名录内，不符合入库条件",
    "提交的材料不真实",
    "已被列入失信联合惩戒名单",
)
CHANGE_REFUSALS = (
    "证明材料不足以说明变更事项，请补充后重新申请",
    "变更内容与证明材料不一致，请核对后重新申请",
    "新名称不在服务机构名录中，请先办理名录变更",
)
VERSION_REASONS: Mapping[str, tuple[str, ...]] = {
    "name": ("产品名称与服务类型不符，请修改", "产品名称不能体现服务内容，请修改"),
    "introduction": (
        "服务流程和周期过于笼统，请写明步骤和时间",
        "验收标准不可衡量，请写明可核对的成果",
        "服务对象或服务区域填写有误，请修改",
    ),
    "price": ("价格明显高于同类产品，请说明理由或调整", "各价格档的服务内容区分不清，请修改"),
    "basis": (
        "收费标准的证明材料不足，请补充",
        "比价的产品与本产品不可比，请更换",
        "文件名或文号有误，请核对",
    ),
    "qualification": (
        _UNCLEAR,
        "资质证明与所申请的服务不对应，请更换",
        "资质证明已过有效期，请更换",
    ),
    "history": (
        _UNCLEAR,
        "历史合同、发票、成果不能对应同一项服务，请更换",
        "历史材料的套数不足，请补充",
    ),
}
