"""Addresses of a provider's claims."""

from __future__ import annotations

from django.urls import path

from redemption import claim_pages, preparing_pages, views

app_name = "redemption"
urlpatterns = [
    path("", claim_pages.ClaimListView.as_view(), name="list"),
    path("new/<int:programme_pk>/", preparing_pages.PrepareView.as_view(), name="prepare"),
    path("<int:pk>/", claim_pages.ClaimView.as_view(), name="claim"),
    path("<int:pk>/scans/<slug:slot>/", claim_pages.ScanView.as_view(), name="scan"),
    path("<int:pk>/submit/", views.SubmitView.as_view(), name="submit"),
    path("<int:pk>/give-up/", views.GiveUpView.as_view(), name="give-up"),
    path("<int:pk>/form.pdf", views.FormPdfView.as_view(), name="form-pdf"),
    path("<int:pk>/detail.pdf", views.DetailPdfView.as_view(), name="detail-pdf"),
    path("<int:pk>/form.xlsx", views.FormWorkbookView.as_view(), name="form-workbook"),
    path("<int:pk>/detail.xlsx", views.DetailWorkbookView.as_view(), name="detail-workbook"),
    path("lines/<int:pk>/supply/", views.SupplyView.as_view(), name="supply"),
]
