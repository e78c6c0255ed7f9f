"""What the provider does with its products: draft, show evidence, submit, withdraw (P3–P6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from foundation.accounts.actors import Actor, require_role
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file, look_into
from foundation.errors import OutOfReach
from foundation.regions.models import City
from providers import permissions
from providers.models import Evidence, PriceKind, PriceTier, Product, ProductVersion
from providers.operations.editing import settle_content
from providers.operations.files import tell_reviewers
from providers.operations.versions import lock_product, lock_version, move
from providers.policies import products as policies
from providers.policies.completeness import missing_items
from providers.policies.registering import plain_reason
from providers.queries import (
    cities_out_of_reach,
    dossier_of,
    open_version_of,
    provider_of,
    why_not_in_standing,
)
from providers.service_catalogue import category_of
from providers.states import ProductState


def save_draft(
    *,
    by: Actor,
    at: datetime,
    product: Product | None = None,
    name: str,
    service_type: str,
    cities: Iterable[City],
    price_kind: str,
    price_min: Decimal,
    price_basis: str,
    delivery_kind: str,
    price_max: Decimal | None = None,
    basis: Mapping[str, Any] | None = None,
    has_sub_products: bool = False,
    target_sizes: Iterable[str] = (),
    target_industries: Iterable[str] = (),
    overview: str = "",
    process: str = "",
    cycle: str = "",
    results: str = "",
    acceptance: str = "",
) -> ProductVersion:
    """Save a draft: of a new product (None), or of the open version of ``product``, or as its next version (P5, P6).

    A product on sale stays on sale; the next version starts with the tiers and evidence of the newest one. Prices in
    yuan; ``price_max`` None means ``price_min``. The category follows from the service type (P4). A draft may lack
    what only submission demands. Raises UnableToSaveProduct, OutOfReach.
    """
    require_role(by, Role.PROVIDER)
    price_max = price_min if price_max is None else price_max
    policies.require_sound_draft(
        name=name,
        service_type=service_type,
        price_kind=price_kind,
        price_min=price_min,
        price_max=price_max,
    )
    target_sizes, target_industries = sorted(target_sizes), sorted(target_industries)
    policies.require_known_targets(target_sizes, target_industries)
    fields = {
        "name": name.strip(),
        "category": category_of(service_type),
        "service_type": service_type,
        "target_sizes": target_sizes,
        "target_industries": target_industries,
        "overview": overview.strip(),
        "process": process.strip(),
        "cycle": cycle.strip(),
        "results": results.strip(),
        "acceptance": acceptance.strip(),
        "has_sub_products": has_sub_products,
        "price_kind": price_kind,
        "price_min": price_min,
        "price_max": price_max,
        "price_basis": price_basis,
        "basis": policies.clean_basis(price_basis, basis or {}),
        "delivery_kind": delivery_kind,
    }
    policies.require_lengths(fields)
    with transaction.atomic():
        version = _draft_to_write(by=by, at=at, product=product, fields=fields)
        version.cities.set(cities)
        if price_kind == PriceKind.FIXED:
            version.tiers.all().delete()
        record(
            at=at,
            by=by,
            action="save_draft",
            subject=version,
            to_state=version.state,
            details={"product": version.product_id, "version": version.version},
        )
        return version


def set_price_tiers(
    *, by: Actor, at: datetime, version: ProductVersion, tiers: Sequence[tuple[Decimal, str]]
) -> ProductVersion:
    """Say what each price of a range buys: (price in yuan, service), cheapest first; replaces all tiers (P5).

    Raises UnableToSaveProduct, OutOfReach.
    """
    with transaction.atomic():
        version = lock_version(version)
        permissions.require_owner(by, version.product.provider)
        policies.require_editable(version.state)
        policies.require_sound_tiers(
            tiers,
            price_kind=version.price_kind,
            price_min=version.price_min,
            price_max=version.price_max,
        )
        version.tiers.all().delete()
        ordered = sorted(tiers, key=lambda tier: tier[0])
        PriceTier.objects.bulk_create(
            PriceTier(version=version, position=place, price=price, buys=buys.strip())
            for place, (price, buys) in enumerate(ordered, start=1)
        )
        record(
            at=at,
            by=by,
            action="set_price_tiers",
            subject=version,
            details={"tiers": [[str(price), buys.strip()] for price, buys in ordered]},
        )
        return version


def attach_evidence(
    *,
    by: Actor,
    at: datetime,
    version: ProductVersion,
    kind: str,
    file: Material,
    set_number: int = 0,
) -> Evidence:
    """Put a file of ``kind`` on a draft, in place of the one it had; contract, invoice and result in set 1 to 5 (P5).

    Raises UnableToSaveProduct, OutOfReach, and UnableToKeepFile for a file that F1 does not accept.
    """
    permissions.require_owner(by, version.product.provider)
    policies.require_editable(version.state)
    policies.require_sound_evidence(kind, set_number)
    # Looking into a file can take seconds, so it is done before any row is locked.
    material = look_into(file)
    with transaction.atomic():
        version = lock_version(version)
        permissions.require_owner(by, version.product.provider)
        policies.require_editable(version.state)
        document = keep_file(file=material, by=by, at=at)
        evidence, _ = Evidence.objects.update_or_create(
            version=version, kind=kind, set_number=set_number, defaults={"document": document}
        )
        record(
            at=at,
            by=by,
            action="attach_evidence",
            subject=version,
            details={"kind": kind, "set": set_number, "document": document.pk},
        )
        return evidence


def remove_evidence(*, by: Actor, at: datetime, evidence: Evidence) -> ProductVersion:
    """Take a file off a draft. Raises UnableToSaveProduct, OutOfReach."""
    with transaction.atomic():
        version = lock_version(evidence.version)
        permissions.require_owner(by, version.product.provider)
        policies.require_editable(version.state)
        version.evidence.filter(pk=evidence.pk).delete()
        record(
            at=at,
            by=by,
            action="remove_evidence",
            subject=version,
            details={
                "kind": evidence.kind,
                "set": evidence.set_number,
                "document": evidence.document_id,
            },
        )
        return version


def submit_version(*, by: Actor, at: datetime, version: ProductVersion) -> ProductVersion:
    """Hand a complete version in for review (P5, P6).

    Raises UnableToSubmitProduct for a provider that is not in standing (P1, P2), a service type it is not accredited
    for (P4), a service area beyond its reach (P3), or naming every missing item (P5); IllegalMove.
    """
    with transaction.atomic():
        version = lock_version(version)
        provider = version.product.provider
        permissions.require_owner(by, provider)
        policies.require_move(version.state, "submit")
        policies.require_in_standing(why_not_in_standing(provider, at))
        policies.require_accredited_type(
            version.service_type, accredited=provider.accreditation.service_types
        )
        policies.require_area_in_reach(cities_out_of_reach(version))
        policies.require_complete(missing_items(dossier_of(version)))
        settle_content(version)
        version.submitted_at = at
        version.decided_at = version.decided_by = None
        move(
            version,
            "submit",
            by=by,
            at=at,
            action="submit_version",
            fields=["basis", "submitted_at", "decided_at", "decided_by"],
            details={"version": version.version},
        )
        tell_reviewers(
            provider,
            "product_submitted",
            at=at,
            link=f"/admin/providers/productversion/{version.pk}/change/",
            product=version.name,
        )
        return version


def withdraw_version(*, by: Actor, at: datetime, version: ProductVersion) -> ProductVersion:
    """Give up a version that is not on sale; one that is on sale beside it stays there (P6).

    Raises UnableToWithdrawProduct for the version on sale, OutOfReach, IllegalMove.
    """
    with transaction.atomic():
        version = lock_version(version)
        permissions.require_owner(by, version.product.provider)
        policies.require_not_on_sale(version.state)
        move(version, "withdraw", by=by, at=at, action="withdraw_version")
        return version


def withdraw_product(*, by: Actor, at: datetime, product: Product, reason: str = "") -> Product:
    """Take a product off sale, with any version being written or reviewed (P6).

    Orders already placed keep their version. Raises UnableToWithdrawProduct, OutOfReach.
    """
    with transaction.atomic():
        product = lock_product(product.pk)
        permissions.require_owner(by, product.provider)
        reason = plain_reason(reason) if reason.strip() else ""
        versions = list(product.versions.select_for_update(of=("self",)).order_by("pk"))
        policies.require_something_to_withdraw(version.state for version in versions)
        product.current = None
        product.save(update_fields=["current"])
        for version in versions:
            if policies.can_withdraw(version.state):
                move(version, "withdraw", by=by, at=at, action="withdraw_product", reason=reason)
        return product


def _draft_to_write(
    *, by: Actor, at: datetime, product: Product | None, fields: dict[str, Any]
) -> ProductVersion:
    """The locked open version with ``fields`` written, or a new one of a locked product (P6)."""
    if product is None:
        provider = provider_of(by.user) if by.user else None
        if provider is None:
            raise OutOfReach("no provider")
        product = Product.objects.create(provider=provider, created_at=at)
        return ProductVersion.objects.create(product=product, version=1, created_at=at, **fields)
    product = lock_product(product.pk)
    permissions.require_owner(by, product.provider)
    version = open_version_of(product)
    if version is not None:
        policies.require_editable(version.state)
        for key, value in fields.items():
            setattr(version, key, value)
        version.save(update_fields=list(fields))
        return version
    newest = product.current or product.versions.order_by("-version").first()
    last = product.versions.order_by("-version").values_list("version", flat=True).first() or 0
    version = ProductVersion.objects.create(
        product=product,
        version=last + 1,
        state=ProductState.DRAFT,
        created_at=at,
        **fields,
    )
    if newest is not None:
        _carry_over(newest, version)
    return version


def _carry_over(source: ProductVersion, target: ProductVersion) -> None:
    """Give a new version the tiers and the evidence of an earlier one; files are not copied, rows are (P6)."""
    PriceTier.objects.bulk_create(
        PriceTier(version=target, position=tier.position, price=tier.price, buys=tier.buys)
        for tier in source.tiers.all()
    )
    Evidence.objects.bulk_create(
        Evidence(
            version=target,
            kind=item.kind,
            set_number=item.set_number,
            document_id=item.document_id,
        )
        for item in source.evidence.all()
    )
