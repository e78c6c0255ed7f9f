"""Registering by the directory, materials, the check by the contractor of the level, renewal (P1, P2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from foundation.accounts.id_numbers import BadIdNumber
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove, OutOfReach, Refusal
from foundation.moments import ONE_MICROSECOND, end_of_day, moment, start_of_day
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from foundation.rosters.models import Level
from providers.models import Provider
from providers.operations import (
    amend_provider,
    approve_provider,
    attach_material,
    refuse_provider,
    register_provider,
    renew_provider,
    send_back_provider,
    submit_provider,
)
from providers.policies import (
    UnableToAttach,
    UnableToRegister,
    UnableToRenew,
    UnableToReview,
    UnableToSubmitProvider,
)
from providers.states import ProviderState
from tests import build, scans
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT, LATER = make.AT, make.LATER


def _register(listed, *, user=None, at=AT, **changes):
    user = user or build.account(Role.PROVIDER)
    values = {"name": listed.name, "credit_code": listed.credit_code, **make.details(), **changes}
    return register_provider(by=build.actor(user), at=at, **values)


# --- P1: the directory ------------------------------------------------------------------------


@pytest.mark.rule("P1")
def test_registration_takes_name_city_and_level_from_the_directory() -> None:
    listed = make.accreditation("广州（测试）服务平台有限公司")

    provider = _register(listed, name="广州(测试) 服务平台有限公司")

    assert provider.name == "广州（测试）服务平台有限公司"
    assert provider.city == listed.city
    assert provider.accreditation == listed
    assert provider.state == ProviderState.DRAFT


@pytest.mark.rule("P1")
def test_an_institution_the_directory_does_not_have_is_stopped_with_the_reason() -> None:
    listed = make.accreditation()

    with pytest.raises(UnableToRegister, match="名录中没有该机构") as caught:
        _register(listed, name="另一家机构")

    assert caught.value.rule == "P1"
    assert caught.value.field == "name"
    assert not Provider.objects.exists()


@pytest.mark.rule("P1")
def test_the_accreditation_must_be_valid_on_the_day_both_ends_included() -> None:
    listed = make.accreditation(valid_from=date(2020, 4, 1), valid_until=date(2020, 4, 30))

    with pytest.raises(UnableToRegister, match="起生效"):
        _register(listed, at=start_of_day(date(2020, 4, 1)) - ONE_MICROSECOND)
    with pytest.raises(UnableToRegister, match="到期"):
        _register(listed, at=end_of_day(date(2020, 4, 30)) + ONE_MICROSECOND)
    assert _register(listed, at=start_of_day(date(2020, 4, 1))).pk
    Provider.objects.all().delete()
    assert _register(listed, at=end_of_day(date(2020, 4, 30))).pk


@pytest.mark.rule("P1")
def test_the_credit_code_must_equal_the_directorys() -> None:
    with pytest.raises(UnableToRegister, match="与服务机构名录登记的不一致") as caught:
        _register(make.accreditation(), credit_code=build.credit_code())

    assert caught.value.field == "credit_code"


@pytest.mark.rule("E2")
def test_a_wrong_code_or_id_number_is_refused() -> None:
    listed = make.accreditation()
    wrong = listed.credit_code[:-1] + ("0" if listed.credit_code[-1] != "0" else "1")

    with pytest.raises(Refusal, match="校验码"):
        _register(listed, credit_code=wrong)
    with pytest.raises(BadIdNumber) as caught:
        _register(listed, contact_id="440101198001010000")
    assert caught.value.field == "contact_id"


@pytest.mark.rule("P1")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", " "),
        ("contact_mobile", "12345"),
        ("bank_account", "abc"),
        ("address", "很" * 201),
    ],
)
def test_wrong_data_are_named_at_their_field(field, value) -> None:
    with pytest.raises(UnableToRegister) as caught:
        _register(make.accreditation(), **{field: value})

    assert caught.value.field == field


@pytest.mark.rule("P1")
def test_one_account_per_institution_and_one_institution_per_account() -> None:
    listed, other = make.accreditation(), make.accreditation()
    user = build.account(Role.PROVIDER)
    _register(listed, user=user)

    with pytest.raises(UnableToRegister, match="其他账号"):
        _register(listed)
    with pytest.raises(UnableToRegister, match="一个账号只能"):
        _register(other, user=user)
    assert Provider.objects.count() == 1


@pytest.mark.rule("P1")
def test_a_twin_that_was_faster_is_met_by_the_constraint(monkeypatch) -> None:
    listed = make.accreditation()
    _register(listed)
    seen = []

    def looked_too_early(by, code):
        seen.append(code)
        if len(seen) > 1:
            raise UnableToRegister("该机构已由其他账号注册。")

    monkeypatch.setattr("providers.operations.registering._require_unregistered", looked_too_early)

    with pytest.raises(UnableToRegister, match="其他账号"):
        _register(listed)
    assert len(seen) == 2


def test_only_provider_accounts_register() -> None:
    for role in Role:
        if role != Role.PROVIDER:
            user = build.account(
                role, **({"district": build.district()} if role == Role.DISTRICT else {})
            )
            with pytest.raises(OutOfReach):
                _register(make.accreditation(), user=user)


@pytest.mark.rule("F5")
def test_personal_data_are_encrypted_and_never_in_the_audit_trail() -> None:
    data = make.details()
    listed = make.accreditation()
    provider = _register(listed, **data)
    amend_provider(
        by=make.owner(provider),
        at=LATER,
        provider=provider,
        name=listed.name,
        **{**data, "contact_mobile": "139 1234-9999"},
    )

    provider.refresh_from_db()
    assert provider.contact_id == data["contact_id"]
    assert provider.contact_id_key == lookup_key(data["contact_id"])
    assert provider.contact_mobile == "13912349999"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id, contact_mobile, legal_representative_id, bank_account FROM providers_provider"
        )
        stored = "".join(cursor.fetchone())
    trail = "".join(f"{e.reason}{e.details}" for e in AuditEntry.objects.all())
    for secret in (
        data["contact_id"],
        "13912349999",
        data["legal_representative_id"],
        data["bank_account"],
    ):
        assert secret not in stored
        assert secret not in trail
    assert AuditEntry.objects.get(action="amend_provider").details == {
        "changed": ["contact_mobile"]
    }


@pytest.mark.rule("P1")
def test_amending_cannot_move_to_another_institution() -> None:
    provider = make.registered()
    other = make.accreditation()

    with pytest.raises(UnableToRegister, match="不一致"):
        amend_provider(
            by=make.owner(provider), at=AT, provider=provider, name=other.name, **make.details()
        )


# --- P2: materials ----------------------------------------------------------------------------


@pytest.mark.rule("P2")
def test_submission_names_every_missing_material() -> None:
    provider = make.registered()

    with pytest.raises(UnableToSubmitProvider) as caught:
        submit_provider(by=make.owner(provider), at=AT, provider=provider)

    assert "营业执照副本" in caught.value.sentence
    assert "服务机构承诺书" in caught.value.sentence


@pytest.mark.rule("P2")
@pytest.mark.parametrize(
    ("committed_on", "fits"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2020, 4, 10), True),
        (date(2020, 4, 11), False),
        (None, False),
    ],
)
def test_the_commitment_is_of_the_current_year_and_not_of_the_future(committed_on, fits) -> None:
    provider = make.registered()
    attach = {
        "by": make.owner(provider),
        "at": AT,
        "provider": provider,
        "kind": "commitment",
        "file": scans.sent(),
        "committed_on": committed_on,
    }
    if fits:
        assert attach_material(**attach).committed_on == committed_on
    else:
        with pytest.raises(UnableToAttach) as caught:
            attach_material(**attach)
        assert caught.value.field == "committed_on"


@pytest.mark.rule("P2")
def test_a_commitment_attached_last_year_does_not_do_for_this_one() -> None:
    at = moment(date(2020, 12, 31), 23, 59)
    provider = make.with_materials(make.registered(at=at), at=at)

    with pytest.raises(UnableToSubmitProvider, match="2021 年内"):
        submit_provider(
            by=make.owner(provider), at=start_of_day(date(2021, 1, 1)), provider=provider
        )
    assert (
        submit_provider(
            by=make.owner(provider), at=end_of_day(date(2020, 12, 31)), provider=provider
        ).state
        == ProviderState.SUBMITTED
    )


@pytest.mark.rule("P1")
def test_submission_needs_the_accreditation_still() -> None:
    listed = make.accreditation(valid_until=date(2020, 4, 15))
    provider = make.with_materials(make.registered(listed))

    with pytest.raises(UnableToRegister, match="到期"):
        submit_provider(by=make.owner(provider), at=LATER, provider=provider)


@pytest.mark.rule("F1")
def test_materials_are_checked_by_content() -> None:
    provider = make.registered()
    file = scans.sent("执照.exe")

    with pytest.raises(UnableToKeepFile):
        attach_material(
            by=make.owner(provider), at=AT, provider=provider, kind="licence", file=file
        )


@pytest.mark.rule("P2")
def test_nothing_changes_while_it_is_checked_or_once_it_is_approved() -> None:
    for provider in (make.submitted(), make.approved()):
        by = make.owner(provider)
        with pytest.raises(UnableToAttach):
            attach_material(by=by, at=AT, provider=provider, kind="licence", file=scans.sent())
        with pytest.raises(UnableToAttach):
            amend_provider(by=by, at=AT, provider=provider, name=provider.name, **make.details())


@pytest.mark.rule("P2")
def test_the_state_is_read_again_after_the_file_was_looked_into(monkeypatch) -> None:
    provider = make.with_materials(make.registered())
    by, file = make.owner(provider), scans.sent()
    from providers.operations import registering

    look_into = registering.look_into

    def look_while_another_tab_submits(file):
        submit_provider(by=by, at=AT, provider=provider)
        return look_into(file)

    monkeypatch.setattr(registering, "look_into", look_while_another_tab_submits)
    stale = Provider.objects.get(pk=provider.pk)

    with pytest.raises(UnableToAttach):
        attach_material(by=by, at=AT, provider=stale, kind="licence", file=file)


# --- P2: the check ----------------------------------------------------------------------------


@pytest.mark.rule("P2")
@pytest.mark.parametrize("level", Level.values)
def test_the_contractor_of_the_level_is_told_and_nobody_else(level) -> None:
    city, province = build.account(Role.CONTRACTOR), make.province_contractor()
    elsewhere = build.account(Role.CONTRACTOR, of=build.city("zhuhai"))

    provider = make.submitted(make.accreditation(level=level))

    told = province if level in {Level.NATIONAL, Level.PROVINCIAL} else city
    messages = Message.objects.filter(event="provider_submitted")
    assert [message.recipient for message in messages] == [told]
    assert messages[0].params == {"provider": provider.name}
    assert elsewhere != told


@pytest.mark.rule("P2")
def test_every_round_is_kept_with_its_outcome() -> None:
    provider = make.submitted()
    reviewer = make.reviewer(provider)
    send_back_provider(
        by=reviewer,
        at=AT,
        provider=provider,
        item_reasons={"commitment": "公章不清晰", "bank": " "},
    )
    provider.refresh_from_db()
    first = provider.rounds.get()
    assert (first.number, first.outcome) == (1, ProviderState.RETURNED)
    assert first.item_reasons == {"commitment": "公章不清晰"}
    assert "contact_id" not in first.details

    make.with_materials(provider, at=LATER)
    submit_provider(by=make.owner(provider), at=LATER, provider=provider)
    approve_provider(by=reviewer, at=LATER, provider=provider)

    rounds = list(provider.rounds.all())
    assert [r.outcome for r in rounds] == [ProviderState.RETURNED, ProviderState.APPROVED]
    assert rounds[0].commitment_id != rounds[1].commitment_id
    assert rounds[1].decided_by == reviewer.user
    events = Message.objects.filter(recipient_id=provider.account_id).order_by("pk")
    assert [m.event for m in events] == ["provider_returned", "provider_approved"]


@pytest.mark.rule("P2")
def test_sending_back_and_refusing_need_reasons() -> None:
    provider = make.submitted()
    by = make.reviewer(provider)

    with pytest.raises(UnableToReview):
        send_back_provider(by=by, at=AT, provider=provider, item_reasons={"licence": " "})
    with pytest.raises(UnableToReview):
        send_back_provider(by=by, at=AT, provider=provider, item_reasons={"colour": "不清晰"})
    with pytest.raises(UnableToReview):
        refuse_provider(by=by, at=AT, provider=provider, reason="  ")
    provider.refresh_from_db()
    assert provider.state == ProviderState.SUBMITTED


@pytest.mark.rule("F5")
@pytest.mark.parametrize("reason", ["请核对13912345678", "证件440101198001011234不符", "x" * 501])
def test_reasons_hold_no_personal_data_and_are_not_endless(reason) -> None:
    provider = make.submitted()

    with pytest.raises(UnableToReview) as caught:
        refuse_provider(by=make.reviewer(provider), at=AT, provider=provider, reason=reason)
    assert caught.value.field == "reason"


@pytest.mark.rule("P1", "P2")
def test_approval_looks_again_at_accreditation_and_commitment() -> None:
    short = make.submitted(make.accreditation(valid_until=date(2020, 4, 15)))
    with pytest.raises(UnableToReview, match="有效期") as caught:
        approve_provider(by=make.reviewer(short), at=LATER, provider=short)
    assert caught.value.rule == "P1"

    provider = make.submitted()
    by = make.reviewer(provider)
    with pytest.raises(UnableToReview, match="2021"):
        approve_provider(by=by, at=start_of_day(date(2021, 1, 1)), provider=provider)
    assert approve_provider(by=by, at=end_of_day(date(2020, 12, 31)), provider=provider).state == (
        ProviderState.APPROVED
    )


@pytest.mark.rule("P2")
def test_a_submission_that_was_not_looked_at_is_not_decided() -> None:
    provider = make.submitted()
    by = make.reviewer(provider)

    with pytest.raises(UnableToReview, match="重新提交"):
        approve_provider(by=by, at=LATER, provider=provider, seen=AT - timedelta(hours=1))
    assert approve_provider(by=by, at=LATER, provider=provider, seen=AT)


# --- P2: renewal ------------------------------------------------------------------------------


@pytest.mark.rule("P2")
def test_a_new_year_asks_for_a_new_commitment() -> None:
    provider = make.approved()
    by = make.owner(provider)

    with pytest.raises(UnableToRenew):
        renew_provider(by=by, at=end_of_day(date(2020, 12, 31)), provider=provider)
    new_year = start_of_day(date(2021, 1, 1))
    provider = renew_provider(by=by, at=new_year, provider=provider)

    assert provider.state == ProviderState.DRAFT
    assert provider.licence_id is not None
    assert provider.commitment_id is None and provider.committed_on is None
    provider = make.with_materials(provider, at=new_year, committed_on=date(2021, 1, 1))
    submit_provider(by=by, at=new_year, provider=provider)
    assert approve_provider(by=make.reviewer(provider), at=new_year, provider=provider)
    assert [r.number for r in provider.rounds.all()] == [1, 2]


@pytest.mark.rule("P1")
def test_renewal_takes_the_accreditation_valid_now() -> None:
    old = make.accreditation(valid_until=date(2020, 4, 15))
    provider = make.approved(old)
    by = make.owner(provider)
    with pytest.raises(UnableToRegister, match="到期"):
        renew_provider(by=by, at=LATER, provider=provider)

    new = make.accreditation(
        old.name, credit_code=old.credit_code, level=Level.PROVINCIAL, recognised_year=2020
    )
    provider = renew_provider(by=by, at=LATER, provider=provider)

    assert provider.accreditation == new
    # The year has not changed, so its commitment still stands.
    assert provider.commitment_id is not None


@pytest.mark.rule("P2")
def test_a_refused_institution_may_start_anew() -> None:
    provider = make.submitted()
    refuse_provider(by=make.reviewer(provider), at=AT, provider=provider, reason="资料不实")
    provider.refresh_from_db()

    provider = renew_provider(by=make.owner(provider), at=LATER, provider=provider)

    assert provider.state == ProviderState.DRAFT
    assert provider.rounds.get().reason == "资料不实"


@pytest.mark.rule("P4")
def test_products_beyond_a_new_accreditation_go_off_sale_first() -> None:
    old = make.accreditation(valid_until=date(2020, 4, 15))
    provider = make.approved(old)
    make.published(provider)
    make.accreditation(
        old.name, credit_code=old.credit_code, service_types=["财税"], recognised_year=2020
    )
    by = make.owner(provider)
    renew_provider(by=by, at=LATER, provider=provider)

    with pytest.raises(UnableToSubmitProvider, match="企业管理诊断报告") as caught:
        submit_provider(by=by, at=LATER, provider=provider)
    assert caught.value.rule == "P4"


def test_a_second_click_is_an_illegal_move() -> None:
    provider = make.approved()

    with pytest.raises(IllegalMove):
        approve_provider(by=make.reviewer(provider), at=LATER, provider=provider)
