"""Accounts: who opens them, who they belong to, and where each role begins."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from foundation.accounts.actors import Actor, job, require_role, require_staff_of
from foundation.accounts.id_numbers import BadIdNumber
from foundation.accounts.models import STAFF_ROLES, Person, Role, User
from foundation.accounts.operations import (
    close_account,
    open_staff_account,
    register_party_account,
    reset_password,
)
from foundation.accounts.policies import (
    UnableToCloseAccount,
    UnableToOpenAccount,
    UnableToSetPassword,
)
from foundation.accounts.queries import (
    accounts_visible_to,
    bureau_accounts_of,
    contractor_accounts_of,
)
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from tests.foundation.build import AT, PASSWORD, city, district, id_number, party, staff
from tests.markup import inline_parts

pytestmark = pytest.mark.django_db

STAFF = [role for role in Role if role in STAFF_ROLES]


@pytest.fixture
def bureau() -> Actor:
    return Actor(user=staff(Role.BUREAU), address="203.0.113.5")


def opening(**changed: object) -> dict:
    return {
        "at": AT,
        "username": "chenggong",
        "password": PASSWORD,
        "role": Role.CONTRACTOR,
        "person_name": "张三",
        "id_number": id_number(500),
        "city": city(),
        **changed,
    }


class TestOpeningStaffAccounts:
    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.EXPERT, Role.DISTRICT])
    def test_the_bureau_opens_accounts_of_its_own_city(self, bureau: Actor, role: Role) -> None:
        where = district() if role == Role.DISTRICT else None
        account = open_staff_account(by=bureau, **opening(role=role, district=where))

        account.refresh_from_db()
        assert (account.role, account.city, account.district) == (role, city(), where)
        assert account.person.name == "张三"
        assert account.check_password(PASSWORD)
        assert not account.is_superuser
        assert account.is_staff is (role != Role.DISTRICT)
        entry = AuditEntry.objects.get(action="open_staff_account", actor=bureau.user)
        assert entry.subject_id == account.pk
        assert PASSWORD not in str(entry.details)

    @pytest.mark.parametrize(
        "changed",
        [
            {"role": Role.BUREAU},
            {"role": Role.PROVINCE, "city": None},
            {"role": Role.CONTRACTOR, "city": None},
        ],
    )
    def test_the_bureau_opens_no_others(self, bureau: Actor, changed: dict) -> None:
        with pytest.raises(OutOfReach):
            open_staff_account(by=bureau, **opening(**changed))

    def test_the_bureau_opens_none_of_another_city(self, bureau: Actor) -> None:
        with pytest.raises(OutOfReach):
            open_staff_account(by=bureau, **opening(city=city("zhuhai")))

    @pytest.mark.parametrize("role", [r for r in Role if r not in {Role.BUREAU}])
    def test_nobody_else_opens_any(self, role: Role) -> None:
        user = staff(role) if role in STAFF else party(role)
        with pytest.raises(OutOfReach):
            open_staff_account(by=Actor(user=user), **opening())
        with pytest.raises(OutOfReach):
            open_staff_account(by=Actor(), **opening())

    @pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.PROVIDER, "", "root"])
    def test_other_roles_are_not_staff(self, bureau: Actor, role: str) -> None:
        with pytest.raises(UnableToOpenAccount):
            open_staff_account(by=bureau, **opening(role=role))

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"role": Role.DISTRICT}, "district"),
            ({"role": Role.EXPERT, "district": "440106"}, "district"),
            ({"role": Role.DISTRICT, "district": "440402"}, "district"),
            ({"person_name": " "}, "person_name"),
            ({"username": "a"}, "username"),
            ({"username": "a b c"}, "username"),
            ({"username": "名" * 61}, "username"),
            ({"password": "short"}, "password"),
            ({"password": "1234567890"}, "password"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, bureau: Actor, changed: dict, field: str) -> None:
        if "district" in changed:
            changed = {**changed, "district": district(changed["district"])}
        with pytest.raises((UnableToOpenAccount, UnableToSetPassword)) as refused:
            open_staff_account(by=bureau, **opening(**changed))
        assert refused.value.field == field
        assert User.objects.filter(person__name="张三").count() == 0

    @pytest.mark.rule("E2")
    @pytest.mark.parametrize("number", ["", "440103198002290019", id_number(born="20200602")])
    def test_a_wrong_id_number_is_refused(self, bureau: Actor, number: str) -> None:
        with pytest.raises(BadIdNumber) as refused:
            open_staff_account(by=bureau, **opening(id_number=number))
        assert refused.value.field == "id_number"

    @pytest.mark.parametrize("again", ["chenggong", "ChengGong", " chenggong ", "ｃhenggong"])
    def test_a_username_is_taken_once_in_any_case(self, bureau: Actor, again: str) -> None:
        open_staff_account(by=bureau, **opening())
        with pytest.raises(UnableToOpenAccount, match="已被使用") as refused:
            open_staff_account(by=bureau, **opening(username=again))
        assert refused.value.field == "username"
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username="CHENGGONG")

    @pytest.mark.rule("R3")
    def test_one_number_is_one_person_whatever_the_accounts(self, bureau: Actor) -> None:
        one = open_staff_account(by=bureau, **opening())
        other = open_staff_account(
            by=bureau,
            **opening(
                username="pingshen", role=Role.EXPERT, id_number=f" {id_number(500).lower()}"
            ),
        )
        assert one.person == other.person
        assert Actor(user=one).person_id == Actor(user=other).person_id == one.person_id

        with pytest.raises(UnableToOpenAccount, match="另一姓名") as refused:
            open_staff_account(by=bureau, **opening(username="third", person_name="李四"))
        assert refused.value.field == "person_name"

    @pytest.mark.rule("F5")
    def test_the_database_does_not_show_the_id_number(self, bureau: Actor) -> None:
        number = id_number(500)
        account = open_staff_account(by=bureau, **opening())

        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number, id_key FROM accounts_person")
            stored = str(cursor.fetchall())
            cursor.execute("SELECT details, reason, actor_label FROM audit_auditentry")
            logged = str(cursor.fetchall())
        assert number not in stored
        assert number[6:14] not in stored
        assert number not in logged
        assert Person.objects.get(pk=account.person_id).id_number == number


class TestTheDatabaseHoldsTheReach:
    @pytest.mark.parametrize(
        "fields",
        [
            {"role": Role.CONTRACTOR},
            {"role": Role.EXPERT},
            {"role": Role.BUREAU},
            {"role": Role.DISTRICT},
        ],
    )
    def test_staff_without_person_or_place_do_not_exist(self, fields: dict) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username="x", **fields)

    def test_a_district_account_has_its_district(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username="x", role=Role.DISTRICT, city=city())


class TestSigningUp:
    @pytest.mark.rule("E1")
    @pytest.mark.parametrize("level", [0, 1, 3])
    @pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.PROVIDER])
    def test_a_local_account_carries_an_assurance_level(self, role: Role, level: int) -> None:
        account = party(role, level=level)
        account.refresh_from_db()
        assert (account.role, account.assurance_level) == (role, level)
        assert not account.is_staff
        assert AuditEntry.objects.get(action="register_party_account").role == "public"

    @pytest.mark.parametrize("role", [*STAFF, ""])
    def test_staff_do_not_sign_up(self, role: str) -> None:
        with pytest.raises(OutOfReach):
            register_party_account(
                by=Actor(), at=AT, username="x12", password=PASSWORD, role=role, assurance_level=1
            )


class TestClosing:
    def test_the_bureau_closes_accounts_of_its_own_city(self, client, bureau: Actor) -> None:
        account = staff(Role.CONTRACTOR)
        client.force_login(account)
        close_account(by=bureau, at=AT, account=account, reason="离岗")

        account.refresh_from_db()
        assert not account.is_active
        assert AuditEntry.objects.get(action="close_account").reason == "离岗"
        assert not client.login(username=account.username, password=PASSWORD)
        with pytest.raises(UnableToCloseAccount, match="已经停用"):
            close_account(by=bureau, at=AT, account=account, reason="离岗")

    def test_the_rest_is_out_of_its_reach(self, bureau: Actor) -> None:
        for account in (
            staff(Role.CONTRACTOR, slug="zhuhai"),
            staff(Role.CONTRACTOR, slug=""),
            staff(Role.BUREAU),
            bureau.user,
            staff(Role.PROVINCE),
            party(),
        ):
            with pytest.raises(OutOfReach):
                close_account(by=bureau, at=AT, account=account, reason="离岗")
            with pytest.raises(OutOfReach):
                reset_password(by=bureau, at=AT, account=account, password="another-pass-2020")

    def test_nobody_else_closes_any(self) -> None:
        account = staff(Role.EXPERT)
        for role in STAFF:
            if role != Role.BUREAU:
                with pytest.raises(OutOfReach):
                    close_account(by=Actor(user=staff(role)), at=AT, account=account, reason="离岗")

    def test_a_new_password_replaces_the_old(self, bureau: Actor) -> None:
        account = staff(Role.CONTRACTOR)
        with pytest.raises(UnableToSetPassword):
            reset_password(by=bureau, at=AT, account=account, password="short")
        reset_password(by=bureau, at=AT, account=account, password="another-pass-2020")
        account.refresh_from_db()
        assert account.check_password("another-pass-2020")
        assert AuditEntry.objects.filter(action="reset_password", subject_id=account.pk).exists()


class TestReach:
    def test_the_bureau_sees_the_staff_of_its_own_city(self, bureau: Actor) -> None:
        contractor = staff(Role.CONTRACTOR)
        staff(Role.CONTRACTOR, slug="zhuhai")
        staff(Role.PROVINCE)
        party()
        assert set(accounts_visible_to(bureau.user)) == {bureau.user, contractor}

    @pytest.mark.parametrize("role", [r for r in STAFF if r != Role.BUREAU])
    def test_nobody_else_sees_accounts(self, role: Role) -> None:
        assert not accounts_visible_to(staff(role)).exists()

    def test_whom_to_write_to(self, bureau: Actor) -> None:
        city_contractor, province_contractor = (
            staff(Role.CONTRACTOR),
            staff(Role.CONTRACTOR, slug=""),
        )
        closed = staff(Role.CONTRACTOR)
        close_account(by=bureau, at=AT, account=closed, reason="离岗")
        assert list(bureau_accounts_of(city().pk)) == [bureau.user]
        assert list(contractor_accounts_of(city().pk)) == [city_contractor]
        assert list(contractor_accounts_of(None)) == [province_contractor]


class TestActors:
    def test_roles_and_labels(self) -> None:
        user = staff(Role.BUREAU, name="陈局")
        assert (Actor(user=user).role, Actor(user=user).label) == ("bureau", "陈局")
        assert (job("sweep").role, job("sweep").label) == ("job", "系统任务 sweep")
        assert (Actor().role, Actor().label, Actor().person_id) == ("public", "公众", None)

    def test_a_superuser_has_no_role(self) -> None:
        root = User.objects.create_superuser("root", password=PASSWORD)
        with pytest.raises(OutOfReach):
            require_role(Actor(user=root), *Role)
        bureau = staff(Role.BUREAU)
        bureau.is_superuser = True
        with pytest.raises(OutOfReach):
            require_staff_of(Actor(user=bureau), city("zhuhai").pk, Role.BUREAU)
        with pytest.raises(OutOfReach):
            require_role(Actor(user=bureau), Role.CONTRACTOR)

    def test_the_province_contractor_has_no_city(self) -> None:
        by = Actor(user=staff(Role.CONTRACTOR, slug=""))
        require_staff_of(by, None, Role.CONTRACTOR)
        with pytest.raises(OutOfReach):
            require_staff_of(by, city().pk, Role.CONTRACTOR)


class TestTheCommand:
    def run(self, monkeypatch: pytest.MonkeyPatch, *arguments: str, number: str = "") -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{number or id_number(7)}\n{PASSWORD}\n"))
        call_command("open_staff_account", *arguments)

    def test_it_opens_the_first_bureau_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run(monkeypatch, "ju", "--role", "bureau", "--name", "陈局", "--city", "440100")
        account = User.objects.get(username="ju")
        assert (account.role, account.city, account.is_staff) == ("bureau", city(), True)
        assert account.check_password(PASSWORD)

    def test_it_opens_province_and_district_accounts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run(monkeypatch, "sheng", "--role", "province", "--name", "省")
        self.run(monkeypatch, "szx", "--role", "contractor", "--name", "省")
        where = ("--city", "440100", "--district", "440106")
        self.run(monkeypatch, "qu", "--role", "district", "--name", "省", *where)
        assert User.objects.get(username="szx").city is None
        assert User.objects.get(username="qu").district == district()

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["--role", "bureau"], "地市"),
            (["--role", "bureau", "--city", "999900"], "load_regions"),
            (["--role", "province", "--city", "440100"], "省级"),
            (["--role", "district", "--city", "440100", "--district", "440402"], "不属于"),
        ],
    )
    def test_it_says_what_is_wrong(
        self, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
    ) -> None:
        with pytest.raises(CommandError, match=says):
            self.run(monkeypatch, "ju", "--name", "陈局", *arguments)


@pytest.mark.urls("tests.foundation.urls")
class TestPages:
    @pytest.mark.parametrize(
        ("role", "home"),
        [
            (Role.ENTERPRISE, "/enterprise/"),
            (Role.PROVIDER, "/provider/"),
            (Role.CONTRACTOR, "/admin/"),
            (Role.EXPERT, "/admin/"),
            (Role.BUREAU, "/admin/"),
            (Role.DISTRICT, "/dashboard/"),
            (Role.PROVINCE, "/dashboard/"),
        ],
    )
    def test_each_role_has_its_home(self, client, role: Role, home: str) -> None:
        user = staff(role) if role in STAFF else party(role)
        page = client.post("/login/", {"username": user.username, "password": PASSWORD})
        assert page["Location"] == "/home/"
        assert client.get("/home/")["Location"] == home
        assert client.get(home).status_code == 200
        assert client.get("/login/")["Location"] == "/home/"

    def test_home_asks_strangers_to_sign_in(self, client) -> None:
        assert client.get("/home/")["Location"] == "/login/?next=/home/"

    def test_login_goes_on_where_it_was_asked_for_but_not_elsewhere(self, client) -> None:
        user = party()
        form = {"username": user.username, "password": PASSWORD}
        assert client.post("/login/", {**form, "next": "/messages/"})["Location"] == "/messages/"
        client.logout()
        page = client.post("/login/", {**form, "next": "https://example.com/"})
        assert page["Location"] == "/home/"

    def test_a_wrong_password_is_told_in_chinese(self, client) -> None:
        page = client.post("/login/", {"username": party().username, "password": "wrong"})
        assert page.status_code == 200
        assert "用户名或密码不正确" in page.content.decode()

    def test_signing_out_takes_a_post(self, client) -> None:
        client.force_login(party())
        assert client.get("/logout/").status_code == 405
        assert client.post("/logout/").status_code == 302
        assert client.get("/home/")["Location"].startswith("/login/")

    def sign_up(self, client, **changed: str):
        form = {
            "role": "enterprise",
            "username": "qiye",
            "email": "a@example.com",
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
        return client.post("/signup/", {**form, **changed})

    @pytest.mark.rule("E1")
    def test_signing_up(self, client, settings) -> None:
        settings.SIGN_UP_ASSURANCE_LEVEL = 0
        assert self.sign_up(client)["Location"] == "/home/"
        user = User.objects.get(username="qiye")
        assert (user.role, user.assurance_level) == ("enterprise", 0)
        assert (user.email, user.email_asked) == ("", "a@example.com")
        assert client.get("/home/")["Location"] == "/enterprise/"
        assert client.get("/signup/")["Location"] == "/home/"

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({"password_again": "else"}, "两次输入的密码不一致"),
            ({"password": "short", "password_again": "short"}, "密码"),
            ({"username": "TAKEN"}, "已被使用"),
            ({"username": ""}, "必填"),
            ({"email": "x"}, "有效的"),
        ],
    )
    def test_a_bad_sign_up_says_why(self, client, changed: dict, says: str) -> None:
        User.objects.create(username="taken")
        page = self.sign_up(client, **changed)
        assert page.status_code == 200
        assert says in page.content.decode()
        assert not User.objects.filter(username="qiye").exists()

    @pytest.mark.parametrize("role", [*STAFF, "", "root"])
    def test_nobody_signs_up_as_staff(self, client, role: str) -> None:
        assert self.sign_up(client, role=role).status_code == 200
        assert not User.objects.filter(username="qiye").exists()

    def test_changing_the_password(self, client) -> None:
        user = party()
        client.force_login(user)
        new = {"new_password1": "another-pass-2020", "new_password2": "another-pass-2020"}
        wrong = client.post("/password/", {"old_password": "wrong", **new})
        assert wrong.status_code == 200
        page = client.post("/password/", {"old_password": PASSWORD, **new}, follow=True)
        assert page.redirect_chain[-1][0] == "/enterprise/"
        user.refresh_from_db()
        assert user.check_password("another-pass-2020")

    @pytest.mark.parametrize("path", ["/login/", "/signup/"])
    def test_the_pages_are_whole(self, client, path: str) -> None:
        page = client.get(path).content.decode()
        assert page.count("<h1") == 1
        assert "csrfmiddlewaretoken" in page
        assert not inline_parts(page)


@pytest.mark.urls("tests.foundation.urls")
class TestTheDesk:
    def test_the_bureau_opens_closes_and_resets(self, client, bureau: Actor) -> None:
        client.force_login(bureau.user)
        where = "/admin/accounts/user/"
        form = {
            "role": "expert",
            "person_name": "王专家",
            "id_number": id_number(77),
            "username": "zhuanjia",
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
        assert client.get(f"{where}act/open/").status_code == 200
        page = client.post(f"{where}act/open/", {**form, "id_number": "1"})
        assert "身份证号码应为 18 位" in page.content.decode()
        page = client.post(f"{where}act/open/", form, follow=True).content.decode()
        account = User.objects.get(username="zhuanjia")
        assert account.city == city()
        assert id_number(77) not in page
        assert f"440{'*' * 13}{id_number(77)[-2:]}" in page

        client.post(
            f"{where}{account.pk}/act/password/",
            {"password": "another-pass-2020", "password_again": "another-pass-2020"},
        )
        account.refresh_from_db()
        assert account.check_password("another-pass-2020")
        client.post(f"{where}{account.pk}/act/close/", {"reason": "离岗"})
        account.refresh_from_db()
        assert not account.is_active
        assert "该账号已经停用" in client.get(f"{where}{account.pk}/change/").content.decode()

    def test_a_district_of_another_city_is_not_offered(self, client, bureau: Actor) -> None:
        client.force_login(bureau.user)
        page = client.get("/admin/accounts/user/act/open/").content.decode()
        assert "天河区" in page
        assert "香洲区" not in page

    def test_the_rest_is_404(self, client, bureau: Actor) -> None:
        elsewhere = staff(Role.CONTRACTOR, slug="zhuhai")
        client.force_login(bureau.user)
        for path in ("change/", "act/close/", "act/password/"):
            assert client.get(f"/admin/accounts/user/{elsewhere.pk}/{path}").status_code == 404
        assert (
            client.post(
                f"/admin/accounts/user/{elsewhere.pk}/act/close/", {"reason": "x"}
            ).status_code
            == 404
        )
        elsewhere.refresh_from_db()
        assert elsewhere.is_active
        assert client.get("/admin/accounts/user/act/none/").status_code == 404

    @pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.EXPERT])
    def test_others_at_the_desk_find_no_accounts(self, client, role: Role) -> None:
        client.force_login(staff(role))
        for path in ("", "act/open/", "1/change/"):
            assert client.get(f"/admin/accounts/user/{path}").status_code == 404

    def test_a_superuser_without_a_role_finds_nothing(self, client) -> None:
        client.force_login(User.objects.create_superuser("root", password=PASSWORD))
        assert client.get("/admin/accounts/user/").status_code == 404
        assert "/admin/auth/group/" not in client.get("/admin/").content.decode()
