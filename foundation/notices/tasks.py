"""Mailing what waits in the outbox (N2)."""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from time import monotonic

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F, Q, QuerySet

from foundation.accounts.models import MailChoice
from foundation.accounts.queries import organisation_names
from foundation.notices.events import EVENTS, MAILED_TO_ASKED, Kind
from foundation.notices.mail import address_of, make_mail
from foundation.notices.models import OutboxEntry

log = logging.getLogger(__name__)

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
# What no server took for so long is left to staff; the message itself is in the inbox.
GIVE_UP_AFTER = timedelta(days=3)
# A run stops long before its claims end, so that nobody else takes what it is about to send.
CLAIM = timedelta(minutes=10)
RUN_SECONDS_MAX = 45
RUN_MESSAGES_MAX = 2000
# So many failures in a row mean that the server is down.
FAILURES_IN_A_ROW_MAX = 3
# These say that the server is up and does not want this one mail.
ABOUT_ONE_MAIL = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPSenderRefused,
)


def send_outbox(at: datetime) -> int:
    """Mail what is due at ``at``; how many messages the mail server took.

    A row is claimed by moving its next attempt into the future, and only who moved it sends it; it is deleted when
    the server has taken the message. A worker killed in between leaves a row that is due again when its claim ends:
    at worst one message is mailed twice, none is lost. After a failure the next attempt waits 1, 5, 30, then 120
    minutes; after three days the row stays for staff to see. Messages to accounts that are closed, have no address
    or do not want them by mail leave the outbox unsent.
    """
    _drop_unmailable(at)
    due = list(
        OutboxEntry.objects.filter(next_attempt_at__lte=at, given_up_at=None)
        .select_related("message__recipient__person")
        .order_by("next_attempt_at", "pk")[:RUN_MESSAGES_MAX]
    )
    names = organisation_names({entry.message.recipient_id for entry in due}) if due else {}
    started, sent, failures_in_a_row = monotonic(), 0, 0
    connection = get_connection()
    for entry in due:
        out_of_time = monotonic() - started > RUN_SECONDS_MAX
        if out_of_time or failures_in_a_row == FAILURES_IN_A_ROW_MAX:
            break
        if not _claim(entry, at):
            continue
        recipient = entry.message.recipient
        try:
            _mail(entry, connection, names.get(recipient.pk) or recipient.shown_name)
        except Exception as error:
            # Whatever went wrong, the message stays; a mail server's answer may hold the address, so it is not kept.
            failures_in_a_row = 0 if isinstance(error, ABOUT_ONE_MAIL) else failures_in_a_row + 1
            _put_off(entry, at, error)
            _close(connection)
        else:
            failures_in_a_row = 0
            _claimed(entry, at).delete()
            sent += 1
    _close(connection)
    return sent


def _drop_unmailable(at: datetime) -> None:
    progress = [event for event, words in EVENTS.items() if words.kind is Kind.PROGRESS]
    confirms = Q(message__event=MAILED_TO_ASKED)
    unwanted = Q(message__recipient__mail_choice=MailChoice.NONE) | Q(
        message__recipient__mail_choice=MailChoice.IMPORTANT, message__event__in=progress
    )
    OutboxEntry.objects.filter(
        Q(message__recipient__is_active=False)
        | ~confirms & (Q(message__recipient__email="") | unwanted)
        | confirms & Q(message__recipient__email_asked=""),
        next_attempt_at__lte=at,
    ).delete()


def _claim(entry: OutboxEntry, at: datetime) -> bool:
    """Whether this worker, and no other, sends the message now."""
    unchanged = OutboxEntry.objects.filter(
        pk=entry.pk, next_attempt_at=entry.next_attempt_at, attempts=entry.attempts
    )
    return bool(unchanged.update(next_attempt_at=at + CLAIM, attempts=F("attempts") + 1))


def _claimed(entry: OutboxEntry, at: datetime) -> QuerySet[OutboxEntry]:
    """The row as this worker claimed it; nothing once its claim has passed to another."""
    return OutboxEntry.objects.filter(
        pk=entry.pk, next_attempt_at=at + CLAIM, attempts=entry.attempts + 1
    )


def _put_off(entry: OutboxEntry, at: datetime, error: Exception) -> None:
    code = getattr(error, "smtp_code", "")
    reason = f"{type(error).__name__} {code}".strip()
    wait = BACK_OFF[min(entry.attempts, len(BACK_OFF) - 1)]
    given_up = at + wait > entry.due_from + GIVE_UP_AFTER
    _claimed(entry, at).update(
        next_attempt_at=at + wait, last_error=reason, given_up_at=at if given_up else None
    )
    log.warning(
        "message %d not mailed (%s), %s",
        entry.pk,
        reason,
        "given up" if given_up else f"next attempt in {wait}",
    )


def _mail(entry: OutboxEntry, connection: BaseEmailBackend, organisation: str) -> None:
    """Send one message over the open connection; one whose address is no more wanted is sent nowhere."""
    if not address_of(entry.message):
        return
    connection.open()
    make_mail(entry.message, organisation=organisation, connection=connection).send()


def _close(connection: BaseEmailBackend) -> None:
    """Say good-bye; a server that is gone already need not hear it."""
    try:
        connection.close()
    except Exception as error:
        log.info("mail connection not closed: %s", type(error).__name__)
