"""E6 and F5: the contractor's check, round by round, and a look at personal data."""

from __future__ import annotations

import pytest

from enterprises.operations import (
    PersonalData,
    pass_qualification,
    refuse_qualification,
    reveal_personal_data,
    send_back_qualification,
    submit_qualification,
)
from enterprises.policies import REASON_MAX, UnableToReveal, UnableToReview
from enterprises.states import QualificationState
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.notices.events import EVENTS
from foundation.notices.models import Message
from tests import build
from tests.enterprises.build import AT, LATER, contractor, data, filled, owner, submitted

pytestmark = pytest.mark.django_db


def send_back(file, *, by=None, at=LATER, reasons=None, **kwargs):
    return send_back_qualification(
        by=by or contractor(),
        at=at,
        qualification=file,
        item_reasons={"licence": "扫描件不清晰"} if reasons is None else reasons,
        **kwargs,
    )


@pytest.mark.rule("E6")
def test_passing_records_who_and_when_and_tells_the_enterprise() -> None:
    file, by = submitted(), contractor()
    done = pass_qualification(by=by, at=LATER, qualification=file, round_number=1)
    assert (done.state, done.decided_at, done.decided_by) == ("passed", LATER, by.user)
    one = done.rounds.get()
    assert (one.outcome, one.decided_at, one.decided_by) == ("passed", LATER, by.user)
    message = Message.objects.get(event="qualification_passed")
    assert message.recipient == file.enterprise.account
    assert (message.event, message.params) == ("qualification_passed", {"year": "2020"})
    entry = AuditEntry.objects.get(action="pass_qualification")
    assert (entry.from_state, entry.to_state, entry.actor) == ("submitted", "passed", by.user)


@pytest.mark.rule("E6")
def test_sending_back_gives_reasons_per_item() -> None:
    file = send_back(
        submitted(), reasons={"licence": " 扫描件不清晰 ", "figures": "与报表不符", "name": "  "}
    )
    assert file.state == QualificationState.RETURNED
    assert file.rounds.get().item_reasons == {"licence": "扫描件不清晰", "figures": "与报表不符"}
    message = Message.objects.get(event="qualification_returned")
    told = EVENTS[message.event].text.format(**message.params)
    assert "营业执照副本" in told and "从业人员" in told
    assert "扫描件不清晰" not in told  # the reasons are read where one has to sign in


@pytest.mark.rule("E6")
@pytest.mark.parametrize(
    "reasons",
    [{}, {"licence": "  "}, {"salary": "不符"}, {"licence": "长" * (REASON_MAX + 1)}],
    ids=["none", "blank", "unknown", "long"],
)
def test_a_send_back_without_sound_reasons_is_refused(reasons) -> None:
    file = submitted()
    with pytest.raises(UnableToReview):
        send_back(file, reasons=reasons)
    file.refresh_from_db()
    assert file.state == QualificationState.SUBMITTED


@pytest.mark.rule("E6")
def test_a_refusal_needs_a_reason() -> None:
    file = submitted()
    with pytest.raises(UnableToReview) as refused:
        refuse_qualification(by=contractor(), at=LATER, qualification=file, reason=" ")
    assert (refused.value.rule, refused.value.field) == ("E6", "reason")
    done = refuse_qualification(
        by=contractor(), at=LATER, qualification=file, reason="不属于本市企业"
    )
    assert (done.state, done.rounds.get().reason) == ("refused", "不属于本市企业")
    assert AuditEntry.objects.get(action="refuse_qualification").reason == "不属于本市企业"
    assert Message.objects.filter(event="qualification_refused").count() == 1


@pytest.mark.rule("F5")
def test_reasons_hold_no_personal_data() -> None:
    file, number = submitted(), data()["handler_id"]
    for text in (f"号码{number}有误", f"{number.lower()}", "请改为13812345678。"):
        with pytest.raises(UnableToReview, match="身份证号码或手机号码"):
            refuse_qualification(by=contractor(), at=LATER, qualification=file, reason=text)
        with pytest.raises(UnableToReview) as refused:
            send_back(file, reasons={"handler": text})
        assert (refused.value.rule, refused.value.field) == ("F5", "handler")
    # A credit code of digits only and a landline are neither.
    assert send_back(file, reasons={"name": "914401010000000011，请致电 020-83123456"}).pk


@pytest.mark.rule("E6")
def test_a_stale_page_decides_nothing_about_a_newer_round() -> None:
    file, by = send_back(submitted(), at=AT), contractor()
    submit_qualification(by=owner(file.enterprise), at=AT, qualification=file)
    for act in (
        lambda seen: pass_qualification(by=by, at=LATER, qualification=file, round_number=seen),
        lambda seen: refuse_qualification(
            by=by, at=LATER, qualification=file, reason="不符", round_number=seen
        ),
        lambda seen: send_back(file, by=by, round_number=seen),
    ):
        with pytest.raises(UnableToReview, match="新一轮"):
            act(1)
    assert pass_qualification(by=by, at=LATER, qualification=file, round_number=2).pk


@pytest.mark.rule("E6")
@pytest.mark.parametrize("slug", ["zhuhai", None])
def test_only_the_contractor_of_the_city_checks(slug: str | None) -> None:
    file = submitted()
    by = contractor(slug) if slug else build.actor(build.account(Role.CONTRACTOR, city=None))
    with pytest.raises(OutOfReach):
        pass_qualification(by=by, at=LATER, qualification=file)
    with pytest.raises(OutOfReach):
        refuse_qualification(by=by, at=LATER, qualification=file, reason="不符")
    with pytest.raises(OutOfReach):
        send_back(file, by=by)
    with pytest.raises(OutOfReach):
        reveal_personal_data(by=by, at=LATER, qualification=file, reason="核对")


@pytest.mark.rule("F5")
@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.BUREAU])
def test_a_look_at_personal_data_is_recorded(role: str) -> None:
    file, user = submitted(), build.account(role)
    shown = reveal_personal_data(
        by=build.actor(user), at=LATER, qualification=file, reason=" 与身份证复印件比对 "
    )
    assert (shown.handler_id, shown.handler_mobile) == (data()["handler_id"], "13812345678")
    assert shown.legal_representative_id == data()["legal_representative_id"]
    assert shown.handler_id not in repr(shown)
    entry = AuditEntry.objects.get(action="reveal_personal_data")
    assert (entry.actor, entry.at, entry.reason) == (user, LATER, "与身份证复印件比对")
    assert entry.subject_id == file.pk
    assert shown.handler_id not in str((entry.details, entry.reason))


@pytest.mark.rule("F5")
def test_no_look_without_a_reason_or_a_right() -> None:
    file = submitted()
    with pytest.raises(UnableToReveal) as refused:
        reveal_personal_data(by=contractor(), at=LATER, qualification=file, reason="  ")
    assert refused.value.field == "reason"
    for role in (Role.DISTRICT, Role.PROVINCE, Role.EXPERT, Role.PROVIDER, Role.ENTERPRISE):
        with pytest.raises(OutOfReach):
            reveal_personal_data(
                by=build.actor(build.account(role)), at=LATER, qualification=file, reason="看看"
            )
    with pytest.raises(OutOfReach):
        reveal_personal_data(by=contractor(), at=LATER, qualification=filled(), reason="尚未提交")
    assert not AuditEntry.objects.filter(action="reveal_personal_data").exists()


def test_the_result_of_a_look_is_no_row() -> None:
    assert "id='" not in repr(PersonalData("1", "2", "3"))
