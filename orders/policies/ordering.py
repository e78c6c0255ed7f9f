"""Checks on placing, keeping, cancelling and claiming an order (O1, O2, P3, P4, P7, S1, V4, V5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from foundation.errors import Refusal, refuse
from foundation.moments import spoken, spoken_day
from foundation.money import ZERO, spoken_money
from foundation.names import written
from foundation.rosters.models import Accreditation


class UnableToOrder(Refusal):
    """An order that cannot be placed or confirmed now (O1)."""

    rule = "O1"


class AllowanceExceeded(UnableToOrder):
    """The provider cannot accept that much more in this programme (P7)."""

    rule = "P7"


class UnableToCancel(Refusal):
    """A cancellation that this side cannot make, or not alone (O2)."""

    rule = "O2"


class OrderLapsed(Refusal):
    """The order's deadline has passed; a job only makes it visible (V4, V5)."""

    rule = "V4"


class UnderSanction(Refusal):
    """One of the parties is under a sanction in the programme's city (S1)."""

    rule = "S1"


class UnableToClaim(Refusal):
    """An order that cannot go into a claim now (R1)."""

    rule = "R1"


class ContactClosed(Refusal):
    """The other side's telephone number of an order that has ended (F5)."""

    rule = "F5"


@dataclass(frozen=True)
class Condition:
    """One condition of an order in Chinese words, and the refusal that stands against it, if any."""

    label: str
    refusal: Refusal | None = None

    @property
    def met(self) -> bool:
        """Whether nothing stands against it."""
        return self.refusal is None

    @property
    def remedy(self) -> str:
        """What is wrong and how to mend it."""
        return self.refusal.sentence if self.refusal else ""


def condition(label: str, check: Callable[..., None], **facts: Any) -> Condition:
    """Ask one check, and keep its refusal instead of raising it."""
    try:
        check(**facts)
    except Refusal as refusal:
        return Condition(label, refusal)
    return Condition(label)


def require_all(conditions: Iterable[Condition]) -> None:
    """Raises what stands against any of the conditions."""
    refuse([one.refusal for one in conditions if one.refusal is not None])


def require_usage_open(*, usage_ends_at: datetime, at: datetime) -> None:
    """Orders are placed in the usage window only; its last moment is still in time (O1, V4)."""
    if at > usage_ends_at:
        raise UnableToOrder(
            f"该服务券的使用期限已于 {spoken(usage_ends_at)} 届满，不能再下单。",
            rule="V4",
            field="voucher",
        )


def require_in_time(*, deadline: datetime | None, at: datetime, why: str, rule: str) -> None:
    """An order past its deadline counts as lapsed whether or not the job has run (V4, V5)."""
    if deadline is not None and at > deadline:
        raise OrderLapsed(
            f"{why}，截止时间为 {spoken(deadline)}，订单已失效，不能再办理。", rule=rule
        )


def require_voucher_amount(amount: Decimal, *, field: str, what: str) -> None:
    """Voucher amounts are whole yuan above zero."""
    if amount <= ZERO or amount != amount.to_integral_value():
        raise UnableToOrder(f"{what}应为大于零的整数元。", field=field)


def require_expected_amount(amount: Decimal, *, free: Decimal, left: Decimal) -> None:
    """The expected amount is within the free balance (O1) and what the provider can still accept (P7)."""
    require_voucher_amount(amount, field="expected_amount", what="预计用券金额")
    if amount > free:
        raise UnableToOrder(
            f"预计用券金额超出该券可用余额 {spoken_money(free)}，请调减金额。",
            field="expected_amount",
        )
    require_allowance(amount, left=left, field="expected_amount")


def require_allowance(amount: Decimal, *, left: Decimal, field: str) -> None:
    """Accepted plus reserved never exceeds the provider's cap in the programme (P7)."""
    if amount > left:
        raise AllowanceExceeded(
            f"该机构在本年度方案中还可收券 {spoken_money(max(left, ZERO))}，"
            f"不足以接收 {spoken_money(amount)}，请调减金额或选择其他机构。",
            field=field,
        )


