"""Signing in by the platform as an attacker would: tokens, states, codes and claims that are not what they should be (E1).

Each time the page says what to do, nobody is signed in, and nothing is made.
"""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
import time_machine
from django.conf import settings as live_settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from enterprises.models import Enterprise
from foundation.accounts.actors import Actor
from foundation.accounts.models import PlatformIdentity, Role, User
from foundation.accounts.operations import sign_on
from foundation.accounts.platform.claims import LegalPerson, UnableToSignOn
from tests import build
from tests.foundation.build import credit_code, staff
from tests.markup import inline_parts
from tests.sso.conftest import Platform, query_of
from tests.sso.test_signing_on import NEW, OPEN, newcomer

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E1")]

BACK = "/login/platform/back/"


def kept_out(client: Client, page: HttpResponse, says: str) -> None:
    assert page.status_code == 403
    text = page.content.decode()
    assert says in text
    assert "怎么办" in text
    assert not inline_parts(text)
    assert page["Cache-Control"] == "private, no-store"
    assert "_auth_user_id" not in client.session
    assert "platform_newcomer" not in client.session
    assert not User.objects.exists()
    assert not PlatformIdentity.objects.exists()


class TestClaims:
    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"assurance_level": "L0"}, "可信级别不足"),
            ({"assurance_level": "L9"}, "可信级别不足"),
            ({"assurance_level": "l2 "}, "可信级别不足"),
            ({"assurance_level": None}, "可信级别"),
            ({"assurance_level": True}, "没有提供有效的可信级别"),
            ({"assurance_level": ["L2"]}, "没有提供有效的可信级别"),
            ({"legal_person_kind": "natural"}, "不是可以办理服务券业务的法人账号"),
            ({"legal_person_kind": None}, "没有提供有效的法人类型"),
            ({"credit_code": None}, "没有提供有效的统一社会信用代码"),
            ({"credit_code": "91440101MA00000001"}, "没有提供有效的统一社会信用代码"),
            ({"credit_code": {"value": "x"}}, "没有提供有效的统一社会信用代码"),
            ({"name": None}, "没有提供有效的单位名称"),
            ({"name": "甲" * 121}, "没有提供有效的单位名称"),
            ({"name": "甲\n管理员"}, "没有提供有效的单位名称"),
        ],
    )
    def test_what_the_platform_does_not_plainly_say_lets_nobody_in(
        self, platform: Platform, client: Client, changed: dict, says: str
    ) -> None:
        platform.person(**changed)
        kept_out(client, platform.signs_in(client, "legal-1"), says)

    def test_claims_in_the_address_say_nothing(self, platform: Platform, client: Client) -> None:
        platform.person(assurance_level="L0")
        back = platform.way_back(client, "legal-1")
        more = urlencode({"assurance_level": "L4", "credit_code": credit_code(3)})
        kept_out(client, client.get(f"{back}&{more}"), "可信级别不足")

    def test_user_info_of_another_subject_is_not_believed(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        platform.misbehaves(userinfo={"sub": "legal-2"})
        kept_out(client, platform.signs_in(client, "legal-1"), "未能确认")

    def test_user_info_does_not_overrule_the_signed_token(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person(assurance_level="L0")
        platform.misbehaves(userinfo={"assurance_level": "L4"})
        kept_out(client, platform.signs_in(client, "legal-1"), "可信级别不足")

    def test_a_level_that_sank_lets_nobody_in(self, platform: Platform, client: Client) -> None:
        platform.person()
        newcomer(platform, client)
        client.post("/logout/")
        platform.person(assurance_level="L0")
        assert platform.signs_in(client, "legal-1").status_code == 403
        assert client.get("/messages/").status_code == 302


class TestTokens:
    @pytest.mark.parametrize(
        "how",
        [
            {"claims": {"iss": "https://elsewhere.example"}},
            {"claims": {"iss": None}},
            {"claims": {"aud": "another-client"}},
            {"claims": {"aud": ["portal", "another-client"]}},
            {"claims": {"azp": "another-client"}},
            {"claims": {"aud": None}},
            {"claims": {"exp": 1_500_000_000}},
            {"claims": {"exp": None}},
            {"claims": {"iat": None}},
            {"claims": {"sub": None}},
            {"claims": {"sub": ""}},
            {"claims": {"nonce": "another"}},
            {"claims": {"nonce": None}},
            {"claims": {"assurance_level": "L4"}, "sign": "tampered"},
            {"sign": "other key"},
            {"sign": "none"},
            {"sign": "hmac"},
            {"text": "no json"},
            {"text": "{}"},
            {"text": "[]"},
            {"text": '{"id_token": 5, "access_token": "x"}'},
            {"text": '{"id_token": "a.b", "access_token": "x"}'},
        ],
        ids=str,
    )
    def test_a_token_that_is_not_sound_lets_nobody_in(
        self, platform: Platform, client: Client, how: dict
    ) -> None:
        platform.person()
        platform.misbehaves(**how)
        kept_out(client, platform.signs_in(client, "legal-1"), "未能确认")

    def test_an_expired_token_of_a_slow_walk(self, platform: Platform, client: Client) -> None:
        platform.person()
        platform.misbehaves(claims={"exp": int(time.time()) - 31})
        kept_out(client, platform.signs_in(client, "legal-1"), "未能确认")


class TestStates:
    def test_a_state_is_good_once(self, platform: Platform, client: Client) -> None:
        platform.person()
        back = platform.way_back(client, "legal-1")
        assert client.get(back)["Location"] == NEW
        client.session.flush()
        assert client.get(back).status_code == 403
        assert not User.objects.exists()

    def test_a_code_is_good_once(self, platform: Platform, client: Client) -> None:
        """The provider refuses it the second time, and so a new state does not help."""
        platform.person()
        back = platform.way_back(client, "legal-1")
        client.get(back)
        client.session.flush()
        state = query_of(client.get("/login/platform/")["Location"])["state"]
        code = query_of(back)["code"]
        kept_out(client, client.get(f"{BACK}?code={code}&state={state}"), "未能确认")

    def test_anothers_code_is_worthless_in_my_browser(
        self, platform: Platform, client: Client
    ) -> None:
        """Login by force: the victim's browser is sent back with the attacker's code."""
        platform.person()
        attackers = platform.way_back(Client(), "legal-1")
        kept_out(client, client.get(attackers), "本次登录已失效")
        # With a state of the victim's own, the nonce in the token and PKCE still belong to the attacker's.
        state = query_of(client.get("/login/platform/")["Location"])["state"]
        code = query_of(attackers)["code"]
        kept_out(client, client.get(f"{BACK}?code={code}&state={state}"), "未能确认")

    def test_who_comes_back_too_late_begins_again(self, platform: Platform, client: Client) -> None:
        platform.person()
        back = platform.way_back(client, "legal-1")
        with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
            kept_out(client, client.get(back), "本次登录已失效")

    @pytest.mark.parametrize("state", ["", "guessed", "x" * 5000, "\ud83d"])
    def test_odd_states(self, platform: Platform, client: Client, state: str) -> None:
        address = f"{BACK}?{urlencode({'code': 'x', 'state': state}, errors='replace')}"
        kept_out(client, client.get(address), "本次登录已失效")
        kept_out(client, client.get(BACK), "本次登录已失效")

    def test_another_issuers_answer_is_mixed_up(self, platform: Platform, client: Client) -> None:
        platform.person()
        back = platform.way_back(client, "legal-1")
        kept_out(client, client.get(f"{back}&iss=https://elsewhere.example"), "没有完成本次登录")

    def test_an_error_from_outside_signs_nobody_out(
        self, platform: Platform, client: Client
    ) -> None:
        client.force_login(build.account(Role.ENTERPRISE))
        assert client.get(f"{BACK}?error=login_required&state=x").status_code == 403
        assert client.get("/messages/").status_code == 200


class TestTheProvider:
    def test_whoever_says_no_is_told(self, platform: Platform, client: Client) -> None:
        asked = client.get("/login/platform/")["Location"]
        parts = urlsplit(platform.consent(asked, "legal-1", deny=True))
        state = query_of(asked)["state"]
        # This provider leaves the state out of a refusal.
        page = client.get(f"{parts.path}?{parts.query}&state={state}")
        kept_out(client, page, "取消了登录或授权")

    def test_any_other_error(self, platform: Platform, client: Client) -> None:
        state = query_of(client.get("/login/platform/")["Location"])["state"]
        page = client.get(f"{BACK}?error=<b>server_error&state={state}")
        assert "<b>server" not in page.content.decode()
        kept_out(client, page, "没有完成本次登录")

    def test_one_that_is_down_is_told_from_one_that_refuses(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        platform.misbehaves(status=503)
        kept_out(client, platform.signs_in(client, "legal-1"), "暂时没有响应")

    def test_one_that_does_not_answer_holds_up_one_thread_once(
        self, platform: Platform, client: Client, settings
    ) -> None:
        platform.person()
        settings.OIDC_TIMEOUT = 0.2
        platform.misbehaves(slow=1)
        kept_out(client, platform.signs_in(client, "legal-1"), "暂时没有响应")
        platform.misbehaves()
        kept_out(client, platform.signs_in(client, "legal-1"), "暂时没有响应")
        cache.clear()
        settings.OIDC_TIMEOUT = 30
        assert platform.signs_in(client, "legal-1")["Location"] == NEW

    def test_one_that_is_gone(self, platform: Platform, client: Client, settings) -> None:
        platform.person()
        settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
        kept_out(client, platform.signs_in(client, "legal-1"), "暂时没有响应")

    def test_the_log_holds_no_token_and_no_code(
        self, platform: Platform, client: Client, caplog
    ) -> None:
        platform.person()
        back = platform.way_back(client, "legal-1")
        client.get(back)
        client.session.flush()
        state = query_of(client.get("/login/platform/")["Location"])["state"]
        code = query_of(back)["code"]
        client.get(f"{BACK}?code={code}&state={state}")
        own = [record for record in caplog.records if record.name.startswith("foundation")]
        assert own
        assert not any(code in record.getMessage() for record in own)


class TestTakingOver:
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

    def try_to_join(self, client: Client, name: str, password: str) -> str:
        form = {"act": "join", "join-username": name, "join-password": password}
        page = client.post(NEW, form)
        assert page.status_code == 200
        assert "_auth_user_id" not in client.session
        assert not PlatformIdentity.objects.exists()
        return page.content.decode()

    def test_the_credit_code_alone_takes_no_account_over(
        self, platform: Platform, client: Client, local: Enterprise
    ) -> None:
        platform.person(credit_code=credit_code(8))
        platform.signs_in(client, "legal-1")
        assert "密码不正确" in self.try_to_join(client, "laozhanghao", "guessed")

    def test_guessing_is_slowed_down(
        self, platform: Platform, client: Client, local: Enterprise
    ) -> None:
        platform.person(credit_code=credit_code(8))
        platform.signs_in(client, "legal-1")
        for _ in range(6):
            self.try_to_join(client, "laozhanghao", "guessed")
        assert "连续输错" in self.try_to_join(client, "laozhanghao", "guessed")

    def test_the_password_of_anothers_account_joins_nothing(
        self, platform: Platform, client: Client, local: Enterprise
    ) -> None:
        platform.person(credit_code=credit_code(9))
        platform.signs_in(client, "legal-1")
        said = self.try_to_join(client, "laozhanghao", "a long password")
        assert "不是同一家" in said

    def test_staff_are_never_joined(self, platform: Platform, client: Client) -> None:
        account = staff(Role.BUREAU, username="juzhang")
        platform.person()
        platform.signs_in(client, "legal-1")
        said = self.try_to_join(client, "juzhang", "tested-and-true-2020")
        assert "不是同一家" in said
        account.refresh_from_db()
        assert account.has_usable_password()

    def test_a_linked_account_that_became_staff_does_not_come_in(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        account = newcomer(platform, client)
        client.post("/logout/")
        User.objects.filter(pk=account.pk).update(role=Role.PROVINCE, is_staff=True)
        assert platform.signs_in(client, "legal-1").status_code == 403

    def test_a_closed_account_stays_closed(self, platform: Platform, client: Client) -> None:
        platform.person()
        account = newcomer(platform, client)
        client.post("/logout/")
        User.objects.filter(pk=account.pk).update(is_active=False)
        page = platform.signs_in(client, "legal-1")
        assert page.status_code == 403
        assert "已停用" in page.content.decode()
        assert User.objects.count() == 1

    def test_another_subject_with_my_code_does_not_come_in(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        newcomer(platform, client)
        other = Client()
        platform.person("legal-2")
        page = platform.signs_in(other, "legal-2")
        assert page.status_code == 403
        assert "已绑定另一个" in page.content.decode()
        assert other.post(NEW, OPEN)["Location"] == "/login/"
        assert User.objects.count() == 1

    def test_a_subject_that_turns_up_with_anothers_code_does_not_come_in(
        self, platform: Platform, client: Client
    ) -> None:
        platform.person()
        newcomer(platform, client)
        client.post("/logout/")
        platform.person(credit_code=credit_code(2))
        page = platform.signs_in(client, "legal-1")
        assert page.status_code == 403
        assert "首次登录时的不一致" in page.content.decode()

    def test_the_same_subject_of_another_issuer_is_somebody_else(
        self, platform: Platform, client: Client, settings
    ) -> None:
        platform.person()
        account = newcomer(platform, client)
        elsewhere = LegalPerson("https://other", "legal-1", credit_code(3), "乙", "enterprise", 1)
        assert sign_on(by=Actor(), at=timezone.now(), person=elsewhere) is None
        taken = LegalPerson("https://other", "legal-9", credit_code(), "乙", "enterprise", 1)
        with pytest.raises(UnableToSignOn):
            sign_on(by=Actor(), at=timezone.now(), person=taken)
        assert account.platform_identity.subject == "legal-1"

    def test_two_browsers_open_one_account(self, platform: Platform, client: Client) -> None:
        platform.person()
        other = Client()
        assert platform.signs_in(client, "legal-1")["Location"] == NEW
        assert platform.signs_in(other, "legal-1")["Location"] == NEW
        assert client.post(NEW, OPEN).status_code == 302
        page = other.post(NEW, {"act": "open", "role": "provider"})
        assert page.status_code == 200
        assert "已绑定另一个" in page.content.decode()
        assert User.objects.count() == 1

    def test_a_session_before_is_not_the_session_after(
        self, platform: Platform, client: Client
    ) -> None:
        """Fixation: whoever planted a session key does not share the session that comes of it."""
        client.get("/login/platform/")
        planted = client.session.session_key
        platform.person()
        newcomer(platform, client)
        thief = Client()
        thief.cookies[live_settings.SESSION_COOKIE_NAME] = planted
        assert thief.get("/messages/").status_code == 302
        assert client.get("/messages/").status_code == 200


class TestRedirects:
    @pytest.mark.parametrize(
        "where",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "https:evil.example",
            "http://testserver.evil.example/",
        ],
    )
    def test_nobody_is_led_elsewhere(self, platform: Platform, client: Client, where: str) -> None:
        platform.person()
        start = f"/login/platform/?{urlencode({'next': where})}"
        assert platform.signs_in(client, "legal-1", start)["Location"] == NEW
        assert client.post(NEW, OPEN)["Location"] == "/home/"
        client.post("/logout/")
        assert platform.signs_in(client, "legal-1", start)["Location"] == "/home/"

    def test_a_foreign_host_gets_no_way_back(self, platform: Platform, client: Client) -> None:
        assert client.get("/login/platform/", HTTP_HOST="evil.example").status_code == 400

    def test_signing_out_leads_home(self, platform: Platform, client: Client) -> None:
        platform.person()
        newcomer(platform, client)
        out = client.post("/logout/", {"next": "https://evil.example/"})["Location"]
        assert query_of(out)["post_logout_redirect_uri"] == "http://testserver/"
