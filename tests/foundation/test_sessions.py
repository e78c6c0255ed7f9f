"""How long a session lasts, when somebody has to prove again who they are, and how guessing is slowed down."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.test import Client

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.accounts.operations import ask_address, close_account, register_party_account
from foundation.accounts.policies import MAILS_A_DAY_MAX, UnableToSetAddress
from foundation.accounts.slowing import ACCOUNT, ADDRESS, PAIR
from foundation.audit.models import AuditEntry
from redemption.admin.claims import ClaimAdmin
from tests import build
from tests.foundation.build import AT, PASSWORD, party, staff

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def enter(client: Client, account: User) -> None:
    page = client.post("/login/", {"username": account.username, "password": PASSWORD})
    assert page["Location"] == "/home/", page


class TestLimits:
    @pytest.fixture(autouse=True)
    def _limits(self, settings) -> None:
        settings.SESSION_LIMITS_MINUTES = {"staff": (30, 600), "party": (120, 720)}

    @pytest.mark.parametrize(("role", "minutes"), [(Role.CONTRACTOR, 30), (Role.ENTERPRISE, 120)])
    def test_an_idle_session_ends_and_the_login_page_says_why(
        self, client: Client, role: Role, minutes: int
    ) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, staff(role) if role == Role.CONTRACTOR else party(role))
            clock.shift(minutes * MINUTE)
            assert client.get("/messages/?page=1").status_code == 200
            clock.shift(minutes * MINUTE + SECOND)
            page = client.get("/messages/?page=1")
            assert page["Location"] == "/login/?next=%2Fmessages%2F%3Fpage%3D1&why=idle"
            assert "较长时间没有操作" in client.get(page["Location"]).content.decode()

    def test_a_busy_session_ends_too(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, staff(Role.CONTRACTOR))
            for _ in range(20):
                clock.shift(29 * MINUTE)
                assert client.get("/messages/").status_code == 200
            clock.shift(29 * MINUTE)
            assert client.get("/messages/")["Location"].endswith("why=long")

    def test_a_public_page_goes_on_for_nobody(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, party())
            clock.shift(timedelta(hours=3))
            page = client.get("/help/")
            assert page.status_code == 200
            assert "退出" not in page.content.decode()

    def test_a_form_leads_back_to_its_page(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, party())
            clock.shift(timedelta(hours=3))
            page = client.post(
                "/mail/", {"act": "drop"}, HTTP_REFERER="http://testserver/mail/?a=1"
            )
            assert page["Location"] == "/login/?next=%2Fmail%2F%3Fa%3D1&why=idle"

    def test_no_other_site_is_led_back_to(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, party())
            clock.shift(timedelta(hours=3))
            page = client.post("/mail/", {"act": "drop"}, HTTP_REFERER="https://example.com/mail/")
            assert page["Location"] == "/login/?next=%2Fhome%2F&why=idle"

    def test_a_part_of_a_page_moves_the_whole_page(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, party())
            clock.shift(timedelta(hours=3))
            page = client.get(
                "/messages/", HTTP_HX_REQUEST="true", HTTP_REFERER="http://testserver/messages/"
            )
            assert page["HX-Redirect"] == "/login/?next=%2Fmessages%2F&why=idle"

    def test_looking_around_writes_the_session_once_a_minute(
        self, client: Client, django_assert_num_queries
    ) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            enter(client, party())
            clock.shift(30 * SECOND)
            client.get("/help/")
            assert client.session["seen_at"] == AT.timestamp()
            clock.shift(30 * SECOND)
            client.get("/help/")
            assert client.session["seen_at"] == (AT + MINUTE).timestamp()

    def test_other_words_in_the_address_say_nothing(self, client: Client) -> None:
        page = client.get("/login/?why=<b>x</b>").content.decode()
        assert "<b>x" not in page


class TestProvingAgain:
    @pytest.fixture(autouse=True)
    def _asked(self, settings) -> None:
        settings.PROOF_MINUTES = 15

    def test_a_sensitive_act_asks_for_the_password_after_a_quarter_of_an_hour(
        self, client: Client
    ) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            bureau, account = staff(Role.BUREAU), staff(Role.CONTRACTOR)
            enter(client, bureau)
            act = f"/admin/accounts/user/{account.pk}/act/close/"
            clock.shift(15 * MINUTE)
            assert client.get(act).status_code == 200
            clock.shift(SECOND)
            again = client.get(act)["Location"]
            assert again.startswith("/login/again/?next=")
            wrong = client.post(again, {"password": "wrong"})
            assert "密码不正确" in wrong.content.decode()
            assert client.get(act).status_code == 302
            assert client.post(again, {"password": PASSWORD})["Location"] == act
            assert client.get(act).status_code == 200

    def test_what_was_typed_is_kept_and_nothing_is_done(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            bureau, account = staff(Role.BUREAU), staff(Role.CONTRACTOR)
            enter(client, bureau)
            clock.shift(16 * MINUTE)
            act = f"/admin/accounts/user/{account.pk}/act/close/"
            page = client.post(act, {"reason": "调离本岗位"}).content.decode()
            assert "调离本岗位" in page
            assert "/login/again/?next=%2Flogin%2Fproved%2F" in page
            account.refresh_from_db()
            assert account.is_active
            client.post("/login/again/?next=/login/proved/", {"password": PASSWORD})
            assert client.post(act, {"reason": "调离本岗位"}).status_code == 302
            account.refresh_from_db()
            assert not account.is_active

    def test_looking_at_personal_data_and_approving_money_ask(self, client: Client) -> None:
        file = build.enterprise().qualifications.get()
        with time_machine.travel(AT, tick=False) as clock:
            contractor = staff(Role.CONTRACTOR)
            enter(client, contractor)
            clock.shift(16 * MINUTE)
            reveal = f"/admin/enterprises/qualification/{file.pk}/reveal/"
            for page in (client.get(reveal), client.post(reveal, {"reason": "核对"})):
                assert page["Location"].startswith("/login/again/")
            assert not AuditEntry.objects.filter(action="reveal_personal_data").exists()
        for act in ("approve", "settle"):
            assert ClaimAdmin.record_acts[act].sensitive

    def test_an_act_out_of_reach_is_not_asked_about(self, client: Client) -> None:
        with time_machine.travel(AT, tick=False) as clock:
            account = staff(Role.CONTRACTOR)
            enter(client, staff(Role.CONTRACTOR))
            clock.shift(16 * MINUTE)
            assert client.get(f"/admin/accounts/user/{account.pk}/act/close/").status_code == 404

    def test_guessing_there_is_slowed_down_too(self, client: Client) -> None:
        enter(client, staff(Role.BUREAU))
        for _ in range(PAIR.free + 1):
            client.post("/login/again/", {"password": "wrong"})
        assert "后再试" in client.post("/login/again/", {"password": PASSWORD}).content.decode()

    def test_it_leads_to_no_other_site(self, client: Client) -> None:
        enter(client, staff(Role.BUREAU))
        page = client.post("/login/again/?next=https://example.com/", {"password": PASSWORD})
        assert page["Location"] == "/home/"


def attempt(client: Client, name: str, password: str = "wrong", address: str = "203.0.113.1"):
    page = client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address)
    if page.status_code == 302:
        return "in"
    return "wait" if "后再试" in page.content.decode() else "wrong"


class TestGuessing:
    def test_after_five_wrong_passwords_each_makes_the_next_wait_longer(
        self, client: Client
    ) -> None:
        name = party().username
        with time_machine.travel(AT, tick=False) as clock:
            assert [attempt(client, name) for _ in range(PAIR.free + 1)] == ["wrong"] * 6
            assert attempt(client, name, PASSWORD) == "wait"
            clock.shift(5 * SECOND)
            assert attempt(client, name) == "wrong"
            clock.shift(9 * SECOND)
            assert attempt(client, name, PASSWORD) == "wait"
            clock.shift(SECOND)
            assert attempt(client, name, PASSWORD) == "in"

    def test_a_right_password_forgets_the_wrong_ones(self, client: Client) -> None:
        name = party().username
        for _ in range(3):
            assert [attempt(Client(), name) for _ in range(PAIR.free)] == ["wrong"] * PAIR.free
            assert attempt(Client(), name, PASSWORD) == "in"

    def test_trying_too_early_makes_nobody_wait_longer(self, client: Client) -> None:
        name = party().username
        with time_machine.travel(AT, tick=False) as clock:
            for _ in range(PAIR.free + 1):
                attempt(client, name)
            assert {attempt(client, name) for _ in range(50)} == {"wait"}
            clock.shift(5 * SECOND)
            assert attempt(client, name, PASSWORD) == "in"

    def test_a_stranger_elsewhere_shuts_nobody_out(self) -> None:
        name = party().username
        with time_machine.travel(AT, tick=False):
            for _ in range(PAIR.free + 20):
                attempt(Client(), name, address="198.51.100.7")
            assert attempt(Client(), name, PASSWORD) == "in"

    def test_a_crowd_of_strangers_shuts_out_no_known_browser(self) -> None:
        name, known = party().username, Client()
        with time_machine.travel(AT, tick=False) as clock:
            assert attempt(known, name, PASSWORD) == "in"
            known.post("/logout/")
            for index in range(ACCOUNT.free + 20):
                attempt(Client(), name, address=f"198.51.100.{index}")
            # A new browser waits a minute at most, and says so; the known one does not wait at all.
            assert attempt(Client(), name, PASSWORD, "192.0.2.1") == "wait"
            assert attempt(known, name, PASSWORD, "192.0.2.1") == "in"
            clock.shift(MINUTE)
            assert attempt(Client(), name, PASSWORD, "192.0.2.1") == "in"

    def test_a_stolen_cookie_is_slowed_down_as_well(self) -> None:
        name, known = party().username, Client()
        attempt(known, name, PASSWORD)
        known.post("/logout/")
        for _ in range(PAIR.free + 1):
            assert attempt(known, name) == "wrong"
        assert attempt(known, name, PASSWORD) == "wait"

    def test_a_cookie_is_good_for_its_own_account(self) -> None:
        one, other, client = party().username, party().username, Client()
        attempt(client, one, PASSWORD)
        client.post("/logout/")
        client.cookies["known_device"] = client.cookies["known_device"].value + "x"
        for index in range(ACCOUNT.free + 2):
            attempt(Client(), other, address=f"198.51.100.{index}")
        assert attempt(client, other, PASSWORD) == "wait"

    def test_many_names_from_one_address_wait_together(self) -> None:
        name = party().username
        for index in range(ADDRESS.free + 1):
            attempt(Client(), f"guess{index}")
        assert attempt(Client(), name, PASSWORD) == "wait"
        assert attempt(Client(), name, PASSWORD, "192.0.2.9") == "in"

    def test_names_are_counted_whatever_their_case_and_width(self) -> None:
        for name in ("abc", "ABC", " abc", "ａｂｃ", "Abc", "aBc"):
            attempt(Client(), name)
        assert attempt(Client(), "abc") == "wait"

    @pytest.mark.rule("F5")
    def test_the_cache_shows_no_names(self) -> None:
        attempt(Client(), "zhangsan")
        assert not any("zhangsan" in key for key in getattr(cache, "_cache", {}))

    def test_the_answer_tells_of_no_account(self, settings) -> None:
        """The same sentence and the same work: one digest, for names that exist, are closed, or do not exist."""
        settings.PASSWORD_HASHERS = ["tests.foundation.test_sessions.CountingHasher"]
        known, closed = party(), staff(Role.CONTRACTOR)
        sso = register_party_account(
            by=Actor(), at=AT, username="sso", password=None, role="enterprise", assurance_level=1
        )
        bureau = Actor(user=staff(Role.BUREAU))
        close_account(by=bureau, at=AT, account=closed, reason="x")
        answers, work = set(), set()
        for name in (known.username, closed.username, sso.username, "nobody-at-all"):
            CountingHasher.rounds = 0
            page = Client().post("/login/", {"username": name, "password": "wrong-wrong"})
            work.add(CountingHasher.rounds)
            answers.add(str(page.context["form"].non_field_errors()))
        assert len(answers) == 1
        assert work == {CountingHasher.iterations}


class CountingHasher(PBKDF2PasswordHasher):
    """Counts the rounds it does, in place of a clock."""

    iterations = 10
    rounds = 0

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        CountingHasher.rounds += iterations or self.iterations
        return super().encode(password, salt, iterations)


class TestMailsToStrangers:
    def sign_up(self, index: int, address: str = "victim@example.com") -> None:
        register_party_account(
            by=Actor(),
            at=AT + index * SECOND,
            username=f"flood{index}",
            password=PASSWORD,
            role=Role.ENTERPRISE,
            assurance_level=1,
            email=address,
        )

    @pytest.mark.rule("N2")
    def test_one_mailbox_is_not_flooded_by_many_accounts(self) -> None:
        for index in range(MAILS_A_DAY_MAX):
            self.sign_up(index)
        with pytest.raises(UnableToSetAddress, match="上限") as refused:
            self.sign_up(99, "Victim@Example.com")
        assert refused.value.field == "email"
        assert not User.objects.filter(username="flood99").exists()
        with pytest.raises(UnableToSetAddress) as refused:
            ask_address(by=Actor(user=party()), at=AT, address="victim@example.com")
        assert refused.value.field == "address"
        self.sign_up(100, "other@example.com")
        self.sign_up(24 * 60 * 60 + 10)


def test_the_clock_of_the_tests_is_the_caches() -> None:
    """Waits are kept by the cache's clock: the tests above move it."""
    with time_machine.travel(AT, tick=False):
        assert time.time() == AT.timestamp()
