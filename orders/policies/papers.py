"""Checks on the invoices and transfers of a payment (O5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TypeVar

from foundation.documents.checks import Material
from foundation.errors import Refusal, Unstated, refuse, require_each
from foundation.moments import spoken_day
from foundation.money import ZERO
from foundation.names import normal_number, same_name, written

RECEIPT_KEY_MAX = 60
MAX_PAPERS = 9  # invoices, and transfers, of one payment
_DIGITAL = re.compile(r"[0-9]{20}")
_PLAIN = re.compile(r"[0-9A-Z]{1,20}")
_TAX_NUMBER = re.compile(r"[0-9]{8}")
_TAX_CODE = re.compile(r"[0-9]{10}([0-9]{2})?")


class UnableToPay(Refusal):
    """A payment that is refused (O5)."""

    rule = "O5"


class UsedBefore(UnableToPay):
    """An invoice or bank receipt that was used before, anywhere in the system (O5)."""


@dataclass(frozen=True)
class InvoiceData:
    """One invoice as stated. ``file``, or ``kept``: the Document pk of a file this order already has."""

    code: str
    number: str
    issued_on: date
    total: Decimal
    buyer: str
    seller: str
    item: str
    file: Material | None = None
    kept: int | None = None


@dataclass(frozen=True)
class TransferData:
    """One bank transfer as stated. ``file``, or ``kept``: the Document pk of a file this order already has."""

    receipt_number: str
    paid_on: date
    amount: Decimal
    payer: str
    payee: str
    file: Material | None = None
    kept: int | None = None


Paper = TypeVar("Paper", InvoiceData, TransferData)


def invoice_key(code: str, number: str) -> str:
    """What makes an invoice unique: code + number run together, or a fully digital invoice's 20 digits alone (O5).

    Run together, so that the same digits split in another place, or typed without a code, are the same invoice. A
    20-digit number given with a code is still the fully digital invoice of that number. Raises UnableToPay for
    numbers that cannot be told apart.
    """
    plain_code, plain_number = normal_number(code), normal_number(number)
    if not plain_number:
        raise UnableToPay("请填写发票号码。")
    if _DIGITAL.fullmatch(plain_number):
        return plain_number
    if not _PLAIN.fullmatch(plain_number):
        raise UnableToPay(f"发票号码“{number}”不正确：只能由数字和字母组成，不超过 20 位。")
    if not plain_code:
        raise UnableToPay(
            f"请填写发票代码；没有发票代码的全面数字化电子发票，号码应为 20 位数字，“{number}”不是。",
            field="code",
        )
    if not _PLAIN.fullmatch(plain_code):
        raise UnableToPay(
            f"发票代码“{code}”不正确：只能由数字和字母组成，不超过 20 位。", field="code"
        )
    if _TAX_NUMBER.fullmatch(plain_number) and not _TAX_CODE.fullmatch(plain_code):
        raise UnableToPay(
            f"发票代码“{code}”不正确：8 位发票号码的发票代码应为 10 位或 12 位数字。", field="code"
        )
    if _TAX_CODE.fullmatch(plain_code) and not _TAX_NUMBER.fullmatch(plain_number):
        # A digit put before the number would make another invoice of the same paper.
        raise UnableToPay(
            f"发票号码“{number}”不正确：10 位或 12 位发票代码的发票号码应为 8 位数字。"
        )
    return f"{plain_code}{plain_number}"


def receipt_key(receipt_number: str) -> str:
    """What makes a bank receipt unique; raises UnableToPay when there is nothing to go by (O5)."""
    key = normal_number(receipt_number)
    if not key:
        raise UnableToPay("请填写转账凭证的回单号（流水号）。")
    if not key.isascii():
        # Letters of other scripts look like ours: with one of them a receipt could be used again, and nobody saw it.
        raise UnableToPay(
            f"回单号（流水号）“{receipt_number}”不正确：只填写数字、英文字母和半角符号，汉字可省略，请对照回单核对。"
        )
    if len(key) > RECEIPT_KEY_MAX:
        raise UnableToPay(f"回单号（流水号）过长，最多 {RECEIPT_KEY_MAX} 位，请核对。")
    return key


def require_papers(invoices: Sequence[InvoiceData], transfers: Sequence[TransferData]) -> None:
    """At least one full invoice and one corporate transfer, each once, each with its file (O5).

    A refusal about one paper names its field as ``invoices.0.number``, ``transfers.1.file``.
    """
    if len(invoices) > MAX_PAPERS or len(transfers) > MAX_PAPERS:
        raise UnableToPay(f"一次支付最多填写 {MAX_PAPERS} 张发票和 {MAX_PAPERS} 笔转账。")
    require_each(
        partial(_require_some, invoices, "请至少填写一张全额发票。", "invoices"),
        partial(_require_some, transfers, "请至少填写一笔对公转账。", "transfers"),
        *(
            partial(_require_key, key_of_invoice, one, f"invoices.{row}.number")
            for row, one in enumerate(invoices)
        ),
        *(
            partial(_require_key, key_of_transfer, one, f"transfers.{row}.receipt_number")
            for row, one in enumerate(transfers)
        ),
        lambda: _require_each_once(key_of_invoice, invoices, "张发票", "invoices.{}.number"),
        lambda: _require_each_once(
            key_of_transfer, transfers, "笔转账", "transfers.{}.receipt_number"
        ),
        *(
            partial(_require_file, one, f"第 {row + 1} 张发票", f"invoices.{row}.file")
            for row, one in enumerate(invoices)
        ),
        *(
            partial(_require_file, one, f"第 {row + 1} 笔转账", f"transfers.{row}.file")
            for row, one in enumerate(transfers)
        ),
    )


def key_of_invoice(invoice: InvoiceData) -> str:
    """``invoice_key`` of a stated invoice."""
    return invoice_key(invoice.code, invoice.number)


def key_of_transfer(transfer: TransferData) -> str:
    """``receipt_key`` of a stated transfer."""
    return receipt_key(transfer.receipt_number)


def _require_some(papers: Sequence[object], sentence: str, field: str) -> None:
    if not papers:
        raise UnableToPay(sentence, field=field)


def _require_key(key_of: Callable[[Paper], str], paper: Paper, field: str) -> None:
    try:
        key_of(paper)
    except UnableToPay as refusal:
        where = f"{field.rpartition('.')[0]}.{refusal.field}" if refusal.field else field
        raise UnableToPay(refusal.sentence, field=where) from None


def known_key(key_of: Callable[[Paper], str], paper: Paper) -> str:
    """The paper's key; raises Unstated for one that is refused, which is said elsewhere."""
    try:
        return key_of(paper)
    except UnableToPay:
        raise Unstated from None


