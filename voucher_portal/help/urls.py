"""Addresses of the 帮助中心."""

from __future__ import annotations

from django.urls import path

from voucher_portal.help import views

app_name = "help"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.page, name="page"),
]
