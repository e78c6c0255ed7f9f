"""Every list of the desk as an Excel file: the list's own columns, filters, search and reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from foundation.audit.operations import note_export
from foundation.moments import SHANGHAI, local_day
from foundation.printing.answers import EXCEL, download_file
from foundation.requests import actor_of
from foundation.spreadsheets import Cell, table

ROWS_MAX = 100_000
_CHUNK = 1000


class ListExport(admin.ModelAdmin):
    """Gives a list its ``export.xlsx``: whoever may see the list may take it along, and it is kept in the audit trail.

    What a column shows is what is exported, masked as there; texts stay texts, so no code becomes a number or a formula.
    """

    def get_urls(self) -> list[URLPattern]:
        """The file beside Django's own pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export.xlsx", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse | FileResponse:
        """All rows of the list as filtered; beyond 100,000 a sentence says to narrow it down."""
        if not self.has_view_permission(request):
            raise Http404
        listed = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        try:
            changes = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{listed}?e=1")
        count = changes.queryset.count()
        if count > ROWS_MAX:
            messages.error(
                request,
                f"共 {count} 行，一次最多导出 {ROWS_MAX} 行，请先用筛选或搜索缩小范围后再导出。",
            )
            return HttpResponseRedirect(listed + changes.get_query_string())
        name = str(self.opts.verbose_name_plural)
        at = request.at  # type: ignore[attr-defined]
        headings = [str(label_for_field(key, self.model, self)) for key in changes.list_display]
        content = table(name, headings, self._rows(changes))
        note_export(
            at=at,
            by=actor_of(request),
            listed=self.opts.label_lower,
            filters=request.GET.dict(),
            rows=count,
        )
        return download_file(content, name=f"{name}{local_day(at):%Y%m%d}.xlsx", content_type=EXCEL)

    def _rows(self, changes: ChangeList) -> Iterator[list[Cell]]:
        for entry in changes.queryset.iterator(chunk_size=_CHUNK):
            yield [self._cell(entry, name) for name in changes.list_display]

    def _cell(self, entry: models.Model, name: Any) -> Cell:
        """What the list shows in a column, as a value."""
        try:
            field, attribute, value = lookup_field(name, entry, self)
        except ObjectDoesNotExist:
            return None
        if field is not None and isinstance(field, models.ForeignKey):
            return str(value) if (value := getattr(entry, field.name)) is not None else None
        choices = dict(getattr(field, "flatchoices", None) or ())
        if choices:
            return str(choices.get(value, value))
        if value is None:
            return getattr(attribute, "empty_value_display", None)
        return _plain(value)


def _plain(value: Any) -> Cell:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, int | Decimal | date):
        return value
    return strip_tags(value).strip() if isinstance(value, SafeString) else str(value)
