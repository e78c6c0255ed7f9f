"""The portal's addresses and the minimal view."""

from __future__ import annotations

from django.urls import path

from bench.views import mark
from voucher_portal.urls import urlpatterns as portal_urlpatterns

urlpatterns = [path("bench/mark/", mark), *portal_urlpatterns]
