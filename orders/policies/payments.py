"""Checks on a payment, its invoices and transfers, and on its return (O5, O6, O7, O8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from foundation.documents.checks import Material
from foundation.errors import Refusal
from foundation.moments import spoken, spoken_day
from foundation.money import ZERO, share_of, spoken_money
from foundation.names import normal_number, same_name

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


class UnableToEndPayment(Refusal):
    """A payment that the contractor cannot end yet (V5)."""

    rule = "V5"


class UnableToReturnPayment(Refusal):
    """A return of a payment that cannot be asked or decided now (O8)."""

    rule = "O8"


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
    return f"{plain_code}{plain_number}"


def receipt_key(receipt_number: str) -> str:
    """What makes a bank receipt unique; raises UnableToPay when there is nothing to go by (O5)."""
    key = normal_number(receipt_number)
    if not key:
        raise UnableToPay("请填写转账凭证的回单号（流水号）。")
    if len(key) > RECEIPT_KEY_MAX:
        raise UnableToPay(f"回单号（流水号）过长，最多 {RECEIPT_KEY_MAX} 位，请核对。")
    return key


def require_papers(invoices: Sequence[InvoiceData], transfers: Sequence[TransferData]) -> None:
    """At least one full invoice and one corporate transfer, each once, each with its file (O5).

    A refusal about one paper names its field as ``invoices.0.number``, ``transfers.1.file``.
    """
    if not invoices:
        raise UnableToPay("请至少填写一张全额发票。", field="invoices")
    if not transfers:
        raise UnableToPay("请至少填写一笔对公转账。", field="transfers")
    if len(invoices) > MAX_PAPERS or len(transfers) > MAX_PAPERS:
        raise UnableToPay(f"一次支付最多填写 {MAX_PAPERS} 张发票和 {MAX_PAPERS} 笔转账。")
    keys = []
    for row, invoice in enumerate(invoices):
        try:
            keys.append(invoice_key(invoice.code, invoice.number))
        except UnableToPay as refusal:
            raise UnableToPay(
                refusal.sentence, field=f"invoices.{row}.{refusal.field or 'number'}"
            ) from None
    _require_each_once(keys, "张发票", "invoices.{}.number")
    receipts = []
    for row, transfer in enumerate(transfers):
        try:
            receipts.append(receipt_key(transfer.receipt_number))
        except UnableToPay as refusal:
            field = f"transfers.{row}.receipt_number"
            raise UnableToPay(refusal.sentence, field=field) from None
    _require_each_once(receipts, "笔转账", "transfers.{}.receipt_number")
    papers: tuple[tuple[str, Sequence[InvoiceData | TransferData], str], ...] = (
        ("invoices", invoices, "张发票"),
        ("transfers", transfers, "笔转账"),
    )
    for name, given, what in papers:
        for row, paper in enumerate(given):
            if paper.file is None and paper.kept is None:
                raise UnableToPay(f"第 {row + 1} {what}没有上传文件。", field=f"{name}.{row}.file")


def _require_each_once(keys: list[str], what: str, field: str) -> None:
    for row, key in enumerate(keys):
        if key in keys[:row]:
            raise UsedBefore(
                f"第 {row + 1} {what}与第 {keys.index(key) + 1} {what}号码相同，请核对。",
                field=field.format(row),
            )


def require_service_begun(service_from: date, *, today: date) -> None:
    """Payment comes after the service, so never before the contract says it begins (O5)."""
    if today < service_from:
        raise UnableToPay(
            f"服务尚未开始（合同约定自 {spoken_day(service_from)} 起），服务完成后才能支付服务券。"
        )


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
    for row, invoice in enumerate(invoices):
        if invoice.total <= ZERO:
            raise UnableToPay(
                f"第 {row + 1} 张发票的价税合计应大于零。", field=f"invoices.{row}.total"
            )
        if not invoice.item.strip():
            raise UnableToPay(
                f"第 {row + 1} 张发票请填写项目名称；项目与合同内容不一致的，应在备注栏写明具体服务内容。",
                field=f"invoices.{row}.item",
            )
    for row, transfer in enumerate(transfers):
        if transfer.amount <= ZERO:
            raise UnableToPay(
                f"第 {row + 1} 笔转账的金额应大于零。", field=f"transfers.{row}.amount"
            )
    require_paper_days(
        invoices, transfers, today=today, period_from=period_from, period_until=period_until
    )
    require_paper_parties(
        invoices, transfers, enterprise_names=enterprise_names, provider_names=provider_names
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
    days = [
        (paper.issued_on, f"第 {row + 1} 张发票的开票日期", f"invoices.{row}.issued_on")
        for row, paper in enumerate(invoices)
    ]
    days += [
        (paper.paid_on, f"第 {row + 1} 笔转账的日期", f"transfers.{row}.paid_on")
        for row, paper in enumerate(transfers)
    ]
    for day, what, field in days:
        if not period_from <= day <= period_until:
            period = f"{spoken_day(period_from)}至{spoken_day(period_until)}"
            raise UnableToPay(f"{what}应在方案规定的服务期内（{period}）。", field=field)
        if day > today:
            raise UnableToPay(f"{what}不能晚于今天。", field=field)


def require_paper_parties(
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    *,
    enterprise_names: Iterable[str],
    provider_names: Iterable[str],
) -> None:
    """Buyer and payer are the enterprise, seller and payee the provider, by their registered names (O5)."""
    enterprise, provider = list(enterprise_names), list(provider_names)
    for row, invoice in enumerate(invoices):
        where, at = f"第 {row + 1} 张发票", f"invoices.{row}"
        _require_party(invoice.buyer, enterprise, f"{where}的购买方名称", f"{at}.buyer")
        _require_party(invoice.seller, provider, f"{where}的销售方名称", f"{at}.seller")
    for row, transfer in enumerate(transfers):
        where, at = f"第 {row + 1} 笔转账", f"transfers.{row}"
        _require_party(transfer.payer, enterprise, f"{where}的付款方名称", f"{at}.payer")
        _require_party(transfer.payee, provider, f"{where}的收款方名称", f"{at}.payee")


def _require_party(name: str, registered: list[str], what: str, field: str) -> None:
    if not any(same_name(name, one) for one in registered):
        raise UnableToPay(f"{what}与注册名称“{registered[0]}”不一致，请核对。", field=field)


@dataclass(frozen=True)
class Limits:
    """What bounds the voucher amount of a payment, yuan (O5, P7).

    ``supported``: of the contract. ``used_by_contract``: what other orders have already paid under the same contract.
    ``free``: of the voucher, 0 when its usage window is over. ``left``: what the provider can still accept beyond
    the order's reserve.
    """

    ratio: Decimal
    supported: Decimal
    used_by_contract: Decimal
    reserved: Decimal
    free: Decimal
    left: Decimal

    @property
    def percent(self) -> str:
        """The ratio as people write it: 50%."""
        return f"{self.ratio * 100:f}".rstrip("0").rstrip(".") + "%"

    def by_invoices(self, invoiced: Decimal) -> Decimal:
        """The share of invoices of ``invoiced`` yuan, rounded down (O5)."""
        return share_of(invoiced, self.ratio)

    @property
    def by_contract(self) -> Decimal:
        """The share of the contract's supported part that its other orders have left, rounded down (O5)."""
        return max(share_of(self.supported, self.ratio) - self.used_by_contract, ZERO)

    @property
    def by_balance(self) -> Decimal:
        """The order's reserve and the voucher's free balance (O5)."""
        return self.reserved + self.free

    @property
    def by_allowance(self) -> Decimal:
        """The order's reserve and what the provider can accept beyond it (P7)."""
        return self.reserved + max(self.left, ZERO)

    def by_papers(self, invoiced: Decimal) -> Decimal:
        """The largest voucher amount invoices of ``invoiced`` yuan and the contract allow, rounded down (O5)."""
        return max(min(self.by_invoices(invoiced), self.by_contract), ZERO)

    def most(self, invoiced: Decimal | None = None) -> Decimal:
        """The largest voucher amount that every limit allows, whole yuan; without ``invoiced``, as far as the
        invoices are not known yet."""
        papers = self.by_contract if invoiced is None else self.by_papers(invoiced)
        return min(papers, self.by_balance, self.by_allowance).to_integral_value(ROUND_DOWN)


