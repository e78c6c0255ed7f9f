"""The evaluation as a PDF to hand in (N3)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from dashboards.evaluation.queries import Evaluation
from dashboards.evaluation.sheets import cells_of, headings_of, lines_of, overview_of
from foundation.moments import local_day, spoken_day
from foundation.printing.typesetting import Data, print_form
from foundation.spreadsheets import Cell


def evaluation_pdf(report: Evaluation, *, at: datetime) -> bytes:
    """The report on A4 across, every table's head on each page; raises UnableToPrint."""
    data: dict[str, Data] = {
        "title": f"{report.programme.city}{report.programme.year} 年中小微企业服务券绩效评价报告",
        "as_of": spoken_day(local_day(at)),
        "overview": [{"name": name, "value": _said(value)} for name, value in overview_of(report)],
        "parts": [
            {
                "title": f"按{part.heading}",
                "headings": headings_of(part),
                "rows": [
                    [_said(cell) for cell in cells_of(part, line)]
                    for line in lines_of(report, part)
                ],
                "summed": part.of_enterprises,
            }
            for part in report.parts
        ],
    }
    return print_form("dashboards/evaluation/report.typ", data, at=at)


def _said(cell: Cell) -> str:
    if cell is None:
        return "—"
    return f"{cell:,}" if isinstance(cell, int | Decimal) else str(cell)
