"""Nobody decides about an enterprise or institution that they represent (R3): party accounts name no person, so the
look-up keys of ID numbers are compared."""

from __future__ import annotations

import pytest

from enterprises.models import Qualification
from enterprises.operations.reviewing import pass_qualification
from enterprises.states import QualificationState
from foundation.accounts.actors import OwnMatter
from foundation.accounts.models import Person, Role
from foundation.personal_data import lookup_key
from orders.operations.returning import ask_payment_return, grant_payment_return
from providers.operations import approve_provider
from providers.states import ProviderState
from redemption.models import Claim
from redemption.operations.approving import approve_claim
from redemption.operations.preparing import attach_scan, prepare_claim, submit_claim
from redemption.operations.reviewing import finish_first_review, pass_line
from tests import build, scans
from tests.orders import build as orders

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
