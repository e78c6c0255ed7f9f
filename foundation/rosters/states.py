"""States of reported violations (S1) and imported files (E8)."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class ViolationState(TextChoices):
    """Where a reported violation stands."""

    REPORTED = "reported", "待市局决定"
    SANCTIONED = "sanctioned", "已处理"
    DISMISSED = "dismissed", "不予处理"


VIOLATION = StateMachine(
    name="violation",
    states=ViolationState,
    initial=ViolationState.REPORTED,
    moves={
        "sanction": ((ViolationState.REPORTED,), ViolationState.SANCTIONED),
        "dismiss": ((ViolationState.REPORTED,), ViolationState.DISMISSED),
    },
)


class ImportState(TextChoices):
    """Where an imported roster file stands."""

    READING = "reading", "试运行中"
    UNREADABLE = "unreadable", "无法读取"
    CHECKED = "checked", "已试运行"
    APPLYING = "applying", "导入中"
    APPLIED = "applied", "已导入"
    DISCARDED = "discarded", "已作废"


ROSTER_IMPORT = StateMachine(
    name="roster_import",
    states=ImportState,
    initial=ImportState.READING,
    moves={
        "finish": ((ImportState.READING,), ImportState.CHECKED),
        "fail": ((ImportState.READING,), ImportState.UNREADABLE),
        "order": ((ImportState.CHECKED,), ImportState.APPLYING),
        "give_back": ((ImportState.APPLYING,), ImportState.CHECKED),
        "apply": ((ImportState.CHECKED, ImportState.APPLYING), ImportState.APPLIED),
        "discard": ((ImportState.READING, ImportState.CHECKED), ImportState.DISCARDED),
    },
)


class RowOutcome(TextChoices):
    """What one row of a roster file would do, or did (E8)."""

    NEW = "new", "新增"
    CHANGED = "changed", "更新"
    REMOVED = "removed", "移除"
    GONE = "gone", "文件中没有，移除"
    SAME = "same", "无变化"
    BAD = "bad", "有误"
