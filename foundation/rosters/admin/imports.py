"""Roster files at the desk: dry run, import, putting back, and the empty files to fill in (E8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.operations import note_export
from foundation.desk import Act, DeskAdmin, person_column, why_not
from foundation.documents.models import Document
from foundation.printing.answers import EXCEL, download, download_file
from foundation.requests import actor_of
from foundation.rosters import queries
from foundation.rosters.blank_sheets import (
    blank_sheet,
    result_sheet,
    row_remark,
    shown_values,
    undo_sheet,
)
from foundation.rosters.columns import ROSTERS
from foundation.rosters.forms import ApplyImportForm, RosterFileForm
from foundation.rosters.models import RosterImport, RosterKind, RosterRow
from foundation.rosters.operations.importing import (
    apply_roster_import,
    changes_in,
    check_roster_file,
    discard_roster_import,
    undo_roster_import,
)
from foundation.rosters.policies import check_undo
from foundation.rosters.states import ROSTER_IMPORT, ImportState, RowOutcome

BUREAU = frozenset({Role.BUREAU})

ROWS_PER_PAGE = 100
# What needs a look first comes first.
OUTCOMES_SHOWN = (
    RowOutcome.BAD,
    RowOutcome.GONE,
    RowOutcome.REMOVED,
    RowOutcome.CHANGED,
    RowOutcome.NEW,
    RowOutcome.SAME,
)


def file_link(document: Document) -> SafeString:
    """Link to a kept file, by its name."""
    return format_html(
        '<a href="{}">{}</a>', reverse("documents:document", args=[document.pk]), document.name
    )


def _import_why_not(verb: str) -> Any:
    def reason(roster_import: RosterImport, actor: Actor, at: datetime) -> str:
        return why_not(ROSTER_IMPORT.target, current=roster_import.state, verb=verb)

    return reason


def _undo_why_not(roster_import: RosterImport, actor: Actor, at: datetime) -> str:
    changes = changes_in(roster_import.counts)
    return why_not(check_undo, state=roster_import.state, changes=changes)


@admin.register(RosterImport)
class RosterImportAdmin(DeskAdmin):
    """Roster files: dry run, then apply or discard; what was applied can be put back (E8)."""

    desk_roles = queries.READERS
    change_form_template = "admin/rosters/import.html"
    list_display = ("__str__", "scope", "state", "summary", "checked_at", "applied_at")
    list_filter = ("kind", "state")
    fields = (
        "kind",
        "city",
        "scope",
        "state",
        "fault",
        "file",
        "same_file",
        "put_back",
        "checked_at",
        "checked_person",
        "summary",
        "downloads",
        "skipped",
        "applied_at",
        "applied_person",
    )
    list_acts = {
        "check": Act(
            "上传名单文件（试运行）",
            check_roster_file,
            RosterFileForm,
            BUREAU,
            done="名单文件已收到，名单尚未改动；请核对试运行的逐行结果后导入或作废。",
        )
    }
    record_acts = {
        "apply": Act(
            "导入",
            apply_roster_import,
            ApplyImportForm,
            BUREAU,
            "roster_import",
            _import_why_not("order"),
            "已按试运行结果导入；行数较多时由系统写入，完成后本页会更新。",
        ),
        "discard": Act(
            "作废",
            discard_roster_import,
            roles=BUREAU,
            subject="roster_import",
            why_not=_import_why_not("discard"),
            done="试运行已作废。",
        ),
        "undo": Act(
            "撤销这次导入（先试运行）",
            undo_roster_import,
            roles=BUREAU,
            subject="roster_import",
            why_not=_undo_why_not,
            done="撤销文件已生成并试运行，名单尚未改动；请核对后导入。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[RosterImport]:
        return queries.imports_visible_to(user).select_related("document", "undoes", "city")

    def get_fields(self, request: HttpRequest, obj: RosterImport | None = None) -> Any:
        """Without what there is nothing to say about yet."""
        empty = set()
        if obj is not None:
            empty = {
                *(() if obj.fault else ("fault",)),
                *(() if obj.undoes_id else ("put_back",)),
                *(() if obj.skipped_rows else ("skipped",)),
                *(() if obj.counts else ("summary", "downloads")),
                *(() if obj.applied_at else ("applied_at", "applied_by")),
            }
        return [name for name in self.fields if name not in empty]

    def get_urls(self) -> list[URLPattern]:
        """Beside the desk's own: the empty files, how far a file is, its rows as xlsx, and what puts it back."""
        view = self.admin_site.admin_view
        name = "rosters_rosterimport"
        return [
            path("blank/<slug:kind>/", view(self.blank_view), name=f"{name}_blank"),
            path("<int:pk>/progress/", view(self.progress_view), name=f"{name}_progress"),
            path("<int:pk>/rows/", view(self.rows_view), name=f"{name}_rows"),
            path("<int:pk>/undo.xlsx", view(self.undo_view), name=f"{name}_undo"),
            *super().get_urls(),
        ]

    def blank_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """An empty xlsx to fill in."""
        if not self._may_look(request) or kind not in ROSTERS:
            raise Http404
        name = f"{RosterKind(kind).label}模板.xlsx"
        return download(blank_sheet(kind), name=name, content_type=EXCEL)

    def rows_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """Every row of a dry run in the account's reach."""
        record = self._record(request, str(pk))
        name = f"{record.get_kind_display()}{pk}逐行结果.xlsx"
        self._note_taken(request, "逐行结果", record, record.rows.count())
        return download_file(result_sheet(record), name=name, content_type=EXCEL)

    def undo_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The roster file that puts an import back, to look at or to import in parts."""
        record = self._record(request, str(pk))
        if _undo_why_not(record, Actor(), request.at):  # type: ignore[attr-defined]
            raise Http404
        name = f"{record.get_kind_display()}{pk}撤销文件.xlsx"
        self._note_taken(request, "撤销文件", record, changes_in(record.counts))
        return download_file(undo_sheet(record), name=name, content_type=EXCEL)

    def _note_taken(self, request: HttpRequest, what: str, record: RosterImport, rows: int) -> None:
        note_export(
            at=request.at,  # type: ignore[attr-defined]
            by=actor_of(request),
            listed=self.opts.label_lower,
            filters={"import": str(record.pk), "file": what},
            rows=rows,
        )

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far the job is, as the part of the page that the page asks for again and again."""
        record = self._record(request, str(pk))
        context = {"record": record, "progress": progress_of(record)}
        response = TemplateResponse(request, "admin/rosters/progress.html", context)
        response["Cache-Control"] = "private, no-store"
        return response

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With a page of the rows of one outcome."""
        record = self._record(request, object_id)
        outcome = request.GET.get("outcome", "")
        counts = [(o, record.counts[o]) for o in OUTCOMES_SHOWN if record.counts.get(o)]
        if outcome not in dict(counts):
            outcome = str(counts[0][0]) if counts else ""
        rows = record.rows.filter(outcome=outcome)
        page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        for row in page.object_list:
            row.roster_import = record
        extra = {
            "progress": progress_of(record),
            "outcomes": counts,
            "outcome": outcome,
            "rows_page": page,
            "rows": [(row, subject_of(row), row_remark(row)) for row in page.object_list],
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    checked_person = person_column("checked_by", "试运行人")
    applied_person = person_column("applied_by", "导入人")

    @admin.display(description="范围", ordering="whole")
    def scope(self, roster_import: RosterImport) -> str:
        """Whether the file is its city's whole list."""
        return "完整名单" if roster_import.whole else "增补"

    @admin.display(description="文件")
    def file(self, roster_import: RosterImport) -> SafeString:
        """The file as it was uploaded."""
        return file_link(roster_import.document)

    @admin.display(description="相同文件")
    def same_file(self, roster_import: RosterImport) -> SafeString | str:
        """The last import of the very same bytes, which then changes nothing new."""
        before = queries.imported_before(roster_import)
        if before is None:
            return "未曾导入过相同的文件"
        url = reverse("admin:rosters_rosterimport_change", args=[before.pk])
        return format_html('内容与 <a href="{}">{}</a> 的文件完全相同', url, before)

    @admin.display(description="所撤销的导入")
    def put_back(self, roster_import: RosterImport) -> SafeString | str:
        """The import this file puts back."""
        if roster_import.undoes is None:
            return "—"
        url = reverse("admin:rosters_rosterimport_change", args=[roster_import.undoes_id])
        return format_html('<a href="{}">{}</a>', url, roster_import.undoes)

    @admin.display(description="结果")
    def summary(self, roster_import: RosterImport) -> str:
        """How many rows of each outcome."""
        counts = roster_import.counts
        if not counts:
            return roster_import.fault or "—"
        parts = [f"{o.label} {counts[o]}" for o in RowOutcome if counts.get(o)]
        total = sum(count for outcome, count in counts.items() if outcome != RowOutcome.GONE)
        return f"共 {total} 行：{'，'.join(parts)}"

    @admin.display(description="下载")
    def downloads(self, roster_import: RosterImport) -> SafeString | str:
        """All rows, and what would put them back."""
        if not roster_import.counts:
            return "—"
        name = "admin:rosters_rosterimport"
        rows = reverse(f"{name}_rows", args=[roster_import.pk])
        link = format_html('<a href="{}">全部逐行结果（Excel）</a>', rows)
        if roster_import.state != ImportState.APPLIED or not changes_in(roster_import.counts):
            return link
        undo = reverse(f"{name}_undo", args=[roster_import.pk])
        return format_html('{}　<a href="{}">撤销文件（Excel）</a>', link, undo)

    @admin.display(description="跳过的行")
    def skipped(self, roster_import: RosterImport) -> str:
        """The rows left out when it was applied."""
        return "、".join(map(str, roster_import.skipped_rows)) or "—"


def progress_of(roster_import: RosterImport) -> dict[str, Any]:
    """What the page says about a file the job works on: ``done`` and ``total`` rows, None while not known."""
    reading = roster_import.state == ImportState.READING
    known = reading and roster_import.rows_total is not None and roster_import.rows_done > 0
    return {
        "at_work": roster_import.is_at_work,
        "reading": reading,
        "done": roster_import.rows_done if known else None,
        "total": roster_import.rows_total if known else None,
    }


def subject_of(row: RosterRow) -> str:
    """What names the entry a row is about."""
    values = shown_values(row)
    keys = ("name", "credit_code", "code_a", "code_b", "number_key")
    return " ".join(str(values[key]) for key in keys if values.get(key))
