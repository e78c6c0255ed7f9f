"""An order at every step, made through the operations, with the moment passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from enterprises.models import Enterprise
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.errors import OutOfReach, Refusal
from foundation.moments import end_of_day, moment
from foundation.money import ZERO
from orders.models import Contract, Order, Payment, ProviderAllowance
from orders.operations import (
    cancelling,
    claiming,
    contracts,
    lapsing,
    paying,
    placing,
)
from orders.policies.papers import InvoiceData, TransferData
from orders.reconciliation import breaks
from providers.models import ProductVersion, Provider
from tests import build, scans
from vouchers.models import Batch, LedgerEntry, Programme, Voucher
from vouchers.operations.ledger import MOVES, PLACES, lock_voucher

SANCTIONED = moment(date(2020, 6, 30), 9)
PLACED = moment(date(2020, 7, 1), 10)
CONFIRMED = moment(date(2020, 7, 2), 10)
UPLOADED = moment(date(2020, 7, 6), 10)
CONTRACTED = moment(date(2020, 7, 7), 10)
PAID = moment(date(2020, 9, 1), 10)
ACCEPTED = moment(date(2020, 9, 2), 10)
WINDOW_ENDS = end_of_day(date(2020, 7, 28))
EXPIRES = end_of_day(date(2020, 11, 30))
MICROSECOND = timedelta(microseconds=1)


def yuan(amount: int | str) -> Decimal:
    return Decimal(amount)


@dataclass
class Scene:
    """Both sides, a voucher, and one order walking through its steps."""

    programme: Programme
    batch: Batch
    enterprise: Enterprise
    provider: Provider
    version: ProductVersion
    voucher: Voucher
    order: Order = field(default=None)  # type: ignore[assignment]

    @property
    def buyer(self) -> Actor:
        return build.actor(self.enterprise.account)

    @property
    def seller(self) -> Actor:
        return build.actor(self.provider.account)

    def fresh(self) -> Order:
        """The order as it is in the database now, its voucher too."""
        self.voucher = Voucher.objects.select_related("batch__programme").get(pk=self.voucher.pk)
        self.order = Order.objects.select_related("voucher__batch__programme").get(pk=self.order.pk)
        return self.order

    def allowance(self) -> ProviderAllowance:
        return ProviderAllowance.objects.get(provider=self.provider, programme=self.programme)

    def place(self, amount: int | str = 5000, *, at: datetime = PLACED, **changes: Any) -> Order:
        arguments: dict[str, Any] = {
            "by": self.buyer,
            "at": at,
            "voucher": self.voucher,
            "version": self.version,
            "price_tier": None,
            "expected_amount": yuan(amount),
        }
        self.order = placing.place_order(**{**arguments, **changes})
        return self.order

    def confirm(self, *, at: datetime = CONFIRMED, by: Actor | None = None) -> Order:
        return placing.confirm_order(by=by or self.seller, at=at, order=self.order)

    def contract_terms(self, **changes: Any) -> dict[str, Any]:
        return {
            "number": f"HT-{build.number()}",
            "signed_on": date(2020, 7, 5),
            "total": yuan(20000),
            "supported": yuan(20000),
            "service_from": date(2020, 7, 5),
            "service_until": date(2020, 8, 31),
            "enterprise_name": self.enterprise.name,
            "provider_name": self.provider.name,
            "not_funded_elsewhere": True,
            "contract_file": scans.looked_into("合同.pdf"),
            **changes,
        }

    def upload(
        self, *, at: datetime = UPLOADED, by: Actor | None = None, **changes: Any
    ) -> Contract:
        return contracts.upload_contract(
            by=by or self.buyer, at=at, order=self.order, **self.contract_terms(**changes)
        )

    def send_back(self, *, at: datetime = CONTRACTED, reason: str = "缺骑缝章") -> Order:
        return contracts.return_contract(by=self.seller, at=at, order=self.order, reason=reason)

    def agree(self, *, at: datetime = CONTRACTED) -> Order:
        return contracts.confirm_contract(by=self.seller, at=at, order=self.order)

    def invoice(self, total: int | str = 10000, **changes: Any) -> InvoiceData:
        values: dict[str, Any] = {
            "code": "044002000111",
            "number": f"{build.number():08d}",
            "issued_on": date(2020, 8, 20),
            "total": yuan(total),
            "buyer": self.enterprise.name,
            "seller": self.provider.name,
            "item": "管理咨询服务",
            "file": scans.looked_into("发票.pdf"),
        }
        return InvoiceData(**{**values, **changes})

    def transfer(self, amount: int | str = 5000, **changes: Any) -> TransferData:
        values: dict[str, Any] = {
            "receipt_number": f"HD{build.number():012d}",
            "paid_on": date(2020, 8, 25),
            "amount": yuan(amount),
            "payer": self.enterprise.name,
            "payee": self.provider.name,
            "file": scans.looked_into("回单.pdf"),
        }
        return TransferData(**{**values, **changes})

    def pay(self, amount: int | str = 5000, *, at: datetime = PAID, **changes: Any) -> Payment:
        arguments: dict[str, Any] = {
            "by": self.buyer,
            "at": at,
            "order": self.order,
            "amount": yuan(amount),
            "invoices": [self.invoice()],
            "transfers": [self.transfer()],
            "stars": 5,
            "comment": "服务专业",
        }
        return paying.submit_payment(**{**arguments, **changes})

    def ask_correction(self, *, at: datetime = PAID, reason: str = "发票不清晰") -> Payment:
        return paying.ask_payment_correction(by=self.seller, at=at, order=self.order, reason=reason)

    def correct(self, *, at: datetime = PAID, **changes: Any) -> Payment:
        arguments: dict[str, Any] = {
            "by": self.buyer,
            "at": at,
            "order": self.order,
            "invoices": [self.invoice()],
            "transfers": [self.transfer()],
        }
        return paying.correct_payment(**{**arguments, **changes})

    def accept(self, *, at: datetime = ACCEPTED) -> Payment:
        return paying.accept_payment(by=self.seller, at=at, order=self.order)

    def claim(self, *, at: datetime = ACCEPTED) -> Order:
        return self._claiming(claiming.take_into_claim, at=at)

    def _claiming(self, step: Any, *, at: datetime, **more: Any) -> Order:
        from django.db import transaction

        with transaction.atomic():
            return step(lock_voucher(self.voucher.pk), self.order.pk, by=build.JOB, at=at, **more)

    def unclaim(self, *, at: datetime = ACCEPTED) -> Order:
        return self._claiming(claiming.put_back_from_claim, at=at)

    def settle(self, *, at: datetime = ACCEPTED) -> Order:
        return self._claiming(claiming.settle_order, at=at)

    def disallow(self, *, at: datetime = ACCEPTED, reason: str = "材料不实") -> Order:
        return self._claiming(claiming.disallow_order, at=at, reason=reason)

    def lapse(self, *, at: datetime) -> bool:
        return lapsing.lapse_order(at=at, by=build.JOB, order_pk=self.order.pk)


def scene(amount: int = 20000, **programme: Any) -> Scene:
    """An enterprise with a voucher of ``amount`` yuan, and a provider with a product of 20,000 yuan on sale."""
    scheme = build.programme(**programme)
    batch = build.batch(scheme)
    enterprise = build.enterprise()
    provider = build.provider()
    version = build.version_on_sale(provider)
    voucher = build.voucher(enterprise, amount, batch)
    return Scene(scheme, batch, enterprise, provider, version, voucher)


def another_voucher(for_: Scene, amount: int = 10000) -> Voucher:
    """A second voucher of another enterprise, in the same batch's programme."""
    return build.voucher(build.enterprise(), amount, build.batch(for_.programme))


