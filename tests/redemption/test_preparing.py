"""Gathering orders into a claim, its papers, submitting and giving up (R1)."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest

from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove, OutOfReach
from foundation.notices.models import Message
from orders.operations.returning import ask_payment_return
from orders.states import OrderState
from redemption.models import Claim, ClaimLine
from redemption.operations.preparing import prepare_claim
from redemption.policies import UnableToClaim
from redemption.queries import claimable_orders
from redemption.states import ClaimState, LineState
from tests import build
from tests.orders.build import EXPIRES, assert_books_balance
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R1")
def test_a_claim_takes_accepted_orders_over_with_their_amounts():
    made = b.world(2)
    claim = made.prepare()
    assert claim.state == ClaimState.DRAFT
    assert claim.prepared_by == made.scene.provider.account
    assert [(line.order, line.amount, line.state) for line in made.lines()] == [
        (order, Decimal("5000.00"), LineState.PENDING) for order in made.orders
    ]
    for order in made.orders:
        order.refresh_from_db()
        assert order.state == OrderState.CLAIMED
    assert_books_balance(made.scene)


@pytest.mark.rule("R1")
@pytest.mark.parametrize(
    "step", ["place", "confirm", "upload", "agree", "pay"], ids=lambda step: f"after_{step}"
)
def test_an_order_that_is_not_accepted_is_refused(step):
    from tests.orders import build as orders

    scene = orders.at_step(step)
    made = b.World(scene, [scene.order])
    with pytest.raises(UnableToClaim, match="尚未收券"):
        made.prepare()
    assert not Claim.objects.exists()


@pytest.mark.rule("R1")
def test_an_order_is_in_at_most_one_live_claim():
    made = b.at_step("prepare", 2)
    with pytest.raises(UnableToClaim, match="已在另一份兑现申请中") as refusal:
        made.prepare(order_pks=[made.orders[0].pk])
    assert refusal.value.field == "order_pks"
    assert Claim.objects.count() == 1


@pytest.mark.rule("R1")
def test_the_database_refuses_a_second_live_claim_even_without_the_check():
    made = b.at_step("prepare")
    with (
        patch("redemption.policies.require_claimable"),
        patch("redemption.operations.preparing.take_into_claim"),
        pytest.raises(UnableToClaim, match="已在另一份兑现申请中"),
    ):
        made.prepare()
    assert ClaimLine.objects.count() == 1


@pytest.mark.rule("R1")
def test_orders_of_a_claim_that_was_given_up_can_be_claimed_again():
    made = b.at_step("attach", 2)
    first = made.claim
    made.give_up()
    assert {line.state for line in first.lines.all()} == {LineState.GIVEN_UP}
    made.orders[0].refresh_from_db()
    assert made.orders[0].state == OrderState.ACCEPTED
    second = made.prepare()
    assert second != first
    assert second.lines.count() == 2
    assert_books_balance(made.scene)


@pytest.mark.rule("R1")
def test_a_submitted_claim_cannot_be_given_up():
    made = b.at_step("submit")
    with pytest.raises(IllegalMove):
        made.give_up()
    made.orders[0].refresh_from_db()
    assert made.orders[0].state == OrderState.CLAIMED


@pytest.mark.rule("R1")
def test_no_order_is_no_claim():
    made = b.world()
    with pytest.raises(UnableToClaim, match="至少选择一个"):
        made.prepare(order_pks=[])


@pytest.mark.rule("R1")
def test_orders_of_another_provider_or_programme_are_refused():
    made, other = b.world(), build.programme(year=2021)
    stranger = build.actor(build.provider().account)
    with pytest.raises(UnableToClaim, match="不属于本机构"):
        made.prepare(by=stranger)
    with pytest.raises(UnableToClaim, match="不属于本年度方案"):
        made.prepare(programme=other)
    with pytest.raises(UnableToClaim, match="不属于本机构"):
        made.prepare(order_pks=[made.orders[0].pk, 999_999])
    assert not Claim.objects.exists()


@pytest.mark.rule("R1")
@pytest.mark.parametrize("role", ["enterprise", "contractor", "bureau", "expert", "province"])
def test_only_a_provider_prepares_a_claim(role):
    made = b.world()
    with pytest.raises(OutOfReach):
        made.prepare(by=build.actor(build.account(role)))


@pytest.mark.rule("R1", "O8")
def test_an_order_whose_payment_may_still_be_returned_waits_for_the_decision():
    made = b.world()
    ask_payment_return(
        by=made.seller, at=b.orders.ACCEPTED, order=made.orders[0], reason="金额有误"
    )
    provider, programme = made.scene.provider, made.programme
    assert not claimable_orders(provider, programme, EXPIRES).exists()
    with pytest.raises(UnableToClaim, match="退回支付申请"):
        made.prepare(at=EXPIRES)
    # After expiry nobody can decide it any more (O8), so the order must not be stuck for ever.
    assert claimable_orders(provider, programme, EXPIRES + b.MICROSECOND).get() == made.orders[0]
    assert made.prepare(at=EXPIRES + b.MICROSECOND).lines.count() == 1


@pytest.mark.rule("R1")
def test_both_stamped_scans_are_there_before_a_claim_is_submitted():
    made = b.at_step("prepare")
    with pytest.raises(UnableToClaim, match="服务券兑现申请表和使用情况明细汇总表"):
        made.submit()
    made.attach("form")
    with pytest.raises(UnableToClaim, match="加盖公章的使用情况明细汇总表"):
        made.submit()
    made.attach("detail")
    claim = made.submit()
    assert claim.state == ClaimState.SUBMITTED
    assert claim.submitted_at == b.SUBMITTED
    assert Message.objects.filter(recipient=made.contractor, event="claim_submitted").exists()


@pytest.mark.rule("R1")
def test_a_scan_can_be_replaced_until_the_claim_is_submitted():
    made = b.at_step("attach")
    first = made.fresh().form_scan
    made.attach("form")
    assert made.fresh().form_scan != first
    made.submit()
    with pytest.raises(UnableToClaim, match="已提交"):
        made.attach("form")


@pytest.mark.rule("R1", "F1")
def test_a_scan_is_judged_by_its_content():
    from redemption.operations.preparing import attach_scan

    made = b.at_step("prepare")
    with pytest.raises(UnableToKeepFile):
        attach_scan(
            by=made.seller, at=b.PREPARED, claim=made.claim, slot="form", file=b.text_file()
        )
    assert made.fresh().form_scan is None


@pytest.mark.rule("R1")
def test_another_provider_cannot_touch_a_claim():
    made = b.at_step("attach")
    stranger = build.actor(build.provider().account)
    for step in (made.submit, made.give_up):
        with pytest.raises(OutOfReach):
            step(by=stranger)


@pytest.mark.rule("R1")
def test_a_claim_is_prepared_all_or_nothing():
    made = b.world(2)
    with (
        patch("redemption.operations.preparing.record", side_effect=RuntimeError("the last write")),
        pytest.raises(RuntimeError),
    ):
        made.prepare()
    assert not Claim.objects.exists()
    for order in made.orders:
        order.refresh_from_db()
        assert order.state == OrderState.ACCEPTED


def test_an_account_that_lost_its_provider_is_out_of_reach():
    made = b.world()
    with pytest.raises(OutOfReach):
        prepare_claim(by=b.PUBLIC, at=b.PREPARED, programme=made.programme, order_pks=[])
