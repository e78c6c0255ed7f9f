"""The shape of what providers and their reviewers type in; rules are the operations' part."""

from providers.forms.products import EvidenceForm, ProductFilterForm, WithdrawForm
from providers.forms.registering import (
    MATERIAL_FORMS,
    AmendForm,
    ChangeForm,
    CommitmentForm,
    DetailsForm,
    LicenceForm,
    NameForm,
    RegisterForm,
)
from providers.forms.reviewing import (
    RefuseForm,
    RefuseProviderForm,
    ReviewForm,
    SendBackProviderForm,
    SendBackVersionForm,
)
from providers.forms.sections import SECTION_FORMS, StartForm

__all__ = [
    "MATERIAL_FORMS",
    "SECTION_FORMS",
    "AmendForm",
    "ChangeForm",
    "CommitmentForm",
    "DetailsForm",
    "EvidenceForm",
    "LicenceForm",
    "NameForm",
    "ProductFilterForm",
    "RefuseForm",
    "RefuseProviderForm",
    "RegisterForm",
    "ReviewForm",
    "SendBackProviderForm",
    "SendBackVersionForm",
    "StartForm",
    "WithdrawForm",
]
