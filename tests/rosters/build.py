"""Builders for the rosters: files as they come in, and accounts of one bureau and one contractor."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.regions.models import City
from foundation.rosters.models import RosterImport, RosterKind, Violation
from foundation.rosters.operations.importing import apply_roster_import, check_roster_file
from foundation.rosters.operations.sanctioning import report_violation
from tests import build

AT = moment(date(2020, 4, 1), 10)

HEADERS = {
    RosterKind.ACCREDITATION: (
        "机构全称",
        "统一社会信用代码",
        "所在地市",
        "级别",
        "服务类型",
        "认定年度",
        "有效期起",
        "有效期止",
        "操作",
    ),
    RosterKind.PRIORITY: ("统一社会信用代码", "企业名称", "适用年度", "类别", "操作"),
    RosterKind.BLACKLIST: ("统一社会信用代码", "名称", "列入事由", "列入日期", "移出日期", "操作"),
    RosterKind.RELATED: ("信用代码一", "信用代码二", "来源", "操作"),
    RosterKind.FUNDED: ("类别", "编号", "企业信用代码", "资金来源", "操作"),
}

Rows = Sequence[Sequence[Any]]


def bureau(of: City | None = None, **fields: Any) -> Actor:
    """An account of the city's bureau, acting."""
    return build.actor(build.account(Role.BUREAU, of=of, **fields))


def contractor(of: City | None = None, **fields: Any) -> Actor:
    """An account of the city's contractor, acting."""
    return build.actor(build.account(Role.CONTRACTOR, of=of, **fields))


def xlsx(rows: Rows, name: str = "名单.xlsx") -> SimpleUploadedFile:
    """An Excel file with these rows on its first sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    buffer = BytesIO()
    book.save(buffer)
    return SimpleUploadedFile(name, buffer.getvalue())


def csv_file(rows: Rows, encoding: str = "utf-8", name: str = "名单.csv") -> SimpleUploadedFile:
    """A CSV file with these rows."""
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return SimpleUploadedFile(name, buffer.getvalue().encode(encoding))


def accreditation_row(**values: Any) -> list[Any]:
    """A good row of the directory."""
    row = {
        "name": f"广州某某服务{build.number()}有限公司",
        "credit_code": build.credit_code(),
        "city": "广州",
        "level": "市级示范平台",
        "service_types": "工业设计、检验检测",
        "recognised_year": "2019",
        "valid_from": "2019-01-01",
        "valid_until": "2021-12-31",
    }
    return list({**row, **values}.values())


def check(
    kind: str,
    rows: Rows,
    *,
    by: Actor | None = None,
    at: datetime = AT,
    header: Sequence[str] = (),
    whole: bool = False,
) -> RosterImport:
    """The dry run of rows below the full header (or the one given)."""
    by = by or bureau()
    assert by.user is not None and by.user.city is not None
    file = csv_file([header or HEADERS[RosterKind(kind)], *rows])
    return check_roster_file(by=by, at=at, kind=kind, city=by.user.city, file=file, whole=whole)


def load(
    kind: str, rows: Rows, *, by: Actor | None = None, at: datetime = AT, whole: bool = False
) -> RosterImport:
    """Dry run and import in one."""
    by = by or bureau()
    checked = check(kind, rows, by=by, at=at, whole=whole)
    return apply_roster_import(by=by, at=at, roster_import=checked)


def outcomes(roster_import: RosterImport) -> list[str]:
    """The outcome of each row."""
    return list(roster_import.rows.values_list("outcome", flat=True))


def problems(roster_import: RosterImport) -> dict[int | None, str]:
    """What is wrong, by row number."""
    return {row.row: "；".join(row.problems) for row in roster_import.rows.all() if row.problems}


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


def evidence(name: str = "证据.png") -> SimpleUploadedFile:
    """A small picture."""
    return SimpleUploadedFile(name, PNG)


def violation(by: Actor | None = None, at: datetime = AT, **values: Any) -> Violation:
    """A reported violation in the reporter's city."""
    fields = {
        "credit_code": build.credit_code(),
        "party_name": "广州某某有限公司",
        "description": "虚开发票",
        "evidence": [evidence()],
    }
    return report_violation(by=by or contractor(), at=at, **{**fields, **values})
