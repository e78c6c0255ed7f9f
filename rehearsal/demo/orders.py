"""The demo's orders, in every state: each walks its path, step by step, on the days of its batch (O1–O8).

A path is a list of steps; where it ends is where the order stands now. Days are counted back from today.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.moments import local_day
from orders.operations.cancelling import agree_cancellation, ask_cancellation, cancel_order
from orders.operations.contracts import confirm_contract, return_contract
from orders.operations.paying import accept_payment, ask_payment_correction
from orders.operations.placing import confirm_order, decline_order, place_order
from orders.operations.returning import (
    ask_payment_return,
    grant_payment_return,
    refuse_payment_return,
)
from rehearsal.demo.stage import Stage
from rehearsal.steps import ordering
from rehearsal.steps.ordering import Deal
from vouchers.operations.reclaiming import return_voucher


@dataclass(frozen=True)
class Path:
    """One order: who orders what with which voucher, and how far it has come. ``amount`` in yuan."""

    firm: str
    house: str
    batch: str
    amount: int
    steps: str
    product: int = 0


# Steps of the main line, as a word each.
_TO_CONTRACT = "place confirm upload agree"
_TO_ACCEPTED = f"{_TO_CONTRACT} pay accept"

PATHS: dict[str, Path] = {
    # Of the batch of two months ago: all over, in claims.
    "settled1": Path("firm1", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "settled2": Path("firm1", "main", "long_ago", 4_000, _TO_ACCEPTED, 1),
    "refused_in_review": Path("firm2", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "objected_upheld": Path("firm2", "main", "long_ago", 4_000, _TO_ACCEPTED, 2),
    "objected_rejected": Path("firm3", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "objected_open": Path("firm3", "main", "long_ago", 4_000, _TO_ACCEPTED, 1),
    "payable": Path("firm4", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "in_publicity": Path("firm4", "main", "long_ago", 4_000, _TO_ACCEPTED, 2),
    "settled3": Path("main", "main", "long_ago", 3_000, _TO_ACCEPTED),
    "in_publicity2": Path("main", "main", "long_ago", 3_000, _TO_ACCEPTED, 1),
    "approved": Path("firm5", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "approved_wide": Path("firm5", "platform", "long_ago", 4_000, _TO_ACCEPTED),
    "first_reviewed": Path("firm6", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "first_reviewed_wide": Path("firm6", "platform", "long_ago", 4_000, _TO_ACCEPTED),
    "more_asked": Path("firm7", "main", "long_ago", 4_000, _TO_ACCEPTED),
    "submitted1": Path("firm7", "main", "long_ago", 4_000, _TO_ACCEPTED, 2),
    "submitted2": Path("firm8", "main", "long_ago", 3_000, _TO_ACCEPTED),
    "expired": Path("firm8", "station", "long_ago", 3_000, _TO_CONTRACT),
    "lapsed": Path("firm8", "station", "long_ago", 2_000, "place confirm"),
    # Of the batch whose usage window is nearly over: under way.
    "placed": Path("main", "main", "nearly_over", 1_000, "place_late"),
    "confirmed": Path("main", "main", "nearly_over", 1_000, "place confirm", 1),
    "contract_submitted": Path("main", "main", "nearly_over", 1_000, "place confirm upload_late"),
    "contract_returned": Path(
        "main", "main", "nearly_over", 1_000, "place confirm upload_late send_back", 2
    ),
    "contracted": Path("main", "platform", "nearly_over", 1_000, _TO_CONTRACT),
    "paid": Path("main", "main", "nearly_over", 1_000, f"{_TO_CONTRACT} pay"),
    "payment_correction": Path(
        "main", "main", "nearly_over", 1_000, f"{_TO_CONTRACT} pay ask_correction", 1
    ),
    "declined": Path("firm1", "main", "nearly_over", 1_000, "place decline"),
    "cancelled": Path("firm1", "station", "nearly_over", 1_000, "place confirm cancel"),
    "return_asked": Path("firm1", "main", "nearly_over", 2_000, f"{_TO_ACCEPTED} ask_return"),
    "return_granted": Path(
        "firm1", "main", "nearly_over", 2_000, f"{_TO_ACCEPTED} ask_return grant_return", 1
    ),
    "return_refused": Path(
        "firm1", "platform", "nearly_over", 2_000, f"{_TO_ACCEPTED} ask_return refuse_return"
    ),
    "cancellation_asked": Path(
        "firm2", "main", "nearly_over", 2_000, f"{_TO_CONTRACT} ask_cancellation"
    ),
    "cancelled_together": Path(
        "firm2", "main", "nearly_over", 2_000, f"{_TO_CONTRACT} ask_cancellation agree_cancellation"
    ),
    "accepted": Path("firm2", "main", "nearly_over", 2_000, _TO_ACCEPTED),
    "in_draft_claim": Path("firm3", "main", "nearly_over", 3_000, _TO_ACCEPTED, 1),
}

# How many days ago each step was taken, by batch.
DAYS: dict[str, dict[str, int]] = {
    "long_ago": {"place": 50, "confirm": 49, "upload": 46, "agree": 45, "pay": 40, "accept": 38},
    "nearly_over": {
        "place": 16,
        "confirm": 15,
        "decline": 15,
        "cancel": 14,
        "upload": 13,
        "agree": 12,
        "ask_cancellation": 10,
        "agree_cancellation": 9,
        "pay": 9,
        "accept": 7,
        "ask_correction": 6,
        "ask_return": 6,
        "grant_return": 5,
        "refuse_return": 5,
        "upload_late": 3,
        "send_back": 2,
        "place_late": 1,
    },
}
HELD_BACK = "firm3"  # gives part of its voucher back


def plan_orders(stage: Stage) -> None:
    """Every step of every path on its day, orders in their order."""
    for place, (key, path) in enumerate(PATHS.items()):
        for step in path.steps.split():
            at = stage.timeline.ago(DAYS[path.batch][step], 10 + place // 60, place % 60)
            stage.agenda.at(at, partial(_STEPS[step], stage, key))
    stage.agenda.at(stage.timeline.ago(8), partial(_give_back, stage))


def _give_back(stage: Stage, at: datetime) -> None:
    """A voluntary return (V3)."""
    firm = stage.firms[HELD_BACK]
    return_voucher(
        by=firm.actor, at=at, voucher=firm.vouchers["nearly_over"], amount=Decimal(2_000)
    )


def _place(stage: Stage, key: str, at: datetime) -> None:
    path = PATHS[key]
    firm, house = stage.firms[path.firm], stage.houses[path.house]
    version, tier = house.on_sale[path.product % len(house.on_sale)]
    order = place_order(
        by=firm.actor,
        at=at,
        voucher=firm.vouchers[path.batch],
        version=version,
        price_tier=tier,
        expected_amount=Decimal(path.amount),
    )
    stage.deals[key] = Deal(
        order=order,
        buyer=firm.actor,
        seller=house.actor,
        enterprise_name=firm.part.name,
        provider_name=house.part.name,
        price=tier.price if tier else version.price_min,
        service=version.name,
    )


def _upload(stage: Stage, key: str, at: datetime) -> None:
    """The contract; one is dearer than the product's price, which both sides are shown (O4)."""
    deal = stage.deals[key]
    changes = {"total": deal.price + 3_000} if key == "contract_submitted" else {}
    ordering.upload(
        deal,
        at=at,
        papers=stage.papers,
        numbers=stage.numbers,
        service_until=_service_end(at),
        **changes,
    )


