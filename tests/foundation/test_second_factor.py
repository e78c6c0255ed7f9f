"""The second factor of staff: no page without it, no code twice, and two persons to reset it."""

from __future__ import annotations

import threading
from base64 import b32decode
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings as live_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Authenticator, RecoveryCode, Role, User
from foundation.accounts.one_time_codes import new_recovery_code
from foundation.accounts.operations import (
    ask_factor_reset,
    begin_authenticator,
    confirm_authenticator,
    grant_factor_reset,
    open_staff_account,
    renew_recovery_codes,
    reset_password,
    verify_second_factor,
    withdraw_factor_reset,
)
from foundation.accounts.policies import FREE_CODES, UnableToReset, UnableToVerify, wait_after
from foundation.accounts.sessions import STAFF
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.notices.models import Message
from tests.foundation.build import AT, PASSWORD, city, id_number, party, staff
from tests.markup import inline_parts

pytestmark = pytest.mark.django_db

STEP = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _as_in_production(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    settings.PROOF_MINUTES = 15
    settings.SESSION_LIMITS_MINUTES = {"staff": (30, 600), "party": (120, 720)}


def code_of(account: User, at: datetime) -> str:
    """What the account's authenticator shows at a moment."""
    key = account.authenticators.latest("pk").key
    totp = TOTP(b32decode(key))
    totp.time = at.timestamp()
    return f"{totp.token():06d}"


def enrolled(role: Role = Role.CONTRACTOR, **fields: str) -> tuple[User, list[str]]:
    """An account with an authenticator, and its recovery codes."""
    account = staff(role, **fields)
    by = Actor(user=account)
    begin_authenticator(by=by, at=AT)
    codes = confirm_authenticator(by=by, at=AT, code=code_of(account, AT))
    return account, codes


def password_of(client: Client, account: User, password: str = PASSWORD, url: str = "/login/"):
    return client.post(url, {"username": account.username, "password": password})


def signed_in(client: Client) -> bool:
    return client.get("/messages/").status_code == 200


LATER = AT + timedelta(minutes=5)


class TestCodes:
    def test_a_code_is_taken_once(self) -> None:
        account, _ = enrolled()
        by = Actor(user=account)
        code = code_of(account, LATER)
        verify_second_factor(by=by, at=LATER, code=code)
        for moment in (LATER, LATER + STEP):
            with pytest.raises(UnableToVerify):
                verify_second_factor(by=by, at=moment, code=code)

    def test_the_code_that_set_it_up_is_used_too(self) -> None:
        account, _ = enrolled()
        with pytest.raises(UnableToVerify):
            verify_second_factor(by=Actor(user=account), at=AT, code=code_of(account, AT))

    def test_an_older_code_is_refused_after_a_newer_one(self) -> None:
        account, _ = enrolled()
        by = Actor(user=account)
        old = code_of(account, LATER - STEP)
        verify_second_factor(by=by, at=LATER, code=code_of(account, LATER))
        with pytest.raises(UnableToVerify):
            verify_second_factor(by=by, at=LATER, code=old)

    @pytest.mark.parametrize("away", [-2, 2, 100])
    def test_codes_of_other_times_are_refused(self, away: int) -> None:
        account, _ = enrolled()
        with pytest.raises(UnableToVerify):
            verify_second_factor(
                by=Actor(user=account), at=LATER, code=code_of(account, LATER + away * STEP)
            )

    @pytest.mark.parametrize(
        "typed",
        ["", "12345", "1234567", "²²²²²²", "１２３４５６７", "abcdef", "ABCD-EFGH-JKLM-NPQR"],
    )
    def test_nonsense_is_refused(self, typed: str) -> None:
        account, _ = enrolled()
        with pytest.raises(UnableToVerify):
            verify_second_factor(by=Actor(user=account), at=LATER, code=typed)

    def test_a_code_of_another_account_is_refused(self) -> None:
        (account, _), (other, others) = enrolled(), enrolled()
        for code in (code_of(other, LATER), others[0]):
            with pytest.raises(UnableToVerify):
                verify_second_factor(by=Actor(user=account), at=LATER, code=code)

    def test_a_recovery_code_is_good_once_however_it_is_typed(self) -> None:
        account, codes = enrolled()
        by = Actor(user=account)
        typed = codes[0].replace("-", " ").lower()
        verify_second_factor(by=by, at=LATER, code=typed)
        with pytest.raises(UnableToVerify):
            verify_second_factor(by=by, at=LATER, code=codes[0])
        verify_second_factor(by=by, at=LATER, code=codes[1])
        assert AuditEntry.objects.filter(action="use_recovery_code").count() == 2

    def test_new_recovery_codes_make_the_old_ones_worthless(self) -> None:
        account, codes = enrolled()
        by = Actor(user=account)
        fresh = renew_recovery_codes(by=by, at=LATER)
        assert len({*codes, *fresh}) == 20
        with pytest.raises(UnableToVerify):
            verify_second_factor(by=by, at=LATER, code=codes[0])

    def test_wrong_codes_make_one_wait_longer_and_longer(self) -> None:
        account, codes = enrolled()
        by = Actor(user=account)
        for _ in range(FREE_CODES):
            with pytest.raises(UnableToVerify, match="不正确"):
                verify_second_factor(by=by, at=LATER, code="000000")
        for right in (code_of(account, LATER), codes[0]):
            with pytest.raises(UnableToVerify, match="15 秒"):
                verify_second_factor(by=by, at=LATER, code=right)
        after = LATER + timedelta(seconds=15)
        verify_second_factor(by=by, at=after, code=code_of(account, after))
        assert Authenticator.objects.get(account=account).failures == 0
        assert AuditEntry.objects.filter(action="fail_second_factor").count() == 1

    def test_the_wait_doubles_to_a_quarter_of_an_hour(self) -> None:
        waits = [wait_after(failures).total_seconds() for failures in (4, 5, 6, 7, 20, 10_000)]
        assert waits == [0, 15, 30, 60, 900, 900]

    @pytest.mark.rule("F5")
    def test_the_database_shows_neither_secret_nor_recovery_code(self) -> None:
        account, codes = enrolled()
        key = account.authenticators.get().key
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM accounts_authenticator")
            stored = str(cursor.fetchall())
            cursor.execute("SELECT digest FROM accounts_recoverycode")
            stored += str(cursor.fetchall())
        assert key not in stored
        assert not any(code in stored or code.replace("-", "") in stored for code in codes)

    def test_recovery_codes_have_a_hundred_and_twenty_bits(self) -> None:
        assert len(new_recovery_code().replace("-", "")) == 24
        assert len({new_recovery_code() for _ in range(100)}) == 100


class TestReset:
    @pytest.mark.rule("R3")
    def test_two_persons_reset_it(self) -> None:
        account, _ = enrolled()
        one, other = (Actor(user=staff(Role.BUREAU)) for _ in range(2))
        ask_factor_reset(by=one, at=LATER, account=account, reason="手机丢失，视频核实")
        with pytest.raises(UnableToReset, match="两人"):
            grant_factor_reset(by=one, at=LATER, account=account)
        grant_factor_reset(by=other, at=LATER, account=account)
        assert not account.authenticators.exists()
        assert not account.recovery_codes.exists()
        told = Message.objects.filter(recipient=account).values_list("event", flat=True)
        assert set(told) == {"factor_reset_asked", "factor_reset"}
        acts = AuditEntry.objects.filter(subject_id=account.pk).values_list("action", flat=True)
        assert {"ask_factor_reset", "grant_factor_reset"} <= set(acts)

    @pytest.mark.rule("R3")
    def test_the_same_person_with_another_account_is_not_another_person(self) -> None:
        account, _ = enrolled()
        number = id_number(801)
        one = staff(Role.BUREAU, number=number, name="陈局")
        again = staff(Role.BUREAU, number=number, name="陈局")
        ask_factor_reset(by=Actor(user=one), at=LATER, account=account, reason="丢失")
        with pytest.raises(UnableToReset):
            grant_factor_reset(by=Actor(user=again), at=LATER, account=account)

    @pytest.mark.rule("R3")
    def test_the_person_whose_account_it_is_does_not_agree(self) -> None:
        number = id_number(802)
        account, _ = enrolled(number=number, name="张三")
        same = staff(Role.BUREAU, number=number, name="张三")
        ask_factor_reset(by=Actor(user=staff(Role.BUREAU)), at=LATER, account=account, reason="x")
        with pytest.raises(UnableToReset):
            grant_factor_reset(by=Actor(user=same), at=LATER, account=account)

    def test_it_must_be_asked_for_within_seven_days(self) -> None:
        account, _ = enrolled()
        one, other = (Actor(user=staff(Role.BUREAU)) for _ in range(2))
        with pytest.raises(UnableToReset):
            grant_factor_reset(by=other, at=LATER, account=account)
        ask_factor_reset(by=one, at=LATER, account=account, reason="x")
        with pytest.raises(UnableToReset):
            ask_factor_reset(by=one, at=LATER, account=account, reason="x")
        week = LATER + timedelta(days=7)
        with pytest.raises(UnableToReset):
            grant_factor_reset(by=other, at=week + timedelta(seconds=1), account=account)
        grant_factor_reset(by=other, at=week, account=account)

    def test_the_owner_can_stop_it(self) -> None:
        account, _ = enrolled()
        one, other = (Actor(user=staff(Role.BUREAU)) for _ in range(2))
        ask_factor_reset(by=one, at=LATER, account=account, reason="x")
        withdraw_factor_reset(by=Actor(user=account), at=LATER, account=account)
        with pytest.raises(UnableToReset):
            grant_factor_reset(by=other, at=LATER, account=account)

    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.PROVINCE, Role.DISTRICT])
    def test_nobody_else_resets_it(self, role: Role) -> None:
        account, _ = enrolled()
        ask_factor_reset(by=Actor(user=staff(Role.BUREAU)), at=LATER, account=account, reason="x")
        stranger = Actor(user=staff(role))
        for act in (grant_factor_reset, withdraw_factor_reset):
            with pytest.raises(OutOfReach):
                act(by=stranger, at=LATER, account=account)
        far = Actor(user=staff(Role.BUREAU, slug="zhuhai"))
        with pytest.raises(OutOfReach):
            grant_factor_reset(by=far, at=LATER, account=account)

    def test_the_command_line_resets_any(self) -> None:
        account, _ = enrolled(Role.BUREAU)
        call_command("reset_second_factor", account.username, "--reason", "唯一的市局账号")
        assert not account.authenticators.exists()
        entry = AuditEntry.objects.get(action="reset_second_factor")
        assert entry.reason == "唯一的市局账号"
        with pytest.raises(CommandError, match="尚未启用"):
            call_command("reset_second_factor", account.username, "--reason", "x")
        with pytest.raises(CommandError):
            call_command("reset_second_factor", "nobody", "--reason", "x")


