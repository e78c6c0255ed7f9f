"""Providers register, are checked by the contractor of their level, and publish products (P1–P6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.moments import local_day, moment
from providers.models import ChangeRequest, ProductVersion, Provider
from providers.operations import (
    amend_provider,
    apply_change,
    approve_provider,
    publish_version,
    refuse_provider,
    request_change,
    send_back_provider,
    send_back_version,
    submit_provider,
    submit_version,
    withdraw_product,
)
from providers.policies import UnableToRegister
from providers.queries import reviewer_city_id
from providers.states import ProductState, ProviderState
from rehearsal.season.company import Company, Offer, ProviderPlayer
from rehearsal.steps import cataloguing, registering
from rehearsal.steps.cataloguing import ProductPart
from rehearsal.steps.staffing import sign_up


def plan_offering(company: Company) -> None:
    """Everything providers and their reviewers do before the first batch, and a few later changes."""
    first = local_day(company.plan.begins) + timedelta(days=1)
    for player in company.providers:
        company.agenda.at(
            company.hours.days_later(moment(first, 9), 0, 3), partial(_register, company, player)
        )
    for day in company.hours.workdays(first, date(company.plan.year, 7, 31)):
        company.agenda.at(moment(day, 15), partial(_desk, company))
    july = moment(date(company.plan.year, 7, 6), 10)
    company.agenda.at(july, partial(_raise_a_price, company))
    company.agenda.at(july + timedelta(hours=1), partial(_withdraw_one, company))
    company.agenda.at(july + timedelta(hours=2), partial(_change_a_contact, company))


def _register(company: Company, player: ProviderPlayer, at: datetime) -> None:
    """Sign up and register under the directory's name; who is not in it, or no longer, goes no further (P1)."""
    part = player.part
    player.actor = sign_up(tick=lambda: at, username=part.username, role=Role.PROVIDER)
    enter = partial(registering.enter_provider, part, player.actor, tick=lambda: at)
    if player.fate == "expired":
        company.tally.must_refuse(enter, UnableToRegister)
        return
    player.provider = enter()
    company.by_provider[player.provider.pk] = player
    company.tally.count("providers_registered")
    registering.hand_in_provider(
        player.provider,
        player.actor,
        tick=lambda: at,
        papers=company.papers,
        committed_on=local_day(at),
    )


def _reviewer_of(company: Company, provider: Provider) -> Actor:
    """The contractor of the provider's level (P2)."""
    if reviewer_city_id(provider) is None:
        return company.office.province_contractor
    return company.office.contractor


def _desk(company: Company, at: datetime) -> None:
    """One afternoon of both contractors: registrations first, then products."""
    waiting = Provider.objects.filter(
        pk__in=company.by_provider, state=ProviderState.SUBMITTED, submitted_at__lt=at
    ).select_related("accreditation")
    for provider in list(waiting.order_by("pk")):
        _check_provider(company, company.by_provider[provider.pk], provider, at)
    versions = ProductVersion.objects.filter(
        product__provider__in=company.by_provider,
        state=ProductState.IN_REVIEW,
        submitted_at__lt=at,
    ).select_related("product__provider__accreditation")
    for version in list(versions.order_by("pk")):
        _check_version(company, version, at)


def _check_provider(
    company: Company, player: ProviderPlayer, provider: Provider, at: datetime
) -> None:
    reviewer, rounds = _reviewer_of(company, provider), provider.rounds.count()
    if player.fate == "refused":
        refuse_provider(by=reviewer, at=at, provider=provider, reason="营业执照经营范围不符")
        company.tally.count("providers_refused")
    elif player.fate == "sent_back" and rounds == 1:
        send_back_provider(
            by=reviewer, at=at, provider=provider, item_reasons={"bank": "开户银行应写到支行"}
        )
        company.tally.count("providers_sent_back")
        company.agenda.at(
            company.hours.days_later(at, 1, 2), partial(_correct_registration, company, player)
        )
    else:
        approve_provider(by=reviewer, at=at, provider=provider)
        company.tally.count("providers_approved")
        company.agenda.at(
            company.hours.days_later(at, 0, 1), partial(_offer_products, company, player)
        )


