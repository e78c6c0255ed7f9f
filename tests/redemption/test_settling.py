"""Payment outside the portal, recorded after the period; then claim and orders are settled (R5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.documents.checks import UnableToKeepFile
from foundation.errors import OutOfReach
from foundation.moments import moment
from foundation.notices.models import Message, Notice
from orders.states import OrderState
from redemption.models import Settlement
from redemption.policies import UnableToSettle
from redemption.queries import settled_claims
from redemption.reconciliation import breaks
from redemption.states import ClaimState, LineState
from tests import build
from tests.orders.build import assert_books_balance
from tests.redemption import build as b
from vouchers.models import LedgerEntry

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R5")
def test_a_payment_settles_lines_orders_claim_and_ledger_and_is_published():
    made = b.at_step("publish", 2)
    settlement = made.settle()
    assert settlement.amount == b.yuan(10000)
    claim = made.fresh()
    assert (claim.state, claim.settled_at) == (ClaimState.SETTLED, b.SETTLED)
    assert {(line.state, line.settlement) for line in made.lines()} == {
        (LineState.SETTLED, settlement)
    }
    for order in made.orders:
        order.refresh_from_db()
        assert (order.state, order.paid, order.settled) == (OrderState.SETTLED, 0, b.yuan(5000))
        assert LedgerEntry.objects.filter(kind="settle", reference=order.reference).count() == 1
    notice = Notice.objects.get(kind="settlement")
    assert "兑现 2 笔，共 10,000 元" in notice.body
    assert Message.objects.filter(
        recipient=made.scene.provider.account, event="claim_settled"
    ).exists()
    assert_books_balance(made.scene)
    assert list(breaks()) == []


@pytest.mark.rule("R5")
def test_lines_may_be_paid_one_after_the_other():
    made = b.at_step("publish", 2)
    assert made.settle(0).amount == b.yuan(5000)
    assert made.fresh().state == ClaimState.PUBLISHED
    assert not Notice.objects.filter(kind="settlement").exists()
    with pytest.raises(UnableToSettle, match="已兑现"):
        made.settle(0)
    made.settle(1)
    assert made.fresh().state == ClaimState.SETTLED
    assert Settlement.objects.filter(claim=made.claim).count() == 2
    assert list(breaks()) == []


@pytest.mark.rule("R4", "R5")
@pytest.mark.parametrize(("at", "over"), [(b.ENDS, False), (b.OVER, True)])
def test_nothing_is_paid_before_the_period_is_over(at, over):
    made = b.at_step("publish")
    refusal = b.refused(made.settle, at=at)
    if over:
        assert refusal is None
    else:
        assert "公示期" in refusal.sentence
        assert made.line().state == LineState.PASSED


@pytest.mark.rule("R5")
def test_only_what_was_public_is_paid():
    made = b.at_step("approve")
    with pytest.raises(UnableToSettle, match="已审定待公示"):
        made.settle()


@pytest.mark.rule("R4")
def test_a_line_under_objection_is_not_paid_before_the_answer_nor_after_the_period():
    made = b.at_step("publish", 2)
    objection = made.object(0)
    much_later = b.SETTLED + timedelta(days=60)
    with pytest.raises(UnableToSettle, match="尚未答复的复核申请") as refusal:
        made.settle(0, 1, at=much_later)
    assert refusal.value.rule == "R4"
    assert {line.state for line in made.lines()} == {LineState.PASSED}
    # The other line does not wait for it.
    made.settle(1)
    assert made.fresh().state == ClaimState.PUBLISHED
    made.answer(objection, uphold=False, at=much_later)
    made.settle(0, at=much_later)
    assert made.fresh().state == ClaimState.SETTLED


@pytest.mark.rule("R5", "R7")
def test_the_claim_ends_when_its_last_line_is_disallowed_by_an_objection():
    made = b.at_step("publish", 2)
    objection = made.object(0)
    made.settle(1)
    made.answer(objection, uphold=True)
    assert made.fresh().state == ClaimState.SETTLED
    body = Notice.objects.get(kind="settlement").body
    assert "兑现 1 笔，共 5,000 元；不予兑现 1 笔，共 5,000 元" in body
    assert_books_balance(made.scene)


@pytest.mark.rule("R5")
def test_a_claim_does_not_end_while_its_period_runs_or_an_objection_is_open():
    made = b.at_step("publish")
    first, second = made.object(at=b.PUBLISHED), made.object(at=b.PUBLISHED)
    made.answer(first, uphold=True, at=b.ENDS)
    assert made.fresh().state == ClaimState.PUBLISHED
    made.answer(second, uphold=False, at=b.ENDS)
    assert made.fresh().state == ClaimState.PUBLISHED


@pytest.mark.rule("R7")
def test_a_disallowed_line_is_never_paid():
    made = b.at_step("submit", 2)
    made.pass_line(0)
    made.disallow(1)
    made.finish()
    made.approve()
    made.publish()
    with pytest.raises(UnableToSettle, match="不予兑现"):
        made.settle(0, 1)
    made.settle(0)
    assert made.fresh().state == ClaimState.SETTLED
    row = settled_claims().get()
    assert (row.settled_count, row.settled_total) == (1, b.yuan(5000))
    assert (row.refused_count, row.refused_total) == (1, b.yuan(5000))


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("paid_on", "fault"),
    [
        (date(2020, 9, 28), "拨付日期应在其后"),
        (date(2020, 9, 29), ""),
        (date(2020, 9, 30), "不能晚于今天"),
    ],
)
def test_the_day_of_payment_lies_after_the_period_and_not_in_the_future(paid_on, fault):
    made = b.at_step("publish")
    refusal = b.refused(made.settle, paid_on=paid_on, at=moment(date(2020, 9, 29), 0))
    if fault:
        assert fault in refusal.sentence
        assert refusal.field == "paid_on"
    else:
        assert refusal is None


@pytest.mark.rule("R5")
@pytest.mark.parametrize("again", ["BF0001", "bf 0001", "ＢＦ０００１"])
def test_a_bank_receipt_number_is_recorded_once(again):
    made = b.at_step("publish", 2)
    made.settle(0, receipt_number="BF0001")
    with pytest.raises(UnableToSettle, match="已登记过") as refusal:
        made.settle(1, receipt_number=again)
    assert refusal.value.field == "receipt_number"
    assert made.line(1).state == LineState.PASSED
    assert_books_balance(made.scene)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("number", ["", "  ", "1" * 61])
def test_a_receipt_number_is_there_and_not_endless(number):
    made = b.at_step("publish")
    with pytest.raises(UnableToSettle):
        made.settle(receipt_number=number or " ")
    # Eleven digits look like a mobile number; a receipt number may.
    assert made.settle(receipt_number="13812345678").receipt_number == "13812345678"


@pytest.mark.rule("R5")
def test_lines_are_of_this_claim_and_at_least_one():
    made = b.at_step("publish")
    with pytest.raises(UnableToSettle, match="至少选择"):
        made.settle(line_pks=[])
    with pytest.raises(UnableToSettle, match="不属于本申请"):
        made.settle(line_pks=[made.line().pk, 999_999])


@pytest.mark.rule("R5", "F1")
def test_the_bank_receipt_is_a_sound_file():
    made = b.at_step("publish")
    with pytest.raises(UnableToKeepFile):
        made.settle(receipt_file=b.text_file())
    assert not Settlement.objects.exists()


@pytest.mark.rule("R5")
def test_only_the_contractor_of_the_city_records_payments():
    made = b.at_step("publish")
    foreign = build.account("contractor", of=build.city("foshan"))
    province = build.account("contractor", city=None)
    for actor in (
        made.approver,
        made.seller,
        made.adviser,
        build.actor(foreign),
        build.actor(province),
        b.PUBLIC,
    ):
        with pytest.raises(OutOfReach):
            made.settle(by=actor)


@pytest.mark.rule("R3", "R5")
def test_who_approved_a_claim_does_not_record_its_payment():
    made = b.at_step("publish")
    also = b.another_account(made.bureau.person, "contractor")
    with pytest.raises(UnableToSettle, match="制审分离") as refusal:
        made.settle(by=build.actor(also))
    assert refusal.value.rule == "R3"
    made.settle()


@pytest.mark.rule("R3", "R5")
def test_who_only_disallowed_or_sent_back_at_approval_does_not_record_the_payment_either():
    made = b.at_step("finish", 2)
    disallower, sender = build.account("bureau"), build.account("bureau")
    made.send_back(by=build.actor(sender))
    made.finish()
    made.disallow(1, by=build.actor(disallower), at=b.APPROVED)
    made.approve()
    made.publish()
    for user in (disallower, sender):
        also = b.another_account(user.person, "contractor")
        with pytest.raises(UnableToSettle, match="制审分离"):
            made.settle(0, by=build.actor(also))
    made.settle(0)


@pytest.mark.rule("P7", "R7")
def test_settled_money_stays_counted_against_the_providers_cap_and_disallowed_does_not():
    made = b.at_step("publish", 2)
    made.answer(made.object(0), uphold=True)
    made.settle(1)
    assert made.scene.allowance().accepted == b.yuan(5000)
