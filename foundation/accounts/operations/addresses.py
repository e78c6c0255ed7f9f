"""Where an account's mail goes: asked for, confirmed by a link in the mailbox itself, changed, switched off (N2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from foundation.accounts import policies
from foundation.accounts.actors import Actor
from foundation.accounts.confirmation import account_in, fits, link_until
from foundation.accounts.models import ConfirmationMail, User
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.moments import spoken
from foundation.notices.events import MAILED_TO_ASKED
from foundation.notices.models import Message
from foundation.notices.operations import close_messages, post_message
from foundation.personal_data import lookup_key, lookup_keys

PAGE = "/mail/"


def ask_address(*, by: Actor, at: datetime, address: str) -> User:
    """Ask for the actor's messages to go to ``address``, which gets a link to confirm it; asking again sends another.

    Until it is confirmed, an address in use stays in use. Raises UnableToSetAddress for what is no address, for the
    one in use, and for asking too often: whoever owns a mailbox is not to be flooded from here.
    """
    with transaction.atomic():
        account = _own_account(by)
        address = policies.require_address(address, in_use=account.email)
        asked = Message.objects.filter(
            recipient=account, event=MAILED_TO_ASKED, created_at__gt=at - timedelta(days=1)
        )
        policies.require_not_too_often(
            [*asked.order_by("-created_at").values_list("created_at", flat=True)], at=at
        )
        note_asked_address(account, address, at=at, field="address")
        record(at=at, by=by, action="ask_address", subject=account)
    return account


def note_asked_address(account: User, address: str, *, at: datetime, field: str) -> None:
    """Keep an address that waits, and leave the message that is mailed to it; in the caller's transaction.

    Raises UnableToSetAddress for a mailbox that had enough of these mails today, whichever accounts asked for them.
    """
    mails = ConfirmationMail.objects.filter(address_key__in=lookup_keys(address))
    day_ago = at - timedelta(days=1)
    policies.require_not_flooded(mails.filter(at__gt=day_ago).count(), field=field)
    mails.filter(at__lte=day_ago).delete()
    ConfirmationMail.objects.create(address_key=lookup_key(address), at=at)
    account.email_asked, account.email_asked_at = address, at
    account.save(update_fields=["email_asked", "email_asked_at"])
    # Only the newest link counts.
    close_messages(to=account.pk, event=MAILED_TO_ASKED, at=at)
    post_message(
        at=at,
        to=account.pk,
        event=MAILED_TO_ASKED,
        params={"asked_at": at.timestamp(), "deadline": spoken(link_until(at))},
        link=PAGE,
    )


def confirm_address(*, by: Actor, at: datetime, token: str) -> User:
    """Take an address into use: whoever has the link has the mailbox, signed in or not.

    Raises UnableToConfirmAddress for a link that is not ours, has expired, or was followed by another address.
    """
    pk = account_in(token)
    with transaction.atomic():
        account = User.objects.select_for_update().filter(pk=pk, is_active=True).first()
        if account is None or account.email_asked_at is None or not fits(token, account):
            raise policies.UnableToConfirmAddress(
                "该链接无效或已使用过。如邮箱尚未确认，请登录平台，在“邮箱与通知”中重新发送确认邮件。"
            )
        policies.require_link_in_time(until=link_until(account.email_asked_at), at=at)
        account.email, account.email_asked, account.email_asked_at = account.email_asked, "", None
        account.save(update_fields=["email", "email_asked", "email_asked_at"])
        close_messages(to=account.pk, event=MAILED_TO_ASKED, at=at)
        record(at=at, by=by, action="confirm_address", subject=account)
    return account


def drop_address(*, by: Actor, at: datetime) -> User:
    """Take the actor's address, and one that waits, out of use; messages stay in the inbox."""
    with transaction.atomic():
        account = _own_account(by)
        account.email = account.email_asked = ""
        account.email_asked_at = None
        account.save(update_fields=["email", "email_asked", "email_asked_at"])
        close_messages(to=account.pk, event=MAILED_TO_ASKED, at=at)
        record(at=at, by=by, action="drop_address", subject=account)
    return account


def choose_mail(*, by: Actor, at: datetime, choice: str) -> User:
    """Which messages the actor also gets by mail; the inbox has them all. Raises UnableToSetAddress."""
    with transaction.atomic():
        account = _own_account(by)
        account.mail_choice = policies.require_mail_choice(choice)
        account.save(update_fields=["mail_choice"])
        record(at=at, by=by, action="choose_mail", subject=account, details={"choice": choice})
    return account


def _own_account(by: Actor) -> User:
    account = User.objects.select_for_update().filter(pk=by.user.pk if by.user else None).first()
    if account is None:
        raise OutOfReach("nobody is signed in")
    return account
