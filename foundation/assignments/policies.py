"""When a file of the desk is in somebody's hands, and what that keeps others from. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from foundation.errors import Refusal
from foundation.moments import spoken

# Without a sign of work for this long a file is free again (ADR 0023); the review screen signals while it is open.
IDLE_MINUTES = 30
NOTE_MAX = 200


class FileInOtherHands(Refusal):
    """The file is in the hands of another account, which is still at work on it."""


class UnableToHandOver(Refusal):
    """A file that cannot be given to this account."""


def is_held(seen_at: datetime, at: datetime) -> bool:
    """Whether a file last worked on at ``seen_at`` is still in its holder's hands."""
    return at - seen_at <= timedelta(minutes=IDLE_MINUTES)


def require_not_in_other_hands(
    *,
    holder_id: int,
    holder_name: str,
    taken_at: datetime,
    seen_at: datetime,
    by_id: int,
    at: datetime,
) -> None:
    """Nobody decides a file that another has in hand; raises FileInOtherHands."""
    if holder_id != by_id and is_held(seen_at, at):
        raise FileInOtherHands(
            f"{holder_name}自 {spoken(taken_at)} 起正在办理本件，您的操作没有生效。"
            "如确需由您办理，请先与其沟通，再点“接手办理”。"
        )


def require_own(*, holder_id: int | None, by_id: int) -> None:
    """Only who has a file in hand gives it away; raises FileInOtherHands."""
    if holder_id != by_id:
        raise FileInOtherHands("本件已不在您手上，请刷新页面查看由谁办理。")


def require_colleague(*, is_colleague: bool) -> None:
    """A file goes to an open account of the same office that can decide it; raises UnableToHandOver."""
    if not is_colleague:
        raise UnableToHandOver("请选择本单位可以办理本件的账号。", field="colleague")
