"""What is on sale, for everyone (P6)."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q, QuerySet

from foundation.errors import OutOfReach
from foundation.searching import holding
from providers.models import ProductVersion, Provider
from providers.queries.reach import PROVINCE_WIDE
from providers.queries.standing import serves_city
from providers.states import ProductState, ProviderState


def versions_on_sale() -> QuerySet[ProductVersion]:
    """The published versions of approved providers (P6)."""
    return ProductVersion.objects.filter(
        state=ProductState.PUBLISHED, product__provider__state=ProviderState.APPROVED
    ).select_related("product__provider__accreditation", "product__provider__city")


def get_version_on_sale(pk: int) -> ProductVersion:
    """The version with this primary key, if it is on sale; OutOfReach otherwise (P6)."""
    found = versions_on_sale().filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"product version {pk} is not on sale")
    return found


def get_product_on_sale(pk: int) -> ProductVersion:
    """The version on sale of the product with this primary key; OutOfReach when there is none (P6)."""
    found = versions_on_sale().filter(product_id=pk).first()
    if found is None:
        raise OutOfReach(f"product {pk} is not on sale")
    return found


def get_provider_on_show(pk: int) -> Provider:
    """An approved provider for its public page; OutOfReach for any other."""
    found = (
        Provider.objects.filter(pk=pk, state=ProviderState.APPROVED)
        .select_related("accreditation", "city")
        .first()
    )
    if found is None:
        raise OutOfReach(f"provider {pk} is not on show")
    return found


def sold_in(version: ProductVersion, city_id: int) -> bool:
    """Whether the version's service area has the city and its provider serves it (P3, P5)."""
    return (
        serves_city(version.product.provider, city_id)
        and version.cities.filter(pk=city_id).exists()
    )


def catalogue(
    *,
    category: str = "",
    service_type: str = "",
    city_id: int | None = None,
    price_from: Decimal | None = None,
    price_to: Decimal | None = None,
    provider_id: int | None = None,
    text: str = "",
) -> QuerySet[ProductVersion]:
    """What is on sale, newest first; an empty filter filters nothing. Prices in yuan, ends included.

    ``text``: words, each of which the product's name, overview, service type or provider must have.
    """
    found = versions_on_sale()
    if category:
        found = found.filter(category=category)
    if service_type:
        found = found.filter(service_type=service_type)
    if city_id is not None:
        scope = Q(product__provider__accreditation__level__in=PROVINCE_WIDE) | Q(
            product__provider__city_id=city_id
        )
        found = found.filter(scope, cities=city_id)
    if price_from is not None:
        found = found.filter(price_max__gte=price_from)
    if price_to is not None:
        found = found.filter(price_min__lte=price_to)
    if provider_id is not None:
        found = found.filter(product__provider_id=provider_id)
    for word in text.split():
        found = found.filter(
            holding(word, "name", "overview", "service_type", "product__provider__name")
        )
    return found.order_by("-decided_at", "-pk")
