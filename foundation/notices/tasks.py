"""Mailing what waits in the outbox (N2)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from email.utils import parseaddr
from time import monotonic

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q

from foundation.notices.models import Message, OutboxEntry
from foundation.notices.words import render_message

log = logging.getLogger(__name__)

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
# A run stops long before its claims end, so that nobody else takes what it is about to send.
CLAIM = timedelta(minutes=10)
RUN_SECONDS_MAX = 45
RUN_MESSAGES_MAX = 2000
# So many failures in a row mean that the server is down, not that an address is bad.
FAILURES_IN_A_ROW_MAX = 3


def send_outbox(at: datetime) -> int:
    """Mail what is due at ``at``; how many messages the mail server took.

    A row is claimed by moving its next attempt into the future, and only who moved it sends it; it is deleted when
    the server has taken the message. A worker killed in between leaves a row that is due again when its claim ends:
    at worst one message is mailed twice, none is lost. After a failure the next attempt waits 1, 5, 30, then 120
    minutes, without an end. Messages to accounts without an address, or closed, leave the outbox unsent.
    """
    _drop_unmailable(at)
    due = (
        OutboxEntry.objects.filter(next_attempt_at__lte=at)
        .select_related("message__recipient")
        .order_by("next_attempt_at", "pk")[:RUN_MESSAGES_MAX]
    )
    started, sent, failures_in_a_row = monotonic(), 0, 0
    connection = get_connection()
    for entry in due:
        out_of_time = monotonic() - started > RUN_SECONDS_MAX
        if out_of_time or failures_in_a_row == FAILURES_IN_A_ROW_MAX:
            break
        if not _claim(entry, at):
            continue
        try:
            _mail(entry.message, connection)
        except Exception as error:
            # Whatever went wrong, the message stays; a mail server's answer may hold the address, so it is not kept.
            failures_in_a_row += 1
            _put_off(entry, at, error)
            connection.close()
        else:
            failures_in_a_row = 0
            OutboxEntry.objects.filter(pk=entry.pk).delete()
            sent += 1
    connection.close()
    return sent


def _drop_unmailable(at: datetime) -> None:
    nowhere = Q(message__recipient__email="") | Q(message__recipient__is_active=False)
    OutboxEntry.objects.filter(nowhere, next_attempt_at__lte=at).delete()


def _claim(entry: OutboxEntry, at: datetime) -> bool:
    """Whether this worker, and no other, sends the message now."""
    unchanged = OutboxEntry.objects.filter(pk=entry.pk, next_attempt_at=entry.next_attempt_at)
    return bool(unchanged.update(next_attempt_at=at + CLAIM, attempts=F("attempts") + 1))


def _put_off(entry: OutboxEntry, at: datetime, error: Exception) -> None:
    code = getattr(error, "smtp_code", "")
    reason = f"{type(error).__name__} {code}".strip()
    wait = BACK_OFF[min(entry.attempts, len(BACK_OFF) - 1)]
    OutboxEntry.objects.filter(pk=entry.pk).update(next_attempt_at=at + wait, last_error=reason)
    log.warning("message %d not mailed (%s), next attempt in %s", entry.pk, reason, wait)


def _mail(message: Message, connection: BaseEmailBackend) -> None:
    subject, text = render_message(message)
    link = f"\n\n{settings.PORTAL_URL}{message.link}" if message.link else ""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    EmailMessage(
        subject=f"【服务券平台】{subject}",
        body=f"{text}{link}\n\n本邮件由系统自动发送，请勿回复。",
        to=[message.recipient.email],
        # The same each time, so that a message mailed twice can be shown once.
        headers={"Message-ID": f"<message-{message.pk}@{host}>"},
        connection=connection,
    ).send()
