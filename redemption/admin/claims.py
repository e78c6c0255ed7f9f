"""The desk for claims: first review line by line, experts, final approval, payment, report and archive."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin, person_column
from foundation.errors import OutOfReach, Refusal
from foundation.money import spoken_money
from foundation.printing.answers import EXCEL, PDF, download
from foundation.requests import actor_of
from foundation.reviewing.screen import ReviewAdmin
from foundation.reviewing.sheets import Sheet
from orders.queries import price_deviation, same_file_elsewhere
from redemption.admin import reasons
from redemption.admin.review import next_part, sheet_of_claim
from redemption.archive import archive_name
from redemption.forms import (
    AskMoreForm,
    ExpertForm,
    ReasonForm,
    SettlementForm,
)
from redemption.models import Claim, ClaimLine
from redemption.operations.advising import assign_expert
from redemption.operations.approving import approve_claim, send_back_to_review
from redemption.operations.archiving import hand_over_archive, hand_over_report
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    reopen_line,
    request_more,
    take_back_request,
)
from redemption.operations.settling import record_settlement
from redemption.queries import (
    claims_listed_for,
    claims_visible_to,
    get_claim_for,
    get_reported_programme_for,
    lines_visible_to,
    lines_with_papers,
    objections_visible_to,
    opinions_visible_to,
    papers_of,
    programmes_reported_by,
    publicity_end_shown,
    settlements_visible_to,
)
from redemption.states import ClaimState

CONTRACTOR = frozenset({Role.CONTRACTOR})
BUREAU = frozenset({Role.BUREAU})
EXPERT = frozenset({Role.EXPERT})
STAFF = CONTRACTOR | BUREAU


@admin.register(Claim)
class ClaimAdmin(ReviewAdmin):
    """Claims from their submission on; an expert sees those assigned to them."""

    desk_roles = STAFF | EXPERT
    reviewers = STAFF
    list_display = ("number", "provider", "programme", "count", "sum", "state", "submitted_at")
    list_filter = ("state",)
    search_fields = ("provider__name", "provider__credit_code")
    ordering = ("-id",)
    fields = ("provider", "programme", "state", "submitted_at", "sent_back_reason")
    change_form_template = "redemption/desk/claim.html"
    change_list_template = "redemption/desk/claim_list.html"
    record_acts = {
        "request-more": Act(
            "退回机构补充材料",
            request_more,
            roles=CONTRACTOR,
            subject="claim",
            why_not=reasons.request_more,
        ),
        "take-back": Act(
            "收回补充要求，继续初审",
            take_back_request,
            roles=CONTRACTOR,
            subject="claim",
            why_not=reasons.take_back_request,
        ),
        "expert": Act(
            "分派专家",
            assign_expert,
            ExpertForm,
            CONTRACTOR,
            "claim",
            reasons.assign_expert,
        ),
        "finish": Act(
            "结束初审",
            finish_first_review,
            roles=CONTRACTOR,
            subject="claim",
            why_not=reasons.finish_first_review,
        ),
        "approve": Act(
            "审定通过",
            approve_claim,
            roles=BUREAU,
            subject="claim",
            why_not=reasons.approve,
            sensitive=True,
        ),
        "send-back": Act(
            "退回初审",
            send_back_to_review,
            ReasonForm,
            BUREAU,
            "claim",
            reasons.send_back,
        ),
        "settle": Act(
            "登记拨付",
            record_settlement,
            SettlementForm,
            CONTRACTOR,
            "claim",
            reasons.settle,
            sensitive=True,
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Claim]:
        return claims_listed_for(user)

    def waiting_for(self, user: Any) -> QuerySet[Claim]:
        """The contractor's first reviews, the bureau's approvals, the oldest first (R2, R3)."""
        state = ClaimState.FIRST_REVIEWED if user.role == Role.BUREAU else ClaimState.SUBMITTED
        return claims_visible_to(user).filter(state=state).order_by("submitted_at", "pk")

    def sheet_of(self, request: HttpRequest, record: Claim) -> Sheet:
        """The review screen: a line, or the claim as a whole."""
        part = request.POST.get("part") or request.GET.get("part") or ""
        return sheet_of_claim(
            record,
            part=part,
            by=actor_of(request),
            at=request.at,
            address=self.review_url(record),
        )

    def _go_on(self, request: HttpRequest, record: Claim) -> HttpResponse:
        """After a line the next one that is pending."""
        part = next_part(record, request.POST.get("part", ""))
        return HttpResponseRedirect(self.review_url(record, part=part))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:pk>/archive/",
                self.admin_site.admin_view(self.archive_view),
                name="redemption_claim_archive",
            ),
            path(
                "report/<int:programme_pk>/",
                self.admin_site.admin_view(self.report_view),
                name="redemption_claim_report",
            ),
            path(
                "report/<int:programme_pk>/pdf/",
                self.admin_site.admin_view(self.report_view),
                {"printed": True},
                name="redemption_claim_report_pdf",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the report to the province for each programme."""
        reports = programmes_reported_by(request.user)  # type: ignore[arg-type]
        return super().changelist_view(request, {**(extra_context or {}), "reports": reports})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The claim with lines, papers, opinions, objections and payments."""
        record = self._record(request, object_id)
        user: Any = request.user
        context = {
            "lines": lines_with_papers(record),
            "opinions": opinions_visible_to(user).filter(claim=record),
            "objections": objections_visible_to(user).filter(line__claim=record),
            "settlements": settlements_visible_to(user).filter(claim=record),
            "publicity_ends_at": publicity_end_shown(record.publicity)
            if record.publicity
            else None,
            "may_hand_over": user.role in STAFF,
            "is_expert": user.role == Role.EXPERT,
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def archive_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The archive of a claim as a download; kept in the audit trail (R6)."""
        _require_staff(request)
        target = TemporaryFile()  # noqa: SIM115 -- the response closes it
        try:
            by = actor_of(request)
            claim = get_claim_for(by, pk)
            hand_over_archive(by=by, at=request.at, claim=claim, target=target)  # type: ignore[attr-defined]
        except OutOfReach as error:
            target.close()
            raise Http404 from error
        except Refusal as refusal:
            target.close()
            messages.error(request, refusal.sentence)
            return HttpResponseRedirect(reverse("admin:redemption_claim_change", args=[pk]))
        target.seek(0)
        response = FileResponse(
            target,
            as_attachment=True,
            filename=archive_name(claim),
            content_type="application/zip",
        )
        response["Cache-Control"] = "private, no-store"
        return response

    def report_view(
        self, request: HttpRequest, programme_pk: int, printed: bool = False
    ) -> HttpResponse:
        """The report to the province as Excel or PDF; kept in the audit trail (R6)."""
        _require_staff(request)
        try:
            by = actor_of(request)
            programme = get_reported_programme_for(by, programme_pk)
            content = hand_over_report(
                by=by,
                at=request.at,  # type: ignore[attr-defined]
                programme=programme,
                printed=printed,
            )
        except OutOfReach as error:
            raise Http404 from error
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return HttpResponseRedirect(reverse("admin:redemption_claim_changelist"))
        kind, ending = (PDF, "pdf") if printed else (EXCEL, "xlsx")
        return download(content, name=f"{programme}兑现结果.{ending}", content_type=kind)

    @admin.display(description="编号")
    def number(self, claim: Claim) -> str:
        return claim.number

    @admin.display(description="明细")
    def count(self, claim: Claim) -> str:
        return f"{claim.line_count} 条"  # type: ignore[attr-defined]

    @admin.display(description="申请金额")
    def sum(self, claim: Claim) -> str:
        return spoken_money(claim.total)  # type: ignore[attr-defined]


