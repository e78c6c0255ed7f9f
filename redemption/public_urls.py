"""Addresses of public lists, objections and settlement results; no login."""

from __future__ import annotations

from django.urls import path

from foundation.public_record import public_record
from redemption import public_views

app_name = "publicity"
urlpatterns = [
    path("", public_record(public_views.lists), name="lists"),
    path("results/", public_record(public_views.results), name="results"),
    path("follow/", public_views.FollowView.as_view(), name="follow"),
    path("objections/<str:receipt>/", public_views.objection, name="objection"),
    path("lines/<int:pk>/objection/", public_views.ObjectView.as_view(), name="object"),
    path("<int:pk>/", public_record(public_views.detail), name="list"),
]
