"""Addresses of the dashboards."""

from __future__ import annotations

from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("<slug:table>.xlsx", views.ExportView.as_view(), name="export"),
]
