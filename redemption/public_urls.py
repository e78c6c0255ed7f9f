"""Addresses of public lists, objections and settlement results; no login."""

from __future__ import annotations

from django.urls import path

from redemption import public_views

app_name = "publicity"
urlpatterns = [
    path("", public_views.lists, name="lists"),
    path("results/", public_views.results, name="results"),
    path("follow/", public_views.FollowView.as_view(), name="follow"),
    path("objections/<str:receipt>/", public_views.objection, name="objection"),
    path("lines/<int:pk>/objection/", public_views.ObjectView.as_view(), name="object"),
    path("<int:pk>/", public_views.detail, name="list"),
]
