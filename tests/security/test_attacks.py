"""The portal as an attacker would try it, from every role: what must not happen, one way after the other."""

from __future__ import annotations

import json
import logging
import time
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import path, reverse

from enterprises.models import Enterprise, Profile
from foundation.accounts.models import MailChoice, Role, User
from foundation.accounts.password_words import ContextWordsValidator
from foundation.audit.models import AuditEntry
from foundation.documents.models import Document
from redemption.models import Objection
from redemption.public_views import OBJECTIONS_AN_HOUR
from tests.access.table import every_route
from tests.access.world import NOW, build_world
from tests.foundation.build import AT, PASSWORD, party, staff
from tests.redemption import build as claims
from voucher_portal.logs import LineFormatter

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://testserver@evil.example/",
    "\thttps://evil.example",
)


class TestSessions:
    def test_a_planted_session_key_is_not_the_one_after_signing_in(self) -> None:
        user, victim = party(), Client()
        victim.get("/login/")
        victim.cookies["session"] = planted = "a" * 32
        victim.post("/login/", {"username": user.username, "password": PASSWORD})
        assert victim.cookies["session"].value != planted
        thief = Client()
        thief.cookies["session"] = planted
        assert thief.get("/messages/").status_code == 302

    def test_a_session_is_worthless_after_signing_out(self) -> None:
        user, client, thief = party(), Client(), Client()
        client.post("/login/", {"username": user.username, "password": PASSWORD})
        thief.cookies["session"] = client.cookies["session"].value
        client.post("/logout/")
        assert thief.get("/messages/").status_code == 302

    def test_one_can_end_the_sessions_elsewhere(self, settings) -> None:
        settings.PROOF_MINUTES = 15
        user, here, there = party(), Client(), Client()
        for client in (here, there):
            client.post("/login/", {"username": user.username, "password": PASSWORD})
        assert here.post("/account/", {"act": "sessions"})["Location"] == "/account/"
        assert here.get("/messages/").status_code == 200
        assert there.get("/messages/").status_code == 302
        assert AuditEntry.objects.filter(action="end_other_sessions").count() == 1

    def test_who_finds_a_browser_open_leads_no_mail_away(self, settings) -> None:
        settings.PROOF_MINUTES = 15
        user, client = party(email="mine@example.com"), Client()
        with time_machine.travel(AT, tick=False) as clock:
            client.post("/login/", {"username": user.username, "password": PASSWORD})
            clock.shift(16 * 60)
            for form in ({"act": "ask", "address": "thief@example.com"}, {"act": "sessions"}):
                target = "/account/" if form["act"] == "sessions" else "/mail/"
                page = client.post(target, form)
                assert page.status_code == 302 or "验证身份" in page.content.decode()
            user.refresh_from_db()
            assert user.email_asked == ""
            assert client.get("/messages/").status_code == 200


class TestRedirects:
    @pytest.mark.parametrize("where", ELSEWHERE)
    def test_no_form_leads_elsewhere(self, where: str) -> None:
        user = party()
        for address in ("/login/", "/admin/login/"):
            client = Client()
            form = {"username": user.username, "password": PASSWORD, "next": where}
            page = client.post(address, form)
            assert page["Location"] == "/home/", where
        assert (
            client.post(f"/login/again/?next={where}", {"password": PASSWORD})["Location"]
            == "/home/"
        )
        assert client.post("/logout/", {"next": where})["Location"] == "/"
        assert client.get(f"/login/?next={where}").status_code == 200

    @pytest.mark.parametrize("where", ELSEWHERE)
    def test_no_route_takes_an_address_from_its_query(self, where: str) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(staff(Role.BUREAU))
        for address in (
            "/home/",
            "/admin/",
            "/dashboard/",
            "/messages/",
            "/login/",
            "/admin/password_change/",
        ):
            for name in ("next", "url", "return", "redirect", "_popup", "back"):
                page = client.get(address, {name: where})
                assert "evil" not in page.get("Location", "").partition("?")[0]


