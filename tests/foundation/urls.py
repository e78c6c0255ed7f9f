"""The addresses of the foundation alone, and stand-ins for the homes of the floors above."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path


def stand_in(request):
    return HttpResponse("home")


urlpatterns = [
    path("", include("foundation.accounts.urls")),
    path("", include("foundation.notices.urls")),
    path("files/", include("foundation.documents.urls")),
    path("enterprise/", include(([path("", stand_in, name="home")], "enterprises"))),
    path("provider/", include(([path("", stand_in, name="home")], "providers"))),
    path("dashboard/", include(([path("", stand_in, name="home")], "dashboards"))),
    path("admin/", admin.site.urls),
]
