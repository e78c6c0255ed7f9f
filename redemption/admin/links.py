"""Links on the desk's record pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html

from foundation.documents.models import Document


def desk_link(model: str, pk: int, text: str) -> str:
    """A link to another record of this app's desk."""
    return format_html(
        '<a href="{}">{}</a>', reverse(f"admin:redemption_{model}_change", args=[pk]), text
    )


def document_link(document: Document) -> str:
    """A link to a stored file."""
    return format_html(
        '<a href="{}">{}</a>', reverse("documents:document", args=[document.pk]), document.name
    )
