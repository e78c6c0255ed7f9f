"""Addresses of stored files."""

from django.urls import path

from foundation.documents.views import document

app_name = "documents"
urlpatterns = [path("<int:pk>/", document, name="document")]
