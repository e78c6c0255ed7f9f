"""Every address of the portal, by app."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from foundation.accounts.signing_in import DeskLoginView
from voucher_portal.gallery import gallery
from voucher_portal.views import home

handler400 = "voucher_portal.faults.bad_request"
handler403 = "voucher_portal.faults.permission_denied"
handler404 = "voucher_portal.faults.page_not_found"
handler500 = "voucher_portal.faults.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("", include("voucher_portal.crawlers")),
    path("", include("foundation.accounts.urls")),
    path("account/tokens/", include("foundation.api.urls")),
    path("api/v1/", include("voucher_portal.api_urls")),
    path("", include("foundation.notices.urls")),
    path("files/", include("foundation.documents.urls")),
    path("enterprise/", include("enterprises.urls")),
    path("provider/", include("providers.urls")),
    path("products/", include("orders.catalogue.urls")),
    path("batches/", include("vouchers.public_urls")),
    path("vouchers/", include("vouchers.urls")),
    path("orders/", include("orders.urls")),
    path("claims/", include("redemption.urls")),
    path("publicity/", include("redemption.public_urls")),
    path("seals/", include("foundation.audit.urls")),
    path("help/", include("voucher_portal.help.urls")),
    path("dashboard/", include("dashboards.urls")),
    # One way to sign in and one to change a password, with all their steps.
    path("admin/login/", DeskLoginView.as_view()),
    path("admin/password_change/", admin.site.admin_view(RedirectView.as_view(url="/password/"))),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns.append(path("components/", gallery, name="components"))
