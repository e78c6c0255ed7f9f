"""Whoever opens an account cannot be its second factor: the first authenticator waits for another person (R3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from foundation.accounts.actors import Actor
from foundation.accounts.models import Authenticator, Role, User
from foundation.accounts.one_time_codes import check_words
from foundation.accounts.operations import (
    begin_authenticator,
    change_password,
    confirm_authenticator,
    open_staff_account,
    reset_password,
    vouch_for_factor,
)
from foundation.accounts.policies import UnableToVouch
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.notices.models import Message
from tests.foundation.build import AT, PASSWORD, city, id_number, staff
from tests.foundation.test_second_factor import code_of, signed_in
from tests.markup import inline_parts

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R3")]

OWN = "a-password-of-my-own-2020"
STEP = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _asked(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


def opened(boss: User, **changed) -> User:
    """An account that one of the bureau opened at the desk."""
    return open_staff_account(
        by=Actor(user=boss),
        at=AT,
        username="chengban",
        password=PASSWORD,
        role=Role.CONTRACTOR,
        person_name="王五",
        id_number=id_number(77),
        city=city(),
        **changed,
    )


def enrol(account: User) -> Authenticator:
    by = Actor(user=account)
    begin_authenticator(by=by, at=AT)
    confirm_authenticator(by=by, at=AT, code=code_of(account, AT))
    return account.authenticators.get(confirmed_at__isnull=False)


def come(client: Client, account: User, password: str, *, at) -> str:
    """Sign in with password and code; where it leads."""
    page = client.post("/login/", {"username": account.username, "password": password})
    assert page["Location"] == "/login/code/"
    return client.post("/login/code/", {"code": code_of(account, at)})["Location"]


class TestTheWayIn:
    def test_the_page_says_what_to_do_and_opens_after_it(self, client: Client) -> None:
        boss, other = staff(Role.BUREAU), staff(Role.BUREAU)
        account = opened(boss)
        held = enrol(account)
        change_password(by=Actor(user=account), at=AT, password=OWN)
        later = AT + 4 * STEP
        with time_machine.travel(later, tick=False):
            assert come(client, account, OWN, at=later) == "/login/awaiting/"
            page = client.get("/login/awaiting/")
            text = page.content.decode()
            assert check_words(held.pk, held.key) in text
            assert not inline_parts(text)
            assert page["Cache-Control"] == "private, no-store"
            assert not signed_in(client)
            assert client.post("/login/awaiting/")["Location"] == "/login/awaiting/"
            assert client.post("/login/enter/")["Location"] == "/login/awaiting/"
            desk = Client()
            desk.force_login(other)
            session = desk.session
            session["kind"], session["began_at"], session["seen_at"], session["proved_at"] = (
                "staff",
                later.timestamp(),
                later.timestamp(),
                later.timestamp(),
            )
            session.save()
            act = f"/admin/accounts/user/{account.pk}/act/vouch/"
            assert "核对码不一致" in desk.post(act, {"code": "AAAA-AAAA"}).content.decode()
            typed = check_words(held.pk, held.key).lower().replace("-", " ")
            assert desk.post(act, {"code": typed}).status_code == 302
            assert client.post("/login/awaiting/")["Location"] == "/home/"
            assert signed_in(client)
        entry = AuditEntry.objects.get(action="vouch_for_factor")
        assert (entry.actor, entry.subject_id) == (other, account.pk)
        assert Message.objects.filter(recipient=account, event="factor_vouched").exists()

    def test_the_next_time_nobody_is_asked(self, client: Client) -> None:
        boss, other = staff(Role.BUREAU), staff(Role.BUREAU)
        account = opened(boss, password_temporary=False)
        held = enrol(account)
        vouch_for_factor(
            by=Actor(user=other), at=AT, account=account, code=check_words(held.pk, held.key)
        )
        later = AT + 4 * STEP
        with time_machine.travel(later, tick=False):
            assert come(client, account, PASSWORD, at=later) == "/home/"

    def test_the_first_accounts_of_a_city_need_nobody(self, client: Client) -> None:
        account = staff(Role.BUREAU)
        enrol(account)
        later = AT + 4 * STEP
        with time_machine.travel(later, tick=False):
            assert come(client, account, PASSWORD, at=later) == "/home/"

    def test_one_that_replaces_another_needs_nobody(self) -> None:
        boss, other = staff(Role.BUREAU), staff(Role.BUREAU)
        account = opened(boss)
        held = enrol(account)
        vouch_for_factor(
            by=Actor(user=other), at=AT, account=account, code=check_words(held.pk, held.key)
        )
        begin_authenticator(by=Actor(user=account), at=AT)
        confirm_authenticator(by=Actor(user=account), at=AT, code=code_of(account, AT))
        assert account.authenticators.get().vouched_by == other

    def test_replacing_one_that_waits_makes_no_way_round(self) -> None:
        account = opened(staff(Role.BUREAU))
        enrol(account)
        begin_authenticator(by=Actor(user=account), at=AT)
        confirm_authenticator(by=Actor(user=account), at=AT, code=code_of(account, AT))
        assert account.authenticators.get().vouched_at is None


class TestWhoVouches:
    @pytest.fixture
    def boss(self) -> User:
        return staff(Role.BUREAU)

    def vouch(self, by: User, account: User) -> None:
        held = account.authenticators.get()
        vouch_for_factor(
            by=Actor(user=by), at=AT, account=account, code=check_words(held.pk, held.key)
        )

    def test_not_who_opened_it(self, boss: User) -> None:
        account = opened(boss)
        enrol(account)
        with pytest.raises(UnableToVouch, match="另一位"):
            self.vouch(boss, account)

    def test_not_another_account_of_the_same_person(self) -> None:
        number = id_number(55)
        boss = staff(Role.BUREAU, number=number, name="陈局")
        twin = staff(Role.BUREAU, number=number, name="陈局")
        account = opened(boss)
        enrol(account)
        with pytest.raises(UnableToVouch):
            self.vouch(twin, account)

    def test_not_who_reset_the_password(self, boss: User) -> None:
        resetter = staff(Role.BUREAU)
        account = opened(boss)
        enrol(account)
        reset_password(
            by=Actor(user=resetter), at=AT, account=account, password="given-anew-2020-x"
        )
        with pytest.raises(UnableToVouch):
            self.vouch(resetter, account)

    def test_not_the_owner_in_another_role(self, boss: User) -> None:
        account = opened(boss)
        enrol(account)
        owner = staff(Role.BUREAU, number=id_number(77), name="王五")
        with pytest.raises(UnableToVouch):
            self.vouch(owner, account)

    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.EXPERT, Role.PROVINCE, Role.DISTRICT])
    def test_no_other_role(self, boss: User, role: Role) -> None:
        account = opened(boss)
        enrol(account)
        with pytest.raises(OutOfReach):
            self.vouch(staff(role), account)

    def test_not_before_there_is_one_and_not_twice(self, boss: User) -> None:
        other = staff(Role.BUREAU)
        account = opened(boss)
        held = enrol(account)
        self.vouch(other, account)
        with pytest.raises(UnableToVouch, match="已经确认"):
            self.vouch(other, account)
        assert held.pk

    def test_the_command_line_where_nobody_is_left(self, boss: User) -> None:
        account = opened(boss)
        enrol(account)
        with pytest.raises(CommandError):
            call_command("vouch_for_factor", "nobody", "--reason", "x")
        call_command("vouch_for_factor", account.username, "--reason", "当面核对")
        assert account.authenticators.get().vouched_at is not None


class TestAPasswordThatSomebodyGave:
    """ASVS 6.4.1: until its owner has replaced it, it is good for two weeks."""

    @pytest.mark.parametrize(
        ("days", "seconds", "leads"), [(14, 0, "/login/password/"), (14, 1, "/login/?why=expired")]
    )
    def test_it_ends(self, client: Client, settings, days: int, seconds: int, leads: str) -> None:
        settings.STAFF_SECOND_FACTOR = False
        account = opened(staff(Role.BUREAU))
        with time_machine.travel(AT + timedelta(days=days, seconds=seconds), tick=False):
            page = client.post("/login/", {"username": account.username, "password": PASSWORD})
            assert page["Location"] == leads
            assert not signed_in(client)
            if "why" in leads:
                assert "现已过期" in client.get(leads).content.decode()

    def test_a_new_one_begins_anew(self, client: Client, settings) -> None:
        settings.STAFF_SECOND_FACTOR = False
        boss = staff(Role.BUREAU)
        account = opened(boss)
        later = AT + timedelta(days=20)
        reset_password(by=Actor(user=boss), at=later, account=account, password="given-anew-2020-x")
        with time_machine.travel(later, tick=False):
            form = {"username": account.username, "password": "given-anew-2020-x"}
            assert client.post("/login/", form)["Location"] == "/login/password/"
