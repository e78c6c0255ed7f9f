"""The contractor's queue in the admin: reach, masked data, acts, and the recorded look."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.states import QualificationState
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from tests import build
from tests.enterprises.build import AT, LATER, data, filled, submitted

pytestmark = pytest.mark.django_db

LIST = "admin:enterprises_qualification_changelist"
SECRETS = ("13812345678",)


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(LATER, tick=False):
        yield


def client(role: str, slug: str = "guangzhou", **fields) -> Client:
    made = Client()
    fields.setdefault("is_staff", True)
    made.force_login(build.account(role, of=build.city(slug), **fields))
    return made


def record(file) -> str:
    return reverse("admin:enterprises_qualification_change", args=[file.pk])


def act(file, name: str) -> str:
    return reverse("admin:enterprises_qualification_record_act", args=[file.pk, name])


def reveal(file) -> str:
    return reverse("admin:enterprises_qualification_reveal", args=[file.pk])


def text(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.BUREAU])
def test_the_city_reads_its_own_files_only(role: str) -> None:
    file, draft = submitted(name="广州甲有限公司"), filled(name="广州乙有限公司")
    desk = client(role)
    page = text(desk.get(reverse(LIST)))
    assert "广州甲有限公司" in page and draft.enterprise.credit_code not in page
    assert desk.get(record(file)).status_code == 200
    assert desk.get(record(draft)).status_code == 404
    far = client(role, "zhuhai")
    assert "广州甲有限公司" not in text(far.get(reverse(LIST)))
    assert far.get(record(file)).status_code == 404
    assert far.get(reveal(file)).status_code == 404
    assert far.post(act(file, "pass"), {"round_number": 1}).status_code == 404


@pytest.mark.parametrize(
    "role", [Role.EXPERT, Role.DISTRICT, Role.PROVINCE, Role.ENTERPRISE, Role.PROVIDER]
)
def test_other_roles_find_no_queue(role: str) -> None:
    file = submitted()
    for superuser in (False, True):
        desk = client(role, is_superuser=superuser)
        for address in (reverse(LIST), record(file), reveal(file), act(file, "pass")):
            assert desk.get(address).status_code == 404


def test_filters_and_search_stay_in_reach() -> None:
    file = submitted(name="广州甲有限公司")
    district = file.profile.district_id
    for query in (
        {"state": "submitted"},
        {"state__exact": "submitted"},
        {"district": district},
        {"district": "x"},
        {"profile__size_class__exact": "small"},
        {"q": "甲"},
        {"q": file.enterprise.credit_code},
    ):
        near = client(Role.CONTRACTOR).get(f"{reverse(LIST)}?{urlencode(query)}", follow=True)
        far = client(Role.CONTRACTOR, "zhuhai").get(
            f"{reverse(LIST)}?{urlencode(query)}", follow=True
        )
        assert near.status_code == far.status_code == 200
        assert "广州甲有限公司" not in text(far)
    zhuhai = build.city("zhuhai").districts.first()
    if zhuhai:
        assert zhuhai.name not in text(client(Role.CONTRACTOR).get(reverse(LIST)))


@pytest.mark.rule("F5", "E6")
def test_the_record_shows_everything_with_personal_data_masked() -> None:
    file = submitted()
    page = text(client(Role.CONTRACTOR).get(record(file)))
    for part in (
        "广州晨光软件有限公司",
        file.enterprise.credit_code,
        "138****5678",
        "软件和信息技术服务业",
        "小型",
        "自动核对",
        "未见其他单位上传过同一文件",
        reverse("documents:document", args=[file.licence_id]),
        reverse("documents:document", args=[file.proof_id]),
        reverse("documents:document", args=[file.declaration_id]),
        act(file, "pass").rsplit("/act/", 1)[1],
    ):
        assert part in page, part
    for secret in (*SECRETS, data()["handler_id"], data()["legal_representative_id"]):
        assert secret not in page
    assert "<select" not in page.split("基本信息")[1]


@pytest.mark.rule("E6")
def test_the_three_acts() -> None:
    desk = client(Role.CONTRACTOR)
    file = submitted()
    assert 'value="1"' in text(desk.get(act(file, "pass")))
    assert desk.post(act(file, "pass"), {"round_number": 1}).status_code == 302
    file.refresh_from_db()
    assert file.state == QualificationState.PASSED

    file = submitted()
    page = desk.post(act(file, "send-back"), {"round_number": 1})
    assert page.status_code == 200 and "至少对一项" in text(page)
    desk.post(act(file, "send-back"), {"round_number": 1, "licence": "不清晰"})
    file.refresh_from_db()
    assert file.state == QualificationState.RETURNED
    assert file.rounds.get().item_reasons == {"licence": "不清晰"}

    file = submitted()
    assert desk.post(act(file, "refuse"), {"round_number": 1}).status_code == 200
    desk.post(act(file, "refuse"), {"round_number": 1, "reason": "不符"})
    file.refresh_from_db()
    assert file.state == QualificationState.REFUSED


@pytest.mark.rule("E6")
def test_a_page_of_an_earlier_round_decides_nothing() -> None:
    file = submitted()
    page = client(Role.CONTRACTOR).post(act(file, "pass"), {"round_number": 0})
    assert page.status_code == 200 and "新一轮" in text(page)
    page = client(Role.CONTRACTOR).post(act(file, "pass"), {})
    assert page.status_code == 200
    file.refresh_from_db()
    assert file.state == QualificationState.SUBMITTED


@pytest.mark.rule("E6")
def test_the_bureau_reads_and_decides_nothing() -> None:
    file = submitted()
    desk = client(Role.BUREAU)
    assert "act/pass/" not in text(desk.get(record(file)))
    for name in ("pass", "send-back", "refuse"):
        assert desk.get(act(file, name)).status_code == 404
        assert desk.post(act(file, name), {"round_number": 1}).status_code == 404
    assert desk.post(record(file), {"state": "passed"}).status_code in {403, 404}
    assert desk.get(f"{record(file)}../delete/").status_code in {403, 404}


@pytest.mark.rule("F5")
def test_the_look_is_by_post_with_a_reason_and_recorded() -> None:
    file = submitted()
    for role in (Role.CONTRACTOR, Role.BUREAU):
        desk = client(role)
        page = desk.get(reveal(file))
        assert page.status_code == 200 and SECRETS[0] not in text(page)
        page = desk.post(reveal(file), {"reason": " "})
        assert SECRETS[0] not in text(page)
        page = desk.post(reveal(file), {"reason": "与复印件比对"})
        assert SECRETS[0] in text(page) and data()["handler_id"] in text(page)
        assert "no-store" in page["Cache-Control"]
    assert AuditEntry.objects.filter(action="reveal_personal_data").count() == 2


def test_waiting_files_come_first_and_the_list_costs_a_fixed_number_of_queries(
    django_assert_max_num_queries,
) -> None:
    for _ in range(6):
        submitted(at=AT)
    desk = client(Role.CONTRACTOR)
    with django_assert_max_num_queries(16):
        assert desk.get(reverse(LIST)).status_code == 200


def test_the_list_and_a_record_ask_the_database_no_more_for_more_rows() -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        return len(queries)

    first = submitted(name="广州甲有限公司")
    desk = client(Role.CONTRACTOR)
    few = asked(reverse(LIST))
    for name in ("广州乙有限公司", "广州丙有限公司"):
        submitted(name=name)
    assert asked(reverse(LIST)) == few
    assert asked(record(first)) <= 20
