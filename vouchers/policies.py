"""May this happen now: pure checks of programmes, batches, applications and vouchers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from foundation.errors import Refusal
from foundation.moments import spoken
from foundation.money import ZERO, spoken_money
from vouchers.models import Batch
from vouchers.states import BatchState, Tier


class UnableToIssue(Refusal):
    """A programme or batch that cannot be made or published so (G2, B1)."""

    rule = "B1"


class UnableToApply(Refusal):
    """An application that is refused now (B2, B3, B4)."""

    rule = "B2"


class BatchFull(UnableToApply):
    """The applicant could no longer receive anything (B4)."""

    rule = "B4"


class UnableToWithdraw(Refusal):
    """A withdrawal outside the opening hours of the batch (B4)."""

    rule = "B4"


class UnableToReturn(Refusal):
    """A voluntary return that is not possible now (V3)."""

    rule = "V3"


def is_whole_yuan(amount: Decimal) -> bool:
    """Whether an amount has no fen: voucher amounts are whole yuan."""
    return amount == amount.to_integral_value()


def require_sound_batch(
    *,
    amount: Decimal,
    opens_at: datetime,
    closes_at: datetime,
    expires_at: datetime,
    usage_ends_at: datetime,
) -> None:
    """A batch has a whole-yuan amount, opens before it closes, and outlives its usage window (B1, V4, V5)."""
    if amount <= ZERO or not is_whole_yuan(amount):
        raise UnableToIssue("发放金额应为大于零的整数元。", field="amount")
    if closes_at <= opens_at:
        raise UnableToIssue("申领截止时间应晚于开始时间。", field="closes_at")
    if expires_at < usage_ends_at:
        raise UnableToIssue(
            "服务券有效期不能早于使用期限（下单和上传合同的截止日）。", field="valid_until"
        )


def require_money_left(*, amount: Decimal, available: Decimal) -> None:
    """The batches of a programme never exceed its total; what came back can be issued again (B1)."""
    if amount > available:
        raise UnableToIssue(
            f"本批金额超出方案可发放余额：尚可发放 {spoken_money(available)}。请调减金额。",
            field="amount",
        )


def require_not_yet_open(*, opens_at: datetime, at: datetime) -> None:
    """A batch is announced before it opens, so that every enterprise has the same chance (B1)."""
    if at >= opens_at:
        raise UnableToIssue("申领开始时间已过，请调整开始时间后再发布。", field="opens_at")


@dataclass(frozen=True)
class Demand:
    """Committed demand of a batch by tier, yuan: a lower bound while submissions are in flight (B4)."""

    priority: Decimal
    other: Decimal

    def ahead_of(self, tier: Tier) -> Decimal:
        """The demand at or above ``tier``: what will be served before a new application of that tier."""
        return self.priority if tier == Tier.PRIORITY else self.priority + self.other


def require_open(batch: Batch, *, at: datetime) -> None:
    """The batch is open at the moment the application arrived (B2)."""
    if batch.state in {BatchState.DRAFT, BatchState.CANCELLED}:
        raise UnableToApply("该批次尚未发布，不能申领。")
    if at < batch.opens_at:
        raise UnableToApply(f"本批次尚未开始申领，开始时间为 {spoken(batch.opens_at)}。")
    if at > batch.closes_at or batch.state != BatchState.ANNOUNCED:
        raise UnableToApply(
            f"本批次申领已于 {spoken(batch.closes_at)} 截止，请关注下一批发券通知。"
        )


def require_not_full(batch: Batch, *, demand: Demand, tier: Tier) -> None:
    """额满则停止申领: refused only when the applicant could no longer receive anything (B4)."""
    if demand.ahead_of(tier) >= batch.amount:
        raise BatchFull(
            "本批次已额满，停止申领：排在您之前的申领金额已达到本批发放金额。请关注下一批发券通知。"
        )


def require_sound_amount(*, amount: Decimal, step: Decimal, left: Decimal) -> None:
    """An amount above zero, on the step, within what is left of the yearly cap (B2, B3)."""
    if amount <= ZERO or amount % step != ZERO:
        raise UnableToApply(f"申领金额应为 {spoken_money(step)}的整数倍。", field="amount")
    if amount > left:
        raise UnableToApply(
            f"申领金额超出年度剩余额度：本年度还可申领 {spoken_money(left)}。",
            rule="B3",
            field="amount",
        )


def require_withdrawable(batch: Batch, *, at: datetime) -> None:
    """A withdrawal is allowed while the batch is open (B4)."""
    if not batch.is_open(at) or batch.state != BatchState.ANNOUNCED:
        raise UnableToWithdraw(
            f"申领已于 {spoken(batch.closes_at)} 截止，不能再撤回。获券后可主动退回服务券。"
        )


def require_returnable(batch: Batch, *, at: datetime, amount: Decimal, free: Decimal) -> None:
    """The free balance may be returned, in whole yuan, until it would be reclaimed (V3)."""
    if at > batch.usage_ends_at:
        raise UnableToReturn(
            f"使用期限已于 {spoken(batch.usage_ends_at)} 届满，可用余额由系统收回，不能再主动退回。"
        )
    if amount <= ZERO or not is_whole_yuan(amount):
        raise UnableToReturn("退回金额应为大于零的整数元。", field="amount")
    if amount > free:
        raise UnableToReturn(f"退回金额超出可用余额 {spoken_money(free)}。", field="amount")


@dataclass(frozen=True)
class InLine:
    """An application as ranking sees it: its place in line, tier, what it asks for (yuan), whether it is eligible."""

    sequence: int
    tier: str
    requested: Decimal
    is_eligible: bool = True


def grant_in_order(line: Iterable[InLine], amount: Decimal) -> dict[int, Decimal]:
    """What each application is granted, by sequence (B5, B6): the policy that ranking carries out as one statement.

    Tier first, then sequence; in full until ``amount`` yuan are used up, the last in part; who is not eligible gets
    and uses up nothing.
    """
    left = amount
    granted: dict[int, Decimal] = {}
    for one in sorted(line, key=lambda one: (one.tier, one.sequence)):
        granted[one.sequence] = min(one.requested, left) if one.is_eligible else ZERO
        left -= granted[one.sequence]
    return granted
