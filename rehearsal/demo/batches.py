"""The demo's programmes and batches: over, nearly over, just published, just closed, open, coming, and not announced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.moments import moment
from rehearsal.demo.stage import Stage
from rehearsal.demo.timeline import BatchTimes
from vouchers.models import Batch, Voucher
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.issuing import announce_batch, cancel_batch, create_programme, draft_batch
from vouchers.queries import results_due_at

TOTAL = Decimal(6_000_000)

# Who applied for how much, in the order of the line; the amounts of a batch are in AMOUNTS.
APPLICATIONS: dict[str, tuple[tuple[str, int], ...]] = {
    # What is left to "main" of its yearly cap can be tried on the open batch.
    "long_ago": (("main", 6_000), *((f"firm{number}", 8_000) for number in range(1, 9))),
    "nearly_over": (("main", 8_000), *((f"firm{number}", 8_000) for number in range(1, 6))),
    # The last two are on a priority roster and overtake: a partial grant, and one who gets nothing.
    "just_published": (
        ("firm6", 12_000),
        ("firm7", 12_000),
        ("firm9", 15_000),
        ("firm10", 15_000),
        ("firm11", 5_000),
        ("firm8", 12_000),
        ("main", 3_000),
    ),
    "just_closed": (("firm12", 8_000), ("firm13", 6_000), ("firm5", 2_000), ("firm2", 2_000)),
    "open_now": (("firm12", 5_000), ("firm13", 4_000), ("firm3", 3_000)),
}
AMOUNTS = {
    "long_ago": 120_000,
    "nearly_over": 100_000,
    "just_published": 60_000,
    "just_closed": 50_000,
    "open_now": 200_000,
    "coming": 300_000,
}
WITHDRAWN = {"just_closed": "firm2", "open_now": "firm3"}


def plan_batches(stage: Stage) -> None:
    """Programmes, announcements, applications, and what the bureau has in its drawer."""
    agenda, timeline = stage.agenda, stage.timeline
    first = timeline.turn(0) if timeline.turns else timeline.ago(82, 14)
    if timeline.turns:
        agenda.at(timeline.ago(82, 14), partial(_create_programme, stage, timeline.years[0]))
    agenda.at(first, partial(_create_programme, stage, timeline.today.year))
    times = {
        "long_ago": timeline.long_ago(),
        "nearly_over": timeline.nearly_over(),
        "just_published": timeline.just_published(),
        "just_closed": timeline.just_closed(),
        "open_now": timeline.open_now(),
        "coming": timeline.coming(),
    }
    for key, batch in times.items():
        agenda.at(batch.announced, partial(_announce, stage, key, batch))
        _plan_line(stage, key, batch)
    agenda.at(timeline.recently(0.2), partial(_fill_the_drawer, stage))


def _plan_line(stage: Stage, key: str, times: BatchTimes) -> None:
    """The applications of a batch one after the other; in the open one they come until now."""
    applicants = APPLICATIONS.get(key, ())
    first, last = times.opens, min(times.closes, stage.now)
    for place, (firm, amount) in enumerate(applicants):
        at = first + (last - first) * (0.1 + 0.5 * place / len(applicants))
        stage.agenda.at(at, partial(_apply, stage, key, firm, amount))
    if key in WITHDRAWN:
        at = first + (last - first) * 0.7
        stage.agenda.at(at, partial(_withdraw, stage, key, WITHDRAWN[key]))


def _create_programme(stage: Stage, year: int, at: datetime) -> None:
    """A year's scheme; the service period reaches far enough for what is on the way."""
    until = max(date(year, 11, 30), stage.timeline.today + timedelta(days=90))
    stage.programmes[year] = create_programme(
        by=stage.office.bureau,
        at=at,
        city=stage.city,
        year=year,
        total_amount=TOTAL,
        service_from=date(year - 1, 12, 1),
        service_until=until,
    )


def _announce(stage: Stage, key: str, times: BatchTimes, at: datetime) -> None:
    draft = draft_batch(
        by=stage.office.bureau,
        at=at,
        programme=stage.programmes[times.year],
        amount=Decimal(AMOUNTS[key]),
        opens_at=times.opens,
        closes_at=times.closes,
        valid_until=times.valid_until,
    )
    batch = announce_batch(by=stage.office.bureau, at=at, batch=draft)
    stage.batches[key] = batch
    if times.closes <= stage.now:
        due = results_due_at(batch)
        if due <= stage.now:
            stage.agenda.at(due, partial(_see_results, stage, key))


def _apply(stage: Stage, key: str, firm: str, amount: int, at: datetime) -> None:
    submit_application(
        by=stage.firms[firm].actor,
        at=at,
        batch_pk=stage.batches[key].pk,
        amount=Decimal(amount),
    )


def _withdraw(stage: Stage, key: str, firm: str, at: datetime) -> None:
    application = stage.batches[key].applications.get(enterprise=stage.firms[firm].enterprise)
    withdraw_application(by=stage.firms[firm].actor, at=at, application=application)


def _see_results(stage: Stage, key: str, at: datetime) -> None:
    """What came out: the vouchers of each firm (B7). The jobs of the moment have run before."""
    stage.batches[key] = Batch.objects.select_related("programme").get(pk=stage.batches[key].pk)
    firms = {firm.enterprise.pk: firm for firm in stage.firms.values() if firm.enterprise}
    for voucher in Voucher.objects.filter(batch=stage.batches[key]).order_by("number"):
        voucher.batch = stage.batches[key]
        firms[voucher.enterprise_id].vouchers[key] = voucher


def _fill_the_drawer(stage: Stage, at: datetime) -> None:
    """A draft that is being prepared, and one that was dropped (B1)."""
    bureau, today = stage.office.bureau, stage.timeline.today
    for days, dropped in ((40, False), (70, True)):
        opens = moment(today + timedelta(days=days), 9)
        draft = draft_batch(
            by=bureau,
            at=at,
            programme=stage.programmes[today.year],
            amount=Decimal(400_000),
            opens_at=opens,
            closes_at=opens + timedelta(hours=8),
            valid_until=today + timedelta(days=days + 60),
        )
        if dropped:
            cancel_batch(by=bureau, at=at, batch=draft)
