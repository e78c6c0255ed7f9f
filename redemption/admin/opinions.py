"""The desk for experts' opinions and for payments (R2, R5)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.desk import Act, DeskAdmin, person_column
from foundation.money import spoken_money
from redemption.admin import reasons
from redemption.admin.claims import EXPERT, STAFF
from redemption.admin.links import desk_link, document_link
from redemption.forms import OpinionForm
from redemption.models import ExpertOpinion, Settlement
from redemption.operations.advising import give_opinion
from redemption.queries import opinions_visible_to, settlements_visible_to
from redemption.queries.opinions import waiting_opinions


class WaitingFilter(admin.SimpleListFilter):
    """Opinions that can still be given."""

    title = "办理情况"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one choice beside all."""
        return [("yes", "等待提交")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """Those that the home counts."""
        return waiting_opinions(queryset) if self.value() == "yes" else None


@admin.register(ExpertOpinion)
class ExpertOpinionAdmin(DeskAdmin):
    """Assignments; an expert sees their own and gives an opinion (R2)."""

    desk_roles = STAFF | EXPERT
    list_display = ("claim", "adviser", "assigned_at", "advice", "given_at")
    list_filter = (WaitingFilter, "advice")
    ordering = ("-id",)
    fields = ("claim_link", "adviser", "assigned_at", "advice", "text", "given_at")
    readonly_fields = ("claim_link", "adviser")
    adviser = person_column("expert", "专家")
    record_acts = {
        "give": Act("提交意见", give_opinion, OpinionForm, EXPERT, "opinion", reasons.give_opinion)
    }

    def visible_to(self, user: Any) -> QuerySet[ExpertOpinion]:
        return opinions_visible_to(user)

    @admin.display(description="兑现申请")
    def claim_link(self, opinion: ExpertOpinion) -> str:
        return desk_link("claim", opinion.claim_id, opinion.claim.number)


@admin.register(Settlement)
class SettlementAdmin(DeskAdmin):
    """Payments with their bank receipts (R5)."""

    desk_roles = STAFF
    list_display = ("claim", "amount_shown", "paid_on", "receipt_number", "recorded_at")
    search_fields = ("receipt_number", "claim__provider__name")
    ordering = ("-id",)
    fields = (
        "claim_link",
        "amount_shown",
        "paid_on",
        "receipt_number",
        "receipt_link",
        "recorder",
        "recorded_at",
    )
    readonly_fields = ("claim_link", "amount_shown", "receipt_link", "recorder")
    recorder = person_column("recorded_by", "登记人")

    def visible_to(self, user: Any) -> QuerySet[Settlement]:
        return settlements_visible_to(user)

    @admin.display(description="兑现申请")
    def claim_link(self, settlement: Settlement) -> str:
        return desk_link("claim", settlement.claim_id, settlement.claim.number)

    @admin.display(description="拨付金额")
    def amount_shown(self, settlement: Settlement) -> str:
        return spoken_money(settlement.amount)

    @admin.display(description="银行回单")
    def receipt_link(self, settlement: Settlement) -> str:
        return document_link(settlement.receipt)
