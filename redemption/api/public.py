"""Publicity lists and settlement results, for every program (R4, R5)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.api.fields import Out, State, YuanOut
from foundation.api.paging import PageQuery
from foundation.api.views import Call, PublicApi, lists
from foundation.personal_data import mask_credit_code
from foundation.regions.api import CityOut
from foundation.workdays.queries import exceptions_to_calendar
from redemption.models import Claim, ClaimLine, PublicityList
from redemption.queries import (
    get_published_list,
    publicity_end_shown,
    published_lines,
    published_lists,
    settled_claims,
)
from redemption.states import LineState


class CityQuery(PageQuery):
    """By city."""

    city = serializers.SlugField(required=False, help_text="地市拼音")


class PublicityOut(Out):
    """A public list with the end of its period (R4)."""

    id = serializers.IntegerField(source="pk")
    city = CityOut(source="programme.city")
    year = serializers.IntegerField(source="programme.year", help_text="年度")
    published_at = serializers.DateTimeField(help_text="公示时间")
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="公示截止；放假安排未载入时为 null"
    )


def _with_ends(rows: list[PublicityList], call: Call) -> list[PublicityList]:
    exceptions = exceptions_to_calendar()
    for row in rows:
        row.ends_at = publicity_end_shown(row, exceptions)  # type: ignore[attr-defined]
    return rows


class PublicityLists(PublicApi):
    """Every public list."""

    @lists("兑现公示列表", gives=PublicityOut, asks=CityQuery, rows=_with_ends)
    def get(self, call: Call) -> QuerySet[PublicityList]:
        return _of_city(published_lists(), call)


class PublicLineOut(Out):
    """A line as the public sees it (R4)."""

    id = serializers.IntegerField(source="pk")
    provider = serializers.CharField(source="claim.provider.name", help_text="服务机构")
    enterprise = serializers.CharField(source="order.profile.name", help_text="企业")
    credit_code = serializers.SerializerMethodField(help_text="企业信用代码（部分遮盖）")
    product = serializers.CharField(source="order.product_version.name", help_text="服务产品")
    amount = YuanOut(help_text="兑现金额（元）")
    state = State(LineState, help_text="状态")
    under_objection = serializers.BooleanField(help_text="是否在复核中")

    def get_credit_code(self, line: ClaimLine) -> str:
        return mask_credit_code(line.order.enterprise.credit_code)


class PublicityLines(PublicApi):
    """The lines of one public list."""

    @lists("兑现公示明细", gives=PublicLineOut, by="pk")
    def get(self, call: Call, pk: int) -> QuerySet[ClaimLine, Any]:
        return published_lines(get_published_list(pk))


class SettlementOut(Out):
    """A settled claim (R5)."""

    id = serializers.IntegerField(source="pk")
    city = CityOut(source="programme.city")
    year = serializers.IntegerField(source="programme.year", help_text="年度")
    provider = serializers.CharField(source="provider.name", help_text="服务机构")
    settled_at = serializers.DateTimeField(help_text="办结时间")
    settled_count = serializers.IntegerField(help_text="兑现订单数")
    settled_total = YuanOut(help_text="兑现金额（元）")
    refused_count = serializers.IntegerField(help_text="不予兑现订单数")
    refused_total = YuanOut(help_text="不予兑现金额（元）")


class SettlementResults(PublicApi):
    """Claims whose results are public."""

    @lists("兑现结果列表", gives=SettlementOut, asks=CityQuery)
    def get(self, call: Call) -> QuerySet[Claim, Any]:
        return _of_city(settled_claims(), call)


def _of_city(rows: QuerySet[Any, Any], call: Call) -> QuerySet[Any, Any]:
    city = call.data.get("city")
    return rows.filter(programme__city__slug=city) if city else rows
