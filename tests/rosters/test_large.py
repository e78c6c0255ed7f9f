"""Large roster files: the job reads and writes them, with progress, all or nothing (E8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation.accounts.actors import job
from foundation.audit.models import AuditEntry
from foundation.errors import IllegalMove
from foundation.rosters.models import PriorityEntry, RosterImport
from foundation.rosters.operations import importing, working_off
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
)
from foundation.rosters.operations.working_off import LEASE, read_roster_import
from foundation.rosters.states import ImportState
from foundation.rosters.tasks import work_off_imports
from tests import build
from tests.rosters.build import AT, HEADERS, bureau, check, csv_file, outcomes, problems, xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E8")]

LATER = AT + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch):
    monkeypatch.setattr(importing, "BYTES_AT_ONCE", 10)
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 0)
    monkeypatch.setattr(working_off, "BATCH", 3)


def row(code: str = "", name: str = "甲公司", removal: str = "") -> list[str]:
    return [code or build.credit_code(), name, "2020", "专精特新", removal]


def again(roster_import: RosterImport) -> RosterImport:
    return RosterImport.objects.get(pk=roster_import.pk)


@pytest.mark.parametrize("make", [csv_file, xlsx])
def test_waits_for_the_job_then_is_read_and_written(make):
    by = bureau()
    file = make([HEADERS["priority"], *(row() for _ in range(7)), row("9144")])
    taken = check_roster_file(by=by, at=AT, kind="priority", city=by.user.city, file=file)
    assert (taken.state, taken.rows_total, taken.counts) == (ImportState.READING, None, {})
    assert work_off_imports(LATER) == 1
    checked = again(taken)
    assert checked.state == ImportState.CHECKED
    assert (checked.rows_total, checked.rows_done) == (9, 9)
    assert (checked.counts["new"], checked.counts["bad"]) == (7, 1)
    assert "18 位" in problems(checked)[9]
    assert not PriorityEntry.objects.exists()
    ordered = apply_roster_import(by=by, at=LATER, roster_import=checked, skipped_rows=[9])
    assert ordered.state == ImportState.APPLYING
    assert not PriorityEntry.objects.exists()
    assert work_off_imports(LATER + timedelta(minutes=1)) == 1
    done = again(taken)
    assert (done.state, done.applied_by) == (ImportState.APPLIED, by.user)
    assert done.applied_at == LATER + timedelta(minutes=1)
    assert PriorityEntry.objects.count() == 7
    assert work_off_imports(LATER) == 0


def test_the_progress_is_kept_after_each_batch(monkeypatch):
    taken = check("priority", [row() for _ in range(8)])
    seen = []
    original = working_off.Comparison.results

    def results(self, readings):
        seen.append((again(taken).rows_done, taken.rows.count()))
        return original(self, readings)

    monkeypatch.setattr(working_off.Comparison, "results", results)
    work_off_imports(LATER)
    assert seen == [(0, 0), (4, 3), (7, 6)]


def test_a_doubled_run_leaves_a_file_that_is_being_read_alone():
    taken = check("priority", [row()])
    RosterImport.objects.update(claimed_at=AT, attempts=1)
    assert not read_roster_import(by=job("other"), at=LATER, roster_import=taken)
    assert again(taken).state == ImportState.READING
    after = AT + LEASE + timedelta(seconds=1)
    assert read_roster_import(by=job("other"), at=after, roster_import=taken)
    assert outcomes(taken) == ["new"]


def test_what_a_run_left_half_done_is_read_anew_without_doubling():
    taken = check("priority", [row(), row()])
    taken.rows.create(row=2, outcome="new")
    work_off_imports(LATER)
    assert outcomes(taken) == ["new", "new"]


def test_a_run_that_lost_its_file_stops(monkeypatch):
    taken = check("priority", [row() for _ in range(8)])
    original = working_off.Comparison.results

    def results(self, readings):
        RosterImport.objects.filter(pk=taken.pk).update(claimed_at=LATER + LEASE)
        return original(self, readings)

    monkeypatch.setattr(working_off.Comparison, "results", results)
    assert work_off_imports(LATER) == 0
    assert again(taken).state == ImportState.READING


def test_a_file_that_kills_its_runs_is_given_up():
    taken = check("priority", [row()])
    RosterImport.objects.update(attempts=working_off.ATTEMPTS_MAX)
    work_off_imports(LATER)
    given_up = again(taken)
    assert given_up.state == ImportState.UNREADABLE
    assert "拆分" in given_up.fault


def test_a_wrong_header_is_told_on_the_record():
    by = bureau()
    file = csv_file([["甲"], ["乙"]])
    taken = check_roster_file(by=by, at=AT, kind="priority", city=by.user.city, file=file)
    work_off_imports(LATER)
    unreadable = again(taken)
    assert unreadable.state == ImportState.UNREADABLE
    assert "缺少“统一社会信用代码”" in unreadable.fault
    with pytest.raises(IllegalMove):
        apply_roster_import(by=by, at=LATER, roster_import=unreadable)


def test_one_that_is_being_read_can_be_put_aside():
    by = bureau()
    taken = check("priority", [row()], by=by)
    discard_roster_import(by=by, at=LATER, roster_import=taken)
    assert work_off_imports(LATER) == 0
    assert again(taken).state == ImportState.DISCARDED


def test_an_import_that_cannot_be_done_any_more_changes_nothing_and_says_why():
    by, code = bureau(), build.credit_code()
    taken = check("priority", [*(row() for _ in range(4)), row(code)], by=by)
    work_off_imports(LATER)
    apply_roster_import(by=by, at=LATER, roster_import=again(taken))
    PriorityEntry.objects.create(
        city=build.city(), year=2020, category="specialised", credit_code=code, name="别名"
    )
    assert work_off_imports(LATER) == 0
    back = again(taken)
    assert back.state == ImportState.CHECKED
    assert "第 6 行" in back.fault
    assert PriorityEntry.objects.count() == 1
    assert AuditEntry.objects.filter(action="give_back_roster_import").exists()


def test_the_same_entry_twice_is_found_across_batches():
    code = build.credit_code()
    taken = check("priority", [row(code), *(row() for _ in range(5)), row(code)])
    work_off_imports(LATER)
    assert problems(taken) == {8: "与第 2 行重复"}


def test_queries_grow_with_batches_not_with_rows(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(working_off, "BATCH", 500)
    by = bureau()
    taken = check("priority", [row() for _ in range(1000)], by=by)
    with django_assert_max_num_queries(45):
        work_off_imports(LATER)
    apply_roster_import(by=by, at=LATER, roster_import=again(taken))
    with django_assert_max_num_queries(45):
        work_off_imports(LATER)
    assert PriorityEntry.objects.count() == 1000


def test_a_city_s_list_that_was_replaced_can_be_put_back():
    by = bureau()
    load_now = [row() for _ in range(4)]
    work(by, load_now)
    before = set(PriorityEntry.objects.values_list("credit_code", "name"))
    work(by, [load_now[0], row(load_now[1][0], "新名"), row()], whole=True)
    assert PriorityEntry.objects.count() == 3
    undoing = importing.undo_roster_import(
        by=by, at=LATER, roster_import=RosterImport.objects.latest("pk")
    )
    work_off_imports(LATER)
    apply_roster_import(by=by, at=LATER, roster_import=again(undoing))
    work_off_imports(LATER)
    assert set(PriorityEntry.objects.values_list("credit_code", "name")) == before


def work(by, rows, **how):
    taken = check("priority", rows, by=by, **how)
    work_off_imports(LATER)
    apply_roster_import(by=by, at=LATER, roster_import=again(taken))
    work_off_imports(LATER + timedelta(minutes=1))
    assert again(taken).state == ImportState.APPLIED, again(taken).fault