def require_on_sale(*, on_sale: bool) -> None:
    """Only the version on sale can be ordered (O1, P6)."""
    if not on_sale:
        raise UnableToOrder("该服务产品已下架或已更新版本，请回到产品页重新选择。", rule="P6")


def require_price_tier(*, is_range: bool, chosen: bool, belongs: bool) -> None:
    """A range price asks for one of that version's tiers, a fixed price for none (O1, P5)."""
    if is_range and not chosen:
        raise UnableToOrder("该产品为区间价，请选择价格档。", field="price_tier")
    if chosen and not (is_range and belongs):
        raise UnableToOrder("所选价格档不属于该产品，请重新选择。", field="price_tier")


def require_can_serve(*, reasons: Sequence[str], serves: bool) -> None:
    """The provider may accept now, and serves the voucher's city (P1, P2, P3)."""
    if not serves:
        raise UnableToOrder(
            "该机构或该产品的服务区域不包括服务券所在城市，请选择其他机构。", rule="P3"
        )
    if reasons:
        raise UnableToOrder(f"该机构目前不能收券：{'；'.join(reasons)}", rule="P1")


def require_type_accredited(service_type: str, *, accredited: Collection[str]) -> None:
    """A product is of a type that its provider is accredited for on the day of order as well (P4)."""
    if service_type not in accredited:
        raise UnableToOrder(
            f"该机构目前的认定不包括“{service_type}”服务，请选择其他产品或其他机构。", rule="P4"
        )


def require_accredited(accreditation: Accreditation, *, day: date) -> None:
    """A provider receives vouchers only while its accreditation is valid (P1).

    Whether its letter of the year is in already is not asked here: the enterprise must not lose its voucher by it.
    """
    if not accreditation.valid_from <= day <= accreditation.valid_until:
        raise UnableToOrder(
            f"服务机构的认定已于 {spoken_day(accreditation.valid_until)} 到期，不能再收取服务券。",
            rule="P1",
        )


def require_no_sanction(*, enterprise: bool, provider: bool) -> None:
    """A sanction on either side stops orders, contracts, payments and acceptances at once (S1)."""
    if enterprise:
        raise UnderSanction(
            "企业正处于违规处理期内，不能办理下单、合同、支付和收券。请联系承办单位了解详情。"
        )
    if provider:
        raise UnderSanction(
            "服务机构正处于违规处理期内，不能办理下单、合同、支付和收券。请联系承办单位了解详情。"
        )


def require_reason(reason: str, *, what: str) -> None:
    """Whoever declines, cancels or sends back says why (O2, O4, O7, O8)."""
    if not written(reason):
        raise UnableToCancel(f"请填写{what}。", field="reason")


def require_cancellation_asked(*, asked_by: str, agreeing: str) -> None:
    """After the contract is confirmed only both sides together cancel: one asks, the other agrees (O2)."""
    if not asked_by:
        raise UnableToCancel("对方尚未提出取消，或已撤回取消请求。合同确认后，取消订单需双方同意。")
    if asked_by == agreeing:
        raise UnableToCancel("取消请求由您提出，需等待对方同意。")


def require_cancellation_not_asked(*, asked_by: str, asking: str) -> None:
    """One open request to cancel at a time (O2)."""
    if asked_by == asking:
        raise UnableToCancel("您已提出取消，请等待对方同意。")
    if asked_by:
        raise UnableToCancel("对方已提出取消，您可以直接同意。")


def require_own_cancellation(*, asked_by: str, withdrawing: str) -> None:
    """Only the side that asked withdraws its request (O2)."""
    if asked_by != withdrawing:
        raise UnableToCancel("您没有待对方同意的取消请求。")


def require_no_open_return(*, open_return: bool) -> None:
    """While the contractor still has a return of the payment to decide, the order is not claimed (O8, R1)."""
    if open_return:
        raise UnableToClaim("该订单有待承办单位决定的退回支付申请，决定后才能申请兑现。")


def require_under_way(*, ended: bool) -> None:
    """The two sides see each other's telephone number while they work together, not for ever (F5)."""
    if ended:
        raise ContactClosed("订单已结束，不再显示对方联系电话。")
