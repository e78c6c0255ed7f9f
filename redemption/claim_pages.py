"""A provider's list of claims and the page of one claim, from its draft to the money (R1, R2, R4, R5)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.desk import why_not
from foundation.requests import actor_of, attempt
from redemption import policies
from redemption.forms import ClaimFilterForm, ScanForm
from redemption.models import Claim
from redemption.operations.preparing import ScanSlot, attach_scan
from redemption.progress import hands_of, hands_of_line, steps_of, trail_of
from redemption.queries import (
    claim_sums,
    claimable_by_programme,
    claims_listed_for,
    get_claim_for,
    line_sums,
    lines_with_papers,
    objections_told_to_provider,
    provider_of,
    publicity_end_shown,
)
from redemption.states import ClaimState
from redemption.views import ProviderPage

PAGE_SIZE = 20
LINES_SHOWN = 50
OBJECTIONS_SHOWN = 50


class ClaimListView(ProviderPage):
    """The provider's claims by state and programme with their sums, and what a new one can be made for."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = provider_of(actor_of(request))
        form = ClaimFilterForm(request.GET, provider=provider)
        form.is_valid()
        claims = claims_listed_for(request.user).order_by("-pk")
        if state := form.cleaned_data.get("state"):
            claims = claims.filter(state=state)
        if programme := form.cleaned_data.get("programme"):
            claims = claims.filter(programme=programme)
        return render(
            request,
            "redemption/claim_list.html",
            {
                "form": form,
                "is_filtered": any(form.cleaned_data.values()),
                "page_obj": Paginator(claims, PAGE_SIZE).get_page(request.GET.get("page")),
                "sums": claim_sums(claims),
                "ready": claimable_by_programme(provider, request.at),
            },
        )


class ClaimPage(ProviderPage):
    """A page that shows one claim."""

    def page(
        self, request: HttpRequest, claim: Claim, bound: dict[str, ScanForm] | None = None
    ) -> HttpResponse:
        """The claim's page; ``bound``: scan forms that came back with errors, by slot."""
        found = Paginator(lines_with_papers(claim), LINES_SHOWN)
        page = found.get_page(request.GET.get("page"))
        trail = trail_of(claim)
        return render(
            request,
            "redemption/claim.html",
            {
                "claim": claim,
                "steps": steps_of(claim),
                "hands": hands_of(claim, trail),
                "trail": trail,
                "sums": line_sums(claim),
                "page_obj": page,
                "lines": [{"line": line, "hands": hands_of_line(line, claim)} for line in page],
                "settlements": claim.settlements.order_by("pk"),
                "objections": objections_told_to_provider(claim)[:OBJECTIONS_SHOWN],
                "publicity_ends_at": publicity_end_shown(claim.publicity)
                if claim.publicity
                else None,
                "is_draft": claim.state == ClaimState.DRAFT,
                "more_asked": claim.state == ClaimState.MORE_ASKED,
                "scans": _scans(claim, bound or {}),
                "why_not_submit": why_not(
                    policies.require_scans,
                    has_form=claim.form_scan_id is not None,
                    has_detail=claim.detail_scan_id is not None,
                ),
            },
        )


def _scans(claim: Claim, bound: dict[str, ScanForm]) -> list[dict[str, Any]]:
    """The two stamped papers: where to print them, what was uploaded, and the form for it (R1)."""
    return [
        {
            "slot": slot.value,
            "label": slot.label,
            "document": getattr(claim, f"{slot.value}_scan"),
            "form": bound.get(slot.value) or ScanForm(auto_id=f"id_{slot.value}_%s"),
            "pdf": f"redemption:{slot.value}-pdf",
            "workbook": f"redemption:{slot.value}-workbook",
        }
        for slot in ScanSlot
    ]


class ClaimView(ClaimPage):
    """One claim: where it stands, its lines with states and reasons, its papers, and what can be done now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(request, get_claim_for(actor_of(request), pk))


class ScanView(ClaimPage):
    """Upload one of the two stamped scans (R1)."""

    def get(self, request: HttpRequest, pk: int, slot: str) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        return redirect("redemption:claim", pk=claim.pk)

    def post(self, request: HttpRequest, pk: int, slot: str) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        if slot not in ScanSlot.values:
            raise Http404
        form = ScanForm(request.POST, request.FILES, auto_id=f"id_{slot}_%s")
        if form.is_valid() and self._attach(request, claim, slot, form) is not None:
            messages.success(request, "扫描件已上传。")
            return redirect("redemption:claim", pk=pk)
        if claim.state != ClaimState.DRAFT:
            for sentence in form.non_field_errors():
                messages.error(request, str(sentence))
            return redirect("redemption:claim", pk=pk)
        return self.page(request, claim, {slot: form})

    def _attach(
        self, request: HttpRequest, claim: Claim, slot: str, form: forms.Form
    ) -> Claim | None:
        return attempt(
            form,
            attach_scan,
            by=actor_of(request),
            at=request.at,
            claim=claim,
            slot=slot,
            file=form.cleaned_data["file"],
        )
