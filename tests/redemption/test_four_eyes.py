"""Final approval by the bureau, by another person than those before (R3), and what is disallowed (R7)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from foundation.errors import OutOfReach
from foundation.notices.models import Message
from orders.states import OrderState
from redemption.models import Claim, Involvement
from redemption.operations.reviewing import reopen_line
from redemption.policies import UnableToApprove, UnableToReview, require_four_eyes
from redemption.states import ClaimState, LineState
from tests import build
from tests.orders.build import assert_books_balance
from tests.redemption import build as b
from vouchers.models import LedgerEntry
from vouchers.queries import available_to_issue

pytestmark = pytest.mark.django_db


def refuse_approval(made: b.World, human, **account) -> None:
    """The person's bureau account can do none of the bureau's acts on the claim, superuser or not."""
    user = build.account("bureau", person=human, **account)
    for step in (made.approve, made.send_back, made.disallow):
        refusal = b.refused(step, by=build.actor(user))
        assert refusal is not None, step
        assert refusal.rule == "R3"
        assert "制审分离" in refusal.sentence
    assert made.fresh().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R3")
def test_the_bureau_approves():
    made = b.at_step("finish", 2)
    claim = made.approve()
    assert claim.state == ClaimState.APPROVED
    assert (claim.approved_at, claim.approved_by) == (b.APPROVED, made.bureau)
    assert Message.objects.filter(
        recipient=made.scene.provider.account, event="claim_approved"
    ).exists()


@pytest.mark.rule("R3")
@pytest.mark.parametrize("superuser", [False, True])
def test_a_person_who_finished_the_first_review_does_not_approve_with_another_account(superuser):
    made = b.at_step("finish")
    refuse_approval(made, made.contractor.person, is_superuser=superuser)
    assert made.approve().state == ClaimState.APPROVED


@pytest.mark.rule("R3")
@pytest.mark.parametrize("act", ["pass", "disallow", "ask", "request", "reopen", "assign"])
def test_a_person_with_any_hand_in_the_first_review_does_not_approve(act):
    made = b.at_step("submit", 2)
    human = build.person()
    hand = build.actor(build.account("contractor", person=human))
    helper = b.World(made.scene, made.orders, contractor=hand.user, claim=made.claim)
    if act == "pass":
        helper.pass_line(0)
    elif act == "disallow":
        helper.disallow(0)
    elif act == "ask":
        helper.ask(0)
        made.request()
        made.supply(0)
    elif act == "request":
        made.ask(0)
        helper.request()
        made.supply(0)
    elif act == "assign":
        helper.assign()
    elif act == "reopen":
        made.pass_line(0)
        reopen_line(by=hand, at=b.REVIEWED, line=made.line(0))
    # Whatever the hand did, the last reviewer of every line is somebody else.
    for index, line in enumerate(made.lines()):
        if line.state in {LineState.PASSED, LineState.DISALLOWED}:
            reopen_line(by=made.reviewer, at=b.REVIEWED, line=line)
        made.pass_line(index)
    made.finish()
    assert {line.reviewed_by for line in made.lines()} == {made.contractor}
    refuse_approval(made, human)
    refuse_approval(made, human, is_superuser=True)


@pytest.mark.rule("R3")
def test_an_expert_who_gave_an_opinion_does_not_approve_but_one_who_was_only_asked_may():
    made = b.at_step("submit")
    silent = build.account("expert")
    opinion = made.assign()
    made.assign(expert=silent)
    made.advise(opinion)
    made.pass_line()
    made.finish()
    refuse_approval(made, made.expert.person)
    other = b.another_account(silent.person, "bureau")
    assert made.approve(by=build.actor(other)).state == ClaimState.APPROVED


@pytest.mark.rule("R3")
@pytest.mark.parametrize("moment", ["prepare", "attach", "submit", "supply"])
def test_a_person_who_prepared_the_claim_does_not_approve(moment):
    made = b.world()
    account, human = made.scene.provider.account, build.person()

    def as_human(step, mine: bool):
        account.person = human if mine else None
        account.save()
        step()

    as_human(made.prepare, moment == "prepare")
    as_human(made.attach, moment == "attach")
    as_human(made.submit, moment == "submit")
    made.ask()
    made.request()
    as_human(made.supply, moment == "supply")
    as_human(lambda: None, False)
    made.pass_line()
    made.finish()
    refuse_approval(made, human)


@pytest.mark.rule("R3")
def test_the_person_is_kept_though_the_account_changes_hands():
    made = b.at_step("finish")
    human, account = made.contractor.person, made.contractor
    account.person = build.person("接任者")
    account.save()
    refuse_approval(made, human)
    refuse_approval(made, account.person)


@pytest.mark.rule("R3")
def test_a_hand_of_an_earlier_round_still_counts():
    made = b.at_step("finish")
    made.send_back()
    second = build.account("contractor")
    line = reopen_line(by=build.actor(second), at=b.APPROVED, line=made.line())
    made.pass_line(by=build.actor(second))
    made.finish(by=build.actor(second))
    assert line.reviewed_by == second
    refuse_approval(made, made.contractor.person)
    assert made.approve().state == ClaimState.APPROVED


@pytest.mark.rule("R3")
def test_who_sent_a_claim_back_may_approve_later_but_not_after_reviewing_it():
    made = b.at_step("finish")
    made.send_back()
    claim = made.fresh()
    assert (claim.state, claim.sent_back_reason) == (ClaimState.SUBMITTED, "请复查发票")
    assert claim.first_reviewed_by is None
    also = b.another_account(made.bureau.person, "contractor")
    made.finish(by=build.actor(also))
    refuse_approval(made, made.bureau.person)
    with pytest.raises(UnableToApprove):
        made.approve()


@pytest.mark.rule("R3")
def test_a_bureau_account_without_a_person_does_not_approve():
    with pytest.raises(UnableToApprove, match="没有登记使用人"):
        require_four_eyes(account_id=1, person_id=None, hands=[])
    made = b.at_step("finish")
    made.bureau.person = None  # the database refuses to keep it so, an actor in memory may still be
    with pytest.raises(UnableToApprove, match="没有登记使用人"):
        made.approve(by=build.actor(made.bureau))


@pytest.mark.rule("R3")
def test_a_superuser_of_another_role_or_city_approves_nothing():
    made = b.at_step("finish")
    for user in (
        build.account("bureau", of=build.city("foshan"), is_superuser=True),
        build.account("contractor", is_superuser=True),
        build.account("province", is_superuser=True, is_staff=True),
        build.account("", is_superuser=True, is_staff=True),
    ):
        with pytest.raises(OutOfReach):
            made.approve(by=build.actor(user))
    assert made.fresh().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R3")
def test_the_database_keeps_the_two_accounts_apart():
    made = b.at_step("finish")
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=made.claim.pk).update(
            state="approved", approved_by=made.contractor, approved_at=b.APPROVED
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=made.claim.pk).update(state="approved")


@pytest.mark.rule("R3")
def test_hands_are_kept_once_each():
    made = b.at_step("finish", 2)
    parts = Involvement.objects.filter(claim=made.claim).values_list("account", "part")
    assert sorted(parts) == sorted(
        [(made.scene.provider.account.pk, "prepared"), (made.contractor.pk, "reviewed")]
    )


@pytest.mark.rule("R3", "R7")
def test_what_was_disallowed_ends_as_disallowed_with_the_approval_and_goes_back_to_the_programme():
    made = b.at_step("submit", 2)
    made.pass_line(0)
    made.disallow(1)
    made.finish()
    before = available_to_issue(made.programme, b.APPROVED)
    made.approve()
    kept, lost = made.orders
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.state, kept.paid) == (OrderState.CLAIMED, b.yuan(5000))
    assert (lost.state, lost.paid, lost.disallowed) == (OrderState.DISALLOWED, 0, b.yuan(5000))
    assert LedgerEntry.objects.filter(kind="disallow", reference=lost.reference).count() == 1
    assert available_to_issue(made.programme, b.APPROVED) == before + b.yuan(5000)
    assert made.scene.allowance().accepted == b.yuan(5000)
    assert_books_balance(made.scene)


@pytest.mark.rule("R3")
def test_the_bureau_disallows_a_passed_line_before_it_approves():
    made = b.at_step("finish", 2)
    line = made.disallow(1, by=made.approver, at=b.APPROVED, reason="同一发票已在他处报销")
    assert (line.state, line.reviewed_by) == (LineState.DISALLOWED, made.bureau)
    made.approve()
    made.orders[1].refresh_from_db()
    assert made.orders[1].state == OrderState.DISALLOWED
    with pytest.raises(UnableToApprove, match="已审定待公示"):
        made.disallow(0, by=made.approver)


@pytest.mark.rule("R3")
def test_the_contractor_does_not_review_while_the_claim_is_at_the_bureau():
    made = b.at_step("finish")
    for step in (made.pass_line, made.disallow, made.ask):
        with pytest.raises(UnableToReview, match="待市局审定"):
            step()


@pytest.mark.rule("R3")
def test_sending_back_needs_a_reason_and_disallows_nothing():
    made = b.at_step("submit")
    made.disallow()
    made.finish()
    with pytest.raises(UnableToApprove, match="原因"):
        made.send_back(reason=" ")
    made.send_back()
    made.orders[0].refresh_from_db()
    assert made.orders[0].state == OrderState.CLAIMED
    line = reopen_line(by=made.reviewer, at=b.APPROVED, line=made.line())
    assert line.state == LineState.PENDING
    made.pass_line()
    assert made.finish().sent_back_reason == ""


@pytest.mark.rule("R3")
@pytest.mark.parametrize("state", ["submitted", "approved", "published"])
def test_only_what_waits_for_approval_is_approved_or_sent_back(state):
    made = b.in_state(state)
    for step in (made.approve, made.send_back):
        with pytest.raises(UnableToApprove, match="待市局审定"):
            step()
