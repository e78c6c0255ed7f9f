"""The desk's queue of products, for the contractor of the level (P6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.accounts.actors import Actor
from foundation.desk import Act, person_column, why_not
from foundation.reviewing.screen import ReviewAdmin
from foundation.reviewing.sheets import Sheet
from providers import operations, permissions
from providers.admin.queues import READERS, REVIEWERS, waiting_first, worded
from providers.forms import (
    ReviewForm,
    SendBackVersionForm,
)
from providers.models import ProductVersion
from providers.policies import products as product_rules
from providers.queries import (
    evidence_of,
    version_checks,
    versions_visible_to,
)
from providers.sheets import sheet_of_version
from providers.states import ProductState
from providers.wording import version_facts


def _why_not_version(verb: str) -> Any:
    def reason(record: ProductVersion, actor: Actor, at: datetime) -> str:
        return why_not(
            permissions.require_reviewer, by=actor, provider=record.product.provider
        ) or why_not(product_rules.require_move, state=record.state, verb=verb)

    return reason


@admin.register(ProductVersion)
class ProductVersionAdmin(ReviewAdmin):
    """Versions of products that were handed in, waiting ones first."""

    desk_roles = READERS
    reviewers = REVIEWERS
    waiting_state = ProductState.IN_REVIEW
    change_form_template = "providers/desk_version.html"
    reviewer = person_column("decided_by", "审核人")
    list_display = [
        "name",
        "provider",
        "category",
        "service_type",
        "version",
        "state",
        "submitted_at",
    ]
    list_filter = ["state", "category"]
    search_fields = ["name", "product__provider__name"]
    fields = ["provider", "version", "state", "submitted_at", "decided_at", "reviewer"]
    record_acts = {
        "publish": Act(
            "审核通过并发布",
            operations.publish_version,
            ReviewForm,
            REVIEWERS,
            subject="version",
            why_not=_why_not_version("publish"),
            done="已发布，机构已收到消息。",
        ),
        "send-back": Act(
            "退回修改",
            operations.send_back_version,
            SendBackVersionForm,
            REVIEWERS,
            subject="version",
            why_not=_why_not_version("send_back"),
            done="已退回机构修改。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[ProductVersion]:
        """What the account checks or oversees."""
        return versions_visible_to(user)

    def sheet_of(self, request: HttpRequest, record: ProductVersion) -> Sheet:
        """The review screen."""
        return sheet_of_version(record, at=request.at, decides=self._decides(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Waiting versions first."""
        return waiting_first(ProductState.IN_REVIEW)

    @admin.display(description="服务机构", ordering="product__provider__name")
    def provider(self, record: ProductVersion) -> str:
        """Whose product it is."""
        return record.product.provider.name

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        current = record.product.current
        on_sale = current if current is not None and current.pk != record.pk else None
        former = dict(version_facts(on_sale)) if on_sale else {}
        context = {
            **(extra_context or {}),
            "facts": [
                {"label": label, "lines": lines, "former": former.get(label) if on_sale else None}
                for label, lines in version_facts(record)
            ],
            "on_sale": on_sale,
            "evidence": evidence_of(record),
            "checks": version_checks(record, request.at),  # type: ignore[attr-defined]
            "reasons": worded(record.item_reasons, product_rules.REVIEW_ITEMS),
        }
        return super().change_view(request, object_id, form_url, context)
