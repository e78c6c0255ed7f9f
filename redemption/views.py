"""A provider's claims: gathering orders, papers, submitting, answering requests for more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from foundation.accounts.models import Role
from foundation.desk import why_not
from foundation.printing.answers import EXCEL, PDF, download
from foundation.printing.typesetting import UnableToPrint
from foundation.requests import RoleRequired, actor_of, attempt
from redemption import policies
from redemption.forms import PickOrdersForm, ScanForm, SupplyForm
from redemption.models import Claim, ClaimLine
from redemption.operations.preparing import (
    ScanSlot,
    attach_scan,
    give_up_claim,
    prepare_claim,
    submit_claim,
)
from redemption.operations.reviewing import supply_more
from redemption.printing import application_pdf, detail_pdf
from redemption.queries import (
    claimable_orders,
    claimable_programmes,
    claims_listed_for,
    get_claim_for,
    get_line_for,
    lines_with_papers,
    open_request_of,
    provider_of,
    publicity_end_shown,
)
from redemption.sheets import application_workbook, claim_sheet, detail_workbook
from redemption.states import CLAIM, ClaimState
from vouchers.models import Programme


class ProviderPage(RoleRequired, View):
    """A page for provider accounts."""

    roles = frozenset({Role.PROVIDER})


class ClaimListView(ProviderPage):
    """The provider's claims, newest first, and the programmes a new one can be made for."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = provider_of(actor_of(request))
        return render(
            request,
            "redemption/claim_list.html",
            {
                "claims": claims_listed_for(request.user)[:200],  # type: ignore[arg-type]
                "programmes": claimable_programmes(provider),
            },
        )


class PrepareView(ProviderPage):
    """Pick accepted orders of one programme for a new claim (R1)."""

    def get(self, request: HttpRequest, programme_pk: int) -> HttpResponse:
        return self._page(request, programme_pk, None)

    def post(self, request: HttpRequest, programme_pk: int) -> HttpResponse:
        programme, orders = self._choice(request, programme_pk)
        form = PickOrdersForm(request.POST, orders=orders)
        if form.is_valid():
            claim = attempt(
                form,
                prepare_claim,
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                programme=programme,
                order_pks=form.cleaned_data["order_pks"],
            )
            if claim is not None:
                messages.success(request, "兑现申请已创建，请打印两张表格，盖章扫描后上传。")
                return redirect("redemption:claim", pk=claim.pk)
        return self._page(request, programme_pk, form)

    def _choice(self, request: HttpRequest, programme_pk: int) -> tuple[Programme, Any]:
        programme = Programme.objects.select_related("city").filter(pk=programme_pk).first()
        if programme is None:
            raise Http404
        return programme, claimable_orders(
            provider_of(actor_of(request)),
            programme,
            request.at,  # type: ignore[attr-defined]
        )

    def _page(
        self, request: HttpRequest, programme_pk: int, form: PickOrdersForm | None
    ) -> HttpResponse:
        programme, orders = self._choice(request, programme_pk)
        return render(
            request,
            "redemption/prepare.html",
            {
                "programme": programme,
                "orders": orders,
                "form": form or PickOrdersForm(orders=orders),
            },
        )


