"""Who may do what to an order; state and time are policies."""

from __future__ import annotations

from foundation.accounts.actors import Actor, require_staff_of
from foundation.accounts.models import Role
from foundation.errors import OutOfReach
from orders.models import Order, Party
from vouchers.models import Voucher

# Which side takes each step of an order; staff and jobs take none of these (section 7).
SIDE_OF: dict[str, frozenset[Party]] = {
    "confirm": frozenset({Party.PROVIDER}),
    "decline": frozenset({Party.PROVIDER}),
    "cancel": frozenset({Party.ENTERPRISE}),
    "ask_cancellation": frozenset({Party.ENTERPRISE, Party.PROVIDER}),
    "agree_cancellation": frozenset({Party.ENTERPRISE, Party.PROVIDER}),
    "withdraw_cancellation": frozenset({Party.ENTERPRISE, Party.PROVIDER}),
    "upload_contract": frozenset({Party.ENTERPRISE}),
    "return_contract": frozenset({Party.PROVIDER}),
    "confirm_contract": frozenset({Party.PROVIDER}),
    "pay": frozenset({Party.ENTERPRISE}),
    "ask_correction": frozenset({Party.PROVIDER}),
    "correct_payment": frozenset({Party.ENTERPRISE}),
    "accept": frozenset({Party.PROVIDER}),
    "ask_return": frozenset({Party.PROVIDER}),
}


def side_of(order: Order, by: Actor) -> Party | None:
    """The side of the order the actor's account is, None for everyone else."""
    if by.user is None:
        return None
    if by.role == Role.ENTERPRISE and order.enterprise.account_id == by.user.pk:
        return Party.ENTERPRISE
    if by.role == Role.PROVIDER and order.provider.account_id == by.user.pk:
        return Party.PROVIDER
    return None


def require_step(order: Order, by: Actor, step: str) -> Party:
    """The actor's side when it is the one that takes ``step`` (a key of SIDE_OF); OutOfReach for anyone else."""
    side = side_of(order, by)
    if side is None or side not in SIDE_OF[step]:
        raise OutOfReach(f"order {order.pk}")
    return side


def require_party(order: Order, by: Actor) -> Party:
    """The actor's side; OutOfReach for anyone who is none."""
    side = side_of(order, by)
    if side is None:
        raise OutOfReach(f"order {order.pk}")
    return side


def require_holder(voucher: Voucher, by: Actor) -> None:
    """Only the account of the voucher's own enterprise uses it (V1, O1)."""
    if by.user is None or by.role != Role.ENTERPRISE or voucher.enterprise.account_id != by.user.pk:
        raise OutOfReach(f"voucher {voucher.pk}")


def require_contractor_of(order: Order, by: Actor) -> None:
    """The contractor of the enterprise's city decides about returns (O8)."""
    require_staff_of(by, order.enterprise.city_id, Role.CONTRACTOR)
