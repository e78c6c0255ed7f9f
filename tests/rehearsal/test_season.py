"""A small season from the first notice to the last settlement: everything happens, and the books are clean."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from dashboards.figures import money
from dashboards.groupings import GROUPINGS
from dashboards.operations.refreshing import refresh_figures
from dashboards.reach import Reach
from foundation.moments import local_day, moment
from foundation.notices.models import OutboxEntry
from orders.models import Order
from orders.states import OrderState
from redemption.models import Claim
from redemption.states import ClaimState
from rehearsal.management.commands import simulate_season
from rehearsal.season.plan import REAL_BATCH_AMOUNT, SeasonPlan
from rehearsal.season.report import season_figures
from rehearsal.season.table import as_table
from rehearsal.season.tally import Tally
from tests import build
from voucher_portal.reconciliation import all_breaks
from vouchers.models import (
    Allocation,
    Batch,
    EnterpriseAllowance,
    LedgerEntry,
    Programme,
    ResultList,
    Voucher,
)
from vouchers.public_views import VERIFIER
from vouchers.results import result_lines
from vouchers.states import EntryKind

# ``reconcile`` wants a transaction of its own, so these commit.
commits = pytest.mark.django_db(transaction=True)

SMALL = {"enterprises": 40, "providers": 4, "seed": 7}
# SHA-256 of the season's figures: the same twice, on every machine, on both engines. A change of the play or of a
# rule that moves a figure changes it; then look at what moved before writing the new one here.
DIGEST = "f1e52b1e15db2769e9209d31cf6eadb56e3b65a844d744c9ba12cf0e077de4c3"

# What a season must show at least once (the issue's list and more), by the tally's names.
HAPPENS = (
    *("enterprises_registered", "files_passed", "files_sent_back", "files_corrected"),
    *("files_refused", "providers_approved", "providers_sent_back", "providers_refused"),
    *("roster_imports", "roster_rows_bad", "roster_imports_discarded", "products_published"),
    *("products_sent_back", "products_withdrawn", "product_versions_renewed", "provider_changes"),
    *("batches", "batches_cancelled", "applications", "withdrawals", "applications_again"),
    *("vouchers_returned", "vouchers_left_idle", "orders", "orders_confirmed", "orders_declined"),
    *("orders_cancelled", "orders_cancelled_together", "orders_left_unconfirmed"),
    *("contracts_uploaded", "contracts_never_uploaded", "contracts_sent_back"),
    *("contracts_confirmed", "orders_never_paid", "payments", "payments_below_reserve"),
    *("payment_corrections_asked", "payments_corrected", "payments_accepted"),
    *("payment_returns_asked", "payments_returned", "payment_returns_refused"),
    *("orders.lapse_due_orders", "vouchers.reclaim_unused", "vouchers.remind_holders"),
    *("orders.remind", "redemption.remind", "redemption.close_publicity"),
    *("claims_prepared", "claims_given_up", "claims_submitted", "claims_asked_for_more"),
    *("supplements", "expert_opinions", "claims_first_reviewed", "claims_sent_back"),
    *("lines_disallowed_in_review", "lines_disallowed_by_bureau", "claims_approved"),
    *("claims_published", "publicity_lists", "objections_filed", "objections_upheld"),
    *("objections_rejected", "settlements", "violations_reported", "violations_dismissed"),
    *("sanctions_suspension", "sanctions_disqualification", "sanctions_warning"),
    *("sanctions_lifted", "recoveries", "notices"),
)
# What rules must have refused at least once.
REFUSED = (
    *("E1 UnableToRegister", "E2 BadCreditCode", "E4 UnableToSubmit", "E5 NotEligible"),
    *("E8 UnableToImport", "P1 UnableToRegister", "B1 UnableToIssue", "B2 UnableToApply"),
    *("B3 UnableToApply", "B4 BatchFull", "B4 UnableToWithdraw", "V4 OrderLapsed"),
    *("V5 OrderLapsed", "O3 Affiliated", "O5 UnableToPay", "O5 UsedBefore"),
    *("O9 FundedElsewhere", "R3 UnableToApprove", "R4 UnableToObject", "R4 UnableToSettle"),
    *("S1 UnableToDecide", "S1 UnderSanction"),
)


def play(**options: Any) -> dict[str, Any]:
    """The season's figures as the command prints them."""
    out = io.StringIO()
    call_command("simulate_season", json=True, stdout=out, stderr=io.StringIO(), **options)
    return json.loads(out.getvalue())


