"""Every table and list of the dashboards as an Excel file, within the same reach as the page (N3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards import figures
from dashboards.calls import calls, found_in
from dashboards.forms import CallFilterForm
from dashboards.groupings import GROUPINGS, groupings_of
from dashboards.lists import LISTINGS
from dashboards.models import CallList
from dashboards.provider_figures import all_providers
from dashboards.reach import Reach
from dashboards.service_figures import categories
from dashboards.tables import Table
from foundation.moments import local_day, spoken
from foundation.spreadsheets import Cell, Sheet, workbook

# A file that office machines still open; the page's filters make it smaller.
ROWS_MAX = 20_000


@dataclass(frozen=True)
class Export:
    """An Excel file; ``named``: how many rows name an enterprise, None for a table of figures."""

    content: bytes
    named: int | None = None


def export(name: str, reach: Reach, at: datetime, filters: Any) -> Export | None:
    """The Excel file of a table or list by its name; None for an unknown name.

    A rolled-up table says since when its figures stand; a list is of this moment.
    """
    if name in LISTINGS:
        return _listing(name, reach, at, filters)
    if name.startswith("calls-") and reach.programme is not None:
        call_list = name.removeprefix("calls-")
        return _calls(call_list, reach, at, filters) if call_list in CallList.values else None
    table = table_of(name, reach, at)
    if table is None:
        return None
    return Export(workbook([table.sheet(), _told(reach, reach.taken_at(), table.note)]))


def _told(reach: Reach, taken: datetime | None, note: str = "") -> Sheet:
    """What figures or a list cover, and since when they stand."""
    rows: list[list[Cell]] = [
        ["范围", reach.title],
        ["数据时间", spoken(taken) if taken else "尚未汇总"],
    ]
    if note:
        rows.append(["说明", note])
    return Sheet("说明", ("项目", "内容"), rows)


def _named(sheet: Sheet, goes_on: bool, reach: Reach, at: datetime) -> Export:
    """A list of this moment; says at its end that there is more than it holds."""
    rows = list(sheet.rows)
    if goes_on:
        words = f"以上为前 {ROWS_MAX} 条，其余未列出，请缩小筛选范围后分次导出。"
        rows.append([words, *[None] * (len(sheet.headings) - 1)])
    told = Sheet(sheet.title, sheet.headings, rows)
    return Export(workbook([told, _told(reach, at)]), named=len(sheet.rows))


def table_of(name: str, reach: Reach, at: datetime) -> Table | None:
    """A rolled-up table by its name within the reach; None for an unknown name."""
    allowed = {one.key for one in groupings_of(reach)}
    makers: dict[str, Callable[[], Table]] = {
        "to-lapse": lambda: figures.to_lapse(reach, at),
        "batches": lambda: figures.batches(reach),
        "weeks": lambda: figures.weeks(reach),
        "categories": lambda: categories(reach),
        "comparison": lambda: figures.comparison(reach, groupings_of(reach)[0]),
        "providers": lambda: all_providers(reach),
    }
    if name in makers:
        return makers[name]()
    kind, _, key = name.partition("-")
    if kind == "funnel" and key in allowed:
        return figures.funnel(reach, GROUPINGS[key])
    if kind == "money" and key in allowed | {"batch"}:
        return figures.money(reach, GROUPINGS[key])
    return None


def _listing(name: str, reach: Reach, at: datetime, filters: Any) -> Export:
    listing = LISTINGS[name]
    chosen = listing.form(filters, reach=reach).chosen()
    table, goes_on = listing.cut(reach, chosen, at, 0, ROWS_MAX)
    return _named(table.sheet(), goes_on, reach, at)


def _calls(call_list: str, reach: Reach, at: datetime, filters: Any) -> Export:
    """A call list without telephone numbers: those are shown one by one, on record (F5)."""
    called = CallFilterForm(filters, reach=reach).chosen().get("called", "")
    listed = found_in(reach, call_list, at, called=called)
    found = calls(reach, call_list, listed[: ROWS_MAX + 1], at)
    headings = (
        "企业",
        "统一社会信用代码",
        "情形",
        "金额（元）",
        "截止日",
        "经办人",
        "联系时间",
        "联系情况",
    )
    cells: list[list[Cell]] = [
        [
            one.name,
            one.credit_code,
            one.why,
            one.amount,
            local_day(one.until) if one.until else None,
            one.profile.handler if one.profile else None,
            local_day(one.record.called_at) if one.record else None,
            one.record.note if one.record else None,
        ]
        for one in found[:ROWS_MAX]
    ]
    sheet = Sheet(CallList(call_list).label, headings, cells)
    return _named(sheet, len(found) > ROWS_MAX, reach, at)
