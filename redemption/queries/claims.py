"""What a claim is made of and where it stands (R1, R2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from foundation.accounts.models import Role, User
from foundation.moments import end_of_day, local_day, spoken_day
from foundation.money import total
from foundation.rosters.queries import sanction_in_force
from foundation.workdays.queries import workday_after
from orders.models import BankTransfer, Contract, Invoice, Order, PaymentReturn
from orders.states import OrderState, PaymentState, ReturnState
from providers.models import Provider
from redemption.models import (
    Claim,
    ClaimLine,
    ExpertOpinion,
    Objection,
    Supplement,
)
from redemption.states import LineState, ObjectionState
from vouchers.models import Batch, Programme


def _claimable(provider: Provider, at: datetime) -> QuerySet[Order]:
    """Accepted orders of a provider that a new claim may take ``at`` that moment (R1).

    Not those whose payment is asked to be returned: that must be decided first (O8).
    """
    live = ClaimLine.objects.filter(order=OuterRef("pk")).exclude(state=LineState.GIVEN_UP)
    return (
        Order.objects.filter(provider=provider, state=OrderState.ACCEPTED)
        .exclude(Exists(live))
        .exclude(pk__in=orders_asked_to_be_returned(at))
    )


def claimable_orders(provider: Provider, programme: Programme, at: datetime) -> QuerySet[Order]:
    """The orders of one programme that a new claim may take, the earliest accepted first (R1)."""
    return (
        _claimable(provider, at)
        .filter(voucher__batch__programme=programme)
        .select_related("profile", "product_version", "voucher__batch")
        .order_by("accepted_at", "pk")
    )


@dataclass(frozen=True)
class Claimable:
    """What a provider can claim in one programme: yuan, and of how many orders (R1)."""

    programme: Programme
    amount: Decimal
    count: int


def claimable_by_programme(provider: Provider, at: datetime) -> list[Claimable]:
    """What can be claimed in each programme that has any, in two queries."""
    sums = {
        row["voucher__batch__programme"]: row
        for row in _claimable(provider, at)
        .order_by()
        .values("voucher__batch__programme")
        .annotate(amount=total("paid"), count=Count("pk"))
    }
    programmes = Programme.objects.filter(pk__in=sums).select_related("city").order_by("year", "pk")
    return [Claimable(one, sums[one.pk]["amount"], sums[one.pk]["count"]) for one in programmes]


def claimable_total(provider: Provider, programme: Programme, at: datetime) -> tuple[Decimal, int]:
    """What ``claimable_orders`` add up to, in yuan, and how many they are (R1)."""
    row = (
        claimable_orders(provider, programme, at)
        .order_by()
        .aggregate(amount=total("paid"), count=Count("pk"))
    )
    return row["amount"], row["count"]


def held_back_orders(provider: Provider, programme: Programme, at: datetime) -> QuerySet[Order]:
    """Orders paid to the provider that no claim can take yet: not accepted, or asked to be returned (R1, O8)."""
    return (
        Order.objects.filter(provider=provider, voucher__batch__programme=programme)
        .filter(
            Q(state__in=(OrderState.PAID, OrderState.PAYMENT_CORRECTION))
            | Q(state=OrderState.ACCEPTED, pk__in=orders_asked_to_be_returned(at))
        )
        .select_related("profile", "product_version", "voucher__batch")
        .order_by("pk")
    )


def batches_to_claim(provider: Provider, programme: Programme, at: datetime) -> QuerySet[Batch]:
    """The batches whose vouchers the claimable orders were paid with, for the filter."""
    orders = claimable_orders(provider, programme, at).order_by()
    return Batch.objects.filter(pk__in=orders.values("voucher__batch")).order_by("number")


def orders_asked_to_be_returned(at: datetime) -> QuerySet[PaymentReturn, int]:
    """Primary keys of orders with a request to return a payment that is still to be decided.

    After the voucher's expiry nobody can decide it any more, so it stands in nobody's way (O8).
    """
    return PaymentReturn.objects.filter(
        state=ReturnState.ASKED,
        payment__order__voucher__batch__valid_until__gte=local_day(at),
    ).values_list("payment__order_id", flat=True)


def claimed_programmes(provider: Provider) -> QuerySet[Programme]:
    """The programmes a provider has claims in."""
    claims = Claim.objects.filter(provider=provider).order_by().values("programme")
    return Programme.objects.filter(pk__in=claims).select_related("city").order_by("-year", "city")


def why_claims_stop(provider: Provider, programme: Programme, at: datetime) -> str:
    """Why the provider's claims stop in the programme's city, as a sentence; "" when they go on (S1)."""
    sanction = sanction_in_force(provider.credit_code, programme.city_id, at)
    if sanction is None:
        return ""
    end = f"，至 {spoken_day(sanction.until)} 止" if sanction.until else ""
    return f"贵机构正在受到“{sanction.get_measure_display()}”处理{end}，兑现申请暂停办理。"


def claim_sums(claims: QuerySet[Claim]) -> dict[str, Decimal]:
    """What the lines of some claims add up to in yuan: claimed, paid, and not to be paid; drafts given up aside."""
    lines = ClaimLine.objects.filter(claim__in=claims.order_by().values("pk"))
    return _sums(lines)


def line_sums(claim: Claim) -> dict[str, Decimal]:
    """As ``claim_sums``, for one claim."""
    return _sums(ClaimLine.objects.filter(claim=claim))


def _sums(lines: QuerySet[ClaimLine]) -> dict[str, Decimal]:
    return lines.aggregate(
        claimed=total("amount", filter=~Q(state=LineState.GIVEN_UP)),
        passed=total("amount", filter=Q(state=LineState.PASSED)),
        settled=total("amount", filter=Q(state=LineState.SETTLED)),
        disallowed=total("amount", filter=Q(state=LineState.DISALLOWED)),
    )


def objections_told_to_provider(claim: Claim) -> QuerySet[Objection]:
    """The objections to a claim's lines as its provider is told of them: when, where it stands, the answer (R4).

    Who objects, with what words and evidence, stays with the bureau: the words may tell who it is.
    """
    return (
        Objection.objects.filter(line__claim=claim)
        .select_related("line__order")
        .only("state", "filed_at", "answered_at", "answer", "line__order")
        .order_by("-filed_at", "-pk")
    )


def line_states(claim: Claim) -> list[str]:
    """The states of a claim's lines."""
    return list(claim.lines.values_list("state", flat=True))


