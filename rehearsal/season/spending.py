"""Vouchers are spent: orders, contracts, payments, and all that goes otherwise (V3–V6, O1–O9).

Each voucher draws what its enterprise will do with it; each step plans the next.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.errors import IllegalMove
from foundation.moments import ONE_MICROSECOND, local_day
from orders.operations.cancelling import (
    agree_cancellation,
    ask_cancellation,
    cancel_order,
    withdraw_cancellation,
)
from orders.operations.contracts import confirm_contract, return_contract
from orders.operations.placing import confirm_order, decline_order, place_order
from orders.policies.contracts import Affiliated, FundedElsewhere
from orders.policies.ordering import AllowanceExceeded, OrderLapsed, UnableToOrder, UnderSanction
from orders.queries import correction_deadline
from providers.policies import OutsideTarget
from rehearsal.season.company import Company, EnterprisePlayer, Offer, ProviderPlayer
from rehearsal.season.opening import FUNDED_CONTRACT
from rehearsal.season.paying import plan_payment
from rehearsal.steps.ordering import Deal, upload
from vouchers.models import Batch, Voucher
from vouchers.operations.reclaiming import return_voucher
from vouchers.queries import results_due_at

# What becomes of forty vouchers.
VOUCHER_FATES = {
    "": 17,
    "returned": 1,
    "partly_returned": 1,
    "idle": 1,
    "declined": 1,
    "cancelled": 1,
    "unconfirmed": 1,
    "no_contract": 1,
    "contract_at_the_last_moment": 1,
    "contract_too_late": 1,
    "contract_sent_back": 2,
    "contract_not_corrected": 1,
    "funded": 1,
    "cancelled_together": 1,
    "two_orders": 1,
    "never_paid": 1,
    "paid_at_the_last_moment": 1,
    "paid_too_late": 1,
    "pays_less": 1,
    "corrected": 1,
    "payment_returned": 1,
    "return_refused": 1,
    "used_invoice": 1,
}
_TRIES = 6


def plan_spending(company: Company) -> None:
    """Five minutes after each publication every holder decides (B7)."""
    for place, plan in enumerate(company.plan.batches):
        company.agenda.at(
            plan.closes + timedelta(minutes=8), partial(_await_results, company, place)
        )


def _await_results(company: Company, place: int, at: datetime) -> None:
    company.agenda.at(
        results_due_at(company.batches[place]) + timedelta(minutes=5),
        partial(_hand_out, company, place),
    )


def _hand_out(company: Company, place: int, at: datetime) -> None:
    batch = Batch.objects.select_related("programme").get(pk=company.batches[place].pk)
    company.batches[place] = batch
    # The number follows the rank; primary keys need not.
    for voucher in list(Voucher.objects.filter(batch=batch).order_by("number")):
        voucher.batch = batch
        player = company.by_enterprise[voucher.enterprise_id]
        fate = company.deck("vouchers", VOUCHER_FATES).draw()
        if company.related is not None and player is company.related[0]:
            fate = "affiliated"
        _begin(company, player, voucher, fate, at)


def _begin(
    company: Company, player: EnterprisePlayer, voucher: Voucher, fate: str, at: datetime
) -> None:
    amount, soon = voucher.amount, partial(company.hours.days_later, at)
    if fate == "idle":
        company.tally.count("vouchers_left_idle")
    elif fate == "returned":
        company.agenda.at(soon(1, 8), partial(_give_back, company, player, voucher, amount))
    elif fate == "partly_returned":
        part = amount // 4
        company.agenda.at(soon(1, 3), partial(_give_back, company, player, voucher, part))
        company.agenda.at(soon(9, 15), partial(_order, company, player, voucher, amount - part, ""))
    elif fate == "two_orders":
        half = amount // 2
        company.agenda.at(soon(1, 7), partial(_order, company, player, voucher, half, ""))
        company.agenda.at(soon(8, 15), partial(_order, company, player, voucher, amount - half, ""))
    else:
        company.agenda.at(soon(1, 15), partial(_order, company, player, voucher, amount, fate))


def _give_back(
    company: Company, player: EnterprisePlayer, voucher: Voucher, amount: Decimal, at: datetime
) -> None:
    """A voluntary return frees the yearly cap (V3, B3)."""
    return_voucher(by=player.actor, at=at, voucher=voucher, amount=amount)
    company.tally.count("vouchers_returned")


# --- Orders --------------------------------------------------------------------------------


def _order(
    company: Company,
    player: EnterprisePlayer,
    voucher: Voucher,
    amount: Decimal,
    fate: str,
    at: datetime,
) -> None:
    """Choose among what is on sale until somebody can accept, and order with up to ``amount`` yuan (O1)."""
    for _ in range(_TRIES):
        house, offer = _choose(company, amount, fate)
        expected = min(amount, offer.price // 2)
        order = company.tally.attempt(
            "orders",
            partial(
                place_order,
                by=player.actor,
                at=at,
                voucher=voucher,
                version=offer.version,
                price_tier=offer.tier,
                expected_amount=expected,
            ),
            Affiliated,
            AllowanceExceeded,
            OutsideTarget,
            UnderSanction,
            UnableToOrder,
        )
        if order is not None:
            break
        # Refused by its own people, it goes to others.
        fate = "" if fate == "affiliated" else fate
    else:
        company.tally.count("gave_up_ordering")
        return
    # Kept with its batch, so that deadlines can be asked without another query.
    order.voucher = voucher
    deal = Deal(
        order=order,
        buyer=player.actor,
        seller=house.actor,
        enterprise_name=player.part.name,
        provider_name=house.part.name,
        price=offer.price,
        service=offer.version.name,
    )
    _after_order(company, player, deal, fate, at)


def _choose(company: Company, amount: Decimal, fate: str) -> tuple[ProviderPlayer, Offer]:
    """A provider by popularity, and an offer that the whole ``amount`` can go to, where there is one.

    The affiliated enterprise tries its own people first.
    """
    if fate == "affiliated" and company.related is not None and company.related[1].offers:
        house = company.related[1]
    else:
        houses = [house for house in company.providers if house.offers and house.popularity]
        house = company.rng.choices(houses, [house.popularity for house in houses])[0]
    large_enough = [offer for offer in house.offers if offer.price // 2 >= amount]
    return house, company.rng.choice(large_enough or house.offers)


def _after_order(
    company: Company, player: EnterprisePlayer, deal: Deal, fate: str, at: datetime
) -> None:
    go_on, days_later = company.go_on, partial(company.hours.days_later, at)
    if fate == "declined":
        go_on(days_later(0, 2), partial(_decline, company, player, deal))
    elif fate == "cancelled":
        go_on(days_later(0, 1), partial(_cancel, company, player, deal, "改变采购计划"))
    elif fate == "unconfirmed":
        company.tally.count("orders_left_unconfirmed")
    else:
        go_on(days_later(0, 2), partial(_confirm, company, player, deal, fate))


def _decline(company: Company, player: EnterprisePlayer, deal: Deal, at: datetime) -> None:
    """The provider has no time; the reserve is free again, and the enterprise orders elsewhere (O2)."""
    if step(
        company, deal, "orders_declined", decline_order, at=at, by=deal.seller, reason="排期已满"
    ):
        _order_again(company, player, deal, at)


def _cancel(
    company: Company, player: EnterprisePlayer, deal: Deal, reason: str, at: datetime
) -> None:
    if step(company, deal, "orders_cancelled", cancel_order, at=at, by=deal.buyer, reason=reason):
        _order_again(company, player, deal, at)


def _order_again(company: Company, player: EnterprisePlayer, deal: Deal, at: datetime) -> None:
    later = company.hours.days_later(at, 1, 3)
    if later < deal.order.voucher.batch.usage_ends_at - timedelta(days=8):
        voucher, amount = deal.order.voucher, deal.order.expected_amount
        company.agenda.at(later, partial(_order, company, player, voucher, amount, ""))


def _confirm(
    company: Company, player: EnterprisePlayer, deal: Deal, fate: str, at: datetime
) -> None:
    if not step(company, deal, "orders_confirmed", confirm_order, at=at, by=deal.seller):
        return
    window_ends = deal.order.voucher.batch.usage_ends_at
    if fate == "no_contract":
        company.tally.count("contracts_never_uploaded")
    elif fate == "contract_at_the_last_moment":
        company.go_on(window_ends, partial(_upload, company, player, deal, fate))
    elif fate == "contract_too_late":
        late = window_ends + ONE_MICROSECOND
        company.agenda.at(late, partial(_upload_too_late, company, deal))
    else:
        when = min(company.hours.days_later(at, 1, 6), window_ends)
        company.go_on(when, partial(_upload, company, player, deal, fate))


# --- Contracts -----------------------------------------------------------------------------


def _service_end(company: Company, at: datetime) -> date:
    """When the service will be done: some weeks on, inside the service period (O3)."""
    day = local_day(at) + timedelta(days=company.rng.randint(10, 60))
    return min(day, company.plan.service_until - timedelta(days=3))


def _upload(
    company: Company, player: EnterprisePlayer, deal: Deal, fate: str, at: datetime
) -> None:
    """Upload the contract; matters funded elsewhere are refused (O3, O9)."""
    uploading = partial(
        upload,
        deal,
        papers=company.papers,
        numbers=company.numbers,
        service_until=_service_end(company, at),
    )
    if fate == "funded":
        company.tally.must_refuse(
            partial(uploading, at=at, number=FUNDED_CONTRACT), FundedElsewhere, UnderSanction
        )
    terms: dict[str, object] = {}
    if company.rng.random() < 0.15:
        # Part of the contract has nothing to do with the product and is left out; the price deviates (O3, O4).
        terms = {"total": deal.price + 5000}
    done = company.tally.attempt(
        "contracts_uploaded",
        partial(uploading, at=at, **terms),
        OrderLapsed,
        IllegalMove,
    )
    if done is None:
        return
    later = company.hours.days_later(at, 0, 4)
    if fate in {"contract_sent_back", "contract_not_corrected"}:
        company.go_on(later, partial(_send_back, company, player, deal, fate))
    else:
        company.go_on(later, partial(_agree, company, player, deal, fate))


def _upload_too_late(company: Company, deal: Deal, at: datetime) -> None:
    """One microsecond after the window (V4)."""
    company.tally.must_refuse(
        partial(
            upload,
            deal,
            at=at,
            papers=company.papers,
            numbers=company.numbers,
            service_until=_service_end(company, at),
        ),
        OrderLapsed,
    )


def _send_back(
    company: Company, player: EnterprisePlayer, deal: Deal, fate: str, at: datetime
) -> None:
    """The provider sends the contract back; it is corrected in time, or the order lapses (O4, V4)."""
    reason = "合同缺骑缝章，请补盖后重新上传"
    if not step(
        company, deal, "contracts_sent_back", return_contract, at=at, by=deal.seller, reason=reason
    ):
        return
    if fate == "contract_sent_back":
        deal.order.refresh_from_db(fields=["state", "contract_returned_at"])
        when = min(company.hours.days_later(at, 1, 4), correction_deadline(deal.order))
        company.go_on(when, partial(_upload, company, player, deal, ""))


def _agree(company: Company, player: EnterprisePlayer, deal: Deal, fate: str, at: datetime) -> None:
    if not step(company, deal, "contracts_confirmed", confirm_contract, at=at, by=deal.seller):
        return
    if fate == "cancelled_together":
        later = company.hours.days_later(at, 2, 6)
        company.agenda.at(later, partial(_part_ways, company, deal))
    elif fate == "never_paid":
        company.tally.count("orders_never_paid")
    else:
        plan_payment(company, deal, fate, at)


def _part_ways(company: Company, deal: Deal, at: datetime) -> None:
    """After the contract only both sides together cancel; the first request is taken back (O2)."""
    reason = "需求变化，双方协商解除"
    ask = partial(ask_cancellation, at=at, order=deal.order, reason=reason)
    ask(by=deal.buyer)
    withdraw_cancellation(by=deal.buyer, at=at, order=deal.order)
    ask(by=deal.seller)
    agree_cancellation(by=deal.buyer, at=at, order=deal.order)
    company.tally.count("orders_cancelled_together")


# --- One step of an order ------------------------------------------------------------------


def step(
    company: Company,
    deal: Deal,
    event: str,
    operation: Callable[..., object],
    *,
    at: datetime,
    **arguments: object,
) -> bool:
    """Take a step of an order; whether it was taken.

    What was overtaken by the clock or by the other side is counted as refused.
    """
    done = company.tally.attempt(
        event,
        partial(operation, at=at, order=deal.order, **arguments),
        OrderLapsed,
        IllegalMove,
        UnableToOrder,
        Affiliated,
    )
    return done is not None
