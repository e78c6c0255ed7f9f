"""Every write of this app, one function per business verb."""

from providers.operations.changing import apply_change, refuse_change, request_change
from providers.operations.editing import amend_draft, begin_next_version, copy_product
from providers.operations.products import (
    attach_evidence,
    remove_evidence,
    save_draft,
    set_price_tiers,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.operations.publishing import publish_version, send_back_version
from providers.operations.registering import (
    amend_provider,
    attach_material,
    register_provider,
    renew_provider,
    submit_provider,
)
from providers.operations.reviewing import (
    PersonalData,
    approve_provider,
    refuse_provider,
    reveal_personal_data,
    send_back_provider,
)

__all__ = [
    "PersonalData",
    "amend_draft",
    "amend_provider",
    "apply_change",
    "approve_provider",
    "attach_evidence",
    "attach_material",
    "begin_next_version",
    "copy_product",
    "publish_version",
    "refuse_change",
    "refuse_provider",
    "register_provider",
    "remove_evidence",
    "renew_provider",
    "request_change",
    "reveal_personal_data",
    "save_draft",
    "send_back_provider",
    "send_back_version",
    "set_price_tiers",
    "submit_provider",
    "submit_version",
    "withdraw_product",
    "withdraw_version",
]
