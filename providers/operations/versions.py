"""A product's versions: their locks, and the one way a version's state changes (P6).

Locks: the product's row first, then its version; whoever holds the product's row is alone with all its versions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from providers.models import Product, ProductVersion
from providers.states import PRODUCT_VERSION


def lock_product(product_pk: int) -> Product:
    """The product with its row locked until the transaction ends."""
    found = (
        Product.objects.select_for_update(of=("self",))
        .select_related("provider__accreditation", "provider__city", "provider__account")
        .filter(pk=product_pk)
        .first()
    )
    if found is None:
        raise OutOfReach(f"no product {product_pk}")
    return found


def lock_version(version: ProductVersion) -> ProductVersion:
    """The version, its product's row locked first, its state read after the locks."""
    product = lock_product(version.product_id)
    found = ProductVersion.objects.select_for_update(of=("self",)).filter(pk=version.pk).first()
    if found is None:
        raise OutOfReach(f"no version {version.pk}")
    found.product = product
    return found


def move(
    version: ProductVersion,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    fields: list[str] | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """The one way a version's state changes, saved with ``fields`` and recorded."""
    before = version.state
    version.state = PRODUCT_VERSION.target(before, verb)
    version.save(update_fields=["state", *(fields or [])])
    record(
        at=at,
        by=by,
        action=action,
        subject=version,
        from_state=before,
        to_state=version.state,
        reason=reason,
        details={"product": version.product_id, **(details or {})},
    )
