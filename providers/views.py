"""The provider's own pages: registration, materials, changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from foundation.accounts.models import Role
from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint, print_form
from foundation.printing.wording import Letter
from foundation.requests import RoleRequired, actor_of, attempt
from foundation.rosters.queries import find_accreditation, why_no_accreditation
from providers.commitment import commitment_letter
from providers.forms import MATERIAL_FORMS, AmendForm, ChangeForm, NameForm, RegisterForm
from providers.models import Provider
from providers.operations import (
    amend_provider,
    attach_material,
    register_provider,
    renew_provider,
    request_change,
    submit_provider,
)
from providers.policies import registering as rules
from providers.progress import next_step
from providers.queries import (
    change_requests_visible_to,
    has_open_change,
    last_round,
    provider_of,
    why_not_in_standing,
)
from providers.states import PROVIDER, ProviderState

TONES: dict[str, str] = {
    ProviderState.APPROVED: "good",
    ProviderState.SUBMITTED: "brand",
    ProviderState.RETURNED: "warn",
    ProviderState.REFUSED: "bad",
}


class ProviderPage(RoleRequired, View):
    """A page for provider accounts."""

    roles = frozenset({Role.PROVIDER})

    @property
    def at(self) -> datetime:
        """The moment of this act."""
        return self.request.at  # type: ignore[attr-defined]

    def provider(self) -> Provider:
        """The account's provider; OutOfReach (404) before registration."""
        found = provider_of(self.request.user)  # type: ignore[arg-type]
        if found is None:
            raise OutOfReach("not registered")
        return found

    def done(self, form: forms.Form, operation: Any, **arguments: Any) -> bool:
        """Whether the form was sound and the operation did it; what was refused stands in the form."""
        if not form.is_valid():
            return False
        by = actor_of(self.request)  # type: ignore[attr-defined]
        result = attempt(form, operation, by=by, at=self.at, **arguments, **form.cleaned_data)
        return result is not None

    def act(self, done: str, operation: Any, **arguments: Any) -> bool:
        """One operation of a button without a form; its refusal is shown on the next page."""
        form = forms.Form({})
        request = self.request
        result = attempt(form, operation, by=actor_of(request), at=self.at, **arguments)
        if result is None:
            for sentence in form.non_field_errors():
                messages.error(request, sentence)
            return False
        messages.success(request, done)
        return True


def reasons_of(provider: Provider) -> list[tuple[str, str]]:
    """Item and reason of the last send-back, while it stands."""
    returned = last_round(provider) if provider.state == ProviderState.RETURNED else None
    given = returned.item_reasons if returned else {}
    return [(label, given[item]) for item, label in rules.REVIEW_ITEMS.items() if item in given]


