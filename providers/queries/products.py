"""A provider's products: their versions, what they show, what is missing (P4–P6)."""

from __future__ import annotations

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from foundation.rosters.models import Accreditation
from foundation.searching import holding
from providers.models import Evidence, Product, ProductVersion, Provider
from providers.policies.completeness import INTRODUCTION, CheckItem, Dossier, checklist
from providers.states import ProductState

# A version that is being written or reviewed; a product has at most one (P6).
OPEN_STATES = (ProductState.DRAFT, ProductState.IN_REVIEW, ProductState.RETURNED)


def open_version_of(product: Product) -> ProductVersion | None:
    """The version that is being written or reviewed; there is at most one (P6)."""
    return product.versions.filter(state__in=OPEN_STATES).first()


class ProductFilter(models.TextChoices):
    """By what a provider's list of products is narrowed (P6)."""

    ON_SALE = "on_sale", "在售"
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "退回修改"
    WITHDRAWN = "withdrawn", "已下架"


def products_listed_of(provider: Provider, *, state: str = "", text: str = "") -> QuerySet[Product]:
    """The provider's products, newest first; ``state`` is a ProductFilter, ``text`` words of a version's name (P6).

    A product may be on sale and have a next version in review: it is found under both.
    """
    products = Product.objects.filter(provider=provider).select_related("current")
    open_versions = ProductVersion.objects.filter(product=OuterRef("pk"), state__in=OPEN_STATES)
    if state == ProductFilter.ON_SALE:
        products = products.filter(current__isnull=False)
    elif state == ProductFilter.WITHDRAWN:
        products = products.filter(~Exists(open_versions), current__isnull=True)
    elif state:
        products = products.filter(Exists(open_versions.filter(state=state)))
    for word in text.split():
        named = ProductVersion.objects.filter(holding(word, "name"), product=OuterRef("pk"))
        products = products.filter(Exists(named))
    return products.prefetch_related("versions").order_by("-pk")


def shown_version_of(product: Product) -> ProductVersion:
    """The version that stands for a product in lists: the open one, else the one on sale, else the newest."""
    versions = list(product.versions.all())
    pending = next((one for one in versions if one.state in OPEN_STATES), None)
    return pending or product.current or versions[0]


def product_counts(provider: Provider) -> dict[str, int]:
    """How many products are on sale, in review, and being written or sent back (P6)."""
    return ProductVersion.objects.filter(product__provider=provider).aggregate(
        on_sale=Count("pk", filter=Q(state=ProductState.PUBLISHED)),
        in_review=Count("pk", filter=Q(state=ProductState.IN_REVIEW)),
        writing=Count("pk", filter=Q(state__in=(ProductState.DRAFT, ProductState.RETURNED))),
    )


def former_version_of(version: ProductVersion) -> ProductVersion | None:
    """The version before this one, to tell what changed; None for the first (P6)."""
    return (
        ProductVersion.objects.filter(product_id=version.product_id, version__lt=version.version)
        .select_related("product__provider")
        .order_by("-version")
        .first()
    )


def evidence_of(version: ProductVersion) -> QuerySet[Evidence]:
    """The version's files with their documents, history sets last (P5)."""
    return version.evidence.select_related("document").order_by("set_number", "pk")


def check_list_of(version: ProductVersion) -> list[CheckItem]:
    """All that submission demands of the version, with what is missing by name (P3, P4, P5)."""
    provider = version.product.provider
    accredited = version.service_type in provider.accreditation.service_types
    outside = cities_out_of_reach(version)
    return [
        CheckItem(
            "认定的服务类型",
            () if accredited else (f"贵机构未被认定可提供“{version.service_type}”服务",),
            "name",
        ),
        CheckItem(
            "服务区域在服务范围内",
            (f"只能服务本市企业，不能包括：{'、'.join(outside)}",) if outside else (),
            "introduction",
        ),
        *checklist(dossier_of(version)),
    ]


def dossier_of(version: ProductVersion) -> Dossier:
    """Everything the version says and shows, for the policy that names what is missing (P5)."""
    return Dossier(
        provider_name=version.product.provider.name,
        name=version.name,
        category=version.category,
        service_type=version.service_type,
        has_area=version.cities.exists(),
        introduction={key: getattr(version, key) for key in INTRODUCTION},
        price_kind=version.price_kind,
        price_min=version.price_min,
        price_max=version.price_max,
        has_sub_products=version.has_sub_products,
        price_basis=version.price_basis,
        basis=version.basis,
        delivery_kind=version.delivery_kind,
        tiers=tuple(version.tiers.values_list("price", "buys")),
        evidence=frozenset(version.evidence.values_list("kind", "set_number")),
    )


def cities_out_of_reach(version: ProductVersion) -> list[str]:
    """The cities of the version's service area that its provider may not serve (P3)."""
    provider = version.product.provider
    if provider.accreditation.is_province_wide:
        return []
    return list(version.cities.exclude(pk=provider.city_id).values_list("name", flat=True))


def published_beyond(provider: Provider, accreditation: Accreditation) -> list[str]:
    """The provider's products on sale whose service type the accreditation does not have (P4)."""
    published = ProductVersion.objects.filter(
        product__provider=provider, state=ProductState.PUBLISHED
    )
    return list(
        published.exclude(service_type__in=accreditation.service_types)
        .order_by("pk")
        .values_list("name", flat=True)
    )
