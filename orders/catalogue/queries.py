"""What is on sale, with how it was rated and whether its provider can still accept (P5, P6, P7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Avg,
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from foundation.moments import local_day
from foundation.regions.models import City
from foundation.rosters.models import Sanction
from orders.models import ProviderAllowance, Rating
from providers.models import ProductVersion
from providers.queries import catalogue, in_standing
from vouchers.models import Programme

STARS = (5, 4, 3, 2, 1)
SORTS = {
    "": ("-decided_at", "-pk"),
    "rating": (F("average").desc(nulls_last=True), "-ratings", "-pk"),
    "price": ("price_min", "-pk"),
    "price-down": ("-price_max", "-pk"),
}
# Telephone, identity and account numbers, in groups or not, and addresses of mail, that somebody wrote into a comment;
# a day (2020-07-01) and a range (3000-5000 元, 2019-2020年) stay.
_PERSONAL = re.compile(
    r"""
    (?P<plain>
        (?<!\d) (?:19|20)\d\d-\d{1,2}-\d{1,2} (?![-－—–]?\d)
        | (?<!\d) \d{1,6}[ ]?[-－—–][ ]?\d{1,6} (?=[ ]?[元万块年天人家])
    )
    | \d (?:[ \u3000\t\-－—–]{0,3}\d){6,} (?:[ \-－—–]?[Xx](?![A-Za-z]))?
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class RatingSpread:
    """How a product or provider was rated: ``average`` (one decimal) is None without a rating.

    ``rows``: stars, how many, and their share of all in per cent, five stars first.
    """

    average: Decimal | None
    count: int
    rows: tuple[tuple[int, int, int], ...]


def spread_of(ratings: QuerySet[Rating]) -> RatingSpread:
    """The spread of some ratings, with one reading."""
    counted = dict(ratings.order_by().values_list("stars").annotate(Count("pk")))
    count = sum(counted.values())
    if not count:
        return RatingSpread(None, 0, ())
    weighed = sum(stars * number for stars, number in counted.items())
    return RatingSpread(
        average=round(Decimal(weighed) / count, 1),
        count=count,
        rows=tuple(
            (stars, counted.get(stars, 0), round(100 * counted.get(stars, 0) / count))
            for stars in STARS
        ),
    )


def comments_on(product_id: int) -> QuerySet[Rating]:
    """The ratings of a product, newest first; who wrote them is not read."""
    return (
        Rating.objects.filter(product_id=product_id)
        .only("stars", "comment", "rated_at")
        .order_by("-rated_at", "-pk")
    )


def without_personal_data(comment: str) -> str:
    """A comment as the public reads it: long numbers and addresses of mail are struck out (F5)."""
    return _PERSONAL.sub(lambda found: found["plain"] or "＊＊＊", comment)


def shelf(
    *,
    at: datetime,
    city: City | None = None,
    rating: Decimal | None = None,
    accepting: bool = False,
    sort: str = "",
    text: str = "",
    category: str = "",
    service_type: str = "",
    provider_id: int | None = None,
    price_from: Decimal | None = None,
    price_to: Decimal | None = None,
) -> QuerySet[ProductVersion]:
    """Products on sale, each with ``average`` and ``ratings``, and ``accepts``: whether its provider can accept.

    ``accepts`` is told for ``city`` or, without one, for the provider's own; prices in yuan, ends included.
    """
    found = catalogue(
        text=text,
        category=category,
        service_type=service_type,
        city_id=city.pk if city else None,
        provider_id=provider_id,
        price_from=price_from,
        price_to=price_to,
    )
    rated = Rating.objects.filter(product=OuterRef("product_id")).order_by().values("product")
    found = found.annotate(
        average=Subquery(rated.annotate(of=Avg("stars")).values("of")),
        ratings=Coalesce(Subquery(rated.annotate(of=Count("pk")).values("of")), 0),
        accepts=_accepts(city, at),
    )
    if rating is not None:
        found = found.filter(average__gte=float(rating))
    if accepting:
        found = found.filter(accepts=True)
    return found.order_by(*SORTS.get(sort, SORTS[""]))


def _accepts(city: City | None, at: datetime) -> ExpressionWrapper:
    """P1–P3 and S1 as ``can_accept`` says, sold in the city, and something left of the cap (P7)."""
    place: Any = city.pk if city else OuterRef("product__provider__city_id")
    year = local_day(at).year
    sold_here = ProductVersion.cities.through.objects.filter(
        productversion_id=OuterRef("pk"), city_id=place
    )
    programmes = Programme.objects.filter(year=year, **({"city": city} if city else {}))
    caps = {one.pk: one.acceptance_cap for one in programmes}
    # Not the allowance's own cap: that one follows an amended programme only with the next order.
    at_the_cap = [Q(programme_id=pk, held__gte=cap) for pk, cap in caps.items()]
    used_up = ProviderAllowance.objects.annotate(held=F("reserved") + F("accepted")).filter(
        reduce(or_, at_the_cap, Q(pk__in=[])),
        provider_id=OuterRef("product__provider_id"),
        programme__city_id=place,
    )
    sanctioned = Sanction.objects.in_force(at).filter(
        credit_code=OuterRef("product__provider__credit_code"), city_id=place
    )
    return ExpressionWrapper(
        in_standing(at, "product__provider__")
        & Q(Exists(sold_here))
        & Q(Exists(Programme.objects.filter(pk__in=caps, city_id=place)))
        & ~Q(Exists(used_up))
        & ~Q(Exists(sanctioned)),
        output_field=BooleanField(),
    )
