"""Tokens: shown once, hashed at rest, within the owner's role, and dead when a session would be."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.accounts.operations import (
    begin_authenticator,
    change_password,
    close_account,
    confirm_authenticator,
    reset_password,
)
from foundation.api.models import AccessToken
from foundation.api.operations import make_token, revoke_token
from foundation.api.policies import LIVE_TOKENS_MAX, UnableToMakeToken
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.notices.models import Message
from tests.api.calling import Program, problem
from tests.foundation.build import AT, PASSWORD, party, staff
from tests.foundation.test_second_factor import code_of

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
INBOX = "messages/"


def by(account: User) -> Actor:
    return Actor(user=account, address="203.0.113.9")


@pytest.fixture
def owner() -> User:
    return party(Role.ENTERPRISE)


@pytest.fixture
def program(owner: User) -> Program:
    return Program(owner, AT)


def test_only_a_digest_is_kept_and_the_owner_is_told(owner: User) -> None:
    token, text = make_token(by=by(owner), at=AT, name=" 财务系统 ", days=30)
    assert text.startswith("fwq_") and len(text) > 40
    row = AccessToken.objects.filter(pk=token.pk).values().get()
    assert text not in map(str, row.values())
    assert row["name"] == "财务系统" and row["hint"] == text[-4:]
    entry = AuditEntry.objects.get(action="make_token")
    assert entry.actor == owner and text not in str(entry.details)
    assert Message.objects.get(recipient=owner).event == "access_token_made"


def test_it_opens_until_it_expires(program: Program) -> None:
    assert program.get(INBOX).status_code == 200
    program.at = AT + 365 * DAY
    assert program.get(INBOX).status_code == 200, "the moment itself is in time"
    program.at += timedelta(microseconds=1)
    answer = program.get(INBOX)
    problem(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("text", ["", "fwq_nothing", "x" * 5000, "令牌", "fwq_\x00"])
def test_what_is_no_token_opens_nothing(program: Program, text: str) -> None:
    program.text = text
    problem(program.get(INBOX), 401, "unauthenticated")


def test_a_revoked_token_is_dead_at_once(owner: User, program: Program) -> None:
    token = AccessToken.objects.get()
    with pytest.raises(OutOfReach):
        revoke_token(by=by(party()), at=AT, pk=token.pk)
    revoke_token(by=by(owner), at=AT, pk=token.pk)
    revoke_token(by=by(owner), at=AT + DAY, pk=token.pk)
    assert AccessToken.objects.get().revoked_at == AT
    assert AuditEntry.objects.filter(action="revoke_token").count() == 1
    problem(program.get(INBOX), 401, "unauthenticated")


def test_it_dies_with_the_password_as_sessions_do(owner: User, program: Program) -> None:
    change_password(by=by(owner), at=AT, password="another-password-2020")
    problem(program.get(INBOX), 401, "unauthenticated")


def test_it_dies_with_the_account(program: Program) -> None:
    bureau, reviewer = staff(Role.BUREAU), staff(Role.CONTRACTOR)
    program = Program(reviewer, AT)
    assert program.get(INBOX).status_code == 200
    close_account(by=by(bureau), at=AT, account=reviewer, reason="离职")
    problem(program.get(INBOX), 401, "unauthenticated")


def test_a_password_that_somebody_else_gave_opens_nothing() -> None:
    bureau, reviewer = staff(Role.BUREAU), staff(Role.CONTRACTOR)
    reset_password(by=by(bureau), at=AT, account=reviewer, password="given-by-another-2020")
    with pytest.raises(UnableToMakeToken, match="初始密码"):
        make_token(by=by(reviewer), at=AT, name="x", days=30)


def test_staff_need_their_second_factor_to_make_one_and_to_use_it(settings) -> None:
    reviewer = staff(Role.CONTRACTOR)
    program = Program(reviewer, AT)
    settings.STAFF_SECOND_FACTOR = True
    problem(program.get(INBOX), 401, "unauthenticated")
    with pytest.raises(UnableToMakeToken, match="二次验证"):
        make_token(by=by(reviewer), at=AT, name="x", days=30)
    begin_authenticator(by=by(reviewer), at=AT)
    confirm_authenticator(by=by(reviewer), at=AT, code=code_of(reviewer, AT))
    assert program.get(INBOX).status_code == 200
    assert Program(reviewer, AT).get(INBOX).status_code == 200


@pytest.mark.parametrize(
    ("name", "days", "sentence"),
    [("", 30, "用途"), ("x" * 61, 30, "用途"), ("x", 31, "有效期"), ("x", 365, "最长 90 天")],
)
def test_a_token_that_is_refused(name: str, days: int, sentence: str) -> None:
    with pytest.raises(UnableToMakeToken, match=sentence):
        make_token(by=by(staff(Role.CONTRACTOR)), at=AT, name=name, days=days)


def test_so_many_and_no_more(owner: User) -> None:
    for _ in range(LIVE_TOKENS_MAX):
        make_token(by=by(owner), at=AT, name="x", days=7)
    with pytest.raises(UnableToMakeToken, match="已达"):
        make_token(by=by(owner), at=AT, name="x", days=7)
    make_token(by=by(owner), at=AT + 8 * DAY, name="x", days=7)


def test_one_that_only_reads(owner: User) -> None:
    _, text = make_token(by=by(owner), at=AT, name="x", days=30, read_only=True)
    program = Program(None, AT)
    program.text = text
    assert program.get(INBOX).status_code == 200
    problem(program.post("messages/1/read/"), 403, "read-only")


def test_its_use_is_noted_now_and_then(program: Program) -> None:
    assert AccessToken.objects.get().last_used_at is None
    program.get(INBOX)
    program.at += timedelta(minutes=5)
    program.get(INBOX)
    assert AccessToken.objects.get().last_used_at == AT
    program.at += timedelta(minutes=6)
    program.get(INBOX)
    assert AccessToken.objects.get().last_used_at == program.at


def test_the_page_shows_a_token_once_after_a_recent_proof(client: Client, settings) -> None:
    settings.PROOF_MINUTES = 15
    owner = party()
    form = {"name": "财务系统", "days": "30"}
    with time_machine.travel(AT, tick=False) as clock:
        client.post("/login/", {"username": owner.username, "password": PASSWORD})
        assert "还没有令牌" in client.get("/account/tokens/").content.decode()
        page = client.post("/account/tokens/", form)
        found = re.search(r'value="(fwq_[\w-]+)"', page.content.decode())
        assert found and page["Cache-Control"] == "private, no-store"
        shown = client.get("/account/tokens/").content.decode()
        assert found[1] not in shown and found[1][-4:] in shown and "有效" in shown
        clock.shift(timedelta(minutes=16))
        refused = client.post("/account/tokens/", form).content.decode()
        assert "验证身份" in refused and 'value="财务系统"' in refused
        token = AccessToken.objects.get()
        client.post(f"/account/tokens/{token.pk}/revoke/")
        assert "已停用" in client.get("/account/tokens/").content.decode()
    program = Program(None, AT)
    program.text = found[1]
    problem(program.get(INBOX), 401, "unauthenticated")


def test_a_session_writes_only_with_its_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.get(f"/api/v1/{INBOX}").status_code == 200
    answer = client.post(
        "/api/v1/messages/1/read/",
        "{}",
        content_type="application/json",
        headers={"Idempotency-Key": "k"},
    )
    problem(answer, 403, "forbidden")


def test_a_half_way_session_is_nobody(owner: User, settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client = Client()
    client.force_login(staff(Role.BUREAU))
    problem(client.get(f"/api/v1/{INBOX}"), 401, "unauthenticated")
