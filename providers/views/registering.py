"""Registration from the directory, step by step: name, data, materials, commitment, check, result (P1, P2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.desk import why_not
from foundation.moments import local_day
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint, print_form
from foundation.printing.wording import Letter
from foundation.rosters.near_names import near_names
from foundation.rosters.queries import find_accreditation, why_no_accreditation
from providers.commitment import commitment_letter
from providers.forms import MATERIAL_FORMS, AmendForm, NameForm, RegisterForm
from providers.models import Provider
from providers.operations import (
    amend_provider,
    attach_material,
    register_provider,
    renew_provider,
    submit_provider,
)
from providers.policies import registering as rules
from providers.progress import STATE_TONES, missing_of, reasons_of, steps_of
from providers.queries import (
    accreditation_valid,
    last_round,
    provider_of,
    rounds_of,
    why_not_in_standing,
)
from providers.states import PROVIDER, ProviderState
from providers.views.pages import ProviderPage

# Look-ups while typing, for each account and minute; the button looks up without this bound.
LOOKUPS_A_MINUTE = 40


def directory_answer(name: str, at: datetime) -> dict[str, Any]:
    """What the directory says of a full name: the accreditation, or why not and what may have been meant (P1)."""
    day = local_day(at)
    found = find_accreditation(name, day)
    if found is not None:
        return {"found": found}
    return {"why": why_no_accreditation(name, day), "near": near_names(name)}


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
        answer = directory_answer(name_form.cleaned_data["name"], self.at)
        if "found" not in answer:
            name_form.add_error("name", answer["why"])
            return self._page(request, name_form, near=answer["near"])
        return self._page(request, name_form, **answer, form=RegisterForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        name = request.GET.get("name", "")
        name_form, form = NameForm({"name": name}), RegisterForm(request.POST)
        if self.done(form, register_provider, name=name):
            messages.success(request, "机构信息已保存，请上传材料。")
            return redirect("providers:material", kind="licence")
        answer = directory_answer(name, self.at)
        if "found" not in answer:
            # The directory changed meanwhile: the first step says why it stops (P1).
            return redirect(request.get_full_path())
        return self._page(request, name_form, **answer, form=form)

    def _page(self, request: HttpRequest, name_form: forms.Form, **context: Any) -> HttpResponse:
        return render(
            request,
            "providers/register.html",
            {"name_form": name_form, "steps": steps_of(None, "details", self.at), **context},
        )


class LookupView(ProviderPage):
    """While the name is typed: whether the directory has it, until when, and for what (P1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        name = request.GET.get("name", "").strip()[:120]
        context: dict[str, Any] = {}
        if name:
            context = directory_answer(name, self.at) if self._may_ask() else {"too_often": True}
        response = render(request, "providers/lookup.html", {"name": name, **context})
        response["Cache-Control"] = "private, no-store"
        return response

    def _may_ask(self) -> bool:
        key = f"directory-lookups:{self.request.user.pk}:{int(self.at.timestamp()) // 60}"
        cache.add(key, 0, timeout=120)
        try:
            return cache.incr(key) <= LOOKUPS_A_MINUTE
        except ValueError:  # the cache made room in between
            return True


class StepPage(ProviderPage):
    """A step of the registration, with the stepper and what the reviewer asked for."""

    def step_context(self, provider: Provider, step: str, *items: str) -> dict[str, Any]:
        """``items``: whose reasons belong on this page."""
        return {
            "provider": provider,
            "steps": steps_of(provider, step, self.at),
            "reasons": [one for one in reasons_of(provider) if one.item in items],
            "locked": why_not(rules.require_open_to_changes, state=provider.state),
        }


class DetailsView(StepPage):
    """The data of a registration that is not being checked; after a send-back just what was asked for (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        return self._page(request, provider, self._form(provider))

    def post(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        form = self._form(provider, request.POST)
        if self.done(form, amend_provider, provider=provider):
            messages.success(request, "机构信息已保存。")
            provider.refresh_from_db(fields=["licence", "commitment", "committed_on"])
            if provider.licence_id is None:
                return redirect("providers:material", kind="licence")
            return redirect("providers:check")
        return self._page(request, provider, form)

    def _form(self, provider: Provider, data: Any = None) -> AmendForm:
        asked = {one.item for one in reasons_of(provider)}
        everything = "all" in self.request.GET or provider.state != ProviderState.RETURNED
        return AmendForm(data, provider=provider, items=None if everything else asked)

    def _page(self, request: HttpRequest, provider: Provider, form: AmendForm) -> HttpResponse:
        return render(
            request,
            "providers/details.html",
            {
                "form": form,
                **self.step_context(provider, "details", "details", "contact", "bank"),
            },
        )


class MaterialView(StepPage):
    """Upload the licence, or the signed commitment with its date (P2)."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        return self._page(request, kind, self._form_class(kind)())

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        form = self._form_class(kind)(request.POST, request.FILES)
        if self.done(form, attach_material, provider=self.provider(), kind=kind):
            messages.success(request, f"{rules.MATERIALS[kind]}已上传。")
            if kind == "licence" and self.provider().commitment_id is None:
                return redirect("providers:material", kind="commitment")
            return redirect("providers:check")
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
                "year": local_day(self.at).year,
                **self.step_context(provider, kind, kind),
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


class CheckView(StepPage):
    """Everything that will be handed in, what is still missing, and the button (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        day = local_day(self.at)
        fault = rules.commitment_fault(provider.committed_on, day=day)
        return render(
            request,
            "providers/check.html",
            {
                **self.step_context(provider, "check", *rules.REVIEW_ITEMS),
                "missing": missing_of(provider, self.at),
                "rows": [
                    {"met": True, "label": "机构信息", "step": "details"},
                    {
                        "met": provider.licence_id is not None,
                        "label": rules.MATERIALS["licence"],
                        "remedy": "请上传清晰完整的彩色扫描件。",
                    },
                    {
                        "met": provider.commitment_id is not None,
                        "label": "承诺书已签字、盖章并上传",
                        "remedy": "请打印承诺书，签字盖章后扫描上传。",
                    },
                    {
                        "met": not fault,
                        "label": f"承诺书日期在 {day.year} 年内",
                        "remedy": fault,
                    },
                ],
                "may_submit": PROVIDER.allows(provider.state, "submit"),
            },
        )


class ReviewView(StepPage):
    """What became of the registration: its state, reasons item by item, and every round (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = self.provider()
        return render(
            request,
            "providers/review.html",
            {
                **self.step_context(provider, "review", *rules.REVIEW_ITEMS),
                "tone": STATE_TONES.get(provider.state, "neutral"),
                "last_round": last_round(provider),
                "standing": why_not_in_standing(provider, self.at),
                "may_renew": self._may_renew(provider),
                "may_submit": PROVIDER.allows(provider.state, "submit"),
                "rounds": [
                    {
                        "round": one,
                        "reasons": [
                            (label, one.item_reasons[item])
                            for item, label in rules.REVIEW_ITEMS.items()
                            if item in one.item_reasons
                        ],
                        "tone": STATE_TONES.get(one.outcome, "brand"),
                    }
                    for one in rounds_of(provider)
                ],
            },
        )

    def _may_renew(self, provider: Provider) -> bool:
        day = local_day(self.at)
        return PROVIDER.allows(provider.state, "renew") and not why_not(
            rules.require_renewable,
            state=provider.state,
            committed_on=provider.committed_on,
            accredited=accreditation_valid(provider, day),
            day=day,
        )


class SubmitView(ProviderPage):
    """Hand the registration in (P2)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        done = self.act(
            "已提交，承办单位核对后将通知您。", submit_provider, provider=self.provider()
        )
        return redirect("providers:review" if done else "providers:check")


class RenewView(ProviderPage):
    """Open the registration for a new year (P2)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        done = self.act(
            "已开始办理，请核对机构信息，签署本年度承诺书并上传。",
            renew_provider,
            provider=self.provider(),
        )
        return redirect("providers:details" if done else "providers:review")
