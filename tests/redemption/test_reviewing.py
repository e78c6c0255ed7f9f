"""First review line by line, supplements, and experts (R2)."""

from __future__ import annotations

import pytest

from foundation.audit.models import AuditEntry
from foundation.errors import IllegalMove, OutOfReach
from foundation.notices.models import Message
from redemption.models import ClaimLine, ExpertOpinion, Supplement
from redemption.operations.reviewing import reopen_line, supply_more
from redemption.policies import UnableToReview
from redemption.states import ClaimState, LineState
from tests import build
from tests.orders.build import assert_books_balance
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R2")
def test_lines_are_passed_and_disallowed_one_by_one():
    made = b.at_step("submit", 2)
    passed = made.pass_line(0)
    refused = made.disallow(1, reason="  发票不符  ")
    assert (passed.state, refused.state) == (LineState.PASSED, LineState.DISALLOWED)
    assert refused.reason == "发票不符"
    assert refused.reviewed_by == made.contractor
    assert refused.reviewed_at == b.REVIEWED


@pytest.mark.rule("R2")
@pytest.mark.parametrize("reason", ["", "   \n"])
def test_disallowing_and_asking_need_a_reason(reason):
    made = b.at_step("submit")
    for step in (made.disallow, made.ask):
        with pytest.raises(UnableToReview) as refusal:
            step(reason=reason)
        assert refusal.value.field == "reason"
    assert made.line().state == LineState.PENDING


@pytest.mark.rule("F5")
@pytest.mark.parametrize(
    "reason", ["联系 13812345678", "身份证 {id} 不符", "电话１３８１２３４５６７８"]
)
def test_a_reason_holds_no_personal_data(reason):
    made = b.at_step("submit")
    with pytest.raises(UnableToReview, match="请勿填写身份证号码或手机号码"):
        made.disallow(reason=reason.format(id=build.id_number()))


@pytest.mark.rule("R2")
def test_a_reason_is_not_endless():
    made = b.at_step("submit")
    assert made.disallow(reason="长" * 280).reason == "长" * 280
    reopen_line(by=made.reviewer, at=b.REVIEWED, line=made.line())
    with pytest.raises(UnableToReview, match="280"):
        made.disallow(reason="长" * 281)


@pytest.mark.rule("R2", "R7")
def test_a_disallowance_by_first_review_moves_no_money_and_can_be_taken_back():
    made = b.at_step("submit")
    made.disallow()
    made.scene.fresh()
    assert (made.scene.voucher.paid, made.scene.voucher.disallowed) == (b.yuan(5000), 0)
    line = reopen_line(by=made.reviewer, at=b.REVIEWED, line=made.line())
    assert (line.state, line.reason) == (LineState.PENDING, "")
    assert made.pass_line().state == LineState.PASSED
    assert_books_balance(made.scene)


@pytest.mark.rule("R2")
def test_asking_for_more_goes_to_the_provider_and_comes_back_when_every_line_is_answered():
    made = b.at_step("submit", 3)
    made.pass_line(0)
    made.ask(1, reason="缺验收单")
    made.ask(2, reason="缺课件")
    assert made.fresh().state == ClaimState.SUBMITTED
    made.request()
    assert made.fresh().state == ClaimState.MORE_ASKED
    assert Message.objects.filter(
        recipient=made.scene.provider.account, event="claim_more_asked"
    ).exists()
    made.supply(1, answer="见附件")
    assert made.fresh().state == ClaimState.MORE_ASKED
    made.supply(2)
    assert made.fresh().state == ClaimState.SUBMITTED
    assert [line.state for line in made.lines()] == [
        LineState.PASSED,
        LineState.PENDING,
        LineState.PENDING,
    ]
    assert Message.objects.filter(recipient=made.contractor, event="claim_more_supplied").exists()


@pytest.mark.rule("R2")
def test_every_round_of_supplements_is_kept():
    made = b.at_step("submit")
    for reason in ("缺验收单", "验收单不清晰"):
        made.ask(reason=reason)
        made.request()
        made.supply(answer=f"答：{reason}")
    rounds = Supplement.objects.filter(line=made.line())
    assert [(row.reason, row.answer) for row in rounds] == [
        ("缺验收单", "答：缺验收单"),
        ("验收单不清晰", "答：验收单不清晰"),
    ]
    assert all(row.document for row in rounds)


@pytest.mark.rule("R2")
def test_a_supplement_may_do_without_a_file_but_not_without_words():
    made = b.in_state("more_asked")
    with pytest.raises(UnableToReview, match="补充说明"):
        made.supply(answer=" ")
    supply_more(by=made.seller, at=b.REVIEWED, line=made.line(), answer="合同第三条已载明")
    assert made.fresh().state == ClaimState.SUBMITTED


@pytest.mark.rule("R2")
def test_nothing_to_ask_nothing_to_supply():
    made = b.at_step("submit", 2)
    with pytest.raises(UnableToReview, match="先在需要补充材料的明细"):
        made.request()
    with pytest.raises(UnableToReview, match="没有要求补充材料"):
        made.supply()
    made.ask(0)
    # The line asks, but the claim has not been sent back yet.
    with pytest.raises(UnableToReview, match="没有要求补充材料"):
        made.supply(0)
    made.request()
    with pytest.raises(IllegalMove):
        made.supply(1)


