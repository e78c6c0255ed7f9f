"""The provider's pages and the public's, through a browser's eyes (R1, R2, R4, R5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from foundation.accounts.models import User
from foundation.personal_data import mask_credit_code
from redemption.models import Claim, Objection
from redemption.states import ClaimState, LineState
from tests import build, scans
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


@contextmanager
def browser(user: User | None, at: datetime) -> Iterator[Client]:
    """A signed-in browser (or a stranger's) at a moment."""
    with time_machine.travel(at, tick=False):
        client = Client()
        if user is not None:
            client.force_login(user)
        yield client


def said(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.mark.rule("R1")
def test_a_provider_goes_from_accepted_orders_to_a_submitted_claim():
    made = b.world(2)
    with browser(made.scene.provider.account, b.PREPARED) as client:
        assert "新建兑现申请" in said(client.get("/claims/"))
        page = said(client.get(f"/claims/new/{made.programme.pk}/"))
        assert all(order.number in page for order in made.orders)
        answer = client.post(
            f"/claims/new/{made.programme.pk}/", {"order_pks": [o.pk for o in made.orders]}
        )
        claim = Claim.objects.get()
        assert answer.url == f"/claims/{claim.pk}/"
        assert "请先上传" in said(client.get(answer.url))
        for slot in ("form", "detail"):
            sent = client.post(
                f"/claims/{claim.pk}/scans/{slot}/", {"file": scans.sent("盖章.pdf")}, follow=True
            )
            assert "扫描件已上传" in said(sent)
        sent = client.post(f"/claims/{claim.pk}/submit/", follow=True)
        assert "已提交" in said(sent)
        assert claim.number in said(client.get("/claims/"))
    claim.refresh_from_db()
    assert (claim.state, claim.submitted_at) == (ClaimState.SUBMITTED, b.PREPARED)


@pytest.mark.rule("R1")
def test_a_refusal_is_a_sentence_on_the_page():
    made = b.at_step("prepare")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        page = said(client.post(f"/claims/{made.claim.pk}/submit/", follow=True))
        assert "请先上传加盖公章的" in page
        page = said(
            client.post(
                f"/claims/{made.claim.pk}/scans/form/", {"file": b.text_file()}, follow=True
            )
        )
        assert "alert-danger" in page
        page = said(client.post(f"/claims/new/{made.programme.pk}/", {}))
        assert "没有可以申请兑现的订单" in page
    assert made.fresh().form_scan is None


@pytest.mark.rule("R1")
def test_an_order_ticked_twice_meets_a_sentence():
    made = b.world(2)
    with browser(made.scene.provider.account, b.PREPARED) as client:
        b.prepare_claim(
            by=made.seller,
            at=b.PREPARED,
            programme=made.programme,
            order_pks=[made.orders[0].pk],
        )
        page = said(
            client.post(
                f"/claims/new/{made.programme.pk}/",
                {"order_pks": [order.pk for order in made.orders]},
            )
        )
        assert "已不能申请兑现" in page
    assert Claim.objects.count() == 1


@pytest.mark.rule("R1")
def test_giving_up_frees_the_orders():
    made = b.at_step("prepare")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        assert "已撤回" in said(client.post(f"/claims/{made.claim.pk}/give-up/", follow=True))
    assert made.fresh().state == ClaimState.GIVEN_UP


@pytest.mark.rule("R1")
def test_the_papers_are_downloaded():
    made = b.at_step("prepare", 2)
    with browser(made.scene.provider.account, b.PREPARED) as client:
        for name in ("form", "detail"):
            answer = client.get(f"/claims/{made.claim.pk}/{name}.xlsx")
            assert answer["Cache-Control"] == "private, no-store"
            assert load_workbook(BytesIO(answer.content)).worksheets


@pytest.mark.rule("R2")
def test_the_provider_answers_a_request_for_more():
    made = b.in_state("more_asked")
    line = made.line()
    with browser(made.scene.provider.account, b.REVIEWED) as client:
        assert "补充材料" in said(client.get(f"/claims/{made.claim.pk}/"))
        assert "缺验收单" in said(client.get(f"/claims/lines/{line.pk}/supply/"))
        page = said(client.post(f"/claims/lines/{line.pk}/supply/", {"answer": ""}))
        assert "field--wrong" in page
        answer = client.post(
            f"/claims/lines/{line.pk}/supply/", {"answer": "见附件", "file": scans.sent()}
        )
        assert answer.url == f"/claims/{made.claim.pk}/"
        # A second click on a stale page is told so.
        again = client.post(f"/claims/lines/{line.pk}/supply/", {"answer": "见附件"}, follow=True)
        assert "没有待补充的要求" in said(again)
    assert made.line().state == LineState.PENDING


PROVIDER_PAGES = [
    "/claims/",
    "/claims/new/{programme}/",
    "/claims/{claim}/",
    "/claims/{claim}/form.xlsx",
    "/claims/{claim}/detail.xlsx",
    "/claims/lines/{line}/supply/",
]
PROVIDER_POSTS = [
    "/claims/new/{programme}/",
    "/claims/{claim}/submit/",
    "/claims/{claim}/give-up/",
    "/claims/{claim}/scans/form/",
    "/claims/lines/{line}/supply/",
]


def _addresses(made: b.World, patterns: list[str]) -> list[str]:
    pks = {"programme": made.programme.pk, "claim": made.claim.pk, "line": made.line().pk}
    return [pattern.format(**pks) for pattern in patterns]


def test_every_other_account_gets_404_and_a_stranger_the_login_page():
    made = b.in_state("more_asked")
    others = [
        made.contractor,
        made.bureau,
        made.expert,
        made.scene.enterprise.account,
        build.account("province"),
        build.account("", is_superuser=True, is_staff=True),
    ]
    for user in others:
        with browser(user, b.REVIEWED) as client:
            for address in _addresses(made, PROVIDER_PAGES):
                assert client.get(address).status_code == 404, (user.role, address)
            for address in _addresses(made, PROVIDER_POSTS):
                assert client.post(address).status_code == 404, (user.role, address)
    with browser(build.provider().account, b.REVIEWED) as client:
        for address in _addresses(made, PROVIDER_PAGES[2:]):
            assert client.get(address).status_code == 404, address
        for address in _addresses(made, PROVIDER_POSTS[1:]):
            assert client.post(address, {"answer": "x"}).status_code == 404, address
    with browser(None, b.REVIEWED) as client:
        for address in _addresses(made, PROVIDER_PAGES):
            assert client.get(address).url.startswith("/login/"), address
    assert made.fresh().state == ClaimState.MORE_ASKED


def test_an_unknown_slot_is_404():
    made = b.at_step("prepare")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        answer = client.post(f"/claims/{made.claim.pk}/scans/state/", {"file": scans.sent()})
        assert answer.status_code == 404


@pytest.mark.rule("R4")
def test_the_public_reads_the_list_and_objects_and_follows_without_login():
    made = b.at_step("publish", 2)
    line, publicity = made.line(), made.claim.publicity
    with browser(None, b.ENDS) as client:
        assert "公示中" in said(client.get("/publicity/"))
        page = said(client.get(f"/publicity/{publicity.pk}/"))
        code = made.scene.enterprise.credit_code
        assert made.scene.enterprise.name in page
        assert mask_credit_code(code) in page
        assert code not in page
        assert "拟兑现" in page
        address = f"/publicity/lines/{line.pk}/objection/"
        assert "提出复核申请" in said(client.get(address))
        assert "field--wrong" in said(client.post(address, {"name": "某人"}))
        assert not Objection.objects.exists()
        answer = client.post(
            address,
            {
                "name": "某人",
                "contact": "13812345678",
                "statement": "服务没有发生",
                "evidence_files": [scans.sent("照片.pdf"), scans.sent("聊天记录.pdf")],
            },
        )
        objection = Objection.objects.get()
        assert objection.evidence.count() == 2
        assert answer.url == f"/publicity/objections/{objection.receipt}/"
        page = said(client.get(answer.url))
        assert objection.receipt in page
        assert "13812345678" not in page
        assert "复核中" in said(client.get(f"/publicity/{publicity.pk}/"))
        assert "没有这个回执号" in said(client.post("/publicity/follow/", {"receipt": "XXXX"}))
        found = client.post("/publicity/follow/", {"receipt": f" {objection.receipt.lower()} "})
        assert found.url == answer.url
    made.answer(objection, uphold=False, answer="经核查，服务真实。")
    with browser(None, b.SETTLED) as client:
        assert "经核查，服务真实。" in said(client.get(answer.url))


@pytest.mark.rule("R4")
def test_a_moment_after_the_period_the_form_is_closed_and_a_late_post_is_told_so():
    made = b.at_step("publish")
    address = f"/publicity/lines/{made.line().pk}/objection/"
    with browser(None, b.OVER) as client:
        assert "公示期已结束" in said(client.get(f"/publicity/{made.claim.publicity_id}/"))
        assert "不能再提出复核申请" in said(client.get(address))
        late = {"name": "某人", "contact": "x@example.com", "statement": "迟到了"}
        assert "不能再提出复核申请" in said(client.post(address, late))
    assert not Objection.objects.exists()


@pytest.mark.rule("R4")
def test_what_is_not_public_is_404_to_everybody():
    made = b.at_step("approve")
    for user in (None, made.bureau, made.scene.provider.account):
        with browser(user, b.APPROVED) as client:
            assert client.get("/publicity/1/").status_code == 404
            address = f"/publicity/lines/{made.line().pk}/objection/"
            assert client.get(address).status_code == 404
            assert client.post(address, {}).status_code == 404
            assert client.get("/publicity/objections/AAAA-AAAA-AAAA-AAAA/").status_code == 404


@pytest.mark.rule("R5")
def test_results_are_public():
    made = b.at_step("publish", 2)
    made.answer(made.object(0), uphold=True)
    made.settle(1)
    with browser(None, b.SETTLED) as client:
        page = said(client.get("/publicity/results/"))
        assert made.claim.number in page
        assert made.scene.provider.name in page
        page = said(client.get(f"/publicity/{made.claim.publicity_id}/"))
        assert "不予兑现" in page
        assert "已兑现" in page


def test_a_public_list_takes_a_constant_number_of_queries(django_assert_max_num_queries):
    made = b.at_step("publish", 3)
    with (
        browser(None, b.PUBLISHED) as client,
        # The calendar asks once per day of the period; nothing grows with the lines.
        django_assert_max_num_queries(14),
    ):
        client.get(f"/publicity/{made.claim.publicity_id}/")


def test_a_list_without_a_calendar_says_so():
    made = b.at_step("publish")
    late = b.PUBLISHED.replace(year=2098)
    type(made.claim.publicity).objects.update(published_at=late)
    with browser(None, late) as client:
        assert "截止时间待定" in said(client.get("/publicity/"))
        assert "截止时间待定" in said(client.get(f"/publicity/{made.claim.publicity_id}/"))
        page = said(client.get(f"/publicity/lines/{made.line().pk}/objection/"))
        assert "尚未载入 2098 年" in page
