"""The enterprise's own pages, and the public self-test."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from enterprises.completeness import address_of, check_list
from enterprises.forms import MATERIAL_FORMS, RegisterForm
from enterprises.models import Enterprise, Qualification
from enterprises.operations import (
    attach_material,
    register_enterprise,
    start_year,
    submit_qualification,
)
from enterprises.policies import (
    REVIEW_ITEMS,
    SLOTS,
    doubtful_city,
    missing_items,
    require_complete,
    require_not_large,
    require_open_to_materials,
    require_unregistered,
)
from enterprises.progress import steps_of
from enterprises.queries import (
    credit_code_taken,
    draft_of,
    enterprise_of,
    get_own_enterprise,
    get_own_qualification,
    items_returned,
    last_round,
    latest_qualification,
    qualification_of,
    rounds_of,
)
from enterprises.rounds import changes_between
from enterprises.states import QUALIFICATION, QualificationState
from foundation.accounts.models import Role
from foundation.accounts.queries import vouched_code
from foundation.credit_codes import check_credit_code
from foundation.desk import why_not
from foundation.errors import Refusal
from foundation.moments import local_day
from foundation.requests import RoleRequired, actor_of, attempt

TONES: dict[str, str] = {
    QualificationState.PASSED: "good",
    QualificationState.SUBMITTED: "brand",
    QualificationState.RETURNED: "warn",
    QualificationState.REFUSED: "bad",
}


class EnterprisePage(RoleRequired, View):
    """A page for enterprise accounts, about the year that the request falls in."""

    roles = frozenset({Role.ENTERPRISE})

    @property
    def at(self) -> datetime:
        """The moment of this act."""
        return self.request.at  # type: ignore[attr-defined]

    @property
    def year(self) -> int:
        """The calendar year in Shanghai of this act."""
        return local_day(self.at).year

    def enterprise(self) -> Enterprise:
        """The account's enterprise; OutOfReach (404) before registration."""
        return get_own_enterprise(actor_of(self.request))

    def qualification(self) -> Qualification:
        """The account's file of this year; OutOfReach (404) before it was begun."""
        return get_own_qualification(actor_of(self.request), self.year)


def reasons_of(qualification: Qualification | None) -> list[tuple[str, str, frozenset[str]]]:
    """Label, reason and fields of each item of the last send-back, while it stands."""
    return [
        (label, text, REVIEW_ITEMS[item][1]) for item, label, text in items_returned(qualification)
    ]


class RegisterView(EnterprisePage):
    """Registration of the account's one enterprise (E1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if enterprise_of(request.user):
            return redirect("enterprises:home")
        vouched = vouched_code(request.user)
        return self._page(request, RegisterForm(initial={"credit_code": vouched}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RegisterForm(request.POST)
        if form.is_valid() and attempt(
            form,
            register_enterprise,
            by=actor_of(request),
            at=request.at,
            **form.cleaned_data,
        ):
            messages.success(request, "企业已登记，请填写基本信息。")
            return redirect("enterprises:profile")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        return render(
            request,
            "enterprises/register.html",
            {
                "form": form,
                "steps": steps_of(None, registered=False, current="register", at=request.at),
            },
        )


class RegisterCheckView(EnterprisePage):
    """What is wrong with the credit code as typed, by the rules that registration asks; keeps nothing (E1, E2)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RegisterForm(request.POST)
        form.is_valid()
        typed = bool(request.POST.get("credit_code", "").strip())
        errors, hint = [], ""
        if typed:
            try:
                code = check_credit_code(request.POST["credit_code"])
                require_unregistered(credit_code_taken=credit_code_taken(code), account_taken=False)
                hint = doubtful_city(code, form.cleaned_data.get("city"))
            except Refusal as refusal:
                errors = [refusal.sentence]
        return render(
            request,
            "enterprises/field_check.html",
            {"field": form["credit_code"], "typed": typed, "errors": errors, "hint": hint},
        )


