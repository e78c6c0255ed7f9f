"""The order pages, at /orders/."""

from __future__ import annotations

from django.urls import path

from orders import views

app_name = "orders"
urlpatterns = [
    path("", views.OrderListView.as_view(), name="list"),
    path("new/<int:version_pk>/", views.PlaceOrderView.as_view(), name="place"),
    path("new/<int:version_pk>/check/", views.PlaceCheckView.as_view(), name="place-check"),
    path("<int:pk>/", views.OrderView.as_view(), name="order"),
    path("<int:pk>/contract/", views.ContractView.as_view(), name="contract"),
    path("<int:pk>/contract/hint/", views.ContractHintView.as_view(), name="contract-hint"),
    path("<int:pk>/contact/", views.ContactView.as_view(), name="contact"),
    path("<int:pk>/limits/", views.LimitsView.as_view(), name="limits"),
    path("<int:pk>/payment/", views.PaymentView.as_view(), name="payment"),
    path("<int:pk>/correction/", views.CorrectionView.as_view(), name="correction"),
    path("<int:pk>/act/<slug:act>/", views.OrderActView.as_view(), name="act"),
]
