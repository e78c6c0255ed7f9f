"""The figures of the dashboards by the API, within the same reach (N3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from rest_framework import serializers

from dashboards.exports import table_of
from dashboards.reach import OFFICIALS, Reach, programmes_for, reach_of
from dashboards.tables import Line, Table, Value
from foundation.accounts.models import Role
from foundation.api.fields import In, Out
from foundation.api.views import Api, Call, reads
from foundation.errors import OutOfReach
from foundation.requests import DIGITS_MAX


class ColumnOut(Out):
    """A column of a table."""

    key = serializers.CharField(help_text="列代码")
    label = serializers.CharField(help_text="列名")
    kind = serializers.CharField(
        help_text="text、number、money（元，字符串）、rate（%）、decimal 或 moment"
    )


class FigureLineOut(Out):
    """A row: its label and its values in the order of the columns."""

    label = serializers.CharField(help_text="行名")
    values = serializers.ListField(
        child=serializers.CharField(allow_null=True), help_text="各列的值，均为字符串；没有为 null"
    )


class TableOut(Out):
    """A table of figures."""

    key = serializers.CharField(help_text="表代码")
    title = serializers.CharField(help_text="表名")
    reach = serializers.CharField(help_text="范围")
    taken_at = serializers.DateTimeField(allow_null=True, help_text="数据时间；尚未汇总为 null")
    heading = serializers.CharField(help_text="首列名称")
    columns = ColumnOut(many=True)
    lines = FigureLineOut(many=True)
    total = FigureLineOut(allow_null=True, help_text="合计；没有为 null")
    note = serializers.CharField(help_text="说明")


class ReachQuery(In):
    """Which programme, or for the province which year."""

    programme = serializers.IntegerField(
        required=False, min_value=1, max_value=10**DIGITS_MAX - 1, help_text="年度方案编号"
    )
    year = serializers.IntegerField(
        required=False, min_value=2000, max_value=2099, help_text="年度（省级）"
    )


class CoveredOut(Out):
    """A programme within the account's reach."""

    id = serializers.IntegerField(source="pk", help_text="年度方案编号")
    title = serializers.SerializerMethodField(help_text="名称")
    year = serializers.IntegerField(help_text="年度")

    def get_title(self, programme: Any) -> str:
        return str(programme)


class CoverageOut(Out):
    """What the account's figures can cover."""

    programmes = CoveredOut(many=True, source="*")


class Coverage(Api):
    """The programmes whose figures the account may see."""

    roles = frozenset(map(Role, OFFICIALS))

    @reads("看板范围", gives=CoverageOut)
    def get(self, call: Call) -> list[Any]:
        return list(programmes_for(call.user))


class Figures(Api):
    """One table of the dashboards."""

    roles = frozenset(map(Role, OFFICIALS))

    @reads(
        "看板数据",
        gives=TableOut,
        asks=ReachQuery,
        description="table：funnel-district、funnel-size、funnel-industry、money-batch、money-district、"
        "to-lapse、batches、weeks、categories、comparison、providers 等，与看板导出的名称相同。",
    )
    def get(self, call: Call, table: str) -> dict[str, Any]:
        reach = reach_of(
            call.by, programme_pk=call.data.get("programme"), year=call.data.get("year")
        )
        found = table_of(table, reach, call.at) if reach is not None else None
        if reach is None or found is None:
            raise OutOfReach(f"no table {table}")
        return _told(found, reach)


def _told(table: Table, reach: Reach) -> dict[str, Any]:
    return {
        "key": table.key,
        "title": table.title,
        "reach": reach.title,
        "taken_at": reach.taken_at(),
        "heading": table.heading,
        "columns": table.columns,
        "lines": [_line(line) for line in table.lines],
        "total": _line(table.total) if table.total else None,
        "note": table.note,
    }


def _line(line: Line) -> dict[str, Any]:
    return {"label": line.label, "values": [_value(value) for value in line.values]}


def _value(value: Value) -> str | None:
    """Never a float, and moments as everywhere in the API."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return serializers.DateTimeField().to_representation(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
