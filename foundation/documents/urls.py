"""Addresses of stored files."""

from django.urls import path

from foundation.documents import views

app_name = "documents"
urlpatterns = [
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/thumbnail/", views.document_thumbnail, name="thumbnail"),
    path("<int:pk>/pages/<int:number>/", views.document_page, name="page"),
    path("staged/", views.stage, name="stage"),
    path("staged/<int:pk>/", views.staged, name="staged"),
    path("staged/<int:pk>/discard/", views.discard, name="discard"),
]
