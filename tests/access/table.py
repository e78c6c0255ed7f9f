"""Who may open which route: the one table, by route name. A route that is missing here fails the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.access.world import World

# --- Casts: names of tests/access/world.py -------------------------------------------------

EVERYONE = frozenset({"everyone"})
STRANGERS = frozenset(
    {
        "other enterprise",
        "other provider",
        "other contractor",
        "province contractor",
        "other expert",
        "other bureau",
        "other district",
    }
)
SIGNED_IN = (
    frozenset(
        {
            "enterprise",
            "provider",
            "contractor",
            "expert",
            "bureau",
            "district",
            "province",
            "no role",
        }
    )
    | STRANGERS
)
ENTERPRISES = frozenset({"enterprise", "other enterprise"})
PROVIDERS = frozenset({"provider", "other provider"})
CONTRACTORS = frozenset({"contractor", "other contractor", "province contractor"})
BUREAUS = frozenset({"bureau", "other bureau"})
EXPERTS = frozenset({"expert", "other expert"})
OFFICIALS = BUREAUS | {"district", "other district", "province"}
DESK = CONTRACTORS | BUREAUS | EXPERTS | {"no role"}
STAFF_ACCOUNTS = OFFICIALS | DESK
OWNER, SELLER = frozenset({"enterprise"}), frozenset({"provider"})
CITY = frozenset({"contractor", "bureau"})
CONTRACTOR, BUREAU, EXPERT = frozenset({"contractor"}), frozenset({"bureau"}), frozenset({"expert"})
NO_ONE: frozenset[str] = frozenset()
UNDER_WAY = frozenset({"under way"})


@dataclass(frozen=True)
class Route:
    """``who`` may open it with these arguments; all others meet 404, or the login page when not signed in."""

    who: frozenset[str]
    args: Callable[[World], tuple[Any, ...]] = lambda world: ()
    # A page that keeps a download, or ID numbers shown in clear, in the audit trail (R6, F5), or notes a message as read.
    get_writes: bool = False


def pk_of(model: str, *more: Any) -> Callable[[World], tuple[Any, ...]]:
    return lambda world: (world.pk[model], *more)


def fixed(*args: Any) -> Callable[[World], tuple[Any, ...]]:
    return lambda world: args


_PRODUCT = lambda world: (world.made.scene.version.product_id,)  # noqa: E731
_DRAFT = lambda world: (world.more["draft"].product_id,)  # noqa: E731
_LINE = pk_of("redemption_claimline")
_CLAIM = pk_of("redemption_claim")
_ORDER = pk_of("orders_order")

PAGES: dict[str, Route] = {
    "home": Route(EVERYONE),
    "robots": Route(EVERYONE),
    "sitemap": Route(EVERYONE),
    "audit:seals": Route(EVERYONE),
    "help:index": Route(EVERYONE),
    "help:page": Route(EVERYONE, fixed("apply")),
    "accounts:login": Route(EVERYONE),
    # Steps between password and signing in: who is not under way begins with the password.
    "accounts:code": Route(UNDER_WAY),
    "accounts:enter": Route(UNDER_WAY),
    "accounts:awaiting": Route(UNDER_WAY),
    "accounts:new_password": Route(UNDER_WAY),
    # Without an identity platform all three lead to the login page.
    "accounts:platform": Route(UNDER_WAY),
    "accounts:platform_back": Route(UNDER_WAY),
    "accounts:platform_newcomer": Route(UNDER_WAY),
    "accounts:again": Route(SIGNED_IN),
    "accounts:proved": Route(SIGNED_IN),
    "accounts:account": Route(SIGNED_IN),
    "tokens:list": Route(SIGNED_IN),
    "tokens:revoke": Route(OWNER, lambda world: (world.more["token"].pk,)),
    "accounts:set_up": Route(STAFF_ACCOUNTS),
    "accounts:qr_code": Route(NO_ONE),
    "accounts:logout": Route(EVERYONE),
    "accounts:signup": Route(EVERYONE),
    "accounts:password": Route(SIGNED_IN),
    "accounts:home": Route(SIGNED_IN),
    "notices:list": Route(EVERYONE),
    "notices:feed": Route(EVERYONE),
    "notices:detail": Route(EVERYONE, lambda world: (world.more["notice"].pk,)),
    "notices:attachment": Route(
        EVERYONE,
        lambda world: (world.more["notice"].pk, world.more["notice"].attachments.get().pk),
    ),
    "accounts:mail": Route(SIGNED_IN),
    "accounts:confirm": Route(EVERYONE, fixed("no-token-of-ours")),
    "notices:inbox": Route(SIGNED_IN),
    # Opening a message is reading it.
    "notices:message": Route(OWNER, lambda world: (world.more["message"].pk,), get_writes=True),
    "notices:read_all": Route(SIGNED_IN),
    "notices:read": Route(OWNER, lambda world: (world.more["message"].pk,)),
    "documents:document": Route(
        CITY | SELLER | EXPERT, lambda world: (world.made.claim.form_scan_id,)
    ),
    "documents:thumbnail": Route(
        CITY | SELLER | EXPERT, lambda world: (world.made.claim.form_scan_id,)
    ),
    "documents:page": Route(
        CITY | SELLER | EXPERT, lambda world: (world.made.claim.form_scan_id, 1)
    ),
    "documents:stage": Route(SIGNED_IN),
    "documents:staged": Route(OWNER, lambda world: (world.more["staged"].pk,)),
    "documents:discard": Route(OWNER, lambda world: (world.more["staged"].pk,)),
    "enterprises:home": Route(ENTERPRISES),
    "enterprises:register": Route(ENTERPRISES),
    "enterprises:register_check": Route(ENTERPRISES),
    "enterprises:start_year": Route(ENTERPRISES),
    "enterprises:profile": Route(ENTERPRISES),
    "enterprises:draft": Route(ENTERPRISES),
    "enterprises:discard_draft": Route(ENTERPRISES),
    "enterprises:profile_size": Route(ENTERPRISES),
    "enterprises:profile_check": Route(ENTERPRISES, fixed("handler_id")),
    "enterprises:materials": Route(ENTERPRISES),
    "enterprises:material": Route(ENTERPRISES, fixed("licence")),
    "enterprises:declaration": Route(ENTERPRISES, get_writes=True),
    "enterprises:declaration_pdf": Route(ENTERPRISES, get_writes=True),
    "enterprises:submit": Route(ENTERPRISES),
    "enterprises:history": Route(ENTERPRISES),
    "enterprises:size_test": Route(EVERYONE),
    "providers:home": Route(PROVIDERS),
    "providers:register": Route(PROVIDERS),
    "providers:details": Route(PROVIDERS),
    "providers:lookup": Route(PROVIDERS),
    "providers:check": Route(PROVIDERS),
    "providers:review": Route(PROVIDERS),
    "providers:material": Route(PROVIDERS, fixed("licence")),
    "providers:commitment": Route(PROVIDERS),
    "providers:commitment_pdf": Route(PROVIDERS),
    "providers:submit": Route(PROVIDERS),
    "providers:renew": Route(PROVIDERS),
    "providers:change": Route(PROVIDERS),
    "providers:products": Route(PROVIDERS),
    "providers:new_product": Route(PROVIDERS),
    "providers:product": Route(SELLER, _DRAFT),
    "providers:edit_product": Route(SELLER, _DRAFT),
    "providers:section": Route(SELLER, lambda world: (*_DRAFT(world), "name")),
    "providers:preview": Route(SELLER, _DRAFT),
    "providers:version": Route(SELLER, lambda world: (*_DRAFT(world), 1)),
    "providers:next_version": Route(SELLER, _DRAFT),
    "providers:copy_product": Route(SELLER, _DRAFT),
    "providers:evidence": Route(SELLER, _DRAFT),
    "providers:remove_evidence": Route(
        SELLER, lambda world: (*_DRAFT(world), world.more["evidence"].pk)
    ),
    "providers:submit_product": Route(SELLER, _DRAFT),
    "providers:discard": Route(SELLER, _DRAFT),
    "providers:withdraw": Route(SELLER, _DRAFT),
    "catalogue:list": Route(EVERYONE),
    "catalogue:product": Route(EVERYONE, _PRODUCT),
    "catalogue:provider": Route(EVERYONE, pk_of("providers_provider")),
    "batches:list": Route(EVERYONE),
    "batches:recompute": Route(EVERYONE),
    "batches:verifier": Route(EVERYONE),
    "batches:detail": Route(EVERYONE, pk_of("vouchers_batch")),
    "batches:results": Route(EVERYONE, pk_of("vouchers_batch")),
    "batches:download": Route(EVERYONE, pk_of("vouchers_batch")),
    "batches:round": Route(EVERYONE, pk_of("vouchers_batch", 0)),
    "batches:round-download": Route(EVERYONE, pk_of("vouchers_batch", 0)),
    "vouchers:wallet": Route(ENTERPRISES),
    "vouchers:applications": Route(ENTERPRISES),
    "vouchers:apply": Route(OWNER, pk_of("vouchers_batch")),
    "vouchers:application": Route(OWNER, pk_of("vouchers_application")),
    "vouchers:receipt": Route(OWNER, pk_of("vouchers_application")),
    "vouchers:withdraw": Route(OWNER, pk_of("vouchers_application")),
    "vouchers:voucher": Route(OWNER, pk_of("vouchers_voucher")),
    "orders:list": Route(ENTERPRISES | PROVIDERS),
    "orders:place": Route(ENTERPRISES, pk_of("providers_productversion")),
    "orders:place-check": Route(ENTERPRISES, pk_of("providers_productversion")),
    "orders:order": Route(OWNER | SELLER, _ORDER),
    "orders:contract-hint": Route(OWNER, _ORDER),
    "orders:contact": Route(OWNER | SELLER, _ORDER),
    "orders:limits": Route(OWNER, _ORDER),
    "orders:contract": Route(OWNER, _ORDER),
    "orders:payment": Route(OWNER, _ORDER),
    "orders:correction": Route(OWNER, _ORDER),
    "orders:act": Route(OWNER | SELLER, pk_of("orders_order", "ask-cancellation")),
    "redemption:list": Route(PROVIDERS),
    "redemption:prepare": Route(PROVIDERS, pk_of("vouchers_programme")),
    "redemption:claim": Route(SELLER, _CLAIM),
    "redemption:scan": Route(SELLER, pk_of("redemption_claim", "form")),
    "redemption:submit": Route(SELLER, _CLAIM),
    "redemption:give-up": Route(SELLER, _CLAIM),
    "redemption:form-pdf": Route(SELLER, _CLAIM),
    "redemption:detail-pdf": Route(SELLER, _CLAIM),
    "redemption:form-workbook": Route(SELLER, _CLAIM),
    "redemption:detail-workbook": Route(SELLER, _CLAIM),
    "redemption:supply": Route(SELLER, _LINE),
    "publicity:lists": Route(EVERYONE),
    "publicity:results": Route(EVERYONE),
    "publicity:follow": Route(EVERYONE),
    "publicity:objection": Route(EVERYONE, lambda world: (world.more["objection"].receipt,)),
    "publicity:object": Route(EVERYONE, _LINE),
    "publicity:list": Route(EVERYONE, pk_of("redemption_publicitylist")),
    "dashboards:evaluation": Route(BUREAUS | {"province"}),
    "dashboards:evaluation-sheet": Route(frozenset({"bureau", "province"})),
    "dashboards:evaluation-pdf": Route(frozenset({"bureau", "province"})),
    "dashboards:home": Route(OFFICIALS),
    "dashboards:money": Route(OFFICIALS),
    "dashboards:services": Route(OFFICIALS),
    "dashboards:wall": Route(OFFICIALS),
    "dashboards:enterprises": Route(frozenset({"bureau", "district", "province"})),
    "dashboards:vouchers": Route(frozenset({"bureau", "district", "province"})),
    "dashboards:applications": Route(frozenset({"bureau", "district", "province"})),
    "dashboards:entries": Route(frozenset({"bureau", "district", "province"})),
    "dashboards:orders": Route(frozenset({"bureau", "district", "province"})),
    "dashboards:calls": Route(frozenset({"bureau", "district"}), fixed("lapsing")),
    "dashboards:handler": Route(frozenset({"bureau", "district"}), fixed("lapsing")),
    "dashboards:what-if": Route(frozenset({"bureau"})),
    "dashboards:calendar": Route(ENTERPRISES | PROVIDERS),
    "dashboards:export": Route(frozenset({"bureau", "district", "province"}), fixed("funnel-size")),
    "admin:index": Route(DESK),
    "admin:login": Route(EVERYONE),
    "admin:logout": Route(EVERYONE),
    "admin:password_change": Route(DESK),
    "admin:password_change_done": Route(DESK),
    "admin:jsi18n": Route(DESK),
    "admin:autocomplete": Route(NO_ONE),
    "admin:view_on_site": Route(NO_ONE, fixed("1", "1")),
    "admin:app_list": Route(CONTRACTORS | BUREAUS, fixed("vouchers")),
    "admin:rosters_rosterimport_blank": Route(CONTRACTORS | BUREAUS, fixed("related")),
    "admin:rosters_rosterimport_rows": Route(CITY, pk_of("rosters_rosterimport"), get_writes=True),
    "admin:rosters_rosterimport_progress": Route(CITY, pk_of("rosters_rosterimport")),
    # Only what was applied can be put back; the world's import was not (tests/rosters/test_desk.py).
    "admin:rosters_rosterimport_undo": Route(NO_ONE, pk_of("rosters_rosterimport")),
    "admin:enterprises_qualification_reveal": Route(CITY, pk_of("enterprises_qualification")),
    "admin:providers_provider_reveal": Route(CONTRACTOR, pk_of("providers_provider")),
    **{
        f"admin:{model}_review": Route(who, pk_of(model))
        for model, who in {
            "enterprises_qualification": CITY,
            "providers_provider": CITY,
            "providers_changerequest": CITY,
            "providers_productversion": CITY,
            "redemption_claim": CITY | EXPERT,
        }.items()
    },
    # Taking the next file is a POST.
    **{
        f"admin:{model}_next": Route(who)
        for model, who in {
            "enterprises_qualification": CONTRACTORS,
            "providers_provider": CONTRACTORS,
            "providers_changerequest": CONTRACTORS,
            "providers_productversion": CONTRACTORS,
            "redemption_claim": CONTRACTORS | BUREAUS,
        }.items()
    },
    "admin:redemption_claim_archive": Route(CITY, _CLAIM, get_writes=True),
    "admin:redemption_claim_report": Route(CITY, pk_of("vouchers_programme"), get_writes=True),
    "admin:redemption_claim_report_pdf": Route(CITY, pk_of("vouchers_programme"), get_writes=True),
    "admin:redemption_objection_contact": Route(CITY, pk_of("redemption_objection")),
}


@dataclass(frozen=True)
class Desk:
    """A model at the desk: whose role may open the list, who reaches the record, and who may use which act."""

    listed: frozenset[str]
    record: frozenset[str]
    record_acts: dict[str, frozenset[str]]
    list_acts: dict[str, frozenset[str]]


def _desk(
    listed: frozenset[str],
    record: frozenset[str],
    record_acts: dict[str, frozenset[str]] | None = None,
    list_acts: dict[str, frozenset[str]] | None = None,
) -> Desk:
    return Desk(listed, record, record_acts or {}, list_acts or {})


_STAFF = CONTRACTORS | BUREAUS
_READ = _desk(_STAFF, CITY)
_COUNTRY = _desk(_STAFF, _STAFF)

MODELS: dict[str, Desk] = {
    "accounts_user": _desk(
        BUREAUS,
        BUREAU,
        {
            "close": BUREAU,
            "password": BUREAU,
            "vouch": BUREAU,
            "ask-factor-reset": BUREAU,
            "grant-factor-reset": BUREAU,
            "withdraw-factor-reset": BUREAU,
        },
        {"open": BUREAUS},
    ),
    "audit_auditentry": _desk(BUREAUS, BUREAU),
    "regions_city": _desk(BUREAUS, BUREAUS),
    "regions_district": _desk(BUREAUS, BUREAUS),
    "workdays_workdayexception": _desk(
        BUREAUS, BUREAUS, {"remove": BUREAUS}, {"set": BUREAUS, "year": BUREAUS}
    ),
    "workdays_loadedyear": _desk(BUREAUS, BUREAUS),
    "rosters_rosterimport": _desk(
        _STAFF, CITY, {"apply": BUREAU, "discard": BUREAU, "undo": BUREAU}, {"check": BUREAUS}
    ),
    "rosters_accreditation": _READ,
    "rosters_priorityentry": _READ,
    "rosters_blacklistentry": _COUNTRY,
    "rosters_relatedparty": _COUNTRY,
    "rosters_fundedmatter": _COUNTRY,
    "rosters_violation": _desk(
        _STAFF, CITY, {"sanction": BUREAU, "dismiss": BUREAU}, {"report": CONTRACTORS}
    ),
    "rosters_sanction": _desk(_STAFF, CITY, {"lift": BUREAU, "recover": BUREAU}),
    "notices_outboxentry": _desk(BUREAUS, BUREAU, {"again": BUREAU}),
    "notices_notice": _desk(
        BUREAUS, BUREAU, {"withdraw": BUREAU, "correct": BUREAU}, {"announce": BUREAUS}
    ),
    "enterprises_qualification": _desk(
        _STAFF, CITY, {"pass": CONTRACTOR, "send-back": CONTRACTOR, "refuse": CONTRACTOR}
    ),
    "providers_provider": _desk(
        _STAFF, CITY, {"approve": CONTRACTOR, "send-back": CONTRACTOR, "refuse": CONTRACTOR}
    ),
    "providers_changerequest": _desk(_STAFF, CITY, {"apply": CONTRACTOR, "refuse": CONTRACTOR}),
    "providers_productversion": _desk(
        _STAFF, CITY, {"publish": CONTRACTOR, "send-back": CONTRACTOR}
    ),
    "vouchers_programme": _desk(_STAFF, CITY, {"amend": BUREAU, "batch": BUREAU}, {"new": BUREAUS}),
    "vouchers_batch": _desk(_STAFF, CITY, {"announce": BUREAU, "cancel": BUREAU}),
    "vouchers_application": _READ,
    "vouchers_voucher": _READ,
    "vouchers_ledgerentry": _READ,
    "vouchers_resultlist": _READ,
    "orders_order": _desk(_STAFF, CITY, {"end-payment": CONTRACTOR}),
    "orders_paymentreturn": _desk(_STAFF, CITY, {"grant": CONTRACTOR, "refuse": CONTRACTOR}),
    "redemption_claim": _desk(
        _STAFF | EXPERTS,
        CITY | EXPERT,
        {
            "request-more": CONTRACTOR,
            "take-back": CONTRACTOR,
            "expert": CONTRACTOR,
            "finish": CONTRACTOR,
            "approve": BUREAU,
            "send-back": BUREAU,
            "settle": CONTRACTOR,
        },
    ),
    "redemption_claimline": _desk(
        _STAFF | EXPERTS,
        CITY | EXPERT,
        {"pass": CONTRACTOR, "ask-more": CONTRACTOR, "disallow": CITY, "reopen": CONTRACTOR},
    ),
    "redemption_expertopinion": _desk(_STAFF | EXPERTS, CITY | EXPERT, {"give": EXPERT}),
    "redemption_settlement": _READ,
    "redemption_publicitylist": _desk(_STAFF, CITY, list_acts={"publish": BUREAUS}),
    "redemption_objection": _desk(_STAFF, CITY, {"answer": BUREAU}),
}


def routes_of(model: str) -> dict[tuple[str, str], Route]:
    """The desk's routes of a model, by name and act."""
    desk, record = MODELS[model], pk_of(model)
    found = {
        ("changelist", ""): Route(desk.listed),
        ("export", ""): Route(desk.listed, get_writes=True),
        ("change", ""): Route(desk.record, record),
        ("history", ""): Route(desk.record, record),
        # The desk adds, changes and deletes by acts only.
        ("add", ""): Route(NO_ONE),
        ("delete", ""): Route(NO_ONE, record),
    }
    for act, who in desk.record_acts.items():
        found["record_act", act] = Route(who, pk_of(model, act))
    for act, who in desk.list_acts.items():
        found["list_act", act] = Route(who, fixed(act))
    found["record_act", "no-such-act"] = Route(NO_ONE, pk_of(model, "no-such-act"))
    found["list_act", "no-such-act"] = Route(NO_ONE, fixed("no-such-act"))
    return {key: route for key, route in found.items()}


def every_route() -> dict[str, Route]:
    """Pages, the desk's routes and the API's operations, by a name for the report that begins with the route's."""
    from tests.access.api_table import API

    desk = {
        f"admin:{model}_{name} {act}".strip(): route
        for model in MODELS
        for (name, act), route in routes_of(model).items()
    }
    return {**PAGES, **desk, **API}
