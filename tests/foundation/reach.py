"""A floor above that opens files named "shared…" to everybody signed in, over a relation that doubles rows."""

from __future__ import annotations

from django.db.models import Q

from foundation.accounts.models import User


def shared_documents(user: User) -> Q:
    return Q(name__startswith="shared")
