"""What each account reaches: records and files, and nothing beyond (rulebook section 1, F4)."""

from __future__ import annotations

import pytest

from foundation.accounts.models import Role, User
from foundation.documents.queries import documents_visible_to
from foundation.errors import OutOfReach
from foundation.rosters.models import Level
from providers.operations import request_change
from providers.queries import (
    change_requests_visible_to,
    get_change_request_for,
    get_evidence_for,
    get_product_for,
    get_provider_for,
    get_version_for,
    products_visible_to,
    providers_visible_to,
    versions_visible_to,
)
from tests import build, scans
from tests.providers import build as make

pytestmark = [pytest.mark.django_db, pytest.mark.rule("F4", "P2")]

AT = make.AT


def _world() -> dict[str, dict]:
    """A full provider of each kind: municipal here, municipal elsewhere, provincial."""
    kinds = {
        "here": make.accreditation(level=Level.MUNICIPAL),
        "station": make.accreditation(level=Level.STATION),
        "elsewhere": make.accreditation(level=Level.MUNICIPAL, slug="zhuhai"),
        "provincial": make.accreditation(level=Level.PROVINCIAL),
        "national": make.accreditation(level=Level.NATIONAL, slug="zhuhai"),
    }
    world = {}
    for name, listed in kinds.items():
        provider = make.approved(listed)
        version = make.in_review(provider, cities=[listed.city])
        change = request_change(
            by=make.owner(provider),
            at=AT,
            provider=provider,
            materials=[scans.sent()],
            address="新址",
        )
        world[name] = {
            "provider": provider,
            "product": version.product,
            "version": version,
            "change": change,
            "evidence": version.evidence.first(),
            "files": {
                provider.licence_id,
                provider.commitment_id,
                *change.materials.values_list("pk", flat=True),
                *version.evidence.values_list("document_id", flat=True),
            },
        }
    return world


ALL = {"here", "station", "elsewhere", "provincial", "national"}
REACH = {
    "contractor": {"here", "station"},
    "contractor of zhuhai": {"elsewhere"},
    "province contractor": {"provincial", "national"},
    "bureau": {"here", "station", "provincial", "national"},
    "bureau of zhuhai": {"elsewhere", "provincial", "national"},
    "province": ALL,
    "expert": set(),
    "district": set(),
    "enterprise": set(),
    "another provider": set(),
    "superuser without a role": set(),
}


def _reader(name: str) -> User:
    zhuhai = build.city("zhuhai")
    match name:
        case "contractor of zhuhai":
            return build.account(Role.CONTRACTOR, of=zhuhai)
        case "province contractor":
            return make.province_contractor()
        case "bureau of zhuhai":
            return build.account(Role.BUREAU, of=zhuhai)
        case "district":
            return build.account(Role.DISTRICT, district=build.district())
        case "another provider":
            return make.registered().account
        case "superuser without a role":
            return build.account("", is_superuser=True)
    return build.account(name)


@pytest.mark.parametrize("name", REACH)
def test_staff_reach_what_they_check_or_oversee(name: str) -> None:
    world = _world()
    user = _reader(name)
    by = build.actor(user)
    own = {user.provider.pk} if hasattr(user, "provider") else set()

    def expected(key: str) -> set[int]:
        return {world[kind][key].pk for kind in REACH[name]}

    def found(queryset) -> set[int]:
        return set(queryset.values_list("pk", flat=True))

    assert found(providers_visible_to(user)) - own == expected("provider")
    assert found(change_requests_visible_to(user)) == expected("change")
    assert found(products_visible_to(user)) == expected("product")
    assert found(versions_visible_to(user)) == expected("version")
    files = set().union(*(world[kind]["files"] for kind in REACH[name]))
    assert found(documents_visible_to(user)) == files
    for kind in ALL:
        for get, key in (
            (get_provider_for, "provider"),
            (get_change_request_for, "change"),
            (get_product_for, "product"),
            (get_version_for, "version"),
            (get_evidence_for, "evidence"),
        ):
            if kind in REACH[name]:
                assert get(by, world[kind][key].pk).pk == world[kind][key].pk
            else:
                with pytest.raises(OutOfReach):
                    get(by, world[kind][key].pk)


def test_owners_reach_their_own_and_no_others() -> None:
    world = _world()
    mine = world["here"]
    user = mine["provider"].account

    assert set(providers_visible_to(user)) == {mine["provider"]}
    assert set(products_visible_to(user)) == {mine["product"]}
    assert set(versions_visible_to(user)) == {mine["version"]}
    assert set(change_requests_visible_to(user)) == {mine["change"]}
    assert set(documents_visible_to(user).values_list("pk", flat=True)) == mine["files"]


def test_staff_see_nothing_that_was_never_handed_in() -> None:
    provider = make.with_materials(make.registered())
    version = make.complete_draft(make.approved())
    for user in (build.account(Role.CONTRACTOR), build.account(Role.BUREAU)):
        assert provider not in providers_visible_to(user)
        assert version not in versions_visible_to(user)
        assert version.product not in products_visible_to(user)
        files = set(documents_visible_to(user).values_list("pk", flat=True))
        assert provider.licence_id not in files
        assert not files & set(version.evidence.values_list("document_id", flat=True))
    assert version in versions_visible_to(version.product.provider.account)
