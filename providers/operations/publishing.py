"""What the contractor of the provider's level does with a product version: publish, send back (P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.assignments.operations import finish_file
from providers import permissions
from providers.models import ProductVersion
from providers.operations.files import require_impartial, tell_provider
from providers.operations.versions import lock_version, move
from providers.policies import products as policies
from providers.policies.registering import require_item_reasons, require_seen
from providers.queries import cities_out_of_reach, why_not_in_standing
from providers.states import ProductState


def publish_version(
    *, by: Actor, at: datetime, version: ProductVersion, seen: datetime | None = None
) -> ProductVersion:
    """Put a version on sale in place of the one that was (P6).

    ``seen``: the submission that was looked at. Raises OutOfReach, UnableToPublishProduct when provider or service
    type no longer stand (P2, P4), UnableToReview, IllegalMove.
    """
    with transaction.atomic():
        version = lock_version(version)
        product = version.product
        permissions.require_reviewer(by, product.provider)
        require_impartial(by, product.provider)
        policies.require_move(version.state, "publish")
        require_seen(seen, submitted_at=version.submitted_at)
        finish_file(by=by, at=at, subject=version)
        policies.require_publishable(
            standing=why_not_in_standing(product.provider, at),
            service_type=version.service_type,
            accredited=product.provider.accreditation.service_types,
            outside=cities_out_of_reach(version),
        )
        # The one on sale goes first: at most one version of a product is published, says the database.
        for former in product.versions.select_for_update(of=("self",)).filter(
            state=ProductState.PUBLISHED
        ):
            move(former, "supersede", by=by, at=at, action="publish_version")
        version.decided_at, version.decided_by = at, by.user
        version.item_reasons, version.reason = {}, ""
        move(
            version,
            "publish",
            by=by,
            at=at,
            action="publish_version",
            fields=["decided_at", "decided_by", "item_reasons", "reason"],
        )
        product.current = version
        product.save(update_fields=["current"])
        tell_provider(
            product.provider,
            "product_published",
            at=at,
            link=f"/provider/products/{product.pk}/",
            product=version.name,
        )
        return version


def send_back_version(
    *,
    by: Actor,
    at: datetime,
    version: ProductVersion,
    item_reasons: Mapping[str, str],
    seen: datetime | None = None,
) -> ProductVersion:
    """Ask for corrections, item by item; keys are those of ``policies.products.REVIEW_ITEMS`` (P6).

    What is on sale stays on sale. ``seen`` and what is raised: as for ``publish_version``.
    """
    with transaction.atomic():
        version = lock_version(version)
        product = version.product
        permissions.require_reviewer(by, product.provider)
        require_impartial(by, product.provider)
        policies.require_move(version.state, "send_back")
        require_seen(seen, submitted_at=version.submitted_at)
        finish_file(by=by, at=at, subject=version)
        version.item_reasons = require_item_reasons(item_reasons, items=policies.REVIEW_ITEMS)
        version.decided_at, version.decided_by = at, by.user
        move(
            version,
            "send_back",
            by=by,
            at=at,
            action="send_back_version",
            fields=["decided_at", "decided_by", "item_reasons"],
            details={"item_reasons": version.item_reasons},
        )
        tell_provider(
            product.provider,
            "product_returned",
            at=at,
            link=f"/provider/products/{product.pk}/",
            product=version.name,
            # The items only: what a reviewer typed stays on the page, where one has to sign in.
            items="、".join(policies.REVIEW_ITEMS[item] for item in version.item_reasons),
        )
        return version
