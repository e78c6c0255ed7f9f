"""Products on sale and their providers, for every program (P5, P6, P7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.api.fields import PK_MAX, Choice, Out, State, YuanIn, YuanOut
from foundation.api.paging import PageQuery
from foundation.api.views import Call, PublicApi, lists, reads
from foundation.money import ZERO
from foundation.regions.api import CityOut
from foundation.regions.models import City
from orders.catalogue.queries import (
    RatingSpread,
    comments_on,
    shelf,
    spread_of,
    without_personal_data,
)
from orders.models import Rating
from orders.queries import left_to_accept
from providers.api.shapes import TierOut
from providers.models import Category, PriceKind, ProductVersion, Provider
from providers.queries import (
    can_accept,
    get_product_on_sale,
    get_provider_on_show,
    serves_city,
)


class ProviderNameOut(Out):
    """A provider by name."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(help_text="机构名称")


class ProductOut(Out):
    """A product on sale in the list."""

    product = serializers.IntegerField(source="product_id", help_text="产品编号")
    version = serializers.IntegerField(source="pk", help_text="在售版本编号，下单时用")
    name = serializers.CharField(help_text="产品名称")
    provider = ProviderNameOut(source="product.provider")
    category = State(Category, help_text="类别")
    service_type = serializers.CharField(help_text="服务类型")
    price_kind = State(PriceKind, help_text="价格形式")
    price_min = YuanOut(help_text="价格（元）")
    price_max = YuanOut(help_text="最高价格（元）")
    cities = CityOut(many=True, source="cities.all", help_text="服务区域")
    rating = serializers.SerializerMethodField(help_text="平均星级，一位小数；无评价为 null")
    ratings = serializers.IntegerField(help_text="评价数")
    accepts = serializers.BooleanField(help_text="能否收券：筛选城市的，或机构所在城市的（P7）")

    def get_rating(self, version: Any) -> str | None:
        return None if version.average is None else f"{version.average:.1f}"


class ProductQuery(PageQuery):
    """Filters of the catalogue."""

    city = serializers.SlugField(required=False, help_text="服务城市拼音")
    category = Choice(choices=Category.choices, required=False)
    service_type = serializers.CharField(required=False, max_length=40)
    provider = serializers.IntegerField(
        required=False, min_value=1, max_value=PK_MAX, help_text="机构编号"
    )
    price_from = YuanIn(required=False)
    price_to = YuanIn(required=False)
    accepting = serializers.BooleanField(required=False, default=False, help_text="只看能收券的")
    text = serializers.CharField(required=False, max_length=60, help_text="关键词")


class Products(PublicApi):
    """Products on sale, the newest version first."""

    @lists("服务产品列表", gives=ProductOut, asks=ProductQuery)
    def get(self, call: Call) -> QuerySet[ProductVersion]:
        asked = call.data
        city = City.objects.filter(slug=asked["city"]).first() if "city" in asked else None
        found = shelf(
            at=call.at,
            city=city,
            accepting=asked["accepting"],
            text=asked.get("text", ""),
            category=asked.get("category", ""),
            service_type=asked.get("service_type", ""),
            provider_id=asked.get("provider"),
            price_from=asked.get("price_from"),
            price_to=asked.get("price_to"),
        )
        if "city" in asked and city is None:
            found = found.none()
        return found.prefetch_related("cities")


@dataclass(frozen=True)
class Acceptance:
    """Whether and how much a provider can still accept in a city, yuan (P7)."""

    city: City
    left: Decimal
    reasons: list[str]


def acceptance(provider: Provider, city: City, call: Call, *, sold: bool = True) -> Acceptance:
    """As the product's page says it (P1–P3, P7, S1)."""
    reasons = can_accept(provider, city.pk, call.at)
    if not reasons and not (sold and serves_city(provider, city.pk)):
        reasons = [f"服务区域不包括{city}"]
    left = ZERO if reasons else left_to_accept(provider.pk, city.pk, call.at)
    return Acceptance(city, left, reasons)


class AcceptanceOut(Out):
    """Whether and how much can still be accepted in a city."""

    city = CityOut()
    left = YuanOut(help_text="还能收券金额（元）")
    reasons = serializers.ListField(child=serializers.CharField(), help_text="不能收券的原因")


