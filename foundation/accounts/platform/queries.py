"""Reading what accounts an organisation has."""

from __future__ import annotations

from foundation.accounts.models import Role, User
from foundation.accounts.platform.claims import LegalPerson
from foundation.accounts.queries import accounts_of_code


def roles_open_to(person: LegalPerson) -> tuple[Role, ...]:
    """The roles in which ``person`` may open an account: those its kind allows and no account of its code has."""
    accounts = User.objects.filter(pk__in=accounts_of_code(person.credit_code))
    taken = set(accounts.values_list("role", flat=True))
    return tuple(role for role in person.roles if role not in taken)
