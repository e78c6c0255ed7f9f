"""The enterprise's own pages, and the public self-test."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from enterprises.forms import MATERIAL_FORMS, ProfileForm, RegisterForm
from enterprises.models import Enterprise, Qualification, SizeClass
from enterprises.operations import (
    attach_material,
    register_enterprise,
    save_profile,
    start_year,
    submit_qualification,
)
from enterprises.policies import (
    PROFILE_FIELDS,
    REVIEW_ITEMS,
    SLOTS,
    missing_items,
    require_open_to_changes,
    require_open_to_materials,
)
from enterprises.progress import next_step
from enterprises.queries import (
    eligibility,
    enterprise_of,
    get_own_enterprise,
    get_own_qualification,
    last_round,
    latest_qualification,
    qualification_of,
    rounds_of,
)
from enterprises.states import QUALIFICATION, QualificationState
from foundation.accounts.models import Role
from foundation.desk import why_not
from foundation.moments import local_day
from foundation.requests import RoleRequired, actor_of, attempt
from foundation.rosters.queries import is_priority

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


def reasons_of(qualification: Qualification) -> list[tuple[str, str, frozenset[str]]]:
    """Item, reason and fields of the last send-back, while it stands."""
    if qualification.state != QualificationState.RETURNED:
        return []
    returned = last_round(qualification)
    given = returned.item_reasons if returned else {}
    return [
        (label, given[item], fields)
        for item, (label, fields) in REVIEW_ITEMS.items()
        if item in given
    ]


class HomeView(EnterprisePage):
    """Where the year's file stands, and the next step in one sentence."""

    def get(self, request: HttpRequest) -> HttpResponse:
        at, year = request.at, self.year
        enterprise = enterprise_of(request.user)
        qualification = qualification_of(enterprise, year) if enterprise else None
        conditions = (
            eligibility(enterprise, city_id=enterprise.city_id, year=year, at=at)
            if enterprise and qualification
            else []
        )
        return render(
            request,
            "enterprises/home.html",
            {
                "enterprise": enterprise,
                "qualification": qualification,
                "year": year,
                "tone": TONES.get(qualification.state, "neutral") if qualification else "",
                "conditions": conditions,
                "is_priority": bool(
                    enterprise and is_priority(enterprise.credit_code, enterprise.city_id, year)
                ),
                "reasons": reasons_of(qualification) if qualification else [],
                "last_round": last_round(qualification) if qualification else None,
                "step": next_step(
                    enterprise=enterprise,
                    qualification=qualification,
                    has_earlier_file=bool(
                        enterprise and latest_qualification(enterprise, before=year)
                    ),
                    conditions=conditions,
                    year=year,
                    at=at,
                ),
            },
        )


class RegisterView(EnterprisePage):
    """Registration of the account's one enterprise (E1)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if enterprise_of(request.user):
            return redirect("enterprises:home")
        return self._page(request, RegisterForm())

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
        return render(request, "enterprises/register.html", {"form": form})


class StartYearView(EnterprisePage):
    """Begin a new year with last year's data (E3)."""

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


class ProfileView(EnterprisePage):
    """The basic information of E2."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self._form(None)
        if self.current is None and latest_qualification(form.enterprise, before=self.year):
            # A new year begins on the home page, with the data of the last one.
            return redirect("enterprises:home")
        return self._page(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST)
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
                if saved.profile.size_class == SizeClass.LARGE:
                    messages.warning(request, "大型企业不属于服务券补助对象，不能提交。")
                return redirect("enterprises:home")
        return self._page(request, form)

    def _form(self, data: Any) -> ProfileForm:
        enterprise = self.enterprise()
        qualification = qualification_of(enterprise, self.year)
        self.current = qualification
        return ProfileForm(
            data,
            enterprise=enterprise,
            year=self.year,
            at=self.request.at,  # type: ignore[attr-defined]
            stored=qualification.profile if qualification else None,
            checked=bool(qualification and qualification.state == QualificationState.PASSED),
        )

    def _page(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        current = self.current
        reasons = reasons_of(current) if current else []
        return render(
            request,
            "enterprises/profile.html",
            {
                "form": form,
                "enterprise": form.enterprise,
                "year": self.year,
                "qualification": current,
                "locked": why_not(require_open_to_changes, state=current.state) if current else "",
                "reasons": [row for row in reasons if row[2] & PROFILE_FIELDS.keys()],
                "unconfirmed": bool(current and current.profile.figures_year != self.year - 1),
            },
        )


class MaterialsView(EnterprisePage):
    """The upload slots of E3, what is in them, and what is missing."""

    def get(self, request: HttpRequest) -> HttpResponse:
        qualification = self.qualification()
        return render(
            request,
            "enterprises/materials.html",
            {
                "qualification": qualification,
                "year": self.year,
                "slots": slots_of(qualification, at=request.at),
                "locked": why_not(require_open_to_materials, state=qualification.state),
            },
        )


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


class MaterialView(EnterprisePage):
    """Upload one material (E3)."""

    def get(self, request: HttpRequest, slot: str) -> HttpResponse:
        return self._page(request, slot, self._form_class(slot)())

    def post(self, request: HttpRequest, slot: str) -> HttpResponse:
        form = self._form_class(slot)(request.POST, request.FILES)
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
        return self._page(request, slot, form)

    def _form_class(self, slot: str) -> type[forms.Form]:
        if slot not in MATERIAL_FORMS:
            raise Http404
        return MATERIAL_FORMS[slot]

    def _page(self, request: HttpRequest, slot: str, form: forms.Form) -> HttpResponse:
        qualification = self.qualification()
        return render(
            request,
            "enterprises/material.html",
            {
                "form": form,
                "slot": slot,
                "label": SLOTS[slot],
                "year": self.year,
                "document": getattr(qualification, slot),
                "locked": why_not(require_open_to_materials, state=qualification.state),
            },
        )


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
        return render(
            request,
            "enterprises/submit.html",
            {
                "form": form,
                "qualification": qualification,
                "profile": profile,
                "year": self.year,
                "missing": [
                    sentence for _, sentence in missing_items(qualification, at=request.at)
                ],
                "is_large": profile.size_class == SizeClass.LARGE,
                "slots": slots_of(qualification, at=request.at),
                "may_submit": QUALIFICATION.allows(qualification.state, "submit"),
            },
        )


class HistoryView(EnterprisePage):
    """Every round of this year's file (E6)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rounds = [
            {
                "round": one,
                "reasons": [
                    (label, one.item_reasons[item])
                    for item, (label, _) in REVIEW_ITEMS.items()
                    if item in one.item_reasons
                ],
            }
            for one in rounds_of(self.qualification())
        ]
        return render(
            request, "enterprises/history.html", {"rounds": rounds[::-1], "year": self.year}
        )
