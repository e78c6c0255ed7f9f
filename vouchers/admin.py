"""The staff desk for programmes, batches, applications, vouchers and the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils import timezone

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin
from foundation.money import spoken_money
from vouchers.forms import AmendForm, BatchForm, ProgrammeForm
from vouchers.models import Application, Batch, LedgerEntry, Programme, ResultList, Voucher
from vouchers.operations.issuing import (
    amend_programme,
    announce_batch,
    cancel_batch,
    create_programme,
    draft_batch,
)
from vouchers.queries import (
    applications_visible_to,
    available_to_issue,
    batches_visible_to,
    programmes_visible_to,
    vouchers_visible_to,
)
from vouchers.states import BATCH

BUREAU = frozenset({Role.BUREAU})
STAFF = frozenset({Role.BUREAU, Role.CONTRACTOR})


def _create_programme(*, by: Actor, at: datetime, **figures: Any) -> Programme:
    assert by.user is not None and by.user.city is not None
    return create_programme(by=by, at=at, city=by.user.city, **figures)


def _draft_why_not(verb: str) -> Any:
    def reason(batch: Batch, by: Actor, at: datetime) -> str:
        return "" if BATCH.allows(batch.state, verb) else "只有草稿批次可以进行此操作。"

    return reason


@admin.register(Programme)
class ProgrammeAdmin(DeskAdmin):
    """The city's programmes; the bureau makes and amends them and drafts batches."""

    desk_roles = STAFF
    list_display = ("__str__", "total", "available")
    list_acts = {"new": Act("新建年度方案", _create_programme, ProgrammeForm, BUREAU)}
    record_acts = {
        "amend": Act("调整方案", amend_programme, AmendForm, BUREAU, "programme"),
        "batch": Act(
            "新建批次",
            draft_batch,
            BatchForm,
            BUREAU,
            "programme",
            done="批次草稿已保存，请在“发券批次”中发布。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Programme]:
        return programmes_visible_to(user)

    @admin.display(description="发放总额")
    def total(self, programme: Programme) -> str:
        return spoken_money(programme.total_amount)

    @admin.display(description="尚可发放")
    def available(self, programme: Programme) -> str:
        return spoken_money(available_to_issue(programme, timezone.now()))


@admin.register(Batch)
class BatchAdmin(DeskAdmin):
    """Batches: the bureau announces or drops drafts; jobs do the rest."""

    desk_roles = STAFF
    list_display = ("__str__", "amount_shown", "opens_at", "closes_at", "state")
    list_filter = ("state",)
    record_acts = {
        "announce": Act(
            "发布批次",
            announce_batch,
            forms.Form,
            BUREAU,
            "batch",
            _draft_why_not("announce"),
            "批次和发券通知已发布。",
        ),
        "cancel": Act(
            "撤销草稿", cancel_batch, forms.Form, BUREAU, "batch", _draft_why_not("cancel")
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Batch]:
        return batches_visible_to(user)

    @admin.display(description="发放金额", ordering="amount")
    def amount_shown(self, batch: Batch) -> str:
        return spoken_money(batch.amount)


@admin.register(Application)
class ApplicationAdmin(DeskAdmin):
    """Applications with what was decided about them."""

    desk_roles = STAFF
    list_display = (
        "receipt",
        "batch",
        "enterprise",
        "amount_shown",
        "counted_tier",
        "state",
        "submitted_at",
    )
    list_filter = ("state", "counted_tier")
    search_fields = ("enterprise__name", "enterprise__credit_code")
    list_select_related = ("batch__programme__city", "enterprise")
    show_full_result_count = False
    readonly_fields = ("decided",)

    def visible_to(self, user: Any) -> QuerySet[Application]:
        return applications_visible_to(user)

    @admin.display(description="受理号", ordering="pk")
    def receipt(self, application: Application) -> str:
        return application.number

    @admin.display(description="申领金额")
    def amount_shown(self, application: Application) -> str:
        return spoken_money(application.amount)

    @admin.display(description="排序结果")
    def decided(self, application: Application) -> str:
        rows = application.allocations.order_by("round")
        return "；".join(
            f"第 {row.round} 轮 第 {row.rank} 名 {row.get_outcome_display()} {spoken_money(row.granted)}"
            for row in rows
        )


@admin.register(Voucher)
class VoucherAdmin(DeskAdmin):
    """Vouchers and where every yuan of them is."""

    desk_roles = STAFF
    list_display = (
        "number",
        "batch",
        "enterprise",
        "amount",
        "free",
        "reserved",
        "paid",
        "settled",
        "reclaimed",
    )
    search_fields = ("enterprise__name", "enterprise__credit_code", "number")
    list_select_related = ("batch__programme__city", "enterprise")
    show_full_result_count = False

    def visible_to(self, user: Any) -> QuerySet[Voucher]:
        return vouchers_visible_to(user)


@admin.register(LedgerEntry)
class LedgerAdmin(DeskAdmin):
    """The ledger, to read."""

    desk_roles = STAFF
    list_display = ("at", "kind", "amount", "voucher", "provider", "reference")
    list_filter = ("kind",)
    list_select_related = ("voucher", "provider")
    show_full_result_count = False

    def visible_to(self, user: Any) -> QuerySet[LedgerEntry]:
        return LedgerEntry.objects.filter(voucher__in=vouchers_visible_to(user))


@admin.register(ResultList)
class ResultListAdmin(DeskAdmin):
    """Published result lists and their digests."""

    desk_roles = STAFF
    list_display = ("batch", "round", "amount", "published_at", "digest")
    list_select_related = ("batch__programme__city",)

    def visible_to(self, user: Any) -> QuerySet[ResultList]:
        return ResultList.objects.filter(batch__in=batches_visible_to(user))
