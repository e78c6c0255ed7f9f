"""The enterprise's pages: each address, each step, and who may open them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from enterprises.models import Enterprise, Profile, Qualification
from enterprises.operations import pass_qualification, send_back_qualification, start_year
from enterprises.states import QualificationState
from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.personal_data import mask_id_number
from tests import build, scans
from tests.enterprises.build import (
    AT,
    contractor,
    data,
    filled,
    owner,
    passed,
    registered,
    submitted,
    with_materials,
)

pytestmark = pytest.mark.django_db

PAGES = ["home", "register", "profile", "materials", "declaration", "submit", "history"]


def client(user, at: datetime = AT) -> Client:
    made = Client()
    with time_machine.travel(at, tick=False):
        made.force_login(user)
    return made


def at_time(at: datetime = AT):
    return time_machine.travel(at, tick=False)


def url(name: str, *args) -> str:
    return reverse(f"enterprises:{name}", args=args)


def posted(**changes) -> dict:
    """The basic information as a browser sends it."""
    values = data(**changes)
    values["district"] = values["district"].pk
    values["is_legal_person"] = "yes" if values["is_legal_person"] else "no"
    return {key: value for key, value in values.items() if value is not None}


def text(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("name", [*PAGES, "start_year"])
def test_strangers_sign_in_and_other_roles_find_nothing(name: str) -> None:
    with at_time():
        response = Client().get(url(name))
        assert response.status_code == 302 and response["Location"].startswith("/login/")
        for role in Role:
            if role != Role.ENTERPRISE:
                assert client(build.account(role)).get(url(name)).status_code == 404


def test_before_registration_only_home_and_registration_open() -> None:
    mine = client(build.account(Role.ENTERPRISE))
    with at_time():
        home = mine.get(url("home"))
        assert home.status_code == 200 and "登记企业" in text(home)
        assert mine.get(url("register")).status_code == 200
        for name in ("profile", "materials", "declaration", "submit", "history"):
            assert mine.get(url(name)).status_code == 404


@pytest.mark.rule("E1", "E2", "E3", "E6")
def test_the_whole_way_from_registration_to_passing() -> None:
    user = build.account(Role.ENTERPRISE)
    mine = client(user)
    with at_time():
        done = mine.post(
            url("register"), {"city": build.city().pk, "credit_code": build.credit_code()}
        )
        assert done["Location"] == url("profile")
        assert mine.get(url("register"))["Location"] == url("home")
        assert "填写基本信息" in text(mine.get(url("home")))

        done = mine.post(url("profile"), posted())
        assert done["Location"] == url("materials")
        home = text(mine.get(url("home")))
        assert "请上传营业执照副本" in home and "小型" in home

        for slot, more in (
            ("licence", {}),
            ("proof", {"proof_kind": "tax"}),
            ("declaration", {"declared_on": "2020-04-09"}),
        ):
            assert mine.get(url("material", slot))["Location"].endswith(f"#slot-{slot}")
            done = mine.post(url("material", slot), {"file": scans.sent(), **more})
            assert done.status_code == 302, text(done)
        assert "待上传" not in text(mine.get(url("materials")))
        assert "检查并提交" in text(mine.get(url("home")))

        assert "提交核对" in text(mine.get(url("submit")))
        assert mine.post(url("submit"))["Location"] == url("home")
        file = Qualification.objects.get()
        assert file.state == QualificationState.SUBMITTED
        assert "承办单位正在核对" in text(mine.get(url("home")))
        assert "待核对" in text(mine.get(url("history")))
        assert "正在核对" in text(mine.get(url("profile")))

        pass_qualification(by=contractor(), at=AT, qualification=file)
        home = text(mine.get(url("home")))
        assert "可以在批次开放期间申领" in home and 'href="/batches/"' in home


@pytest.mark.rule("E1")
def test_registration_refusals_stand_at_their_fields() -> None:
    low = client(build.account(Role.ENTERPRISE, assurance_level=0))
    taken = registered().credit_code
    mine = client(build.account(Role.ENTERPRISE))
    with at_time():
        code = build.credit_code()
        page = low.post(url("register"), {"city": build.city().pk, "credit_code": code})
        assert page.status_code == 200 and "可信级别不足" in text(page)
        page = mine.post(url("register"), {"city": build.city().pk, "credit_code": taken})
        assert page.context["form"].errors["credit_code"]
        page = mine.post(url("register"), {"city": build.city().pk, "credit_code": "1" * 18})
        assert page.context["form"].errors["credit_code"]
    assert Enterprise.objects.count() == 1


@pytest.mark.rule("E2")
def test_every_wrong_field_is_named_at_once() -> None:
    mine = client(registered().account)
    with at_time():
        page = mine.post(
            url("profile"),
            posted(
                handler_mobile="123",
                founded_on=date(2020, 4, 11),
                handler_id="1",
                address="",
            ),
        )
    assert set(page.context["form"].errors) == {
        "handler_mobile",
        "founded_on",
        "handler_id",
        "address",
    }
    assert not Profile.objects.exists()


@pytest.mark.rule("E4")
def test_a_questioned_figure_is_saved_after_the_tick() -> None:
    mine = client(registered().account)
    with at_time():
        assert "数额无误" not in text(mine.get(url("profile")))
        page = mine.post(url("profile"), posted(revenue=Decimal(3_000_000)))
        assert "是否误以“元”为单位" in text(page)
        assert 'name="figures_confirmed"' in text(page)
        assert not Profile.objects.exists()
        done = mine.post(
            url("profile"), {**posted(revenue=Decimal(3_000_000)), "figures_confirmed": "on"}
        )
        assert done.status_code == 302
    assert Profile.objects.get().revenue == Decimal(3_000_000)


@pytest.mark.rule("F5")
def test_stored_personal_data_is_masked_and_kept_when_left_empty() -> None:
    file = filled()
    secrets = (data()["legal_representative_id"], data()["handler_id"], "13812345678")
    mine = client(file.enterprise.account)
    with at_time():
        for name in ("home", "profile", "submit", "materials", "history"):
            assert not [secret for secret in secrets if secret in text(mine.get(url(name)))]
        assert mask_id_number(secrets[0]) in text(mine.get(url("profile")))
        sent = posted(address="新址", legal_representative_id="", handler_id="", handler_mobile="")
        assert mine.post(url("profile"), sent).status_code == 302
    profile = Profile.objects.get()
    assert (profile.legal_representative_id, profile.handler_id) == secrets[:2]
    assert (profile.address, profile.handler_mobile) == ("新址", "13812345678")


@pytest.mark.rule("E6")
def test_a_passed_file_is_reopened_only_knowingly() -> None:
    file = passed()
    mine = client(file.enterprise.account)
    with at_time():
        assert "修改后要重新核对" in text(mine.get(url("profile")))
        page = mine.post(url("profile"), posted(address="新址"))
        assert "reopening_understood" in page.context["form"].errors
        file.refresh_from_db()
        assert file.state == QualificationState.PASSED
        done = mine.post(url("profile"), {**posted(address="新址"), "reopening_understood": "on"})
        assert done.status_code == 302
    file.refresh_from_db()
    assert file.state == QualificationState.DRAFT


@pytest.mark.rule("E6")
def test_reasons_are_shown_item_by_item() -> None:
    file = submitted()
    send_back_qualification(
        by=contractor(),
        at=AT,
        qualification=file,
        item_reasons={"licence": "执照缺副本页", "figures": "与报表不一致"},
    )
    mine = client(file.enterprise.account)
    with at_time():
        home = text(mine.get(url("home")))
        assert "执照缺副本页" in home and "与报表不一致" in home and "逐项修改" in home
        assert "执照缺副本页" in text(mine.get(url("materials")))
        profile = text(mine.get(url("profile")))
        assert "与报表不一致" in profile and "执照缺副本页" not in profile
        assert "执照缺副本页" in text(mine.get(url("history")))


@pytest.mark.rule("E3")
def test_the_declaration_is_filled_in_to_print() -> None:
    file = filled(employees=20, revenue=Decimal("321.50"))
    with at_time():
        page = client(file.enterprise.account).get(url("declaration"))
    shown = text(page)
    for part in (
        "广州市中小微企业声明函",
        file.profile.name,
        file.enterprise.credit_code,
        "李四",
        data()["legal_representative_id"],
        "天河区测试路 1 号",
        "100.00",
        "软件和信息技术服务业",
        "<u>20</u>人",
        "321.50",
        "200.00",
        "小型",
        "王五",
        data()["handler_id"],
        "13812345678",
        "唯一经办人",
        "print-sheet",
    ):
        assert part in shown, part
    assert page["Cache-Control"] == "private, no-store"


@pytest.mark.rule("E3")
def test_what_is_missing_is_listed_and_not_submitted() -> None:
    file = with_materials(filled(), slots="l")
    mine = client(file.enterprise.account)
    with at_time():
        assert "请上传中小微企业声明函" in text(mine.get(url("submit")))
        page = mine.post(url("submit"))
        assert page.status_code == 200 and "资料还不完整" in text(page)


@pytest.mark.rule("E4")
def test_a_large_enterprise_is_told_at_once() -> None:
    mine = client(registered().account)
    with at_time():
        mine.post(url("profile"), posted(employees=300, revenue=Decimal(10000)))
        assert "大型企业" in text(mine.get(url("home")))
        assert "不能提交" in text(mine.get(url("submit")))


@pytest.mark.rule("F1")
def test_a_bad_upload_is_explained_at_the_form() -> None:
    file = filled()
    mine = client(file.enterprise.account)
    with at_time():
        page = mine.post(url("material", "licence"), {"file": scans.sent("a.pdf", b"nothing")})
        assert page.status_code == 200 and page.context["form"].errors
        assert mine.get(url("material", "state")).status_code == 404


NEW_YEAR = moment(date(2021, 1, 1), 0)


@pytest.mark.rule("E3")
def test_a_new_year_starts_from_the_home_page() -> None:
    old = passed()
    mine = client(old.enterprise.account, NEW_YEAR)
    with at_time(moment(date(2020, 12, 31), 23, 59)):
        assert "2020 年度资料" in text(mine.get(url("home")))
    with at_time(NEW_YEAR):
        assert "开始 2021 年度填报" in text(mine.get(url("home")))
        assert mine.get(url("profile"))["Location"] == url("start_year")
        page = text(mine.get(url("start_year")))
        assert "沿用 2020 年度" in page and "2020 年度营业收入" in page
        assert mine.post(url("start_year"))["Location"] == url("profile")
        page = text(mine.get(url("profile")))
        assert "2020 年度经营数据" in page
        assert mine.post(url("profile"), posted()).status_code == 302
        assert "请上传营业执照副本" in text(mine.get(url("home")))
    assert Qualification.objects.count() == 2


def test_starting_without_earlier_data_says_what_to_do() -> None:
    mine = client(registered().account)
    with at_time():
        done = mine.post(url("start_year"), follow=True)
    assert "没有往年资料" in text(done)


@pytest.mark.rule("E3")
def test_carried_figures_are_asked_for_before_printing() -> None:
    old = passed()
    start_year(by=owner(old.enterprise), at=NEW_YEAR, enterprise=old.enterprise, year=2021)
    with at_time(NEW_YEAR):
        assert "再打印声明函" in text(
            client(old.enterprise.account, NEW_YEAR).get(url("declaration"))
        )


@pytest.mark.rule("E4")
def test_the_self_test_is_public() -> None:
    with at_time():
        page = Client().get(url("size_test"))
        assert page.status_code == 200
        page = Client().get(
            url("size_test"), {"industry": "software", "employees": "100", "revenue": "1000"}
        )
        assert "测算结果：中型企业" in text(page)
        page = Client().get(
            url("size_test"), {"industry": "software", "employees": "99", "revenue": "1000"}
        )
        assert "测算结果：小型企业" in text(page)
        page = Client().get(url("size_test"), {"industry": "agriculture", "revenue": "20000"})
        assert "测算结果：大型企业" in text(page) and "不属于服务券补助对象" in text(page)
        page = Client().get(url("size_test"), {"industry": "software", "employees": "1"})
        assert "revenue" in page.context["form"].errors
        page = Client().get(
            url("size_test"), {"industry": "software", "employees": "1", "revenue": "500000"}
        )
        assert "是否误以“元”为单位" in text(page)
        assert Client().post(url("size_test")).status_code == 405


@pytest.mark.rule("E4")
@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-1", "1e99", "abc", "9" * 40])
def test_the_self_test_survives_any_figure(bad: str) -> None:
    with at_time():
        for field in ("employees", "revenue", "assets"):
            sent = {"industry": "construction", "employees": "1", "revenue": "1", "assets": "1"}
            page = Client().get(url("size_test"), {**sent, field: bad})
            assert page.status_code == 200
            assert field in page.context["form"].errors


@pytest.mark.rule("E2")
@pytest.mark.parametrize("field", ["registered_capital", "revenue", "assets", "employees"])
def test_the_profile_form_survives_any_figure(field: str) -> None:
    mine = client(registered().account)
    with at_time():
        for bad in ("NaN", "Infinity", "-1", "1e99", "9" * 40):
            page = mine.post(url("profile"), {**posted(), field: bad})
            assert page.status_code == 200
            assert field in page.context["form"].errors
