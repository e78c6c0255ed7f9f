"""The demo's products, in every state (P4–P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial

from providers.models import ProductVersion
from providers.operations import (
    publish_version,
    send_back_version,
    submit_version,
    withdraw_product,
)
from rehearsal.demo.people import reviewer_of
from rehearsal.demo.stage import House, Stage
from rehearsal.steps import cataloguing
from rehearsal.steps.cataloguing import ProductPart

# What each house has on sale from the beginning: service type and price; the first is a range price.
ON_SALE: dict[str, tuple[tuple[str, int], ...]] = {
    "main": (("管理", 22_000), ("财税", 30_000), ("经营管理培训", 16_000)),
    "platform": (("信息化应用", 36_000), ("技术培训", 18_000)),
    "station": (("检验检测", 12_000), ("标准", 25_000)),
}


def plan_offers(stage: Stage) -> None:
    """On sale since the beginning; what is being written or reviewed since some days."""
    agenda, timeline = stage.agenda, stage.timeline
    for key in ON_SALE:
        agenda.at(timeline.ago(79), partial(_offer, stage, key))
        agenda.at(timeline.ago(79, 15), partial(_publish_all, stage, key))
    agenda.at(timeline.ago(24), partial(_renew_one, stage))
    agenda.at(timeline.ago(23), partial(_withdraw_one, stage))
    agenda.at(timeline.ago(3, 16), partial(_write_more, stage))


def _offer(stage: Stage, key: str, at: datetime) -> None:
    for place, (service_type, price) in enumerate(ON_SALE[key]):
        _hand_in(stage, stage.houses[key], _part(service_type, price, is_range=place == 0), at)


def _part(service_type: str, price: int, *, is_range: bool = False) -> ProductPart:
    lowest = Decimal(price)
    tiers = (
        (lowest, "基础服务：一次现场调研和一份报告"),
        (lowest + 8_000, "增加两次现场辅导"),
        (lowest + 20_000, "全年跟踪服务"),
    )
    return ProductPart(service_type, lowest, tiers if is_range else ())


def _hand_in(stage: Stage, house: House, part: ProductPart, at: datetime) -> ProductVersion:
    return cataloguing.hand_in_product(
        part, house.actor, tick=lambda: at, papers=stage.papers, cities=[stage.city]
    )


def _publish_all(stage: Stage, key: str, at: datetime) -> None:
    house = stage.houses[key]
    by = reviewer_of(stage, house.provider)
    waiting = ProductVersion.objects.filter(product__provider=house.provider, state="in_review")
    for version in list(waiting.order_by("pk")):
        publish_version(by=by, at=at, version=version)
    see_what_is_on_sale(house)


def see_what_is_on_sale(house: House) -> None:
    """Every version on sale with its cheapest tier, oldest first."""
    found = ProductVersion.objects.filter(product__provider=house.provider, state="published")
    house.on_sale = [
        (version, version.tiers.order_by("position").first()) for version in found.order_by("pk")
    ]


def _renew_one(stage: Stage, at: datetime) -> None:
    """A dearer version takes the place of the one on sale; orders keep theirs (P6)."""
    house = stage.houses["main"]
    version = house.on_sale[1][0]
    draft = cataloguing.write_draft(
        _part(version.service_type, 32_000),
        house.actor,
        tick=lambda: at,
        cities=[stage.city],
        product=version.product,
    )
    submit_version(by=house.actor, at=at, version=draft)
    _publish_all(stage, "main", at)


def _withdraw_one(stage: Stage, at: datetime) -> None:
    house = stage.houses["main"]
    version = _hand_in(stage, house, _part("财税", 9_000), at)
    publish_version(by=reviewer_of(stage, house.provider), at=at, version=version)
    withdraw_product(by=house.actor, at=at, product=version.product, reason="服务内容并入全年顾问")


def _write_more(stage: Stage, at: datetime) -> None:
    """A draft, one in review, and one that was sent back."""
    house, platform = stage.houses["main"], stage.houses["platform"]
    write: Callable[..., ProductVersion] = partial(
        cataloguing.write_draft, tick=lambda: at, cities=[stage.city]
    )
    write(_part("管理", 48_000), house.actor, name="数字化管理升级方案")
    _hand_in(stage, house, _part("经营管理培训", 12_000), at)
    _hand_in(stage, platform, _part("智能制造", 42_000), at)
    returned = _hand_in(stage, house, _part("财税", 15_000), at)
    send_back_version(
        by=reviewer_of(stage, house.provider),
        at=at,
        version=returned,
        item_reasons={"history": "历史合同与所报产品不一致，请更换", "basis": "请补充文号"},
    )
