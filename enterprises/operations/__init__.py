"""Every write of this app, one function per business verb."""

from enterprises.operations.declaring import fill_in_declaration
from enterprises.operations.drafting import discard_draft, keep_draft
from enterprises.operations.filing import (
    attach_material,
    register_enterprise,
    save_profile,
    start_year,
    submit_qualification,
)
from enterprises.operations.reviewing import (
    PersonalData,
    pass_qualification,
    refuse_qualification,
    reveal_personal_data,
    send_back_qualification,
)

__all__ = [
    "PersonalData",
    "attach_material",
    "discard_draft",
    "fill_in_declaration",
    "keep_draft",
    "pass_qualification",
    "refuse_qualification",
    "register_enterprise",
    "reveal_personal_data",
    "save_profile",
    "send_back_qualification",
    "start_year",
    "submit_qualification",
]