class StartYearView(EnterprisePage):
    """Begin a new year with last year's data (E3)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        enterprise = self.enterprise()
        earlier = latest_qualification(enterprise, before=self.year)
        if earlier is None or qualification_of(enterprise, self.year):
            return redirect("enterprises:profile")
        return render(
            request,
            "enterprises/start_year.html",
            {"earlier": earlier, "profile": earlier.profile, "year": self.year, "slots": SLOTS},
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Form({})
        begun = attempt(
            form,
            start_year,
            by=actor_of(request),
            at=request.at,
            enterprise=self.enterprise(),
            year=self.year,
        )
        if begun is None:
            for sentence in form.non_field_errors():
                messages.error(request, sentence)
        else:
            messages.success(request, f"已开始 {self.year} 年度填报，请核对基本信息。")
        return redirect("enterprises:profile")


class MaterialsPage(EnterprisePage):
    """All upload slots of E3 on one page: each its own form, what is in it, and what is missing."""

    def page(self, request: HttpRequest, *, slot: str = "", form: forms.Form | None = None) -> Any:
        """The page, with ``form`` in ``slot`` when that one came back with errors."""
        qualification = self.qualification()
        slots = slots_of(qualification, at=request.at)
        for row in slots:
            row["form"] = form if row["slot"] == slot and form else _slot_form(row, qualification)
        return render(
            request,
            "enterprises/materials.html",
            {
                "qualification": qualification,
                "year": self.year,
                "slots": slots,
                "returned": qualification.state == QualificationState.RETURNED,
                "complete": not any(row["missing"] for row in slots),
                "wrong_form": form,
                "locked": why_not(require_open_to_materials, state=qualification.state),
                "steps": steps_of(
                    qualification, registered=True, current="materials", at=request.at
                ),
            },
        )


class MaterialsView(MaterialsPage):
    """The upload slots of E3."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request)


def slots_of(qualification: Qualification, *, at: Any) -> list[dict[str, Any]]:
    """One row per slot: its file, what is missing, and the reason of a send-back."""
    missing = dict(missing_items(qualification, at=at))
    reasons = {slot: text for _, text, fields in reasons_of(qualification) for slot in fields}
    return [
        {
            "slot": slot,
            "label": label,
            "document": getattr(qualification, slot),
            "missing": missing.get(slot, ""),
            "reason": reasons.get(slot, ""),
        }
        for slot, label in SLOTS.items()
    ]


def _slot_form(row: dict[str, Any], qualification: Qualification) -> forms.Form:
    """An empty upload form for a slot; what was said about the last file is said again."""
    initial = {"proof_kind": qualification.proof_kind} if row["slot"] == "proof" else {}
    return MATERIAL_FORMS[row["slot"]](auto_id=f"id_{row['slot']}_%s", initial=initial)


class MaterialView(MaterialsPage):
    """Upload one material (E3)."""

    def get(self, request: HttpRequest, slot: str) -> HttpResponse:
        if slot not in MATERIAL_FORMS:
            raise Http404
        return redirect(address_of(slot))

    def post(self, request: HttpRequest, slot: str) -> HttpResponse:
        if slot not in MATERIAL_FORMS:
            raise Http404
        form = MATERIAL_FORMS[slot](request.POST, request.FILES, auto_id=f"id_{slot}_%s")
        if form.is_valid() and attempt(
            form,
            attach_material,
            by=actor_of(request),
            at=request.at,
            qualification=self.qualification(),
            slot=slot,
            **form.cleaned_data,
        ):
            messages.success(request, f"{SLOTS[slot]}已上传。")
            return redirect("enterprises:materials")
        return self.page(request, slot=slot, form=form)


class SubmitView(EnterprisePage):
    """Check everything once more, and submit (E3, E6)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, forms.Form())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Form(request.POST)
        if form.is_valid() and attempt(
            form,
            submit_qualification,
            by=actor_of(request),
            at=request.at,
            qualification=self.qualification(),
        ):
            messages.success(request, "资料已提交，请等待承办单位核对。")
            return redirect("enterprises:home")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        qualification = self.qualification()
        profile = qualification.profile
        draft = draft_of(qualification.enterprise, self.year, stored=profile)
        may_submit = QUALIFICATION.allows(qualification.state, "submit")
        rows = check_list(
            qualification,
            last_round=last_round(qualification),
            has_draft=may_submit and draft is not None,
            is_open=may_submit,
            at=request.at,
        )
        return render(
            request,
            "enterprises/submit.html",
            {
                "form": form,
                "qualification": qualification,
                "profile": profile,
                "year": self.year,
                "rows": rows,
                "open_rows": sum(not row.met for row in rows),
                "blocked": why_not(require_complete, qualification=qualification, at=request.at)
                or why_not(require_not_large, size=profile.size_class),
                "may_submit": may_submit,
                "steps": steps_of(qualification, registered=True, current="submit", at=request.at),
            },
        )


class HistoryView(EnterprisePage):
    """Every round of this year's file, and what changed from one to the other (E6)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        qualification = self.qualification()
        rounds = list(rounds_of(qualification))
        rows = [
            {
                "round": one,
                "tone": TONES.get(one.outcome, "brand"),
                "reasons": [
                    (label, one.item_reasons[item])
                    for item, (label, _) in REVIEW_ITEMS.items()
                    if item in one.item_reasons
                ],
                "changes": changes_between(before, one) if before else [],
                "follows": before is not None,
            }
            for before, one in zip([None, *rounds], rounds, strict=False)
        ]
        return render(
            request,
            "enterprises/history.html",
            {
                "rounds": rows[::-1],
                "year": self.year,
                "steps": steps_of(qualification, registered=True, current="result", at=request.at),
            },
        )
