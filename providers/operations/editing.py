"""Writing a product section by section: amend a draft, begin the next version, copy a product (P5, P6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.regions.models import City
from providers import permissions
from providers.models import (
    Evidence,
    EvidenceKind,
    PriceKind,
    PriceTier,
    Product,
    ProductVersion,
)
from providers.operations.versions import lock_product, lock_version
from providers.policies import products as policies
from providers.queries import OPEN_STATES, open_version_of
from providers.service_catalogue import category_of
from providers.states import ProductState

# What a version says of itself, beside its cities, tiers and evidence.
CONTENT = (
    "name",
    "category",
    "service_type",
    "target_sizes",
    "target_industries",
    "overview",
    "process",
    "cycle",
    "results",
    "acceptance",
    "has_sub_products",
    "price_kind",
    "price_min",
    "price_max",
    "price_basis",
    "basis",
    "delivery_kind",
)
# What proves a product's price and its provider, and so also that of a like product.
PROOFS_COPIED = (EvidenceKind.QUALIFICATION, EvidenceKind.PRICE_BASIS)


def amend_draft(
    *,
    by: Actor,
    at: datetime,
    version: ProductVersion,
    cities: Iterable[City] | None = None,
    tiers: Sequence[tuple[Decimal, str]] | None = None,
    basis: Mapping[str, Any] | None = None,
    **changes: Any,
) -> ProductVersion:
    """Write what is given of a draft and leave the rest as it is; names as for ``save_draft`` (P5).

    What another price form or basis was typed in is kept until submission, so that changing one's mind loses nothing.
    Raises UnableToSaveProduct, OutOfReach.
    """
    with transaction.atomic():
        version = lock_version(version)
        permissions.require_owner(by, version.product.provider)
        policies.require_editable(version.state)
        fields = _sound_content(version, changes, basis)
        changed = [key for key, value in fields.items() if getattr(version, key) != value]
        for key in changed:
            setattr(version, key, fields[key])
        if changed:
            version.save(update_fields=changed)
        if cities is not None and _set_cities(version, cities):
            changed.append("cities")
        if tiers is not None and _set_tiers(version, tiers):
            changed.append("tiers")
        if changed:
            record(
                at=at,
                by=by,
                action="amend_draft",
                subject=version,
                details={"product": version.product_id, "changed": sorted(changed)},
            )
        return version


def begin_next_version(*, by: Actor, at: datetime, product: Product) -> ProductVersion:
    """Open the next version of a product as a draft like the newest one; what is on sale stays on sale (P6).

    Raises UnableToSaveProduct when one is already being written or reviewed, OutOfReach.
    """
    with transaction.atomic():
        product = lock_product(product.pk)
        permissions.require_owner(by, product.provider)
        policies.require_no_open_version(open_version_of(product) is not None)
        newest = product.current or product.versions.order_by("-version").first()
        last = product.versions.order_by("-version").values_list("version", flat=True)[0]
        version = _draft_like(newest, product, number=last + 1, at=at)  # type: ignore[arg-type]
        Evidence.objects.bulk_create(_evidence_like(newest, version, EvidenceKind.values))  # type: ignore[arg-type]
        _record_new(version, newest, by=by, at=at, action="begin_next_version")
        return version


def copy_product(*, by: Actor, at: datetime, product: Product) -> ProductVersion:
    """A new product as a draft like an existing one (P6).

    Its history materials, reports and the like prove the other product and are not copied; proofs of qualification and
    price are. Raises OutOfReach.
    """
    with transaction.atomic():
        source = lock_product(product.pk)
        permissions.require_owner(by, source.provider)
        newest = (
            source.versions.filter(state__in=OPEN_STATES).first()
            or source.current
            or source.versions.order_by("-version").first()
        )
        made = Product.objects.create(provider=source.provider, created_at=at)
        version = _draft_like(newest, made, number=1, at=at)  # type: ignore[arg-type]
        version.name = policies.name_of_copy(version.name)
        version.save(update_fields=["name"])
        Evidence.objects.bulk_create(_evidence_like(newest, version, PROOFS_COPIED))  # type: ignore[arg-type]
        _record_new(version, newest, by=by, at=at, action="copy_product")
        return version


def settle_content(version: ProductVersion) -> None:
    """Before submission: drop what belongs to a price form or a basis that was not chosen in the end (P5)."""
    version.basis = policies.clean_basis(version.price_basis, version.basis)
    if version.price_kind == PriceKind.FIXED:
        version.tiers.all().delete()


def _sound_content(
    version: ProductVersion, changes: Mapping[str, Any], basis: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The version's content with the changes, checked as a whole; raises UnableToSaveProduct."""
    unknown = changes.keys() - set(CONTENT)
    if unknown:
        raise TypeError(f"not content of a version: {sorted(unknown)}")
    fields = {key: getattr(version, key) for key in CONTENT} | {
        key: value.strip() if isinstance(value, str) else value for key, value in changes.items()
    }
    for key in ("target_sizes", "target_industries"):
        fields[key] = sorted(fields[key])
    if fields["price_max"] is None or fields["price_kind"] == PriceKind.FIXED:
        fields["price_max"] = fields["price_min"]
    policies.require_sound_draft(
        name=fields["name"],
        service_type=fields["service_type"],
        price_kind=fields["price_kind"],
        price_min=fields["price_min"],
        price_max=fields["price_max"],
    )
    policies.require_known_targets(fields["target_sizes"], fields["target_industries"])
    fields["category"] = category_of(fields["service_type"])
    if basis is not None:
        fields["basis"] = {**version.basis, **policies.clean_basis(fields["price_basis"], basis)}
    policies.require_lengths(fields)
    return fields