def _require_staff(request: HttpRequest) -> None:
    """Contractor and bureau; experts and anyone else who reaches the desk get 404."""
    if getattr(request.user, "role", "") not in STAFF:
        raise Http404


@admin.register(ClaimLine)
class ClaimLineAdmin(DeskAdmin):
    """The lines of claims with the papers of their orders; first review happens here (R2)."""

    desk_roles = STAFF | EXPERT
    list_display = ("claim", "order", "enterprise", "amount_shown", "state", "reviewed_at")
    list_filter = ("state",)
    search_fields = ("order__profile__name", "claim__provider__name")
    ordering = ("-id",)
    fields = ("amount_shown", "state", "reason", "reviewer", "reviewed_at")
    readonly_fields = ("amount_shown", "reviewer")
    reviewer = person_column("reviewed_by", "审核人")
    change_form_template = "redemption/desk/line.html"
    record_acts = {
        "pass": Act(
            "通过", pass_line, roles=CONTRACTOR, subject="line", why_not=reasons.line("pass")
        ),
        "ask-more": Act(
            "要求补充",
            ask_more_on_line,
            AskMoreForm,
            CONTRACTOR,
            "line",
            reasons.line("ask_more"),
            done="已记录。全部明细看完后，请在申请页面“退回机构补充材料”。",
        ),
        "disallow": Act("不予兑现", disallow_line, ReasonForm, STAFF, "line", reasons.disallow),
        "reopen": Act(
            "重新审核",
            reopen_line,
            roles=CONTRACTOR,
            subject="line",
            why_not=reasons.line("reopen"),
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[ClaimLine]:
        return lines_visible_to(user)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The line with its order's papers and what a reviewer should notice (O4, O5)."""
        record = self._record(request, object_id)
        papers = papers_of(ClaimLine.objects.filter(pk=record.pk))[record.order_id]
        files = [paper.document for paper in (*papers.invoices, *papers.transfers)]
        if papers.contract is not None:
            files.insert(0, papers.contract.document)
        context = {
            "papers": papers,
            "deviation": price_deviation(papers.contract) if papers.contract else None,
            "supplements": record.supplements.select_related("document"),
            "seen_elsewhere": [file for file in files if same_file_elsewhere(file).exists()],
            "siblings": ClaimLine.objects.filter(claim=record.claim_id)
            .exclude(pk=record.pk)
            .filter(state__in=("pending", "more_asked"))
            .select_related("order")[:20],
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    @admin.display(description="企业")
    def enterprise(self, line: ClaimLine) -> str:
        return line.order.profile.name

    @admin.display(description="申请兑现")
    def amount_shown(self, line: ClaimLine) -> str:
        return spoken_money(line.amount)