class ClaimView(ProviderPage):
    """One claim: its lines with states and reasons, its papers, and what can be done now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        return render(request, "redemption/claim.html", claim_page(claim))


def claim_page(claim: Claim, **more: Any) -> dict[str, Any]:
    """What the claim page shows."""
    return {
        "claim": claim,
        "lines": lines_with_papers(claim),
        "settlements": claim.settlements.select_related("receipt").order_by("pk"),
        "publicity_ends_at": publicity_end_shown(claim.publicity) if claim.publicity else None,
        "is_draft": claim.state == ClaimState.DRAFT,
        "more_asked": claim.state == ClaimState.MORE_ASKED,
        "scans": [
            {
                "slot": slot.value,
                "label": slot.label,
                "document": getattr(claim, f"{slot.value}_scan"),
                "form": ScanForm(auto_id=f"id_{slot.value}_%s"),
                "sheet": f"redemption:{slot.value}-sheet",
                "pdf": f"redemption:{slot.value}-pdf",
                "workbook": f"redemption:{slot.value}-workbook",
            }
            for slot in ScanSlot
        ],
        "why_not_submit": why_not(
            policies.require_scans,
            has_form=claim.form_scan_id is not None,
            has_detail=claim.detail_scan_id is not None,
        ),
        **more,
    }


class ClaimAct(ProviderPage):
    """A button on the claim page: one operation, its answer as a message on that page."""

    def run(self, request: HttpRequest, claim: Claim, form: forms.Form) -> Any:
        """Call the one operation; None when it was refused and the form says why."""
        raise NotImplementedError

    def form(self, request: HttpRequest) -> forms.Form:
        """What the button sends along."""
        return forms.Form(request.POST)

    done = ""

    def post(self, request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
        """Do it and go back to the claim."""
        claim = get_claim_for(actor_of(request), pk)
        form = self.form(request)
        if form.is_valid() and self.run(request, claim, form) is not None:
            messages.success(request, self.done)
        else:
            for errors in form.errors.values():
                for error in errors:
                    messages.error(request, str(error))
        return redirect("redemption:claim", pk=pk)


class ScanView(ClaimAct):
    """Upload one of the two stamped scans (R1)."""

    done = "扫描件已上传。"

    def form(self, request: HttpRequest) -> forms.Form:
        return ScanForm(request.POST, request.FILES)

    def run(self, request: HttpRequest, claim: Claim, form: forms.Form) -> Any:
        slot = self.kwargs["slot"]
        if slot not in ScanSlot.values:
            raise Http404
        return attempt(
            form,
            attach_scan,
            by=actor_of(request),
            at=request.at,  # type: ignore[attr-defined]
            claim=claim,
            slot=slot,
            file=form.cleaned_data["file"],
        )


class SubmitView(ClaimAct):
    """Submit a claim (R1)."""

    done = "兑现申请已提交，承办单位将逐条初审。"

    def run(self, request: HttpRequest, claim: Claim, form: forms.Form) -> Any:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        return attempt(form, submit_claim, by=by, at=at, claim=claim)


class GiveUpView(ClaimAct):
    """Take a draft back (R1)."""

    done = "兑现申请已撤回，其中的订单可以重新申请。"

    def run(self, request: HttpRequest, claim: Claim, form: forms.Form) -> Any:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        return attempt(form, give_up_claim, by=by, at=at, claim=claim)


class SupplyView(ProviderPage):
    """Answer what first review asks about one line (R2)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._line(request, pk), SupplyForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = self._line(request, pk)
        form = SupplyForm(request.POST, request.FILES)
        if form.is_valid():
            done = attempt(
                form,
                supply_more,
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                line=line,
                **form.cleaned_data,
            )
            if done is not None:
                messages.success(request, "补充材料已提交。")
                return redirect("redemption:claim", pk=line.claim_id)
        return self._page(request, line, form)

    def _line(self, request: HttpRequest, pk: int) -> ClaimLine:
        return get_line_for(actor_of(request), pk)

    def _page(self, request: HttpRequest, line: ClaimLine, form: SupplyForm) -> HttpResponse:
        asked = open_request_of(line)
        if asked is None or not CLAIM.allows(line.claim.state, "supply_more"):
            messages.info(request, "该明细没有待补充的要求，请查看最新状态。")
            return redirect("redemption:claim", pk=line.claim_id)
        return render(
            request, "redemption/supply.html", {"line": line, "asked": asked, "form": form}
        )


class FormSheetView(ProviderPage):
    """The 服务券兑现申请表 for print (R1)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        return render(request, "redemption/form_sheet.html", {"sheet": claim_sheet(claim)})


class DetailSheetView(ProviderPage):
    """The 使用情况明细汇总表 for print (R1)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        return render(request, "redemption/detail_sheet.html", {"sheet": claim_sheet(claim)})


class FormPdfView(ProviderPage):
    """The 服务券兑现申请表 as PDF (R1)."""

    slot = ScanSlot.FORM
    print_paper = staticmethod(application_pdf)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        try:
            content = self.print_paper(claim, at=request.at)  # type: ignore[attr-defined]
        except UnableToPrint as refusal:
            messages.error(request, refusal.sentence)
            return redirect("redemption:claim", pk=pk)
        return download(content, name=file_name(claim, self.slot, "pdf"), content_type=PDF)


class DetailPdfView(FormPdfView):
    """The 使用情况明细汇总表 as PDF (R1)."""

    slot = ScanSlot.DETAIL
    print_paper = staticmethod(detail_pdf)


class FormWorkbookView(ProviderPage):
    """The 服务券兑现申请表 as Excel (R1)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        name = file_name(claim, ScanSlot.FORM, "xlsx")
        return download(application_workbook(claim), name=name, content_type=EXCEL)


class DetailWorkbookView(ProviderPage):
    """The 使用情况明细汇总表 as Excel (R1)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim = get_claim_for(actor_of(request), pk)
        name = file_name(claim, ScanSlot.DETAIL, "xlsx")
        return download(detail_workbook(claim), name=name, content_type=EXCEL)


def file_name(claim: Claim, slot: ScanSlot, extension: str) -> str:
    """服务券兑现申请表 DX000012.pdf."""
    return f"{slot.label} {claim.number}.{extension}"
