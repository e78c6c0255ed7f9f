"""Addresses of batches and published results."""

from __future__ import annotations

from django.urls import path

from foundation.public_record import public_record
from vouchers import public_views

app_name = "batches"
urlpatterns = [
    path("", public_record(public_views.batch_list), name="list"),
    path("recompute/", public_record(public_views.recompute), name="recompute"),
    path("recompute/verify_results.py", public_record(public_views.verifier), name="verifier"),
    path("<int:pk>/", public_views.batch_detail, name="detail"),
    path("<int:pk>/results/", public_record(public_views.results), name="results"),
    path("<int:pk>/results.csv", public_record(public_views.results_download), name="download"),
    path("<int:pk>/results/<int:round_number>/", public_record(public_views.results), name="round"),
    path(
        "<int:pk>/results/<int:round_number>.csv",
        public_record(public_views.results_download),
        name="round-download",
    ),
]
