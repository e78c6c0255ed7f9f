"""Every write of accounts: opening and closing them, and where their mail goes."""

from foundation.accounts.operations.addresses import (
    ask_address,
    choose_mail,
    confirm_address,
    drop_address,
)
from foundation.accounts.operations.opening import (
    close_account,
    open_staff_account,
    register_party_account,
    reset_password,
)

__all__ = [
    "ask_address",
    "choose_mail",
    "close_account",
    "confirm_address",
    "drop_address",
    "open_staff_account",
    "register_party_account",
    "reset_password",
]
