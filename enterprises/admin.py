"""The desk's queue of enterprise files: the contractor of the city checks, the bureau reads (E6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse

from enterprises import operations, permissions, policies
from enterprises.checking import automatic_checks
from enterprises.forms import PassForm, RefuseForm, SendBackForm
from enterprises.models import Profile, Qualification
from enterprises.queries import (
    last_round,
    qualifications_visible_to,
    rounds_of,
)
from enterprises.sheets import sheet_of_file
from enterprises.states import QualificationState
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, person_column, why_not
from foundation.moments import spoken_day
from foundation.personal_data import mask_id_number, mask_mobile
from foundation.regions.models import District
from foundation.requests import actor_of, whole_number
from foundation.reviewing.revealing import RevealingAdmin
from foundation.reviewing.sheets import Sheet


class DistrictFilter(admin.SimpleListFilter):
    """Districts of the account's own city only."""

    title = "所在区"
    parameter_name = "district"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The districts to choose from."""
        own = District.objects.filter(city_id=request.user.city_id)
        return [(str(one.pk), one.name) for one in own]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The files of the chosen district."""
        chosen = whole_number(self.value() or "")
        return queryset.filter(profile__district_id=chosen) if chosen is not None else None


def _why_not(verb: str) -> Any:
    """The reason to hide an act, from the permission and the table that the operation asks."""

    def reason(record: Qualification, actor: Actor, at: datetime) -> str:
        return why_not(
            permissions.require_reviewer, by=actor, enterprise=record.enterprise
        ) or why_not(policies.require_move, state=record.state, verb=verb)

    return reason


def _of_submitted(field: str, description: str, *, boolean: bool = False) -> Any:
    """A column of the record page, read from the version of the last submitted round."""

    @admin.display(description=description, boolean=boolean)
    def column(self: Any, record: Qualification) -> Any:
        profile = submitted_profile(record)
        shown = getattr(profile, f"get_{field}_display", None)
        value = shown() if shown else getattr(profile, field)
        return spoken_day(value) if isinstance(value, date) else value

    return column


def submitted_profile(record: Qualification) -> Profile:
    """What the enterprise last submitted; an edit that is under way is not shown."""
    kept = vars(record)  # asked for once per column of one page
    if "submitted_profile" not in kept:
        submitted = last_round(record)
        kept["submitted_profile"] = submitted.profile if submitted else record.profile
    profile: Profile = kept["submitted_profile"]
    return profile