def _service_end(at: datetime) -> date:
    return local_day(at) + timedelta(days=20)


def _pay(stage: Stage, key: str, at: datetime) -> None:
    """A little less than expected once in a while, so that the difference shows (O6)."""
    less = 500 if key == "paid" else 0
    stars = 4 if PATHS[key].house == "platform" else 5
    ordering.pay(
        stage.deals[key],
        Decimal(PATHS[key].amount - less),
        at=at,
        papers=stage.papers,
        numbers=stage.numbers,
        stars=stars,
        comment="服务专业，响应及时" if stars == 5 else "成果符合约定，进度稍慢",
        invoices=2 if key == "submitted2" else 1,
    )


def _both_sides(
    side: str, operation: Callable[..., object], **arguments: str
) -> Callable[..., None]:
    """A step that one side takes with nothing but a reason."""

    def take(stage: Stage, key: str, at: datetime) -> None:
        deal = stage.deals[key]
        by = deal.buyer if side == "buyer" else deal.seller
        operation(by=by, at=at, order=deal.order, **arguments)

    return take


def _grant(stage: Stage, key: str, at: datetime) -> None:
    request = stage.deals[key].order.payments.get().return_requests.get()
    grant_payment_return(
        by=stage.office.contractor, at=at, payment_return=request, reason="发票开具有误，同意重开"
    )


def _refuse(stage: Stage, key: str, at: datetime) -> None:
    request = stage.deals[key].order.payments.get().return_requests.get()
    refuse_payment_return(
        by=stage.office.contractor, at=at, payment_return=request, reason="发票核验无误，无需退回"
    )


_STEPS: dict[str, Callable[..., None]] = {
    "place": _place,
    "place_late": _place,
    "confirm": _both_sides("seller", confirm_order),
    "decline": _both_sides("seller", decline_order, reason="本月排期已满"),
    "cancel": _both_sides("buyer", cancel_order, reason="改变采购计划"),
    "upload": _upload,
    "upload_late": _upload,
    "agree": _both_sides("seller", confirm_contract),
    "send_back": _both_sides("seller", return_contract, reason="合同缺骑缝章，请补盖后重新上传"),
    "ask_cancellation": _both_sides("buyer", ask_cancellation, reason="需求变化，协商解除"),
    "agree_cancellation": _both_sides("seller", agree_cancellation),
    "pay": _pay,
    "accept": _both_sides("seller", accept_payment),
    "ask_correction": _both_sides(
        "seller", ask_payment_correction, reason="第二页发票影像不清晰，请重新扫描"
    ),
    "ask_return": _both_sides("seller", ask_payment_return, reason="发票项目名称有误，需要重开"),
    "grant_return": _grant,
    "refuse_return": _refuse,
}
