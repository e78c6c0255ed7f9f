"""Writing messages and notices; the outbox sends what was committed (N1, N2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from foundation.accounts.actors import Actor, require_role, require_staff_of
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.errors import OutOfReach
from foundation.notices import policies
from foundation.notices.events import EVENTS
from foundation.notices.models import Message, Notice, NoticeCorrection, OutboxEntry
from foundation.notices.queries import get_message_for, outbox_of_staff
from foundation.regions.models import City
from foundation.retention import require_job


def messages_past_time(at: datetime) -> QuerySet[Message]:
    """Messages older than KEEP_MESSAGES_MONTHS, read or not (ADR 36)."""
    return Message.objects.filter(
        created_at__lt=at - timedelta(days=31) * settings.KEEP_MESSAGES_MONTHS
    )


def forget_messages(*, by: Actor, at: datetime, at_most: int) -> int:
    """Delete up to ``at_most`` messages past their time, with what of them still waits to be mailed; how many."""
    require_job(by)
    pks = list(messages_past_time(at).order_by("pk").values_list("pk", flat=True)[:at_most])
    Message.objects.filter(pk__in=pks).delete()
    return len(pks)


def post_message(
    *,
    at: datetime,
    to: int | None,
    event: str,
    params: dict[str, Any],
    link: str = "",
    key: str | None = None,
) -> None:
    """Leave a message for the account with primary key ``to`` in the caller's transaction.

    ``params`` are JSON values for the event's words. A ``key`` already used is silently not sent again.
    """
    post_messages(
        at=at, to=[] if to is None else [to], event=event, params=params, link=link, key=key
    )


def post_messages(
    *,
    at: datetime,
    to: Iterable[int],
    event: str,
    params: dict[str, Any],
    link: str = "",
    key: str | None = None,
) -> None:
    """The same message for several accounts; ``key`` is completed by each account's primary key."""
    if event not in EVENTS:
        raise KeyError(f"unknown event {event!r}; add its words to foundation/notices/events/")
    for account in to:
        _post(at=at, account=account, event=event, params=params, link=link, key=key)


@transaction.atomic
def _post(
    *, at: datetime, account: int, event: str, params: dict[str, Any], link: str, key: str | None
) -> None:
    """One message with its outbox row, or neither: a message whose key counts as told is always mailed as well."""
    full_key = f"{key}:{account}" if key else None
    fields = {
        "recipient_id": account,
        "event": event,
        "params": params,
        "link": link,
        "created_at": at,
    }
    if full_key is None:
        message = Message.objects.create(**fields)
    else:
        message, created = Message.objects.get_or_create(key=full_key, defaults=fields)
        if not created:
            return
    OutboxEntry.objects.create(
        message=message, next_attempt_at=policies.mailed_from(EVENTS[event].kind, at)
    )


def publish_notice(
    *,
    at: datetime,
    by: Actor,
    city: City,
    kind: str,
    title: str,
    body: str,
    link: str = "",
    publish_at: datetime,
    formatted: bool = False,
) -> Notice:
    """Put a notice on the public site from ``publish_at`` on (N1); for operations that have decided who may."""
    with transaction.atomic():
        notice = Notice.objects.create(
            city=city,
            kind=kind,
            title=title,
            body=body,
            formatted=formatted,
            link=link,
            publish_at=publish_at,
            created_by=by.user,
        )
        record(
            at=at,
            by=by,
            action="publish_notice",
            subject=notice,
            details={"kind": str(kind), "title": title, "publish_at": publish_at.isoformat()},
        )
    return notice


def announce(
    *,
    by: Actor,
    at: datetime,
    kind: str,
    title: str,
    body: str,
    publish_at: datetime | None = None,
    files: Sequence[Material] = (),
) -> Notice:
    """The bureau publishes a notice of its own city, now or at a set time, with attachments (N1).

    Raises UnableToPublishNotice, and UnableToKeepFile (F1) for a bad attachment; then nothing is published.
    """
    require_role(by, Role.BUREAU)
    if by.user is None or by.user.city is None:
        raise OutOfReach("no city")
    policies.check_words(title, body)
    when = publish_at or at
    policies.check_publish_at(when, at)
    with transaction.atomic():
        documents = [keep_file(file=file, by=by, at=at) for file in files]
        notice = publish_notice(
            at=at,
            by=by,
            city=by.user.city,
            kind=kind,
            title=title.strip(),
            body=body.strip(),
            publish_at=when,
            formatted=True,
        )
        notice.attachments.set(documents)
    return notice


