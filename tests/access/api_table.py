"""Who may call which operation of the API: by route name and method. An operation missing here fails the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access.table import (
    BUREAU,
    BUREAUS,
    CITY,
    CONTRACTOR,
    CONTRACTORS,
    ENTERPRISES,
    EVERYONE,
    EXPERT,
    EXPERTS,
    NO_ONE,
    OFFICIALS,
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

_DRAFT = lambda world: (world.more["draft"].product_id,)  # noqa: E731
_CLAIM, _LINE = pk_of("redemption_claim"), pk_of("redemption_claimline")
_FILE = said(file=_STAGED)

PROVIDER: dict[str, Operation] = {
    "api:own-provider GET": Operation(PROVIDERS),
    "api:rooms GET": Operation(PROVIDERS),
    "api:own-products GET": Operation(PROVIDERS),
    "api:own-products POST": Operation(
        PROVIDERS,
        body=said(
            name="管理咨询",
            service_type="管理",
            delivery_kind="report",
            price_kind="fixed",
            price_min="100.00",
            price_basis="market",
            cities=["guangzhou"],
        ),
    ),
    "api:own-product GET": Operation(SELLER, _DRAFT),
    "api:product-draft GET": Operation(SELLER, _DRAFT),
    "api:product-draft PATCH": Operation(SELLER, _DRAFT, body=said(overview="概述")),
    "api:product-next POST": Operation(SELLER, _DRAFT),
    "api:product-copy POST": Operation(SELLER, _DRAFT),
    "api:product-evidence POST": Operation(
        SELLER, _DRAFT, body=said(kind="qualification", file=_STAGED)
    ),
    "api:product-evidence-remove POST": Operation(
        SELLER, lambda world: (*_DRAFT(world), world.more["evidence"].pk)
    ),
    "api:product-submit POST": Operation(SELLER, _DRAFT),
    "api:product-discard POST": Operation(SELLER, _DRAFT),
    "api:product-withdraw POST": Operation(SELLER, _DRAFT),
    "api:claimable GET": Operation(PROVIDERS),
    "api:claimable-orders GET": Operation(PROVIDERS, pk_of("vouchers_programme")),
    "api:claims GET": Operation(PROVIDERS),
    # Another's orders are said at their field, as orders that are not there.
    "api:claims POST": Operation(PROVIDERS, body=said(programme=_STAGED, orders=[_STAGED])),
    "api:claim GET": Operation(SELLER, _CLAIM),
    "api:claim-lines GET": Operation(SELLER, _CLAIM),
    "api:claim-scan POST": Operation(SELLER, pk_of("redemption_claim", "form"), body=_FILE),
    "api:claim-submit POST": Operation(SELLER, _CLAIM),
    "api:claim-give-up POST": Operation(SELLER, _CLAIM),
    "api:claim-form GET": Operation(SELLER, _CLAIM),
    "api:claim-detail GET": Operation(SELLER, _CLAIM),
    "api:claim-form-workbook GET": Operation(SELLER, _CLAIM),
    "api:claim-detail-workbook GET": Operation(SELLER, _CLAIM),
    "api:line-supply GET": Operation(SELLER, _LINE),
    "api:line-supply POST": Operation(SELLER, _LINE, body=said(answer="补充")),
}

_STAFF = CONTRACTORS | BUREAUS
_VERDICT = said(decision="pass", seen="", rest_ok=True)


def _review(
    word: str,
    model: str,
    *,
    readers: frozenset[str],
    reach: frozenset[str],
    deciders: frozenset[str],
    reveal: frozenset[str] | None = None,
) -> dict[str, Operation]:
    """The operations of one review screen. ``deciders``: of ``reach``, those whose role decides."""
    name, record = f"api:review-{word}", pk_of(model)
    found = {
        f"{name}-list GET": Operation(readers),
        f"{name}-screen GET": Operation(reach, record),
        f"{name}-take POST": Operation(deciders, record),
        f"{name}-release POST": Operation(deciders, record),
        f"{name}-hand-over POST": Operation(deciders, record, body=said(colleague=_STAGED)),
        f"{name}-decide POST": Operation(deciders, record, body=_VERDICT),
    }
    if reveal is not None:
        found[f"{name}-reveal POST"] = Operation(reveal, record, body=_REASON)
    return found


_RETURN = lambda world: (world.more["return"].pk,)  # noqa: E731
_IMPORT, _OBJECTION = pk_of("rosters_rosterimport"), pk_of("redemption_objection")
_PROGRAMME = pk_of("vouchers_programme")

STAFF: dict[str, Operation] = {
    "api:queues GET": Operation(_STAFF | EXPERTS),
    **_review(
        "qualifications",
        "enterprises_qualification",
        readers=_STAFF,
        reach=CITY,
        deciders=CONTRACTOR,
        # The world's file has no round to show (tests/api/test_staff.py).
        reveal=NO_ONE,
    ),
    **_review(
        "providers",
        "providers_provider",
        readers=_STAFF,
        reach=CITY,
        deciders=CONTRACTOR,
        reveal=CONTRACTOR,
    ),
    **_review(
        "changes", "providers_changerequest", readers=_STAFF, reach=CITY, deciders=CONTRACTOR
    ),
    **_review(
        "products", "providers_productversion", readers=_STAFF, reach=CITY, deciders=CONTRACTOR
    ),
    **_review(
        "claims", "redemption_claim", readers=_STAFF | EXPERTS, reach=CITY | EXPERT, deciders=CITY
    ),
    "api:opinions GET": Operation(_STAFF | EXPERTS),
    "api:opinion-give POST": Operation(
        EXPERT, pk_of("redemption_expertopinion"), body=said(advice="support", text="通过")
    ),
    "api:payment-returns GET": Operation(_STAFF),
    "api:payment-return-grant POST": Operation(CONTRACTOR, _RETURN),
    "api:payment-return-refuse POST": Operation(CONTRACTOR, _RETURN, body=_REASON),
    # Another city's programme and claims are said at their fields, as ones that are not there.
    "api:publicity-publish POST": Operation(
        BUREAUS, body=said(programme=_STAGED, claims=[_STAGED])
    ),
    "api:objections GET": Operation(_STAFF),
    "api:objection-answer POST": Operation(
        BUREAU, _OBJECTION, body=said(uphold=False, answer="答复")
    ),
    "api:objection-contact POST": Operation(CITY, _OBJECTION, body=_REASON),
    "api:settlements GET": Operation(_STAFF),
    "api:claim-settle POST": Operation(
        CONTRACTOR,
        _CLAIM,
        body=lambda world: {
            "line_pks": [world.pk["redemption_claimline"]],
            "paid_on": "2020-09-29",
            "receipt_number": "R-2",
            "receipt_file": _STAGED,
        },
    ),
    "api:claim-archive GET": Operation(CITY, _CLAIM, get_writes=True),
    "api:reports GET": Operation(_STAFF),
    "api:report GET": Operation(CITY, _PROGRAMME, get_writes=True),
    "api:report-printed GET": Operation(CITY, _PROGRAMME, get_writes=True),
    "api:roster-imports GET": Operation(_STAFF),
    # A form with a file, as above.
    "api:roster-check POST": Operation(BUREAUS),
    "api:roster-import GET": Operation(CITY, _IMPORT),
    "api:roster-rows GET": Operation(CITY, _IMPORT),
    "api:roster-apply POST": Operation(BUREAU, _IMPORT),
    "api:roster-discard POST": Operation(BUREAU, _IMPORT),
    "api:roster-undo POST": Operation(BUREAU, _IMPORT),
    "api:figures GET": Operation(OFFICIALS),
    # Beyond one's programmes there is no table; strangers of other cities have none here.
    "api:figures-table GET": Operation(
        frozenset({"bureau", "district", "province"}), lambda world: ("funnel-size",)
    ),
}

API: dict[str, Operation] = {**PUBLIC, **OWN, **ENTERPRISE, **ORDERS, **PROVIDER, **STAFF}
