"""What is known about an organisation by its credit code before it ever registers."""

from foundation.rosters.models.imports import RosterImport, RosterKind, RosterRow
from foundation.rosters.models.lists import (
    Accreditation,
    AccreditationQuerySet,
    BlacklistEntry,
    BlacklistEntryQuerySet,
    FundedMatter,
    Level,
    PriorityCategory,
    PriorityEntry,
    PriorityEntryQuerySet,
    RelatedParty,
)
from foundation.rosters.models.violations import (
    Measure,
    Recovery,
    Sanction,
    SanctionQuerySet,
    Violation,
)

__all__ = [
    "Accreditation",
    "AccreditationQuerySet",
    "BlacklistEntry",
    "BlacklistEntryQuerySet",
    "FundedMatter",
    "Level",
    "Measure",
    "PriorityCategory",
    "PriorityEntry",
    "PriorityEntryQuerySet",
    "Recovery",
    "RelatedParty",
    "RosterImport",
    "RosterKind",
    "RosterRow",
    "Sanction",
    "SanctionQuerySet",
    "Violation",
]