def _correct_registration(company: Company, player: ProviderPlayer, at: datetime) -> None:
    part = player.part
    amended = amend_provider(
        by=player.actor,
        at=at,
        provider=player.provider,
        name=part.name,
        legal_representative=part.legal.name,
        legal_representative_id=part.legal.id_number,
        contact=part.contact.name,
        contact_id=part.contact.id_number,
        contact_mobile=part.contact.mobile,
        address=part.address,
        bank_name="示范银行天河支行",
        bank_account=part.bank_account,
    )
    submit_provider(by=player.actor, at=at, provider=amended)


def _offer_products(company: Company, player: ProviderPlayer, at: datetime) -> None:
    """One product per accredited type; the first has a range price with what each price buys (P5)."""
    for place, service_type in enumerate(player.part.service_types):
        price = Decimal(company.rng.randrange(10, 45)) * 1000
        tiers: tuple[tuple[Decimal, str], ...] = ()
        if place == 0 and player.part.serial % 2 == 0:
            tiers = (
                (price, "基础服务"),
                (price + 8000, "增加现场辅导"),
                (price + 20000, "全年服务"),
            )
        part = ProductPart(service_type, price, tiers)
        cataloguing.hand_in_product(
            part,
            player.actor,
            tick=lambda: at,
            papers=company.papers,
            cities=[company.city],
        )
        company.tally.count("products_submitted")


def _check_version(company: Company, version: ProductVersion, at: datetime) -> None:
    player = company.by_provider[version.product.provider_id]
    reviewer = _reviewer_of(company, version.product.provider)
    if player.fate == "product_sent_back":
        player.fate = ""
        send_back_version(
            by=reviewer, at=at, version=version, item_reasons={"basis": "请补充比价单位的报价来源"}
        )
        company.tally.count("products_sent_back")
        company.agenda.at(
            company.hours.days_later(at, 1, 2), partial(_correct_product, company, player, version)
        )
        return
    publish_version(by=reviewer, at=at, version=version)
    company.tally.count("products_published")
    refresh_offers(company, player)


def _correct_product(
    company: Company, player: ProviderPlayer, version: ProductVersion, at: datetime
) -> None:
    submit_version(by=player.actor, at=at, version=version)


def refresh_offers(company: Company, player: ProviderPlayer) -> None:
    """What the provider has on sale now, in the order in which it was made."""
    on_sale = (
        ProductVersion.objects.filter(
            product__provider=player.provider, state=ProductState.PUBLISHED
        )
        .prefetch_related("tiers")
        .order_by("pk")
    )
    player.offers = []
    for version in on_sale:
        tiers = sorted(version.tiers.all(), key=lambda tier: tier.position)
        player.offers += [Offer(version, tier, tier.price) for tier in tiers] or [
            Offer(version, None, version.price_min)
        ]


def _raise_a_price(company: Company, at: datetime) -> None:
    """A new version of a product on sale; the old one stays on sale until it is published (P6)."""
    player = company.providers[-3]
    offer = next(offer for offer in player.offers if offer.tier is None)
    part = ProductPart(offer.version.service_type, offer.price + 3000)
    version = cataloguing.write_draft(
        part,
        player.actor,
        tick=lambda: at,
        cities=[company.city],
        product=offer.version.product,
    )
    submit_version(by=player.actor, at=at, version=version)
    company.tally.count("product_versions_renewed")


def _withdraw_one(company: Company, at: datetime) -> None:
    """A product goes off sale; orders already placed keep their version (P6)."""
    player = company.providers[1]
    withdraw_product(
        by=player.actor, at=at, product=player.offers[-1].version.product, reason="业务调整"
    )
    company.tally.count("products_withdrawn")
    refresh_offers(company, player)


def _change_a_contact(company: Company, at: datetime) -> None:
    """A change request with materials, put through by the reviewer of the provider's level (P2)."""
    player, successor = company.providers[2], company.cast.person()
    player.provider.refresh_from_db()
    request = request_change(
        by=player.actor,
        at=at,
        provider=player.provider,
        materials=[company.papers.scan("授权人证明", player.part.name)],
        contact=successor.name,
        contact_id=successor.id_number,
        contact_mobile=successor.mobile,
    )
    company.agenda.at(at + timedelta(hours=3), partial(_put_change_through, company, request))


def _put_change_through(company: Company, request: ChangeRequest, at: datetime) -> None:
    apply_change(by=_reviewer_of(company, request.provider), at=at, change_request=request)
    company.tally.count("provider_changes")
