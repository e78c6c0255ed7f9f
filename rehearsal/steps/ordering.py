"""The papers of an order: contract, invoices and transfers that fit each other (O3, O5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from foundation.accounts.actors import Actor
from foundation.moments import local_day
from orders.models import Contract, Order, Payment
from orders.operations.contracts import upload_contract
from orders.operations.paying import correct_payment, submit_payment
from orders.policies.papers import InvoiceData, TransferData
from rehearsal.papers import Papers

FEN = Decimal("0.01")


class PaperNumbers:
    """Numbers of contracts, invoices, bank receipts and payments that no other rehearsal uses.

    ``series``: one digit that tells the rehearsals of a city and year apart.
    """

    def __init__(self, *, city_code: str, year: int, series: int) -> None:
        self._key = f"{city_code}{year}{series}"
        self._next = 0

    def _serial(self) -> int:
        self._next += 1
        return self._next

    def contract(self) -> str:
        """A contract's number."""
        return f"HT-{self._key}-{self._serial():06d}"

    def invoice(self) -> tuple[str, str]:
        """An invoice's code (12 digits) and number (8 digits)."""
        return f"0{self._key}", f"{self._serial():08d}"

    def receipt(self) -> str:
        """A bank receipt's number."""
        return f"HD{self._key}{self._serial():08d}"

    def payout(self) -> str:
        """The bank's number of a payment to a provider."""
        return f"BF{self._key}{self._serial():08d}"


@dataclass
class Deal:
    """One order with both sides and what they agreed. ``price`` in yuan; ``supported`` is its part of the contract."""

    order: Order
    buyer: Actor
    seller: Actor
    enterprise_name: str
    provider_name: str
    price: Decimal
    service: str
    contract_number: str = ""
    supported: Decimal = Decimal(0)
    service_from: date = date.min
    service_until: date = date.max
    invoice_numbers: list[tuple[str, str]] = field(default_factory=list)


def upload(
    deal: Deal,
    *,
    at: datetime,
    papers: Papers,
    numbers: PaperNumbers,
    service_until: date,
    **changes: Any,
) -> Contract:
    """Upload the deal's contract, or a corrected one, signed on the day; ``changes`` are other terms of it."""
    today = local_day(at)
    deal.contract_number = deal.contract_number or numbers.contract()
    deal.service_from, deal.service_until = min(today, service_until), service_until
    terms: dict[str, Any] = {
        "number": deal.contract_number,
        "signed_on": min(today, service_until),
        "total": deal.price,
        "supported": deal.price,
        "service_from": deal.service_from,
        "service_until": service_until,
        "enterprise_name": deal.enterprise_name,
        "provider_name": deal.provider_name,
        "not_funded_elsewhere": True,
        **changes,
    }
    deal.supported = terms["supported"]
    scan = papers.scan("服务合同", terms["number"], deal.enterprise_name, deal.provider_name)
    return upload_contract(by=deal.buyer, at=at, order=deal.order, contract_file=scan, **terms)


def pay(
    deal: Deal,
    amount: Decimal,
    *,
    at: datetime,
    papers: Papers,
    numbers: PaperNumbers,
    stars: int,
    comment: str,
    invoices: int = 1,
    **changes: Any,
) -> Payment:
    """Pay ``amount`` yuan of the voucher with the deal's invoices and one transfer of the rest."""
    if not deal.invoice_numbers:
        deal.invoice_numbers = [numbers.invoice() for _ in range(invoices)]
    arguments: dict[str, Any] = {
        **_proofs(deal, amount, at=at, papers=papers, numbers=numbers),
        "amount": amount,
        "stars": stars,
        "comment": comment,
        **changes,
    }
    return submit_payment(by=deal.buyer, at=at, order=deal.order, **arguments)


def correct(
    deal: Deal, amount: Decimal, *, at: datetime, papers: Papers, numbers: PaperNumbers
) -> Payment:
    """Hand in the papers of a payment of ``amount`` yuan again, clearer this time (O7)."""
    proofs = _proofs(deal, amount, at=at, papers=papers, numbers=numbers)
    return correct_payment(by=deal.buyer, at=at, order=deal.order, **proofs)


def _proofs(
    deal: Deal, amount: Decimal, *, at: datetime, papers: Papers, numbers: PaperNumbers
) -> dict[str, Any]:
    """Full invoices over the supported part, and a transfer of what the voucher does not pay."""
    day = min(local_day(at), deal.service_until)
    count = len(deal.invoice_numbers)
    part = (deal.supported / count).quantize(FEN)
    totals = [part] * (count - 1) + [deal.supported - part * (count - 1)]
    invoices = [
        InvoiceData(
            code=code,
            number=number,
            issued_on=day,
            total=total,
            buyer=deal.enterprise_name,
            seller=deal.provider_name,
            item=deal.service,
            file=papers.scan("发票", f"{code} {number}", f"{total} 元"),
        )
        for (code, number), total in zip(deal.invoice_numbers, totals, strict=True)
    ]
    receipt, own = numbers.receipt(), deal.supported - amount
    transfer = TransferData(
        receipt_number=receipt,
        paid_on=day,
        amount=own,
        payer=deal.enterprise_name,
        payee=deal.provider_name,
        file=papers.scan("对公转账凭证", receipt, f"{own} 元"),
    )
    return {"invoices": invoices, "transfers": [transfer]}
