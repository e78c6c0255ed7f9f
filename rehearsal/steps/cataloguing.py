"""Products: written, proved, handed in (P4–P6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from foundation.accounts.actors import Actor
from foundation.regions.models import City
from providers.models import (
    HISTORY_KINDS,
    Category,
    DeliveryKind,
    EvidenceKind,
    PriceBasis,
    PriceKind,
    Product,
    ProductVersion,
)
from providers.operations import attach_evidence, save_draft, set_price_tiers, submit_version
from providers.policies import PARTICULAR_MATERIALS
from providers.policies.completeness import sets_needed
from providers.service_catalogue import category_of
from rehearsal.papers import Papers
from rehearsal.steps.staffing import Tick

_DELIVERIES: dict[str, DeliveryKind] = {
    "财税": DeliveryKind.DAILY,
    "信息化应用": DeliveryKind.APPLICATION,
    "智能制造": DeliveryKind.SYSTEM,
    "知识产权": DeliveryKind.INTELLECTUAL_PROPERTY,
    "创业辅导": DeliveryKind.OTHER,
    "项目策划": DeliveryKind.OTHER,
}
_WORDS: dict[str, str] = {
    "管理": "企业管理诊断报告",
    "财税": "全年财税顾问服务",
    "经营管理培训": "中层管理者研修班",
    "检验检测": "产品检测与报告",
    "质量控制和技术评价": "质量体系评价报告",
    "标准": "企业标准编制咨询",
    "信息化应用": "云端进销存应用",
    "智能制造": "车间数据采集系统建设",
    "技术培训": "数字化技能培训班",
    "知识产权": "专利申请代理",
    "法律法规": "企业合规体检报告",
    "品牌建设": "品牌诊断与设计方案",
    "创业辅导": "初创企业一对一辅导",
    "项目策划": "创业项目策划书",
    "创业培训": "创业者训练营",
    "融资信息": "融资对接专项咨询",
    "信用征集与评价": "企业信用评价报告",
}


@dataclass(frozen=True)
class ProductPart:
    """A product of the cast. ``tiers``: what each price of a range buys, cheapest first; empty for a fixed price."""

    service_type: str
    price: Decimal
    tiers: tuple[tuple[Decimal, str], ...] = ()
    target_sizes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the catalogue."""
        return _WORDS[self.service_type]


def write_draft(
    part: ProductPart,
    by: Actor,
    *,
    tick: Tick,
    cities: list[City],
    product: Product | None = None,
    **changes: Any,
) -> ProductVersion:
    """Save the draft of a product, or of its next version, with its price tiers (P5)."""
    price_max = part.tiers[-1][0] if part.tiers else part.price
    fields: dict[str, Any] = {
        "name": part.name,
        "service_type": part.service_type,
        "cities": cities,
        "price_kind": PriceKind.RANGE if part.tiers else PriceKind.FIXED,
        "price_min": part.price,
        "price_max": price_max,
        "target_sizes": part.target_sizes,
        "delivery_kind": _delivery(part.service_type),
        "overview": f"为中小微企业提供{part.name}，由具有资质的专业团队完成。",
        "process": "需求沟通、签订合同、组织实施、提交成果、企业验收。",
        "cycle": "三十个工作日",
        "results": f"{part.name}成果文件一套",
        "acceptance": "成果文件经企业书面验收确认。",
        **_basis(part),
        **changes,
    }
    version = save_draft(by=by, at=tick(), product=product, **fields)
    if part.tiers:
        set_price_tiers(by=by, at=tick(), version=version, tiers=part.tiers)
    return version


def prove(version: ProductVersion, by: Actor, *, tick: Tick, papers: Papers) -> None:
    """Attach everything that P5 asks of the version's kind and price."""
    single: tuple[EvidenceKind, ...] = (
        EvidenceKind.QUALIFICATION,
        *PARTICULAR_MATERIALS[version.delivery_kind],
    )
    sets = sets_needed(price_kind=version.price_kind, has_sub_products=version.has_sub_products)
    wanted = [(kind, 0) for kind in single]
    wanted += [(kind, number) for number in range(1, sets + 1) for kind in HISTORY_KINDS]
    for kind, number in wanted:
        attach_evidence(
            by=by,
            at=tick(),
            version=version,
            kind=kind,
            set_number=number,
            file=papers.scan(kind.label, version.name, f"第 {number} 套" if number else ""),
        )


def hand_in_product(
    part: ProductPart, by: Actor, *, tick: Tick, papers: Papers, cities: list[City]
) -> ProductVersion:
    """Write, prove and submit a new product in one sitting (P5, P6)."""
    version = write_draft(part, by, tick=tick, cities=cities)
    prove(version, by, tick=tick, papers=papers)
    return submit_version(by=by, at=tick(), version=version)


def _delivery(service_type: str) -> DeliveryKind:
    if category_of(service_type) == Category.TRAINING:
        return DeliveryKind.TRAINING
    return _DELIVERIES.get(service_type, DeliveryKind.REPORT)


def _basis(part: ProductPart) -> dict[str, Any]:
    """Each kind of price basis comes up, by the price's thousands (P5)."""
    kind = int(part.price) // 1000 % 3
    if kind == 0:
        return {
            "price_basis": PriceBasis.GUIDANCE,
            "basis": {"issuer": "示范行业协会", "document_number": "示协〔2019〕12 号"},
        }
    if kind == 1:
        comparisons = [
            {"provider": "甲示范服务有限公司", "price": str(part.price + 1000)},
            {"provider": "乙示范服务有限公司", "price": str(part.price + 2000)},
        ]
        return {"price_basis": PriceBasis.MARKET, "basis": {"comparisons": comparisons}}
    figures = {
        "cost": str(part.price * 7 // 10),
        "profit": str(part.price // 5),
        "tax": str(part.price // 10),
    }
    return {"price_basis": PriceBasis.COSTING, "basis": figures}
