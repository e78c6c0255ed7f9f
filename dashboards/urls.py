"""Addresses of the dashboards."""

from __future__ import annotations

from django.urls import path

from dashboards.evaluation import views as evaluation
from dashboards.views import calling, pages, what_if

app_name = "dashboards"
urlpatterns = [
    path("", pages.HomeView.as_view(), name="home"),
    path("money/", pages.MoneyView.as_view(), name="money"),
    path("services/", pages.ServicesView.as_view(), name="services"),
    path("wall/", pages.WallView.as_view(), name="wall"),
    path("calls/<slug:name>/", calling.CallsView.as_view(), name="calls"),
    path("calls/<slug:name>/handler/", calling.HandlerView.as_view(), name="handler"),
    path("what-if/", what_if.WhatIfView.as_view(), name="what-if"),
    path("enterprises/", pages.ListView.as_view(), {"name": "enterprises"}, name="enterprises"),
    path("vouchers/", pages.ListView.as_view(), {"name": "vouchers"}, name="vouchers"),
    path("applications/", pages.ListView.as_view(), {"name": "applications"}, name="applications"),
    path("entries/", pages.ListView.as_view(), {"name": "entries"}, name="entries"),
    path("orders/", pages.ListView.as_view(), {"name": "orders"}, name="orders"),
    path("evaluation/", evaluation.EvaluationView.as_view(), name="evaluation"),
    path(
        "evaluation/report.xlsx", evaluation.EvaluationSheetView.as_view(), name="evaluation-sheet"
    ),
    path("evaluation/report.pdf", evaluation.EvaluationPdfView.as_view(), name="evaluation-pdf"),
    path("deadlines.ics", pages.CalendarView.as_view(), name="calendar"),
    path("<slug:table>.xlsx", pages.ExportView.as_view(), name="export"),
]