STEPS = ("place", "confirm", "upload", "agree", "pay", "accept", "claim", "settle")


def at_step(step: str, **programme: Any) -> Scene:
    """A scene whose order has taken every step up to and including ``step``."""
    made = scene(**programme)
    for name in STEPS[: STEPS.index(step) + 1]:
        getattr(made, name)()
    made.fresh()
    return made


def in_state(state: str) -> Scene:
    """A scene whose order is in the given state."""
    plain = {
        "placed": "place",
        "confirmed": "confirm",
        "contract_submitted": "upload",
        "contracted": "agree",
        "paid": "pay",
        "accepted": "accept",
        "claimed": "claim",
        "settled": "settle",
    }
    if state in plain:
        return at_step(plain[state])
    if state == "declined":
        made = at_step("place")
        placing.decline_order(by=made.seller, at=CONFIRMED, order=made.order, reason="排期已满")
    elif state == "cancelled":
        made = at_step("place")
        cancelling.cancel_order(by=made.buyer, at=CONFIRMED, order=made.order, reason="不需要了")
    elif state == "contract_returned":
        made = at_step("upload")
        made.send_back()
    elif state == "payment_correction":
        made = at_step("pay")
        made.ask_correction()
    elif state == "disallowed":
        made = at_step("claim")
        made.disallow()
    elif state == "lapsed":
        made = at_step("place")
        assert made.lapse(at=WINDOW_ENDS + MICROSECOND)
    else:
        raise AssertionError(state)
    made.fresh()
    return made