class SpreadOut(Out):
    """How it was rated."""

    average = serializers.SerializerMethodField(help_text="平均星级；无评价为 null")
    count = serializers.IntegerField(help_text="评价数")

    def get_average(self, spread: RatingSpread) -> str | None:
        return None if spread.average is None else str(spread.average)


class ProductDetailOut(Out):
    """All that a product says, and what its provider can still accept."""

    product = serializers.IntegerField(source="version.product_id", help_text="产品编号")
    version = serializers.IntegerField(source="version.pk", help_text="在售版本编号，下单时用")
    name = serializers.CharField(source="version.name", help_text="产品名称")
    provider = ProviderNameOut(source="version.product.provider")
    category = State(Category, source="version.category", help_text="类别")
    service_type = serializers.CharField(source="version.service_type", help_text="服务类型")
    overview = serializers.CharField(source="version.overview", help_text="服务概述")
    process = serializers.CharField(source="version.process", help_text="服务流程")
    cycle = serializers.CharField(source="version.cycle", help_text="服务周期")
    results = serializers.CharField(source="version.results", help_text="服务成果")
    acceptance_criteria = serializers.CharField(source="version.acceptance", help_text="验收标准")
    price_kind = State(PriceKind, source="version.price_kind", help_text="价格形式")
    price_min = YuanOut(source="version.price_min", help_text="价格（元）")
    price_max = YuanOut(source="version.price_max", help_text="最高价格（元）")
    tiers = TierOut(many=True, source="version.tiers.all", help_text="价格档")
    cities = CityOut(many=True, source="version.cities.all", help_text="服务区域")
    rating = SpreadOut(help_text="评价")
    acceptances = AcceptanceOut(many=True, help_text="各服务城市的收券余额（P7）")


@dataclass(frozen=True)
class _Product:
    version: ProductVersion
    rating: RatingSpread
    acceptances: list[Acceptance]


class ProductDetail(PublicApi):
    """One product on sale."""

    @reads("服务产品", gives=ProductDetailOut)
    def get(self, call: Call, pk: int) -> _Product:
        version = get_product_on_sale(pk)
        provider = version.product.provider
        cities = sorted({provider.city, *version.cities.all()}, key=lambda one: one.code)
        area = {one.pk for one in version.cities.all()}
        return _Product(
            version,
            spread_of(Rating.objects.filter(product_id=pk)),
            [acceptance(provider, city, call, sold=city.pk in area) for city in cities],
        )


class CommentOut(Out):
    """A rating; who wrote it is not told, and numbers of persons are struck out (F5)."""

    stars = serializers.IntegerField(help_text="星级")
    comment = serializers.SerializerMethodField(help_text="评价")
    rated_at = serializers.DateTimeField(help_text="评价时间")

    def get_comment(self, rating: Rating) -> str:
        return without_personal_data(rating.comment)


class ProductComments(PublicApi):
    """The ratings of a product on sale."""

    @lists("产品评价", gives=CommentOut)
    def get(self, call: Call, pk: int) -> QuerySet[Rating]:
        return comments_on(get_product_on_sale(pk).product_id)


class ProviderOut(Out):
    """A provider as the public sees it."""

    id = serializers.IntegerField(source="provider.pk")
    name = serializers.CharField(source="provider.name", help_text="机构名称")
    city = CityOut(source="provider.city")
    introduction = serializers.CharField(source="provider.introduction", help_text="机构简介")
    rating = SpreadOut(help_text="评价")
    acceptance = AcceptanceOut(help_text="在所在城市的收券余额（P7）")


@dataclass(frozen=True)
class _Provider:
    provider: Provider
    rating: RatingSpread
    acceptance: Acceptance


class ProviderDetail(PublicApi):
    """One approved provider."""

    @reads("服务机构", gives=ProviderOut)
    def get(self, call: Call, pk: int) -> _Provider:
        provider = get_provider_on_show(pk)
        spread = spread_of(Rating.objects.filter(provider_id=provider.pk))
        return _Provider(provider, spread, acceptance(provider, provider.city, call))
