"""E5, E7, S1, G3: who may apply, and why not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.models import Enterprise, Qualification, SizeClass
from enterprises.policies import NotEligible, NotTheHomeCity, require_eligible, require_home_city
from enterprises.queries import (
    ELIGIBILITY_REASONS,
    eligibility,
    eligibility_conditions,
    eligible_enterprises,
    enterprise_of,
    qualification_of,
    with_priority,
)
from enterprises.states import QualificationState
from foundation.accounts.models import Role
from foundation.moments import end_of_day, moment, start_of_day
from foundation.rosters.models import BlacklistEntry, Measure, Sanction, Violation
from foundation.rosters.states import ViolationState
from tests import build

pytestmark = pytest.mark.django_db

AT = moment(date(2020, 6, 28), 15)
YEAR = 2020
TICK = timedelta(microseconds=1)


def failing(enterprise: Enterprise, at=AT, year=YEAR) -> list[str]:
    conditions = eligibility(enterprise, city_id=build.city().pk, year=year, at=at)
    keys = [condition.key for condition in conditions if not condition.met]
    # The set-based form, the expressions and the list must always say the same.
    eligible = eligible_enterprises(city_id=build.city().pk, year=year, at=at)
    assert (enterprise in eligible) == (not keys)
    for key, expression in eligibility_conditions(year, at).items():
        fails = Enterprise.objects.filter(expression, pk=enterprise.pk).exists()
        assert fails == (key in keys), key
    return keys


def sanction(enterprise: Enterprise, **fields) -> Sanction:
    city = fields.pop("city", enterprise.city)
    violation = Violation.objects.create(
        city=city,
        credit_code=enterprise.credit_code,
        party_name=enterprise.name,
        description="转让服务券",
        state=ViolationState.SANCTIONED,
        reported_at=AT,
        reported_by=build.account(Role.CONTRACTOR),
        decided_at=AT,
        decided_by=build.account(Role.BUREAU),
    )
    return Sanction.objects.create(
        violation=violation,
        city=city,
        credit_code=enterprise.credit_code,
        **{"measure": Measure.DISQUALIFICATION, "from_at": AT, **fields},
    )


@pytest.mark.rule("E5")
def test_the_keys_stand_in_a_fixed_order_and_have_words() -> None:
    keys = ["not_passed", "not_legal_person", "large", "blacklisted", "sanctioned"]
    assert list(ELIGIBILITY_REASONS) == keys
    assert list(eligibility_conditions(YEAR, AT)) == keys
    assert all(ELIGIBILITY_REASONS.values())


@pytest.mark.rule("E5")
@pytest.mark.parametrize("size", [SizeClass.MICRO, SizeClass.SMALL, SizeClass.MEDIUM])
def test_a_passed_enterprise_is_eligible(size: str) -> None:
    enterprise = build.enterprise(size_class=size)
    assert failing(enterprise) == []
    require_eligible(eligibility(enterprise, city_id=build.city().pk, year=YEAR, at=AT))


@pytest.mark.rule("E5")
@pytest.mark.parametrize("state", [s for s in QualificationState if s != QualificationState.PASSED])
def test_only_a_passed_file_counts(state: str) -> None:
    enterprise = build.enterprise()
    Qualification.objects.filter(enterprise=enterprise).update(state=state)
    assert failing(enterprise) == ["not_passed"]


@pytest.mark.rule("E5", "E3")
def test_a_file_of_another_year_does_not_count() -> None:
    enterprise = build.enterprise(year=2019)
    assert failing(enterprise) == ["not_passed"]
    assert failing(enterprise, year=2019) == []


@pytest.mark.rule("E5")
def test_an_enterprise_without_a_file_only_lacks_the_file() -> None:
    enterprise = build.enterprise()
    Qualification.objects.all().delete()
    assert failing(enterprise) == ["not_passed"]


@pytest.mark.rule("E5")
def test_an_independent_legal_person_is_asked_for() -> None:
    assert failing(build.enterprise(is_legal_person=False)) == ["not_legal_person"]


@pytest.mark.rule("E4", "E5")
def test_large_enterprises_are_not_eligible() -> None:
    assert failing(build.enterprise(size_class=SizeClass.LARGE)) == ["large"]


@pytest.mark.rule("E5")
def test_the_blacklist_bars_from_its_day_until_the_day_it_is_lifted() -> None:
    enterprise = build.enterprise()
    listed, lifted = date(2020, 6, 1), date(2020, 6, 28)
    BlacklistEntry.objects.create(
        credit_code=enterprise.credit_code, listed_on=listed, lifted_on=lifted
    )
    assert failing(enterprise, start_of_day(listed) - TICK) == []
    assert failing(enterprise, start_of_day(listed)) == ["blacklisted"]
    assert failing(enterprise, start_of_day(lifted) - TICK) == ["blacklisted"]
    assert failing(enterprise, start_of_day(lifted)) == []


@pytest.mark.rule("E5")
def test_the_blacklist_is_about_the_credit_code_only() -> None:
    enterprise = build.enterprise()
    BlacklistEntry.objects.create(
        credit_code=build.credit_code(), name=enterprise.name, listed_on=date(2020, 1, 1)
    )
    assert failing(enterprise) == []


@pytest.mark.rule("S1", "E5")
def test_a_sanction_bars_at_once_and_a_suspension_through_its_last_day() -> None:
    enterprise = build.enterprise()
    until = date(2020, 7, 31)
    sanction(enterprise, measure=Measure.SUSPENSION, until=until)
    assert failing(enterprise, AT - TICK) == []
    assert failing(enterprise, AT) == ["sanctioned"]
    assert failing(enterprise, end_of_day(until)) == ["sanctioned"]
    assert failing(enterprise, end_of_day(until) + TICK) == []


@pytest.mark.rule("S1")
def test_a_warning_bars_nothing() -> None:
    enterprise = build.enterprise()
    sanction(enterprise, measure=Measure.WARNING)
    assert failing(enterprise) == []


@pytest.mark.rule("S1")
def test_a_sanction_of_another_city_does_not_bar_here() -> None:
    enterprise = build.enterprise()
    sanction(enterprise, city=build.city("zhuhai"))
    assert failing(enterprise) == []


@pytest.mark.rule("E5")
def test_every_failing_condition_is_named() -> None:
    enterprise = build.enterprise(is_legal_person=False, size_class=SizeClass.LARGE, passed=False)
    BlacklistEntry.objects.create(credit_code=enterprise.credit_code, listed_on=date(2020, 1, 1))
    sanction(enterprise)
    assert failing(enterprise) == list(ELIGIBILITY_REASONS)
    conditions = eligibility(enterprise, city_id=build.city().pk, year=YEAR, at=AT)
    with pytest.raises(NotEligible) as refused:
        require_eligible(conditions)
    assert refused.value.rule == "E5"
    for condition in conditions[1:]:
        assert ELIGIBILITY_REASONS[condition.key] in refused.value.sentence
        assert condition.remedy in refused.value.sentence


@pytest.mark.rule("G3")
def test_only_the_city_of_registration() -> None:
    zhuhai = build.city("zhuhai")
    enterprise = build.enterprise(of=zhuhai)
    conditions = eligibility(enterprise, city_id=build.city().pk, year=YEAR, at=AT)
    assert [one.key for one in conditions if not one.met] == ["other_city"]
    assert enterprise not in eligible_enterprises(city_id=build.city().pk, year=YEAR, at=AT)
    assert enterprise in eligible_enterprises(city_id=zhuhai.pk, year=YEAR, at=AT)
    with pytest.raises(NotEligible, match="珠海"):
        require_eligible(conditions)
    require_home_city(enterprise_city_id=zhuhai.pk, programme_city_id=zhuhai.pk)
    with pytest.raises(NotTheHomeCity) as refused:
        require_home_city(enterprise_city_id=zhuhai.pk, programme_city_id=build.city().pk)
    assert refused.value.rule == "G3"


@pytest.mark.rule("E7")
def test_priority_comes_from_a_roster_of_the_city_and_year() -> None:
    on_roster, off_roster = build.enterprise(priority=True), build.enterprise()

    def priorities(city_id: int, year: int) -> dict[int, bool]:
        found = with_priority(Enterprise.objects.all(), city_id, year)
        return dict(found.values_list("pk", "is_priority"))

    assert priorities(build.city().pk, YEAR) == {on_roster.pk: True, off_roster.pk: False}
    assert not any(priorities(build.city().pk, YEAR + 1).values())
    assert not any(priorities(build.city("zhuhai").pk, YEAR).values())


def test_many_enterprises_cost_the_same_queries(django_assert_num_queries) -> None:
    for _ in range(5):
        build.enterprise(revenue=Decimal(100))
    city = build.city().pk
    with django_assert_num_queries(1):
        assert eligible_enterprises(city_id=city, year=YEAR, at=AT).count() == 5
    enterprise = Enterprise.objects.first()
    with django_assert_num_queries(1):
        eligibility(enterprise, city_id=city, year=YEAR, at=AT)


def test_look_ups() -> None:
    enterprise = build.enterprise()
    assert enterprise_of(enterprise.account) == enterprise
    assert enterprise_of(build.account(Role.ENTERPRISE)) is None
    assert qualification_of(enterprise, YEAR).profile.enterprise == enterprise
    assert qualification_of(enterprise, YEAR + 1) is None
