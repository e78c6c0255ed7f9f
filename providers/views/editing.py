"""The product form: one page of sections, each saved on its own, by itself while one types (P5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from foundation.desk import why_not
from foundation.requests import actor_of
from providers.evidence_slots import slots_of
from providers.forms import SECTION_FORMS, EvidenceForm, StartForm
from providers.forms.sections import SectionForm
from providers.models import ProductVersion
from providers.operations import amend_draft, attach_evidence, remove_evidence, save_draft
from providers.policies import products as rules
from providers.policies.completeness import INTRODUCTION
from providers.queries import check_list_of, get_evidence_for, open_version_of, why_not_in_standing
from providers.states import PRODUCT_VERSION, ProductState
from providers.views.pages import ProviderPage
from providers.views.products import TONES, ProductPage

TITLES: dict[str, str] = {
    "name": "名称和服务类型",
    "introduction": "产品介绍",
    "price": "产品价格",
    "basis": "收费标准",
    "qualification": "服务资质证明",
    "history": "历史服务材料",
}
# Which field of the introduction a missing item is written in.
_FIELD_OF_LACK = {label: f"id_{key}" for key, label in INTRODUCTION.items()}


class StartView(ProviderPage):
    """Begin a product with the little that a draft must have."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, StartForm(provider=self.provider()))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = StartForm(request.POST, provider=self.provider())
        version = self.done(form, save_draft)
        if version is not None:
            messages.success(request, "草稿已保存，请逐段填写。")
            return redirect("providers:edit_product", pk=version.product_id)
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: StartForm) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/start.html",
            {
                "form": form,
                "provider": provider,
                "has_types": bool(provider.accreditation.service_types),
            },
        )


class FormPage(ProductPage):
    """A page or an act of the form of the open version."""

    def page(
        self,
        request: HttpRequest,
        pk: int,
        bound: Mapping[str, SectionForm] | None = None,
        upload: EvidenceForm | None = None,
    ) -> HttpResponse:
        """The whole form; ``bound``: sections that came back with errors, ``upload``: a refused file."""
        version = self.open_version(pk)
        return render(
            request,
            "providers/editor.html",
            {
                "product": version.product,
                "tone": TONES.get(version.state, "neutral"),
                "title": version.name,
                "sections": self._sections(version, bound or {}),
                "slots": slots_of(version),
                "upload": upload,
                "refused_slot": upload.data.get("slot", "") if upload is not None else "",
                **checks_context(version, self.at),
            },
        )

    def _sections(
        self, version: ProductVersion, bound: Mapping[str, SectionForm]
    ) -> list[dict[str, Any]]:
        returned = version.state == ProductState.RETURNED
        return [
            {
                "key": key,
                "title": title,
                "template": f"providers/sections/{key}.html",
                "form": bound.get(key) or self.section_form(version, key),
                "reason": version.item_reasons.get(key, "") if returned else "",
            }
            for key, title in TITLES.items()
        ]

    def section_form(
        self, version: ProductVersion, key: str, data: Any = None
    ) -> SectionForm | None:
        """The form of a section; None for one that has only files."""
        made = SECTION_FORMS.get(key)
        provider = version.product.provider
        return made(data, provider=provider, version=version) if made else None


class EditorView(FormPage):
    """The form of the open version, with the check list beside it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = open_version_of(self.product(pk))
        if version is None or why_not(rules.require_editable, state=version.state):
            return redirect("providers:product", pk=pk)
        return self.page(request, pk)


def _slot_url(pk: int, slot: str) -> str:
    """The form, at the place of one file."""
    return f"{reverse('providers:edit_product', args=[pk])}#slot-{slot.replace(':', '-')}"


def checks_context(version: ProductVersion, at: datetime) -> dict[str, Any]:
    """The check list with links to what is missing, and whether the version can be handed in."""
    items = check_list_of(version)
    standing = why_not_in_standing(version.product.provider, at)
    rows = [
        {
            "label": item.label,
            "met": item.met,
            "section": item.section,
            "missing": [
                {"text": lack, "anchor": _FIELD_OF_LACK.get(lack, f"section-{item.section}")}
                for lack in item.missing
            ],
        }
        for item in items
    ]
    return {
        "version": version,
        "checks": rows,
        "met": sum(item.met for item in items),
        "standing": standing,
        "may_submit": PRODUCT_VERSION.allows(version.state, "submit")
        and not standing
        and all(item.met for item in items),
    }


class SectionView(FormPage):
    """Save one section: by its button, or by itself while one types (htmx)."""

    def get(self, request: HttpRequest, pk: int, section: str) -> HttpResponse:
        self.open_version(pk)
        return redirect("providers:edit_product", pk=pk)

    def post(self, request: HttpRequest, pk: int, section: str) -> HttpResponse:
        if section not in SECTION_FORMS:
            raise Http404
        version = self.open_version(pk)
        form = self.section_form(version, section, request.POST)
        assert form is not None
        saved = self.done(form, amend_draft, version=version) is not None
        if request.htmx:
            return self._saved_by_itself(request, pk, section, form, saved)
        if saved:
            messages.success(request, f"“{TITLES[section]}”已保存。")
            return redirect(f"{reverse('providers:edit_product', args=[pk])}#section-{section}")
        if why_not(rules.require_editable, state=version.state):
            self._say(form)
            return redirect("providers:product", pk=pk)
        return self.page(request, pk, {section: form})

    def _say(self, form: SectionForm) -> None:
        for sentence in form.non_field_errors():
            messages.error(self.request, sentence)

    def _saved_by_itself(
        self, request: HttpRequest, pk: int, section: str, form: SectionForm, saved: bool
    ) -> HttpResponse:
        """The section's word of what happened and the new check list; what stands in the fields is not touched."""
        version = self.open_version(pk)
        response = render(
            request,
            "providers/section_saved.html",
            {
                "key": section,
                "form": form,
                "saved": saved,
                "at": self.at,
                "slots": slots_of(version),
                "product": version.product,
                # Another price form or kind of service asks for other files.
                "files_change": saved and section in {"price", "history"},
                **checks_context(version, self.at),
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response


class EvidenceView(FormPage):
    """Upload one file of the draft (P5)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.open_version(pk)
        return redirect("providers:edit_product", pk=pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        version = self.open_version(pk)
        form = EvidenceForm(request.POST, request.FILES)
        if self.done(form, attach_evidence, version=version):
            messages.success(request, "材料已上传。")
            return redirect(_slot_url(pk, form.data.get("slot", "")))
        if why_not(rules.require_editable, state=version.state) or "slot" in form.errors:
            messages.error(request, "材料没有保存，请刷新页面后重试。")
            return redirect("providers:product", pk=pk)
        return self.page(request, pk, upload=form)


class EvidenceRemoveView(FormPage):
    """Take one file off the draft."""

    def get(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
        self.open_version(pk)
        return redirect("providers:edit_product", pk=pk)

    def post(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
        evidence = get_evidence_for(actor_of(request), evidence_pk)
        self.act("材料已移除。", remove_evidence, evidence=evidence)
        return redirect(_slot_url(pk, f"{evidence.kind}:{evidence.set_number}"))
