"""What the columns of each kind of roster file mean, and what is wrong in a row by itself (E8).

Values are JSON: text, whole numbers, lists of text, days as ISO text, None for "no day". They are kept with the dry run
and written from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models

from foundation.moments import spoken_day
from foundation.names import normal_name
from foundation.rosters.cells import (
    BadCell,
    choice,
    city_name,
    credit_code,
    day,
    paper_number,
    removal,
    service_types,
    text_up_to,
    year,
)
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    Level,
    PriorityCategory,
    PriorityEntry,
    RelatedParty,
    RosterKind,
)
from foundation.rosters.sheets import Cell, SheetRow, UnableToReadRoster

# P1: provincial platforms recognised in 2017 accept vouchers until the end of 2020.
EXTENDED_YEAR = 2017
EXTENDED_UNTIL = date(2020, 12, 31)

_IGNORED_HEADERS = {"序号", "备注"}


# --- One row ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column: the value's key, the Chinese header, how a cell becomes the value, and an example."""

    key: str
    header: str
    parse: Callable[[Cell], Any]
    example: str
    required: bool = True


@dataclass
class Reading:
    """A row of a file understood by itself: its values, what is wrong, and what the reader should know."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Roster:
    """One kind of roster file. ``identity``: the values by which an entry is the same one.

    ``check`` looks at the values of a row together, unless the row takes its entry back (移除).
    """

    kind: RosterKind
    model: type[models.Model]
    identity: tuple[str, ...]
    columns: tuple[Column, ...]
    check: Callable[[Reading], None] = lambda reading: None

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The columns of the file, with 操作, by which a row takes an entry back."""
        return (*self.columns, Column("removal", "操作", removal, "增加", required=False))

    def header_of(self, key: str) -> str:
        """The Chinese header of a value."""
        return next(column.header for column in self.all_columns if column.key == key)

    def spoken(self, key: str, value: Any) -> str:
        """A value as the file and the dry run write it: choices by their label."""
        if key != "removal" and isinstance(value, str):
            field = self.model._meta.get_field(key)
            value = dict(getattr(field, "flatchoices", ())).get(value, value)
        return spoken_value(value)

    def identity_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """What makes an entry the same one, for comparing."""
        return tuple(values[key] for key in self.identity)


def _check_accreditation(reading: Reading) -> None:
    values = reading.values
    until = date.fromisoformat(values["valid_until"]) if values["valid_until"] else None
    extended = values["level"] == Level.PROVINCIAL and values["recognised_year"] == EXTENDED_YEAR
    if extended and (until is None or until < EXTENDED_UNTIL):
        until = EXTENDED_UNTIL
        reading.notes.append(
            f"{EXTENDED_YEAR} 年认定的省级示范平台，有效期止按{spoken_day(until)}记录"
        )
    if until is None:
        reading.problems.append("“有效期止”没有填写")
        return
    values["valid_until"] = until.isoformat()
    if until < date.fromisoformat(values["valid_from"]):
        reading.problems.append("“有效期止”早于“有效期起”")


def _check_blacklist(reading: Reading) -> None:
    lifted_on = reading.values.get("lifted_on")
    if lifted_on and lifted_on < reading.values["listed_on"]:
        reading.problems.append("“移出日期”早于“列入日期”")


def _check_related(reading: Reading) -> None:
    low, high = sorted((reading.values["code_a"], reading.values["code_b"]))
    if low == high:
        reading.problems.append("“信用代码一”与“信用代码二”相同")
    reading.values |= {"code_a": low, "code_b": high}


_CODE_EXAMPLE = "91440101MA59ABCD1X"