def sanction(credit_code: str, *, at: datetime = SANCTIONED, city: Any = None) -> Any:
    """A loss of the right to receive or accept, in force from ``at`` (S1)."""
    from foundation.rosters.models import Measure, Sanction, Violation

    city = city or build.city()
    bureau = build.account(Role.BUREAU)
    violation = Violation.objects.create(
        city=city,
        credit_code=credit_code,
        party_name="违规单位",
        description="虚开发票",
        state="sanctioned",
        reported_at=at,
        reported_by=build.account(Role.CONTRACTOR),
        decided_at=at,
        decided_by=bureau,
    )
    return Sanction.objects.create(
        violation=violation,
        city=city,
        credit_code=credit_code,
        measure=Measure.DISQUALIFICATION,
        from_at=at,
    )


def assert_books_balance_of_voucher(voucher: Voucher) -> None:
    """The sums of the voucher's ledger equal its balances (V2)."""
    voucher = Voucher.objects.get(pk=voucher.pk)
    places = dict.fromkeys(PLACES, ZERO)
    for entry in LedgerEntry.objects.filter(voucher=voucher):
        source, target = MOVES[entry.kind]
        if source:
            places[source] -= entry.amount
        places[target] += entry.amount
    assert places == {place: getattr(voucher, place) for place in PLACES}


def assert_books_balance(of: Scene) -> None:
    """Ledger sums equal the voucher's balances, the orders' parts add up, the allowance counts them (V2, P7)."""
    of.fresh()
    assert_books_balance_of_voucher(of.voucher)
    assert not list(breaks())
    orders = Order.objects.filter(voucher=of.voucher)
    for part in ("reserved", "paid", "settled", "disallowed"):
        assert sum((getattr(order, part) for order in orders), ZERO) == getattr(of.voucher, part), (
            part
        )
    mine = Order.objects.filter(provider=of.provider, voucher__batch__programme=of.programme)
    allowance = ProviderAllowance.objects.filter(
        provider=of.provider, programme=of.programme
    ).first()
    if allowance is not None:
        assert allowance.reserved == sum((order.reserved for order in mine), ZERO)
        assert allowance.accepted == sum((order.paid + order.settled for order in mine), ZERO)


def refused(step: Any, *arguments: Any, **keywords: Any) -> str:
    """The sentence of the refusal that a step meets; "404" when it is out of reach, "" when it is done."""
    try:
        step(*arguments, **keywords)
    except Refusal as refusal:
        return refusal.sentence
    except OutOfReach:
        return "404"
    return ""
