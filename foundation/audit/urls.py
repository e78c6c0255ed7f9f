"""The public address of the chain of seals."""

from django.urls import path

from foundation.audit.views import seals

app_name = "audit"
urlpatterns = [path("", seals, name="seals")]
