"""What each account reaches: records and files (rulebook section 1, F4)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from foundation.rosters.models import Level
from providers.models import (
    ChangeRequest,
    Evidence,
    Product,
    ProductVersion,
    Provider,
    ProviderRound,
)

PROVINCE_WIDE = (Level.NATIONAL, Level.PROVINCIAL)


def _reach(user: User, provider: str = "") -> Q:
    """Which providers' things an account reaches; ``provider`` is the path to the provider, ending in ``__`` (P2).

    Contractors reach what they check: the one without a city the national and provincial platforms, a city's the
    rest of its city. The bureau reads both, the province everything.
    """
    nothing = Q(pk__in=[])
    role = getattr(user, "role", "")
    wide = Q(**{f"{provider}accreditation__level__in": PROVINCE_WIDE})
    local = ~wide & Q(**{f"{provider}city_id": getattr(user, "city_id", None)})
    if role == Role.PROVIDER:
        return Q(**{f"{provider}account_id": user.pk})
    if role == Role.CONTRACTOR:
        return wide if user.city_id is None else local
    if role == Role.BUREAU:
        return wide | local
    if role == Role.PROVINCE:
        return Q()
    return nothing


def _seen_by_staff(user: User, owner_role: str = Role.PROVIDER) -> Q:
    """Staff see what was handed in at least once; its owner sees drafts as well."""
    if getattr(user, "role", "") == owner_role:
        return Q()
    return ~Q(state="draft") | Q(submitted_at__isnull=False)


def parties() -> QuerySet[Provider]:
    """Every provider, for the foundation to look up accounts by name, credit code and city (settings.PARTIES)."""
    return Provider.objects.all()


def identity_keys_of_code(credit_code: str) -> set[str]:
    """Look-up keys of the ID numbers of who represents a provider, for the foundation (settings.PARTY_PERSONS, R3)."""
    found = Provider.objects.filter(credit_code=credit_code)
    keys = found.values_list("legal_representative_id_key", "contact_id_key")
    return {key for pair in keys for key in pair if key}


def providers_visible_to(user: User) -> QuerySet[Provider]:
    """A provider sees itself; staff as ``_reach`` says, from the first submission on."""
    return Provider.objects.filter(_reach(user), _seen_by_staff(user)).select_related(
        "accreditation", "city", "account", "licence", "commitment", "decided_by"
    )


def get_provider_for(by: Actor, pk: int) -> Provider:
    """A provider in the actor's reach; OutOfReach beyond."""
    found = providers_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"provider {pk}")
    return found


def change_requests_visible_to(user: User) -> QuerySet[ChangeRequest]:
    """A provider's own change requests; staff as ``_reach`` says (P2)."""
    return ChangeRequest.objects.filter(_reach(user, "provider__")).select_related(
        "provider__accreditation", "provider__city", "decided_by"
    )


def get_change_request_for(by: Actor, pk: int) -> ChangeRequest:
    """A change request in the actor's reach; OutOfReach beyond."""
    found = change_requests_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"change request {pk}")
    return found


def products_visible_to(user: User) -> QuerySet[Product]:
    """A provider's own products; staff those with a version that was handed in (P6)."""
    products = Product.objects.filter(_reach(user, "provider__"))
    if getattr(user, "role", "") != Role.PROVIDER:
        products = products.filter(pk__in=versions_visible_to(user).values("product_id"))
    return products.select_related("provider__accreditation", "provider__city", "current")


def get_product_for(by: Actor, pk: int) -> Product:
    """A product in the actor's reach; OutOfReach beyond."""
    found = products_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"product {pk}")
    return found


def versions_visible_to(user: User) -> QuerySet[ProductVersion]:
    """A provider's own versions; staff those that were handed in (P6)."""
    return ProductVersion.objects.filter(
        _reach(user, "product__provider__"), _seen_by_staff(user)
    ).select_related("product__provider__accreditation", "product__provider__city", "decided_by")


def get_version_for(by: Actor, pk: int) -> ProductVersion:
    """A version in the actor's reach; OutOfReach beyond."""
    found = versions_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"product version {pk}")
    return found


def get_evidence_for(by: Actor, pk: int) -> Evidence:
    """A file of a version in the actor's reach; OutOfReach beyond."""
    found = (
        Evidence.objects.select_related("version")
        .filter(pk=pk, version__in=versions_visible_to(by.user).order_by().values("pk"))
        .first()
        if by.user
        else None
    )
    if found is None:
        raise OutOfReach(f"evidence {pk}")
    return found


def documents_in_reach(user: User) -> Q:
    """Licences, commitments, materials of changes and product evidence of what the account sees (F4)."""
    if getattr(user, "role", "") not in {
        Role.PROVIDER,
        Role.CONTRACTOR,
        Role.BUREAU,
        Role.PROVINCE,
    }:
        return Q(pk__in=Document.objects.none())
    providers = providers_visible_to(user).order_by()
    rounds = ProviderRound.objects.filter(provider__in=providers.values("pk")).order_by()
    changes = ChangeRequest.materials.through.objects.filter(
        changerequest__in=change_requests_visible_to(user).order_by().values("pk")
    )
    evidence = Evidence.objects.filter(
        version__in=versions_visible_to(user).order_by().values("pk")
    )
    return (
        Q(pk__in=providers.values("licence_id"))
        | Q(pk__in=providers.values("commitment_id"))
        | Q(pk__in=rounds.values("licence_id"))
        | Q(pk__in=rounds.values("commitment_id"))
        | Q(pk__in=changes.values("document_id"))
        | Q(pk__in=evidence.order_by().values("document_id"))
    )
