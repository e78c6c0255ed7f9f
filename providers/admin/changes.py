"""The desk's queue of change requests, for the contractor of the level (P2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.accounts.actors import Actor
from foundation.desk import Act, person_column, why_not
from foundation.reviewing.screen import ReviewAdmin
from foundation.reviewing.sheets import Sheet
from providers import operations, permissions
from providers.admin.queues import READERS, REVIEWERS, waiting_first
from providers.forms import (
    RefuseForm,
)
from providers.models import ChangeRequest
from providers.policies import registering as rules
from providers.queries import (
    change_checks,
    change_requests_visible_to,
)
from providers.sheets import change_lines, sheet_of_change
from providers.states import CHANGE_REQUEST, ChangeState


def _why_not_change(verb: str) -> Any:
    def reason(record: ChangeRequest, actor: Actor, at: datetime) -> str:
        return why_not(permissions.require_reviewer, by=actor, provider=record.provider) or why_not(
            CHANGE_REQUEST.target, current=record.state, verb=verb
        )

    return reason


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ReviewAdmin):
    """Change requests, waiting ones first."""

    desk_roles = READERS
    reviewers = REVIEWERS
    waiting_state = ChangeState.SUBMITTED
    change_form_template = "providers/desk_change.html"
    reviewer = person_column("decided_by", "审核人")
    list_display = ["provider", "what", "state", "submitted_at", "decided_at"]
    list_select_related = ["provider"]
    list_filter = ["state"]
    search_fields = ["provider__name", "provider__credit_code"]
    fields = ["provider", "state", "submitted_at", "decided_at", "reviewer", "reason"]
    record_acts = {
        "apply": Act(
            "同意变更",
            operations.apply_change,
            forms.Form,
            REVIEWERS,
            subject="change_request",
            why_not=_why_not_change("apply"),
            done="已变更，机构已收到消息。",
        ),
        "refuse": Act(
            "不予变更",
            operations.refuse_change,
            RefuseForm,
            REVIEWERS,
            subject="change_request",
            why_not=_why_not_change("refuse"),
            done="已记录不予变更，机构已收到消息。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[ChangeRequest]:
        """What the account checks or oversees."""
        return change_requests_visible_to(user)

    def sheet_of(self, request: HttpRequest, record: ChangeRequest) -> Sheet:
        """The review screen."""
        return sheet_of_change(record, at=request.at, decides=self._decides(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Waiting requests first."""
        return waiting_first(ChangeState.SUBMITTED)

    @admin.display(description="变更内容")
    def what(self, record: ChangeRequest) -> str:
        """The names of what is to change."""
        labels = [rules.CHANGE_FIELDS[key] for key in record.changes]
        return "、".join(labels + [label for label, _ in record.masked_personal_changes()])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        context = {
            **(extra_context or {}),
            "lines": change_lines(record),
            "materials": record.materials.order_by("pk"),
            "checks": change_checks(record, request.at),  # type: ignore[attr-defined]
        }
        return super().change_view(request, object_id, form_url, context)
