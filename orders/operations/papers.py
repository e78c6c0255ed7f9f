"""Invoices and bank transfers: each is used once in the whole system, ever (O5, O9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from foundation.accounts.actors import Actor
from foundation.documents.models import Document
from foundation.documents.operations import keep_file
from foundation.errors import Refusal
from foundation.names import normal_number
from orders.models import BankTransfer, Invoice, Order, Payment
from orders.policies.papers import (
    InvoiceData,
    TransferData,
    UnableToPay,
    invoice_key,
    receipt_key,
)
from orders.queries import documents_of


def supersede_papers(
    order: Order,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    replacing: Payment | None,
    at: datetime,
) -> None:
    """Make room for the papers that this order hands in next (O5, O7, O8).

    Superseded are all papers of ``replacing`` (a payment under correction), and those of the order's earlier payments
    that are handed in again. A paper that was once accepted stays bound to its order for ever: when a correction
    drops it, the accepted row is bound again.
    """
    _supersede(
        Invoice,
        order,
        {invoice_key(one.code, one.number) for one in invoices},
        replacing=replacing,
        at=at,
    )
    _supersede(
        BankTransfer,
        order,
        {receipt_key(one.receipt_number) for one in transfers},
        replacing=replacing,
        at=at,
    )


def _supersede(
    model: type[Invoice] | type[BankTransfer],
    order: Order,
    keys: set[str],
    *,
    replacing: Payment | None,
    at: datetime,
) -> None:
    rows = model.objects.filter(payment__order=order)
    if replacing is not None:
        rows.filter(payment=replacing, superseded_at__isnull=True).update(superseded_at=at)
    rows.filter(key__in=keys, superseded_at__isnull=True).update(superseded_at=at)
    bound = set(rows.filter(superseded_at__isnull=True).values_list("key", flat=True))
    for row in rows.filter(payment__accepted_at__isnull=False).order_by("-pk"):
        if row.key not in keys | bound:
            row.superseded_at = None
            row.save(update_fields=["superseded_at"])
            bound.add(row.key)


def keep_papers(
    payment: Payment,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Keep the files and rows of a payment's papers; a unique index refuses one that another order took first."""
    for place, invoice in enumerate(invoices, start=1):
        Invoice.objects.create(
            payment=payment,
            code=normal_number(invoice.code),
            number=normal_number(invoice.number),
            key=invoice_key(invoice.code, invoice.number),
            issued_on=invoice.issued_on,
            total=invoice.total,
            buyer=invoice.buyer.strip(),
            seller=invoice.seller.strip(),
            item=invoice.item.strip(),
            document=_document(payment, invoice, f"invoices.{place - 1}.file", by=by, at=at),
        )
    for place, transfer in enumerate(transfers, start=1):
        BankTransfer.objects.create(
            payment=payment,
            receipt_number=transfer.receipt_number.strip(),
            key=receipt_key(transfer.receipt_number),
            paid_on=transfer.paid_on,
            amount=transfer.amount,
            payer=transfer.payer.strip(),
            payee=transfer.payee.strip(),
            document=_document(payment, transfer, f"transfers.{place - 1}.file", by=by, at=at),
        )


def _document(
    payment: Payment, paper: InvoiceData | TransferData, field: str, *, by: Actor, at: datetime
) -> Document:
    """The new upload, or a file that this order already has; never anybody else's. A refusal stands at ``field``."""
    if paper.file is not None:
        try:
            return keep_file(file=paper.file, by=by, at=at)
        except Refusal as refusal:
            refusal.field = field
            raise
    kept = documents_of(payment.order).filter(pk=paper.kept).first()
    if kept is None:
        kind, row, _name = field.split(".")
        place = f"第 {int(row) + 1} {'张发票' if kind == 'invoices' else '笔转账'}"
        raise UnableToPay(f"{place}没有上传文件，请重新选择。", field=field)
    return kept
