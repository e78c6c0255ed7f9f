"""Registration step by step, its review, changes, and the home page, as a provider's browser sees them (P1, P2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.rosters.near_names import near_names
from providers.models import Provider
from providers.operations import refuse_provider, request_change, send_back_provider
from providers.states import ProviderState
from providers.views.registering import LOOKUPS_A_MINUTE
from tests import build, scans
from tests.markup import inline_parts
from tests.providers import build as make
from tests.providers.browsing import client, text, url

pytestmark = pytest.mark.django_db

AT, LATER = make.AT, make.LATER


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


# --- the name ------------------------------------------------------------------------------


@pytest.mark.rule("P1")
def test_registration_begins_with_the_name_and_stops_saying_why() -> None:
    mine = client(build.account(Role.PROVIDER))
    page = text(mine.get(url("register"), {"name": "没有的机构"}))
    assert "名录中没有该机构" in page
    assert "法定代表人" not in page
    assert not inline_parts(page)


@pytest.mark.rule("P1")
def test_an_accreditation_that_ran_out_or_comes_stops_with_its_day() -> None:
    make.accreditation("广州过期平台", valid_until=date(2020, 3, 31))
    make.accreditation("广州未来平台", valid_from=date(2020, 6, 1))
    mine = client(build.account(Role.PROVIDER))
    assert "2020年3月31日到期" in text(mine.get(url("register"), {"name": "广州过期平台"}))
    assert "2020年6月1日起生效" in text(mine.get(url("lookup"), {"name": "广州未来平台"}))


@pytest.mark.rule("P1")
def test_the_lookup_forgives_width_brackets_and_spaces_and_says_level_and_end() -> None:
    make.accreditation("广州创新（南沙）服务平台有限公司")
    mine = client(build.account(Role.PROVIDER))
    page = text(mine.get(url("lookup"), {"name": " 广州创新(南沙) 服务平台有限公司"}))
    for words in ("可以继续注册", "市级示范平台", "2021年12月31日", "管理"):
        assert words in page
    assert text(mine.get(url("lookup"), {"name": ""})).strip() == ""


@pytest.mark.rule("P1")
def test_a_near_miss_is_asked_back_and_the_directory_is_not_listed() -> None:
    names = ["广州创新服务平台有限公司", "广州南方检测技术有限公司", "广州羊城管理咨询有限公司"]
    for name in names:
        make.accreditation(name)
    mine = client(build.account(Role.PROVIDER))
    page = text(mine.get(url("register"), {"name": "广州创薪服务平台有限责任公司"}))
    assert "是否为" in page and names[0] in page
    assert names[1] not in page and names[2] not in page
    for typed in ("广州", "有限公司", "广州有限公司", "公司", "%", "_" * 8, "广州市"):
        assert near_names(typed) == [], typed


@pytest.mark.rule("P1")
def test_near_names_are_few_even_when_many_are_alike() -> None:
    for place in range(12):
        make.accreditation(f"广州中小企业服务站第{place}站")
    with CaptureQueriesContext(connection) as asked:
        assert len(near_names("广州中小企业服务站第站")) == 3
    assert len(asked) == 1


def test_lookups_are_bounded_for_each_account_and_minute() -> None:
    mine, other = client(build.account(Role.PROVIDER)), client(build.account(Role.PROVIDER))
    for _ in range(LOOKUPS_A_MINUTE):
        mine.get(url("lookup"), {"name": "没有的机构"})
    assert "过于频繁" in text(mine.get(url("lookup"), {"name": "没有的机构"}))
    assert "名录中没有该机构" in text(other.get(url("lookup"), {"name": "没有的机构"}))
    with time_machine.travel(AT + timedelta(minutes=1), tick=False):
        assert "名录中没有该机构" in text(mine.get(url("lookup"), {"name": "没有的机构"}))


# --- the steps -----------------------------------------------------------------------------


@pytest.mark.rule("P1", "P2")
def test_the_whole_way_from_the_name_to_submission_without_scripts() -> None:
    listed = make.accreditation("广州测试平台")
    user = build.account(Role.PROVIDER)
    mine = client(user)
    there = f"{url('register')}?name=广州测试平台"
    page = text(mine.get(there))
    assert "填写机构信息" in page and "技术培训" in page

    data = {**make.details(), "credit_code": build.credit_code()}
    assert "与服务机构名录登记的不一致" in text(mine.post(there, data))
    answer = mine.post(there, {**data, "credit_code": listed.credit_code})
    assert answer["Location"] == url("material", "licence")
    assert mine.get(url("register"))["Location"] == url("home")

    assert "请上传营业执照副本" in text(mine.get(url("check")))
    refused = mine.post(url("material", "licence"), {"file": scans.sent("执照.exe")})
    assert "扩展名" in text(refused)
    answer = mine.post(url("material", "licence"), {"file": scans.sent("执照.pdf")})
    assert answer["Location"] == url("material", "commitment")
    assert url("commitment") in text(mine.get(answer["Location"]))
    wrong = mine.post(
        url("material", "commitment"), {"file": scans.sent(), "committed_on": "2019-12-31"}
    )
    assert "2020 年内" in text(wrong)
    answer = mine.post(
        url("material", "commitment"), {"file": scans.sent(), "committed_on": "2020-04-01"}
    )
    assert answer["Location"] == url("check")
    assert "材料已齐" in text(mine.get(url("check")))
    assert mine.post(url("submit"))["Location"] == url("review")

    provider = Provider.objects.get(account=user)
    assert provider.state == ProviderState.SUBMITTED
    assert "正在核对" in text(mine.get(url("home")))
    assert "第 1 轮" in text(mine.get(url("review")))
    assert mine.get(url("material", "nothing")).status_code == 404


@pytest.mark.rule("P2")
def test_submission_that_is_not_complete_says_so_on_the_page() -> None:
    page = client(make.registered().account).post(url("submit"), follow=True)
    assert "资料还不完整" in text(page)


@pytest.mark.rule("P2")
def test_the_printed_commitment_is_filled_in() -> None:
    provider = make.registered()
    page = text(client(provider.account).get(url("commitment")))
    for word in (provider.name, provider.credit_code, provider.contact, "2020 年度", "盖章"):
        assert word in page


@pytest.mark.rule("P2")
def test_after_a_send_back_just_what_was_asked_for_can_be_changed() -> None:
    provider = make.submitted()
    send_back_provider(
        by=make.reviewer(provider),
        at=AT,
        provider=provider,
        item_reasons={"contact": "手机无人接听"},
    )
    mine = client(provider.account)
    for name in ("details", "check", "review"):
        assert "手机无人接听" in text(mine.get(url(name))), name
    assert "退回补正" in text(mine.get(url("home")))
    address = provider.address
    data = {**make.details(contact="周八", address="另一条路"), "name": provider.name}
    assert mine.post(url("details"), data)["Location"] == url("check")
    provider.refresh_from_db()
    assert (provider.contact, provider.address) == ("周八", address)
    # Whoever must, opens all of it.
    mine.post(f"{url('details')}?all=1", data)
    provider.refresh_from_db()
    assert provider.address == "另一条路"
    mine.post(url("submit"))
    page = text(mine.get(url("review")))
    assert "第 1 轮" in page and "第 2 轮" in page and "手机无人接听" in page


def test_what_is_locked_says_why() -> None:
    provider = make.submitted()
    mine = client(provider.account)
    for name, args in (("details", ()), ("check", ()), ("material", ("licence",))):
        assert "正在核对" in text(mine.get(url(name, *args)))
    assert "直接修改注册资料" in text(mine.get(url("change")))


@pytest.mark.rule("P2")
def test_a_refused_provider_sees_the_reason_and_starts_anew() -> None:
    provider = make.submitted()
    refuse_provider(by=make.reviewer(provider), at=AT, provider=provider, reason="资料不实")
    mine = client(provider.account)
    page = text(mine.get(url("review")))
    assert "资料不实" in page and "重新办理" in page
    mine.post(url("renew"))
    provider.refresh_from_db()
    assert provider.state == ProviderState.DRAFT


@pytest.mark.rule("P2")
def test_in_the_new_year_the_home_page_asks_for_renewal() -> None:
    provider = make.approved()
    assert "办理年度续期" not in text(client(provider.account).get(url("review")))
    with time_machine.travel(moment(date(2021, 1, 4), 9), tick=False):
        mine = client(provider.account)
        page = text(mine.get(url("home")))
        assert "办理年度续期" in page and "2021 年度" in page
        assert "办理年度续期" in text(mine.get(url("review")))
        mine.post(url("renew"))
    provider.refresh_from_db()
    assert provider.state == ProviderState.DRAFT


# --- changes -------------------------------------------------------------------------------


@pytest.mark.rule("P2", "F5")
def test_a_change_stands_beside_what_is_and_is_listed_with_masks() -> None:
    provider = make.approved()
    mine = client(provider.account)
    contact_id = build.id_number()
    data = {"contact": "周八", "contact_id": contact_id, "contact_mobile": "13800001111"}
    refused = text(mine.post(url("change"), data))
    assert "至少上传一份证明材料" in refused and "周八" in refused
    assert provider.name in refused and provider.contact in refused
    answer = mine.post(
        url("change"), {**data, "authorisation": scans.sent(), "licence": scans.sent("新照.pdf")}
    )
    assert answer["Location"] == url("change")

    page = text(mine.get(url("change")))
    assert "周八" in page and "138****1111" in page and "新照.pdf" in page
    assert contact_id not in page and "13800001111" not in page
    assert "正在审核" in page
    assert provider.change_requests.get().materials.count() == 2


def test_no_page_shows_personal_data_in_clear() -> None:
    provider = make.approved()
    mine = client(provider.account)
    for name in ("home", "change", "check", "review"):
        page = text(mine.get(url(name)))
        for secret in (
            provider.contact_mobile,
            provider.contact_id,
            provider.legal_representative_id,
            provider.bank_account,
        ):
            assert secret not in page, name


# --- home ----------------------------------------------------------------------------------


def test_the_home_page_leads_the_way_from_the_first_day_on() -> None:
    user = build.account(Role.PROVIDER)
    assert "请先查询机构是否在服务机构名录内" in text(client(user).get(url("home")))
    provider = make.registered(user=user)
    assert "请补齐材料后提交核对" in text(client(user).get(url("home")))
    make.with_materials(provider)
    assert "材料已齐，请检查后提交核对" in text(client(user).get(url("home")))


@pytest.mark.rule("P1", "P7")
def test_the_home_page_shows_cap_figures_and_an_accreditation_that_runs_out() -> None:
    build.programme()
    provider = make.approved(make.accreditation(valid_until=date(2020, 5, 1)))
    page = text(client(provider.account).get(url("home")))
    assert "本年度收券额度" in page and "还可收券" in page and "500,000 元" in page
    assert "2020年5月1日到期" in page and "还有 21 天" in page
    assert "还没有服务产品" in page
    assert not inline_parts(page)


def test_home_takes_the_same_queries_for_one_product_and_many() -> None:
    build.programme()
    provider = make.approved()
    make.published(provider)
    mine = client(provider.account)
    mine.get(url("home"))
    with CaptureQueriesContext(connection) as one:
        mine.get(url("home"))
    for _ in range(4):
        make.published(provider)
    with CaptureQueriesContext(connection) as many:
        mine.get(url("home"))
    assert len(one) == len(many)


def test_changes_take_the_same_queries_for_one_request_and_many() -> None:
    provider = make.approved()
    mine, by = client(provider.account), make.owner(provider)

    def ask(address: str) -> None:
        change = request_change(
            by=by, at=AT, provider=provider, address=address, materials=[scans.sent()]
        )
        type(change).objects.filter(pk=change.pk).update(
            state="refused", decided_at=AT, decided_by=by.user, reason="不清晰"
        )

    ask("一号")
    mine.get(url("change"))
    with CaptureQueriesContext(connection) as one:
        mine.get(url("change"))
    for place in range(5):
        ask(f"新址 {place} 号")
    with CaptureQueriesContext(connection) as many:
        mine.get(url("change"))
    assert len(one) == len(many)


def test_strangers_sign_in_first() -> None:
    assert Client().get(url("lookup"), {"name": "x"}).status_code == 302
