"""One message as a mail: a plain text complete on its own, and the same as simple HTML (N2).

Tables and styles on the tags are what mail programs understand (QQ, 163, Outlook); nothing is fetched from anywhere.
"""

from __future__ import annotations

from email.charset import Charset
from email.header import Header
from email.message import Message as MimeMessage
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from foundation.accounts.confirmation import make_token
from foundation.accounts.models import User
from foundation.notices.events import MAILED_TO_ASKED
from foundation.notices.models import Message
from foundation.notices.words import words_of

PORTAL_NAME = "中小微企业服务券平台"


class PortalMail(EmailMultiAlternatives):
    """In base64, which passes every server on the way, where Django would use eight bits; long subjects fold well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.encoding = Charset("utf-8")

    def message(self, **options: Any) -> Any:
        """Django's message, its subject folded with the name of the header counted in: no line is left empty."""
        message = super().message(**options)
        del message["Subject"]
        MimeMessage.__setitem__(
            message, "Subject", Header(str(self.subject), "utf-8", header_name="Subject")
        )
        return message


def address_of(message: Message) -> str:
    """Where the message is mailed to; "" for nowhere, also when another address was asked for since."""
    account = message.recipient
    if message.event != MAILED_TO_ASKED:
        return account.email
    asked_at = account.email_asked_at.timestamp() if account.email_asked_at else None
    return account.email_asked if message.params.get("asked_at") == asked_at else ""


def make_mail(message: Message, *, organisation: str, connection: BaseEmailBackend) -> PortalMail:
    """The mail for a message whose recipient is loaded; ``organisation`` is whom it greets."""
    words = words_of(message, mailed=True)
    confirms = message.event == MAILED_TO_ASKED
    context = {
        "words": words,
        "organisation": organisation,
        "portal_name": PORTAL_NAME,
        "portal_url": settings.PORTAL_URL,
        "link": f"{settings.PORTAL_URL}{_link(message.recipient, words.link, confirms=confirms)}",
        "settings_url": "" if confirms else f"{settings.PORTAL_URL}{reverse('accounts:mail')}",
    }
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    host = sender.rpartition("@")[2] or "localhost"
    mail = PortalMail(
        subject=f"【服务券平台】{words.subject}",
        body=render_to_string("notices/mail.txt", context),
        from_email=formataddr((name or PORTAL_NAME, sender)),
        to=[address_of(message)],
        headers={
            # The same each time, so that a message mailed twice can be shown once.
            "Message-ID": f"<message-{message.pk}@{host}>",
            # No holiday notes and receipts in answer (RFC 3834; Exchange).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
        connection=connection,
    )
    mail.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return mail


def _link(account: User, link: str, *, confirms: bool) -> str:
    if confirms:
        return reverse("accounts:confirm", args=[make_token(account)])
    return link or reverse("notices:inbox")
