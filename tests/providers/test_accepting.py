"""Where and when a provider may accept, and the public catalogue (P1–P4, P6, S1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from foundation.accounts.models import Role
from foundation.errors import OutOfReach
from foundation.moments import ONE_MICROSECOND, end_of_day, start_of_day
from foundation.rosters.models import Level
from providers.models import Provider
from providers.operations import publish_version, submit_version
from providers.policies import ProviderNotActive, require_provider_active
from providers.queries import (
    can_accept,
    catalogue,
    get_product_on_sale,
    get_provider_on_show,
    get_version_on_sale,
    provider_of,
    serves_city,
    sold_in,
    versions_on_sale,
)
from providers.states import ProviderState
from tests import build
from tests.providers import build as make

pytestmark = pytest.mark.django_db

LATER = make.LATER


def _reasons(provider: Provider, slug: str = "guangzhou", at=LATER) -> list[str]:
    fresh = provider_of(provider.account)
    return can_accept(fresh, build.city(slug).pk, at)


def test_an_account_has_one_provider_or_none() -> None:
    provider = make.registered()
    assert provider_of(provider.account) == provider
    assert provider_of(build.account(Role.PROVIDER)) is None


@pytest.mark.rule("P3")
@pytest.mark.parametrize(
    ("level", "elsewhere"),
    [
        (Level.NATIONAL, True),
        (Level.PROVINCIAL, True),
        (Level.MUNICIPAL, False),
        (Level.STATION, False),
    ],
)
def test_scope_by_level(level, elsewhere) -> None:
    provider = make.approved(make.accreditation(level=level))

    assert serves_city(provider, build.city().pk)
    assert serves_city(provider, build.city("zhuhai").pk) == elsewhere
    assert _reasons(provider) == []
    assert (_reasons(provider, "zhuhai") == []) == elsewhere


@pytest.mark.rule("P2")
def test_only_approved_providers_accept() -> None:
    provider = make.approved()
    for state in ProviderState.values:
        Provider.objects.filter(pk=provider.pk).update(state=state)
        assert (_reasons(provider) == []) == (state == ProviderState.APPROVED)


@pytest.mark.rule("P2")
def test_the_commitment_is_of_the_year_of_the_act() -> None:
    provider = make.approved()
    last = end_of_day(date(2020, 12, 31))
    assert _reasons(provider, at=last) == []
    assert "2021 年度" in _reasons(provider, at=last + ONE_MICROSECOND)[0]


@pytest.mark.rule("P1")
def test_the_accreditation_is_valid_on_the_day_to_its_last_moment() -> None:
    """A provincial platform recognised in 2017 whose line ends with 2020."""
    listed = make.accreditation(
        level=Level.PROVINCIAL, recognised_year=2017, valid_until=date(2020, 12, 30)
    )
    provider = make.approved(listed)
    last = end_of_day(date(2020, 12, 30))
    assert _reasons(provider, at=last) == []
    assert "有效期" in _reasons(provider, at=last + ONE_MICROSECOND)[0]


@pytest.mark.rule("S1")
def test_a_sanction_stops_acceptance_in_its_city_at_once() -> None:
    provider = make.approved(make.accreditation(level=Level.NATIONAL))
    make.sanction(provider, from_at=LATER, until=date(2020, 6, 30))

    assert _reasons(provider, at=LATER - ONE_MICROSECOND) == []
    assert "违规处理" in _reasons(provider, at=LATER)[0]
    assert _reasons(provider, "zhuhai", at=LATER) == []
    assert _reasons(provider, at=start_of_day(date(2020, 7, 1))) == []


@pytest.mark.rule("P2")
def test_every_reason_is_named_and_becomes_one_refusal() -> None:
    provider = make.submitted()
    reasons = _reasons(provider, "zhuhai", at=start_of_day(date(2022, 1, 1)))

    assert len(reasons) == 4
    with pytest.raises(ProviderNotActive) as caught:
        require_provider_active(reasons)
    assert all(reason in caught.value.sentence for reason in reasons)
    require_provider_active([])


# --- the catalogue ----------------------------------------------------------------------------


@pytest.mark.rule("P6")
def test_only_what_is_on_sale_is_found() -> None:
    provider = make.approved()
    version = make.published(provider)
    other = make.draft(provider)

    assert get_version_on_sale(version.pk) == version
    assert get_product_on_sale(version.product_id) == version
    with pytest.raises(OutOfReach):
        get_version_on_sale(other.pk)
    with pytest.raises(OutOfReach):
        get_product_on_sale(other.product_id)
    with pytest.raises(OutOfReach):
        get_provider_on_show(make.submitted().pk)
    Provider.objects.filter(pk=provider.pk).update(state=ProviderState.DRAFT)
    with pytest.raises(OutOfReach):
        get_version_on_sale(version.pk)


@pytest.mark.rule("P3")
def test_the_catalogue_of_a_city_has_what_is_served_there() -> None:
    local = make.published(make.approved())
    wide = make.published(
        make.approved(make.accreditation(level=Level.PROVINCIAL)),
        cities=[build.city(), build.city("zhuhai")],
    )
    narrow = make.published(make.approved(make.accreditation(level=Level.NATIONAL)))

    def found(slug: str) -> set:
        return set(catalogue(city_id=build.city(slug).pk))

    assert found("guangzhou") == {local, wide, narrow}
    assert found("zhuhai") == {wide}
    assert found("shaoguan") == set()
    assert set(catalogue()) == {local, wide, narrow}
    assert sold_in(wide, build.city("zhuhai").pk)
    assert not sold_in(narrow, build.city("zhuhai").pk)
    # A platform that was stepped down serves its own city only, whatever its products once said.
    listed = wide.product.provider.accreditation
    listed.level = Level.MUNICIPAL
    listed.save(update_fields=["level"])
    assert found("zhuhai") == set()
    assert not sold_in(get_version_on_sale(wide.pk), build.city("zhuhai").pk)


def test_the_catalogues_filters() -> None:
    one = make.approved()
    report = make.published(one, name="管理诊断报告", price_min=Decimal(20000))
    course = make.complete_draft(
        make.approved(),
        name="车间安全课程",
        overview="面授两天。",
        service_type="技术培训",
        delivery_kind="training",
        price_min=Decimal(5000),
    )
    make.attach(course, "training_set")
    other = course.product.provider
    submit_version(by=make.owner(other), at=LATER, version=course)
    publish_version(by=make.reviewer(other), at=LATER, version=course)

    assert list(catalogue()) == [course, report]
    assert list(catalogue(category="training")) == [course]
    assert list(catalogue(service_type="管理")) == [report]
    assert list(catalogue(provider_id=one.pk)) == [report]
    assert list(catalogue(text="诊断")) == [report]
    assert list(catalogue(text="诊断 课程")) == []
    assert list(catalogue(text=other.name)) == [course]
    assert list(catalogue(price_to=Decimal("4999.99"))) == []
    assert list(catalogue(price_to=Decimal(5000))) == [course]
    assert list(catalogue(price_from=Decimal(20000))) == [report]
    assert list(catalogue(price_from=Decimal("20000.01"))) == []


def test_the_catalogue_does_not_ask_again_for_each_product(django_assert_num_queries) -> None:
    provider = make.approved()
    for _ in range(3):
        make.published(provider)
    with django_assert_num_queries(1):
        for version in versions_on_sale():
            assert version.product.provider.accreditation.level
            assert version.product.provider.city.name
