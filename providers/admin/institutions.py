"""The desk's queue of registrations, for the contractor of the level (P2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.accounts.actors import Actor
from foundation.desk import Act, person_column, why_not
from foundation.personal_data import mask_id_number, mask_mobile
from foundation.requests import actor_of
from foundation.reviewing.revealing import RevealingAdmin
from foundation.reviewing.sheets import Sheet
from providers import operations, permissions
from providers.admin.queues import READERS, REVIEWERS, waiting_first, worded
from providers.forms import (
    RefuseProviderForm,
    ReviewForm,
    SendBackProviderForm,
)
from providers.models import Provider
from providers.policies import registering as rules
from providers.queries import (
    provider_checks,
    providers_visible_to,
)
from providers.sheets import sheet_of_provider
from providers.states import ProviderState


def _why_not_provider(verb: str) -> Any:
    """The reason to hide an act, from the permission and the table that the operation asks."""

    def reason(record: Provider, actor: Actor, at: datetime) -> str:
        return why_not(permissions.require_reviewer, by=actor, provider=record) or why_not(
            rules.require_move, state=record.state, verb=verb
        )

    return reason


@admin.register(Provider)
class ProviderAdmin(RevealingAdmin):
    """Registrations, waiting ones first."""

    desk_roles = READERS
    reviewers = REVIEWERS
    waiting_state = ProviderState.SUBMITTED
    reveal = operations.reveal_personal_data
    reveal_subject = "provider"
    revealed_labels = {
        "legal_representative_id": "法定代表人身份证号码",
        "contact_id": "联系人身份证号码",
        "contact_mobile": "联系人手机",
        "bank_account": "银行账号",
    }
    change_form_template = "providers/desk_provider.html"
    reviewer = person_column("decided_by", "核对人")
    list_display = ["name", "level", "city", "state", "committed_on", "submitted_at", "decided_at"]
    list_select_related = ["accreditation", "city"]
    list_filter = ["state", "accreditation__level"]
    search_fields = ["name", "credit_code"]
    fieldsets = [
        (None, {"fields": ["name", "credit_code", "level", "city", "state", "submitted_at"]}),
        ("核对", {"fields": ["decided_at", "reviewer"]}),
        (
            "注册信息",
            {
                "fields": [
                    "legal_representative",
                    "masked_legal_representative_id",
                    "contact",
                    "masked_contact_id",
                    "masked_contact_mobile",
                    "address",
                    "introduction",
                    "bank_name",
                    "masked_bank_account",
                    "username",
                ]
            },
        ),
        (
            "认定",
            {"fields": ["service_types", "recognised_year", "valid_from", "valid_until"]},
        ),
    ]
    record_acts = {
        "approve": Act(
            "核对通过",
            operations.approve_provider,
            ReviewForm,
            REVIEWERS,
            subject="provider",
            why_not=_why_not_provider("approve"),
            done="已核对通过，机构已收到消息。",
        ),
        "send-back": Act(
            "退回补正",
            operations.send_back_provider,
            SendBackProviderForm,
            REVIEWERS,
            subject="provider",
            why_not=_why_not_provider("send_back"),
            done="已退回机构补正。",
        ),
        "refuse": Act(
            "不予通过",
            operations.refuse_provider,
            RefuseProviderForm,
            REVIEWERS,
            subject="provider",
            why_not=_why_not_provider("refuse"),
            done="已记录不予通过，机构已收到消息。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Provider]:
        """What the account checks or oversees."""
        return providers_visible_to(user)

    def sheet_of(self, request: HttpRequest, record: Provider) -> Sheet:
        """The review screen."""
        return sheet_of_provider(record, at=request.at, decides=self._decides(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Waiting registrations first."""
        return waiting_first(ProviderState.SUBMITTED)

    @admin.display(description="认定级别", ordering="accreditation__level")
    def level(self, record: Provider) -> str:
        """The level of the accreditation."""
        return record.accreditation.get_level_display()

    @admin.display(description="法定代表人身份证号码")
    def masked_legal_representative_id(self, record: Provider) -> str:
        """Masked (F5)."""
        return mask_id_number(record.legal_representative_id)

    @admin.display(description="联系人身份证号码")
    def masked_contact_id(self, record: Provider) -> str:
        """Masked (F5)."""
        return mask_id_number(record.contact_id)

    @admin.display(description="联系人手机")
    def masked_contact_mobile(self, record: Provider) -> str:
        """Masked (F5)."""
        return mask_mobile(record.contact_mobile)

    @admin.display(description="银行账号")
    def masked_bank_account(self, record: Provider) -> str:
        """Its last four digits."""
        return f"****{record.bank_account[-4:]}"

    @admin.display(description="用户名")
    def username(self, record: Provider) -> str:
        """The name of the provider's account."""
        return record.account.username

    @admin.display(description="认定的服务类型")
    def service_types(self, record: Provider) -> str:
        """From the directory (P4)."""
        return "、".join(record.accreditation.service_types) or "无"

    @admin.display(description="认定年度")
    def recognised_year(self, record: Provider) -> int:
        """From the directory."""
        return record.accreditation.recognised_year

    @admin.display(description="有效期起")
    def valid_from(self, record: Provider) -> Any:
        """From the directory."""
        return record.accreditation.valid_from

    @admin.display(description="有效期止")
    def valid_until(self, record: Provider) -> Any:
        """From the directory."""
        return record.accreditation.valid_until

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        rounds = record.rounds.select_related("licence", "commitment", "decided_by")
        context = {
            **(extra_context or {}),
            "checks": provider_checks(record, request.at),  # type: ignore[attr-defined]
            "materials": [
                (label, document)
                for kind, label in rules.MATERIALS.items()
                if (document := getattr(record, kind)) is not None
            ],
            "rounds": [
                {
                    "round": one,
                    "files": [
                        (label, getattr(one, kind)) for kind, label in rules.MATERIALS.items()
                    ],
                    "reasons": worded(one.item_reasons, rules.REVIEW_ITEMS),
                }
                for one in rounds.order_by("-number")
            ],
            "may_reveal": self.may_reveal(request, record),
            "is_editing": record.state in {ProviderState.DRAFT, ProviderState.RETURNED},
        }
        return super().change_view(request, object_id, form_url, context)

    def may_reveal(self, request: HttpRequest, record: Provider) -> bool:
        """The contractor of the provider's level."""
        return not why_not(permissions.require_reviewer, by=actor_of(request), provider=record)
