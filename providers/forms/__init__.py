"""The shape of what providers and their reviewers type in; rules are the operations' part."""

from providers.forms.products import CatalogueForm, DraftForm, EvidenceForm, TiersForm, WithdrawForm
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
    RevealForm,
    ReviewForm,
    SendBackProviderForm,
    SendBackVersionForm,
)

__all__ = [
    "MATERIAL_FORMS",
    "AmendForm",
    "CatalogueForm",
    "ChangeForm",
    "CommitmentForm",
    "DetailsForm",
    "DraftForm",
    "EvidenceForm",
    "LicenceForm",
    "NameForm",
    "RefuseForm",
    "RefuseProviderForm",
    "RegisterForm",
    "RevealForm",
    "ReviewForm",
    "SendBackProviderForm",
    "SendBackVersionForm",
    "TiersForm",
    "WithdrawForm",
]
