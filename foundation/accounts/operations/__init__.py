"""Every write of accounts: opening and closing them, their passwords and second factor, the identity platform, and where their mail goes."""

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
)
from foundation.accounts.operations.passwords import (
    change_password,
    end_other_sessions,
    note_sign_in,
    reset_password,
)
from foundation.accounts.operations.platform import (
    join_account,
    open_vouched_account,
    release_identity,
    sign_on,
)
from foundation.accounts.operations.second_factor import (
    ask_factor_reset,
    begin_authenticator,
    confirm_authenticator,
    grant_factor_reset,
    renew_recovery_codes,
    reset_second_factor,
    verify_second_factor,
    vouch_for_factor,
    withdraw_factor_reset,
)

__all__ = [
    "ask_address",
    "ask_factor_reset",
    "begin_authenticator",
    "change_password",
    "choose_mail",
    "close_account",
    "confirm_address",
    "confirm_authenticator",
    "drop_address",
    "end_other_sessions",
    "grant_factor_reset",
    "join_account",
    "note_sign_in",
    "open_staff_account",
    "open_vouched_account",
    "register_party_account",
    "release_identity",
    "renew_recovery_codes",
    "reset_password",
    "reset_second_factor",
    "sign_on",
    "verify_second_factor",
    "vouch_for_factor",
    "withdraw_factor_reset",
]
