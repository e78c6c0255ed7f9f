"""Nobody decides about an enterprise or institution that they represent (R3): party accounts name no person, so the
look-up keys of ID numbers are compared."""

from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.models import Qualification
from enterprises.operations.reviewing import pass_qualification
from enterprises.states import QualificationState
from foundation.accounts.actors import Actor, OwnMatter
from foundation.accounts.models import Person, Role
from foundation.personal_data import lookup_key
from foundation.rosters.models import Violation
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    lift_sanction,
    record_recovery,
    report_violation,
    sanction_violation,
)
from orders.operations.returning import ask_payment_return, grant_payment_return
from providers.operations import apply_change, approve_provider, request_change
from providers.states import ProviderState
from redemption.models import Claim
from redemption.operations.approving import approve_claim
from redemption.operations.preparing import attach_scan, prepare_claim, submit_claim
from redemption.operations.reviewing import finish_first_review, pass_line
from tests import build, scans
from tests.orders import build as orders
from tests.providers import build as providers
from tests.redemption import build as redemption

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R3")]


def who_is(number: str) -> Person:
    return Person.objects.create(name="两边都在", id_number=number, id_key=lookup_key(number))


def test_a_handler_does_not_check_the_own_enterprise():
    enterprise = build.enterprise()
    profile = enterprise.profiles.get()
    Qualification.objects.update(
        state=QualificationState.SUBMITTED, decided_at=None, decided_by=None
    )
    own = build.account(Role.CONTRACTOR, person=who_is(profile.handler_id))
    with pytest.raises(OwnMatter):
        pass_qualification(
            by=build.actor(own), at=build.OPENS, qualification=Qualification.objects.get()
        )


def test_a_contact_does_not_approve_the_own_institution():
    provider = build.provider()
    type(provider).objects.update(state=ProviderState.SUBMITTED)
    own = build.account(Role.CONTRACTOR, person=who_is(provider.contact_id))
    with pytest.raises(OwnMatter):
        approve_provider(by=build.actor(own), at=build.OPENS, provider=provider)


def test_a_representative_does_not_decide_on_a_return_of_payment():
    scene = orders.at_step("pay")
    request = ask_payment_return(
        by=scene.seller, at=orders.PAID, order=scene.order, reason="金额有误"
    )
    own = build.account(Role.CONTRACTOR, person=who_is(scene.provider.legal_representative_id))
    with pytest.raises(OwnMatter):
        grant_payment_return(
            by=build.actor(own), at=orders.ACCEPTED, payment_return=request, reason="同意"
        )


def test_a_contact_neither_reviews_nor_approves_the_own_claim():
    scene = orders.at_step("accept")
    at = orders.ACCEPTED
    claim = prepare_claim(
        by=scene.seller, at=at, programme=scene.programme, order_pks=[scene.order.pk]
    )
    for slot in ("form", "detail"):
        attach_scan(by=scene.seller, at=at, claim=claim, slot=slot, file=scans.sent())
    submit_claim(by=scene.seller, at=at, claim=claim)
    person = who_is(scene.provider.contact_id)
    line = claim.lines.get()
    with pytest.raises(OwnMatter):
        pass_line(by=build.actor(build.account(Role.CONTRACTOR, person=person)), at=at, line=line)
    contractor = build.actor(build.account(Role.CONTRACTOR))
    pass_line(by=contractor, at=at, line=line)
    finish_first_review(by=contractor, at=at, claim=claim)
    with pytest.raises(OwnMatter):
        approve_claim(by=build.actor(build.account(Role.BUREAU, person=person)), at=at, claim=claim)
    approve_claim(by=build.actor(build.account(Role.BUREAU)), at=at, claim=claim)
    assert Claim.objects.get().state == "approved"


def test_nobody_puts_themselves_in_as_the_contact_of_an_institution():
    provider = providers.approved()
    number = build.id_number()
    request = request_change(
        by=providers.owner(provider),
        at=providers.AT,
        provider=provider,
        materials=[scans.sent()],
        contact="自己",
        contact_id=number,
        contact_mobile="13800001111",
    )
    own = build.account(Role.CONTRACTOR, person=who_is(number))
    with pytest.raises(OwnMatter):
        apply_change(by=build.actor(own), at=providers.LATER, change_request=request)


class TestBothSidesOfAClaim:
    """The enterprises whose vouchers a claim turns into money are parties to it, as the institution is."""

    def test_a_handler_of_an_enterprise_in_the_claim_neither_reviews_nor_approves(self):
        made = redemption.at_step("submit")
        own = who_is(made.orders[0].profile.handler_id)
        with pytest.raises(OwnMatter):
            made.pass_line(by=build.actor(build.account(Role.CONTRACTOR, person=own)))
        made.pass_line()
        made.finish()
        with pytest.raises(OwnMatter):
            made.approve(by=build.actor(build.account(Role.BUREAU, person=own)))

    @pytest.mark.parametrize("side", ["provider", "enterprise"])
    def test_neither_side_records_its_own_payment(self, side: str):
        made = redemption.at_step("publish")
        own = build.account(Role.CONTRACTOR, person=who_is(number_of(made, side)))
        with pytest.raises(OwnMatter):
            made.settle(by=build.actor(own))

    @pytest.mark.parametrize("side", ["provider", "enterprise"])
    def test_neither_side_answers_an_objection_to_itself(self, side: str):
        made = redemption.at_step("publish")
        objection = made.object()
        own = build.account(Role.BUREAU, person=who_is(number_of(made, side)))
        with pytest.raises(OwnMatter):
            made.answer(objection, uphold=False, by=build.actor(own))