def _require_each_once(
    key_of: Callable[[Paper], str], papers: Sequence[Paper], what: str, field: str
) -> None:
    first: dict[str, int] = {}
    found: list[Refusal] = []
    for row, paper in enumerate(papers):
        try:
            earlier = first.setdefault(known_key(key_of, paper), row)
        except Unstated:
            continue
        if earlier < row:
            sentence = f"第 {row + 1} {what}与第 {earlier + 1} {what}号码相同，请核对。"
            found.append(UsedBefore(sentence, field=field.format(row)))
    refuse(found)


def _require_file(paper: InvoiceData | TransferData, which: str, field: str) -> None:
    if paper.file is None and paper.kept is None:
        raise UnableToPay(f"{which}没有上传文件。", field=field)


def require_paper_details(
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    today: date,
    period_from: date,
    period_until: date,
    enterprise_names: Iterable[str],
    provider_names: Iterable[str],
) -> None:
    """Amounts, days and names of every paper against the service period and the registered names (O5)."""
    require_each(
        *(partial(_require_invoice, one, row) for row, one in enumerate(invoices)),
        *(partial(_require_transfer, one, row) for row, one in enumerate(transfers)),
        lambda: require_paper_days(
            invoices, transfers, today=today, period_from=period_from, period_until=period_until
        ),
        lambda: require_paper_parties(
            invoices, transfers, enterprise_names=enterprise_names, provider_names=provider_names
        ),
    )


def _require_invoice(invoice: InvoiceData, row: int) -> None:
    where = f"第 {row + 1} 张发票"
    require_each(
        lambda: _require_above_zero(invoice.total, f"{where}的价税合计", f"invoices.{row}.total"),
        lambda: _require_item(invoice.item, where, f"invoices.{row}.item"),
    )


def _require_transfer(transfer: TransferData, row: int) -> None:
    _require_above_zero(transfer.amount, f"第 {row + 1} 笔转账的金额", f"transfers.{row}.amount")


def _require_above_zero(amount: Decimal, what: str, field: str) -> None:
    if amount <= ZERO:
        raise UnableToPay(f"{what}应大于零。", field=field)


def _require_item(item: str, where: str, field: str) -> None:
    if not written(item):
        raise UnableToPay(
            f"{where}请填写项目名称；项目与合同内容不一致的，应在备注栏写明具体服务内容。",
            field=field,
        )


def require_paper_days(
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    today: date,
    period_from: date,
    period_until: date,
) -> None:
    """Every paper is of a day in the service period and not of the future (O5)."""

    def require(day: date, what: str, field: str) -> None:
        if not period_from <= day <= period_until:
            period = f"{spoken_day(period_from)}至{spoken_day(period_until)}"
            raise UnableToPay(f"{what}应在方案规定的服务期内（{period}）。", field=field)
        if day > today:
            raise UnableToPay(f"{what}不能晚于今天。", field=field)

    def of_invoice(row: int) -> None:
        what, field = f"第 {row + 1} 张发票的开票日期", f"invoices.{row}.issued_on"
        require(invoices[row].issued_on, what, field)

    def of_transfer(row: int) -> None:
        what, field = f"第 {row + 1} 笔转账的日期", f"transfers.{row}.paid_on"
        require(transfers[row].paid_on, what, field)

    require_each(
        *(partial(of_invoice, row) for row in range(len(invoices))),
        *(partial(of_transfer, row) for row in range(len(transfers))),
    )


def require_paper_parties(
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    enterprise_names: Iterable[str],
    provider_names: Iterable[str],
) -> None:
    """Buyer and payer are the enterprise, seller and payee the provider, by their registered names (O5)."""
    enterprise, provider = list(enterprise_names), list(provider_names)
    roles = {
        "buyer": (enterprise, "购买方名称"),
        "seller": (provider, "销售方名称"),
        "payer": (enterprise, "付款方名称"),
        "payee": (provider, "收款方名称"),
    }

    def require(paper: InvoiceData | TransferData, role: str, where: str, field: str) -> None:
        registered, what = roles[role]
        if not any(same_name(getattr(paper, role), one) for one in registered):
            raise UnableToPay(
                f"{where}的{what}与注册名称“{registered[0]}”不一致，请核对。", field=field
            )

    require_each(
        *(
            partial(require, one, role, f"第 {row + 1} 张发票", f"invoices.{row}.{role}")
            for row, one in enumerate(invoices)
            for role in ("buyer", "seller")
        ),
        *(
            partial(require, one, role, f"第 {row + 1} 笔转账", f"transfers.{row}.{role}")
            for row, one in enumerate(transfers)
            for role in ("payer", "payee")
        ),
    )
