"""What a provider does with its products: write, hand in, withdraw (P4–P7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from foundation.accounts.models import Role
from foundation.api.fields import Choice
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, lists, reads, writes
from foundation.errors import OutOfReach
from providers.api.shapes import (
    DraftIn,
    EvidenceIn,
    NewDraftIn,
    OwnProductOut,
    OwnProviderOut,
    ProductRowOut,
    VersionOut,
    WithdrawIn,
)
from providers.models import Product, ProductVersion, Provider
from providers.operations import (
    amend_draft,
    attach_evidence,
    begin_next_version,
    copy_product,
    remove_evidence,
    save_draft,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.operations.versions import lock_version
from providers.policies.completeness import CheckItem
from providers.queries import (
    ProductFilter,
    check_list_of,
    get_evidence_for,
    get_product_for,
    open_version_of,
    products_listed_of,
    provider_of,
    shown_version_of,
    why_not_in_standing,
)

EXAMPLE = {
    "name": "管理咨询",
    "service_type": "管理",
    "delivery_kind": "report",
    "price_kind": "fixed",
    "price_min": "20000.00",
    "price_basis": "market",
    "cities": ["guangzhou"],
}


class ProviderApi(Api):
    """An address for provider accounts."""

    roles = frozenset({Role.PROVIDER})


def own_provider(call: Call) -> Provider:
    """The account's provider; OutOfReach before registration."""
    found = provider_of(call.user)
    if found is None:
        raise OutOfReach("not registered")
    return found


@dataclass(frozen=True)
class _Own:
    provider: Provider
    faults: list[str]


class OwnProvider(ProviderApi):
    """The account's institution."""

    @reads("本机构", gives=OwnProviderOut, description="登记和变更在网页办理；尚未登记的答复 404。")
    def get(self, call: Call) -> _Own:
        provider = own_provider(call)
        return _Own(provider, why_not_in_standing(provider, call.at))


@dataclass(frozen=True)
class Shown:
    """A product with its two versions that count."""

    product: Product
    draft: ProductVersion | None
    on_sale: ProductVersion | None
    checks: list[CheckItem]


def shown_product(call: Call, pk: int) -> Shown:
    """The product as its provider is shown it; OutOfReach beyond."""
    product = get_product_for(call.by, pk)
    draft = open_version_of(product)
    if draft is not None:
        draft.product = product
    return Shown(product, draft, product.current, check_list_of(draft) if draft else [])


def open_version(call: Call, pk: int) -> ProductVersion:
    """The version being written or reviewed; OutOfReach when there is none."""
    found = shown_product(call, pk).draft
    if found is None:
        raise OutOfReach(f"product {pk} has no open version")
    return found


def _with_shown(products: list[Any], call: Call) -> list[Any]:
    for product in products:
        product.shown = shown_version_of(product)
    return products


class ProductQuery(PageQuery):
    """Filters of own products."""

    state = Choice(choices=ProductFilter.choices, required=False, help_text="状态")


class OwnProducts(ProviderApi):
    """The provider's products, newest first."""

    @lists("我的产品", gives=ProductRowOut, asks=ProductQuery, rows=_with_shown)
    def get(self, call: Call) -> QuerySet[Product]:
        return products_listed_of(own_provider(call), state=call.data.get("state", ""))

    @writes("新建产品草稿", gives=OwnProductOut, takes=NewDraftIn, status=201, example=EXAMPLE)
    def post(self, call: Call) -> Shown:
        version = save_draft(by=call.by, at=call.at, **call.data)
        return shown_product(call, version.product_id)


class OwnProduct(ProviderApi):
    """One product."""

    @reads("产品", gives=OwnProductOut)
    def get(self, call: Call, pk: int) -> Shown:
        return shown_product(call, pk)


class Draft(ProviderApi):
    """The version that is being written."""

    @reads("产品草稿", gives=VersionOut, versioned=True)
    def get(self, call: Call, pk: int) -> ProductVersion:
        return open_version(call, pk)

    @writes(
        "修改产品草稿",
        gives=VersionOut,
        takes=DraftIn,
        versioned=True,
        example={"overview": "为企业提供管理诊断", "price_min": "18000.00"},
        description="只改所填的项，其余不变（P5）。",
    )
    def patch(self, call: Call, pk: int) -> ProductVersion:
        said = dict(call.data)
        if "tiers" in said:
            said["tiers"] = [(tier["price"], tier["buys"]) for tier in said["tiers"]]
        if said.get("price_kind") == "fixed":
            said.setdefault("price_max", None)
        amend_draft(by=call.by, at=call.at, version=open_version(call, pk), **said)
        return open_version(call, pk)

    def locked(self, call: Call, **where: Any) -> ProductVersion:
        return lock_version(open_version(call, where["pk"]))


class NextVersion(ProviderApi):
    """Begin the next version of a product."""

    @writes("编辑新版本", gives=OwnProductOut, status=201, description="在售版本照常销售（P6）。")
    def post(self, call: Call, pk: int) -> Shown:
        begin_next_version(by=call.by, at=call.at, product=get_product_for(call.by, pk))
        return shown_product(call, pk)


class Copy(ProviderApi):
    """A new product like an existing one."""

    @writes("复制产品", gives=OwnProductOut, status=201)
    def post(self, call: Call, pk: int) -> Shown:
        made = copy_product(by=call.by, at=call.at, product=get_product_for(call.by, pk))
        return shown_product(call, made.product_id)


class Evidence(ProviderApi):
    """Put a file on the draft."""

    @writes(
        "上传产品材料",
        gives=OwnProductOut,
        takes=EvidenceIn,
        example={"kind": "contract", "set_number": 1, "file": 12},
    )
    def post(self, call: Call, pk: int) -> Shown:
        version = open_version(call, pk)
        attach_evidence(by=call.by, at=call.at, version=version, **call.data)
        return shown_product(call, pk)


class RemoveEvidence(ProviderApi):
    """Take a file off the draft."""

    @writes("移除产品材料", gives=OwnProductOut)
    def post(self, call: Call, pk: int, evidence_pk: int) -> Shown:
        evidence = get_evidence_for(call.by, evidence_pk)
        if evidence.version.product_id != pk:
            raise OutOfReach("another product's evidence")
        remove_evidence(by=call.by, at=call.at, evidence=evidence)
        return shown_product(call, pk)


class Submit(ProviderApi):
    """Hand the open version in for review."""

    @writes("提交产品审核", gives=OwnProductOut, description="缺什么一次列全（P5）。")
    def post(self, call: Call, pk: int) -> Shown:
        submit_version(by=call.by, at=call.at, version=open_version(call, pk))
        return shown_product(call, pk)


class Discard(ProviderApi):
    """Give the open version up."""

    @writes("放弃编写中的版本", gives=OwnProductOut)
    def post(self, call: Call, pk: int) -> Shown:
        withdraw_version(by=call.by, at=call.at, version=open_version(call, pk))
        return shown_product(call, pk)


class Withdraw(ProviderApi):
    """Take a product off sale."""

    @writes(
        "产品下架",
        gives=OwnProductOut,
        takes=WithdrawIn,
        example={"reason": "停止提供该服务"},
        description="已下的订单不受影响（P6）。",
    )
    def post(self, call: Call, pk: int) -> Shown:
        product = get_product_for(call.by, pk)
        withdraw_product(by=call.by, at=call.at, product=product, **call.data)
        return shown_product(call, pk)
