"""The provider's products: list, one product with its versions, preview, and what is done with it as a whole (P5, P6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.requests import actor_of
from providers.comparing import changes_between
from providers.forms import ProductFilterForm, WithdrawForm
from providers.models import PriceKind, Product, ProductVersion
from providers.operations import (
    begin_next_version,
    copy_product,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.policies import products as rules
from providers.queries import (
    evidence_of,
    former_version_of,
    get_product_for,
    open_version_of,
    products_listed_of,
    shown_version_of,
    why_not_in_standing,
)
from providers.states import ProductState
from providers.views.pages import ProviderPage
from providers.wording import basis_words, price_words, target_words, version_facts

PAGE_SIZE = 20
VERSIONS_SHOWN = 20
TONES: dict[str, str] = {
    ProductState.PUBLISHED: "good",
    ProductState.IN_REVIEW: "brand",
    ProductState.RETURNED: "warn",
    ProductState.DRAFT: "neutral",
}


def reasons_of(version: ProductVersion) -> list[tuple[str, str]]:
    """Item and reason of the last send-back of this version."""
    return [
        (label, version.item_reasons[item])
        for item, label in rules.REVIEW_ITEMS.items()
        if item in version.item_reasons
    ]


class ProductPage(ProviderPage):
    """A page about one product of the account's provider."""

    def product(self, pk: int) -> Product:
        """The product; OutOfReach (404) beyond."""
        return get_product_for(actor_of(self.request), pk)

    def open_version(self, pk: int) -> ProductVersion:
        """The version being written or reviewed; OutOfReach (404) when there is none."""
        product = self.product(pk)
        found = open_version_of(product)
        if found is None:
            raise OutOfReach(f"product {pk} has no open version")
        # The product came with its provider and accreditation.
        found.product = product
        return found


class ProductListView(ProviderPage):
    """All products by state and name, with what is on sale and what is being written."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        form = ProductFilterForm(request.GET)
        form.is_valid()
        found = products_listed_of(
            provider,
            state=form.cleaned_data.get("state", ""),
            text=form.cleaned_data.get("text", ""),
        )
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        return render(
            request,
            "providers/product_list.html",
            {
                "provider": provider,
                "form": form,
                "is_filtered": any(form.cleaned_data.values()),
                "page_obj": page,
                "rows": [self._row(product) for product in page],
                "standing": why_not_in_standing(provider, self.at),
            },
        )

    def _row(self, product: Product) -> dict[str, Any]:
        shown = shown_version_of(product)
        return {
            "product": product,
            "shown": shown,
            "current": product.current,
            "price": price_words(shown),
            "tone": TONES.get(shown.state, "neutral"),
            "may_edit": not why_not(rules.require_editable, state=shown.state),
        }


class ProductView(ProductPage):
    """One product: where it stands, what it says, and every version with its reasons."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        product = self.product(pk)
        version = open_version_of(product)
        versions = list(product.versions.order_by("-version")[:VERSIONS_SHOWN])
        shown = version or product.current or versions[0]
        return render(
            request,
            "providers/product.html",
            {
                "product": product,
                "version": version,
                "shown": shown,
                "tone": TONES.get(shown.state, "neutral"),
                "current": product.current,
                "editable": version is not None
                and not why_not(rules.require_editable, state=version.state),
                "reasons": reasons_of(version)
                if version is not None and version.state == ProductState.RETURNED
                else [],
                "facts": version_facts(shown),
                "evidence": evidence_of(shown),
                "versions": [
                    {
                        "version": one,
                        "reasons": reasons_of(one),
                        "tone": TONES.get(one.state, "neutral"),
                    }
                    for one in versions
                ],
                "may_withdraw": any(rules.can_withdraw(one.state) for one in versions),
            },
        )


class VersionView(ProductPage):
    """One version beside the one before it: what changed, in a form one can read (P6)."""

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        product = self.product(pk)
        version = product.versions.filter(version=number).first()
        if version is None:
            raise OutOfReach(f"product {pk} has no version {number}")
        former = former_version_of(version)
        return render(
            request,
            "providers/version.html",
            {
                "product": product,
                "version": version,
                "number": f"第 {version.version} 版",
                "former": former,
                "tone": TONES.get(version.state, "neutral"),
                "reasons": reasons_of(version),
                "changes": changes_between(former, version) if former else [],
                "facts": version_facts(version),
            },
        )


class PreviewView(ProductPage):
    """What is being written as the public will see it; nothing here can be ordered."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self.open_version(pk)
        return render(
            request,
            "providers/preview.html",
            {
                "version": version,
                "provider": version.product.provider,
                "price": price_words(version),
                "is_range": version.price_kind == PriceKind.RANGE,
                "tiers": version.tiers.all(),
                "targets": target_words(version),
                "basis": basis_words(version.price_basis, version.basis),
                "area": version.cities.all(),
                "editable": not why_not(rules.require_editable, state=version.state),
            },
        )


class SubmitVersionView(ProductPage):
    """Hand the open version in (P5)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self.open_version(pk)
        done = self.act("已提交审核，有结果会发消息通知您。", submit_version, version=version)
        return redirect("providers:product" if done else "providers:edit_product", pk=pk)


class DiscardView(ProductPage):
    """Give up the open version; what is on sale stays (P6)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.act("该版本已放弃。", withdraw_version, version=self.open_version(pk))
        return redirect("providers:product", pk=pk)


class NextVersionView(ProductPage):
    """Begin the next version of a product (P6)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        done = self.act(
            "已生成新版本草稿；经审核发布前，在售版本继续有效。",
            begin_next_version,
            product=self.product(pk),
        )
        return redirect("providers:edit_product" if done else "providers:product", pk=pk)


class CopyView(ProductPage):
    """Begin a new product like this one (P6)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        copied = self.act(
            "已复制为新产品草稿；历史服务材料须为新产品重新提供。",
            copy_product,
            product=self.product(pk),
        )
        if copied is None:
            return redirect("providers:product", pk=pk)
        return redirect("providers:edit_product", pk=copied.product_id)


class WithdrawView(ProductPage):
    """Take the product off sale, after reading what that means (P6)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, pk, WithdrawForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = WithdrawForm(request.POST)
        if self.done(form, withdraw_product, product=self.product(pk)):
            messages.success(request, "产品已下架，已有订单不受影响。")
            return redirect("providers:product", pk=pk)
        return self._page(request, pk, form)

    def _page(self, request: HttpRequest, pk: int, form: WithdrawForm) -> HttpResponse:
        product = self.product(pk)
        version = open_version_of(product)
        states = product.versions.values_list("state", flat=True)
        return render(
            request,
            "providers/withdraw.html",
            {
                "product": product,
                "form": form,
                "version": version,
                "current": product.current,
                "title": (version or product.current or product.versions.first()).name,
                "locked": why_not(rules.require_something_to_withdraw, states=states),
            },
        )
