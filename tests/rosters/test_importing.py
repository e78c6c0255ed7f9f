"""Dry run and import of roster files (E8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from openpyxl import load_workbook

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.documents.models import Document
from foundation.errors import IllegalMove, OutOfReach
from foundation.rosters import queries
from foundation.rosters.blank_sheets import result_sheet
from foundation.rosters.comparing import changes_of
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    Level,
    PriorityEntry,
    RelatedParty,
    RosterImport,
    RosterKind,
)
from foundation.rosters.operations import working_off
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
    undo_roster_import,
)
from foundation.rosters.policies import UnableToImport, named_rows
from foundation.rosters.sheets import UnableToReadRoster
from foundation.rosters.states import ImportState
from tests import build
from tests.providers.build import registered
from tests.rosters.build import (
    AT,
    HEADERS,
    accreditation_row,
    bureau,
    check,
    contractor,
    csv_file,
    load,
    outcomes,
    problems,
    xlsx,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E8")]

LATER = AT + timedelta(minutes=5)


def priority_row(code: str = "", **values: str) -> list[str]:
    row = {"name": "甲公司", "year": "2020", "category": "专精特新", "removal": ""}
    return [code or build.credit_code(), *{**row, **values}.values()]


def apply(roster_import: RosterImport, skipped=(), by=None, at=LATER) -> RosterImport:
    return apply_roster_import(
        by=by or bureau(), at=at, roster_import=roster_import, skipped_rows=skipped
    )


class TestDryRun:
    def test_tells_row_by_row_and_changes_nothing(self):
        known = build.credit_code()
        PriorityEntry.objects.create(
            city=build.city(), year=2020, category="specialised", credit_code=known, name="旧名"
        )
        same = build.credit_code()
        PriorityEntry.objects.create(
            city=build.city(), year=2020, category="specialised", credit_code=same, name="甲公司"
        )
        checked = check(
            "priority",
            [
                priority_row(),
                priority_row(known, name="新名"),
                priority_row(same),
                priority_row("9144"),
                priority_row(known, removal="移除", category="监测企业"),
                priority_row(same, removal="移除", category="监测企业", name=""),
            ],
        )
        assert outcomes(checked) == ["new", "changed", "same", "bad", "same", "same"]
        assert [row.row for row in checked.rows.all()] == [2, 3, 4, 5, 6, 7]
        assert changes_of(checked.rows.all()[1]) == [("企业名称", "旧名", "新名")]
        assert "18 位" in problems(checked)[5]
        assert PriorityEntry.objects.count() == 2
        assert PriorityEntry.objects.get(credit_code=known).name == "旧名"

    def test_keeps_the_file_and_who_checked_it_when(self):
        by = bureau()
        checked = check("priority", [priority_row()], by=by)
        assert (checked.checked_at, checked.checked_by) == (AT, by.user)
        assert (checked.state, checked.applied_at) == (ImportState.CHECKED, None)
        assert (checked.document.media_type, checked.document.name) == ("text/csv", "名单.csv")
        entry = AuditEntry.objects.get(action="check_roster_file")
        assert entry.details == {"kind": "priority", "whole": False}
        entry = AuditEntry.objects.get(action="finish_roster_import")
        assert entry.details == {
            "kind": "priority",
            "new": 1,
            "changed": 0,
            "removed": 0,
            "gone": 0,
            "same": 0,
            "bad": 0,
        }

    def test_excel_comes_in_like_csv(self):
        code = build.credit_code()
        file = xlsx([HEADERS[RosterKind.BLACKLIST], [code, "甲", None, date(2020, 1, 15), None]])
        by = bureau()
        checked = check_roster_file(by=by, at=AT, kind="blacklist", city=by.user.city, file=file)
        apply(checked, by=by)
        assert BlacklistEntry.objects.get().listed_on == date(2020, 1, 15)
        assert queries.is_blacklisted(code, date(2020, 1, 15))

    def test_a_file_that_cannot_be_read_leaves_nothing(self):
        by = bureau()
        with pytest.raises(UnableToReadRoster):
            check_roster_file(
                by=by,
                at=AT,
                kind="priority",
                city=by.user.city,
                file=SimpleUploadedFile("a.pdf", b"%PDF-"),
            )
        assert not RosterImport.objects.exists()
        assert not Document.objects.exists()

    def test_the_same_entry_twice_in_a_file_is_bad(self):
        code = build.credit_code()
        checked = check("priority", [priority_row(code), priority_row(code, name="乙公司")])
        assert outcomes(checked) == ["new", "bad"]
        assert problems(checked)[3] == "与第 2 行重复"

    def test_the_same_relation_the_other_way_round_is_the_same(self):
        one, other = build.credit_code(), build.credit_code()
        checked = check("related", [[one, other, "", ""], [other, one, "", ""]])
        assert problems(checked) == {3: "与第 2 行重复"}

    def test_the_same_code_in_another_category_or_year_is_another_entry(self):
        code = build.credit_code()
        rows = [
            priority_row(code),
            priority_row(code, category="监测企业"),
            priority_row(code, year="2021"),
        ]
        assert outcomes(check("priority", rows)) == ["new"] * 3


class TestApplying:
    def test_writes_every_kind(self):
        one, other = sorted((build.credit_code(), build.credit_code()))
        load("accreditation", [accreditation_row(name="广州（某某）中心", credit_code=one)])
        load("priority", [priority_row(one)])
        load("blacklist", [[one, "甲", "失信", "2020-01-15", "2020-03-01"]])
        load("related", [[other, one, "公示系统", ""]])
        load("funded", [["发票", "ab 01", one, "上云上平台", ""]])
        entry = Accreditation.objects.get()
        assert (entry.name_key, entry.level) == ("广州(某某)中心", Level.MUNICIPAL)
        assert entry.service_types == ["工业设计", "检验检测"]
        assert (entry.city, entry.valid_until) == (build.city(), date(2021, 12, 31))
        assert queries.find_accreditation("广州(某某)中心", date(2020, 4, 1)) == entry
        assert queries.is_priority(one, build.city().pk, 2020)
        assert BlacklistEntry.objects.get().lifted_on == date(2020, 3, 1)
        assert RelatedParty.objects.get().code_a == one
        assert queries.funded_matter("invoice", "AB01", one).source == "上云上平台"

    def test_records_who_applied_it_when(self):
        by = bureau()
        done = apply(check("priority", [priority_row()], by=by), by=by)
        done.refresh_from_db()
        assert (done.state, done.applied_at, done.applied_by) == ("applied", LATER, by.user)
        entry = AuditEntry.objects.get(action="apply_roster_import")
        assert (entry.from_state, entry.to_state) == ("checked", "applied")
        assert (entry.details["new"], entry.details["skipped"]) == (1, [])

    def test_a_bad_row_stops_all_until_it_is_skipped_by_number(self):
        checked = check("priority", [priority_row(), priority_row("x"), priority_row("y")])
        for skipped in ([], [3], [2, 3]):
            with pytest.raises(UnableToImport) as refused:
                apply(checked, skipped)
            assert "第 4 行" in refused.value.sentence or "第 3、4 行" in refused.value.sentence
            assert refused.value.field == "skipped_rows"
            assert not PriorityEntry.objects.exists()
        done = apply(checked, [4, 3])
        assert done.skipped_rows == [3, 4]
        assert PriorityEntry.objects.count() == 1

    def test_only_rows_of_the_file_can_be_skipped(self):
        checked = check("priority", [priority_row()])
        with pytest.raises(UnableToImport) as refused:
            apply(checked, [1, 9])
        assert "没有第 1、9 行" in refused.value.sentence

    def test_a_good_row_may_be_skipped_but_not_all(self):
        checked = check("priority", [priority_row(), priority_row()])
        with pytest.raises(UnableToImport):
            apply(checked, [2, 3])
        apply(checked, [2])
        entry = PriorityEntry.objects.get()
        assert entry.credit_code == checked.rows.all()[1].values["credit_code"]

    def test_the_same_file_twice_changes_nothing(self):
        rows = [accreditation_row(), accreditation_row(level="省级", recognised_year="2017")]
        load("accreditation", rows)
        before = list(Accreditation.objects.order_by("pk").values())
        again = check("accreditation", rows)
        assert outcomes(again) == ["same", "same"]
        apply(again)
        assert list(Accreditation.objects.order_by("pk").values()) == before

    def test_two_dry_runs_of_the_same_file_change_it_once(self):
        rows = [priority_row(), priority_row()]
        first, second = check("priority", rows), check("priority", rows)
        apply(first)
        before = list(PriorityEntry.objects.order_by("pk").values())
        apply(second)
        assert list(PriorityEntry.objects.order_by("pk").values()) == before
        assert AuditEntry.objects.filter(action="apply_roster_import").first().details["same"] == 2

    def test_is_done_once(self):
        checked = check("priority", [priority_row()])
        apply(checked)
        with pytest.raises(IllegalMove):
            apply(checked)
        with pytest.raises(IllegalMove):
            discard_roster_import(by=bureau(), at=LATER, roster_import=checked)

    def test_discarded_is_not_applied(self):
        checked = check("priority", [priority_row()])
        assert discard_roster_import(by=bureau(), at=LATER, roster_import=checked).state == (
            ImportState.DISCARDED
        )
        with pytest.raises(IllegalMove):
            apply(checked)
        assert not PriorityEntry.objects.exists()

    def test_what_would_now_do_something_else_than_was_shown_is_refused_whole(self):
        code, rest = build.credit_code(), priority_row()
        checked = check("priority", [priority_row(code), rest])
        load("priority", [priority_row(code, name="别名")])
        with pytest.raises(UnableToImport) as refused:
            apply(checked)
        assert "第 2 行" in refused.value.sentence
        assert PriorityEntry.objects.count() == 1
        assert PriorityEntry.objects.get().name == "别名"

    def test_another_change_of_the_same_entry_is_refused(self):
        code = build.credit_code()
        load("priority", [priority_row(code, name="一")])
        checked = check("priority", [priority_row(code, name="三")])
        load("priority", [priority_row(code, name="二")])
        with pytest.raises(UnableToImport):
            apply(checked)
        assert PriorityEntry.objects.get().name == "二"

    def test_a_row_that_became_bad_is_refused(self):
        row = accreditation_row(name="广州服务中心")
        checked = check("accreditation", [row])
        load("accreditation", [accreditation_row(name="广州服务中心")])
        with pytest.raises(UnableToImport):
            apply(checked)
        assert Accreditation.objects.count() == 1

    def test_an_entry_that_came_in_between_reading_and_writing_is_told(self, monkeypatch):
        checked = check("priority", [priority_row(), priority_row()])

        def write(writer, results):
            PriorityEntry.objects.create(**writer._fields(results[1]))
            original(writer, results)

        original = working_off._Writer._write
        monkeypatch.setattr(working_off._Writer, "_write", write)
        with pytest.raises(UnableToImport) as refused:
            apply(checked)
        assert "另一次导入" in refused.value.sentence
        checked.refresh_from_db()
        assert checked.state == ImportState.CHECKED
        assert not PriorityEntry.objects.exists()

    def test_a_failure_half_way_leaves_nothing(self, monkeypatch):
        checked = check("priority", [priority_row()])

        def fail(*args, **kwargs):
            raise IntegrityError

        monkeypatch.setattr(working_off, "move", fail)
        with pytest.raises(UnableToImport):
            apply(checked)
        assert not PriorityEntry.objects.exists()

    def test_many_rows_take_few_queries(self, django_assert_max_num_queries):
        rows = [priority_row() for _ in range(600)]
        checked = check("priority", rows)
        by = bureau()
        with django_assert_max_num_queries(16):
            apply(checked, by=by)
        assert PriorityEntry.objects.count() == 600


class TestEntries:
    def test_a_blacklist_row_lifts_with_its_day(self):
        code = build.credit_code()
        load("blacklist", [[code, "甲", "失信", "2020-01-15", ""]])
        assert queries.is_blacklisted(code, date(2020, 4, 1))
        lifted = load("blacklist", [[code, "甲", "失信", "2020-01-15", "2020-03-31"]])
        assert changes_of(lifted.rows.get()) == [("移出日期", "（空）", "2020-03-31")]
        assert queries.is_blacklisted(code, date(2020, 3, 30))
        assert not queries.is_blacklisted(code, date(2020, 3, 31))
        assert BlacklistEntry.objects.count() == 1

    def test_a_column_that_is_not_there_leaves_what_is_known(self):
        code = build.credit_code()
        load("blacklist", [[code, "甲", "失信", "2020-01-15", "2020-03-31"]])
        header = ["统一社会信用代码", "列入日期"]
        checked = check("blacklist", [[code, "2020-01-15"]], header=header)
        assert outcomes(checked) == ["same"]
        apply(checked)
        assert BlacklistEntry.objects.get().lifted_on == date(2020, 3, 31)

    def test_a_new_row_from_the_short_file_is_complete(self):
        header = ["类别", "编号", "资金来源"]
        apply(check("funded", [["合同", "HT1", "省"]], header=header))
        assert FundedMatter.objects.get().credit_code == ""

    @pytest.mark.rule("E7")
    def test_an_entry_that_should_not_be_there_is_taken_back(self):
        keep, drop = priority_row(), priority_row()
        load("priority", [keep, drop])
        removal = check("priority", [[drop[0], "", "2020", "专精特新", "移除"]])
        assert outcomes(removal) == ["removed"]
        apply(removal)
        assert PriorityEntry.objects.get().credit_code == keep[0]
        assert not queries.is_priority(drop[0], build.city().pk, 2020)

    @pytest.mark.rule("E7")
    def test_priority_counts_in_the_city_of_the_bureau_that_imported(self):
        foshan = build.city("foshan")
        row = priority_row()
        load("priority", [row], by=bureau(foshan))
        assert queries.is_priority(row[0], foshan.pk, 2020)
        assert not queries.is_priority(row[0], build.city().pk, 2020)
        assert outcomes(check("priority", [row])) == ["new"]

    @pytest.mark.rule("P1")
    def test_a_provincial_platform_of_2017_is_found_at_the_end_of_2020(self):
        row = accreditation_row(
            name="广东服务中心",
            level="省级示范平台",
            recognised_year="2017",
            valid_until="2020-08-31",
        )
        load("accreditation", [row])
        assert queries.find_accreditation("广东服务中心", date(2020, 12, 31))
        assert queries.find_accreditation("广东服务中心", date(2021, 1, 1)) is None

    @pytest.mark.rule("P1")
    def test_a_bureau_keeps_only_its_own_part_of_the_directory(self):
        checked = check("accreditation", [accreditation_row(city="佛山")])
        assert "“所在地市”不是广州" in problems(checked)[2]
        row = accreditation_row(level="省级")
        load("accreditation", [row])
        taken = [*row]
        taken[2] = "佛山"
        by = bureau(build.city("foshan"))
        assert "其他地市登记" in problems(check("accreditation", [taken], by=by))[2]

    @pytest.mark.rule("P1")
    def test_one_name_belongs_to_one_institution(self):
        load("accreditation", [accreditation_row(name="广州（某某）中心")])
        rows = [
            accreditation_row(name="广州(某某)中心"),
            accreditation_row(name="新中心"),
            accreditation_row(name="新 中心"),
        ]
        checked = check("accreditation", rows)
        assert outcomes(checked) == ["bad", "new", "bad"]

    def test_a_longer_validity_updates_the_same_accreditation(self):
        row = accreditation_row()
        load("accreditation", [row])
        row[-1] = "2022-12-31"
        row[0] = "改名后的服务中心"
        done = load("accreditation", [row])
        assert [change[0] for change in changes_of(done.rows.get())] == ["机构全称", "有效期止"]
        entry = Accreditation.objects.get()
        assert entry.valid_until == date(2022, 12, 31)
        assert queries.find_accreditation("改名后的服务中心", date(2022, 1, 1)) == entry


class TestWholeLists:
    """A file that is the complete list of the city takes off what it does not name."""

    def test_what_the_file_does_not_name_goes_and_is_shown_before(self):
        keep, go = priority_row(), priority_row(name="丙公司")
        load("priority", [keep, go])
        checked = check("priority", [keep, priority_row()], whole=True)
        assert sorted(outcomes(checked)) == ["gone", "new", "same"]
        gone = checked.rows.get(outcome="gone")
        assert (gone.row, gone.before["name"]) == (None, "丙公司")
        apply(checked)
        assert not PriorityEntry.objects.filter(credit_code=go[0]).exists()
        assert PriorityEntry.objects.count() == 2

    def test_another_city_and_another_year_stay(self):
        load("priority", [priority_row()], by=bureau(build.city("foshan")))
        load("priority", [priority_row(year="2021")])
        assert check("priority", [priority_row()], whole=True).counts["gone"] == 0

    def test_a_list_of_all_cities_is_never_replaced(self):
        with pytest.raises(UnableToImport) as refused:
            check("blacklist", [[build.credit_code(), "", "", "2020-01-15", ""]], whole=True)
        assert refused.value.field == "whole"

    def test_a_bad_row_cannot_be_skipped_for_its_entry_would_go(self):
        checked = check("priority", [priority_row(), priority_row("x")], whole=True)
        with pytest.raises(UnableToImport) as refused:
            apply(checked, [3])
        assert "不能跳过" in refused.value.sentence

    def test_what_came_in_since_the_dry_run_is_not_taken_off_unseen(self):
        checked = check("priority", [priority_row()], whole=True)
        load("priority", [priority_row()])
        with pytest.raises(UnableToImport) as refused:
            apply(checked)
        assert "重新上传" in refused.value.sentence
        assert PriorityEntry.objects.count() == 1

    @pytest.mark.rule("P1")
    def test_an_accreditation_a_provider_stands_on_is_neither_removed_nor_forgotten(self):
        held = registered().accreditation
        named = accreditation_row(
            name=held.name,
            credit_code=held.credit_code,
            level=held.get_level_display(),
            recognised_year=str(held.recognised_year),
        )
        removal = check("accreditation", [[*named, "移除"]])
        assert outcomes(removal) == ["bad"]
        assert "凭此项认定" in problems(removal)[2]
        without = check("accreditation", [accreditation_row()], whole=True)
        with pytest.raises(UnableToImport) as refused:
            apply(without)
        assert "凭其登记" in refused.value.sentence
        assert Accreditation.objects.filter(pk=held.pk).exists()


class TestPuttingBack:
    """A later file puts back what an import changed (E8)."""

    @pytest.mark.parametrize(
        ("kind", "first", "then"),
        [
            ("accreditation", {}, {"valid_until": "2022-12-31"}),
            ("priority", {"name": "甲"}, {"name": "乙"}),
        ],
    )
    def test_new_rows_go_and_changed_ones_are_as_before(self, kind, first, then):
        make = accreditation_row if kind == "accreditation" else None
        old = make(**first) if make else priority_row(**first)
        place = 7 if make else 1
        changed = [*old]
        changed[place] = next(iter(then.values()))
        load(kind, [old])
        model = Accreditation if make else PriorityEntry
        before = list(model.objects.values())
        done = load(kind, [changed, make() if make else priority_row()])
        undoing = undo_roster_import(by=bureau(), at=LATER, roster_import=done)
        assert (undoing.state, undoing.undoes) == (ImportState.CHECKED, done)
        assert sorted(outcomes(undoing)) == ["changed", "removed"]
        assert model.objects.count() == 2
        apply(undoing)
        assert list(model.objects.values()) == before

    def test_what_was_taken_back_returns(self):
        one, other = sorted((build.credit_code(), build.credit_code()))
        load("related", [[one, other, "公示系统", ""]])
        done = load("related", [[one, other, "", "移除"]])
        apply(undo_roster_import(by=bureau(), at=LATER, roster_import=done))
        assert RelatedParty.objects.get().source == "公示系统"

    def test_only_what_was_applied_and_changed_something(self):
        row = priority_row()
        load("priority", [row])
        for roster_import in (check("priority", [priority_row()]), load("priority", [row])):
            with pytest.raises(UnableToImport):
                undo_roster_import(by=bureau(), at=LATER, roster_import=roster_import)
        with pytest.raises(OutOfReach):
            undo_roster_import(by=contractor(), at=LATER, roster_import=roster_import)

    def test_the_very_same_file_is_recognised(self):
        rows = [priority_row()]
        done = load("priority", rows)
        again = check("priority", rows)
        assert queries.imported_before(again) == done
        assert queries.imported_before(check("priority", [priority_row()])) is None


class TestWho:
    def test_only_the_bureau_of_the_city(self):
        checked = check("priority", [priority_row()])
        file = csv_file([HEADERS[RosterKind.PRIORITY], priority_row()])
        strangers = [
            bureau(build.city("foshan")),
            contractor(),
            build.actor(build.account(Role.PROVINCE)),
            build.actor(build.account(Role.ENTERPRISE, is_superuser=True)),
        ]
        for by in strangers:
            with pytest.raises(OutOfReach):
                check_roster_file(by=by, at=AT, kind="priority", city=build.city(), file=file)
            with pytest.raises(OutOfReach):
                apply(checked, by=by)
            with pytest.raises(OutOfReach):
                discard_roster_import(by=by, at=AT, roster_import=checked)
        assert RosterImport.objects.count() == 1
        assert not PriorityEntry.objects.exists()

    def test_an_unknown_kind_is_refused(self):
        by = bureau()
        with pytest.raises(UnableToImport):
            check_roster_file(
                by=by, at=AT, kind="other", city=by.user.city, file=csv_file([["a"], ["b"]])
            )


def test_the_result_as_excel_has_every_row_and_no_formula():
    checked = check(
        "blacklist",
        [
            [build.credit_code(), '=HYPERLINK("http://x")', "+1", "2020-01-15", ""],
            ["x", "", "", "", ""],
        ],
    )
    sheet = load_workbook(result_sheet(checked)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[1]][:3] == ["2", "新增", None]
    assert rows[1][4].value == '=HYPERLINK("http://x")'
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}
    assert "没有填写" in rows[2][2].value
    assert rows[1][3].value == checked.rows.all()[0].values["credit_code"]


def test_many_rows_are_counted_not_listed():
    assert named_rows({3, 2}) == "第 2、3 行"
    assert named_rows(range(2, 30)) == "第 2、3、4、5、6、7、8、9、10、11 等 28 行"