def missing_transfers(*, invoiced: Decimal, transferred: Decimal, amount: Decimal) -> Decimal:
    """What the transfers fall short of the enterprise's own share, invoices less voucher, yuan (O5)."""
    return max(invoiced - amount - transferred, ZERO)


def require_amount(
    amount: Decimal, *, invoiced: Decimal, transferred: Decimal, limits: Limits
) -> None:
    """The voucher amount within every limit of O5; a top-up of the reserve also within P7."""
    if amount <= ZERO or amount != amount.to_integral_value():
        raise UnableToPay("用券金额应为大于零的整数元。", field="amount")
    most = limits.by_papers(invoiced)
    if amount > most:
        raise UnableToPay(
            f"用券金额不能超过发票合计与合同可用券部分两者中较小者的 {limits.percent}，"
            f"单个合同合计计算，目前最多 {spoken_money(most)}。",
            field="amount",
        )
    if amount > limits.by_balance:
        raise UnableToPay(
            f"用券金额不能超过订单预留 {spoken_money(limits.reserved)}"
            f"加服务券可用余额 {spoken_money(limits.free)}。",
            field="amount",
        )
    if amount > limits.by_allowance:
        raise UnableToPay(
            f"用券金额超出订单预留，而该机构在本年度方案中只能再收 {spoken_money(max(limits.left, ZERO))}，"
            f"请调减金额。",
            rule="P7",
            field="amount",
        )
    if missing_transfers(invoiced=invoiced, transferred=transferred, amount=amount):
        raise UnableToPay(
            f"对公转账合计 {spoken_money(transferred)}，少于企业应自付的"
            f" {spoken_money(invoiced - amount)}（发票合计减用券金额），请补充转账凭证或核对金额。"
        )


def require_rating(stars: int, comment: str) -> None:
    """Stars from 1 to 5 and a comment, both required (O5)."""
    if not 1 <= stars <= 5:
        raise UnableToPay("请为服务机构评分（1 至 5 星）。", field="stars")
    if not comment.strip():
        raise UnableToPay("请如实填写对服务的评价。", field="comment")


def require_left_lying(*, endable_after: datetime, at: datetime) -> None:
    """Provider and enterprise have their time to accept and to correct, also after expiry, before it is ended (V5)."""
    if at <= endable_after:
        raise UnableToEndPayment(
            f"服务券到期后仍应给双方收券和补正的时间，{spoken(endable_after)} 之后才能结束这笔支付。"
        )


def require_returnable(*, expires_at: datetime, at: datetime) -> None:
    """A return of a payment is neither asked nor decided once the voucher has expired (O8)."""
    if at > expires_at:
        raise UnableToReturnPayment(
            f"服务券已于 {spoken(expires_at)} 到期，不能再申请或办理退回支付。"
        )
