"""E2, E4, E6: the basic information, its versions, and what a change sets off."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from enterprises.models import Industry, Profile, Qualification, SizeClass
from enterprises.operations import save_profile, send_back_qualification, start_year
from enterprises.policies import UnableToSaveProfile
from enterprises.queries import profile_in_use, qualification_of
from enterprises.states import QualificationState
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.moments import end_of_day, moment, start_of_day
from foundation.personal_data import lookup_key
from tests import build
from tests.enterprises.build import (
    AT,
    LATER,
    YEAR,
    contractor,
    data,
    filled,
    owner,
    passed,
    registered,
    submitted,
    with_materials,
)

pytestmark = pytest.mark.django_db


def save(file: Qualification, *, at=LATER, year=YEAR, **changes) -> Qualification:
    return save_profile(
        by=owner(file.enterprise), at=at, enterprise=file.enterprise, year=year, **data(**changes)
    )


@pytest.mark.rule("E2")
def test_the_first_save_begins_the_year() -> None:
    file = filled(name="  广州晨光软件有限公司 ", handler_mobile="+86 138-1234-5678")
    assert (file.state, file.year, file.profile.version) == (QualificationState.DRAFT, YEAR, 1)
    profile = Profile.objects.get()
    assert profile.frozen_at is None
    assert profile.name == "广州晨光软件有限公司"
    assert profile.handler_mobile == "13812345678"
    assert profile.figures_year == YEAR - 1
    assert profile.handler_id_key == lookup_key(data()["handler_id"])
    assert profile.legal_representative_id_key == lookup_key(data()["legal_representative_id"])


@pytest.mark.rule("E2")
def test_what_is_no_writing_is_not_kept() -> None:
    """A name that turns the reading order would show another one on the public list."""
    file = filled(
        name="\u202e广州晨光\u200b软件\u2060有限公司\ufeff", address="科学大道 1\u2028 号\x07"
    )
    assert file.profile.name == "广州晨光软件有限公司"
    assert file.profile.address == "科学大道 1\u2028 号"


@pytest.mark.rule("E2")
@pytest.mark.parametrize("field", ["name", "legal_representative", "address", "handler"])
def test_a_field_that_only_looks_filled_in_is_empty(field: str) -> None:
    with pytest.raises(UnableToSaveProfile, match="请填写") as refusal:
        filled(**{field: "\u200b \u2060"})
    assert refusal.value.field == field


@pytest.mark.rule("E2")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("legal_representative", ""),
        ("legal_representative_id", "440101198001011234567"),
        ("handler_id", "44010119800101123"),
        ("handler_mobile", "12812345678"),
        ("handler_mobile", "1381234567"),
        ("address", ""),
        ("registered_capital", Decimal("-0.01")),
        ("revenue", Decimal("-0.01")),
        ("assets", Decimal(10**12)),
        ("employees", -1),
        ("industry", "railways"),
        ("is_legal_person", None),
    ],
)
def test_wrong_data_is_refused_at_its_field(field: str, value) -> None:
    enterprise = registered()
    with pytest.raises(UnableToSaveProfile) as refused:
        filled(enterprise, **{field: value})
    assert refused.value.field == field
    assert refused.value.rule == "E2"
    assert not Profile.objects.exists()


@pytest.mark.rule("E2")
@pytest.mark.parametrize("field", ["legal_representative_id", "handler_id"])
def test_a_wrong_check_digit_is_refused(field: str) -> None:
    right = data()[field]
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    with pytest.raises(UnableToSaveProfile, match="校验位"):
        filled(**{field: wrong})


@pytest.mark.rule("E2")
def test_the_founding_date_may_be_today_and_not_tomorrow() -> None:
    late = end_of_day(date(2020, 4, 10))
    assert filled(at=late, founded_on=date(2020, 4, 10)).pk
    with pytest.raises(UnableToSaveProfile, match="不能晚于今天") as refused:
        filled(at=late, founded_on=date(2020, 4, 11))
    assert refused.value.field == "founded_on"


@pytest.mark.rule("G3")
def test_the_district_lies_in_the_city_of_registration() -> None:
    with pytest.raises(UnableToSaveProfile) as refused:
        filled(district=build.district(build.city("zhuhai")))
    assert refused.value.field == "district"


@pytest.mark.rule("E4")
def test_the_class_is_computed_from_the_figures() -> None:
    file = filled(employees=300, revenue=Decimal(10000))
    assert file.profile.size_class == SizeClass.LARGE
    assert save(file, employees=299, revenue=Decimal(10000)).profile.size_class == SizeClass.MEDIUM
    with pytest.raises(TypeError):
        save(file, size_class=SizeClass.MICRO)


@pytest.mark.rule("E4")
def test_a_figure_that_looks_like_yuan_is_saved_only_when_confirmed() -> None:
    enterprise = registered()
    with pytest.raises(UnableToSaveProfile, match="数额无误") as refused:
        filled(enterprise, revenue=Decimal("20000.01"))
    assert (refused.value.rule, refused.value.field) == ("E4", "figures_confirmed")
    assert not Profile.objects.exists()
    assert filled(enterprise, revenue=Decimal("20000.00")).profile.version == 1
    file = filled(enterprise, revenue=Decimal("20000.01"), figures_confirmed=True)
    assert file.profile.revenue == Decimal("20000.01")


@pytest.mark.rule("E6")
def test_a_draft_version_changes_in_place() -> None:
    file = save(filled(), address="天河区测试路 2 号")
    assert file.profile.version == 1
    assert Profile.objects.get().address == "天河区测试路 2 号"


@pytest.mark.rule("E6")
def test_changing_passed_data_makes_a_new_version_and_reopens_the_file() -> None:
    file = passed()
    old = file.profile
    changed = save(file, address="天河区新路 8 号")
    assert changed.state == QualificationState.DRAFT
    assert changed.profile.version == old.version + 1
    assert changed.profile.frozen_at is None
    old.refresh_from_db()
    assert (old.address, old.frozen_at) == ("天河区测试路 1 号", AT)
    assert profile_in_use(file.enterprise) == old
    moved = AuditEntry.objects.get(action="reopen_qualification")
    assert (moved.from_state, moved.to_state, moved.at) == ("passed", "draft", LATER)


@pytest.mark.rule("E6")
@pytest.mark.parametrize("how", ["passed", "refused", "returned"])
def test_a_frozen_version_is_never_touched_by_any_field(how: str) -> None:
    file = submitted()
    Qualification.objects.filter(pk=file.pk).update(
        state=how, decided_at=AT, decided_by=contractor().user
    )
    before = Profile.objects.filter(pk=file.profile_id).values().get()
    changes = data(
        name="新名称有限公司",
        legal_representative="赵六",
        is_legal_person=False,
        address="新址",
        registered_capital=Decimal(200),
        founded_on=date(2017, 1, 1),
        industry=Industry.OTHER,
        employees=21,
        revenue=Decimal(301),
        assets=Decimal(201),
        handler="孙七",
        handler_mobile="13987654321",
    )
    for field, value in changes.items():
        save(file, **{field: value})
    assert Profile.objects.filter(pk=file.profile_id).values().get() == before
    assert Profile.objects.count() == 2
    assert qualification_of(file.enterprise, YEAR).state == (
        "returned" if how == "returned" else "draft"
    )


@pytest.mark.rule("E6")
def test_equal_data_change_nothing() -> None:
    file = passed()
    same = save(file, name=" 广州晨光软件有限公司")
    assert (same.state, same.profile_id) == (QualificationState.PASSED, file.profile_id)
    assert Profile.objects.count() == 1


@pytest.mark.rule("E6")
def test_nothing_changes_while_it_is_being_checked() -> None:
    file = submitted()
    with pytest.raises(UnableToSaveProfile, match="正在核对") as refused:
        save(file, address="新址")
    assert refused.value.rule == "E6"


@pytest.mark.rule("E3", "E6")
@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"address": "新址"}, False),
        ({"handler_mobile": "13987654321"}, False),
        ({"revenue": Decimal(301)}, False),
        ({"founded_on": date(2017, 1, 1)}, True),
        ({"is_legal_person": False}, True),
    ],
)
def test_a_declaration_that_says_something_else_comes_off_the_file(changes, kept: bool) -> None:
    file = save(with_materials(filled()), **changes)
    file.refresh_from_db()
    assert (file.declaration_id is not None) == kept
    assert (file.declared_on is not None) == kept
    assert file.licence_id and file.proof_id


@pytest.mark.rule("E6")
def test_another_account_changes_nothing() -> None:
    file = filled()
    for by in (owner(registered()), contractor()):
        with pytest.raises(OutOfReach):
            save_profile(
                by=by, at=LATER, enterprise=file.enterprise, year=YEAR, **data(name="夺名")
            )


@pytest.mark.rule("F5")
def test_personal_data_is_encrypted_and_never_in_the_audit_trail() -> None:
    file = passed()
    save(file, handler_mobile="13987654321")
    secrets = {
        data()["legal_representative_id"],
        data()["handler_id"],
        "13812345678",
        "13987654321",
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {Profile._meta.db_table}")
        stored = str(cursor.fetchall())
        cursor.execute(f"SELECT * FROM {AuditEntry._meta.db_table}")
        audit = str(cursor.fetchall())
    assert not [secret for secret in secrets if secret in stored or secret in audit]
    assert AuditEntry.objects.filter(action="save_profile").count() == 2


NEXT_YEAR = moment(date(2021, 1, 1), 0)


@pytest.mark.rule("E3")
def test_a_new_year_carries_the_data_and_no_materials() -> None:
    old = passed()
    file = start_year(by=owner(old.enterprise), at=NEXT_YEAR, enterprise=old.enterprise, year=2021)
    assert (file.year, file.state) == (2021, QualificationState.DRAFT)
    assert (file.licence_id, file.proof_id, file.declaration_id) == (None, None, None)
    assert file.profile.name == old.profile.name
    assert file.profile.handler_id == old.profile.handler_id
    assert file.profile.version == 2
    # Its revenue is of 2019, and the file is for 2021.
    assert file.profile.figures_year is None
    old.refresh_from_db()
    assert old.state == QualificationState.PASSED
    again = start_year(by=owner(old.enterprise), at=NEXT_YEAR, enterprise=old.enterprise, year=2021)
    assert again.pk == file.pk
    assert Profile.objects.count() == 2


@pytest.mark.rule("E3")
def test_saving_the_carried_data_confirms_the_figures() -> None:
    old = passed()
    start_year(by=owner(old.enterprise), at=NEXT_YEAR, enterprise=old.enterprise, year=2021)
    file = save(old, at=NEXT_YEAR, year=2021)
    assert (file.year, file.profile.figures_year, file.profile.version) == (2021, 2020, 2)


@pytest.mark.rule("E6")
def test_a_change_for_the_new_year_leaves_the_old_file_alone() -> None:
    old = passed()
    save(old, at=NEXT_YEAR, year=2021, name="广州新名软件有限公司")
    kept = qualification_of(old.enterprise, 2020)
    assert (kept.state, kept.profile.name) == ("passed", "广州晨光软件有限公司")


@pytest.mark.rule("E3")
def test_nothing_to_carry_over_is_said() -> None:
    enterprise = registered()
    with pytest.raises(UnableToSaveProfile, match="没有往年资料"):
        start_year(by=owner(enterprise), at=NEXT_YEAR, enterprise=enterprise, year=2021)
    with pytest.raises(OutOfReach):
        start_year(by=owner(registered()), at=NEXT_YEAR, enterprise=enterprise, year=2021)


@pytest.mark.rule("E6")
def test_a_returned_file_is_corrected_in_a_new_version_and_stays_returned() -> None:
    file = send_back_qualification(
        by=contractor(), at=AT, qualification=submitted(), item_reasons={"address": "与执照不符"}
    )
    changed = save(file, address="天河区正确路 1 号")
    assert (changed.state, changed.profile.version) == (QualificationState.RETURNED, 2)


def test_the_moment_of_the_new_year_is_shanghais() -> None:
    assert start_of_day(date(2021, 1, 1)) == NEXT_YEAR