ROSTERS: dict[str, Roster] = {
    roster.kind: roster
    for roster in (
        Roster(
            RosterKind.ACCREDITATION,
            Accreditation,
            ("credit_code", "level", "recognised_year"),
            (
                Column("name", "机构全称", text_up_to(120), "广州某某服务有限公司"),
                Column("credit_code", "统一社会信用代码", credit_code, _CODE_EXAMPLE),
                Column("city", "所在地市", city_name, "广州"),
                Column(
                    "level",
                    "级别",
                    choice(
                        Level,
                        {
                            "国家级": Level.NATIONAL,
                            "省级": Level.PROVINCIAL,
                            "市级": Level.MUNICIPAL,
                            "服务站": Level.STATION,
                            "中小企业服务站": Level.STATION,
                        },
                    ),
                    "市级示范平台",
                ),
                Column("service_types", "服务类型", service_types, "工业设计、检验检测"),
                Column("recognised_year", "认定年度", year, "2019"),
                Column("valid_from", "有效期起", day, "2019-01-01"),
                # May stay empty for the provincial platforms of 2017 only (P1).
                Column("valid_until", "有效期止", day, "2021-12-31", required=False),
            ),
            _check_accreditation,
        ),
        Roster(
            RosterKind.PRIORITY,
            PriorityEntry,
            ("credit_code", "year", "category"),
            (
                Column("credit_code", "统一社会信用代码", credit_code, _CODE_EXAMPLE),
                Column("name", "企业名称", text_up_to(120), "广州某某科技有限公司", required=False),
                Column("year", "适用年度", year, "2020"),
                Column(
                    "category",
                    "类别",
                    choice(
                        PriorityCategory,
                        {
                            "专精特新": PriorityCategory.SPECIALISED,
                            "小巨人": PriorityCategory.SPECIALISED,
                            "上年度升规": PriorityCategory.PROMOTED,
                            "拟培育升规": PriorityCategory.FOSTERED,
                            "监测企业": PriorityCategory.MONITORED,
                            "重点规下": PriorityCategory.KEY_SMALL,
                        },
                    ),
                    PriorityCategory.SPECIALISED.label,
                ),
            ),
        ),
        Roster(
            RosterKind.BLACKLIST,
            BlacklistEntry,
            ("credit_code", "listed_on"),
            (
                Column("credit_code", "统一社会信用代码", credit_code, _CODE_EXAMPLE),
                Column("name", "名称", text_up_to(120), "广州某某贸易有限公司", required=False),
                Column("reason", "列入事由", text_up_to(300), "失信被执行人", required=False),
                Column("listed_on", "列入日期", day, "2020-01-15"),
                Column("lifted_on", "移出日期", day, "", required=False),
            ),
            _check_blacklist,
        ),
        Roster(
            RosterKind.RELATED,
            RelatedParty,
            ("code_a", "code_b"),
            (
                Column("code_a", "信用代码一", credit_code, _CODE_EXAMPLE),
                Column("code_b", "信用代码二", credit_code, _CODE_EXAMPLE),
                Column("source", "来源", text_up_to(120), "企业信用信息公示系统", required=False),
            ),
            _check_related,
        ),
        Roster(
            RosterKind.FUNDED,
            FundedMatter,
            ("kind", "number_key", "credit_code"),
            (
                Column("kind", "类别", choice(FundedMatter.Kind, {}), "发票"),
                Column("number_key", "编号", paper_number, "01234567"),
                Column("credit_code", "企业信用代码", credit_code, _CODE_EXAMPLE, required=False),
                Column("source", "资金来源", text_up_to(120), "省科技创新券"),
            ),
        ),
    )
}


# --- A whole file -------------------------------------------------------------------------


def understand(kind: str, rows: Iterable[SheetRow]) -> Iterator[Reading]:
    """Each row below the header understood by itself, as it comes; raises UnableToReadRoster for a wrong header."""
    roster = ROSTERS[kind]
    coming = iter(rows)
    places = _places_of(roster, next(coming))
    found = False
    for row in coming:
        found = True
        yield _understand_row(roster, places, row)
    if not found:
        raise UnableToReadRoster("表头下面没有数据行。")


def _places_of(roster: Roster, header: SheetRow) -> dict[str, int]:
    """Where each column stands, by key; a misspelt header is refused, as its column would be lost."""
    names = [str(cell).replace("*", "").replace("＊", "").strip() for cell in header.cells]
    found: dict[str, int] = {}
    unknown, twice = [], []
    keys = {normal_name(column.header): column.key for column in roster.all_columns}
    for place, name in enumerate(names):
        key = keys.get(normal_name(name))
        if key is None:
            if name and name not in _IGNORED_HEADERS:
                unknown.append(name)
        elif key in found:
            twice.append(name)
        else:
            found[key] = place
    expected = "、".join(column.header for column in roster.all_columns)
    missing = [
        c.header
        for c in roster.columns
        if c.key not in found and (c.required or c.key == "valid_until")
    ]
    if missing:
        raise UnableToReadRoster(
            f"第 {header.number} 行表头缺少“{'”“'.join(missing)}”。{roster.kind.label}的表头应为：{expected}。"
        )
    if unknown or twice:
        problem = (
            f"不认识的列“{'”“'.join(unknown)}”" if unknown else f"重复的列“{'”“'.join(twice)}”"
        )
        raise UnableToReadRoster(
            f"第 {header.number} 行表头有{problem}。{roster.kind.label}的表头应为：{expected}。"
        )
    return found


def _understand_row(roster: Roster, places: Mapping[str, int], row: SheetRow) -> Reading:
    reading = Reading(row.number)
    removed = False
    for column in reversed(roster.all_columns):
        if column.key not in places:
            continue
        place = places[column.key]
        cell = row.cells[place] if place < len(row.cells) else ""
        # A row that takes an entry back needs only what names the entry.
        required = column.required and (not removed or column.key in roster.identity)
        try:
            if cell == "" and required:
                raise BadCell("没有填写")
            value = column.parse(cell)
            if required and not value:
                raise BadCell("没有填写")
            reading.values[column.key] = value
            removed = removed or (column.key == "removal" and bool(value))
        except BadCell as bad:
            reading.problems.insert(0, f"“{column.header}”{bad}")
    reading.values = {
        c.key: reading.values[c.key] for c in roster.all_columns if c.key in reading.values
    }
    for key in roster.identity:
        # An optional part of the identity whose column is not there.
        if key not in places:
            reading.values[key] = ""
    if not reading.problems and (not removed or roster.kind == RosterKind.RELATED):
        roster.check(reading)
    return reading


def spoken_value(value: Any) -> str:
    """A value as the dry run shows it."""
    if value in (None, "", []):
        return "（空）"
    return "、".join(value) if isinstance(value, list) else str(value)