class HomeView(ProviderPage):
    """Where the registration stands, and the next step in one sentence."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = provider_of(request.user)
        standing = why_not_in_standing(provider, self.at) if provider else []
        return render(
            request,
            "providers/home.html",
            {
                "provider": provider,
                "tone": TONES.get(provider.state, "neutral") if provider else "",
                "standing": standing,
                "reasons": reasons_of(provider) if provider else [],
                "last_round": last_round(provider) if provider else None,
                "may_change": bool(provider and provider.state == ProviderState.APPROVED),
                "step": next_step(
                    provider,
                    missing=missing_of(provider, self.at) if provider else [],
                    standing=standing,
                ),
            },
        )


def missing_of(provider: Provider, at: datetime) -> list[str]:
    """What is missing before submission (P2)."""
    return rules.missing_materials(
        has_licence=provider.licence_id is not None,
        has_commitment=provider.commitment_id is not None,
        committed_on=provider.committed_on,
        day=local_day(at),
    )


class RegisterView(ProviderPage):
    """Registration: first the full name, then, if the directory has it, the data (P1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if provider_of(request.user):
            return redirect("providers:home")
        if "name" not in request.GET:
            return self._page(request, NameForm())
        name_form = NameForm(request.GET)
        if not name_form.is_valid():
            return self._page(request, name_form)
        name = name_form.cleaned_data["name"]
        day = local_day(self.at)
        found = find_accreditation(name, day)
        if found is None:
            name_form.add_error("name", why_no_accreditation(name, day))
            return self._page(request, name_form)
        return self._page(request, name_form, found=found, form=RegisterForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        name = request.GET.get("name", "")
        name_form, form = NameForm({"name": name}), RegisterForm(request.POST)
        if self.done(form, register_provider, name=name):
            messages.success(request, "机构信息已登记，请打印并签署承诺书，然后上传材料。")
            return redirect("providers:materials")
        found = find_accreditation(name, local_day(self.at))
        if found is None:
            # The directory changed meanwhile: the first step says why it stops (P1).
            return redirect(request.get_full_path())
        return self._page(request, name_form, found=found, form=form)

    def _page(self, request: HttpRequest, name_form: forms.Form, **context: Any) -> HttpResponse:
        return render(request, "providers/register.html", {"name_form": name_form, **context})


class DetailsView(ProviderPage):
    """The data of a registration that is not being checked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, AmendForm(provider=self.provider()))

    def post(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        form = AmendForm(request.POST, provider=provider)
        if self.done(form, amend_provider, provider=provider):
            messages.success(request, "机构信息已保存。")
            return redirect("providers:home")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/details.html",
            {
                "form": form,
                "provider": provider,
                "locked": why_not(rules.require_open_to_changes, state=provider.state),
                "reasons": reasons_of(provider),
            },
        )


class MaterialsView(ProviderPage):
    """What has been handed in and what is missing (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/materials.html",
            {
                "provider": provider,
                "rows": [
                    {"kind": kind, "label": label, "document": getattr(provider, kind)}
                    for kind, label in rules.MATERIALS.items()
                ],
                "missing": missing_of(provider, self.at),
                "reasons": reasons_of(provider),
                "locked": why_not(rules.require_open_to_changes, state=provider.state),
                "may_submit": PROVIDER.allows(provider.state, "submit"),
            },
        )


class MaterialView(ProviderPage):
    """Upload one material (P2)."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return self._page(request, kind, self._form_class(kind)())

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        form = self._form_class(kind)(request.POST, request.FILES)
        if self.done(form, attach_material, provider=self.provider(), kind=kind):
            messages.success(request, f"{rules.MATERIALS[kind]}已上传。")
            return redirect("providers:materials")
        return self._page(request, kind, form)

    def _form_class(self, kind: str) -> type[forms.Form]:
        if kind not in MATERIAL_FORMS:
            raise Http404
        return MATERIAL_FORMS[kind]

    def _page(self, request: HttpRequest, kind: str, form: forms.Form) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/material.html",
            {
                "form": form,
                "kind": kind,
                "label": rules.MATERIALS[kind],
                "document": getattr(provider, kind),
                "locked": why_not(rules.require_open_to_changes, state=provider.state),
            },
        )


class CommitmentView(ProviderPage):
    """The commitment filled in from the registration, to print, sign and stamp (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        response = render(request, "providers/commitment.html", {"letter": self.letter()})
        response["Cache-Control"] = "private, no-store"
        return response

    def letter(self) -> Letter:
        """The commitment of the year of this act."""
        return commitment_letter(self.provider(), year=local_day(self.at).year)


class CommitmentPdfView(CommitmentView):
    """The same as a PDF with its font."""

    def get(self, request: HttpRequest) -> HttpResponse:
        letter = self.letter()
        try:
            content = print_form("printing/letter.typ", letter.as_data(), at=self.at)
        except UnableToPrint as refusal:
            messages.error(request, refusal.sentence)
            return redirect("providers:commitment")
        return download(content, name=f"{letter.title}.pdf", content_type=PDF)


class SubmitView(ProviderPage):
    """Hand the registration in (P2)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        done = self.act(
            "已提交，承办单位核对后将通知您。", submit_provider, provider=self.provider()
        )
        return redirect("providers:home" if done else "providers:materials")


class RenewView(ProviderPage):
    """Open the registration for a new year (P2)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        self.act(
            "已开始办理，请签署本年度承诺书并上传材料。", renew_provider, provider=self.provider()
        )
        return redirect("providers:home")


class ChangeView(ProviderPage):
    """Ask for a change of name, user or contact, and see what became of earlier requests (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ChangeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChangeForm(request.POST, request.FILES)
        if self.done(form, request_change, provider=self.provider()):
            messages.success(request, "变更申请已提交，审核后将通知您。")
            return redirect("providers:change")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/change.html",
            {
                "form": form,
                "provider": provider,
                "locked": why_not(
                    rules.require_changeable,
                    state=provider.state,
                    has_open_request=has_open_change(provider),
                ),
                "requests": [
                    {"request": one, "lines": change_lines(one)}
                    for one in change_requests_visible_to(request.user)[:50]
                ],
            },
        )


def change_lines(request: Any) -> list[tuple[str, str]]:
    """What a change request asks for: (label, value), personal data masked (F5)."""
    return [
        *((rules.CHANGE_FIELDS[key], value) for key, value in request.changes.items()),
        *request.masked_personal_changes(),
    ]
