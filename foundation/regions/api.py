"""Cities and districts by the API (G1)."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.api.fields import Out
from foundation.api.views import Call, PublicApi, lists
from foundation.regions.models import City
from foundation.regions.queries import all_cities


class CityOut(Out):
    """A city by its code (GB/T 2260) and name."""

    code = serializers.CharField(help_text="行政区划代码")
    slug = serializers.CharField(help_text="拼音，用于筛选")
    name = serializers.CharField(help_text="名称")


class DistrictOut(Out):
    """A district of a city."""

    id = serializers.IntegerField(source="pk", help_text="区县编号")
    code = serializers.CharField(help_text="行政区划代码")
    name = serializers.CharField(help_text="名称")


class CityDetailOut(CityOut):
    """A city with its districts."""

    id = serializers.IntegerField(source="pk", help_text="地市编号")
    districts = DistrictOut(many=True, source="districts.all")


class Cities(PublicApi):
    """Every city that takes part."""

    @lists("地市列表", gives=CityDetailOut, by="pk")
    def get(self, call: Call) -> QuerySet[City]:
        return all_cities().prefetch_related("districts")
