"""The catalogue of products on sale, for everyone (P5, P6, P7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.accounts.models import Role
from foundation.money import ZERO
from foundation.regions.models import City
from orders.catalogue.forms import CatalogueForm
from orders.catalogue.queries import (
    comments_on,
    shelf,
    spread_of,
    without_personal_data,
)
from orders.models import Rating
from orders.queries import left_to_accept
from providers.models import PriceKind, ProductVersion, Provider
from providers.queries import (
    can_accept,
    cities_served,
    get_product_on_sale,
    get_provider_on_show,
    serves_city,
)
from providers.service_catalogue import MAX_AGE_YEARS
from providers.wording import basis_words, price_words, target_words

PAGE_SIZE = 18
COMMENTS_PER_PAGE = 10


@require_safe
def product_list(request: HttpRequest) -> HttpResponse:
    """Products on sale, filtered, sorted and paged; an enterprise starts with its own city's."""
    asked = request.GET.copy()
    if "city" not in asked and (own := _own_city(request)) is not None:
        asked["city"] = own.slug
    form = CatalogueForm(asked)
    chosen = form.chosen()
    at = request.at  # type: ignore[attr-defined]
    page = Paginator(shelf(at=at, **chosen).prefetch_related("cities"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    rows = _rows(page, chosen["city"])
    return render(
        request,
        "catalogue/list.html",
        {
            "form": form,
            "page_obj": page,
            "rows": rows,
            "city": chosen["city"],
            "only_provider": rows[0]["provider"] if chosen["provider_id"] and rows else None,
        },
    )


def _rows(versions: Iterable[ProductVersion], city: City | None) -> list[dict[str, Any]]:
    rows = []
    for version in versions:
        provider = version.product.provider
        cities = [one.name for one in version.cities.all()]
        average = version.average  # type: ignore[attr-defined]
        rows.append(
            {
                "version": version,
                "provider": provider,
                "price": price_words(version),
                "average": None if average is None else f"{average:.1f}",
                "accepts_in": city or provider.city,
                "cities": "、".join(cities)
                if len(cities) <= 3
                else f"{cities[0]}等 {len(cities)} 个地市",
            }
        )
    return rows


def _own_city(request: HttpRequest) -> City | None:
    """The city of a signed-in enterprise."""
    if getattr(request.user, "role", "") != Role.ENTERPRISE:
        return None
    return getattr(getattr(request.user, "enterprise", None), "city", None)


def _city_of(request: HttpRequest, provider: Provider) -> City:
    """The city asked for, else the reader's own, else the provider's."""
    asked = request.GET.get("city", "")
    found = City.objects.filter(slug=asked).first() if asked else None
    return found or _own_city(request) or provider.city


@require_safe
def product_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One product on sale: all it says, whether and how much can still be accepted (P7), and its ratings."""
    at = request.at  # type: ignore[attr-defined]
    version = get_product_on_sale(pk)
    provider = version.product.provider
    city = _city_of(request, provider)
    area = list(version.cities.all())
    reasons = can_accept(provider, city.pk, at)
    if not reasons and not (serves_city(provider, city.pk) and city in area):
        reasons = [f"该产品的服务区域不包括{city}"]
    comments = Paginator(comments_on(pk), COMMENTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "catalogue/product.html",
        {
            "version": version,
            "provider": provider,
            "price": price_words(version),
            "is_range": version.price_kind == PriceKind.RANGE,
            "tiers": version.tiers.all(),
            "targets": target_words(version),
            "basis": basis_words(version.price_basis, version.basis),
            "area": area,
            "startup_years": MAX_AGE_YEARS,
            # The reader's own city is offered even when the product is not sold there.
            "cities": sorted({city, *area}, key=lambda one: one.code),
            "page_obj": comments,
            "comments": [
                {"rating": one, "comment": without_personal_data(one.comment)} for one in comments
            ],
            "spread": spread_of(Rating.objects.filter(product_id=pk)),
            **_acceptance(request, provider, city, reasons, at),
        },
    )


def _acceptance(
    request: HttpRequest, provider: Provider, city: City, reasons: list[str], at: datetime
) -> dict[str, Any]:
    """Whether and how much the provider can still accept in a city (P7), and who may order there."""
    left = ZERO if reasons else left_to_accept(provider.pk, city.pk, at)
    role = getattr(request.user, "role", "")
    return {
        "city": city,
        "reasons": reasons,
        "left": left,
        "accepts": left > ZERO,
        "may_order": role == Role.ENTERPRISE and left > ZERO,
        "own_city": _own_city(request),
    }


@require_safe
def provider_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One provider, how it was rated and what it has on sale; only what is public of it."""
    at = request.at  # type: ignore[attr-defined]
    provider = get_provider_on_show(pk)
    city = _city_of(request, provider)
    page = Paginator(
        shelf(at=at, provider_id=provider.pk).prefetch_related("cities"), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "catalogue/provider.html",
        {
            "provider": provider,
            "cities": sorted({city, *cities_served(provider)}, key=lambda one: one.code),
            "page_obj": page,
            "rows": _rows(page, None),
            "spread": spread_of(Rating.objects.filter(provider_id=provider.pk)),
            **_acceptance(request, provider, city, can_accept(provider, city.pk, at), at),
        },
    )
