"""Addresses of an enterprise's applications and vouchers."""

from __future__ import annotations

from django.urls import path

from vouchers import views

app_name = "vouchers"
urlpatterns = [
    path("", views.WalletView.as_view(), name="wallet"),
    path("apply/<int:batch_pk>/", views.ApplyView.as_view(), name="apply"),
    path("applications/", views.ApplicationsView.as_view(), name="applications"),
    path("applications/<int:pk>/", views.ApplicationView.as_view(), name="application"),
    path("applications/<int:pk>/receipt.pdf", views.ReceiptView.as_view(), name="receipt"),
    path("applications/<int:pk>/withdraw/", views.WithdrawView.as_view(), name="withdraw"),
    path("<int:pk>/", views.VoucherView.as_view(), name="voucher"),
]
