"""The review screen of registrations: read by GET, decided by POST, and the next file at once (E6)."""

from __future__ import annotations

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Qualification
from enterprises.operations import save_profile, submit_qualification
from foundation.accounts.models import Role, User
from foundation.assignments.models import Assignment
from foundation.assignments.operations import take_file
from tests import build
from tests.enterprises.build import (
    AT,
    LATER,
    YEAR,
    data,
    owner,
    registered,
    submitted,
    with_materials,
)
from tests.markup import inline_parts

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E6")]
NEXT = "/admin/enterprises/qualification/review/next/"


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def desk(user: User | None = None) -> Client:
    client = Client()
    client.force_login(user or build.account(Role.CONTRACTOR))
    return client


def screen(file: Qualification) -> str:
    return reverse("admin:enterprises_qualification_review", args=[file.pk])


def file_of(file: Qualification) -> Qualification:
    return Qualification.objects.get(pk=file.pk)


def text(response) -> str:
    return response.content.decode()


def test_next_takes_the_oldest_free_file_and_a_pass_opens_the_following() -> None:
    first, second = submitted(registered(), at=AT), submitted(registered(), at=LATER)
    user = build.account(Role.CONTRACTOR)
    client = desk(user)
    opened = client.post(NEXT)
    assert opened.url == screen(first)
    assert Assignment.objects.get().holder == user
    page = text(client.get(opened.url))
    assert inline_parts(page) == []
    assert "138****5678" in page and data()["handler_id"] not in page
    assert f"/files/{first.licence_id}/pages/1/" in page
    done = client.post(opened.url, {"decision": "pass", "rest_ok": "on", "seen": "1"})
    assert done.url == screen(second)
    assert Qualification.objects.get(pk=first.pk).state == "passed"
    done = client.post(
        screen(second), {"decision": "pass", "rest_ok": "on", "seen": "1"}, follow=True
    )
    assert "没有等您办理的下一件" in text(done)
    assert not Assignment.objects.exists()


def test_looking_takes_nothing_and_every_item_must_be_ticked_to_pass() -> None:
    file = submitted()
    client = desk()
    assert client.get(screen(file)).status_code == 200
    assert not Assignment.objects.exists()
    page = text(client.post(screen(file), {"decision": "pass", "tick-name": "ok", "seen": "1"}))
    assert "项没有核对" in page and "企业名称、" not in page.split("项没有核对")[1][:20]
    page = text(
        client.post(
            screen(file),
            {"decision": "pass", "rest_ok": "on", "note-proof": "印章不清", "seen": "1"},
        )
    )
    assert "标为有问题，不能通过" in page and "印章不清" in page
    assert Qualification.objects.get().state == "submitted"


def test_reasons_come_from_the_list_and_in_own_words() -> None:
    file = submitted()
    client = desk()
    nothing = client.post(screen(file), {"decision": "send-back", "seen": "1"})
    assert "请至少把一项标为有问题" in text(nothing)
    unsaid = client.post(
        screen(file), {"decision": "send-back", "tick-proof": "fault", "seen": "1"}
    )
    assert "请选择或填写原因" in text(unsaid)
    personal = {"decision": "send-back", "note-proof": "请电 13812345678", "seen": "1"}
    assert "请勿填写身份证号码或手机号码" in text(client.post(screen(file), personal))
    client.post(
        screen(file),
        {
            "decision": "send-back",
            "rest_ok": "on",
            "tick-proof": "fault",
            "why-proof": "证明上的单位名称与企业名称不一致",
            "note-proof": "证明上是旧名",
            "tick-name": "fault",
            "why-name": "其他（请在说明中写明）",
            "note-name": "少了“有限”二字",
            "seen": "1",
        },
    )
    given = file.rounds.get()
    assert given.outcome == "returned"
    assert given.item_reasons == {
        "name": "少了“有限”二字",
        "proof": "证明上的单位名称与企业名称不一致；证明上是旧名",
    }


