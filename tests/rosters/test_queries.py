"""What the rosters answer to the floors above, boundaries included."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from foundation.accounts.models import Role
from foundation.documents.models import Document
from foundation.moments import ONE_MICROSECOND, end_of_day, start_of_day
from foundation.rosters import queries
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    Level,
    Measure,
    PriorityCategory,
    PriorityEntry,
    RelatedParty,
    Sanction,
)
from foundation.rosters.operations.sanctioning import lift_sanction, sanction_violation
from tests import build
from tests.rosters.build import AT, bureau, check, contractor, violation

pytestmark = pytest.mark.django_db

DAY = date(2020, 4, 1)
CODE = "91440101MA59ABCD1X"


def accreditation(name: str = "广州（某某）服务中心", **fields) -> Accreditation:
    values = {
        "name": name,
        "name_key": queries.normal_name(name),
        "credit_code": build.credit_code(),
        "city": build.city(),
        "level": Level.MUNICIPAL,
        "service_types": ["管理"],
        "recognised_year": 2019,
        "valid_from": date(2019, 1, 1),
        "valid_until": date(2020, 12, 31),
    }
    return Accreditation.objects.create(**{**values, **fields})


class TestBlacklist:
    @pytest.mark.rule("E5", "E8")
    @pytest.mark.parametrize(
        ("day", "barred"),
        [
            (date(2020, 1, 14), False),
            (date(2020, 1, 15), True),
            (date(2020, 3, 31), True),
            (date(2020, 4, 1), False),
        ],
    )
    def test_from_listing_until_the_day_of_lifting(self, day, barred):
        BlacklistEntry.objects.create(
            credit_code=CODE, listed_on=date(2020, 1, 15), lifted_on=date(2020, 4, 1)
        )
        assert queries.is_blacklisted(CODE, day) is barred

    def test_without_lifting_it_stays_and_is_about_one_code(self):
        BlacklistEntry.objects.create(credit_code=CODE, listed_on=date(2020, 1, 15))
        assert queries.is_blacklisted(CODE, date(2099, 1, 1))
        assert not queries.is_blacklisted(build.credit_code(), date(2099, 1, 1))

    def test_the_database_refuses_lifting_before_listing(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            BlacklistEntry.objects.create(
                credit_code=CODE, listed_on=date(2020, 1, 15), lifted_on=date(2020, 1, 14)
            )


class TestPriority:
    @pytest.mark.rule("E7")
    def test_counts_for_its_city_and_year_only(self):
        PriorityEntry.objects.create(
            city=build.city(), year=2020, category=PriorityCategory.MONITORED, credit_code=CODE
        )
        city, other = build.city(), build.city("foshan")
        assert queries.is_priority(CODE, city.pk, 2020)
        assert not queries.is_priority(CODE, city.pk, 2019)
        assert not queries.is_priority(CODE, city.pk, 2021)
        assert not queries.is_priority(CODE, other.pk, 2020)
        assert not queries.is_priority(build.credit_code(), city.pk, 2020)


class TestAccreditation:
    @pytest.mark.rule("P1")
    def test_is_found_by_name_without_differences_of_width_brackets_and_spaces(self):
        entry = accreditation()
        assert queries.find_accreditation(" 广州(某某) 服务中心", DAY) == entry
        assert queries.why_no_accreditation("广州【某某】服务中心", DAY) == ""
        assert queries.find_accreditation("广州某某服务中心", DAY) is None

    @pytest.mark.rule("P1")
    @pytest.mark.parametrize(
        ("day", "valid", "said"),
        [
            (date(2018, 12, 31), False, "自2019年1月1日起生效"),
            (date(2019, 1, 1), True, ""),
            (date(2020, 12, 31), True, ""),
            (date(2021, 1, 1), False, "已于2020年12月31日到期"),
        ],
    )
    def test_first_and_last_day_are_valid(self, day, valid, said):
        accreditation("广州服务中心")
        assert (queries.find_accreditation("广州服务中心", day) is not None) is valid
        sentence = queries.why_no_accreditation("广州服务中心", day)
        assert said in sentence
        assert bool(sentence) is not valid

    @pytest.mark.rule("P1")
    def test_who_is_not_in_the_directory_is_told_so(self):
        assert "名录中没有该机构" in queries.why_no_accreditation("广州服务中心", DAY)
        assert "请填写机构全称" in queries.why_no_accreditation("　", DAY)

    @pytest.mark.rule("P1")
    def test_the_highest_valid_level_is_taken(self):
        accreditation("广州服务中心")
        expired = {"valid_until": date(2020, 3, 31)}
        accreditation("广州服务中心", level=Level.NATIONAL, **expired)
        provincial = accreditation("广州服务中心", level=Level.PROVINCIAL)
        assert queries.find_accreditation("广州服务中心", DAY) == provincial


class TestSanctions:
    def sanction(self, measure: str, until: date | None = None) -> Sanction:
        return sanction_violation(
            by=bureau(),
            at=AT,
            violation=violation(credit_code=build.credit_code()),
            measure=measure,
            until=until,
            money_to_recover=Decimal(0),
            reason="属实",
        )

    def found(self, sanction: Sanction, at) -> bool:
        return queries.sanction_in_force(sanction.credit_code, sanction.city_id, at) == sanction

    @pytest.mark.rule("S1")
    def test_a_suspension_counts_from_its_moment_through_its_last_day(self):
        until = DAY + timedelta(days=30)
        sanction = self.sanction(Measure.SUSPENSION, until)
        assert not self.found(sanction, AT - ONE_MICROSECOND)
        assert self.found(sanction, AT)
        assert self.found(sanction, end_of_day(until))
        assert not self.found(sanction, start_of_day(until + timedelta(days=1)))

    @pytest.mark.rule("S1")
    def test_a_warning_stops_nothing_and_a_disqualification_never_ends(self):
        assert not self.found(self.sanction(Measure.WARNING), AT)
        assert self.found(self.sanction(Measure.DISQUALIFICATION), AT + timedelta(days=36500))

    @pytest.mark.rule("S1")
    def test_lifting_frees_from_its_moment(self):
        sanction = self.sanction(Measure.DISQUALIFICATION)
        later = AT + timedelta(hours=1)
        lift_sanction(by=bureau(), at=later, sanction=sanction, reason="已整改")
        assert self.found(sanction, later - ONE_MICROSECOND)
        assert not self.found(sanction, later)

    @pytest.mark.rule("S1")
    def test_holds_in_its_own_city(self):
        sanction = self.sanction(Measure.DISQUALIFICATION)
        other = build.city("foshan")
        assert queries.sanction_in_force(sanction.credit_code, other.pk, AT) is None


class TestRelations:
    def test_are_found_in_either_order(self):
        low, high = sorted((build.credit_code(), build.credit_code()))
        RelatedParty.objects.create(code_a=low, code_b=high)
        assert queries.are_related(low, high)
        assert queries.are_related(high, low)
        assert not queries.are_related(low, build.credit_code())


class TestFundedMatters:
    @pytest.mark.rule("O9")
    def test_number_is_compared_without_width_case_and_spaces(self):
        entry = FundedMatter.objects.create(
            kind="contract", number_key="HT-2020A1", source="省科技创新券"
        )
        assert queries.funded_matter("contract", " ｈｔ-2020a1", CODE) == entry
        assert queries.funded_matter("invoice", "HT-2020A1", CODE) is None
        assert queries.funded_matter("contract", "HT-2020A2", CODE) is None

    @pytest.mark.rule("O9")
    def test_an_entry_without_code_is_about_anyone_and_one_with_code_about_its_own(self):
        fields = {"kind": "invoice", "number_key": "01234567", "source": "上云上平台"}
        own = FundedMatter.objects.create(credit_code=CODE, **fields)
        assert queries.funded_matter("invoice", "01234567", build.credit_code()) is None
        assert queries.funded_matter("invoice", "01234567", CODE) == own
        anyones = FundedMatter.objects.create(**fields)
        assert queries.funded_matter("invoice", "01234567", build.credit_code()) == anyones
        assert queries.funded_matter("invoice", "01234567", CODE) == own


class TestReach:
    def test_each_city_sees_its_own_and_the_public_nothing(self):
        by = bureau()
        report = violation()
        roster_import = check(
            "priority", [[build.credit_code(), "", "2020", "专精特新", ""]], by=by
        )
        other = build.account(Role.BUREAU, of=build.city("foshan"))
        enterprise = build.account(Role.ENTERPRISE)
        province = build.account(Role.CONTRACTOR, city=None)
        for user, seen in [
            (by.user, True),
            (contractor().user, True),
            (other, False),
            (enterprise, False),
            (province, False),
            (build.account(Role.DISTRICT), False),
        ]:
            assert queries.violations_visible_to(user).exists() is seen
            assert queries.imports_visible_to(user).exists() is seen
            reach = Document.objects.filter(queries.documents_in_reach(user))
            files = {report.evidence.get().pk, roster_import.document_id}
            assert set(reach.values_list("pk", flat=True)) == (files if seen else set())

    def test_the_directory_shows_other_cities_only_their_province_wide_platforms(self):
        accreditation("广州服务中心")
        wide = accreditation("广东服务中心", level=Level.PROVINCIAL)
        other = build.account(Role.BUREAU, of=build.city("foshan"))
        assert list(queries.accreditations_visible_to(other)) == [wide]
        assert queries.accreditations_visible_to(bureau().user).count() == 2
        assert not queries.accreditations_visible_to(build.account(Role.PROVIDER)).exists()

    def test_priority_rosters_stay_in_their_city(self):
        PriorityEntry.objects.create(
            city=build.city(), year=2020, category=PriorityCategory.MONITORED, credit_code=CODE
        )
        other = build.account(Role.BUREAU, of=build.city("foshan"))
        assert queries.priority_visible_to(bureau().user).count() == 1
        assert not queries.priority_visible_to(other).exists()

    def test_enterprises_read_no_list_at_all(self):
        user = build.account(Role.ENTERPRISE)
        BlacklistEntry.objects.create(credit_code=CODE, listed_on=DAY)
        FundedMatter.objects.create(kind="invoice", number_key="1", source="省")
        RelatedParty.objects.create(code_a="1", code_b="2")
        for visible in (
            queries.blacklist_visible_to,
            queries.funded_visible_to,
            queries.related_visible_to,
            queries.priority_visible_to,
            queries.sanctions_visible_to,
        ):
            assert not visible(user).exists()
            assert visible(bureau().user) is not None
        assert queries.blacklist_visible_to(bureau().user).count() == 1