class TestMassAssignment:
    MORE = {
        "role": "bureau",
        "is_staff": "1",
        "is_superuser": "1",
        "assurance_level": "4",
        "city": "1",
        "person": "1",
        "session_epoch": "9",
        "state": "passed",
        "size_class": "micro",
        "frozen_at": "2020-01-01",
        "account": "1",
        "enterprise": "1",
        "is_active": "",
    }

    def test_signing_up_makes_a_party_and_nothing_else(self, client: Client, settings) -> None:
        settings.SIGN_UP_ASSURANCE_LEVEL = 0
        form = {"username": "newone", "password": "sea-horse-19", "password_again": "sea-horse-19"}
        assert client.post("/signup/", {**form, **self.MORE}).status_code == 200
        assert not User.objects.exists()
        client.post("/signup/", {**form, **self.MORE, "role": "enterprise"})
        user = User.objects.get()
        assert (user.role, user.assurance_level, user.is_staff, user.is_superuser) == (
            "enterprise",
            0,
            False,
            False,
        )
        assert (user.city_id, user.person_id, user.is_active) == (None, None, True)

    def test_no_form_of_an_enterprise_writes_a_field_that_is_not_its_own(self) -> None:
        world = build_world()
        account = world.cast["enterprise"]
        client = Client(raise_request_exception=False)
        client.force_login(account)
        kept = (
            list(
                User.objects.order_by("pk").values(
                    "pk",
                    "role",
                    "is_staff",
                    "is_superuser",
                    "assurance_level",
                    "city",
                    "person",
                    "is_active",
                )
            ),
            list(Enterprise.objects.order_by("pk").values()),
            list(
                Profile.objects.order_by("pk").values("pk", "size_class", "frozen_at", "enterprise")
            ),
        )
        with time_machine.travel(NOW, tick=False):
            for name, route in every_route().items():
                if "enterprise" not in route.who or name == "accounts:logout":
                    continue
                url = reverse(name.partition(" ")[0], args=route.args(world))
                assert client.post(url, self.MORE).status_code < 500, url
        assert kept == (
            list(
                User.objects.order_by("pk").values(
                    "pk",
                    "role",
                    "is_staff",
                    "is_superuser",
                    "assurance_level",
                    "city",
                    "person",
                    "is_active",
                )
            ),
            list(Enterprise.objects.order_by("pk").values()),
            list(
                Profile.objects.order_by("pk").values("pk", "size_class", "frozen_at", "enterprise")
            ),
        )

    def test_a_choice_that_is_not_offered_is_refused(self, client: Client) -> None:
        client.force_login(party())
        client.post("/mail/", {"act": "choose", "choice": "everything"})
        assert User.objects.get().mail_choice == MailChoice.ALL


class TestTheDesk:
    """Hidden fields are not asked about, by filters, order, search or Django's own small doors."""

    @pytest.fixture
    def desk(self) -> Client:
        self.world = build_world()
        client = Client(raise_request_exception=False)
        client.force_login(self.world.cast["bureau"])
        return client

    def test_no_list_takes_a_question_its_filters_do_not_ask(self, desk: Client) -> None:
        with time_machine.travel(NOW, tick=False):
            for model in admin.site._registry:
                address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
                if desk.get(address).status_code != 200:
                    continue
                for field in model._meta.concrete_fields:
                    for way in ("__startswith", "__regex", "__gt", "__contains", "__in"):
                        status = desk.get(address, {f"{field.name}{way}": "1"}).status_code
                        assert status == 400, (address, field.name, way)

    def test_djangos_small_doors(self, desk: Client) -> None:
        for query in (
            "_to_field=password",
            "_popup=1&_to_field=id_key",
            "o=99",
            "o=-1.99.x",
            "p=99999",
            "all=1",
            "e=1",
            "_facets=True",
        ):
            with time_machine.travel(NOW, tick=False):
                page = desk.get(f"/admin/accounts/user/?{query}")
            assert page.status_code in {200, 302, 400}, query
            assert "md5$" not in page.content.decode()

    def test_nothing_is_changed_by_djangos_own_forms(self, desk: Client) -> None:
        with time_machine.travel(NOW, tick=False):
            for model in admin.site._registry:
                label = f"{model._meta.app_label}_{model._meta.model_name}"
                base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
                if label not in self.world.pk:
                    continue
                pk = self.world.pk[label]
                before = list(model._base_manager.order_by("pk").values())
                for address, form in (
                    (f"{base}{pk}/change/", {"state": "passed", "_save": "1"}),
                    (f"{base}{pk}/delete/", {"post": "yes"}),
                    (f"{base}add/", {"_save": "1"}),
                    (
                        base,
                        {"action": "delete_selected", "_selected_action": str(pk), "post": "yes"},
                    ),
                    (
                        base,
                        {
                            "form-TOTAL_FORMS": "1",
                            "form-INITIAL_FORMS": "1",
                            "form-0-id": str(pk),
                            "_save": "1",
                        },
                    ),
                ):
                    assert desk.post(address, form).status_code in {200, 302, 403, 404, 405}, (
                        address
                    )
                assert list(model._base_manager.order_by("pk").values()) == before, model

    def test_no_password_or_secret_is_shown_anywhere(self, desk: Client) -> None:
        with time_machine.travel(NOW, tick=False):
            for model in admin.site._registry:
                label = f"{model._meta.app_label}_{model._meta.model_name}"
                if label in self.world.pk:
                    page = desk.get(
                        f"/admin/{model._meta.app_label}/{model._meta.model_name}/{self.world.pk[label]}/change/"
                    )
                    text = page.content.decode()
                    assert "md5$" not in text
                    assert "gAAAA" not in text