def _set_cities(version: ProductVersion, cities: Iterable[City]) -> bool:
    asked = {city.pk for city in cities}
    if asked == set(version.cities.values_list("pk", flat=True)):
        return False
    version.cities.set(asked)
    return True


def _set_tiers(version: ProductVersion, tiers: Sequence[tuple[Decimal, str]]) -> bool:
    policies.require_storable_tiers(tiers)
    ordered = sorted(((price, buys.strip()) for price, buys in tiers), key=lambda tier: tier[0])
    if ordered == list(version.tiers.values_list("price", "buys")):
        return False
    version.tiers.all().delete()
    PriceTier.objects.bulk_create(
        PriceTier(version=version, position=place, price=price, buys=buys)
        for place, (price, buys) in enumerate(ordered, start=1)
    )
    return True


def _draft_like(
    source: ProductVersion, product: Product, *, number: int, at: datetime
) -> ProductVersion:
    """A draft with the content, cities and tiers of another version."""
    version = ProductVersion.objects.create(
        product=product,
        version=number,
        state=ProductState.DRAFT,
        created_at=at,
        **{key: getattr(source, key) for key in CONTENT},
    )
    version.cities.set(source.cities.all())
    PriceTier.objects.bulk_create(
        PriceTier(version=version, position=tier.position, price=tier.price, buys=tier.buys)
        for tier in source.tiers.all()
    )
    return version


def _evidence_like(
    source: ProductVersion, target: ProductVersion, kinds: Iterable[str]
) -> list[Evidence]:
    """Rows for the same files; files are not copied (P6)."""
    return [
        Evidence(
            version=target,
            kind=item.kind,
            set_number=item.set_number,
            document_id=item.document_id,
        )
        for item in source.evidence.filter(kind__in=list(kinds))
    ]


def _record_new(
    version: ProductVersion,
    source: ProductVersion | None,
    *,
    by: Actor,
    at: datetime,
    action: str,
) -> None:
    record(
        at=at,
        by=by,
        action=action,
        subject=version,
        to_state=version.state,
        details={
            "product": version.product_id,
            "version": version.version,
            "like": source.pk if source else None,
        },
    )
