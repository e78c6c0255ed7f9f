"""Changing name, user and contact of a checked provider (P2)."""

from __future__ import annotations

import pytest

from foundation.accounts.id_numbers import BadIdNumber
from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.moments import start_of_day
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from foundation.rosters.models import Level
from providers.models import ChangeRequest, Provider
from providers.operations import apply_change, refuse_change, request_change
from providers.policies import UnableToChange, UnableToRegister, UnableToSubmitProvider
from providers.states import ChangeState
from tests import build, scans
from tests.providers import build as make

pytestmark = [pytest.mark.django_db, pytest.mark.rule("P2")]

AT, LATER = make.AT, make.LATER


def _ask(provider: Provider, *, at=AT, materials: int = 1, **changes: str) -> ChangeRequest:
    return request_change(
        by=make.owner(provider),
        at=at,
        provider=provider,
        materials=[scans.sent() for _ in range(materials)],
        **changes,
    )


def _apply(request: ChangeRequest, *, at=LATER) -> Provider:
    provider = request.provider
    apply_change(by=make.reviewer(provider), at=at, change_request=request)
    return Provider.objects.select_related("account", "accreditation").get(pk=provider.pk)


def test_nothing_changes_before_the_reviewer_says_so() -> None:
    provider = make.approved()
    contact_id = build.id_number()
    request = _ask(
        provider,
        address="新址 9 号",
        contact="周八",
        contact_id=contact_id,
        contact_mobile="138 0000 1111",
        username="新的用户名",
    )
    before = Provider.objects.get(pk=provider.pk)
    assert (before.address, before.contact) == ("服务路 2 号", "孙七")
    assert request.changes == {"address": "新址 9 号", "contact": "周八", "username": "新的用户名"}
    assert request.materials.count() == 1

    after = _apply(request)

    assert (after.address, after.contact) == ("新址 9 号", "周八")
    assert (after.contact_id, after.contact_mobile) == (contact_id, "13800001111")
    assert after.contact_id_key == lookup_key(contact_id)
    assert after.account.username == "新的用户名"
    assert after.name == provider.name
    request.refresh_from_db()
    assert request.state == ChangeState.APPLIED
    assert request.decided_at == LATER
    assert Message.objects.filter(event="change_applied", recipient=after.account).count() == 1


def test_a_request_is_proved_by_materials_and_changes_something() -> None:
    provider = make.approved()

    with pytest.raises(UnableToChange, match="至少上传一份"):
        _ask(provider, address="新址", materials=0)
    with pytest.raises(UnableToChange, match="没有任何变更"):
        _ask(provider, address=provider.address, name=provider.name, contact=" ")


def test_one_request_at_a_time() -> None:
    provider = make.approved()
    request = _ask(provider, address="新址")

    with pytest.raises(UnableToChange, match="正在审核"):
        _ask(provider, contact_mobile="13800001111")
    refuse_change(by=make.reviewer(provider), at=LATER, change_request=request, reason="材料不清晰")
    assert _ask(provider, contact_mobile="13800001111").pk


def test_a_request_that_slipped_between_look_and_insert_meets_the_constraint(monkeypatch) -> None:
    provider = make.approved()
    _ask(provider, address="新址")
    monkeypatch.setattr(
        "providers.operations.changing._sound", lambda values, provider, at: ({"address": "x"}, {})
    )

    with pytest.raises(UnableToChange, match="正在审核"):
        _ask(provider, address="x")
    assert provider.change_requests.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"contact": "周八", "contact_mobile": "13800001111"}, "contact_id", UnableToChange),
        ({"contact": "周八", "contact_id": "{id}"}, "contact_mobile", UnableToChange),
        ({"contact_id": "123"}, "contact_id", BadIdNumber),
        ({"contact_mobile": "123"}, "contact_mobile", UnableToRegister),
        ({"username": "a b"}, "username", UnableToChange),
        ({"username": "ab"}, "username", UnableToChange),
        ({"address": "长" * 201}, "address", UnableToChange),
    ],
)
def test_what_is_wrong_is_named_at_its_field(changes, field, error) -> None:
    provider = make.approved()
    changes = {key: value.replace("{id}", build.id_number()) for key, value in changes.items()}

    with pytest.raises(error) as caught:
        _ask(provider, **changes)
    assert caught.value.field == field