class TestFiles:
    def test_a_name_opens_no_path_and_no_header(self) -> None:
        world = build_world()
        document = Document.objects.get(pk=world.made.claim.form_scan_id)
        client = Client(raise_request_exception=False)
        client.force_login(world.cast["bureau"])
        for name in (
            "../../etc/passwd",
            "..%2f..%2fsettings.py",
            "a.pdf\r\nSet-Cookie: x=1",
            'a".pdf',
            "<script>.pdf",
        ):
            document.name = name
            document.save()
            page = client.get(reverse("documents:document", args=[document.pk]))
            assert page.status_code == 200, name
            told = page["Content-Disposition"]
            assert "\n" not in told and "\r" not in told, name
            assert not page.cookies
            assert page["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in page["Content-Security-Policy"]
            assert page["Content-Type"] in {"application/pdf", "image/jpeg", "image/png"}

    @pytest.mark.parametrize(
        "address",
        [
            "/files/../settings/",
            "/files/%2e%2e/%2e%2e/etc/passwd",
            "/static/../manage.py",
            "/static/%2e%2e/manage.py",
            "/media/",
            "/.git/config",
            "/.env",
            "/var/secrets.json",
        ],
    )
    def test_nothing_beside_the_files_is_served(self, client: Client, address: str) -> None:
        assert client.get(address).status_code in {302, 404}


class TestLogs:
    def test_a_line_stays_one_line(self) -> None:
        record = logging.LogRecord(
            "x", logging.WARNING, "", 0, "name %s", ('a\n{"level": "INFO"}\r\u2028b',), None
        )
        line = LineFormatter().format(record)
        assert "\n" not in line and "\r" not in line
        assert json.loads(line)["message"].startswith("name a\n")

    def test_a_request_number_from_outside_is_sound_or_ours(self, client: Client) -> None:
        for given in (
            "short",
            "x" * 65,
            "a b c d e f g",
            "abc\r\nX: y",
            "<script>alert(1)</script>",
        ):
            number = client.get("/", HTTP_X_REQUEST_ID=given)["X-Request-ID"]
            assert number != given
            assert number.isalnum()

    def test_wrong_passwords_are_logged_by_number_and_never_by_what_was_typed(
        self, client: Client, caplog
    ) -> None:
        user = party()
        client.post("/login/", {"username": user.username, "password": "secret-typed-1"})
        client.post("/login/", {"username": "my-password-by-mistake", "password": "secret-typed-2"})
        told = [
            one.getMessage() for one in caplog.records if one.name == "foundation.accounts.forms"
        ]
        assert told == [f"wrong password for account {user.pk}", "wrong password for no account"]
        assert not any(
            "secret-typed" in one.getMessage() or "mistake" in one.getMessage()
            for one in caplog.records
        )
        client.post("/login/", {"username": user.username, "password": PASSWORD})
        assert f"account {user.pk} signed in" in caplog.text


def broken(request):
    card = "440103198002290011"
    token = "hunter2-session-token"
    raise RuntimeError(f"broken for {card} {token}")


urlpatterns = [path("broken/", broken)]


class TestErrors:
    @override_settings(ROOT_URLCONF="tests.security.test_attacks", DEBUG=False)
    def test_an_error_page_holds_no_secret(self, caplog) -> None:
        page = Client(raise_request_exception=False).get("/broken/")
        assert page.status_code == 500
        text = page.content.decode()
        assert "系统出错" in text
        for secret in ("hunter2", "Traceback", "RuntimeError", "440103", "tests/security"):
            assert secret not in text
        record = next(one for one in caplog.records if one.exc_info)
        assert "440103198002290011" not in LineFormatter().format(record)


class TestTiming:
    def test_a_name_nobody_has_costs_as_much_as_one_with_an_account(
        self, client: Client, settings
    ) -> None:
        """Counted in runs of the password hash, not in seconds: the clock of a busy machine proves nothing."""
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
        user = party()
        runs: list[int] = []
        real = PBKDF2PasswordHasher.encode

        def counted(self, password, salt, iterations=None):
            runs.append(iterations or self.iterations)
            return real(self, password, salt, iterations=10)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PBKDF2PasswordHasher, "encode", counted)
            spent = []
            for name in (user.username, "nobody-has-this-name"):
                runs.clear()
                client.post("/login/", {"username": name, "password": "wrong-wrong-wrong"})
                spent.append(len(runs))
        assert spent[0] == spent[1] == 1

    def test_the_answers_are_the_same_word_by_word(self) -> None:
        known, closed = party(), party()
        User.objects.filter(pk=closed.pk).update(is_active=False)
        said = set()
        for name, password in (
            (known.username, "wrong-wrong-wrong"),
            ("nobody-has-this-name", "wrong-wrong-wrong"),
            (closed.username, PASSWORD),
        ):
            page = Client().post("/login/", {"username": name, "password": password})
            said.add(tuple(page.context["form"].non_field_errors()))
        assert len(said) == 1


