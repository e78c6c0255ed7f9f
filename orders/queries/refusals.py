"""Everything that stands against a contract or a payment as stated, asked by the operation and by the page (O3, O5).

The page asks for a form with errors too: ``partly`` stated data is judged as far as it goes, so that a user sees at
once all that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from foundation.errors import Refusal, Unstated, partly, refusals, require_each
from foundation.moments import local_day
from foundation.money import ZERO
from foundation.names import normal_number
from foundation.rosters.models import FundedMatter
from foundation.rosters.queries import funded_matter
from orders.models import BankTransfer, Contract, Invoice, Order
from orders.policies import contracts as contract_policy
from orders.policies import ordering, papers, payments
from orders.policies.papers import InvoiceData, TransferData
from orders.policies.payments import Limits
from orders.queries.bounds import (
    affiliation,
    sanctioned_sides,
)
from orders.queries.records import registered_names


def contract_refusals(order: Order, stated: Mapping[str, Any], *, at: datetime) -> list[Refusal]:
    """What stands against a contract (O3, O9, S1). ``stated``: as ``upload_contract`` takes it, or a part of it."""
    data = partly(contract_policy.ContractData, stated)
    declaration = partly(_Declaration, stated)
    programme = order.voucher.batch.programme
    return refusals(
        lambda: require_no_sanction(order, at=at),
        lambda: contract_policy.require_sound_contract(
            data,
            today=local_day(at),
            period_from=programme.service_from,
            period_until=programme.service_until,
            enterprise=order.profile.name,
            provider=order.provider.name,
        ),
        lambda: require_unaffiliated(order),
        lambda: contract_policy.require_declared(declared=declaration.not_funded_elsewhere),
        lambda: contract_policy.require_not_listed(
            listed=is_contract_listed(order, data.number), what="该合同"
        ),
    )


class _Declaration:
    not_funded_elsewhere: bool


def require_unaffiliated(order: Order) -> None:
    """No affiliation by code, by person, or by a relation on record (O3)."""
    contract_policy.require_unaffiliated(
        **affiliation(order.enterprise, order.profile, order.provider)
    )


def is_contract_listed(order: Order, number: str) -> bool:
    """Whether an imported list says that the contract of this number was supported by other money (O9)."""
    code = order.enterprise.credit_code
    return funded_matter(FundedMatter.Kind.CONTRACT, normal_number(number), code) is not None


class _Paid:
    amount: Decimal
    stars: int
    comment: str


def payment_refusals(
    order: Order,
    contract: Contract,
    *,
    limits: Callable[[], Limits],
    stated: Mapping[str, Any],
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    at: datetime,
) -> list[Refusal]:
    """What stands against a payment (O5, O9, P1, P7, S1). ``stated``: amount (yuan), stars, comment, or some of them.

    ``limits`` is asked last: who pays locks the provider's allowance by it, and holds it no longer than it must.
    """
    paid, today = partly(_Paid, stated), local_day(at)
    return refusals(
        lambda: require_no_sanction(order, at=at),
        lambda: ordering.require_accredited(order.provider.accreditation, day=today),
        lambda: payments.require_service_begun(contract.service_from, today=today),
        lambda: _require_sound_papers(order, contract, invoices, transfers, at=at),
        lambda: payments.require_stars(paid.stars),
        lambda: payments.require_comment(paid.comment),
        lambda: _require_amount(paid.amount, limits, invoices, transfers),
    )


def correction_refusals(
    order: Order,
    contract: Contract,
    *,
    limits: Callable[[], Limits],
    amount: Decimal,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    at: datetime,
) -> list[Refusal]:
    """What stands against corrected papers for the ``amount`` already paid, yuan (O5, O7, O9, S1)."""
    return refusals(
        lambda: require_no_sanction(order, at=at),
        lambda: _require_sound_papers(order, contract, invoices, transfers, at=at),
        lambda: _require_amount(amount, limits, invoices, transfers),
    )


def require_no_sanction(order: Order, *, at: datetime) -> None:
    """Neither side is under a sanction in the programme's city (S1)."""
    enterprise, provider = sanctioned_sides(order, at)
    ordering.require_no_sanction(enterprise=enterprise, provider=provider)


