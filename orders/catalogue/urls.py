"""Addresses of the public catalogue, at /products/."""

from __future__ import annotations

from django.urls import path

from orders.catalogue import views

app_name = "catalogue"
urlpatterns = [
    path("", views.product_list, name="list"),
    path("<int:pk>/", views.product_detail, name="product"),
    path("providers/<int:pk>/", views.provider_detail, name="provider"),
]
