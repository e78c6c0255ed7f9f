"""Which files an account may read (F4)."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from foundation.accounts.models import User
from foundation.documents.models import Document


def documents_visible_to(user: User) -> QuerySet[Document]:
    """One's own uploads, and what each app's ``documents_in_reach`` (settings.DOCUMENT_REACH) adds.

    Each of those takes the user and returns a Q over Document.
    """
    reach = Q(uploaded_by=user)
    for path in settings.DOCUMENT_REACH:
        reach |= import_string(path)(user)
    # A reach may go over relations that find the same file several times.
    return Document.objects.filter(reach).distinct()
