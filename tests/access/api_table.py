"""Who may call which operation of the API: by route name and method. An operation missing here fails the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access.table import (
    CITY,
    ENTERPRISES,
    EVERYONE,
    EXPERT,
    OWNER,
    PROVIDERS,
    SELLER,
    SIGNED_IN,
    Route,
    pk_of,
)
from tests.access.world import World

WITH_A_ROLE = SIGNED_IN - {"no role"} | {"other district"}


@dataclass(frozen=True)
class Operation(Route):
    """``body``: what makes the call sound in shape, so that reach decides and not a slip of the pen."""

    body: Callable[[World], dict[str, Any]] = lambda world: {}


def said(**body: Any) -> Callable[[World], dict[str, Any]]:
    return lambda world: body


_PRODUCT = lambda world: (world.made.scene.version.product_id,)  # noqa: E731
_ORDER = pk_of("orders_order")
_SCAN = lambda world: (world.made.claim.form_scan_id,)  # noqa: E731
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
    "api:files GET": Operation(WITH_A_ROLE),
    # A form with files: the call is refused for its media type, once the caller is let in.
    "api:files POST": Operation(WITH_A_ROLE),
    "api:file GET": Operation(CITY | SELLER | EXPERT, _SCAN),
    "api:file-content GET": Operation(CITY | SELLER | EXPERT, _SCAN),
    "api:file-discard POST": Operation(OWNER, lambda world: (world.more["staged"].pk,)),
}

_STAGED = 999_999_999
_PROFILE = said(
    name="广州示例科技有限公司",
    legal_representative="张三",
    legal_representative_id="440103198002290018",
    is_legal_person=True,
    address="示例路 1 号",
    district="440106",
    registered_capital="100.00",
    founded_on="2018-01-01",
    industry="software",
    employees=20,
    revenue="300.00",
    assets="200.00",
    handler="李四",
    handler_id="440103198002290018",
    handler_mobile="13800000000",
)
_CONTRACT = said(
    number="HT-1",
    signed_on="2020-07-03",
    enterprise_name="甲",
    provider_name="乙",
    total="20000.00",
    supported="20000.00",
    service_from="2020-07-03",
    service_until="2020-08-31",
    contract_file=_STAGED,
    not_funded_elsewhere=True,
)
_PAPERS: dict[str, Any] = {"invoices": [], "transfers": []}
_REASON = said(reason="原因")

ENTERPRISE: dict[str, Operation] = {
    "api:enterprise GET": Operation(ENTERPRISES),
    "api:enterprise-register POST": Operation(
        ENTERPRISES, body=said(city="guangzhou", credit_code="914401010000000019")
    ),
    "api:profile GET": Operation(ENTERPRISES),
    "api:profile PUT": Operation(ENTERPRISES, body=_PROFILE),
    "api:qualification GET": Operation(ENTERPRISES),
    "api:qualification-start POST": Operation(ENTERPRISES),
    "api:declaration GET": Operation(ENTERPRISES, get_writes=True),
    "api:qualification-material POST": Operation(
        ENTERPRISES, lambda world: ("licence",), body=said(file=_STAGED)
    ),
    "api:qualification-submit POST": Operation(ENTERPRISES),
    "api:qualification-rounds GET": Operation(ENTERPRISES),
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

_BOTH_SIDES = OWNER | SELLER

ORDERS: dict[str, Operation] = {
    "api:orders GET": Operation(ENTERPRISES | PROVIDERS),
    # A voucher beyond reach is said at its field, as one that is not there.
    "api:order-place POST": Operation(
        ENTERPRISES, body=said(voucher=_STAGED, version=_STAGED, expected_amount="100")
    ),
    "api:order GET": Operation(_BOTH_SIDES, _ORDER),
    "api:order-contact POST": Operation(_BOTH_SIDES, _ORDER),
    "api:order-confirm POST": Operation(SELLER, _ORDER),
    "api:order-decline POST": Operation(SELLER, _ORDER, body=_REASON),
    "api:order-cancel POST": Operation(OWNER, _ORDER, body=_REASON),
    "api:order-cancellation-ask POST": Operation(_BOTH_SIDES, _ORDER, body=_REASON),
    "api:order-cancellation-agree POST": Operation(_BOTH_SIDES, _ORDER),
    "api:order-cancellation-withdraw POST": Operation(_BOTH_SIDES, _ORDER),
    "api:order-contract POST": Operation(OWNER, _ORDER, body=_CONTRACT),
    "api:order-contract-confirm POST": Operation(SELLER, _ORDER),
    "api:order-contract-return POST": Operation(SELLER, _ORDER, body=_REASON),
    "api:order-payment POST": Operation(
        OWNER, _ORDER, body=said(amount="100", stars=5, comment="好", **_PAPERS)
    ),
    "api:order-payment-correct POST": Operation(OWNER, _ORDER, body=said(**_PAPERS)),
    "api:order-payment-accept POST": Operation(SELLER, _ORDER),
    "api:order-payment-ask-correction POST": Operation(SELLER, _ORDER, body=_REASON),
    "api:order-payment-ask-return POST": Operation(SELLER, _ORDER, body=_REASON),
}

API: dict[str, Operation] = {**PUBLIC, **OWN, **ENTERPRISE, **ORDERS}
