"""Roster files at the desk: dry run, import, and the empty files to fill in (E8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin, why_not
from foundation.documents.models import Document
from foundation.rosters import queries
from foundation.rosters.blank_sheets import blank_sheet, result_sheet, row_remark
from foundation.rosters.columns import ROSTERS
from foundation.rosters.forms import (
    ApplyImportForm,
    RosterFileForm,
)
from foundation.rosters.models import (
    RosterImport,
)
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
)
from foundation.rosters.sheets import XLSX
from foundation.rosters.states import ROSTER_IMPORT, RowOutcome

BUREAU = frozenset({Role.BUREAU})

# Rows that change something are shown up to here; bad rows are always shown, the xlsx has all.
ROWS_SHOWN = 200


def file_link(document: Document) -> SafeString:
    """Link to a kept file, by its name."""
    return format_html(
        '<a href="{}">{}</a>', reverse("documents:document", args=[document.pk]), document.name
    )


def _import_why_not(verb: str) -> Any:
    def reason(roster_import: RosterImport, actor: Actor, at: datetime) -> str:
        return why_not(ROSTER_IMPORT.target, current=roster_import.state, verb=verb)

    return reason


@admin.register(RosterImport)
class RosterImportAdmin(DeskAdmin):
    """Roster files: dry run, then apply or discard (E8)."""

    desk_roles = queries.READERS
    list_display = ("__str__", "kind", "state", "summary", "checked_at", "applied_at")
    list_filter = ("kind", "state")
    fields = (
        "kind",
        "city",
        "state",
        "file",
        "checked_at",
        "checked_by",
        "summary",
        "bad_rows",
        "changing_rows",
        "all_rows",
        "skipped",
        "applied_at",
        "applied_by",
    )
    list_acts = {
        "check": Act(
            "上传名单文件（试运行）",
            check_roster_file,
            RosterFileForm,
            BUREAU,
            done="试运行完成，名单尚未改动；请核对逐行结果后导入或作废。",
        )
    }
    record_acts = {
        "apply": Act(
            "导入",
            apply_roster_import,
            ApplyImportForm,
            BUREAU,
            "roster_import",
            _import_why_not("apply"),
            "名单已导入。",
        ),
        "discard": Act(
            "作废",
            discard_roster_import,
            roles=BUREAU,
            subject="roster_import",
            why_not=_import_why_not("discard"),
            done="试运行已作废。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[RosterImport]:
        return queries.imports_visible_to(user)

    def get_urls(self) -> list[URLPattern]:
        """Beside the desk's own: the empty files, and the whole dry run as xlsx."""
        view = self.admin_site.admin_view
        return [
            path("blank/<slug:kind>/", view(self.blank_view), name="rosters_rosterimport_blank"),
            path("<int:pk>/rows/", view(self.rows_view), name="rosters_rosterimport_rows"),
            *super().get_urls(),
        ]

    def blank_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """An empty xlsx to fill in."""
        if not self._may_look(request) or kind not in ROSTERS:
            raise Http404
        return _xlsx(blank_sheet(kind), f"roster-{kind}.xlsx")

    def rows_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Every row of a dry run in the account's reach."""
        record = self._record(request, str(pk))
        return _xlsx(result_sheet(record), f"roster-import-{pk}.xlsx")

    @admin.display(description="文件")
    def file(self, roster_import: RosterImport) -> SafeString:
        """The file as it was uploaded."""
        return file_link(roster_import.document)

    @admin.display(description="结果")
    def summary(self, roster_import: RosterImport) -> str:
        """How many rows of each outcome."""
        outcomes = [row["outcome"] for row in roster_import.rows]
        parts = [f"{o.label} {outcomes.count(o)}" for o in RowOutcome if o in outcomes]
        return f"共 {len(outcomes)} 行：{'，'.join(parts)}"

    @admin.display(description="有误的行")
    def bad_rows(self, roster_import: RosterImport) -> SafeString | str:
        """All bad rows with what is wrong."""
        return _rows_table([r for r in roster_import.rows if r["outcome"] == RowOutcome.BAD])

    @admin.display(description="将改动的行")
    def changing_rows(self, roster_import: RosterImport) -> SafeString | str:
        """The first rows that change something."""
        still = {RowOutcome.BAD, RowOutcome.SAME}
        return _rows_table(
            [r for r in roster_import.rows if r["outcome"] not in still][:ROWS_SHOWN]
        )

    @admin.display(description="全部逐行结果")
    def all_rows(self, roster_import: RosterImport) -> SafeString:
        """The download of all rows."""
        url = reverse("admin:rosters_rosterimport_rows", args=[roster_import.pk])
        return format_html(
            '<a href="{}">下载 Excel</a>（本页最多显示前 {} 行改动）', url, ROWS_SHOWN
        )

    @admin.display(description="跳过的行")
    def skipped(self, roster_import: RosterImport) -> str:
        """The rows left out when it was applied."""
        return "、".join(map(str, roster_import.skipped_rows)) or "—"


def _xlsx(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _rows_table(rows: list[dict[str, Any]]) -> SafeString | str:
    if not rows:
        return "无"
    lines = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>',
        (
            (
                row["row"],
                RowOutcome(row["outcome"]).label,
                _subject_of(row["values"]),
                row_remark(row),
            )
            for row in rows
        ),
    )
    return format_html(
        '<table class="desk-table"><thead><tr><th scope="col">行号</th><th scope="col">结果</th>'
        '<th scope="col">对象</th><th scope="col">说明</th></tr></thead><tbody>{}</tbody></table>',
        lines,
    )


def _subject_of(values: dict[str, Any]) -> str:
    keys = ("name", "credit_code", "code_a", "code_b", "number_key")
    return " ".join(values[key] for key in keys if values.get(key))
