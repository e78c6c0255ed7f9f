"""All deadlines of an enterprise or a provider, read across the apps (V7)."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

import orders.agenda
import providers.agenda
import redemption.agenda
import vouchers.agenda
from foundation.accounts.models import Role, User
from foundation.agenda import Deadline

_AGENDAS = {
    Role.ENTERPRISE: (vouchers.agenda.agenda, orders.agenda.agenda),
    Role.PROVIDER: (providers.agenda.agenda, orders.agenda.agenda, redemption.agenda.agenda),
}


def agenda_of(user: User, at: datetime) -> list[Deadline]:
    """What the account still has to do or await and until when, the nearest first; none for other roles."""
    agendas = _AGENDAS.get(Role(user.role), ()) if user.role else ()
    found = chain.from_iterable(agenda(user, at) for agenda in agendas)
    return sorted(found, key=lambda deadline: (deadline.ends_at, deadline.key))
