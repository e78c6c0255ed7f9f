"""Violations and sanctions at the desk (S1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin, person_column, why_not
from foundation.moments import spoken, spoken_day
from foundation.money import spoken_money
from foundation.rosters import queries
from foundation.rosters.admin.imports import file_link
from foundation.rosters.forms import (
    ReasonForm,
    RecoveryForm,
    ReportViolationForm,
    SanctionForm,
)
from foundation.rosters.models import (
    Sanction,
    Violation,
)
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    lift_sanction,
    record_recovery,
    report_violation,
    sanction_violation,
)
from foundation.rosters.policies import check_lift, check_other_person
from foundation.rosters.states import VIOLATION

BUREAU = frozenset({Role.BUREAU})
CONTRACTOR = frozenset({Role.CONTRACTOR})


def _decide_why_not(verb: str) -> Any:
    def reason(violation: Violation, actor: Actor, at: datetime) -> str:
        return why_not(VIOLATION.target, current=violation.state, verb=verb) or why_not(
            check_other_person,
            reporter_person_id=violation.reported_by.person_id,
            decider_person_id=actor.person_id,
        )

    return reason


@admin.register(Violation)
class ViolationAdmin(DeskAdmin):
    """Violations: the contractor reports, the bureau decides (S1)."""

    desk_roles = queries.READERS
    list_display = ("party_name", "credit_code", "state", "reported_at", "decided_at")
    list_filter = ("state",)
    search_fields = ("party_name", "credit_code")
    fields = (
        "party_name",
        "credit_code",
        "city",
        "state",
        "description",
        "files",
        "reported_at",
        "reporter",
        "decided_at",
        "decider",
        "decision_reason",
        "decided_measure",
    )
    reporter = person_column("reported_by", "报告人")
    decider = person_column("decided_by", "决定人")
    list_acts = {
        "report": Act(
            "报告违规", report_violation, ReportViolationForm, CONTRACTOR, done="已报送市局。"
        )
    }
    record_acts = {
        "sanction": Act(
            "作出处理",
            sanction_violation,
            SanctionForm,
            BUREAU,
            "violation",
            _decide_why_not("sanction"),
            "处理决定已生效。",
        ),
        "dismiss": Act(
            "不予处理",
            dismiss_violation,
            ReasonForm,
            BUREAU,
            "violation",
            _decide_why_not("dismiss"),
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Violation]:
        return queries.violations_visible_to(user)

    @admin.display(description="证据材料")
    def files(self, violation: Violation) -> SafeString:
        """Links to the evidence."""
        documents = violation.evidence.order_by("pk")
        return format_html_join(" ", "{}", ((file_link(document),) for document in documents))

    @admin.display(description="处理措施")
    def decided_measure(self, violation: Violation) -> SafeString | str:
        """Link to the sanction, where there is one."""
        sanction = Sanction.objects.filter(violation=violation).first()
        if sanction is None:
            return "—"
        url = reverse("admin:rosters_sanction_change", args=[sanction.pk])
        return format_html('<a href="{}">{}</a>', url, sanction.get_measure_display())


def _lift_why_not(sanction: Sanction, actor: Actor, at: datetime) -> str:
    return why_not(
        check_lift,
        measure=sanction.measure,
        until=sanction.until,
        lifted_at=sanction.lifted_at,
        at=at,
    ) or why_not(
        check_other_person,
        reporter_person_id=sanction.violation.reported_by.person_id,
        decider_person_id=actor.person_id,
    )


def _recovery_why_not(sanction: Sanction, actor: Actor, at: datetime) -> str:
    left = sanction.money_to_recover - sanction.money_recovered
    return "" if left > 0 else "没有待追回的金额。"


class MoneyDueFilter(admin.SimpleListFilter):
    """Sanctions by whether money has still to come back (S1)."""

    title = "追回情况"
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "待追回"), ("done", "已全部追回")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sanction]) -> QuerySet[Sanction]:
        if self.value() == "due":
            return queryset.filter(money_recovered__lt=F("money_to_recover"))
        if self.value() == "done":
            return queryset.filter(money_to_recover__gt=0, money_recovered=F("money_to_recover"))
        return queryset


@admin.register(Sanction)
class SanctionAdmin(DeskAdmin):
    """Sanctions of the city: lift them, and record what came back (S1)."""

    desk_roles = queries.READERS
    list_display = ("credit_code", "party", "measure", "from_at", "until", "lifted_at", "left")
    list_filter = ("measure", MoneyDueFilter)
    list_select_related = ("violation",)
    search_fields = ("credit_code", "violation__party_name")
    fields = (
        "party",
        "credit_code",
        "city",
        "report",
        "measure",
        "reason",
        "from_at",
        "until",
        "lifted_at",
        "to_recover",
        "recovered",
        "left",
        "recoveries",
    )
    record_acts = {
        "lift": Act("解除", lift_sanction, ReasonForm, BUREAU, "sanction", _lift_why_not),
        "recover": Act(
            "登记追回金额", record_recovery, RecoveryForm, BUREAU, "sanction", _recovery_why_not
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Sanction]:
        return queries.sanctions_visible_to(user)

    @admin.display(description="单位名称")
    def party(self, sanction: Sanction) -> str:
        """The name as it was reported."""
        return sanction.violation.party_name

    @admin.display(description="违规报告")
    def report(self, sanction: Sanction) -> SafeString:
        """Link to the report with its evidence."""
        url = reverse("admin:rosters_violation_change", args=[sanction.violation_id])
        return format_html('<a href="{}">{}</a>', url, sanction.violation)

    @admin.display(description="决定理由")
    def reason(self, sanction: Sanction) -> str:
        """Why the bureau decided so."""
        return sanction.violation.decision_reason

    @admin.display(description="应追回金额")
    def to_recover(self, sanction: Sanction) -> str:
        """In yuan."""
        return spoken_money(sanction.money_to_recover)

    @admin.display(description="已追回金额")
    def recovered(self, sanction: Sanction) -> str:
        """In yuan."""
        return spoken_money(sanction.money_recovered)

    @admin.display(description="待追回金额")
    def left(self, sanction: Sanction) -> str:
        """In yuan."""
        return spoken_money(sanction.money_to_recover - sanction.money_recovered)

    @admin.display(description="追回记录")
    def recoveries(self, sanction: Sanction) -> SafeString | str:
        """Every amount that came back, with its receipt."""
        lines = format_html_join(
            "",
            "<li>{}：{} {} {}（{} {}登记）</li>",
            (
                (
                    spoken_day(one.received_on),
                    spoken_money(one.amount),
                    one.reference,
                    file_link(one.receipt) if one.receipt else "",
                    one.recorded_by,
                    spoken(one.recorded_at),
                )
                for one in sanction.recoveries.select_related("receipt", "recorded_by__person")
            ),
        )
        return format_html("<ul>{}</ul>", lines) if lines else "—"
