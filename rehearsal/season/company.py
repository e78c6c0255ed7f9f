"""Everybody and everything a season is played with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from enterprises.models import Enterprise, Qualification
from foundation.accounts.actors import Actor
from foundation.moments import local_day
from foundation.regions.models import City
from orders.policies.ordering import UnderSanction
from providers.models import PriceTier, ProductVersion, Provider
from redemption.policies import ClaimsStopped
from rehearsal.agenda import Act, Agenda
from rehearsal.cast import Cast, EnterprisePart, ProviderPart
from rehearsal.papers import Papers
from rehearsal.season.plan import OfficeHours, SeasonPlan
from rehearsal.season.tally import Deck, Tally
from rehearsal.steps.ordering import PaperNumbers
from rehearsal.steps.staffing import Office
from vouchers.models import Batch, Programme


@dataclass(eq=False)
class EnterprisePlayer:
    """An enterprise of the season. ``fate``: what its registration runs into; "" when nothing."""

    part: EnterprisePart
    fate: str
    is_priority: bool
    actor: Actor | None = None
    enterprise: Enterprise | None = None
    qualification: Qualification | None = None
    is_passed: bool = False


@dataclass(frozen=True)
class Offer:
    """Something on sale: a product version, or one price tier of it; ``price`` in yuan."""

    version: ProductVersion
    tier: PriceTier | None
    price: Decimal


@dataclass(eq=False)
class ProviderPlayer:
    """A provider of the season. ``popularity``: how often it is chosen, beside the others."""

    part: ProviderPart
    fate: str
    popularity: int
    actor: Actor | None = None
    provider: Provider | None = None
    offers: list[Offer] = field(default_factory=list)


@dataclass(eq=False)
class Company:
    """The season: its plan, its clock, its chance, its people and its papers."""

    plan: SeasonPlan
    city: City
    rng: Random
    agenda: Agenda
    tally: Tally
    hours: OfficeHours
    cast: Cast
    papers: Papers
    numbers: PaperNumbers
    office: Office | None = None
    programme: Programme | None = None
    batches: list[Batch] = field(default_factory=list)
    enterprises: list[EnterprisePlayer] = field(default_factory=list)
    providers: list[ProviderPlayer] = field(default_factory=list)
    by_enterprise: dict[int, EnterprisePlayer] = field(default_factory=dict)
    by_provider: dict[int, ProviderPlayer] = field(default_factory=dict)
    decks: dict[str, Deck] = field(default_factory=dict)
    related: tuple[EnterprisePlayer, ProviderPlayer] | None = None
    used_invoice: tuple[str, str] | None = None
    claim_fates: dict[int, str] = field(default_factory=dict)
    objection_fates: dict[int, str] = field(default_factory=dict)

    def go_on(self, moment: datetime, act: Act) -> None:
        """Plan ``act``; while a sanction on either side stops it, it is tried again each week (S1)."""

        def persist(at: datetime) -> None:
            try:
                act(at)
            except (UnderSanction, ClaimsStopped) as refusal:
                self.tally.refuse(refusal)
                self.go_on(at + timedelta(days=7), act)

        if local_day(moment) <= self.plan.ends:
            self.agenda.at(moment, persist)

    def deck(self, name: str, cards: dict[str, int]) -> Deck:
        """The deck of that name, made on first use."""
        if name not in self.decks:
            self.decks[name] = Deck(cards, self.rng.shuffle)
        return self.decks[name]
