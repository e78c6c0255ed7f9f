"""The form of E2: saving it, keeping what is typed meanwhile, and looking at it as it is typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enterprises.completeness import NOT_A_LEGAL_PERSON
from enterprises.forms import CHECKED_AS_TYPED, ProfileForm
from enterprises.models import Qualification, SizeClass
from enterprises.operations import discard_draft, keep_draft, save_profile
from enterprises.policies import PROFILE_FIELDS, require_open_to_changes
from enterprises.progress import steps_of
from enterprises.queries import Draft, draft_of, latest_qualification, qualification_of
from enterprises.size_classes import STANDARD, explain_size_class, question_figures
from enterprises.states import QualificationState
from enterprises.views import EnterprisePage, reasons_of
from foundation.desk import why_not
from foundation.money import ZERO
from foundation.requests import actor_of, attempt


class ProfilePage(EnterprisePage):
    """What the views of the form share: the form as it stands for this account and year."""

    current: Qualification | None
    draft: Draft | None

    def form(self, data: Any) -> ProfileForm:
        """The form over the saved version and what was typed since; OutOfReach (404) before registration."""
        enterprise = self.enterprise()
        self.current = current = qualification_of(enterprise, self.year)
        stored = current.profile if current else None
        self.draft = draft_of(enterprise, self.year, stored=stored)
        return ProfileForm(
            data,
            enterprise=enterprise,
            year=self.year,
            at=self.request.at,
            stored=stored,
            draft=self.draft.values if self.draft else None,
            checked=bool(current and current.state == QualificationState.PASSED),
        )


class ProfileView(ProfilePage):
    """The basic information of E2."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.form(None)
        if self.current is None and latest_qualification(form.enterprise, before=self.year):
            # A new year begins with the data of the last one.
            return redirect("enterprises:start_year")
        return self._page(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if form.is_valid():
            saved = attempt(
                form,
                save_profile,
                by=actor_of(request),
                at=request.at,
                enterprise=form.enterprise,
                year=self.year,
                **form.cleaned_data,
            )
            if saved is not None:
                messages.success(
                    request,
                    f"基本信息已保存，按填报数据测算为{saved.profile.get_size_class_display()}企业。",
                )
                if not saved.profile.is_legal_person:
                    messages.warning(request, NOT_A_LEGAL_PERSON)
                if saved.profile.size_class == SizeClass.LARGE:
                    messages.warning(request, "大型企业不属于服务券补助对象，不能提交。")
                    return redirect("enterprises:submit")
                return redirect("enterprises:materials")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        current = self.current
        reasons = [row for row in reasons_of(current) if row[2] & PROFILE_FIELDS.keys()]
        asked = {field: text for _, text, fields in reasons for field in fields}
        return render(
            request,
            "enterprises/profile.html",
            {
                "form": form,
                "enterprise": form.enterprise,
                "year": self.year,
                "qualification": current,
                "steps": steps_of(current, registered=True, current="profile", at=request.at),
                "locked": why_not(require_open_to_changes, state=current.state) if current else "",
                "reasons": reasons,
                "asked": [
                    (form[field], asked[field]) for field in PROFILE_FIELDS if field in asked
                ],
                "asks_figures": bool(asked.keys() & {"industry", "employees", "revenue", "assets"}),
                "parts": _without(form, asked),
                "checked_as_typed": CHECKED_AS_TYPED,
                "draft": self.draft,
                "unconfirmed": form.renewing,
                **size_context(form),
            },
        )


def _without(form: ProfileForm, asked: dict[str, str]) -> list[dict[str, Any]]:
    """The parts of the form without the fields that stand apart because they were sent back."""
    parts = []
    for section in form.sections:
        fields = [field for field in section.fields if field.name not in asked]
        if fields:
            wrong = any(field.errors for field in fields)
            parts.append({"section": section, "fields": fields, "wrong": wrong})
    return parts


def size_context(form: ProfileForm) -> dict[str, Any]:
    """The size class so far with how it comes about, and figures that look like 元 (E4)."""
    figures = form.measured
    asked_about = (
        {}
        if figures["employees"] is None
        else question_figures(
            employees=figures["employees"],
            revenue=figures["revenue"],
            assets=figures["assets"],
            registered_capital=figures["registered_capital"],
        )
    )
    context: dict[str, Any] = {
        "questions": list(asked_about.values()),
        "figures_confirmed": form.is_bound and bool(form.data.get("figures_confirmed")),
    }
    if figures["industry"]:
        needed = [limits.measure for limits in STANDARD[figures["industry"]]]
        lacking = [measure.label for measure in needed if figures[measure.value] is None]
        context["lacking"] = "、".join(lacking)
        if not lacking:
            context["explanation"] = explain_size_class(
                figures["industry"],
                employees=figures["employees"] or 0,
                revenue=figures["revenue"] or ZERO,
                assets=figures["assets"] or ZERO,
            )
    return context


class SizeView(ProfilePage):
    """The size class of the figures as they stand in the form; keeps nothing (E4)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        # A figure that has changed since is a figure nobody has confirmed.
        context = {**size_context(self.form(request.POST)), "figures_confirmed": False}
        return render(request, "enterprises/size_live.html", context)


class CheckView(ProfilePage):
    """What is wrong with one field as it stands in the form, by the rules that saving asks; keeps nothing (E2)."""

    def post(self, request: HttpRequest, field: str) -> HttpResponse:
        if field not in CHECKED_AS_TYPED:
            raise Http404
        form = self.form(request.POST)
        # A choice has no form to be right about.
        typed = bool(request.POST.get(field, "").strip()) and field != "is_legal_person"
        errors: Any = form.errors.get(field, []) if typed else []
        return render(
            request,
            "enterprises/field_check.html",
            {
                "field": form[field],
                "typed": typed,
                "errors": errors,
                "hint": form.hints.get(field, ""),
            },
        )


class DraftView(ProfilePage):
    """Keeps the form as it stands, sent a moment after typing stops and on leaving a field (E2, F5)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Form({})
        kept = attempt(
            form,
            keep_draft,
            by=actor_of(request),
            at=request.at,
            enterprise=self.enterprise(),
            year=self.year,
            typed=request.POST,
        )
        return render(
            request,
            "enterprises/draft_state.html",
            {"saved_at": kept.saved_at if kept else None, "refusal": form.non_field_errors()},
        )


class DiscardDraftView(EnterprisePage):
    """Throws away what was typed and not saved."""

    def post(self, request: HttpRequest) -> HttpResponse:
        discard_draft(by=actor_of(request), at=request.at, enterprise=self.enterprise())
        messages.info(request, "未保存的修改已放弃，以下为最近一次保存的内容。")
        return redirect("enterprises:profile")
