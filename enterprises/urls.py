"""The enterprise's pages, at /enterprise/."""

from __future__ import annotations

from django.urls import path

from enterprises import declaration_views, home_views, profile_views, views
from enterprises.self_test import size_test

app_name = "enterprises"
urlpatterns = [
    path("", home_views.HomeView.as_view(), name="home"),
    path("register/", views.RegisterView.as_view(), name="register"),
    path("register/check/", views.RegisterCheckView.as_view(), name="register_check"),
    path("start-year/", views.StartYearView.as_view(), name="start_year"),
    path("profile/", profile_views.ProfileView.as_view(), name="profile"),
    path("profile/draft/", profile_views.DraftView.as_view(), name="draft"),
    path("profile/draft/discard/", profile_views.DiscardDraftView.as_view(), name="discard_draft"),
    path("profile/size/", profile_views.SizeView.as_view(), name="profile_size"),
    path("profile/check/<slug:field>/", profile_views.CheckView.as_view(), name="profile_check"),
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
