"""The desk for public lists and objections (R4)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join

from foundation.accounts.models import Role
from foundation.accounts.reauthentication import ask_again
from foundation.accounts.sessions import proved_lately
from foundation.desk import Act, DeskAdmin
from foundation.errors import OutOfReach
from foundation.moments import spoken
from foundation.requests import actor_of, attempt
from redemption.admin import reasons
from redemption.admin.links import desk_link, document_link
from redemption.forms import AnswerForm, PublishForm, ReasonForm
from redemption.models import Objection, PublicityList
from redemption.operations.objecting import answer_objection, reveal_contact
from redemption.operations.publishing import publish_claims
from redemption.queries import (
    objections_visible_to,
    publicity_end_shown,
    publicity_lists_visible_to,
)

BUREAU = frozenset({Role.BUREAU})
STAFF = BUREAU | {Role.CONTRACTOR}


@admin.register(PublicityList)
class PublicityListAdmin(DeskAdmin):
    """Public lists; the bureau publishes approved claims here (R4)."""

    desk_roles = STAFF
    list_display = ("__str__", "published_at", "ends", "closed_at")
    list_select_related = ("programme__city",)
    ordering = ("-id",)
    fields = ("programme", "published_at", "published_by", "ends", "closed_at", "claim_links")
    readonly_fields = ("ends", "claim_links")
    list_acts = {
        "publish": Act("公示已审定的兑现申请", publish_claims, PublishForm, BUREAU, done="已公示。")
    }

    def visible_to(self, user: Any) -> QuerySet[PublicityList]:
        return publicity_lists_visible_to(user)

    @admin.display(description="公示截止")
    def ends(self, publicity: PublicityList) -> str:
        ends_at = publicity_end_shown(publicity)
        return spoken(ends_at) if ends_at else "尚未载入放假安排"

    @admin.display(description="兑现申请")
    def claim_links(self, publicity: PublicityList) -> str:
        claims = publicity.claims.select_related("provider").order_by("pk")
        return format_html_join(
            "",
            "<p>{} {}</p>",
            ((desk_link("claim", c.pk, c.number), c.provider.name) for c in claims),
        )


@admin.register(Objection)
class ObjectionAdmin(DeskAdmin):
    """Objections with their evidence; the bureau answers (R4)."""

    desk_roles = STAFF
    list_display = ("receipt_shown", "claim_shown", "state", "filed_at", "answered_at")
    list_filter = ("state",)
    search_fields = ("line__claim__provider__name",)
    ordering = ("-id",)
    fields = (
        "line_link",
        "name",
        "masked_contact",
        "statement",
        "evidence_links",
        "state",
        "filed_at",
        "answer",
        "answered_by",
        "answered_at",
    )
    readonly_fields = ("line_link", "masked_contact", "evidence_links")
    change_form_template = "redemption/desk/objection.html"
    record_acts = {
        "answer": Act("答复", answer_objection, AnswerForm, BUREAU, "objection", reasons.answer),
    }

    def visible_to(self, user: Any) -> QuerySet[Objection]:
        return objections_visible_to(user)

    def get_urls(self) -> list[URLPattern]:
        reveal = path(
            "<path:object_id>/contact/",
            self.admin_site.admin_view(self.contact_view),
            name="redemption_objection_contact",
        )
        return [reveal, *super().get_urls()]

    def contact_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The contact in clear, once a reason is given and kept (F5)."""
        record = self._record(request, object_id)
        if not proved_lately(request, at=request.at):  # type: ignore[attr-defined]
            return ask_again(request)
        form = ReasonForm(request.POST if request.method == "POST" else None)
        contact = None
        if form.is_valid():
            try:
                contact = attempt(
                    form,
                    reveal_contact,
                    by=actor_of(request),
                    at=request.at,  # type: ignore[attr-defined]
                    objection=record,
                    **form.cleaned_data,
                )
            except OutOfReach as error:
                raise Http404 from error
        response = TemplateResponse(
            request,
            "redemption/desk/contact.html",
            {
                **self.admin_site.each_context(request),
                "title": "查看联系方式",
                "opts": self.opts,
                "form": form,
                "record": record,
                "contact": contact,
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response

    @admin.display(description="编号")
    def receipt_shown(self, objection: Objection) -> str:
        return f"FH{objection.pk:06d}"

    @admin.display(description="兑现申请")
    def claim_shown(self, objection: Objection) -> str:
        claim = objection.line.claim
        return f"{claim.number} {claim.provider.name}"

    @admin.display(description="明细")
    def line_link(self, objection: Objection) -> str:
        line = objection.line
        text = f"{line.claim.number} {line.claim.provider.name}，{line.order.profile.name}"
        return desk_link("claimline", line.pk, text)

    @admin.display(description="联系方式")
    def masked_contact(self, objection: Objection) -> str:
        contact = objection.contact
        return f"{contact[:3]}****{contact[-2:]}" if len(contact) > 5 else "****"

    @admin.display(description="证据材料")
    def evidence_links(self, objection: Objection) -> str:
        files = objection.evidence.order_by("pk")
        return format_html_join("", "<p>{}</p>", ((document_link(file),) for file in files)) or (
            format_html("{}", "无")
        )
