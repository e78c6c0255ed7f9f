"""The newest notices as an Atom feed, of all cities or of one (N1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from foundation.notices.formatting import body_of
from foundation.notices.models import Notice
from foundation.notices.queries import notices_visible
from foundation.regions.models import City

NEWEST = 50


class NoticeFeed(Feed):
    """``obj`` is the city, or None, and the moment of the request. Addresses are those of PORTAL_URL."""

    feed_type = Atom1Feed
    language = "zh-CN"

    def get_object(self, request: HttpRequest, city: str = "") -> tuple[City | None, datetime]:  # type: ignore[override]
        found = get_object_or_404(City, slug=city) if city else None
        return found, request.at  # type: ignore[attr-defined]

    def title(self, obj: tuple[City | None, datetime]) -> str:
        return f"{obj[0].name if obj[0] else '广东省'}中小微企业服务券通知公告"

    def link(self, obj: tuple[City | None, datetime]) -> str:
        city = f"?city={obj[0].slug}" if obj[0] else ""
        return f"{settings.PORTAL_URL}{reverse('notices:list')}{city}"

    def feed_url(self, obj: tuple[City | None, datetime]) -> str:
        city = [obj[0].slug] if obj[0] else []
        return f"{settings.PORTAL_URL}{reverse('notices:feed', args=city)}"

    feed_guid = feed_url

    def items(self, obj: tuple[City | None, datetime]) -> Any:
        found = notices_visible(obj[1]).select_related("city")
        if obj[0]:
            found = found.filter(city=obj[0])
        return found.order_by("-publish_at", "-pk")[:NEWEST]

    def item_title(self, item: Notice) -> str:  # type: ignore[override]
        return item.title

    def item_description(self, item: Notice) -> str:  # type: ignore[override]
        return body_of(item)

    def item_link(self, item: Notice) -> str:  # type: ignore[override]
        return f"{settings.PORTAL_URL}{reverse('notices:detail', args=[item.pk])}"

    item_guid = item_link

    def item_pubdate(self, item: Notice) -> datetime:
        return item.publish_at

    item_updateddate = item_pubdate

    def item_categories(self, item: Notice) -> tuple[str, ...]:  # type: ignore[override]
        return (item.get_kind_display(), item.city.name)
