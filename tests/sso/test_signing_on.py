"""Signing in by the unified identity platform: a real provider process, honest people (E1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from enterprises.models import Enterprise
from foundation.accounts.models import PlatformIdentity, Role, User
from foundation.audit.models import AuditEntry
from foundation.notices.models import Message
from tests import build
from tests.foundation.build import credit_code
from tests.sso.conftest import Platform, query_of

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E1")]

NEW = "/login/platform/new/"
OPEN = {"act": "open", "role": "enterprise"}


def newcomer(platform: Platform, client: Client, subject: str = "legal-1") -> User:
    """Signs in for the first time, as an enterprise."""
    assert platform.signs_in(client, subject)["Location"] == NEW
    assert client.post(NEW, OPEN)["Location"] == "/home/"
    return PlatformIdentity.objects.get(subject=subject).account


class TestTheWayThere:
    def test_it_goes_with_state_nonce_and_pkce(self, platform: Platform, client: Client) -> None:
        asked = query_of(client.get("/login/platform/?next=/messages/")["Location"])
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["code_challenge"]) == 43
        assert len(asked["state"]) >= 32
        assert len(asked["nonce"]) >= 32
        assert asked["redirect_uri"] == "http://testserver/login/platform/back/"
        assert "client_secret" not in asked

    def test_the_login_page_offers_it_to_parties_only(
        self, platform: Platform, client: Client
    ) -> None:
        page = client.get("/login/?next=/messages/").content.decode()
        assert "统一身份认证平台登录" in page
        assert "/login/platform/?next=%2Fmessages%2F" in page
        assert "/login/platform/" not in client.get("/admin/login/").content.decode()

    def test_without_a_platform_nothing_is_offered(self, client: Client) -> None:
        assert "统一身份认证平台登录" not in client.get("/login/").content.decode()
        for path in ("/login/platform/", "/login/platform/back/?code=x&state=y", NEW):
            assert client.get(path)["Location"] == "/login/"
        assert client.get("/signup/").status_code == 200

    def test_whom_the_platform_serves_does_not_sign_up_here(
        self, platform: Platform, client: Client, settings
    ) -> None:
        assert client.get("/signup/")["Location"] == "/login/"
        settings.SSO_KINDS = {"enterprise": {"enterprise"}, "provider": frozenset()}
        page = client.get("/signup/").content.decode()
        assert 'value="provider"' in page
        assert 'value="enterprise"' not in page
        form = {"role": "enterprise", "username": "someone", "password": "a long password 20"}
        client.post("/signup/", {**form, "password_again": form["password"]})
        assert not User.objects.exists()

    def test_the_help_tells_the_way_that_there_is(self, client: Client, request) -> None:
        assert "/signup/" in client.get("/help/register/").content.decode()
        request.getfixturevalue("platform")
        for topic in ("register", "provider"):
            page = client.get(f"/help/{topic}/").content.decode()
            assert "统一身份认证平台登录" in page
            assert "/signup/" not in page

    def test_after_an_idle_session_the_platform_asks_who_is_there(
        self, platform: Platform, client: Client
    ) -> None:
        assert "fresh=1" in client.get("/login/?why=idle").content.decode()
        asked = query_of(client.get("/login/platform/?fresh=1")["Location"])
        assert asked["prompt"] == "login"


class TestNewcomers:
    def test_an_account_is_opened_with_what_the_platform_vouches_for(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        assert platform.signs_in(client, "legal-1")["Location"] == NEW
        assert not User.objects.exists(), "nothing half made"
        page = client.get(NEW)
        assert "广州测试科技有限公司" in page.content.decode()
        assert page["Cache-Control"] == "private, no-store"
        assert client.post(NEW, OPEN)["Location"] == "/home/"
        account = User.objects.get()
        assert (account.role, account.assurance_level) == ("enterprise", 2)
        assert account.shown_name == "广州测试科技有限公司"
        assert not account.has_usable_password()
        assert not account.is_staff
        assert client.get("/messages/").status_code == 200
        entry = AuditEntry.objects.get(action="open_vouched_account")
        assert (entry.actor, entry.subject_id) == (account, account.pk)

    def test_the_same_person_comes_back_to_the_same_account(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        account = newcomer(platform, client)
        client.post("/logout/")
        platform.person(assurance_level="L3", name="广州测试科技集团有限公司")
        back = platform.signs_in(client, "legal-1", "/login/platform/?next=/messages/")
        assert back["Location"] == "/messages/"
        account.refresh_from_db()
        assert (account.assurance_level, account.shown_name) == (3, "广州测试科技集团有限公司")
        assert AuditEntry.objects.get(action="change_assurance").details == {"from": 2, "to": 3}
        assert User.objects.count() == 1

    def test_a_session_by_the_platform_is_under_the_portals_limits(
        self, platform: Platform, client: Client, settings
    ) -> None:
        settings.SESSION_LIMITS_MINUTES = {"staff": (30, 600), "party": (120, 720)}
        platform.person()
        newcomer(platform, client)
        with time_machine.travel(timezone.now() + timedelta(minutes=121), tick=False):
            assert client.get("/messages/")["Location"].endswith("why=idle")

    def test_it_registers_only_the_code_it_is_vouched_for(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person(credit_code=credit_code(5))
        newcomer(platform, client)
        form = {"city": build.city().pk, "credit_code": credit_code(6)}
        page = client.post("/enterprise/register/", form)
        assert "只能登记该单位" in page.content.decode()
        assert not Enterprise.objects.exists()
        client.post("/enterprise/register/", {**form, "credit_code": credit_code(5)})
        assert Enterprise.objects.get().credit_code == credit_code(5)

    def test_nobody_else_registers_its_code(self, platform: Platform, client: Client) -> None:
        platform.person(credit_code=credit_code(5))
        newcomer(platform, client)
        other = Client()
        other.force_login(build.account(Role.ENTERPRISE))
        form = {"city": build.city().pk, "credit_code": credit_code(5)}
        page = other.post("/enterprise/register/", form)
        assert "已通过统一身份认证平台建立账号" in page.content.decode()
        assert not Enterprise.objects.exists()

    def test_the_kind_says_what_it_may_be(self, platform: Platform, client: Client) -> None:
        platform.person(legal_person_kind="institution")
        platform.signs_in(client, "legal-1")
        assert 'value="enterprise"' not in client.get(NEW).content.decode()
        page = client.post(NEW, OPEN)
        assert page.status_code == 200
        assert not User.objects.exists()
        client.post(NEW, {"act": "open", "role": "provider"})
        assert User.objects.get().role == "provider"

    def test_who_waits_too_long_begins_again(self, platform: Platform, client: Client) -> None:
        platform.person()
        platform.signs_in(client, "legal-1")
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            assert client.post(NEW, OPEN)["Location"] == "/login/"
        assert not User.objects.exists()


class TestJoining:
    @pytest.fixture
    def local(self) -> Enterprise:
        account = build.account(Role.ENTERPRISE, username="laozhanghao")
        account.set_password("a long password")
        account.save()
        return Enterprise.objects.create(
            account=account,
            city=build.city(),
            credit_code=credit_code(8),
            name="甲",
            created_at=timezone.now(),
        )

    def join(self, client: Client, password: str = "a long password", name: str = "laozhanghao"):
        form = {"act": "join", "join-username": name, "join-password": password}
        return client.post(NEW, form)

    def test_the_password_proves_that_the_account_is_theirs(
        self, platform: Platform, client: Client, local: Enterprise
    ) -> None:
        elsewhere = Client()
        elsewhere.force_login(local.account)
        platform.person(credit_code=credit_code(8))
        platform.signs_in(client, "legal-1")
        assert "已有账号" in client.get(NEW).content.decode()
        assert self.join(client)["Location"] == "/home/"
        account = User.objects.get(pk=local.account_id)
        assert account.platform_identity.credit_code == credit_code(8)
        assert account.assurance_level == 2
        assert not account.has_usable_password(), "one way in"
        assert elsewhere.get("/messages/").status_code == 302, "other sessions end"
        assert Message.objects.filter(recipient=account, event="account_joined").exists()
        assert AuditEntry.objects.filter(action="join_account").count() == 1
        client.post("/logout/")
        assert platform.signs_in(client, "legal-1")["Location"] == "/home/"

    def test_no_second_account_of_the_role_is_opened_beside_it(
        self, platform: Platform, client: Client, local: Enterprise
    ) -> None:
        platform.person(credit_code=credit_code(8), legal_person_kind="enterprise")
        platform.signs_in(client, "legal-1")
        assert client.post(NEW, OPEN).status_code == 200
        assert User.objects.count() == 1
        # As a provider it may: another account, by its own rules (P1).
        assert client.post(NEW, {"act": "open", "role": "provider"}).status_code == 302

    def test_a_forgotten_password_is_given_anew_on_the_command_line(
        self, platform: Platform, client: Client, local: Enterprise, monkeypatch
    ) -> None:
        import io

        monkeypatch.setattr("sys.stdin", io.StringIO("given-anew-2020-x\n"))
        call_command("give_password", "laozhanghao")
        platform.person(credit_code=credit_code(8))
        platform.signs_in(client, "legal-1")
        assert self.join(client, "given-anew-2020-x")["Location"] == "/home/"

    def test_an_account_is_released_on_the_command_line_only(
        self, platform: Platform, client: Client, local: Enterprise, monkeypatch
    ) -> None:
        import io

        platform.person(credit_code=credit_code(8))
        platform.signs_in(client, "legal-1")
        self.join(client)
        call_command("release_identity", "laozhanghao", "--reason", "平台更换账号，已核对执照")
        assert client.get("/messages/").status_code == 302
        assert AuditEntry.objects.get(action="release_identity").reason.startswith("平台更换")
        monkeypatch.setattr("sys.stdin", io.StringIO("given-anew-2020-x\n"))
        call_command("give_password", "laozhanghao")
        platform.person("legal-2", credit_code=credit_code(8))
        assert platform.signs_in(client, "legal-2")["Location"] == NEW
        assert self.join(client, "given-anew-2020-x")["Location"] == "/home/"


class TestSigningOut:
    def test_the_platforms_session_is_ended_too(self, platform: Platform, client: Client) -> None:
        platform.person()
        newcomer(platform, client)
        kept = client.session["platform_id_token"]
        assert kept.startswith("gAAAA"), "encrypted"
        out = client.post("/logout/")["Location"]
        assert out.startswith(f"{platform.url}/oauth2/end_session?")
        asked = query_of(out)
        assert asked["post_logout_redirect_uri"] == "http://testserver/"
        assert asked["id_token_hint"].count(".") == 2
        assert client.get("/messages/").status_code == 302
        assert not client.session.get("platform_id_token")

    def test_a_local_session_ends_here_alone(self, platform: Platform, client: Client) -> None:
        client.force_login(build.account(Role.PROVIDER))
        assert client.post("/logout/")["Location"] == "/"

    def test_without_an_address_for_it_the_portal_signs_out_alone(
        self, platform: Platform, client: Client, settings
    ) -> None:
        platform.person()
        newcomer(platform, client)
        settings.SSO_LOGOUT_URL = ""
        assert client.post("/logout/")["Location"] == "/"


class TestProvingAgain:
    @pytest.fixture(autouse=True)
    def _asked(self, settings) -> None:
        settings.PROOF_MINUTES = 15

    def test_an_account_without_a_password_proves_itself_at_the_platform(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        newcomer(platform, client)
        with time_machine.travel(timezone.now() + timedelta(minutes=20)):
            page = client.get("/login/again/?next=/mail/").content.decode()
            assert "前往统一身份认证平台验证" in page
            start = "/login/platform/?again=1&next=%2Fmail%2F"
            asked = query_of(client.get(start)["Location"])
            assert (asked["prompt"], asked["max_age"]) == ("login", "0")
            before = client.session["proved_at"]
            platform.misbehaves(claims={"auth_time": int(timezone.now().timestamp())})
            assert platform.signs_in(client, "legal-1", start)["Location"] == "/mail/"
            assert client.session["proved_at"] > before

    @pytest.mark.parametrize("told", [None, 1_500_000_000, "now"])
    def test_an_old_or_unstated_sign_in_is_no_proof(
        self, platform: Platform, client: Client, told
    ) -> None:
        platform.person()
        newcomer(platform, client)
        before = client.session["proved_at"]
        platform.misbehaves(claims={"auth_time": told})
        page = platform.signs_in(client, "legal-1", "/login/platform/?again=1")
        assert page.status_code == 403
        assert client.session["proved_at"] == before

    def test_another_person_is_no_proof(self, platform: Platform, client: Client) -> None:
        platform.person()
        newcomer(platform, client)
        platform.person("legal-2", credit_code=credit_code(2))
        platform.misbehaves(claims={"auth_time": int(timezone.now().timestamp())})
        page = platform.signs_in(client, "legal-2", "/login/platform/?again=1")
        assert page.status_code == 403
        assert client.get("/messages/").status_code == 200, "still the first one's session"
