"""What search engines and caches are told about public pages."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests import build
from tests.access.table import EVERYONE, PAGES
from voucher_portal.crawlers import FOR_CRAWLERS, NOT_FOR_CRAWLERS

pytestmark = pytest.mark.django_db

PUBLIC = ("/", "/batches/", "/products/", "/notices/", "/publicity/", "/help/", "/help/apply/")


def allowed(address: str) -> bool:
    """As robots read it: the longest matching line counts."""
    best = max((a for a in NOT_FOR_CRAWLERS if address.startswith(a)), key=len, default="")
    return any(address.startswith(a) and len(a) > len(best) for a in FOR_CRAWLERS) or not best


def test_robots_keep_to_public_pages() -> None:
    page = Client().get("/robots.txt")
    assert page["Content-Type"].startswith("text/plain") and "public" in page["Cache-Control"]
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in page.content.decode()
    for address in (*PUBLIC, "/enterprise/size-test/", "/publicity/1/"):
        assert allowed(address), address
    for name, route in PAGES.items():
        if route.who == EVERYONE or name.startswith("admin:"):
            continue
        try:
            address = reverse(name)
        except NoReverseMatch:
            # One with arguments lies below one without.
            continue
        assert not allowed(address), address


def test_the_sitemap_lists_what_is_public() -> None:
    provider = build.provider()
    version = build.version_on_sale(provider)
    draft = build.batch(state="draft", announced_at=None)
    shown = build.batch(draft.programme)
    found = re.findall(
        "<loc>http://127.0.0.1:8000([^<]*)", Client().get("/sitemap.xml").content.decode()
    )
    assert f"/products/{version.product_id}/" in found
    assert f"/batches/{shown.pk}/" in found and f"/batches/{draft.pk}/" not in found
    for address in found:
        assert allowed(address)
        assert Client().get(address).status_code == 200, address


# Pages that know nobody and are the same for everyone (tests/public/test_public_record.py).
RECORD = ("/batches/", "/notices/", "/publicity/")


@pytest.mark.parametrize("address", [address for address in PUBLIC if address not in RECORD])
def test_no_shared_cache_keeps_a_page_with_a_name(address: str) -> None:
    build.programme()
    for client in (Client(), Client()):
        page = client.get(address)
        assert page["Cache-Control"] == "private, no-cache"
        assert "Cookie" in page["Vary"]
    client.force_login(build.enterprise(name="某某有限公司").account)
    page = client.get(address)
    assert page["Cache-Control"] == "private, no-store" and "Cookie" in page["Vary"]


@pytest.mark.parametrize("address", PUBLIC)
def test_every_public_page_describes_itself(address: str) -> None:
    page = Client().get(address + "?page=1&city=zhuhai&x=y").content.decode()
    assert re.search(r'<meta name="description" content="[^"]{20,}"', page)
    (canonical,) = re.findall(r'<link rel="canonical" href="([^"]+)"', page)
    assert canonical == f"http://127.0.0.1:8000{address}"
