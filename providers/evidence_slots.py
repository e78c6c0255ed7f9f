"""Which files a version's form asks for, in the manual's words, and which of them are there (P5)."""

from __future__ import annotations

from dataclasses import dataclass

from providers.models import (
    HISTORY_KINDS,
    SETS_MAX,
    DeliveryKind,
    Evidence,
    EvidenceKind,
    ProductVersion,
)
from providers.policies.completeness import (
    PARTICULAR_MATERIALS,
    SETS_SEVERAL,
    complete_sets,
    sets_needed,
)

# What the manual asks of each kind of file.
_HELP: dict[str, str] = {
    EvidenceKind.QUALIFICATION: (
        "信息查询、查看、下载服务：信息来源证明（自主研发、合法购买、合法采编等）；"
        "个性化在线咨询：咨询师或团队简介（职务、业绩、资质等）；其他服务：所需资质。"
    ),
    EvidenceKind.PRICE_BASIS: "指导价文件、比价材料或成本核算表，没有可不上传。",
    EvidenceKind.REPORT: "完整报告，或体现报告价值的内容节选。",
    EvidenceKind.SERVICE_RECORD: "服务过程记录，以及体现服务价值的主要成果。",
    EvidenceKind.SCREENSHOT: "系统建设：含主要功能菜单及初始化数据；信息应用：含时间、时长、数量、内容等。",
    EvidenceKind.ACCEPTANCE: "系统建设：项目验收报告；信息应用：应用评价报告。",
    EvidenceKind.IP_NOTICE: "国家专利局、商标局等部门反馈的知识产权申请受理通知书。",
    EvidenceKind.TRAINING_SET: (
        "培训计划（地点、时长、日程表）、培训大纲、完整课件或节选、现场照片"
        "（拍到课程内容、讲师及参训人员）、通知、签到表，合并为一个 PDF。"
    ),
}
# What each set shows for each kind of service.
SET_NOTES: dict[str, str] = {
    DeliveryKind.REPORT: "成果为所出具的报告；另需下方的完整报告或节选。",
    DeliveryKind.DAILY: "成果为体现服务价值的主要成果；另需下方的服务过程记录。",
    DeliveryKind.SYSTEM: "成果为所建系统；另需下方的界面截图和验收报告。",
    DeliveryKind.APPLICATION: "成果为应用情况；另需下方的界面截图和应用评价报告。",
    DeliveryKind.INTELLECTUAL_PROPERTY: "成果为申请或注册结果；另需下方的受理通知书。",
    DeliveryKind.TRAINING: "成果为培训情况；另需下方的培训材料。",
    DeliveryKind.OTHER: "成果根据实际提供。",
}


@dataclass(frozen=True)
class Slot:
    """A place for one file: of what kind and set, what belongs there, and what is there."""

    kind: str
    set_number: int
    label: str
    help: str
    is_required: bool
    evidence: Evidence | None

    @property
    def value(self) -> str:
        """How the form names the slot."""
        return f"{self.kind}:{self.set_number}"

    @property
    def key(self) -> str:
        """The slot's name for element ids."""
        return f"{self.kind}-{self.set_number}"


@dataclass(frozen=True)
class HistorySet:
    """Contract, invoice and result of one service rendered."""

    number: int
    slots: list[Slot]
    is_required: bool

    @property
    def is_complete(self) -> bool:
        """Whether all three are there."""
        return all(slot.evidence is not None for slot in self.slots)

    @property
    def is_begun(self) -> bool:
        """Whether any of the three is there."""
        return any(slot.evidence is not None for slot in self.slots)


@dataclass(frozen=True)
class EvidenceSlots:
    """Every file the form asks for. ``complete`` of ``needed`` sets are there; ``asked`` says it in words."""

    qualification: Slot
    price_basis: Slot
    sets: list[HistorySet]
    particular: list[Slot]
    set_note: str
    complete: int
    needed: int
    asked: str
    # Kept from an earlier choice of kind, and no longer asked for.
    surplus: list[Slot]


def slots_of(version: ProductVersion) -> EvidenceSlots:
    """The slots of a version's form with what is in them, in one query."""
    kept = {
        (one.kind, one.set_number): one
        for one in version.evidence.select_related("document").order_by("set_number", "pk")
    }

    def slot(kind: str, number: int = 0, *, required: bool = True) -> Slot:
        label = EvidenceKind(kind).label.removeprefix("历史")
        return Slot(kind, number, label, _HELP.get(kind, ""), required, kept.get((kind, number)))

    needed = sets_needed(price_kind=version.price_kind, has_sub_products=version.has_sub_products)
    particular = PARTICULAR_MATERIALS.get(version.delivery_kind, ())
    asked_kinds = {
        *HISTORY_KINDS,
        *particular,
        EvidenceKind.QUALIFICATION,
        EvidenceKind.PRICE_BASIS,
    }
    return EvidenceSlots(
        qualification=slot(EvidenceKind.QUALIFICATION),
        price_basis=slot(EvidenceKind.PRICE_BASIS, required=False),
        sets=[
            HistorySet(
                number,
                [slot(kind, number, required=number <= needed) for kind in HISTORY_KINDS],
                number <= needed,
            )
            for number in range(1, SETS_MAX + 1)
        ],
        particular=[slot(kind) for kind in particular],
        set_note=SET_NOTES.get(version.delivery_kind, ""),
        complete=complete_sets(kept),
        needed=needed,
        asked=f"{SETS_SEVERAL} 至 {SETS_MAX} 套" if needed == SETS_SEVERAL else f"{needed} 套",
        surplus=[
            slot(kind, number, required=False) for kind, number in kept if kind not in asked_kinds
        ],
    )
