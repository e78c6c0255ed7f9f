"""The enterprise's pages, at /enterprise/."""

from __future__ import annotations

from django.urls import path

from enterprises import declaration_views, views
from enterprises.self_test import size_test

app_name = "enterprises"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("start-year/", views.StartYearView.as_view(), name="start_year"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
    path("materials/", views.MaterialsView.as_view(), name="materials"),
    path("materials/<slug:slot>/", views.MaterialView.as_view(), name="material"),
    path("declaration/", declaration_views.DeclarationView.as_view(), name="declaration"),
    path(
        "declaration.pdf",
        declaration_views.DeclarationPdfView.as_view(),
        name="declaration_pdf",
    ),
    path("submit/", views.SubmitView.as_view(), name="submit"),
    path("history/", views.HistoryView.as_view(), name="history"),
    path("size-test/", size_test, name="size_test"),
]