class TestSigningIn:
    @pytest.mark.parametrize(
        "role",
        [Role.CONTRACTOR, Role.EXPERT, Role.BUREAU, Role.DISTRICT, Role.PROVINCE],
    )
    def test_the_password_alone_opens_no_page(self, client: Client, role: Role) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled(role)
            assert password_of(client, account)["Location"] == "/login/code/"
            for page in ("/messages/", "/admin/", "/dashboard/", "/account/", "/password/"):
                assert "/login/" in client.get(page)["Location"], page
                assert "/login/" in client.post(page, {"act": "x"})["Location"], page
            assert "退出" not in client.get("/").content.decode()
            page = client.post("/login/code/", {"code": code_of(account, LATER)})
            assert page["Location"] == "/home/"
            assert signed_in(client)
            assert client.session["kind"] == STAFF
            entry = AuditEntry.objects.get(action="sign_in")
            assert (entry.actor, entry.address) == (account, "127.0.0.1")

    def test_the_first_sign_in_sets_it_up(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account = staff(Role.CONTRACTOR)
            page = client.post(
                "/login/?next=/admin/",
                {"username": account.username, "password": PASSWORD, "next": "/admin/"},
            )
            assert page["Location"] == "/account/authenticator/"
            intro = client.get("/account/authenticator/")
            assert not inline_parts(intro.content.decode())
            assert not Authenticator.objects.exists()
            client.post("/account/authenticator/", {"act": "begin"})
            shown = client.get("/account/authenticator/")
            key = account.authenticators.get().key
            assert key[:4] in shown.content.decode()
            assert shown["Cache-Control"] == "private, no-store"
            assert not inline_parts(shown.content.decode())
            picture = client.get("/account/authenticator/qr.svg")
            assert picture["Content-Type"] == "image/svg+xml"
            assert b'xmlns="http://www.w3.org/2000/svg"' in picture.content
            assert b"style=" not in picture.content

            wrong = client.post("/account/authenticator/", {"code": "000000"})
            assert "验证码不正确" in wrong.content.decode()
            assert not signed_in(client)
            codes = client.post(
                "/account/authenticator/", {"code": code_of(account, LATER)}
            ).content.decode()
            assert codes.count("<li><code>") == 10
            assert not signed_in(client)
            assert client.post("/login/enter/")["Location"] == "/admin/"
            assert signed_in(client)

    def test_a_password_alone_replaces_no_authenticator(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            password_of(client, account)
            for act in ({"act": "begin"}, {"code": "000000"}):
                page = client.post("/account/authenticator/", act)
                assert page["Location"] == "/login/code/"
            assert client.get("/account/authenticator/qr.svg")["Location"] == "/login/code/"
            assert account.authenticators.count() == 1

    def test_steps_cannot_be_left_out(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            for step in ("code", "enter", "password"):
                assert client.post(f"/login/{step}/", {"code": "1"})["Location"] == "/login/"
            password_of(client, account)
            for step in ("enter", "password"):
                posted = {"password": "x" * 20, "password_again": "x" * 20}
                assert client.post(f"/login/{step}/", posted)["Location"] == "/login/code/"
            assert not signed_in(client)
            account.refresh_from_db()
            assert account.check_password(PASSWORD)

    def test_the_admin_site_has_no_door_of_its_own(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            page = client.get("/admin/")
            assert page["Location"] == "/admin/login/?next=/admin/"
            assert password_of(client, account, url=page["Location"])["Location"] == "/login/code/"
            assert client.get("/admin/")["Location"].startswith("/admin/login/")

    def test_a_session_that_came_in_otherwise_is_ended(self, client: Client) -> None:
        account, _ = enrolled()
        client.force_login(account)
        assert client.get("/admin/")["Location"] == "/admin/login/?next=%2Fadmin%2F&why=factor"
        client.force_login(User.objects.create_superuser("root", password=PASSWORD))
        assert "why=factor" in client.get("/admin/")["Location"]
        client.force_login(party())
        assert signed_in(client)

    def test_ten_minutes_after_the_password_one_begins_anew(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False) as clock:
            account, _ = enrolled()
            password_of(client, account)
            clock.shift(timedelta(minutes=10, seconds=1))
            at = LATER + timedelta(minutes=10, seconds=1)
            page = client.post("/login/code/", {"code": code_of(account, at)})
            assert page["Location"] == "/login/"

    def test_a_reset_password_in_between_ends_it(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            password_of(client, account)
            reset_password(by=job("t"), at=LATER, account=account, password="another-pass-2020")
            page = client.post("/login/code/", {"code": code_of(account, LATER)})
            assert page["Location"] == "/login/"

    def test_parties_sign_in_with_the_password(self, client: Client) -> None:
        assert password_of(client, party())["Location"] == "/home/"

    def test_the_session_has_a_new_key_at_each_step(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            client.get("/login/")
            keys = set()
            password_of(client, account)
            keys.add(client.session.session_key)
            client.post("/login/code/", {"code": code_of(account, LATER)})
            keys.add(client.session.session_key)
            assert len(keys) == 2
            kept = client.cookies[live_settings.SESSION_COOKIE_NAME].value
            client.post("/logout/")
            thief = Client()
            thief.cookies[live_settings.SESSION_COOKIE_NAME] = kept
            assert not signed_in(thief)

    def test_a_reset_ends_the_sessions(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            password_of(client, account)
            client.post("/login/code/", {"code": code_of(account, LATER)})
            assert signed_in(client)
            call_command("reset_second_factor", account.username, "--reason", "x")
            assert not signed_in(client)


class TestAPasswordSomebodyElseKnows:
    @time_machine.travel(LATER, tick=False)
    def test_it_opens_nothing_until_it_is_changed(self, client: Client, settings) -> None:
        settings.STAFF_SECOND_FACTOR = False
        account = staff(Role.CONTRACTOR)
        bureau = Actor(user=staff(Role.BUREAU))
        reset_password(by=bureau, at=AT, account=account, password="known-to-two-2020")
        page = password_of(client, account, "known-to-two-2020")
        assert page["Location"] == "/login/password/"
        assert not signed_in(client)
        assert not inline_parts(client.get("/login/password/").content.decode())
        same = {"password": "known-to-two-2020", "password_again": "known-to-two-2020"}
        assert "不能与原密码相同" in client.post("/login/password/", same).content.decode()
        own = {"password": "my-own-word-2020", "password_again": "my-own-word-2020"}
        assert client.post("/login/password/", own)["Location"] == "/home/"
        assert signed_in(client)
        account.refresh_from_db()
        assert not account.password_temporary
        assert AuditEntry.objects.filter(action="change_password", actor=account).exists()
        assert Message.objects.filter(recipient=account, event="password_reset").exists()

    def test_whoever_gave_it_still_lacks_the_second_factor(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False):
            account, _ = enrolled()
            bureau = Actor(user=staff(Role.BUREAU))
            reset_password(by=bureau, at=AT, account=account, password="known-to-two-2020")
            page = password_of(client, account, "known-to-two-2020")
            assert page["Location"] == "/login/code/"
            assert client.get("/login/password/")["Location"] == "/login/code/"

    def test_a_new_account_starts_with_one(self) -> None:
        account = open_staff_account(
            by=job("t"),
            at=AT,
            username="xin",
            password=PASSWORD,
            role=Role.EXPERT,
            person_name="新",
            id_number=id_number(803),
            city=city(),
        )
        assert account.password_temporary


class TestTheAccountPage:
    def enter(self, client: Client, account: User) -> None:
        password_of(client, account)
        client.post("/login/code/", {"code": code_of(account, LATER)})

    def test_staff_renew_their_recovery_codes(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False) as clock:
            account, _ = enrolled()
            self.enter(client, account)
            page = client.get("/account/")
            assert "10 个" in page.content.decode()
            assert not inline_parts(page.content.decode())
            before = set(RecoveryCode.objects.values_list("digest", flat=True))
            assert b"<li><code>" in client.post("/account/", {"act": "codes"}).content
            assert not before & set(RecoveryCode.objects.values_list("digest", flat=True))
            clock.shift(timedelta(minutes=16))
            asked = client.post("/account/", {"act": "codes"})
            assert asked["Location"] == "/login/again/?next=%2Faccount%2F"
            assert client.get("/account/authenticator/")["Location"].startswith("/login/again/")

    def test_a_new_telephone_replaces_the_old_once_confirmed(self, client: Client) -> None:
        with time_machine.travel(LATER, tick=False) as clock:
            account, _ = enrolled()
            self.enter(client, account)
            old = account.authenticators.get()
            client.post("/account/authenticator/", {"act": "begin"})
            clock.shift(STEP)
            assert account.authenticators.count() == 2
            new = code_of(account, LATER + STEP)
            assert b"<li><code>" in client.post("/account/authenticator/", {"code": new}).content
            assert account.authenticators.get().pk != old.pk
            assert signed_in(client)

    def test_parties_have_no_second_factor(self, client: Client) -> None:
        client.force_login(party())
        assert "二次验证" not in client.get("/account/").content.decode()
        assert client.get("/account/authenticator/").status_code == 404
        assert "恢复码" not in client.post("/account/", {"act": "codes"}).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["time", "recovery"])
def test_of_several_who_come_with_one_code_one_passes(kind: str) -> None:
    account, codes = enrolled()
    code = codes[0] if kind == "recovery" else code_of(account, LATER)
    at_line, outcomes = threading.Barrier(4), []

    def come() -> None:
        try:
            at_line.wait(20)
            verify_second_factor(by=Actor(user=account), at=LATER, code=code)
            outcomes.append("in")
        except UnableToVerify:
            outcomes.append("refused")
        finally:
            connection.close()

    crowd = [threading.Thread(target=come) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert sorted(outcomes) == ["in", "refused", "refused", "refused"]