def correct_notice(
    *,
    by: Actor,
    at: datetime,
    notice: Notice,
    title: str,
    body: str,
    reason: str,
    files: Sequence[Material] = (),
) -> Notice:
    """The bureau corrects what it wrote; the former words are kept and, once published, shown with the reason (N1).

    ``files`` are added to the attachments. Raises UnableToCorrectNotice, UnableToPublishNotice, UnableToKeepFile.
    """
    policies.check_words(title, body)
    with transaction.atomic():
        found = Notice.objects.select_for_update().filter(pk=notice.pk).first()
        if found is None:
            raise OutOfReach("no such notice")
        require_staff_of(by, found.city_id, Role.BUREAU)
        policies.check_written(formatted=found.formatted)
        new = (title.strip(), body.strip())
        changed = new != (found.title, found.body) or bool(files)
        policies.check_correction(changed=changed, reason=reason)
        NoticeCorrection.objects.create(
            notice=found,
            title=found.title,
            body=found.body,
            reason=reason.strip(),
            corrected_at=at,
            corrected_by=by.user,
        )
        found.title, found.body = new
        found.save(update_fields=["title", "body"])
        found.attachments.add(*(keep_file(file=file, by=by, at=at) for file in files))
        record(at=at, by=by, action="correct_notice", subject=found, reason=reason.strip())
    return found


def withdraw_notice(*, by: Actor, at: datetime, notice: Notice, reason: str) -> Notice:
    """Take back a notice before the public could see it (N1). Raises UnableToWithdrawNotice."""
    with transaction.atomic():
        found = Notice.objects.select_for_update().filter(pk=notice.pk).first()
        if found is None:
            raise OutOfReach("no such notice")
        require_staff_of(by, found.city_id, Role.BUREAU)
        policies.check_still_hidden(found.publish_at, at)
        record(
            at=at,
            by=by,
            action="withdraw_notice",
            subject=found,
            reason=reason,
            details={"title": found.title, "publish_at": found.publish_at.isoformat()},
        )
        found.delete()
    return found


def read_message(*, by: Actor, at: datetime, pk: int) -> Message:
    """Mark one of the actor's own messages as read; the first time counts (N2)."""
    message = get_message_for(by, pk)
    if Message.objects.filter(pk=pk, read_at__isnull=True).update(read_at=at):
        message.read_at = at
    return message


def read_all_messages(*, by: Actor, at: datetime) -> int:
    """Mark all of the actor's own messages as read; how many were not (N2)."""
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    return Message.objects.filter(recipient=by.user, read_at__isnull=True).update(read_at=at)


def close_messages(*, to: int, event: str, at: datetime) -> None:
    """Mark an account's messages of one event as read, when what they ask for is done; in the caller's transaction."""
    Message.objects.filter(recipient_id=to, event=event, read_at__isnull=True).update(read_at=at)


def send_again(*, by: Actor, at: datetime, entry: OutboxEntry) -> OutboxEntry:
    """The bureau has a mail tried again at once, for another three days (N2). Raises UnableToSendAgain."""
    with transaction.atomic():
        found = (
            OutboxEntry.objects.select_for_update(of=("self",))
            .filter(pk__in=outbox_of_staff(by.user).values("pk") if by.user else [])
            .filter(pk=entry.pk)
            .first()
        )
        if found is None:
            raise OutOfReach("no such mail")
        policies.check_failed(attempts=found.attempts, last_error=found.last_error)
        found.attempts, found.next_attempt_at = 0, at
        found.retried_at, found.given_up_at = at, None
        found.save(update_fields=["attempts", "next_attempt_at", "retried_at", "given_up_at"])
        record(at=at, by=by, action="send_again", subject=found)
    return found
