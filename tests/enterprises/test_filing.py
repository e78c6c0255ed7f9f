"""E3, E4, E6: materials and submission."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enterprises.models import Qualification
from enterprises.operations import (
    attach_material,
    refuse_qualification,
    send_back_qualification,
    submit_qualification,
)
from enterprises.policies import UnableToAttach, UnableToSubmit, missing_items
from enterprises.states import QualificationState
from foundation.documents.checks import UnableToKeepFile
from foundation.documents.models import Document
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import end_of_day, moment
from tests import scans
from tests.enterprises.build import (
    AT,
    LATER,
    YEAR,
    contractor,
    filled,
    owner,
    passed,
    registered,
    submitted,
    with_materials,
)

pytestmark = pytest.mark.django_db


def attach(of: Qualification, slot: str, *, at=AT, **kwargs) -> Qualification:
    kwargs.setdefault("file", scans.sent())
    return attach_material(by=owner(of.enterprise), at=at, qualification=of, slot=slot, **kwargs)


def submit(file: Qualification, *, at=AT) -> Qualification:
    return submit_qualification(by=owner(file.enterprise), at=at, qualification=file)


@pytest.mark.rule("E3")
def test_each_material_goes_into_its_slot() -> None:
    file = filled()
    attach(file, "licence", file=scans.sent("执照.pdf"))
    attach(file, "proof", file=scans.sent("社保.pdf"), proof_kind="social_insurance")
    attach(file, "declaration", file=scans.sent("声明.pdf"), declared_on=date(2020, 4, 2))
    file.refresh_from_db()
    assert file.licence.name == "执照.pdf"
    assert (file.proof.name, file.proof_kind) == ("社保.pdf", "social_insurance")
    assert (file.declaration.name, file.declared_on) == ("声明.pdf", date(2020, 4, 2))
    assert file.licence.uploaded_by == file.enterprise.account


@pytest.mark.rule("E3")
@pytest.mark.parametrize(
    ("day", "sound"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2020, 4, 10), True),
        (date(2020, 4, 11), False),
        (None, False),
    ],
)
def test_the_declaration_is_dated_in_the_year_and_not_in_the_future(day, sound: bool) -> None:
    file = filled()
    if sound:
        assert attach(file, "declaration", declared_on=day).declared_on == day
        return
    with pytest.raises(UnableToAttach) as refused:
        attach(file, "declaration", declared_on=day)
    assert (refused.value.rule, refused.value.field) == ("E3", "declared_on")
    assert not Document.objects.exists()


@pytest.mark.rule("E3")
def test_the_last_day_of_the_year_counts_until_its_end() -> None:
    file = filled()
    last = end_of_day(date(2020, 12, 31))
    assert attach(file, "declaration", at=last, declared_on=date(2020, 12, 31)).declared_on
    with pytest.raises(UnableToAttach):
        attach(
            file,
            "declaration",
            at=last + timedelta(microseconds=1),
            declared_on=date(2021, 1, 1),
        )


@pytest.mark.rule("E3")
def test_a_proof_says_what_it_is() -> None:
    for kind in ("", "rumour"):
        with pytest.raises(UnableToAttach) as refused:
            attach(filled(), "proof", proof_kind=kind)
        assert refused.value.field == "proof_kind"


@pytest.mark.rule("E3")
def test_an_unknown_slot_touches_nothing() -> None:
    with pytest.raises(UnableToAttach):
        attach(filled(), "state")


@pytest.mark.rule("F1")
def test_a_file_that_is_no_document_is_refused() -> None:
    with pytest.raises(UnableToKeepFile):
        attach(filled(), "licence", file=scans.sent("执照.pdf", b"MZ not a document"))


@pytest.mark.rule("E6")
@pytest.mark.parametrize("make", [submitted, passed])
def test_checked_materials_stay(make) -> None:
    file = make()
    with pytest.raises(UnableToAttach) as refused:
        attach(file, "licence")
    assert refused.value.rule == "E6"


@pytest.mark.rule("E6")
def test_a_stale_page_cannot_change_what_was_submitted_since() -> None:
    stale = with_materials(filled())
    submit(stale)
    assert stale.state == QualificationState.DRAFT  # as the page still has it
    with pytest.raises(UnableToAttach):
        attach(stale, "licence")


@pytest.mark.rule("E6")
def test_a_new_material_reopens_a_refused_file() -> None:
    file = refuse_qualification(
        by=contractor(), at=AT, qualification=submitted(), reason="证明不是上年度的"
    )
    assert attach(file, "proof", at=LATER, proof_kind="tax").state == QualificationState.DRAFT
    file.refresh_from_db()
    assert submit(file, at=LATER).rounds.count() == 2


@pytest.mark.rule("E6")
def test_materials_of_another_enterprise_are_out_of_reach() -> None:
    file = filled()
    for by in (owner(registered()), contractor()):
        with pytest.raises(OutOfReach):
            attach_material(by=by, at=AT, qualification=file, slot="licence", file=scans.sent())
        with pytest.raises(OutOfReach):
            submit_qualification(by=by, at=AT, qualification=file)
    assert not Document.objects.exists()


@pytest.mark.rule("E3", "E6")
def test_submission_freezes_the_data_and_opens_a_round() -> None:
    file = submit(with_materials(filled()), at=LATER)
    assert (file.state, file.submitted_at) == (QualificationState.SUBMITTED, LATER)
    file.profile.refresh_from_db()
    assert file.profile.frozen_at == LATER
    one = file.rounds.get()
    assert (one.number, one.outcome, one.submitted_at) == (1, "", LATER)
    assert (one.profile_id, one.licence_id, one.proof_id, one.declaration_id) == (
        file.profile_id,
        file.licence_id,
        file.proof_id,
        file.declaration_id,
    )
    assert (one.proof_kind, one.declared_on) == ("tax", date(2020, 4, 1))
    file.enterprise.refresh_from_db()
    assert file.enterprise.name == "广州晨光软件有限公司"


@pytest.mark.rule("E6")
def test_the_name_is_adopted_on_submission_only() -> None:
    enterprise = registered()
    file = filled(enterprise)
    enterprise.refresh_from_db()
    assert enterprise.name == ""
    submit(with_materials(file))
    enterprise.refresh_from_db()
    assert enterprise.name == "广州晨光软件有限公司"


@pytest.mark.rule("E3")
@pytest.mark.parametrize(
    ("slots", "word"), [("pd", "营业执照"), ("ld", "完税证明"), ("lp", "声明函"), ("", "营业执照")]
)
def test_every_missing_material_is_named(slots: str, word: str) -> None:
    file = with_materials(filled(), slots=slots)
    with pytest.raises(UnableToSubmit, match=word) as refused:
        submit(file)
    assert refused.value.rule == "E3"
    assert len(missing_items(file, at=AT)) == 3 - len(slots)
    file.refresh_from_db()
    assert file.state == QualificationState.DRAFT


@pytest.mark.rule("E3")
def test_a_declaration_of_another_year_is_refused_on_submission_too() -> None:
    file = with_materials(filled())
    Qualification.objects.filter(pk=file.pk).update(declared_on=date(2019, 12, 31))
    with pytest.raises(UnableToSubmit, match="2020 年内"):
        submit(file)


@pytest.mark.rule("E2")
def test_figures_of_an_earlier_year_must_be_confirmed() -> None:
    file = with_materials(filled())
    file.profile.figures_year = None
    file.profile.save(update_fields=["figures_year"])
    with pytest.raises(UnableToSubmit, match="2019 年度经营数据"):
        submit(file)


@pytest.mark.rule("E4")
def test_a_large_enterprise_is_told_and_may_not_submit() -> None:
    file = with_materials(filled(employees=300, revenue=Decimal(10000)))
    with pytest.raises(UnableToSubmit, match="大型企业") as refused:
        submit(file)
    assert refused.value.rule == "E4"
    assert submit(with_materials(filled(employees=299, revenue=Decimal(10000)))).pk


@pytest.mark.rule("E6")
def test_a_second_click_submits_nothing_twice() -> None:
    file = with_materials(filled())
    submit(file)
    with pytest.raises(IllegalMove):
        submit(file)
    assert file.rounds.count() == 1


@pytest.mark.rule("E6")
def test_every_round_is_kept_as_it_was() -> None:
    file = submitted()
    first = file.rounds.values().get()
    file = send_back_qualification(
        by=contractor(), at=AT, qualification=file, item_reasons={"licence": "不清晰"}
    )
    attach(file, "licence", at=LATER)
    file.refresh_from_db()
    submit(file, at=LATER)
    one, two = file.rounds.all()
    assert one.licence_id == first["licence_id"] != two.licence_id
    assert (one.outcome, one.item_reasons) == ("returned", {"licence": "不清晰"})
    assert (two.number, two.outcome, two.profile_id) == (2, "", one.profile_id)
    file.refresh_from_db()
    assert (file.decided_at, file.decided_by) == (None, None)


@pytest.mark.rule("E3", "E5")
def test_the_database_itself_wants_materials_and_a_reviewer() -> None:
    file = filled()
    with pytest.raises(IntegrityError), transaction.atomic():
        Qualification.objects.filter(pk=file.pk).update(state="submitted")
    file = submitted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Qualification.objects.filter(pk=file.pk).update(state="passed")


@pytest.mark.rule("E3")
def test_materials_of_last_year_do_not_count_for_this_one() -> None:
    old = passed()
    at = moment(date(2021, 3, 1), 9)
    file = filled(old.enterprise, at=at, year=YEAR + 1)
    assert [slot for slot, _ in missing_items(file, at=at)] == ["licence", "proof", "declaration"]
