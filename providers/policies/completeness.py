"""What a version must say and show, item by item (P5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from foundation.money import FEN, ZERO, spoken_money
from foundation.names import normal_name
from providers.models import (
    HISTORY_KINDS,
    SETS_MAX,
    Category,
    DeliveryKind,
    EvidenceKind,
    PriceBasis,
    PriceKind,
)
from providers.service_catalogue import category_of

SETS_ONE = 1


SETS_SEVERAL = 3


COMPARISONS_MIN = 2


TIERS_MIN = 2


PRICE_BOUND = Decimal(10) ** 11


# What the manual asks of each kind of service, beside contract, invoice and result (P5).
PARTICULAR_MATERIALS: dict[str, tuple[EvidenceKind, ...]] = {
    DeliveryKind.REPORT: (EvidenceKind.REPORT,),
    DeliveryKind.DAILY: (EvidenceKind.SERVICE_RECORD,),
    DeliveryKind.SYSTEM: (EvidenceKind.SCREENSHOT, EvidenceKind.ACCEPTANCE),
    DeliveryKind.APPLICATION: (EvidenceKind.SCREENSHOT, EvidenceKind.ACCEPTANCE),
    DeliveryKind.INTELLECTUAL_PROPERTY: (EvidenceKind.IP_NOTICE,),
    DeliveryKind.TRAINING: (EvidenceKind.TRAINING_SET,),
    DeliveryKind.OTHER: (),
}


INTRODUCTION: dict[str, str] = {
    "overview": "服务概述",
    "process": "服务流程",
    "cycle": "服务周期",
    "results": "服务成果",
    "acceptance": "验收标准",
}


@dataclass(frozen=True)
class Dossier:
    """Everything a version says and shows, as values (P5). Prices in yuan.

    ``evidence``: (kind, set number) of each file. ``tiers``: (price, what it buys).
    """

    provider_name: str
    name: str
    category: str
    service_type: str
    has_area: bool
    introduction: Mapping[str, str]
    price_kind: str
    price_min: Decimal
    price_max: Decimal
    has_sub_products: bool
    price_basis: str
    basis: Mapping[str, Any]
    delivery_kind: str
    tiers: Sequence[tuple[Decimal, str]] = ()
    evidence: Collection[tuple[str, int]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class CheckItem:
    """One line of the check list: what P5 demands, and what of it is missing, by name."""

    label: str
    missing: tuple[str, ...]
    # The review item, and so the section of the form, that it belongs to.
    section: str = ""

    @property
    def met(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def as_amount(value: Any) -> Decimal | None:
    """An amount in yuan out of what was typed into a price basis; None when it is none."""
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < PRICE_BOUND else None


def checklist(dossier: Dossier) -> list[CheckItem]:
    """All that P5 demands of a version, each with what is missing by name."""
    return [
        CheckItem("产品名称", () if dossier.name.strip() else ("产品名称",), "name"),
        CheckItem("服务类型", _type_lacks(dossier), "name"),
        CheckItem(
            "产品介绍",
            (() if dossier.has_area else ("服务区域（至少一个地市）",))
            + tuple(
                label
                for key, label in INTRODUCTION.items()
                if not dossier.introduction.get(key, "").strip()
            ),
            "introduction",
        ),
        CheckItem("产品价格", _price_lacks(dossier), "price"),
        CheckItem("收费标准", _basis_lacks(dossier), "basis"),
        CheckItem(
            "服务资质证明",
            ()
            if (EvidenceKind.QUALIFICATION, 0) in dossier.evidence
            else (EvidenceKind.QUALIFICATION.label,),
            "qualification",
        ),
        CheckItem("历史服务材料", _history_lacks(dossier), "history"),
        CheckItem("该类服务的专门材料", _particular_lacks(dossier), "history"),
    ]


def complete_sets(evidence: Collection[tuple[str, int]]) -> int:
    """How many sets have contract, invoice and result (P5)."""
    return sum(
        all((kind, number) in evidence for kind in HISTORY_KINDS)
        for number in range(1, SETS_MAX + 1)
    )


def missing_items(dossier: Dossier) -> list[str]:
    """Every missing item of P5 by name; empty for a complete version."""
    return [lack for item in checklist(dossier) for lack in item.missing]


def _type_lacks(dossier: Dossier) -> tuple[str, ...]:
    """The type is one of the catalogue, under its category (P4)."""
    known = category_of(dossier.service_type)
    return () if known and known == dossier.category else ("服务类型（从服务目录中选择）",)


def _price_lacks(dossier: Dossier) -> tuple[str, ...]:
    """A price; for a range, tiers that say what each price buys and reach from its lowest to its highest."""
    if dossier.price_min <= ZERO or dossier.price_max < dossier.price_min:
        return ("产品价格",)
    if dossier.price_kind == PriceKind.FIXED:
        return ()
    if dossier.price_kind != PriceKind.RANGE:
        return ("价格形式",)
    prices = [price for price, _ in dossier.tiers]
    lacks = []
    if len(prices) < TIERS_MIN:
        lacks.append(f"区间价的价格档（至少 {TIERS_MIN} 档，逐档说明服务内容）")
    else:
        if min(prices) != dossier.price_min:
            lacks.append(f"最低价 {spoken_money(dossier.price_min)}对应的价格档")
        if max(prices) != dossier.price_max:
            lacks.append(f"最高价 {spoken_money(dossier.price_max)}对应的价格档")
    lacks += [
        f"{spoken_money(price)}价格档的服务内容"
        for price, buys in dossier.tiers
        if not buys.strip()
    ]
    return tuple(lacks)


def _basis_lacks(dossier: Dossier) -> tuple[str, ...]:
    """Guidance with its document number, or at least two market comparisons, or cost, profit and tax."""
    basis = dossier.basis
    if dossier.price_basis == PriceBasis.GUIDANCE:
        return tuple(
            label
            for key, label in (
                ("issuer", "指导价发布单位"),
                ("document_number", "指导价文件名及文号"),
            )
            if not str(basis.get(key) or "").strip()
        )
    if dossier.price_basis == PriceBasis.MARKET:
        own = normal_name(dossier.provider_name)
        others = {
            normal_name(str(line.get("provider") or ""))
            for line in basis.get("comparisons") or ()
            if (as_amount(line.get("price")) or ZERO) > ZERO
        } - {"", own}
        return (
            ()
            if len(others) >= COMPARISONS_MIN
            else (
                f"市场同类产品比价（不少于 {COMPARISONS_MIN} 家其他机构的名称和价格，现有 {len(others)} 家）",
            )
        )
    if dossier.price_basis == PriceBasis.COSTING:
        lacks = []
        for key, label, least in (
            ("cost", "成本", FEN),
            ("profit", "利润", ZERO),
            ("tax", "纳税", ZERO),
        ):
            amount = as_amount(basis.get(key, ""))
            if amount is None or amount < least:
                lacks.append(f"内部定价依据的{label}")
        return tuple(lacks)
    return ("收费标准（指导价、市场比价或内部定价依据）",)


def sets_needed(*, price_kind: str, has_sub_products: bool) -> int:
    """How many sets of history materials are asked at least: 1, or 3 for a range or several sub-products (P5)."""
    return SETS_SEVERAL if price_kind == PriceKind.RANGE or has_sub_products else SETS_ONE


def _history_lacks(dossier: Dossier) -> tuple[str, ...]:
    """Complete sets of contract, invoice and result: 1, or 3 to 5."""
    needed = sets_needed(price_kind=dossier.price_kind, has_sub_products=dossier.has_sub_products)
    lacks = []
    complete = 0
    for number in range(1, SETS_MAX + 1):
        absent = [kind for kind in HISTORY_KINDS if (kind, number) not in dossier.evidence]
        if not absent:
            complete += 1
        elif len(absent) < len(HISTORY_KINDS):
            lacks.append(f"第 {number} 套历史材料的{'、'.join(kind.label for kind in absent)}")
    if complete < needed:
        asked = f"{SETS_SEVERAL} 至 {SETS_MAX}" if needed == SETS_SEVERAL else str(needed)
        lacks.insert(0, f"历史服务材料（合同、发票、成果）{asked} 套，现有完整 {complete} 套")
    return tuple(lacks)


def _particular_lacks(dossier: Dossier) -> tuple[str, ...]:
    """What the manual asks of this kind of service; training is always shown by its training set."""
    if dossier.delivery_kind not in PARTICULAR_MATERIALS:
        return ("历史材料类别",)
    if dossier.category == Category.TRAINING and dossier.delivery_kind != DeliveryKind.TRAINING:
        return ("历史材料类别（培训服务应选择“培训服务”）",)
    return tuple(
        kind.label
        for kind in PARTICULAR_MATERIALS[dossier.delivery_kind]
        if (kind, 0) not in dossier.evidence
    )
