"""The evaluation as a page, an Excel file and a PDF, for the bureau and the province (N3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from dashboards.evaluation.printing import evaluation_pdf
from dashboards.evaluation.queries import Evaluation, evaluation_of
from dashboards.evaluation.sheets import evaluation_sheet, headings_of, lines_of, shown_of
from dashboards.reach import programmes_for
from foundation.accounts.models import Role
from foundation.printing.answers import EXCEL, PDF, download
from foundation.printing.typesetting import UnableToPrint
from foundation.requests import RoleRequired, whole_number


class EvaluationView(RoleRequired, View):
    """The page; ``programme`` in the address chooses the year, the newest otherwise."""

    roles = frozenset({Role.BUREAU, Role.PROVINCE})

    def report(self, request: HttpRequest) -> Evaluation | None:
        """The report asked for, None while there is no programme; 404 beyond reach."""
        programmes = programmes_for(request.user)  # type: ignore[arg-type]
        asked = whole_number(request.GET.get("programme", ""))
        programme = programmes.filter(pk=asked).first() if asked else programmes.first()
        if programme is None:
            if asked:
                raise Http404
            return None
        return evaluation_of(programme)

    def get(self, request: HttpRequest) -> HttpResponse:
        report = self.report(request)
        tables = []
        for part in report.parts if report is not None else ():
            headings = headings_of(part, shown=True)
            lines = [
                list(zip(headings, shown_of(part, line), strict=True))
                for line in lines_of(report, part)  # type: ignore[arg-type]
            ]
            tables.append((part, headings, lines))
        context = {
            "report": report,
            "tables": tables,
            "programmes": programmes_for(request.user),  # type: ignore[arg-type]
        }
        return render(request, "dashboards/evaluation/page.html", context)


class EvaluationSheetView(EvaluationView):
    """The same as Excel."""

    def get(self, request: HttpRequest) -> HttpResponse:
        report = self.report(request)
        if report is None:
            raise Http404
        name = f"{_name(report)}.xlsx"
        return download(evaluation_sheet(report), name=name, content_type=EXCEL)


class EvaluationPdfView(EvaluationView):
    """The same as PDF."""

    def get(self, request: HttpRequest) -> HttpResponse:
        report = self.report(request)
        if report is None:
            raise Http404
        try:
            content = evaluation_pdf(report, at=request.at)  # type: ignore[attr-defined]
        except UnableToPrint as refusal:
            messages.error(request, refusal.sentence)
            page = reverse("dashboards:evaluation")
            return redirect(f"{page}?programme={report.programme.pk}")
        return download(content, name=f"{_name(report)}.pdf", content_type=PDF)


def _name(report: Evaluation) -> str:
    return f"{report.programme.city}{report.programme.year}年绩效评价报告"
