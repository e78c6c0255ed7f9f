"""The count of unread messages, for the head of every page."""

from __future__ import annotations

from typing import Any

from django import template

from foundation.notices.queries import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_messages(context: dict[str, Any]) -> int:
    """How many messages wait for the signed-in account; 0 for the public. One small query where it is used."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return unread_count(user) if user is not None and user.is_authenticated else 0
