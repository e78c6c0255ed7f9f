"""Addresses of the page on one's tokens; those of the API itself are put together by the roof."""

from django.urls import path

from foundation.api import token_views

app_name = "tokens"
urlpatterns = [
    path("", token_views.TokensView.as_view(), name="list"),
    path("<int:pk>/revoke/", token_views.RevokeView.as_view(), name="revoke"),
]
