"""The provider's product pages: list, draft, evidence, submission, versions (P5, P6)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.requests import actor_of, attempt
from providers.forms import DraftForm, EvidenceForm, TiersForm, WithdrawForm
from providers.models import PriceKind, Product, ProductVersion
from providers.operations import (
    attach_evidence,
    remove_evidence,
    save_draft,
    set_price_tiers,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.policies import products as rules
from providers.queries import (
    check_list_of,
    evidence_of,
    get_evidence_for,
    get_product_for,
    open_version_of,
    product_rows_of,
    version_to_edit,
    why_not_in_standing,
)
from providers.states import PRODUCT_VERSION, ProductState
from providers.views import ProviderPage
from providers.wording import version_facts

TONES: dict[str, str] = {
    ProductState.PUBLISHED: "good",
    ProductState.IN_REVIEW: "brand",
    ProductState.RETURNED: "warn",
    ProductState.DRAFT: "neutral",
}


class ProductPage(ProviderPage):
    """A page about one product of the account's provider."""

    def product(self, pk: int) -> Product:
        """The product; OutOfReach (404) beyond."""
        return get_product_for(actor_of(self.request), pk)

    def open_version(self, pk: int) -> ProductVersion:
        """The version being written or reviewed; OutOfReach (404) when there is none."""
        found = open_version_of(self.product(pk))
        if found is None:
            raise OutOfReach(f"product {pk} has no open version")
        return found


class ProductListView(ProviderPage):
    """All products, with what is on sale and what is being written."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/product_list.html",
            {
                "provider": provider,
                "rows": product_rows_of(provider),
                "standing": why_not_in_standing(provider, self.at),
                "tones": TONES,
            },
        )


class DraftView(ProviderPage):
    """Write a new product, or the next version of one (P6)."""

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        product = self._product(pk)
        form = DraftForm(
            provider=self.provider(), version=version_to_edit(product) if product else None
        )
        return self._page(request, product, form)

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        product = self._product(pk)
        form = DraftForm(
            request.POST,
            provider=self.provider(),
            version=version_to_edit(product) if product else None,
        )
        if form.is_valid():
            saved = attempt(
                form,
                save_draft,
                by=actor_of(request),
                at=self.at,
                product=product,
                **form.cleaned_data,
            )
            if saved is not None:
                messages.success(request, "草稿已保存，请补齐材料后提交审核。")
                return redirect("providers:product", pk=saved.product_id)
        return self._page(request, product, form)

    def _product(self, pk: int | None) -> Product | None:
        return None if pk is None else get_product_for(actor_of(self.request), pk)

    def _page(
        self, request: HttpRequest, product: Product | None, form: forms.Form
    ) -> HttpResponse:
        version = open_version_of(product) if product else None
        return render(
            request,
            "providers/draft.html",
            {
                "form": form,
                "product": product,
                "version": version,
                "locked": why_not(rules.require_editable, state=version.state) if version else "",
                "on_sale": bool(product and product.current_id),
            },
        )


class ProductView(ProductPage):
    """One product: check list, evidence, tiers, and every version with its reasons."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, pk)

    def _page(self, request: HttpRequest, pk: int, **bound: Any) -> HttpResponse:
        product = self.product(pk)
        version = open_version_of(product)
        editable = version is not None and not why_not(rules.require_editable, state=version.state)
        versions = list(product.versions.order_by("-version"))
        context: dict[str, Any] = {
            "product": product,
            "version": version,
            "editable": editable,
            "current": product.current,
            "tone": TONES.get(version.state, "neutral") if version else "",
            "versions": [
                {
                    "version": one,
                    "reasons": reasons_of(one),
                    "tone": TONES.get(one.state, "neutral"),
                }
                for one in versions
            ],
            "title": (version or product.current or versions[0]).name,
            "may_withdraw": any(rules.can_withdraw(one.state) for one in versions),
            "withdraw_form": WithdrawForm(),
        }
        if version is not None:
            context |= {
                "facts": version_facts(version),
                "checks": check_list_of(version),
                "evidence": evidence_of(version),
                "reasons": reasons_of(version) if version.state == ProductState.RETURNED else [],
                "tiers": version.tiers.all(),
                "is_range": version.price_kind == PriceKind.RANGE,
                "may_submit": PRODUCT_VERSION.allows(version.state, "submit"),
                "evidence_form": EvidenceForm(),
                "tiers_form": TiersForm(tiers=list(version.tiers.all())),
            }
        return render(request, "providers/product.html", {**context, **bound})


def reasons_of(version: ProductVersion) -> list[tuple[str, str]]:
    """Item and reason of the last send-back of this version."""
    return [
        (label, version.item_reasons[item])
        for item, label in rules.REVIEW_ITEMS.items()
        if item in version.item_reasons
    ]


class EvidenceView(ProductView):
    """Upload one file of the draft (P5)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self.open_version(pk)
        form = EvidenceForm(request.POST, request.FILES)
        if self.done(form, attach_evidence, version=version):
            messages.success(request, "材料已上传。")
            return redirect("providers:product", pk=pk)
        return self._page(request, pk, evidence_form=form)


class EvidenceRemoveView(ProductPage):
    """Take one file off the draft."""

    def post(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
        evidence = get_evidence_for(actor_of(request), evidence_pk)
        self.act("材料已移除。", remove_evidence, evidence=evidence)
        return redirect("providers:product", pk=pk)


class TiersView(ProductView):
    """Say what each price of a range buys (P5)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self.open_version(pk)
        form = TiersForm(request.POST)
        if self.done(form, set_price_tiers, version=version):
            messages.success(request, "价格档已保存。")
            return redirect("providers:product", pk=pk)
        return self._page(request, pk, tiers_form=form)


class SubmitVersionView(ProductPage):
    """Hand the open version in (P5)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.act(
            "已提交审核，结果将以站内消息通知您。", submit_version, version=self.open_version(pk)
        )
        return redirect("providers:product", pk=pk)


class DiscardView(ProductPage):
    """Give up the open version; what is on sale stays (P6)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.act("该版本已放弃。", withdraw_version, version=self.open_version(pk))
        return redirect("providers:product", pk=pk)


class WithdrawView(ProductView):
    """Take the product off sale (P6)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = WithdrawForm(request.POST)
        if self.done(form, withdraw_product, product=self.product(pk)):
            messages.success(request, "产品已下架，已有订单不受影响。")
            return redirect("providers:product", pk=pk)
        return self._page(request, pk, withdraw_form=form)
