"""What search engines are told: which pages are the public's (robots.txt), and where they are (sitemap.xml)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import sitemap
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from foundation.notices.models import Notice
from foundation.notices.queries import notices_visible
from providers.models import ProductVersion
from providers.queries import versions_on_sale
from voucher_portal.help.topics import TOPICS
from vouchers.models import Batch
from vouchers.queries import announced_batches

# Addresses that belong to somebody, or are steps of a form. The rest is public.
NOT_FOR_CRAWLERS = (
    "/account/",
    "/admin/",
    "/api/",
    "/claims/",
    "/components/",
    "/dashboard/",
    "/enterprise/",
    "/files/",
    "/home/",
    "/login/",
    "/messages/",
    "/mail/",
    "/orders/",
    "/password/",
    "/provider/",
    "/publicity/lines/",
    "/publicity/objections/",
    "/signup/",
    "/vouchers/",
)
FOR_CRAWLERS = ("/enterprise/size-test/",)


@require_safe
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages are allowed, personal ones are not."""
    lines = ["User-agent: *"]
    lines += [f"Allow: {address}" for address in FOR_CRAWLERS]
    lines += [f"Disallow: {address}" for address in NOT_FOR_CRAWLERS]
    lines.append(f"Sitemap: {settings.PORTAL_URL}/sitemap.xml")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


class PublicSitemap(Sitemap):
    """Addresses below PORTAL_URL, whatever host the request named."""

    limit = 5000

    def get_domain(self, site: Any = None) -> str:
        return settings.PORTAL_URL.partition("://")[2]

    def get_protocol(self, protocol: str | None = None) -> str:
        return settings.PORTAL_URL.partition("://")[0]


class PageMap(PublicSitemap):
    """The pages that are always there."""

    def items(self) -> list[str]:
        named = ("home", "batches:list", "catalogue:list", "notices:list", "publicity:lists")
        always = [reverse(name) for name in (*named, "enterprises:size_test", "help:index")]
        return [*always, *(reverse("help:page", args=[slug]) for slug in TOPICS)]

    def location(self, item: str) -> str:
        return item


class BatchMap(PublicSitemap):
    """Every announced batch."""

    def items(self) -> QuerySet[Batch]:
        return announced_batches().order_by("-pk")

    def location(self, item: Batch) -> str:
        return reverse("batches:detail", args=[item.pk])


class ProductMap(PublicSitemap):
    """Every product on sale."""

    def items(self) -> QuerySet[ProductVersion]:
        return versions_on_sale().order_by("-pk")

    def location(self, item: ProductVersion) -> str:
        return reverse("catalogue:product", args=[item.product_id])

    def lastmod(self, item: ProductVersion) -> Any:
        return item.decided_at


class NoticeMap(PublicSitemap):
    """Every notice the public can see now."""

    def items(self) -> QuerySet[Notice]:
        return notices_visible(timezone.now()).order_by("-publish_at", "-pk")

    def location(self, item: Notice) -> str:
        return reverse("notices:detail", args=[item.pk])

    def lastmod(self, item: Notice) -> Any:
        return item.publish_at


MAPS = {"pages": PageMap, "batches": BatchMap, "products": ProductMap, "notices": NoticeMap}

urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path(
        "sitemap.xml",
        cache_control(public=True, max_age=3600)(sitemap),
        {"sitemaps": MAPS},
        name="sitemap",
    ),
]
