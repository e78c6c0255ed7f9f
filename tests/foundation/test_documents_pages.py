"""Pages of a file as pictures to read: drawn in the bounded worker, for who may read the file, and no further (F4)."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from foundation.accounts.models import Role
from foundation.documents.models import Document
from foundation.documents.operations import keep_file
from tests import build
from tests.foundation import files

pytestmark = [pytest.mark.django_db, pytest.mark.rule("F4")]


def kept(name: str, content: bytes, owner) -> Document:
    upload = SimpleUploadedFile(name, content)
    return keep_file(file=upload, by=build.actor(owner), at=build.OPENS)


def page(client: Client, document: Document, number: int):
    return client.get(reverse("documents:page", args=[document.pk, number]))


def test_every_page_is_drawn_and_none_beyond() -> None:
    owner = build.account(Role.ENTERPRISE)
    document = kept("两页.pdf", files.scanned_pdf(files.page(), files.page()), owner)
    assert document.pages == 2
    client = Client()
    client.force_login(owner)
    for number in (1, 2):
        answer = page(client, document, number)
        assert answer["Content-Type"] == "image/jpeg"
        assert (
            "no-store" in answer["Cache-Control"] and "sandbox" in answer["Content-Security-Policy"]
        )
        drawn = Image.open(io.BytesIO(answer.content))
        assert max(drawn.size) in range(1990, 2011)
    for beyond in (0, 3, 99999):
        assert page(client, document, beyond).status_code == 404


def test_a_picture_has_one_page_and_is_not_made_larger() -> None:
    owner = build.account(Role.ENTERPRISE)
    client = Client()
    client.force_login(owner)
    document = kept("照片.png", files.png((1000, 700)), owner)
    drawn = Image.open(io.BytesIO(page(client, document, 1).content))
    assert (document.pages, drawn.size) == (1, (1000, 700))
    assert page(client, document, 2).status_code == 404


def test_pages_are_only_for_who_may_read_the_file() -> None:
    document = kept("一页.pdf", files.scanned_pdf(), build.account(Role.ENTERPRISE))
    client = Client()
    assert page(client, document, 1).status_code == 302
    for role in (Role.ENTERPRISE, Role.CONTRACTOR, Role.EXPERT):
        client.force_login(build.account(role))
        assert page(client, document, 1).status_code == 404
