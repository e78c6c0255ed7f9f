"""The review screen of claims: line by line, then the whole; experts see their claim only (R2, R3)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.assignments.models import Assignment
from foundation.assignments.operations import take_file
from redemption.states import ClaimState, LineState
from tests import build
from tests.markup import inline_parts
from tests.redemption import build as b
from tests.redemption.test_pages import browser, said

# Of the screen with a line open; the same for any number of lines.
QUERIES = 46

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R2")]


def screen(made: b.World) -> str:
    return f"/admin/redemption/claim/{made.claim.pk}/review/"


def seen_on(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def press(client, made: b.World, decision: str, part: str, **more: str):
    """Open a part and press one of its buttons, as a reviewer does."""
    page = said(client.get(f"{screen(made)}?part={part}"))
    sent = {"decision": decision, "part": part, "seen": seen_on(page), **more}
    return client.post(screen(made), sent)


def test_first_review_line_by_line_with_reasons_and_sums() -> None:
    made = b.at_step("submit", 3)
    first, second, third = (str(line.pk) for line in made.lines())
    with browser(made.contractor, b.REVIEWED) as client:
        opened = client.post("/admin/redemption/claim/review/next/")
        assert opened.url == screen(made)
        page = said(client.get(opened.url))
        assert inline_parts(page) == []
        contract = made.orders[0].contracts.get()
        assert f'data-file="{contract.document_id}"' in page and contract.number in page
        assert "合同总额与产品价格一致" in page and "双方无关联关系" in page
        done = press(client, made, "pass", first)
        assert done.url == f"{screen(made)}?part={second}"
        unsaid = press(client, made, "disallow", second)
        assert "请选择或填写原因" in said(unsaid)
        press(
            client, made, "disallow", second, why="合同与发票、转账不能对应", note="发票抬头是旧名"
        )
        early = said(client.get(f"{screen(made)}?part=all"))
        assert "还有 1 条明细未审定" in early
        done = press(client, made, "pass", third)
        assert done.url == f"{screen(made)}?part=all"
        page = said(client.get(done.url))
        assert "不予兑现 5,000 元：合同与发票、转账不能对应；发票抬头是旧名" in page
        assert "10,000 元" in page
        assert press(client, made, "finish", "all").url == "/admin/"
    assert made.fresh().state == ClaimState.FIRST_REVIEWED
    assert not Assignment.objects.exists()


def test_what_is_missing_is_asked_for_line_by_line() -> None:
    made = b.at_step("submit", 2)
    first, second = (str(line.pk) for line in made.lines())
    with browser(made.contractor, b.REVIEWED) as client:
        press(client, made, "ask-more", first, why="请补充加盖公章的验收单或服务成果")
        press(client, made, "pass", second)
        press(client, made, "reopen", second)
        assert made.line(1).state == LineState.PENDING
        press(client, made, "pass", second)
        press(client, made, "request-more", "all")
    assert made.fresh().state == ClaimState.MORE_ASKED


def test_a_line_reviewed_meanwhile_is_not_reviewed_again() -> None:
    made = b.at_step("submit", 1)
    line = str(made.line().pk)
    with browser(made.contractor, b.REVIEWED) as client:
        page = said(client.get(f"{screen(made)}?part={line}"))
        made.disallow(0)
        sent = {"decision": "pass", "part": line, "seen": seen_on(page)}
        assert "本件已有变动" in said(client.post(screen(made), sent))
    assert made.line().state == LineState.DISALLOWED


def test_lines_of_a_claim_in_other_hands_are_left_alone() -> None:
    made = b.at_step("submit", 1)
    other = build.account("contractor")
    take_file(by=build.actor(other), at=b.REVIEWED, subject=made.claim)
    line = made.line()
    with browser(made.contractor, b.REVIEWED) as client:
        page = said(press(client, made, "pass", str(line.pk)))
        assert "您的操作没有生效" in page
        # The plain act of the record page asks the same.
        acted = said(client.post(f"/admin/redemption/claimline/{line.pk}/act/pass/"))
        assert other.shown_name in acted
    assert made.line().state == LineState.PENDING


@pytest.mark.rule("R3")
def test_the_bureau_approves_on_the_same_screen_with_four_eyes() -> None:
    made = b.at_step("finish", 2)
    with browser(made.bureau, b.APPROVED) as client:
        assert client.post("/admin/redemption/claim/review/next/").url == screen(made)
        assert press(client, made, "pass", str(made.line().pk)).status_code == 200
        assert press(client, made, "approve", "all").url == "/admin/"
    assert made.fresh().state == ClaimState.APPROVED


@pytest.mark.rule("R3")
def test_the_screen_is_no_way_around_four_eyes() -> None:
    again = b.at_step("finish", 1)
    same = b.another_account(again.contractor.person, "bureau")
    with browser(same, b.APPROVED) as client:
        page = said(client.get(f"{screen(again)}?part=all"))
        assert "制审分离" in page
        assert "制审分离" in said(press(client, again, "approve", "all"))
    assert again.fresh().state == ClaimState.FIRST_REVIEWED


def test_an_expert_reads_the_assigned_claim_and_decides_nothing() -> None:
    made = b.at_step("submit", 1)
    made.assign()
    stranger = build.account("expert")
    with browser(made.expert, b.REVIEWED) as client:
        page = said(client.get(screen(made)))
        assert "提交意见" in page and 'name="decision"' not in page
        for never in ("材料是否重复", "双方往来", "现在的名单和处理情况"):
            assert never not in page, "tells of others"
        for decision in ("pass", "take", "take-over", "finish"):
            sent = {"decision": decision, "part": str(made.line().pk)}
            assert client.post(screen(made), sent).status_code == 404
    with browser(stranger, b.REVIEWED) as client:
        assert client.get(screen(made)).status_code == 404


@pytest.mark.parametrize("lines", [1, 4])
def test_a_fixed_number_of_queries_however_many_lines(lines: int) -> None:
    made = b.at_step("submit", lines)
    with browser(made.contractor, b.REVIEWED) as client:
        said(client.get(screen(made)))
        with CaptureQueriesContext(connection) as queries:
            said(client.get(screen(made)))
    assert len(queries) == QUERIES
