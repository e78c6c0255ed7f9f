"""Roster files by the API: dry run, rows, import, putting back (E8)."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.fields import Choice, In, Out, State
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, FormApi, lists, reads, writes
from foundation.errors import OutOfReach
from foundation.rosters.blank_sheets import row_remark, shown_values
from foundation.rosters.models import RosterImport, RosterKind, RosterRow
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
    undo_roster_import,
)
from foundation.rosters.queries import imports_visible_to
from foundation.rosters.sheets import ROWS_MAX
from foundation.rosters.states import ImportState, RowOutcome

READERS = frozenset({Role.CONTRACTOR, Role.BUREAU})
BUREAU = frozenset({Role.BUREAU})
SKIPPED_MAX = 2000


class ImportOut(Out):
    """A roster file: its dry run, and whether it was applied."""

    id = serializers.IntegerField(source="pk")
    kind = State(RosterKind, help_text="名单类别")
    whole = serializers.BooleanField(help_text="是否为完整名单")
    state = State(ImportState, help_text="状态")
    rows_total = serializers.IntegerField(allow_null=True, help_text="总行数；未打开时为 null")
    rows_done = serializers.IntegerField(help_text="已核对行数")
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="各结果行数：new、changed、removed、gone、same、bad",
    )
    fault = serializers.CharField(help_text="未完成的原因；没有为空")
    skipped_rows = serializers.ListField(child=serializers.IntegerField(), help_text="跳过的行")
    checked_at = serializers.DateTimeField(help_text="试运行时间")
    applied_at = serializers.DateTimeField(allow_null=True, help_text="导入时间")


class CheckIn(In):
    """A roster file for the bureau's own city."""

    kind = Choice(choices=RosterKind.choices, help_text="名单类别")
    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True, max_length=None),
        min_length=1,
        max_length=1,
        help_text="Excel（.xlsx）或 CSV，不超过 20 MB",
    )
    whole = serializers.BooleanField(
        required=False, default=False, help_text="完整名单：文件中没有的记录一并移除"
    )


class Imports(FormApi):
    """The roster files of the city, newest first."""

    roles = READERS

    @lists("名单导入列表", gives=ImportOut)
    def get(self, call: Call) -> QuerySet[RosterImport]:
        return imports_visible_to(call.user)


class CheckImport(FormApi):
    """Dry run: nothing is changed but the record of it."""

    roles = BUREAU

    @writes(
        "上传名单文件（试运行）",
        gives=ImportOut,
        takes=CheckIn,
        status=201,
        description="只核对，不改动名单；行数较多的由系统读取，稍后查看结果（E8）。",
    )
    def post(self, call: Call) -> RosterImport:
        said = call.data
        if call.user.city is None:
            raise OutOfReach("a bureau without a city")
        return check_roster_file(
            by=call.by,
            at=call.at,
            kind=said["kind"],
            city=call.user.city,
            file=said["file"][0],
            whole=said["whole"],
        )


def _import(call: Call, pk: int) -> RosterImport:
    found = imports_visible_to(call.user).filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"import {pk}")
    return found


class ImportDetail(Api):
    """One roster file."""

    roles = READERS

    @reads("名单导入", gives=ImportOut)
    def get(self, call: Call, pk: int) -> RosterImport:
        return _import(call, pk)


class RowOut(Out):
    """A row as the dry run understood it."""

    row = serializers.IntegerField(
        allow_null=True, help_text="文件中的行号；文件中没有的记录为 null"
    )
    outcome = State(RowOutcome, help_text="结果")
    values = serializers.SerializerMethodField(help_text="内容")
    problems = serializers.ListField(child=serializers.CharField(), help_text="错误")
    remark = serializers.SerializerMethodField(help_text="说明")

    def get_values(self, row: RosterRow) -> dict[str, str]:
        return {name: str(value) for name, value in shown_values(row).items()}

    def get_remark(self, row: RosterRow) -> str:
        return row_remark(row)


class RowQuery(PageQuery):
    """Filters of rows."""

    outcome = Choice(choices=RowOutcome.choices, required=False, help_text="结果")


class ImportRows(Api):
    """The rows of a dry run, in the order they were read."""

    roles = READERS

    @lists("名单导入逐行结果", gives=RowOut, asks=RowQuery, by="pk")
    def get(self, call: Call, pk: int) -> QuerySet[RosterRow]:
        rows = _import(call, pk).rows.select_related("roster_import")
        outcome = call.data.get("outcome")
        return rows.filter(outcome=outcome) if outcome else rows


class SkipIn(In):
    """Which rows are left out."""

    skipped_rows = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=ROWS_MAX + 10),
        required=False,
        default=list,
        max_length=SKIPPED_MAX,
        help_text="跳过的行号；有误的行须改正后重新上传，或在此逐一写明",
    )


class ApplyImport(Api):
    """Write what the dry run showed, all or none."""

    roles = BUREAU

    @writes(
        "导入名单",
        gives=ImportOut,
        takes=SkipIn,
        example={"skipped_rows": [3, 8]},
        description="有误的行未处理的，整个文件不导入（E8）。",
    )
    def post(self, call: Call, pk: int) -> RosterImport:
        found = _import(call, pk)
        return apply_roster_import(by=call.by, at=call.at, roster_import=found, **call.data)


class DiscardImport(Api):
    """Put a dry run aside."""

    roles = BUREAU

    @writes("作废试运行", gives=ImportOut)
    def post(self, call: Call, pk: int) -> RosterImport:
        return discard_roster_import(by=call.by, at=call.at, roster_import=_import(call, pk))


class UndoImport(Api):
    """Dry run of the file that puts an import back."""

    roles = BUREAU

    @writes("撤销导入（先试运行）", gives=ImportOut, status=201)
    def post(self, call: Call, pk: int) -> RosterImport:
        return undo_roster_import(by=call.by, at=call.at, roster_import=_import(call, pk))