@pytest.mark.rule("P1")
def test_a_new_name_must_be_in_the_directory_under_the_same_code() -> None:
    provider = make.approved()
    with pytest.raises(UnableToChange, match="名录中没有该机构") as caught:
        _ask(provider, name="改名后的机构")
    assert (caught.value.rule, caught.value.field) == ("P1", "name")

    other = make.accreditation("别家机构")
    with pytest.raises(UnableToRegister, match="不一致"):
        _ask(provider, name=other.name)

    listed = make.accreditation(
        "改名后的机构（广州）",
        credit_code=provider.credit_code,
        recognised_year=2020,
        level=Level.PROVINCIAL,
    )
    request = _ask(provider, name="改名后的机构(广州)")
    after = _apply(request)

    assert after.name == "改名后的机构（广州）"
    assert after.accreditation == listed


@pytest.mark.rule("P1")
def test_the_directory_is_looked_up_again_when_the_change_is_applied() -> None:
    provider = make.approved()
    listed = make.accreditation("改名机构", credit_code=provider.credit_code, recognised_year=2020)
    request = _ask(provider, name="改名机构")
    listed.valid_until = AT.date()
    listed.save(update_fields=["valid_until"])

    with pytest.raises(UnableToChange, match="到期"):
        _apply(request, at=LATER)
    assert Provider.objects.get(pk=provider.pk).name == provider.name
    assert ChangeRequest.objects.get(pk=request.pk).state == ChangeState.SUBMITTED


@pytest.mark.rule("P4")
def test_a_new_accreditation_must_cover_what_is_on_sale() -> None:
    provider = make.approved()
    make.published(provider)
    make.accreditation(
        "改名机构", credit_code=provider.credit_code, recognised_year=2020, service_types=["财税"]
    )
    request = _ask(provider, name="改名机构")

    with pytest.raises(UnableToSubmitProvider) as caught:
        _apply(request)
    assert caught.value.rule == "P4"


def test_a_user_name_that_is_taken_is_refused_then_and_later() -> None:
    provider = make.approved()
    build.account(Role.ENTERPRISE, username="TakenName")
    with pytest.raises(UnableToChange) as caught:
        _ask(provider, username="takenname")
    assert caught.value.field == "username"

    request = _ask(provider, username="freename")
    build.account(Role.ENTERPRISE, username="FreeName")
    with pytest.raises(UnableToChange):
        _apply(request)
    assert User.objects.get(pk=provider.account_id).username != "freename"


def test_a_user_name_taken_in_the_same_moment_meets_the_constraint(monkeypatch) -> None:
    provider = make.approved()
    request = _ask(provider, username="freename")
    build.account(Role.ENTERPRISE, username="FreeName")
    monkeypatch.setattr("providers.operations.changing._username_taken", lambda *_: False)

    with pytest.raises(UnableToChange, match="刚刚被其他账号使用"):
        _apply(request)


@pytest.mark.rule("F5")
def test_the_trail_names_fields_but_no_personal_data() -> None:
    provider = make.approved()
    contact_id = build.id_number()
    request = _ask(provider, contact="周八", contact_id=contact_id, contact_mobile="13800001111")
    _apply(request)

    trail = "".join(f"{e.reason}{e.details}" for e in AuditEntry.objects.all())
    assert contact_id not in trail and "13800001111" not in trail
    asked = AuditEntry.objects.get(action="request_change")
    assert asked.details["fields"] == ["contact", "contact_id", "contact_mobile"]


def test_a_refusal_keeps_its_reason() -> None:
    provider = make.approved()
    request = _ask(provider, address="新址")

    refuse_change(
        by=make.reviewer(provider), at=LATER, change_request=request, reason="授权书缺签字"
    )

    request.refresh_from_db()
    assert (request.state, request.reason) == (ChangeState.REFUSED, "授权书缺签字")
    assert Provider.objects.get(pk=provider.pk).address != "新址"


def test_after_a_new_year_the_change_can_still_be_applied() -> None:
    provider = make.approved()
    request = _ask(provider, address="新址")
    assert (
        _apply(request, at=start_of_day(AT.date().replace(year=2021, month=1, day=1))).address
        == "新址"
    )
