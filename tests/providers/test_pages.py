"""The provider's pages: each address, each step, and who may open them."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role, User
from providers.models import Product, Provider
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
