"""A provider's claims: papers, submitting, answering requests for more."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from foundation.accounts.models import Role
from foundation.printing.answers import EXCEL, PDF, download
from foundation.printing.typesetting import UnableToPrint
from foundation.requests import RoleRequired, actor_of, attempt
from redemption.forms import SupplyForm
from redemption.models import Claim, ClaimLine
from redemption.operations.preparing import ScanSlot, give_up_claim, submit_claim
from redemption.operations.reviewing import supply_more
from redemption.printing import application_pdf, detail_pdf
from redemption.queries import get_claim_for, get_line_for, open_request_of
from redemption.sheets import application_workbook, detail_workbook
from redemption.states import CLAIM


class ProviderPage(RoleRequired, View):
    """A page for provider accounts."""

    roles = frozenset({Role.PROVIDER})


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