def test_what_changed_meanwhile_is_not_decided_unseen() -> None:
    file = submitted()
    client = desk()
    client.post(screen(file), {"decision": "send-back", "note-name": "请核对", "seen": "1"})
    save_profile(
        by=owner(file.enterprise),
        at=LATER,
        enterprise=file.enterprise,
        year=YEAR,
        **data(name="广州新名有限公司", district=build.district()),
    )
    file = with_materials(file_of(file), at=LATER, slots="d")
    submit_qualification(by=owner(file.enterprise), at=LATER, qualification=file)
    stale = client.post(screen(file), {"decision": "pass", "rest_ok": "on", "seen": "1"})
    page = text(stale)
    assert "在您打开之后有新的提交或变动" in page and 'name="seen" value="2"' in page
    assert "广州晨光软件有限公司" in page, "what it was before stands beside"
    assert "上一轮退回补正的事项" in page
    assert Qualification.objects.get().state == "submitted"
    again = client.post(screen(file), {"decision": "pass", "rest_ok": "on", "seen": "2"})
    assert again.status_code == 302
    late = client.post(screen(file), {"decision": "pass", "rest_ok": "on", "seen": "2"})
    assert "本件已有变动" in text(late)


def test_two_on_one_file() -> None:
    file = submitted()
    one, other = build.account(Role.CONTRACTOR), build.account(Role.CONTRACTOR)
    take_file(by=build.actor(one), at=LATER, subject=file)
    client = desk(other)
    page = text(client.get(screen(file)))
    assert one.shown_name in page and "接手办理" in page
    assert "没有等您办理的下一件" in text(client.post(NEXT, follow=True))
    typed = {"decision": "send-back", "note-name": "请核对名称", "seen": "1"}
    page = text(client.post(screen(file), typed))
    assert "您的操作没有生效" in page and "请核对名称" in page
    page = text(client.post(screen(file), {**typed, "decision": "take-over"}))
    assert "请核对名称" in page and "接手办理" not in page
    loser = text(desk(one).post(screen(file), {"decision": "pass", "rest_ok": "on", "seen": "1"}))
    assert other.shown_name in loser and Qualification.objects.get().state == "submitted"
    assert client.post(screen(file), typed).status_code == 302
    assert file.rounds.get().item_reasons == {"name": "请核对名称"}


def test_hands() -> None:
    first, second = submitted(registered(), at=AT), submitted(registered(), at=LATER)
    user, colleague = build.account(Role.CONTRACTOR), build.account(Role.CONTRACTOR)
    client = desk(user)
    client.post(screen(first), {"decision": "take"})
    assert client.post(screen(first), {"decision": "keep"}).status_code == 204
    assert desk(colleague).post(screen(first), {"decision": "keep"}).status_code == 409
    skipped = client.post(screen(first), {"decision": "skip"})
    assert skipped.url == screen(second)
    assert Assignment.objects.get().subject_id == second.pk
    wrong = client.post(screen(second), {"decision": "hand-over", "colleague": user.pk})
    assert "field__error" in text(wrong)
    handed = client.post(screen(second), {"decision": "hand-over", "colleague": colleague.pk})
    assert handed.url == screen(first)
    assert Assignment.objects.get(subject_id=second.pk).holder == colleague
    client.post(screen(first), {"decision": "release"})
    assert not Assignment.objects.filter(holder=user).exists()


@pytest.mark.parametrize(
    "role", [Role.BUREAU, Role.EXPERT, Role.PROVINCE, Role.DISTRICT, Role.ENTERPRISE, ""]
)
def test_nobody_else_posts_even_as_superuser(role: str) -> None:
    file = submitted()
    client = desk(build.account(role, is_superuser=True, is_staff=True))
    for decision in ("pass", "take", "take-over", "release", "skip", "hand-over", "keep"):
        sent = {"decision": decision, "rest_ok": "on", "seen": "1"}
        assert client.post(screen(file), sent).status_code == 404
    assert client.post(NEXT).status_code == 404
    assert not Assignment.objects.exists()
    far = desk(build.account(Role.CONTRACTOR, of=build.city("zhuhai")))
    assert far.get(screen(file)).status_code == 404
    assert far.post(screen(file), {"decision": "take-over"}).status_code == 404


def test_an_unknown_button_does_nothing() -> None:
    file = submitted()
    assert "没有这个操作" in text(desk().post(screen(file), {"decision": "approve", "seen": "1"}))
    assert text(desk().post(screen(file), {})).count("没有这个操作") == 1


def test_a_fixed_number_of_queries_however_long_the_queue() -> None:
    file = submitted(registered(), at=AT)
    client = desk()

    def looked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(screen(file)).status_code == 200
        return len(queries)

    looked()
    alone = looked()
    for _ in range(3):
        submitted(
            registered(), legal_representative_id=build.id_number(), handler_id=build.id_number()
        )
    assert looked() == alone
