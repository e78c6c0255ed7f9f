"""Who sees which claims and files (section 1, R2, F4)."""

from __future__ import annotations

import pytest

from foundation.accounts.models import User
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from redemption.queries import (
    claims_visible_to,
    documents_in_reach,
    get_claim_for,
    get_line_for,
    lines_visible_to,
    objections_visible_to,
    opinions_visible_to,
    programmes_reported_by,
    publicity_lists_visible_to,
    settlements_visible_to,
)
from redemption.states import ClaimState
from tests import build, scans
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


def files_of(user: User) -> set[Document]:
    return set(Document.objects.filter(documents_in_reach(user)))


@pytest.fixture
def made() -> b.World:
    world = b.at_step("submit")
    world.ask()
    world.request()
    world.supply()
    world.assign()
    world.pass_line()
    world.finish()
    world.approve()
    world.publish()
    world.object(evidence_files=[scans.sent()])
    world.answer(world.line().objections.get(), uphold=False)
    world.settle()
    world.fresh()
    return world


def strangers() -> list[User]:
    foshan = build.city("foshan")
    return [
        build.provider().account,
        build.account("contractor", of=foshan),
        build.account("contractor", city=None),
        build.account("bureau", of=foshan),
        build.account("expert"),
        build.account("district"),
        build.enterprise().account,
        build.account("", is_superuser=True),
    ]


@pytest.mark.rule("R2")
def test_each_sees_only_what_is_theirs(made):
    for user in (
        made.scene.provider.account,
        made.contractor,
        made.bureau,
        made.expert,
        build.account("province"),
    ):
        assert claims_visible_to(user).get() == made.claim
        assert lines_visible_to(user).get() == made.line()
    for user in strangers():
        assert not claims_visible_to(user).exists()
        assert not lines_visible_to(user).exists()
        with pytest.raises(OutOfReach):
            get_claim_for(build.actor(user), made.claim.pk)
        with pytest.raises(OutOfReach):
            get_line_for(build.actor(user), made.line().pk)
    with pytest.raises(OutOfReach):
        get_claim_for(b.PUBLIC, made.claim.pk)


@pytest.mark.parametrize(
    "query", [objections_visible_to, publicity_lists_visible_to, settlements_visible_to]
)
def test_objections_lists_and_payments_are_for_the_citys_staff(made, query):
    for user in (made.contractor, made.bureau):
        assert query(user).count() == 1
    for user in (made.expert, made.scene.provider.account, *strangers()):
        assert not query(user).exists()


def test_an_expert_sees_no_one_elses_opinion():
    made = b.at_step("submit")
    own, other = made.assign(), made.assign(expert=build.account("expert"))
    assert opinions_visible_to(made.expert).get() == own
    assert set(opinions_visible_to(made.contractor)) == {own, other}
    assert not opinions_visible_to(made.scene.provider.account).exists()


@pytest.mark.parametrize("state", [ClaimState.DRAFT, ClaimState.GIVEN_UP])
def test_a_draft_is_the_providers_own(state):
    made = b.in_state(state)
    assert claims_visible_to(made.scene.provider.account).exists()
    for user in (made.contractor, made.bureau, build.account("province")):
        assert not claims_visible_to(user).exists()


@pytest.mark.rule("F4")
def test_files_follow_the_claims(made):
    claim, line = made.claim, made.line()
    own = {claim.form_scan, claim.detail_scan, line.supplements.get().document}
    citys = own | {line.objections.get().evidence.get(), claim.settlements.get().receipt}
    assert files_of(made.scene.provider.account) == own
    assert files_of(made.contractor) == citys
    assert files_of(made.bureau) == citys
    orders_papers = {
        *(contract.document for contract in made.orders[0].contracts.all()),
        *(i.document for payment in made.orders[0].payments.all() for i in payment.invoices.all()),
        *(t.document for payment in made.orders[0].payments.all() for t in payment.transfers.all()),
    }
    assert len(orders_papers) == 3
    assert files_of(made.expert) == own | orders_papers
    for user in (*strangers(), build.account("province")):
        assert files_of(user) == set()


@pytest.mark.rule("R2", "F4")
def test_an_expert_reaches_no_file_of_another_claim_of_the_same_provider():
    made = b.world(2)
    first, second = made.orders
    made.prepare(order_pks=[first.pk])
    made.attach()
    made.submit()
    made.assign()
    mine = files_of(made.expert)
    made.prepare(order_pks=[second.pk])
    made.attach()
    made.submit()
    assert files_of(made.expert) == mine
    assert claims_visible_to(made.expert).count() == 1


def test_reports_are_for_the_citys_contractor_and_bureau(made):
    for user in (made.contractor, made.bureau):
        assert programmes_reported_by(user).get() == made.programme
    for user in (*strangers(), build.account("province")):
        assert not programmes_reported_by(user).exists()
