"""When a notice may be published or taken back; values only (N1)."""

from __future__ import annotations

from datetime import datetime

from foundation.errors import Refusal


class UnableToPublishNotice(Refusal):
    """A notice that cannot be published as asked (N1)."""

    rule = "N1"


class UnableToWithdrawNotice(Refusal):
    """A notice that the public can already see (N1)."""

    rule = "N1"


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
        raise UnableToWithdrawNotice("公告已经发布，不能撤销；如内容有误，请另行发布更正公告。")
