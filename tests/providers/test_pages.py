"""The provider's pages and the public catalogue: each address, each step, and who may open them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.moments import moment
from foundation.rosters.models import Level
from providers.models import Product, Provider
from providers.operations import (
    approve_provider,
)
from tests import build
from tests.pdfs import HOSTILE, flat, words
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT, LATER = make.AT, make.LATER
PAGES = [
    "home",
    "register",
    "lookup",
    "details",
    "commitment",
    "commitment_pdf",
    "check",
    "review",
    "change",
    "products",
    "new_product",
]
POSTED = ["submit", "renew"]


def left(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """Stands for the orders floor."""
    return Decimal(12345)


def nothing_left(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """Stands for the orders floor."""
    return Decimal(0)


def rating(product_id: int) -> tuple[Decimal | None, int]:
    """Stands for the orders floor."""
    return Decimal("4.5"), 8


def no_rating(product_id: int) -> tuple[Decimal | None, int]:
    """Stands for the orders floor."""
    return None, 0


@pytest.fixture(autouse=True)
def _upper_floor(settings) -> None:
    settings.ACCEPTANCE_QUERY = "tests.providers.test_pages.left"
    settings.RATINGS_QUERY = "tests.providers.test_pages.rating"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def url(name: str, *args) -> str:
    return reverse(f"providers:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


# --- who may open what --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PAGES, *POSTED])
def test_strangers_sign_in_and_other_roles_find_nothing(name: str) -> None:
    response = Client().get(url(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")
    for role in Role:
        if role != Role.PROVIDER:
            extra = {"district": build.district()} if role == Role.DISTRICT else {}
            assert client(build.account(role, **extra)).get(url(name)).status_code == 404


def test_before_registration_only_home_and_registration_open() -> None:
    mine = client(build.account(Role.PROVIDER))
    opened = [name for name in PAGES if mine.get(url(name)).status_code == 200]
    assert opened == ["home", "register", "lookup"]


def test_another_providers_product_is_not_found() -> None:
    version = make.in_review(make.approved())
    theirs = client(make.approved().account)
    pk = version.product_id
    for name, more in (
        ("product", ()),
        ("edit_product", ()),
        ("preview", ()),
        ("version", (1,)),
        ("withdraw", ()),
    ):
        assert theirs.get(url(name, pk, *more)).status_code == 404, name
    for name in ("evidence", "submit_product", "discard", "next_version", "copy_product"):
        assert theirs.post(url(name, pk), {"slot": "report:0"}).status_code == 404, name
    for section in ("name", "introduction", "price", "basis", "history"):
        assert theirs.post(url("section", pk, section), {"name": "x"}).status_code == 404
    assert theirs.post(url("withdraw", pk), {}).status_code == 404
    item = version.evidence.first()
    assert theirs.post(url("remove_evidence", pk, item.pk)).status_code == 404
    assert version.evidence.filter(pk=item.pk).exists()
    assert Product.objects.count() == 1


def test_acts_are_posted() -> None:
    version = make.complete_draft(make.approved())
    mine = client(version.product.provider.account)
    for name in POSTED:
        assert mine.get(url(name)).status_code == 405
    for name in ("submit_product", "discard", "next_version", "copy_product"):
        assert mine.get(url(name, version.product_id)).status_code == 405


# --- the public catalogue -----------------------------------------------------------------------


def _catalogue(**filters) -> str:
    return text(Client().get(reverse("catalogue:list"), filters))


def test_the_catalogue_is_public_filtered_and_paged() -> None:
    provider = make.approved()
    for place in range(21):
        make.published(provider, name=f"产品编号{place:02d}")
    first = _catalogue()
    assert "产品编号20" in first and "产品编号00" not in first
    assert "共 21 个产品" in first
    assert "产品编号00" in _catalogue(page="2")
    assert "产品编号00" in _catalogue(text="编号00")
    assert "没有符合条件" in _catalogue(category="training")
    assert "没有符合条件" in _catalogue(city=build.city("zhuhai").pk)
    # What makes no sense filters nothing, and breaks nothing.
    assert "共 21 个产品" in _catalogue(city="x", category="y", price_from="z", page="w")


@pytest.mark.rule("P7")
def test_a_product_page_shows_whether_and_how_much_can_still_be_accepted(settings) -> None:
    provider = make.approved()
    version = make.published(provider)
    there = reverse("catalogue:product", args=[version.product_id])

    page = text(Client().get(there))
    assert "可以收券" in page and "12,345 元" in page
    assert "评分 4.5 / 5（8 条评价）" in page
    elsewhere = text(Client().get(there, {"city": build.city("zhuhai").pk}))
    assert "不能收券" in elsewhere and "只接收广州市企业" in elsewhere
    settings.ACCEPTANCE_QUERY = "tests.providers.test_pages.nothing_left"
    settings.RATINGS_QUERY = "tests.providers.test_pages.no_rating"
    page = text(Client().get(there))
    assert "暂无收券额度" in page and "还没有评价" in page
    with time_machine.travel(moment(date(2021, 1, 4), 9), tick=False):
        assert "承诺书不是 2021 年度的" in text(Client().get(there))


@pytest.mark.rule("P7")
def test_an_enterprise_sees_its_own_city_and_may_order(settings) -> None:
    provider = make.approved(make.accreditation(level=Level.PROVINCIAL))
    version = make.published(provider, cities=[build.city(), build.city("zhuhai")])
    there = reverse("catalogue:product", args=[version.product_id])
    buyer = build.enterprise(of=build.city("zhuhai"))

    page = text(client(buyer.account).get(there))
    assert "珠海市本年度还可收券" in page
    assert reverse("orders:place", args=[version.pk]) in page
    assert reverse("orders:place", args=[version.pk]) not in text(Client().get(there))
    narrow = make.published(provider)
    page = text(client(buyer.account).get(reverse("catalogue:product", args=[narrow.product_id])))
    assert "服务区域不包括珠海市" in page


def test_a_providers_public_page_shows_what_is_public() -> None:
    provider = make.approved()
    version = make.published(provider)
    page = text(Client().get(reverse("catalogue:provider", args=[provider.pk])))
    assert provider.name in page and version.name in page
    for secret in (
        provider.contact_mobile,
        provider.contact_id,
        provider.legal_representative_id,
        provider.bank_account,
        provider.contact,
    ):
        assert secret not in page
    waiting = make.submitted()
    assert Client().get(reverse("catalogue:provider", args=[waiting.pk])).status_code == 404
    approve_provider(by=make.reviewer(waiting), at=AT, provider=waiting)
    assert Client().get(reverse("catalogue:provider", args=[waiting.pk])).status_code == 200


def test_own_costing_is_not_shown_to_the_public() -> None:
    version = make.published(
        make.approved(),
        price_basis="costing",
        basis={"cost": "13131", "profit": "100", "tax": "6"},
    )
    page = text(Client().get(reverse("catalogue:product", args=[version.product_id])))
    assert "企业内部定价依据" in page
    assert "13,131" not in page


@pytest.mark.rule("P2")
def test_the_commitment_is_a_pdf_with_the_same_words_as_the_page() -> None:
    provider = make.registered()
    Provider.objects.filter(pk=provider.pk).update(name=HOSTILE)
    mine = client(provider.account)
    letter = mine.get(url("commitment")).context["letter"]
    answer = mine.get(url("commitment_pdf"))
    said = words(answer.content)
    for sentence in (*letter.paragraphs, letter.contact):
        assert flat("".join(part.text for part in sentence)) in said
    for word in (HOSTILE, provider.credit_code, provider.contact_mobile, *letter.signatures):
        assert flat(word) in said
    assert "服务机构承诺书.pdf" in unquote(answer["Content-Disposition"])
    assert answer["Cache-Control"] == "private, no-store"
