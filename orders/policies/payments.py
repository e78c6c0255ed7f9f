"""Checks on a payment and its amount, and on its return (O5, O6, O7, O8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from foundation.errors import Refusal
from foundation.moments import spoken, spoken_day
from foundation.money import ZERO, share_of, spoken_money
from foundation.names import written
from orders.policies.papers import UnableToPay


class UnableToEndPayment(Refusal):
    """A payment that the contractor cannot end yet (V5)."""

    rule = "V5"


class UnableToReturnPayment(Refusal):
    """A return of a payment that cannot be asked or decided now (O8)."""

    rule = "O8"


def require_service_begun(service_from: date, *, today: date) -> None:
    """Payment comes after the service, so never before the contract says it begins (O5)."""
    if today < service_from:
        raise UnableToPay(
            f"服务尚未开始（合同约定自 {spoken_day(service_from)} 起），服务完成后才能支付服务券。"
        )


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


def require_amount(amount: Decimal, *, invoiced: Decimal, limits: Limits) -> None:
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


def require_own_share(amount: Decimal, *, invoiced: Decimal, transferred: Decimal) -> None:
    """The transfers cover the enterprise's own share, invoices less voucher (O5)."""
    if missing_transfers(invoiced=invoiced, transferred=transferred, amount=amount):
        raise UnableToPay(
            f"对公转账合计 {spoken_money(transferred)}，少于企业应自付的"
            f" {spoken_money(invoiced - amount)}（发票合计减用券金额），请补充转账凭证或核对金额。"
        )


def require_stars(stars: int) -> None:
    """Stars from 1 to 5, required (O5)."""
    if not 1 <= stars <= 5:
        raise UnableToPay("请为服务机构评分（1 至 5 星）。", field="stars")


def require_comment(comment: str) -> None:
    """What to say of the service is required (O5)."""
    if not written(comment):
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