@pytest.mark.rule("R2")
def test_no_line_is_reviewed_while_the_provider_supplies():
    made = b.in_state("more_asked", 2)
    for step in (made.pass_line, made.disallow, made.ask):
        with pytest.raises(UnableToReview, match="待补充材料"):
            step(1)


@pytest.mark.rule("R2")
def test_first_review_ends_when_no_line_is_pending_or_asked():
    made = b.at_step("submit", 2)
    made.pass_line(0)
    with pytest.raises(UnableToReview, match="还有 1 条"):
        made.finish()
    made.ask(1)
    with pytest.raises(UnableToReview, match="还有 1 条"):
        made.finish()
    made.request()
    made.supply(1)
    made.disallow(1)
    claim = made.finish()
    assert claim.state == ClaimState.FIRST_REVIEWED
    assert claim.first_reviewed_by == made.contractor
    assert Message.objects.filter(recipient=made.bureau, event="claim_first_reviewed").exists()


@pytest.mark.rule("R2")
def test_a_claim_whose_every_line_is_disallowed_still_goes_to_the_bureau():
    made = b.at_step("submit")
    made.disallow()
    assert made.finish().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R2")
def test_the_contractor_of_another_city_and_of_the_province_do_not_review():
    made = b.at_step("submit")
    elsewhere = build.account("contractor", of=build.city("foshan"))
    province = build.account("contractor", city=None)
    for user in (elsewhere, province):
        with pytest.raises(OutOfReach):
            made.pass_line(by=build.actor(user))
    assert made.line().state == LineState.PENDING


@pytest.mark.rule("R2", "R3")
def test_who_prepared_a_claim_does_not_review_it():
    made = b.at_step("prepare")
    human = build.person()
    account = made.scene.provider.account
    account.person = human
    account.save()
    made.attach()
    made.submit()
    reviewer = build.actor(b.another_account(human, "contractor"))
    with pytest.raises(UnableToReview, match="制审分离") as refusal:
        made.pass_line(by=reviewer)
    assert refusal.value.rule == "R3"


@pytest.mark.rule("R2")
def test_an_expert_gives_an_opinion_once_and_before_first_review_ends():
    made = b.at_step("submit")
    opinion = made.assign()
    assert Message.objects.filter(recipient=made.expert, event="expert_assigned").exists()
    given = made.advise(opinion)
    assert (given.advice, given.text, given.given_at) == ("support", "材料齐全", b.REVIEWED)
    with pytest.raises(UnableToReview, match="不能再修改"):
        made.advise(opinion)


@pytest.mark.rule("R2")
def test_an_expert_is_heard_while_the_provider_supplies_but_not_after_first_review():
    made = b.in_state("more_asked")
    opinion = made.assign()
    late = made.assign(expert=build.account("expert"))
    made.advise(opinion)
    made.supply()
    made.pass_line()
    made.finish()
    with pytest.raises(UnableToReview, match="初审已结束"):
        made.advise(late, by=build.actor(late.expert))
    with pytest.raises(UnableToReview, match="初审已结束"):
        made.assign(expert=build.account("expert"))


@pytest.mark.rule("R2")
def test_first_review_does_not_wait_for_opinions():
    made = b.at_step("submit")
    made.assign()
    made.pass_line()
    assert made.finish().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R2")
def test_only_the_assigned_expert_gives_the_opinion():
    made = b.at_step("submit")
    opinion = made.assign()
    for actor in (
        build.actor(build.account("expert")),
        made.reviewer,
        made.approver,
        made.seller,
        b.PUBLIC,
    ):
        with pytest.raises(OutOfReach):
            made.advise(opinion, by=actor)


@pytest.mark.rule("R2")
def test_only_an_open_expert_account_of_the_city_is_assigned_once():
    made = b.at_step("submit")
    closed = build.account("expert", is_active=False)
    for wrong in (
        build.account("expert", of=build.city("foshan")),
        build.account("contractor"),
        closed,
    ):
        with pytest.raises(UnableToReview, match="评审专家账号"):
            made.assign(expert=wrong)
    made.assign()
    with pytest.raises(UnableToReview, match="已分派"):
        made.assign()
    assert ExpertOpinion.objects.count() == 1


@pytest.mark.rule("R2", "R3")
def test_who_prepared_a_claim_is_no_expert_on_it():
    made = b.at_step("prepare")
    account = made.scene.provider.account
    account.person = build.person()
    account.save()
    made.attach()
    made.submit()
    with pytest.raises(UnableToReview, match="制审分离"):
        made.assign(expert=b.another_account(account.person, "expert"))


@pytest.mark.rule("R2")
def test_each_act_of_first_review_leaves_its_trace():
    made = b.at_step("submit")
    made.ask(reason="缺验收单")
    entry = AuditEntry.objects.filter(action="ask_more_claim_line").get()
    assert (entry.from_state, entry.to_state, entry.reason) == ("pending", "more_asked", "缺验收单")
    assert entry.actor == made.contractor


def test_a_line_read_before_the_lock_is_read_anew():
    made = b.at_step("submit")
    stale: ClaimLine = made.line()
    made.pass_line()
    with pytest.raises(IllegalMove):
        from redemption.operations.reviewing import pass_line

        pass_line(by=made.reviewer, at=b.REVIEWED, line=stale)


@pytest.mark.rule("R2")
def test_an_account_that_is_no_longer_an_expert_gives_no_opinion():
    made = b.at_step("submit")
    opinion = made.assign()
    made.expert.role = "district"
    with pytest.raises(OutOfReach):
        made.advise(opinion)
