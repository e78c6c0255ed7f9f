"""Reading notices and messages."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from foundation.notices.models import Message, Notice


def notices_visible(at: datetime) -> QuerySet[Notice]:
    """What the public can see at ``at``: published from ``publish_at`` on, that moment included (N1)."""
    return Notice.objects.filter(publish_at__lte=at)


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


def messages_of(user: User) -> QuerySet[Message]:
    """One's own messages, newest first (N2)."""
    return Message.objects.filter(recipient=user).order_by("-id")


def unread_count(user: User) -> int:
    """How many messages the account has not read; one look into a small index."""
    return Message.objects.filter(recipient=user, read_at__isnull=True).count()


def get_message_for(by: Actor, pk: int) -> Message:
    """One of the actor's own messages; raises OutOfReach for anybody else's."""
    message = Message.objects.filter(recipient=by.user, pk=pk).first() if by.user else None
    if message is None:
        raise OutOfReach("no such message")
    return message
