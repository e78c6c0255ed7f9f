"""Filling in the declaration, which shows ID numbers in clear (E3, F5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.declaration import declaration_letter
from enterprises.models import Qualification
from enterprises.queries import get_own_enterprise
from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.printing.wording import Letter


def fill_in_declaration(*, by: Actor, at: datetime, qualification: Qualification) -> Letter:
    """The declaration of the actor's own file; that its ID numbers were shown in clear is recorded (F5).

    Raises OutOfReach for anybody else's.
    """
    if get_own_enterprise(by).pk != qualification.enterprise_id:
        raise OutOfReach("another enterprise's declaration")
    with transaction.atomic():
        record(
            at=at,
            by=by,
            action="fill_in_declaration",
            subject=qualification,
            details={"profile_version": qualification.profile.version},
        )
    return declaration_letter(qualification)