def _require_amount(
    amount: Decimal,
    limits: Callable[[], Limits],
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
) -> None:
    invoiced = _sum_of([one.total for one in invoices])
    require_each(
        lambda: payments.require_amount(amount, invoiced=invoiced, limits=limits()),
        lambda: payments.require_own_share(
            amount, invoiced=invoiced, transferred=_sum_of([one.amount for one in transfers])
        ),
    )


def _sum_of(amounts: Sequence[Decimal]) -> Decimal:
    # Without papers there is nothing to hold the amount against; that they are missing is said already.
    if not amounts:
        raise Unstated
    return sum(amounts, ZERO)


def _require_sound_papers(
    order: Order,
    contract: Contract,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    at: datetime,
) -> None:
    """Every paper in order, in the service period, between the two parties, and never used before (O5, O9).

    Either side's name may be the one it had before a change of name since then was checked (E6, P2).
    """
    programme = order.voucher.batch.programme
    require_each(
        lambda: papers.require_papers(invoices, transfers),
        lambda: papers.require_paper_details(
            invoices,
            transfers,
            today=local_day(at),
            period_from=programme.service_from,
            period_until=programme.service_until,
            enterprise_names=registered_names(order),
            provider_names=[order.provider.name, contract.provider_name],
        ),
        lambda: require_unused(order, invoices, transfers),
    )


def require_unused(
    order: Order, invoices: Sequence[InvoiceData], transfers: Sequence[TransferData]
) -> None:
    """No paper is bound to another order (O5) or stands on a list of matters funded elsewhere (O9).

    A paper bound to this order may be used again by it. The unique indexes hold the line against a race.
    """
    require_each(
        *(partial(_require_unused_invoice, order, one, row) for row, one in enumerate(invoices)),
        *(partial(_require_unused_transfer, order, one, row) for row, one in enumerate(transfers)),
    )


def _require_unused_invoice(order: Order, invoice: InvoiceData, row: int) -> None:
    which, field = f"第 {row + 1} 张发票（{invoice.number}）", f"invoices.{row}.number"
    key = papers.known_key(papers.key_of_invoice, invoice)
    bound = Invoice.objects.filter(key=key, superseded_at__isnull=True)
    if bound.exclude(payment__order=order).exists():
        raise papers.UsedBefore(f"{which}已被使用过：每张发票在全系统只能使用一次。", field=field)
    if _is_invoice_listed(order, invoice):
        raise contract_policy.FundedElsewhere(
            f"{which}已列入其他财政资金或往年服务券支持名单，不能再使用服务券。", field=field
        )


def _require_unused_transfer(order: Order, transfer: TransferData, row: int) -> None:
    key = papers.known_key(papers.key_of_transfer, transfer)
    taken = BankTransfer.objects.filter(key=key, superseded_at__isnull=True)
    if taken.exclude(payment__order=order).exists():
        raise papers.UsedBefore(
            f"第 {row + 1} 笔转账（{transfer.receipt_number}）的凭证已被使用过：每张凭证在全系统只能使用一次。",
            field=f"transfers.{row}.receipt_number",
        )


def _is_invoice_listed(order: Order, invoice: InvoiceData) -> bool:
    """Whether an imported list has the invoice; lists write code and number with, without, or with no code (O9)."""
    enterprise = order.enterprise.credit_code
    code, number = normal_number(invoice.code), normal_number(invoice.number)
    for key in {papers.key_of_invoice(invoice), f"{code}-{number}"}:
        if funded_matter(FundedMatter.Kind.INVOICE, key, enterprise) is not None:
            return True
    # Short numbers repeat between codes: alone they count only beside this enterprise's credit code.
    found = funded_matter(FundedMatter.Kind.INVOICE, number, enterprise)
    return found is not None and found.credit_code == enterprise
