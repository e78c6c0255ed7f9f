"""May this happen now: pure checks of providers, change requests and products."""

from providers.policies.completeness import (
    PARTICULAR_MATERIALS,
    CheckItem,
    Dossier,
    checklist,
    missing_items,
)
from providers.policies.ordering import (
    OutsideTarget,
    ProviderNotActive,
    require_provider_active,
    require_target,
)
from providers.policies.products import (
    UnableToPublishProduct,
    UnableToSaveProduct,
    UnableToSubmitProduct,
    UnableToWithdrawProduct,
)
from providers.policies.registering import (
    MATERIALS,
    UnableToAttach,
    UnableToChange,
    UnableToRegister,
    UnableToRenew,
    UnableToReview,
    UnableToSubmitProvider,
)

__all__ = [
    "MATERIALS",
    "PARTICULAR_MATERIALS",
    "CheckItem",
    "Dossier",
    "OutsideTarget",
    "ProviderNotActive",
    "UnableToAttach",
    "UnableToChange",
    "UnableToPublishProduct",
    "UnableToRegister",
    "UnableToRenew",
    "UnableToReview",
    "UnableToSaveProduct",
    "UnableToSubmitProduct",
    "UnableToSubmitProvider",
    "UnableToWithdrawProduct",
    "checklist",
    "missing_items",
    "require_provider_active",
    "require_target",
]
