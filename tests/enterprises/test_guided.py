"""The guided registration: looked at as it is typed, mended where it is wrong, and told in rounds (E1–E6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.completeness import NOT_A_LEGAL_PERSON
from enterprises.operations import (
    refuse_qualification,
    send_back_qualification,
    start_year,
    submit_qualification,
)
from foundation.accounts.models import Role
from foundation.moments import moment
from tests import build, scans
from tests.enterprises.build import (
    AT,
    LATER,
    contractor,
    data,
    filled,
    owner,
    passed,
    registered,
    submitted,
    with_materials,
)
from tests.enterprises.test_pages import NEW_YEAR, at_time, client, posted, text, url
from tests.markup import inline_parts

pytestmark = pytest.mark.django_db


@pytest.mark.rule("E2")
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("handler_id", "440101198001010000", "校验位不符"),
        ("handler_id", "1", "应为 18 位"),
        ("handler_mobile", "12345", "11 位手机号码"),
        ("founded_on", "2030-01-01", "不能晚于今天"),
        ("registered_capital", "-1", "不小于 0"),
    ],
)
def test_a_field_is_checked_as_typed_by_the_rules_of_saving(field, value, sentence) -> None:
    mine = client(registered().account)
    with at_time():
        answer = text(mine.post(url("profile_check", field), {**posted(), field: value}))
        assert sentence in answer and f'id="id_{field}_error"' in answer
        saved = mine.post(url("profile"), {**posted(), field: value})
        assert saved.context["form"].errors[field][0] in answer


@pytest.mark.rule("E5")
def test_who_is_no_legal_person_is_told_at_once() -> None:
    mine = client(registered().account)
    with at_time():
        no = {**posted(), "is_legal_person": "no"}
        assert NOT_A_LEGAL_PERSON in text(mine.post(url("profile_check", "is_legal_person"), no))
        answer = text(mine.post(url("profile_check", "is_legal_person"), posted()))
        assert not answer.strip()
        saved = mine.post(url("profile"), no, follow=True)
        assert NOT_A_LEGAL_PERSON in text(saved), "without scripts it is said when it is saved"
        assert NOT_A_LEGAL_PERSON in text(mine.get(url("profile")))
        assert NOT_A_LEGAL_PERSON in text(mine.get(url("submit")))


@pytest.mark.rule("E2")
def test_a_sound_field_is_said_to_be_so_and_an_empty_one_is_left_alone() -> None:
    mine = client(registered().account)
    with at_time():
        good = text(mine.post(url("profile_check", "handler_id"), posted()))
        assert "格式正确" in good and posted()["handler_id"] not in good
        assert not text(mine.post(url("profile_check", "handler_id"), {})).strip()
        assert mine.post(url("profile_check", "name"), posted()).status_code == 404
        assert mine.get(url("profile_check", "handler_id")).status_code == 405


@pytest.mark.rule("E1", "E2")
def test_the_credit_code_is_checked_as_typed() -> None:
    taken = registered().credit_code
    mine = client(build.account(Role.ENTERPRISE))
    shenzhen = build.city("foshan").pk
    with at_time():

        def said(code: str, city: int | str = "") -> str:
            return text(mine.post(url("register_check"), {"credit_code": code, "city": city}))

        assert "18 位" in said("123")
        assert "校验码不符" in said(build.credit_code()[:-1] + "I") or "18 位" in said(
            "1" * 17 + "I"
        )
        assert "已由其他账号登记" in said(taken)
        assert "格式正确" in said(build.credit_code(), build.city().pk)
        assert "登记机关不在佛山市" in said(build.credit_code(), shenzhen)
        assert not said("").strip()
        assert "格式正确" in said(build.credit_code(), "no number")


@pytest.mark.rule("E4")
def test_the_size_class_is_explained_as_figures_are_typed() -> None:
    mine = client(registered().account)
    with at_time():

        def said(**figures) -> str:
            return text(mine.post(url("profile_size"), figures))

        assert "按《中小企业划型标准规定》测算" in said()
        assert "营业收入划型，填写后" in said(industry="software", employees="20")
        answer = said(industry="software", employees="100", revenue="1000")
        assert "中型企业" in answer and "中型 ≥ 100" in answer
        assert "大型企业不属于" in said(industry="software", employees="300", revenue="10000")
        answer = said(industry="software", employees="1", revenue="500000", figures_confirmed="on")
        assert "是否误以“元”为单位" in answer and 'name="figures_confirmed"' in answer
        # The box has to be ticked anew for other figures.
        assert "checked" not in answer
        for bad in ("NaN", "1e99", "-1", "九"):
            assert "测算" in said(industry="software", employees=bad, revenue=bad)
        assert "选择行业" in said(industry="no-such-industry", employees="1")


def test_only_the_districts_of_the_own_city_are_offered() -> None:
    foshan = registered(slug="foshan")
    build.district(foshan.city)
    with at_time():
        page = text(client(foshan.account).get(url("profile")))
        assert "越秀区" not in page
        answer = client(foshan.account).post(url("profile"), posted())
    assert answer.context["form"].errors["district"]


@pytest.mark.rule("E3")
def test_all_slots_stand_on_one_page_each_with_its_own_form() -> None:
    file = filled()
    mine = client(file.enterprise.account)
    with at_time():
        page = text(mine.get(url("materials")))
        assert page.count('enctype="multipart/form-data"') == 3
        assert 'name="declared_on"' in page and url("declaration") in page
        bad = mine.post(url("material", "proof"), {"file": scans.sent(), "proof_kind": ""})
        shown = text(bad)
        assert shown.count('role="alert"') == 1 and 'id="slot-licence"' in shown
        mine.post(url("material", "licence"), {"file": scans.sent("执照副本.pdf")})
        assert "执照副本.pdf" in text(mine.get(url("materials")))


@pytest.mark.rule("E2", "E3")
def test_each_item_has_a_tick_or_a_cross_and_the_way_to_mend_it() -> None:
    file = with_materials(filled(), slots="l")
    mine = client(file.enterprise.account)
    with at_time():
        page = mine.get(url("submit"))
        rows = {row.label: row for row in page.context["rows"]}
        assert rows["营业执照副本"].met and not rows["中小微企业声明函"].met
        assert rows["中小微企业声明函"].url == f"{url('materials')}#slot-declaration"
        assert rows["经办人信息"].url == f"{url('profile')}#id_handler"
        assert "暂不能提交" in text(page) and "提交核对</button>" not in text(page)
        for row in rows.values():
            assert mine.get(row.url).status_code == 200
            assert f'id="{row.url.partition("#")[2]}"' in text(mine.get(row.url)), row


@pytest.mark.rule("E6")
def test_what_was_sent_back_stands_first_and_the_rest_is_folded() -> None:
    file = submitted()
    send_back_qualification(
        by=contractor(),
        at=AT,
        qualification=file,
        item_reasons={"figures": "与报表不一致", "licence": "不清晰"},
    )
    mine = client(file.enterprise.account, LATER)
    with at_time(LATER):
        page = mine.get(url("profile"))
        asked = [field.name for field, _ in page.context["asked"]]
        assert asked == ["employees", "revenue", "assets"]
        assert text(page).count('<details class="panel folded"') == 3
        # Every field is there once, wherever it stands.
        for field in posted():
            assert text(page).count(f'name="{field}"') == (2 if field == "is_legal_person" else 1)
        home = text(mine.get(url("home")))
        assert f"{url('materials')}#slot-licence" in home
        rows = {row.label: row for row in mine.get(url("submit")).context["rows"]}
        assert "尚未修改" in rows["从业人员、营业收入和资产总额"].remedy
        mine.post(url("profile"), posted(revenue=Decimal("301.00")))
        rows = {row.label: row for row in mine.get(url("submit")).context["rows"]}
        assert rows["从业人员、营业收入和资产总额"].met and not rows["营业执照副本"].met


@pytest.mark.rule("E6", "F5")
def test_rounds_tell_what_changed_without_personal_data() -> None:
    file = submitted()
    send_back_qualification(
        by=contractor(), at=AT, qualification=file, item_reasons={"handler": "请更正"}
    )
    mine = client(file.enterprise.account, LATER)
    other = build.id_number()
    with at_time(LATER):
        mine.post(url("profile"), posted(address="新址 9 号", handler_id=other))
        file.refresh_from_db()
        with_materials(file, at=LATER, slots="d")
        submit_qualification(by=owner(file.enterprise), at=LATER, qualification=file)
        page = mine.get(url("history"))
        shown = text(page)
        newest = page.context["rounds"][0]
        assert [change.label for change in newest["changes"]] == [
            "地址",
            "经办人身份证号码",
            "中小微企业声明函",
        ]
        assert "新址 9 号" in shown and "天河区测试路 1 号" in shown and "请更正" in shown
        assert other not in shown and data()["handler_id"] not in shown


@pytest.mark.rule("E3")
def test_a_new_year_asks_for_its_figures_and_materials_anew() -> None:
    old = passed(revenue=Decimal("300.00"))
    start_year(by=owner(old.enterprise), at=NEW_YEAR, enterprise=old.enterprise, year=2021)
    mine = client(old.enterprise.account, NEW_YEAR)
    with at_time(NEW_YEAR):
        page = mine.get(url("profile"))
        assert page.context["form"]["revenue"].value() is None
        assert page.context["form"]["name"].value() == "广州晨光软件有限公司"
        assert "须更新为 2020 年度数据" in text(page) and "300.00" in text(page)
        assert text(mine.get(url("materials"))).count("待上传") == 3
        assert mine.get(url("start_year"))["Location"] == url("profile")


@pytest.mark.rule("E6")
def test_a_refusal_is_told_with_its_reason() -> None:
    file = submitted()
    refuse_qualification(by=contractor(), at=AT, qualification=file, reason="不是本市企业")
    with at_time(LATER):
        home = text(client(file.enterprise.account, LATER).get(url("home")))
    assert "不是本市企业" in home and "修改基本信息" in home


def test_no_page_writes_scripts_or_styles_into_itself() -> None:
    file = submitted()
    send_back_qualification(
        by=contractor(), at=AT, qualification=file, item_reasons={"figures": "不一致"}
    )
    mine = client(file.enterprise.account)
    fresh = client(build.account(Role.ENTERPRISE))
    with at_time():
        pages = [mine.get(url(name)) for name in ("home", "profile", "materials", "submit")]
        pages += [fresh.get(url("home")), fresh.get(url("register"))]
        for page in pages:
            assert not inline_parts(text(page))


def test_the_history_takes_as_many_queries_for_many_rounds_as_for_one() -> None:
    def count(rounds: int) -> int:
        file = submitted()
        for _ in range(rounds - 1):
            send_back_qualification(
                by=contractor(), at=AT, qualification=file, item_reasons={"address": "请更正"}
            )
            file = submit_qualification(by=owner(file.enterprise), at=AT, qualification=file)
        mine = client(file.enterprise.account)
        with (
            at_time(),
            CaptureQueriesContext(
                connection,
            ) as queries,
        ):
            assert mine.get(url("history")).status_code == 200
        return len(queries)

    assert count(1) == count(5) <= 12


def test_a_date_in_a_leap_year_is_no_trouble() -> None:
    mine = client(registered().account)
    with at_time(moment(date(2020, 2, 29), 10)):
        answer = text(
            mine.post(url("profile_check", "founded_on"), {**posted(), "founded_on": "2020-02-30"})
        )
    assert "有效的日期" in answer
