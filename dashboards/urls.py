"""Addresses of the dashboards."""

from __future__ import annotations

from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("deadlines.ics", views.CalendarView.as_view(), name="calendar"),
    path("<slug:table>.xlsx", views.ExportView.as_view(), name="export"),
]
