"""The catalogue of products on sale, for everyone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from foundation.accounts.models import Role
from foundation.money import ZERO
from foundation.regions.models import City
from foundation.requests import whole_number
from providers.forms import CatalogueForm
from providers.models import PriceKind, ProductVersion, Provider
from providers.queries import (
    can_accept,
    catalogue,
    cities_served,
    get_product_on_sale,
    get_provider_on_show,
    sold_in,
)
from providers.wording import basis_words, price_words, target_words

PAGE_SIZE = 20


def _left_to_accept(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """What the provider can still accept in a city, yuan; known on a higher floor (P7)."""
    return import_string(settings.ACCEPTANCE_QUERY)(provider_id, city_id, at)


def _rating_of(product_id: int) -> tuple[Decimal | None, int]:
    """Average stars and count of a product's ratings; known on a higher floor."""
    return import_string(settings.RATINGS_QUERY)(product_id)


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """Products on sale, filtered and paged, the newest first."""
    form = CatalogueForm(request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    found = catalogue(
        text=chosen.get("text") or "",
        category=chosen.get("category") or "",
        city_id=chosen["city"].pk if chosen.get("city") else None,
        price_from=chosen.get("price_from"),
        price_to=chosen.get("price_to"),
    )
    page = Paginator(found.prefetch_related("cities"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "providers/catalogue.html",
        {
            "form": form,
            "page_obj": page,
            "rows": [_row(version) for version in page],
            "city": chosen.get("city"),
        },
    )


def _row(version: ProductVersion) -> dict[str, Any]:
    cities = [city.name for city in version.cities.all()]
    return {
        "version": version,
        "provider": version.product.provider,
        "price": price_words(version),
        "cities": "、".join(cities) if len(cities) <= 3 else f"{cities[0]}等 {len(cities)} 个地市",
    }


def _city_of(request: HttpRequest, provider: Provider) -> City:
    """The city asked for, else the reader's own, else the provider's."""
    asked = whole_number(request.GET.get("city", ""))
    found = City.objects.filter(pk=asked).first() if asked is not None else None
    if found is None and getattr(request.user, "role", "") == Role.ENTERPRISE:
        found = getattr(getattr(request.user, "enterprise", None), "city", None)
    return found or provider.city


@require_safe
def product_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One product on sale: all it says, and whether and how much its provider can still accept (P7)."""
    at = request.at  # type: ignore[attr-defined]
    version = get_product_on_sale(pk)
    provider = version.product.provider
    city = _city_of(request, provider)
    reasons = can_accept(provider, city.pk, at)
    if not reasons and not sold_in(version, city.pk):
        reasons = [f"该产品的服务区域不包括{city}"]
    left = ZERO if reasons else _left_to_accept(provider.pk, city.pk, at)
    rating, ratings = _rating_of(version.product_id)
    return render(
        request,
        "providers/product_public.html",
        {
            "version": version,
            "provider": provider,
            "price": price_words(version),
            "is_range": version.price_kind == PriceKind.RANGE,
            "tiers": version.tiers.all(),
            "targets": target_words(version),
            "basis": basis_words(version.price_basis, version.basis),
            "area": version.cities.all(),
            # The reader's own city is offered even when the product is not sold there.
            "cities": sorted({city, *version.cities.all()}, key=lambda one: one.code),
            "city": city,
            "reasons": reasons,
            "left": left,
            "rating": rating,
            "ratings": ratings,
            "may_order": getattr(request.user, "role", "") == Role.ENTERPRISE
            and not reasons
            and left > ZERO,
        },
    )


@require_safe
def provider_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One provider and what it has on sale; only what is public of it."""
    at = request.at  # type: ignore[attr-defined]
    provider = get_provider_on_show(pk)
    city = _city_of(request, provider)
    reasons = can_accept(provider, city.pk, at)
    page = Paginator(
        catalogue(provider_id=provider.pk).prefetch_related("cities"), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "providers/provider_public.html",
        {
            "provider": provider,
            "cities": sorted({city, *cities_served(provider)}, key=lambda one: one.code),
            "city": city,
            "reasons": reasons,
            "left": ZERO if reasons else _left_to_accept(provider.pk, city.pk, at),
            "page_obj": page,
            "rows": [_row(version) for version in page],
        },
    )
