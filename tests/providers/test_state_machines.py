"""Every move of the three machines, from every state, by every kind of actor: nothing else is possible (P2, P6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.moments import moment
from foundation.rosters.models import Level
from providers.models import ChangeRequest, ProductVersion, Provider
from providers.operations import (
    apply_change,
    approve_provider,
    publish_version,
    refuse_change,
    refuse_provider,
    renew_provider,
    request_change,
    send_back_provider,
    send_back_version,
    submit_provider,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.states import (
    CHANGE_REQUEST,
    PRODUCT_VERSION,
    PROVIDER,
    ChangeState,
    ProductState,
    ProviderState,
)
from tests import build, scans
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT = make.AT
NEXT_YEAR = moment(date(2021, 1, 5), 10)
OWNER, REVIEWER = "owner", "reviewer"


def _actors(provider: Provider) -> dict[str, Actor]:
    """Everybody there is, by name; the two that may do something first."""
    here = provider.city
    province_wide = provider.accreditation.is_province_wide
    city_contractor = build.actor(build.account(Role.CONTRACTOR, of=here))
    province_contractor = build.actor(make.province_contractor())
    return {
        OWNER: make.owner(provider),
        REVIEWER: province_contractor if province_wide else city_contractor,
        "contractor of the other level": city_contractor if province_wide else province_contractor,
        "contractor of another city": build.actor(
            build.account(Role.CONTRACTOR, of=build.city("zhuhai"))
        ),
        "another provider": make.owner(make.registered()),
        "bureau": build.actor(build.account(Role.BUREAU, of=here)),
        "superuser without a role": build.actor(build.account("", is_superuser=True)),
        "expert": build.actor(build.account(Role.EXPERT, of=here)),
        "district": build.actor(build.account(Role.DISTRICT, of=here, district=build.district())),
        "province": build.actor(build.account(Role.PROVINCE)),
        "enterprise": build.actor(build.account(Role.ENTERPRISE)),
        "public": Actor(),
        "job": job("sweeper"),
    }


def _try_all(
    *,
    record: Any,
    provider: Provider,
    machine: Any,
    acts: dict[str, tuple[str, Callable[[Actor], Any]]],
    dress: Callable[[str], Any],
) -> None:
    """Do every act from every state as everybody, and compare with the table of legal moves.

    ``acts``: verb to (who may, the call). ``dress(state)`` puts the record into a state.
    """
    actors = _actors(provider)
    for state in machine.states.values:
        for verb, (who, act) in acts.items():
            for name, actor in actors.items():
                case = f"{verb} from {state} by {name}"
                dress(state)
                before = AuditEntry.objects.count()
                if name != who:
                    with pytest.raises(OutOfReach):
                        act(actor)
                        pytest.fail(case)
                elif not machine.allows(state, verb):
                    with pytest.raises(Refusal):
                        act(actor)
                        pytest.fail(case)
                else:
                    act(actor)
                record.refresh_from_db()
                moved = name == who and machine.allows(state, verb)
                assert record.state == (machine.target(state, verb) if moved else state), case
                assert (AuditEntry.objects.count() > before) == moved, case


@pytest.mark.rule("P2")
@pytest.mark.parametrize("level", [Level.MUNICIPAL, Level.PROVINCIAL])
def test_registrations(level: str) -> None:
    provider = make.submitted(make.accreditation(level=level))
    kept = {
        "licence_id": provider.licence_id,
        "commitment_id": provider.commitment_id,
        "committed_on": provider.committed_on,
        "decided_by": build.account(Role.CONTRACTOR),
    }

    def dress(state: str) -> None:
        Provider.objects.filter(pk=provider.pk).update(state=state, **kept)

    def given() -> Provider:
        return Provider.objects.get(pk=provider.pk)

    assert set(PROVIDER.moves) == {"submit", "approve", "send_back", "refuse", "renew"}
    _try_all(
        record=provider,
        provider=provider,
        machine=PROVIDER,
        dress=dress,
        acts={
            "submit": (OWNER, lambda by: submit_provider(by=by, at=AT, provider=given())),
            "approve": (REVIEWER, lambda by: approve_provider(by=by, at=AT, provider=given())),
            "send_back": (
                REVIEWER,
                lambda by: send_back_provider(
                    by=by, at=AT, provider=given(), item_reasons={"licence": "不清晰"}
                ),
            ),
            "refuse": (
                REVIEWER,
                lambda by: refuse_provider(by=by, at=AT, provider=given(), reason="不实"),
            ),
            "renew": (OWNER, lambda by: renew_provider(by=by, at=NEXT_YEAR, provider=given())),
        },
    )


@pytest.mark.rule("P2")
@pytest.mark.parametrize("level", [Level.STATION, Level.NATIONAL])
def test_change_requests(level: str) -> None:
    provider = make.approved(make.accreditation(level=level))
    request = request_change(
        by=make.owner(provider),
        at=AT,
        provider=provider,
        materials=[scans.sent()],
        address="新地址",
    )
    someone = build.account(Role.CONTRACTOR)

    def dress(state: str) -> None:
        open_ = state == ChangeState.SUBMITTED
        ChangeRequest.objects.filter(pk=request.pk).update(
            state=state, decided_at=None if open_ else AT, decided_by=None if open_ else someone
        )

    def given() -> ChangeRequest:
        return ChangeRequest.objects.select_related("provider").get(pk=request.pk)

    assert set(CHANGE_REQUEST.moves) == {"apply", "refuse"}
    _try_all(
        record=request,
        provider=provider,
        machine=CHANGE_REQUEST,
        dress=dress,
        acts={
            "apply": (REVIEWER, lambda by: apply_change(by=by, at=AT, change_request=given())),
            "refuse": (
                REVIEWER,
                lambda by: refuse_change(by=by, at=AT, change_request=given(), reason="材料不全"),
            ),
        },
    )


@pytest.mark.rule("P6")
@pytest.mark.parametrize("level", [Level.MUNICIPAL, Level.PROVINCIAL])
def test_product_versions(level: str) -> None:
    provider = make.approved(make.accreditation(level=level))
    version = make.in_review(provider)

    def given() -> Any:
        version.refresh_from_db()
        return version

    def withdraw(by: Actor) -> None:
        if given().state == ProductState.PUBLISHED:
            withdraw_product(by=by, at=AT, product=version.product)
        else:
            withdraw_version(by=by, at=AT, version=version)

    assert set(PRODUCT_VERSION.moves) == {"submit", "publish", "send_back", "supersede", "withdraw"}
    _try_all(
        record=version,
        provider=provider,
        machine=PRODUCT_VERSION,
        dress=lambda state: ProductVersion.objects.filter(pk=version.pk).update(state=state),
        acts={
            "submit": (OWNER, lambda by: submit_version(by=by, at=AT, version=given())),
            "publish": (REVIEWER, lambda by: publish_version(by=by, at=AT, version=given())),
            "send_back": (
                REVIEWER,
                lambda by: send_back_version(
                    by=by, at=AT, version=given(), item_reasons={"price": "偏高"}
                ),
            ),
            "withdraw": (OWNER, withdraw),
        },
    )


@pytest.mark.rule("P6")
def test_only_a_newer_publication_supersedes() -> None:
    """The one move without an operation of its own."""
    provider = make.approved()
    first = make.published(provider)
    second = make.draft(provider, product=first.product, name="第二版")
    submit_version(by=make.owner(provider), at=AT, version=second)

    publish_version(by=make.reviewer(provider), at=AT, version=second)

    first.refresh_from_db()
    assert first.state == ProductState.SUPERSEDED
    assert PRODUCT_VERSION.moves["supersede"][0] == (ProductState.PUBLISHED,)


@pytest.mark.rule("P2")
def test_only_the_owner_asks_for_changes_and_only_once_approved() -> None:
    provider = make.approved()

    def ask(by: Actor) -> ChangeRequest:
        return request_change(
            by=by,
            at=AT,
            provider=Provider.objects.get(pk=provider.pk),
            materials=[scans.sent()],
            address="新地址",
        )

    for name, actor in _actors(provider).items():
        if name != OWNER:
            with pytest.raises(OutOfReach):
                ask(actor)
    for state in set(ProviderState.values) - {ProviderState.APPROVED}:
        Provider.objects.filter(pk=provider.pk).update(state=state)
        with pytest.raises(Refusal, match="资料核对通过后"):
            ask(make.owner(provider))
    Provider.objects.filter(pk=provider.pk).update(state=ProviderState.APPROVED)
    assert ask(make.owner(provider)).state == ChangeState.SUBMITTED
