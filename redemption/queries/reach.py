"""Which claims, lines, lists and files are in an account's reach (section 1, F4)."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach
from foundation.money import total
from orders.models import BankTransfer, Contract, Invoice
from providers.models import Provider
from redemption.models import (
    Claim,
    ClaimLine,
    ExpertOpinion,
    Objection,
    PublicityList,
    Settlement,
    Supplement,
)
from redemption.states import ClaimState
from vouchers.models import Programme

# Drafts are the provider's own business until they are submitted.
UNSEEN_BY_STAFF = (ClaimState.DRAFT, ClaimState.GIVEN_UP)


def claims_visible_to(user: User) -> QuerySet[Claim]:
    """A provider sees its own claims, contractor and bureau the submitted ones of their city, the province all of
    those, and an expert the claims assigned to them."""
    claims = Claim.objects.select_related("programme__city", "provider")
    submitted = claims.exclude(state__in=UNSEEN_BY_STAFF)
    if user.role == Role.PROVIDER:
        return claims.filter(provider__account=user)
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return submitted.filter(programme__city_id=user.city_id)
    if user.role == Role.PROVINCE:
        return submitted
    if user.role == Role.EXPERT:
        return submitted.filter(pk__in=ExpertOpinion.objects.filter(expert=user).values("claim"))
    return claims.none()


def lines_visible_to(user: User) -> QuerySet[ClaimLine]:
    """The lines of the claims in one's reach."""
    return ClaimLine.objects.filter(claim__in=claims_visible_to(user)).select_related(
        "claim__programme__city", "claim__provider", "order__profile", "order__product_version"
    )


def objections_visible_to(user: User) -> QuerySet[Objection]:
    """Contractor and bureau see the objections of their city; the bureau answers them (R4)."""
    objections = Objection.objects.select_related(
        "line__claim__programme__city", "line__claim__provider", "line__order__profile"
    )
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return objections.filter(line__claim__programme__city_id=user.city_id)
    return objections.none()


def publicity_lists_visible_to(user: User) -> QuerySet[PublicityList]:
    """Contractor and bureau see the lists of their city; the public has its own query."""
    lists = PublicityList.objects.select_related("programme__city")
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return lists.filter(programme__city_id=user.city_id)
    return lists.none()


def settlements_visible_to(user: User) -> QuerySet[Settlement]:
    """Contractor and bureau see the payments of their city."""
    settlements = Settlement.objects.select_related("claim__programme__city", "claim__provider")
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return settlements.filter(claim__programme__city_id=user.city_id)
    return settlements.none()


def opinions_visible_to(user: User) -> QuerySet[ExpertOpinion]:
    """An expert sees their own assignments and nobody else's opinion; contractor and bureau those of their city."""
    opinions = ExpertOpinion.objects.select_related("claim__programme__city", "expert__person")
    if user.role == Role.EXPERT:
        return opinions.filter(expert=user)
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return opinions.filter(claim__programme__city_id=user.city_id)
    return opinions.none()


def programmes_reported_by(user: User) -> QuerySet[Programme]:
    """The programmes whose report contractor and bureau may download (R6)."""
    programmes = Programme.objects.select_related("city")
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        return programmes.filter(city_id=user.city_id)
    return programmes.none()


def claims_listed_for(user: User) -> QuerySet[Claim]:
    """The claims in one's reach with ``line_count`` and ``total`` (yuan) for a list."""
    return claims_visible_to(user).annotate(
        line_count=Count("lines", distinct=True), total=total("lines__amount")
    )


def get_claim_for(by: Actor, pk: int) -> Claim:
    """A claim in the actor's reach; OutOfReach beyond."""
    found = claims_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"claim {pk}")
    return found


def get_line_for(by: Actor, pk: int) -> ClaimLine:
    """A claim line in the actor's reach; OutOfReach beyond."""
    found = lines_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"claim line {pk}")
    return found


def get_reported_programme_for(by: Actor, pk: int) -> Programme:
    """A programme whose report the actor may download; OutOfReach beyond (R6)."""
    found = programmes_reported_by(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"report of programme {pk}")
    return found


def provider_of(by: Actor) -> Provider:
    """The provider the signed-in account belongs to; OutOfReach for any other account."""
    found = None
    if by.user is not None and by.role == Role.PROVIDER:
        found = Provider.objects.filter(account=by.user).first()
    if found is None:
        raise OutOfReach("not a provider")
    return found


def documents_in_reach(user: User) -> Q:
    """Which files of claims an account may read, as a Q over Document (F4).

    Providers: scans and supplements of their own claims. Contractor and bureau: all files of their city's claims,
    objections and payments. Experts: these and the papers of the orders, of assigned claims only (R2).
    """
    if user.role not in {Role.PROVIDER, Role.CONTRACTOR, Role.BUREAU, Role.EXPERT}:
        return Q(pk__in=[])
    claims = claims_visible_to(user).order_by().values("pk")
    reach = (
        Q(pk__in=Claim.objects.filter(pk__in=claims).order_by().values("form_scan"))
        | Q(pk__in=Claim.objects.filter(pk__in=claims).order_by().values("detail_scan"))
        | Q(pk__in=Supplement.objects.filter(line__claim__in=claims).order_by().values("document"))
    )
    if user.role in {Role.CONTRACTOR, Role.BUREAU}:
        reach |= Q(
            pk__in=Settlement.objects.filter(claim__in=claims).order_by().values("receipt")
        ) | Q(
            pk__in=Objection.evidence.through.objects.filter(
                objection__line__claim__in=claims
            ).values("document")
        )
    if user.role == Role.EXPERT:
        orders = ClaimLine.objects.filter(claim__in=claims).order_by().values("order")
        for papers in (
            Contract.objects.filter(order__in=orders),
            Invoice.objects.filter(payment__order__in=orders),
            BankTransfer.objects.filter(payment__order__in=orders),
        ):
            reach |= Q(pk__in=papers.order_by().values("document"))
    return reach