def lines_with_papers(claim: Claim) -> QuerySet[ClaimLine]:
    """The lines of a claim with everything its pages show."""
    open_objection = Objection.objects.filter(line=OuterRef("pk"), state=ObjectionState.FILED)
    return (
        ClaimLine.objects.filter(claim=claim)
        .select_related(
            "order__profile", "order__product_version", "settlement", "reviewed_by__person"
        )
        .prefetch_related("supplements__document")
        .annotate(
            under_objection=Exists(open_objection),
            objected_at=Subquery(open_objection.order_by("filed_at").values("filed_at")[:1]),
        )
    )


def supplement_until(claim: Claim) -> datetime:
    """The last moment that the provider has for sure to answer a request for more: the correction window, counted in
    working days after the last request (R2, ADR 0021). Raises CalendarUnknown (B7)."""
    asked_at = Supplement.objects.filter(line__claim=claim).aggregate(last=Max("asked_at"))["last"]
    days = claim.programme.correction_days
    return end_of_day(workday_after(local_day(asked_at or claim.prepared_at), days))


def open_request_of(line: ClaimLine) -> Supplement | None:
    """What first review still asks of the provider about a line (R2)."""
    return Supplement.objects.filter(line=line, answered_at=None, taken_back_at=None).first()


def open_objections(claim: Claim) -> QuerySet[Objection]:
    """Objections of a claim that the bureau has not answered (R4)."""
    return Objection.objects.filter(line__claim=claim, state=ObjectionState.FILED)


def suitable_experts(claim: Claim) -> QuerySet[User]:
    """Experts of the claim's city who are not yet assigned to the claim (R2)."""
    return (
        User.objects.filter(city_id=claim.programme.city_id, role=Role.EXPERT, is_active=True)
        .exclude(pk__in=ExpertOpinion.objects.filter(claim=claim).values("expert"))
        .select_related("person")
    )


@dataclass(frozen=True)
class Papers:
    """What an order brings to a claim: confirmed contract, and what stands behind the accepted payment (R1)."""

    contract: Contract | None
    invoices: tuple[Invoice, ...]
    transfers: tuple[BankTransfer, ...]


def papers_of(lines: QuerySet[ClaimLine]) -> dict[int, Papers]:
    """The papers of the orders of some claim lines, by the order's primary key, in three queries."""
    orders = lines.order_by().values("order")
    behind = {"payment__state": PaymentState.ACCEPTED, "superseded_at__isnull": True}
    contracts = {
        contract.order_id: contract
        for contract in Contract.objects.filter(
            order__in=orders, confirmed_at__isnull=False
        ).select_related("document")
    }
    invoices: dict[int, list[Invoice]] = {}
    for invoice in Invoice.objects.filter(payment__order__in=orders, **behind).select_related(
        "document", "payment"
    ):
        invoices.setdefault(invoice.payment.order_id, []).append(invoice)
    transfers: dict[int, list[BankTransfer]] = {}
    for transfer in BankTransfer.objects.filter(payment__order__in=orders, **behind).select_related(
        "document", "payment"
    ):
        transfers.setdefault(transfer.payment.order_id, []).append(transfer)
    return {
        order: Papers(
            contracts.get(order),
            tuple(invoices.get(order, ())),
            tuple(transfers.get(order, ())),
        )
        for order in lines.order_by().values_list("order", flat=True)
    }


def reported_lines(programme: Programme) -> QuerySet[ClaimLine]:
    """The final results of a programme that the public knows: settled and disallowed lines (R6)."""
    return (
        ClaimLine.objects.filter(
            claim__programme=programme,
            claim__publicity__isnull=False,
            state__in=(LineState.SETTLED, LineState.DISALLOWED),
        )
        .select_related(
            "claim__provider__accreditation",
            "order__profile__district",
            "order__enterprise",
            "order__product_version",
            "settlement",
        )
        .order_by("claim_id", "pk")
    )
