"""Section 1 and F4: who sees which enterprise, file and material; and what the portal notices by itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from enterprises.checking import automatic_checks
from enterprises.operations import attach_material, submit_qualification
from enterprises.queries import (
    documents_in_reach,
    enterprises_visible_to,
    get_own_enterprise,
    get_own_qualification,
    qualification_of,
    qualifications_visible_to,
)
from foundation.accounts.models import Role
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from foundation.rosters.models import BlacklistEntry
from tests import build, scans
from tests.enterprises.build import (
    AT,
    YEAR,
    contractor,
    filled,
    owner,
    passed,
    registered,
    submitted,
    with_materials,
)

pytestmark = [pytest.mark.django_db]


def zhuhai_account(role: str):
    return build.account(role, of=build.city("zhuhai"))


def sees(user, file) -> tuple[bool, bool]:
    return (
        enterprises_visible_to(user).filter(pk=file.enterprise_id).exists(),
        qualifications_visible_to(user).filter(pk=file.pk).exists(),
    )


@pytest.mark.rule("F4")
def test_who_sees_a_submitted_file() -> None:
    file = submitted()
    district = file.profile.district
    other = build.city().districts.exclude(pk=district.pk).first()
    assert sees(file.enterprise.account, file) == (True, True)
    assert sees(registered().account, file) == (False, False)
    for role in (Role.CONTRACTOR, Role.BUREAU):
        assert sees(build.account(role), file) == (True, True)
        assert sees(zhuhai_account(role), file) == (False, False)
    assert sees(build.account(Role.PROVINCE), file) == (True, True)
    assert sees(build.account(Role.DISTRICT, district=district), file) == (True, True)
    assert sees(build.account(Role.DISTRICT, district=other), file) == (False, False)
    assert sees(build.account(Role.CONTRACTOR, city=None), file) == (False, False)
    for role in (Role.EXPERT, Role.PROVIDER):
        assert sees(build.account(role), file) == (False, False)


@pytest.mark.rule("F4")
def test_a_file_that_was_never_submitted_is_the_enterprises_own() -> None:
    file = with_materials(filled())
    assert sees(file.enterprise.account, file) == (True, True)
    for role in (Role.CONTRACTOR, Role.BUREAU, Role.PROVINCE):
        assert not sees(build.account(role), file)[1]
    assert not sees(build.account(Role.DISTRICT, district=file.profile.district), file)[1]


def reads(user, document_pk: int) -> bool:
    return Document.objects.filter(documents_in_reach(user), pk=document_pk).exists()


@pytest.mark.rule("F4")
def test_who_reads_materials() -> None:
    file = submitted()
    pk = file.proof_id
    assert reads(file.enterprise.account, pk)
    assert not reads(registered().account, pk)
    for role in (Role.CONTRACTOR, Role.BUREAU):
        assert reads(build.account(role), pk)
        assert not reads(zhuhai_account(role), pk)
    assert reads(build.account(Role.PROVINCE), pk)
    for role in (Role.DISTRICT, Role.EXPERT, Role.PROVIDER):
        assert not reads(build.account(role), pk)
    assert not reads(build.account(Role.CONTRACTOR, city=None), pk)


@pytest.mark.rule("F4", "E6")
def test_staff_read_what_was_submitted_and_the_earlier_rounds_too() -> None:
    draft = with_materials(filled())
    assert not reads(build.account(Role.CONTRACTOR), draft.licence_id)
    assert reads(draft.enterprise.account, draft.licence_id)
    file = submitted()
    first = file.licence_id
    file.state = "returned"
    file.save(update_fields=["state"])
    attach_material(
        by=owner(file.enterprise), at=AT, qualification=file, slot="licence", file=scans.sent()
    )
    file.refresh_from_db()
    assert file.licence_id != first
    assert reads(build.account(Role.CONTRACTOR), first)
    assert not reads(build.account(Role.CONTRACTOR), file.licence_id)
    assert reads(file.enterprise.account, first)


def test_load_and_authorise_in_one_step() -> None:
    file = filled()
    by = owner(file.enterprise)
    assert get_own_enterprise(by) == file.enterprise
    assert get_own_qualification(by, YEAR) == file
    for other, year in ((by, YEAR + 1), (owner(registered()), YEAR), (contractor(), YEAR)):
        with pytest.raises(OutOfReach):
            get_own_qualification(other, year)
    with pytest.raises(OutOfReach):
        get_own_enterprise(build.actor(build.account(Role.ENTERPRISE)))


def checks(file) -> dict[str, tuple[bool, str]]:
    return {
        one.label: (one.outcome == "pass", one.evidence) for one in automatic_checks(file, at=AT)
    }


@pytest.mark.rule("E6")
def test_the_portal_finds_nothing_in_a_plain_file() -> None:
    file = qualification_of(submitted().enterprise, YEAR)
    found = checks(file)
    assert all(ok for ok, _ in found.values()), found
    assert found["企业规模"][1].startswith("按填报数据测算为小型企业。")


@pytest.mark.rule("E5", "E6")
def test_the_portal_points_at_what_needs_a_closer_look() -> None:
    file = submitted(
        registered(slug="zhuhai"),
        is_legal_person=False,
        revenue=Decimal(900_000),
        employees=5,
        figures_confirmed=True,
    )
    BlacklistEntry.objects.create(
        credit_code=file.enterprise.credit_code, listed_on=date(2020, 4, 10)
    )
    found = checks(qualification_of(file.enterprise, YEAR))
    wrong = {label for label, (ok, _) in found.items() if not ok}
    # The builders' credit codes are of Guangzhou.
    assert wrong == {"独立法人资格", "经营数据", "登记机关", "失信联合惩戒名单"}


@pytest.mark.rule("O5")
def test_the_same_file_at_another_party_is_flagged() -> None:
    content = scans.sent().read()

    def with_twin(slug: str):
        file = with_materials(filled(registered(slug=slug)), slots="pd")
        attach_material(
            by=owner(file.enterprise),
            at=AT,
            qualification=file,
            slot="licence",
            file=scans.sent(content=content),
        )
        return file

    mine = with_twin("guangzhou")
    mine = submit_qualification(by=owner(mine.enterprise), at=AT, qualification=mine)
    label = "营业执照副本是否重复"
    assert checks(mine)[label][0]
    with_twin("zhuhai")
    ok, note = checks(mine)[label]
    assert not ok and "另有 1 个账号" in note and "广州" not in note
    neighbour = passed()
    attached = Document.objects.get(pk=neighbour.licence_id)
    Document.objects.filter(pk=attached.pk).update(
        sha256=Document.objects.get(pk=mine.licence_id).sha256
    )
    ok, note = checks(mine)[label]
    assert "另有 2 个账号" in note and neighbour.profile.name in note
    assert checks(mine)["中小微企业声明函是否重复"][0]
