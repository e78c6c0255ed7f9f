"""The public catalogue, at /products/."""

from __future__ import annotations

from django.urls import path

from providers import public_views

app_name = "catalogue"
urlpatterns = [
    path("", public_views.product_list, name="list"),
    path("<int:pk>/", public_views.product_detail, name="product"),
    path("providers/<int:pk>/", public_views.provider_detail, name="provider"),
]
