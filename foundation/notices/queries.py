"""Reading notices and messages."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.accounts.queries import accounts_in_city
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from foundation.notices.events import EVENTS
from foundation.notices.models import Message, Notice, NoticeCorrection, OutboxEntry


def notices_visible(at: datetime) -> QuerySet[Notice]:
    """What the public can see at ``at``: published from ``publish_at`` on, that moment included (N1)."""
    return Notice.objects.filter(publish_at__lte=at)


def corrections_shown(notice: Notice) -> QuerySet[NoticeCorrection]:
    """The corrections the public is told of: those of words it had seen, the newest first (N1)."""
    return notice.corrections.filter(corrected_at__gt=notice.publish_at)


def get_attachment(*, notice_pk: int, document_pk: int, at: datetime) -> Document:
    """An attachment of a notice the public can see; raises OutOfReach for any other file (N1, F4)."""
    notice = notices_visible(at).filter(pk=notice_pk).first()
    document = notice.attachments.filter(pk=document_pk).first() if notice else None
    if document is None:
        raise OutOfReach("no such attachment")
    return document


def notices_of_staff(user: User) -> QuerySet[Notice]:
    """The notices of the bureau's own city, those still to be published included (rulebook section 1)."""
    if user.role != Role.BUREAU or user.city_id is None:
        return Notice.objects.none()
    return Notice.objects.filter(city_id=user.city_id)


def documents_in_reach(user: User) -> Q:
    """For the bureau the attachments of its own city's notices; the public reads them through the notice (F4)."""
    attached = Notice.attachments.through.objects.filter(notice__in=notices_of_staff(user))
    return Q(pk__in=attached.values("document_id"))


def messages_of(user: User, *, unread: bool = False, words: str = "") -> QuerySet[Message]:
    """One's own messages, newest first (N2); ``words`` are looked for in what the message says."""
    found = Message.objects.filter(recipient=user).order_by("-id")
    if unread:
        found = found.filter(read_at__isnull=True)
    if words:
        found = found.filter(_saying(words))
    return found


# The params that name things; a search looks at them and at the words of the events.
NAMING_PARAMS = (
    "order",
    "number",
    "batch",
    "product",
    "enterprise",
    "provider",
    "party",
    "reason",
    "receipt",
    "year",
)


def _saying(words: str) -> Q:
    events = [
        name
        for name, event in EVENTS.items()
        if words in f"{event.subject}{event.text}{event.todo}"
    ]
    condition = Q(event__in=events)
    for name in NAMING_PARAMS:
        condition |= Q(**{f"params__{name}__icontains": words})
    return condition


UNREAD_COUNTED_MAX = 100


def unread_count(user: User) -> int:
    """How many messages the account has not read, at most 100; one look into a small index."""
    unread = Message.objects.filter(recipient=user, read_at__isnull=True).order_by()
    return unread[:UNREAD_COUNTED_MAX].count()


def outbox_of_staff(user: User) -> QuerySet[OutboxEntry]:
    """Mails still to be sent to the bureau's own city: its staff and the parties registered there (section 1)."""
    entries = OutboxEntry.objects.select_related("message__recipient__person")
    if user.role != Role.BUREAU or user.city_id is None:
        return entries.none()
    accounts = User.objects.filter(accounts_in_city(user.city_id)).order_by().values("pk")
    return entries.filter(message__recipient__in=accounts)


def get_message_for(by: Actor, pk: int) -> Message:
    """One of the actor's own messages; raises OutOfReach for anybody else's."""
    message = Message.objects.filter(recipient=by.user, pk=pk).first() if by.user else None
    if message is None:
        raise OutOfReach("no such message")
    return message