class TestExperts:
    @pytest.mark.rule("R2")
    @pytest.mark.parametrize("side", ["provider", "enterprise"])
    def test_one_of_the_parties_is_not_assigned(self, side: str):
        made = redemption.at_step("submit")
        own = build.account(Role.EXPERT, person=who_is(number_of(made, side)))
        refusal = redemption.refused(made.assign, expert=own)
        assert refusal is not None
        assert (refusal.rule, refusal.field) == ("R3", "expert")

    def test_one_who_became_a_party_since_gives_no_opinion(self):
        made = redemption.at_step("submit")
        expert = build.account(Role.EXPERT)
        opinion = made.assign(expert=expert)
        expert.person = who_is(number_of(made, "provider"))
        expert.save()
        with pytest.raises(OwnMatter):
            made.advise(opinion, by=build.actor(expert))

    def test_one_does_not_assign_oneself(self):
        """An opinion is another person's: not who assigns it, nor who reviews the claim."""
        made = redemption.at_step("submit")
        own = build.account(Role.EXPERT, person=made.contractor.person)
        refusal = redemption.refused(made.assign, expert=own)
        assert refusal is not None
        assert refusal.rule == "R3"

    def test_who_advised_does_not_review(self):
        made = redemption.at_step("submit")
        human = build.person()
        expert = build.account(Role.EXPERT, person=human)
        made.advise(made.assign(expert=expert), by=build.actor(expert))
        reviewer = build.actor(build.account(Role.CONTRACTOR, person=human))
        refusal = redemption.refused(made.pass_line, by=reviewer)
        assert refusal is not None
        assert refusal.rule == "R3"

    def test_who_reviewed_since_the_assignment_does_not_advise(self):
        made = redemption.at_step("submit")
        human = build.person()
        expert = build.account(Role.EXPERT, person=human)
        opinion = made.assign(expert=expert)
        made.pass_line(by=build.actor(build.account(Role.CONTRACTOR, person=human)))
        refusal = redemption.refused(made.advise, opinion, by=build.actor(expert))
        assert refusal is not None
        assert refusal.rule == "R3"


@pytest.mark.rule("S1")
class TestSanctions:
    @pytest.fixture
    def own(self) -> tuple[str, Actor]:
        """The credit code of an enterprise, and its handler at the bureau."""
        enterprise = build.enterprise()
        person = who_is(enterprise.profiles.get().handler_id)
        return enterprise.credit_code, build.actor(build.account(Role.BUREAU, person=person))

    def test_nobody_decides_about_the_own_enterprise(self, own: tuple[str, Actor]):
        code, handler = own
        violation = report(code)
        with pytest.raises(OwnMatter):
            sanction_violation(
                by=handler, at=build.OPENS, violation=violation, measure="warning", reason="轻"
            )
        with pytest.raises(OwnMatter):
            dismiss_violation(by=handler, at=build.OPENS, violation=violation, reason="没有")

    def test_nobody_lifts_the_own_sanction_nor_records_what_came_back(self, own: tuple[str, Actor]):
        code, handler = own
        sanction = sanction_violation(
            by=build.actor(build.account(Role.BUREAU)),
            at=build.OPENS,
            violation=report(code),
            measure="disqualification",
            money_to_recover=Decimal(100),
            reason="重",
        )
        with pytest.raises(OwnMatter):
            lift_sanction(by=handler, at=build.OPENS, sanction=sanction, reason="改了")
        with pytest.raises(OwnMatter):
            record_recovery(by=handler, at=build.OPENS, sanction=sanction, amount=Decimal(100))

    def test_a_provider_is_known_too(self):
        provider = build.provider()
        person = who_is(provider.contact_id)
        with pytest.raises(OwnMatter):
            dismiss_violation(
                by=build.actor(build.account(Role.BUREAU, person=person)),
                at=build.OPENS,
                violation=report(provider.credit_code),
                reason="没有",
            )


def number_of(made: redemption.World, side: str) -> str:
    """The ID number of one who represents a side of the claim."""
    if side == "provider":
        return made.scene.provider.contact_id
    return made.orders[0].profile.legal_representative_id


def report(code: str) -> Violation:
    return report_violation(
        by=build.actor(build.account(Role.CONTRACTOR)),
        at=build.OPENS,
        credit_code=code,
        party_name="某单位",
        description="虚假材料",
        evidence=[scans.sent()],
    )
