"""Filters of the audit trail's list: by kind, person, object, act and days."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from foundation.accounts.queries import accounts_visible_to
from foundation.audit.words import ACTIONS, SIGNING_IN, UNMASKING, subject_words
from foundation.desk_filters import FilterField, FormFilter
from foundation.moments import end_of_day, start_of_day
from foundation.requests import whole_number


class KindFilter(admin.SimpleListFilter):
    """What an auditor asks first: who looked at personal data, who signed in."""

    title = "类别"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("unmasking", "查看个人信息"), ("signing-in", "登录")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"unmasking": UNMASKING, "signing-in": SIGNING_IN}.get(self.value() or "")
        return queryset.filter(action__in=wanted) if wanted else queryset


class WhatFilter(FormFilter):
    """By person, kind of object, and act."""

    title = "人员、对象、操作"
    names = ("person", "object", "act")

    @property
    def fields(self) -> list[FilterField]:
        accounts = accounts_visible_to(self.user).select_related("person").order_by("username")
        people = [(str(one.pk), f"{one.shown_name}（{one.username}）") for one in accounts]
        kinds = sorted((one, subject_words(one)) for one in SUBJECTS)
        return [
            FilterField("person", "人员", self.asked("person"), people),
            FilterField("object", "对象", self.asked("object"), kinds),
            FilterField("act", "操作", self.asked("act"), list(ACTIONS.items())),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.asked("person"):
            queryset = queryset.filter(actor=whole_number(self.asked("person")) or 0)
        if self.asked("object"):
            queryset = queryset.filter(subject_type=self.asked("object"))
        if self.asked("act"):
            queryset = queryset.filter(action=self.asked("act"))
        return queryset


class DaysFilter(FormFilter):
    """From one day to another, both included; what is no day is not asked."""

    title = "起止日期"
    names = ("from", "until")

    @property
    def fields(self) -> list[FilterField]:
        return [
            FilterField("from", "从", self.asked("from"), []),
            FilterField("until", "到", self.asked("until"), []),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = _day(self.asked("from")), _day(self.asked("until"))
        if first:
            queryset = queryset.filter(at__gte=start_of_day(first))
        if last:
            queryset = queryset.filter(at__lte=end_of_day(last))
        return queryset


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Days whose moments no database counts are none.
    return day if date(1970, 1, 1) <= day <= date(9990, 1, 1) else None


# The objects that acts are about, as the trail names them.
SUBJECTS = (
    "accounts.user",
    "dashboards.callrecord",
    "enterprises.enterprise",
    "enterprises.qualification",
    "notices.notice",
    "orders.order",
    "orders.payment",
    "orders.paymentreturn",
    "providers.changerequest",
    "providers.productversion",
    "providers.provider",
    "redemption.claim",
    "redemption.claimline",
    "redemption.expertopinion",
    "redemption.objection",
    "redemption.publicitylist",
    "redemption.settlement",
    "rosters.rosterimport",
    "rosters.sanction",
    "rosters.violation",
    "vouchers.application",
    "vouchers.batch",
    "vouchers.programme",
    "vouchers.voucher",
    "workdays.loadedyear",
    "workdays.workdayexception",
)
