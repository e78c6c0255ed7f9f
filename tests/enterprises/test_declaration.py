"""The declaration as PDF, and that showing ID numbers in clear is recorded (E3, F5)."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from enterprises.models import Profile
from enterprises.operations import fill_in_declaration
from foundation.accounts.actors import Actor
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from tests.enterprises.build import AT, contractor, data, filled, registered
from tests.enterprises.test_pages import at_time, client, url
from tests.pdfs import HOSTILE, flat, fonts_embedded, words

pytestmark = pytest.mark.django_db


@pytest.mark.rule("E3")
def test_the_declaration_is_a_pdf_with_the_same_words_as_the_page() -> None:
    file = filled()
    Profile.objects.filter(pk=file.profile_id).update(name=HOSTILE)
    with at_time():
        mine = client(file.enterprise.account)
        page, answer = mine.get(url("declaration")), mine.get(url("declaration_pdf"))
    said = words(answer.content)
    letter = page.context["letter"]
    for sentence in (*letter.paragraphs, letter.contact):
        assert flat("".join(part.text for part in sentence)) in said
    for part in (
        letter.title,
        HOSTILE,
        data()["legal_representative_id"],
        data()["handler_id"],
        "13812345678",
        file.enterprise.credit_code,
        *letter.signatures,
    ):
        assert flat(part) in said, part
    assert answer["Content-Type"] == "application/pdf"
    assert "广州市中小微企业声明函.pdf" in unquote(answer["Content-Disposition"])
    assert answer["Cache-Control"] == "private, no-store"
    assert all(fonts_embedded(answer.content).values())


@pytest.mark.rule("F5")
def test_showing_id_numbers_in_clear_is_recorded() -> None:
    file = filled()
    with at_time():
        mine = client(file.enterprise.account)
        mine.get(url("declaration"))
        mine.get(url("declaration_pdf"))
    kept = AuditEntry.objects.filter(action="fill_in_declaration", subject_id=file.pk)
    assert kept.count() == 2
    assert {entry.actor_id for entry in kept} == {file.enterprise.account_id}
    number = data()["legal_representative_id"]
    assert not any(number in f"{entry.details}{entry.reason}" for entry in kept)


@pytest.mark.rule("F5")
def test_nobody_fills_in_anothers_declaration() -> None:
    file, other = filled(), registered()
    for account in (other.account, contractor().user):
        with pytest.raises(OutOfReach):
            fill_in_declaration(by=Actor(user=account), at=AT, qualification=file)


@pytest.mark.rule("E3")
def test_a_sign_the_font_lacks_is_told_on_the_print_page() -> None:
    file = filled()
    Profile.objects.filter(pk=file.profile_id).update(address="😀 路")
    with at_time():
        page = client(file.enterprise.account).get(url("declaration_pdf"), follow=True)
    shown = page.content.decode()
    assert "“😀”不在 PDF 表单的字库内" in shown and "print-sheet" in shown
