"""States of batches and applications. Open, closed and expired are told by the clock and not stored."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class BatchState(TextChoices):
    """What has been done with a batch."""

    DRAFT = "draft", "草稿"
    ANNOUNCED = "announced", "已发布"
    RANKED = "ranked", "已排序待公布"
    PUBLISHED = "published", "结果已公布"
    CANCELLED = "cancelled", "已撤销"


BATCH = StateMachine(
    name="batch",
    states=BatchState,
    initial=BatchState.DRAFT,
    moves={
        "announce": ((BatchState.DRAFT,), BatchState.ANNOUNCED),
        "cancel": ((BatchState.DRAFT,), BatchState.CANCELLED),
        "rank": ((BatchState.ANNOUNCED,), BatchState.RANKED),
        "publish": ((BatchState.RANKED,), BatchState.PUBLISHED),
    },
)


class ApplicationState(TextChoices):
    """What the enterprise did; what ranking decided is in the allocations, which never change (B6)."""

    SUBMITTED = "submitted", "已提交"
    WITHDRAWN = "withdrawn", "已撤回"


APPLICATION = StateMachine(
    name="application",
    states=ApplicationState,
    initial=ApplicationState.SUBMITTED,
    moves={"withdraw": ((ApplicationState.SUBMITTED,), ApplicationState.WITHDRAWN)},
)


class Tier(TextChoices):
    """Priority tiers, priority before the rest (E7, B5)."""

    PRIORITY = "1", "优先"
    OTHER = "2", "普通"


class Outcome(TextChoices):
    """What ranking decided about an application (B6)."""

    GRANTED = "granted", "全额获券"
    PARTIAL = "partial", "部分获券"
    NOT_GRANTED = "not_granted", "未获券"
    PASSED_OVER = "passed_over", "不再符合条件"


class WaitingReason(TextChoices):
    """Why a turn in the waiting list gave less than was missing, beside the reasons of eligibility (B9)."""

    LEFT_LINE = "left_line", "已主动退回本批服务券，退出递补"
    CAP_USED = "cap_used", "年度额度不足"


class EntryKind(TextChoices):
    """Movements of voucher money (V2)."""

    ISSUE = "issue", "发放"
    RESERVE = "reserve", "下单预留"
    RELEASE = "release", "解除预留"
    PAY = "pay", "支付"
    REFUND = "refund", "退回支付"
    RETURN = "return", "主动退回"
    RECLAIM = "reclaim", "系统收回"
    SETTLE = "settle", "兑现"
    DISALLOW = "disallow", "不予兑现"
