"""Who may call which operation of the API: by route name and method. An operation missing here fails the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access.table import ENTERPRISES, EVERYONE, OWNER, SIGNED_IN, Route, pk_of
from tests.access.world import World

WITH_A_ROLE = SIGNED_IN - {"no role"} | {"other district"}


@dataclass(frozen=True)
class Operation(Route):
    """``body``: what makes the call sound in shape, so that reach decides and not a slip of the pen."""

    body: Callable[[World], dict[str, Any]] = lambda world: {}


def said(**body: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: body


_PRODUCT = lambda world: (world.made.scene.version.product_id,)  # noqa: E731
_NOTICE = lambda world: (world.more["notice"].pk,)  # noqa: E731

PUBLIC: dict[str, Operation] = {
    "api:schema GET": Operation(EVERYONE),
    "api:docs GET": Operation(EVERYONE),
    "api:problems GET": Operation(EVERYONE),
    "api:cities GET": Operation(EVERYONE),
    "api:notices GET": Operation(EVERYONE),
    "api:notice GET": Operation(EVERYONE, _NOTICE),
    "api:notice-attachment GET": Operation(
        EVERYONE,
        lambda world: (world.more["notice"].pk, world.more["notice"].attachments.get().pk),
    ),
    "api:programmes GET": Operation(EVERYONE),
    "api:batches GET": Operation(EVERYONE),
    "api:batch GET": Operation(EVERYONE, pk_of("vouchers_batch")),
    "api:results GET": Operation(EVERYONE, pk_of("vouchers_batch", 0)),
    "api:result-download GET": Operation(EVERYONE, pk_of("vouchers_batch", 0)),
    "api:products GET": Operation(EVERYONE),
    "api:product GET": Operation(EVERYONE, _PRODUCT),
    "api:product-comments GET": Operation(EVERYONE, _PRODUCT),
    "api:provider GET": Operation(EVERYONE, pk_of("providers_provider")),
    "api:publicity GET": Operation(EVERYONE),
    "api:publicity-lines GET": Operation(EVERYONE, pk_of("redemption_publicitylist")),
    "api:settlement-results GET": Operation(EVERYONE),
}

OWN: dict[str, Operation] = {
    "api:messages GET": Operation(WITH_A_ROLE),
    "api:message-read POST": Operation(OWNER, lambda world: (world.more["message"].pk,)),
}

ENTERPRISE: dict[str, Operation] = {
    "api:eligibility GET": Operation(OWNER, pk_of("vouchers_batch")),
    "api:apply POST": Operation(OWNER, pk_of("vouchers_batch"), body=said(amount="100")),
    "api:applications GET": Operation(ENTERPRISES),
    "api:application GET": Operation(OWNER, pk_of("vouchers_application")),
    "api:application-receipt GET": Operation(OWNER, pk_of("vouchers_application")),
    "api:withdraw POST": Operation(OWNER, pk_of("vouchers_application")),
    "api:vouchers GET": Operation(ENTERPRISES),
    "api:voucher GET": Operation(OWNER, pk_of("vouchers_voucher")),
    "api:voucher-ledger GET": Operation(OWNER, pk_of("vouchers_voucher")),
    "api:voucher-return POST": Operation(
        OWNER, pk_of("vouchers_voucher"), body=said(amount="1.00")
    ),
}

API: dict[str, Operation] = {**PUBLIC, **OWN, **ENTERPRISE}