class TestPasswords:
    @pytest.mark.parametrize(
        "password",
        [
            "fuwuquan2020!",
            "Guangzhou@2026",
            "FWQ-admin-123",
            "服务券平台2020年",
            "ｆｕｗｕｑｕａｎ88888",
            "guangdong.gongxinju",
            "密码123456789",
        ],
    )
    def test_words_everybody_would_guess_are_no_password(self, password: str) -> None:
        with pytest.raises(ValidationError):
            ContextWordsValidator().validate(password)

    @pytest.mark.parametrize(
        "password",
        [
            "fuwuquan-demo",
            "tested-and-true-2020",
            "海马在唱歌真好听",
            "x" * 64,
            "correct horse battery",
        ],
    )
    def test_others_are(self, password: str) -> None:
        ContextWordsValidator().validate(password)

    def test_long_ones_count_to_the_last_letter(self, client: Client) -> None:
        long = "a sentence that only I know, " * 6
        user = party()
        user.set_password(long)
        user.save()
        assert (
            client.post("/login/", {"username": user.username, "password": long[:-1]}).status_code
            == 200
        )
        assert (
            client.post("/login/", {"username": user.username, "password": long}).status_code == 302
        )

    @pytest.mark.parametrize("password", ["1234567890", "password123", "short", "qwertyuiop"])
    def test_common_ones_are_refused(self, client: Client, password: str) -> None:
        form = {
            "role": "enterprise",
            "username": "newone",
            "password": password,
            "password_again": password,
        }
        assert client.post("/signup/", form).status_code == 200
        assert not User.objects.exists()


@pytest.mark.rule("R4")
def test_no_machine_stops_all_payments_by_objections(client: Client) -> None:
    made = build_world().made
    address = reverse("publicity:object", args=[made.line(1).pk])
    form = {"name": "某人", "contact": "13800138000", "statement": "金额有误"}
    with time_machine.travel(claims.PUBLISHED + timedelta(minutes=5), tick=False):
        for _ in range(OBJECTIONS_AN_HOUR):
            client.post(address, form)
        page = client.post(address, form)
        assert "一小时内最多提交" in page.content.decode()
        filed = Objection.objects.count()
        client.post(address, form)
        assert Objection.objects.count() == filed
        elsewhere = client.post(address, form, REMOTE_ADDR="203.0.113.77")
    assert "一小时内最多提交" not in elsewhere.content.decode()


def test_a_flood_of_fields_is_refused_quickly(client: Client) -> None:
    begun = time.perf_counter()
    assert client.post("/login/", {f"f{index}": "x" for index in range(2_001)}).status_code == 400
    assert client.post("/login/", {"username": "x" * 3_000_000, "password": "y"}).status_code in {
        200,
        400,
        413,
    }
    assert time.perf_counter() - begun < 20


def test_parameters_given_twice_are_one(client: Client) -> None:
    user = party()
    body = f"username=someone&username={user.username}&password=x&password={PASSWORD}"
    page = client.post(
        "/login/?username=else&password=else",
        body,
        content_type="application/x-www-form-urlencoded",
    )
    assert page["Location"] == "/home/"