def digest_of(figures: dict[str, Any]) -> str:
    """Of everything but the reminders, whose number is no figure of the scheme."""
    events = {name: times for name, times in figures["events"].items() if "remind" not in name}
    figures = {**figures, "events": events}
    text = json.dumps(figures, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@commits
@pytest.mark.rule("V2", "B5", "B6", "B7", "B8", "N3", "V4", "V5", "V6", "P7", "R5", "R7", "S1")
def test_a_small_season_ends_clean_and_everything_happens(tmp_path: Path) -> None:
    # The command itself raises when the books are not clean.
    figures = play(**SMALL)

    assert figures["faults"] == []
    assert figures["on_the_way"] == "0.00"
    assert [name for name in HAPPENS if not figures["events"].get(name)] == []
    assert [name for name in REFUSED if not figures["refusals"].get(name)] == []

    batches = figures["batches"]
    assert [batch["number"] for batch in batches] == [1, 2, 3, 4, 5]
    second = Batch.objects.get(number=2, programme__year=2020)
    assert second.amount == REAL_BATCH_AMOUNT
    assert second.opens_at == moment(date(2020, 6, 28), 15)
    assert second.closes_at == moment(date(2020, 6, 28), 17, 30)
    assert second.published_at == moment(date(2020, 6, 29), 9)

    # Oversubscribed: refused as full, a last grant in part, some ranked and not granted.
    assert sum(batch["partial"] for batch in batches) >= 2
    assert sum(batch["not_granted"] for batch in batches) >= 1
    assert any(batch["granted"] == batch["amount"] for batch in batches)
    assert any(Decimal(batch["granted"]) < Decimal(batch["amount"]) for batch in batches)
    assert sum(batch["overtaken"] for batch in batches) >= 1
    assert sum(batch["passed_over"] for batch in batches) >= 1
    _assert_priority_overtook()

    # Every yuan that came in went out somewhere, and every end was reached.
    ended = {place: Decimal(amount) for place, amount in figures["ended"].items()}
    assert all(ended.values())
    assert sum(ended.values()) == Decimal(figures["issued"]) == _entered(EntryKind.ISSUE)
    assert not Voucher.objects.filter(free__gt=0).exists()
    assert not Claim.objects.exclude(state__in=(ClaimState.SETTLED, ClaimState.GIVEN_UP)).exists()
    reasons = set(
        Order.objects.filter(state=OrderState.LAPSED).values_list("end_reason", flat=True)
    )
    assert len(reasons) == 3, "window over, correction window over, voucher expired"

    # Nothing happened after the play's year, and nobody was mailed.
    last = LedgerEntry.objects.order_by("-at").first()
    assert last is not None
    assert local_day(last.at).year == 2020
    assert OutboxEntry.objects.exists()

    table = as_table(season_figures(second.programme, Tally()))
    assert "广州市 2020 年中小微企业服务券 全年演练" in table
    assert "2020年6月28日 17:30  2020年6月29日 09:00  2,000,000" in table
    assert "进出相符" in table

    assert digest_of(figures) == DIGEST
    _assert_every_list_recomputes(tmp_path)
    _assert_dashboards_are_the_ledgers(figures)


def _assert_every_list_recomputes(folder: Path) -> None:
    """Every download of the season passes the script that is handed out with it (B8)."""
    lists = ResultList.objects.select_related("batch__programme__city").order_by("batch", "round")
    assert len(lists) >= 5
    for results in lists:
        name = f"{results.batch_id}-{results.round}.csv"
        (folder / name).write_text("".join(result_lines(results)), encoding="utf-8", newline="")
        earlier = [f"{results.batch_id}-{number}.csv" for number in range(results.round)]
        command = [sys.executable, str(VERIFIER), name, "--digest", results.digest]
        said = subprocess.run(
            [*command, *(["--earlier", *earlier] if earlier else [])],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stdout + said.stderr


def _assert_dashboards_are_the_ledgers(figures: dict[str, Any]) -> None:
    """The dashboards' figures of the whole season are the ledger's, place by place (V2, N3)."""
    programme = Programme.objects.select_related("city").get(year=2020)
    refresh_figures(at=moment(date(2020, 12, 31), 12), programme=programme)
    assert not list(all_breaks())
    table = money(Reach(2020, (programme,), programme), GROUPINGS["batch"])
    shown = dict(zip([c.key for c in table.columns], table.total.values, strict=True))
    assert {place: Decimal(sum_) for place, sum_ in figures["ended"].items()} == {
        place: shown[place] for place in figures["ended"]
    }


@commits
def test_the_same_seed_gives_the_same_season() -> None:
    # Beside another city's data, so that numbers of rows are others than in an empty database.
    build.enterprise(of=build.city("zhuhai"))
    build.provider(of=build.city("zhuhai"))
    assert digest_of(play(**SMALL)) == DIGEST


@pytest.mark.django_db
class TestWhereASeasonCannotBePlayed:
    def refusal(self, **options: Any) -> str:
        with pytest.raises(CommandError) as caught:
            play(**{**SMALL, **options})
        return str(caught.value)

    def test_a_city_that_has_a_programme_of_the_year(self) -> None:
        build.programme()
        assert "年度方案已存在" in self.refusal()

    def test_a_year_without_a_calendar(self) -> None:
        assert "放假调休安排" in self.refusal(year=2060)

    def test_an_unknown_city(self) -> None:
        assert "没有地市" in self.refusal(city="atlantis")

    def test_too_few_players(self) -> None:
        assert "至少需要" in self.refusal(enterprises=5)

    @override_settings(PRODUCTION=True)
    def test_production(self) -> None:
        assert "正式环境不能演练" in self.refusal()


@commits
@pytest.mark.rule("V2")
def test_a_break_in_the_books_ends_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the play says, ``reconcile`` has the last word."""

    def play_nothing(*args: object, **options: object) -> SimpleNamespace:
        programme, enterprise = build.programme(), build.enterprise()
        EnterpriseAllowance.objects.create(
            programme=programme, enterprise=enterprise, cap=Decimal(20_000), applied=Decimal(100)
        )
        return SimpleNamespace(programme=programme, tally=Tally())

    monkeypatch.setattr(simulate_season, "play_season", play_nothing)
    with pytest.raises(CommandError, match="对账不平：1 处"):
        play()


@commits
def test_a_fault_of_the_play_ends_with_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def play_badly(*args: object, **options: object) -> SimpleNamespace:
        tally = Tally()
        tally.faults.append("定时任务重复运行时又办理了 1 项")
        return SimpleNamespace(programme=build.programme(), tally=tally)

    monkeypatch.setattr(simulate_season, "play_season", play_badly)
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError, match="重复运行"):
        call_command("simulate_season", stdout=out, stderr=err)
    assert "进出不符" in out.getvalue()
    assert "对账完成：全部相符。" in err.getvalue()
    assert "演练结束" in err.getvalue()


@pytest.mark.parametrize(
    ("enterprises", "total"), [(40, 6_000_000), (300, 6_000_000), (3000, 8_630_000)]
)
def test_amounts_grow_with_the_city_but_the_real_batch_does_not(
    enterprises: int, total: int
) -> None:
    plan = SeasonPlan("guangzhou", 2020, enterprises, 12, 7)
    assert plan.batches[1].amount == REAL_BATCH_AMOUNT
    assert plan.total_amount == total
    assert plan.total_amount >= sum(batch.amount for batch in plan.batches)


def _entered(kind: EntryKind) -> Decimal:
    return sum((entry.amount for entry in LedgerEntry.objects.filter(kind=kind)), Decimal(0))


def _assert_priority_overtook() -> None:
    """Somebody of the priority tier was served before somebody who had come earlier (B5)."""
    for batch in Batch.objects.filter(programme__year=2020):
        decided = Allocation.objects.filter(application__batch=batch, round=0)
        served = decided.filter(tier="1", granted__gt=0).order_by("-application_id").first()
        if served is None:
            continue
        if decided.filter(
            tier="2", application_id__lt=served.application_id, rank__gt=served.rank
        ).exists():
            return
    raise AssertionError("nobody was overtaken")
