"""Two at once: the row locks decide, and the database keeps what it promised."""

from __future__ import annotations

import pytest

from enterprises.models import Enterprise, Profile
from enterprises.operations import (
    attach_material,
    pass_qualification,
    refuse_qualification,
    register_enterprise,
    save_profile,
    send_back_qualification,
    submit_qualification,
)
from enterprises.policies import UnableToRegister
from foundation.accounts.models import Role
from foundation.errors import Refusal
from tests import build, scans
from tests.concurrency.race import overtake, race, succeeded
from tests.enterprises.build import (
    AT,
    LATER,
    YEAR,
    contractor,
    data,
    filled,
    owner,
    passed,
    submitted,
    with_materials,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("E1")
def test_one_of_two_accounts_gets_the_credit_code() -> None:
    code, city = build.credit_code(), build.city()
    accounts = [build.actor(build.account(Role.ENTERPRISE)) for _ in range(2)]
    results = race(
        *(
            lambda by=by: register_enterprise(by=by, at=AT, city=city, credit_code=code)
            for by in accounts
        ),
        meet_at="enterprises.policies.require_unregistered",
    )
    assert len(succeeded(results)) == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [UnableToRegister]
    assert Enterprise.objects.count() == 1


@pytest.mark.rule("E6")
def test_of_two_decisions_one_stands() -> None:
    file, one, other = submitted(), contractor(), contractor()
    results = race(
        lambda: pass_qualification(by=one, at=LATER, qualification=file),
        lambda: refuse_qualification(by=other, at=LATER, qualification=file, reason="不符"),
        meet_at="enterprises.policies.require_move",
    )
    assert len(succeeded(results)) == 1
    assert sum(isinstance(one, Refusal) for one in results) == 1
    file.refresh_from_db()
    assert file.rounds.get().outcome == file.state


@pytest.mark.rule("E6")
def test_two_clicks_submit_one_round() -> None:
    file = with_materials(filled())
    by = owner(file.enterprise)
    results = race(
        *(lambda: submit_qualification(by=by, at=LATER, qualification=file) for _ in range(2)),
        meet_at="enterprises.policies.require_complete",
    )
    assert len(succeeded(results)) == 1
    assert file.rounds.count() == 1


@pytest.mark.rule("E6")
def test_two_saves_make_one_new_version() -> None:
    file = passed()
    by, changed = owner(file.enterprise), data(address="新址")
    results = race(
        *(
            lambda: save_profile(by=by, at=LATER, enterprise=file.enterprise, year=YEAR, **changed)
            for _ in range(2)
        ),
        meet_at="enterprises.policies.require_figures_meant",
    )
    assert len(succeeded(results)) == 2
    assert sorted(Profile.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.rule("E6")
def test_a_material_waits_for_data_that_are_being_saved() -> None:
    file = send_back_qualification(
        by=contractor(), at=AT, qualification=submitted(), item_reasons={"address": "不符"}
    )
    by, changed = owner(file.enterprise), data(address="新址")
    # The save gives the file another version while the upload waits for its row.
    results = overtake(
        lambda: save_profile(by=by, at=LATER, enterprise=file.enterprise, year=YEAR, **changed),
        lambda: attach_material(
            by=by, at=LATER, qualification=file, slot="licence", file=scans.sent()
        ),
        pause_at="enterprises.policies.changed_fields",
    )
    assert len(succeeded(results)) == 2, results
    before = file.licence_id
    file.refresh_from_db()
    assert file.licence_id != before
    assert file.profile.version == 2
