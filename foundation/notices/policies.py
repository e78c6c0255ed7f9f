"""When a notice may be published or taken back, and when a message is mailed; values only (N1, N2)."""

from __future__ import annotations

from datetime import datetime

from foundation.errors import Refusal
from foundation.moments import SHANGHAI, local_day, moment
from foundation.notices.events import Kind

# Reminders fall due with the day; nobody wants the telephone to ring for them at midnight.
REMINDERS_MAILED_FROM_HOUR = 8


class UnableToPublishNotice(Refusal):
    """A notice that cannot be published as asked (N1)."""

    rule = "N1"


class UnableToWithdrawNotice(Refusal):
    """A notice that the public can already see (N1)."""

    rule = "N1"


class UnableToCorrectNotice(Refusal):
    """A notice that cannot be corrected, or not like this (N1)."""

    rule = "N1"


class UnableToSendAgain(Refusal):
    """A mail that has not failed (N2)."""

    rule = "N2"


def mailed_from(kind: Kind, at: datetime) -> datetime:
    """From when a message written at ``at`` is mailed: at once, a reminder not before eight in the morning."""
    if kind is Kind.REMINDER and at.astimezone(SHANGHAI).hour < REMINDERS_MAILED_FROM_HOUR:
        return moment(local_day(at), REMINDERS_MAILED_FROM_HOUR)
    return at


def check_failed(*, attempts: int, last_error: str) -> None:
    """Raises UnableToSendAgain for a mail that was never refused: it is sent within minutes anyway."""
    if not attempts or not last_error:
        raise UnableToSendAgain("这封邮件正在等待发送，几分钟内会自动发出，无需重新发送。")


def check_publish_at(publish_at: datetime, at: datetime) -> None:
    """Raises UnableToPublishNotice for a set time that has passed; now itself is in time."""
    if publish_at < at:
        raise UnableToPublishNotice(
            "发布时间不能早于现在；如需立即发布，请不要填写发布时间。", field="publish_at"
        )


def check_words(title: str, body: str) -> None:
    """Raises UnableToPublishNotice for a notice that says nothing."""
    if not title.strip():
        raise UnableToPublishNotice("请填写标题。", field="title")
    if not body.strip():
        raise UnableToPublishNotice("请填写正文。", field="body")


def check_still_hidden(publish_at: datetime, at: datetime) -> None:
    """Raises UnableToWithdrawNotice from the moment of publication on."""
    if publish_at <= at:
        raise UnableToWithdrawNotice(
            "公告已经发布，不能撤销；如内容有误，请用“更正”修改，原文会保留。"
        )


def check_written(*, formatted: bool) -> None:
    """Raises UnableToCorrectNotice for what the portal published with the list or result it tells of."""
    if not formatted:
        raise UnableToCorrectNotice(
            "该公告由系统随名单或结果一并发布，不能更正文字；需要说明的，请另行发布公告。"
        )


def check_correction(*, changed: bool, reason: str) -> None:
    """A correction says something else, and why."""
    if not reason.strip():
        raise UnableToCorrectNotice("请填写更正说明，它会随公告公开。", field="reason")
    if not changed:
        raise UnableToCorrectNotice("标题、正文和附件都没有改动，无需更正。", field="body")