@admin.register(Qualification)
class QualificationAdmin(RevealingAdmin):
    """The queue, waiting files first and oldest first among them."""

    reviewers = permissions.REVIEWING_ROLES
    waiting_state = QualificationState.SUBMITTED
    reveal = operations.reveal_personal_data
    reveal_subject = "qualification"
    revealed_labels = {
        "legal_representative_id": "法定代表人身份证号码",
        "handler_id": "经办人身份证号码",
        "handler_mobile": "经办人手机",
    }

    desk_roles = frozenset({Role.CONTRACTOR, Role.BUREAU})
    change_form_template = "enterprises/desk_record.html"
    list_display = ["enterprise", "year", "state", "district", "size", "submitted_at", "decided_at"]
    list_filter = ["state", "year", "profile__size_class", DistrictFilter]
    search_fields = ["enterprise__name", "enterprise__credit_code"]
    date_hierarchy = None
    fieldsets = [
        (None, {"fields": ["enterprise", "credit_code", "city", "year", "state", "submitted_at"]}),
        ("核对", {"fields": ["decided_at", "reviewer"]}),
        (
            "基本信息（最近一次提交）",
            {
                "fields": [
                    "name",
                    "legal_representative",
                    "masked_legal_representative_id",
                    "is_legal_person",
                    "submitted_district",
                    "address",
                    "registered_capital",
                    "founded_on",
                    "industry",
                    "employees",
                    "revenue",
                    "assets",
                    "figures_year",
                    "size_class",
                    "handler",
                    "masked_handler_id",
                    "masked_handler_mobile",
                ]
            },
        ),
    ]
    record_acts = {
        "pass": Act(
            "通过",
            operations.pass_qualification,
            PassForm,
            permissions.REVIEWING_ROLES,
            subject="qualification",
            why_not=_why_not("pass"),
            done="已核对通过，企业已收到消息。",
        ),
        "send-back": Act(
            "退回补正",
            operations.send_back_qualification,
            SendBackForm,
            permissions.REVIEWING_ROLES,
            subject="qualification",
            why_not=_why_not("send_back"),
            done="已退回企业补正。",
        ),
        "refuse": Act(
            "不予通过",
            operations.refuse_qualification,
            RefuseForm,
            permissions.REVIEWING_ROLES,
            subject="qualification",
            why_not=_why_not("refuse"),
            done="已记录不予通过，企业已收到消息。",
        ),
    }

    reviewer = person_column("decided_by", "核对人")
    name = _of_submitted("name", "企业名称")
    legal_representative = _of_submitted("legal_representative", "法定代表人")
    is_legal_person = _of_submitted("is_legal_person", "独立法人资格", boolean=True)
    submitted_district = _of_submitted("district", "所在区")
    address = _of_submitted("address", "地址")
    registered_capital = _of_submitted("registered_capital", "注册资本（万元）")
    founded_on = _of_submitted("founded_on", "成立日期")
    industry = _of_submitted("industry", "所属行业")
    employees = _of_submitted("employees", "从业人员（人）")
    revenue = _of_submitted("revenue", "营业收入（万元）")
    assets = _of_submitted("assets", "资产总额（万元）")
    figures_year = _of_submitted("figures_year", "经营数据年度")
    size_class = _of_submitted("size_class", "规模（系统测算）")
    handler = _of_submitted("handler", "经办人")

    def visible_to(self, user: Any) -> QuerySet[Qualification]:
        """Files of the account's city that were submitted at least once."""
        return qualifications_visible_to(user).select_related(
            "enterprise__city", "profile__district"
        )

    def sheet_of(self, request: HttpRequest, record: Qualification) -> Sheet:
        """The review screen: the last submitted round (E6)."""
        return sheet_of_file(record, at=request.at, decides=self._decides(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Waiting files first, oldest first; then the rest, newest first."""
        waiting = Case(When(state=QualificationState.SUBMITTED, then=Value(0)), default=Value(1))
        return [waiting.asc(), "submitted_at", "pk"]

    @admin.display(description="所在区", ordering="profile__district")
    def district(self, record: Qualification) -> str:
        """The district of the data in the list."""
        return str(record.profile.district)

    @admin.display(description="规模", ordering="profile__size_class")
    def size(self, record: Qualification) -> str:
        """The computed size class in the list (E4)."""
        return record.profile.get_size_class_display()

    @admin.display(description="统一社会信用代码")
    def credit_code(self, record: Qualification) -> str:
        """The enterprise's credit code."""
        return record.enterprise.credit_code

    @admin.display(description="注册地市")
    def city(self, record: Qualification) -> str:
        """The enterprise's city."""
        return str(record.enterprise.city)

    @admin.display(description="法定代表人身份证号码")
    def masked_legal_representative_id(self, record: Qualification) -> str:
        """Masked (F5)."""
        return mask_id_number(submitted_profile(record).legal_representative_id)

    @admin.display(description="经办人身份证号码")
    def masked_handler_id(self, record: Qualification) -> str:
        """Masked (F5)."""
        return mask_id_number(submitted_profile(record).handler_id)

    @admin.display(description="经办人手机")
    def masked_handler_mobile(self, record: Qualification) -> str:
        """Masked (F5)."""
        return mask_mobile(submitted_profile(record).handler_mobile)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        at = request.at  # type: ignore[attr-defined]
        rounds = [
            {
                "round": one,
                "files": [(label, getattr(one, slot)) for slot, label in policies.SLOTS.items()],
                "reasons": [
                    (policies.REVIEW_ITEMS[item][0], text)
                    for item, text in one.item_reasons.items()
                    if item in policies.REVIEW_ITEMS
                ],
            }
            for one in rounds_of(record)
        ]
        context = {
            **(extra_context or {}),
            "checks": automatic_checks(record, at=at),
            "rounds": rounds[::-1],
            "may_reveal": self.may_reveal(request, record),
            "is_editing": record.state == QualificationState.DRAFT,
        }
        return super().change_view(request, object_id, form_url, context)

    def may_reveal(self, request: HttpRequest, record: Qualification) -> bool:
        """The reviewers of the enterprise's city, and the bureau."""
        return not why_not(
            permissions.require_revealer, by=actor_of(request), enterprise=record.enterprise
        )
