"""``script/bench jobs``: ranking, publication and reclaim of a whole batch, beside the bare SQL.

Half of the batches are for the portal, half for the bare statements, in turn. A bare statement writes the same rows,
decided by the same facts, in the shortest way; it takes no locks, keeps no states and tells nobody.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from bench.checks import load, winner_faults
from bench.fill import apply_for_all, make_batch, make_enterprises, make_programme
from bench.report import Report
from bench.services import Stand
from foundation.accounts.actors import job
from foundation.moments import local_day
from foundation.money import in_fen
from foundation.notices.models import Message
from foundation.workdays.models import LoadedYear
from foundation.workdays.queries import is_known_year
from rehearsal.large.rows import run as execute
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Batch
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import reclaim_batch
from vouchers.queries import results_due_at
from vouchers.states import BatchState

AMOUNT = 500  # yuan, of each application; all batches together stay below the yearly cap
GATE = 1.5

BARE_RANKING = """
    INSERT INTO vouchers_allocation (application_id, round, rank, tier, granted, outcome, reason)
    SELECT id, 0, rank, tier, GREATEST(0, LEAST(amount, %(pot)s - upto + amount)),
           CASE WHEN upto <= %(pot)s THEN 'granted' WHEN upto - amount < %(pot)s THEN 'partial'
                ELSE 'not_granted' END, ''
    FROM (
        SELECT a.id, a.amount, CASE WHEN p.id IS NULL THEN '2' ELSE '1' END AS tier,
               ROW_NUMBER() OVER line AS rank, SUM(a.amount) OVER line AS upto
        FROM vouchers_application a
        JOIN enterprises_enterprise e ON e.id = a.enterprise_id
        JOIN enterprises_qualification q ON q.enterprise_id = e.id AND q.year = %(year)s AND q.state = 'passed'
        JOIN enterprises_profile f ON f.id = q.profile_id AND f.is_legal_person AND f.size_class <> 'large'
        LEFT JOIN rosters_priorityentry p ON p.credit_code = e.credit_code AND p.year = %(year)s
        LEFT JOIN rosters_blacklistentry b ON b.credit_code = e.credit_code
        LEFT JOIN rosters_sanction s ON s.credit_code = e.credit_code
        WHERE a.batch_id = %(batch)s AND a.withdrawn_at IS NULL AND b.id IS NULL AND s.id IS NULL
        WINDOW line AS (ORDER BY CASE WHEN p.id IS NULL THEN '2' ELSE '1' END, a.id ROWS UNBOUNDED PRECEDING)
    ) ranked
"""

BARE_RECLAIM = """
    WITH emptied AS (
        UPDATE vouchers_voucher SET reclaimed = reclaimed + free, free = 0
        WHERE batch_id = %(batch)s AND free > 0 RETURNING id, reclaimed
    )
    INSERT INTO vouchers_ledgerentry (voucher_id, kind, amount, at, reference)
    SELECT id, 'reclaim', reclaimed, %(at)s, 'window' FROM emptied
"""


def run(options: argparse.Namespace, services: Stand, report: Report) -> None:
    """Fill, then let each job and its bare statement run in turn, on batches of the same size."""
    rows, now = options.rows, timezone.now()
    # A tenth goes away empty-handed, and one is granted in part.
    applicants = rows + rows // 10
    pot = rows * AMOUNT - AMOUNT // 2
    ours, bare = _fill(applicants, pot, options.rounds, now, report)
    closed = now + timedelta(days=3)

    report.heading(f"ranking {applicants} applications")
    facts = {"pot": in_fen(pot), "year": local_day(now).year}
    _in_turn(
        [partial(_do, rank_batch, closed, pk) for pk in ours],
        [partial(execute, BARE_RANKING, **facts, batch=pk) for pk in bare],
        report,
    )
    for pk in (ours[0], bare[0]):
        found = list(winner_faults(load(Batch.objects.get(pk=pk), {}, books=False)))
        report.require(not found, f"ranking went wrong {len(found)} times: {found[:1]}")
    # From here on all batches are alike, and the portal does the next step for each.
    Batch.objects.filter(pk__in=bare).update(state=BatchState.RANKED, ranked_at=closed)

    report.heading(f"publishing {applicants} results, {rows} of them vouchers")
    due = max(results_due_at(batch) for batch in Batch.objects.all())
    seconds = [_timed(partial(_do, publish_results, due, pk)) for pk in [*ours, *bare]]
    report.say(
        f"portal {statistics.median(seconds):6.2f} s: vouchers, ledger, caps, list with digest, "
        f"{Message.objects.count() // len(seconds)} messages with their outbox"
    )
    execute("VACUUM ANALYZE")

    report.heading(f"reclaiming {rows} vouchers")
    over = Batch.objects.select_related("programme").get(pk=ours[0]).usage_ends_at
    over += timedelta(hours=1)
    _in_turn(
        [partial(_do, reclaim_batch, over, pk) for pk in ours],
        [partial(execute, BARE_RECLAIM, batch=pk, at=over) for pk in bare],
        report,
    )
    breaks = [str(one) for one in all_breaks()]
    report.require(not breaks, f"the books do not add up in {len(breaks)} places: {breaks[:1]}")
    if not breaks:
        report.say("outcome: the right winners; every balance and counter equals its sum")


def _fill(
    applicants: int, pot: int, rounds: int, now: datetime, report: Report
) -> tuple[list[int], list[int]]:
    """Enterprises, and batches for which all of them have applied: (for the portal, for bare SQL)."""
    started = time.monotonic()
    make_enterprises(applicants, at=now)
    programme = make_programme(at=now, total=pot * rounds * 2)
    for year in (programme.year, programme.year + 1):
        if not is_known_year(year):  # a measurement need not wait for the State Council
            LoadedYear.objects.create(year=year, loaded_at=now)
    batches = []
    for _ in range(2 * rounds):
        batch = make_batch(programme, amount=pot, at=now)
        apply_for_all(batch, amount=AMOUNT, at=now)
        batches.append(batch.pk)
    execute("VACUUM ANALYZE")
    report.say(
        f"{len(batches)} batches with {applicants} applications each, made in "
        f"{time.monotonic() - started:.0f} s."
    )
    return batches[::2], batches[1::2]


def _do(operation: Callable[..., object], at: datetime, pk: int) -> None:
    if not operation(by=job("bench"), at=at, batch_pk=pk):
        raise SystemExit(f"{operation.__name__} found nothing to do")


def _in_turn(
    ours: Sequence[Callable[[], None]], bare: Sequence[Callable[[], None]], report: Report
) -> None:
    """Print the seconds of both, and the portal's as a multiple of the bare statement's."""
    mine: list[float] = []
    least: list[float] = []
    for number, (ours_now, bare_now) in enumerate(zip(ours, bare, strict=True)):
        pair = [(mine, ours_now), (least, bare_now)]
        for seconds, work in pair if number % 2 == 0 else reversed(pair):
            seconds.append(_timed(work))
    ratios = [one / other for one, other in zip(mine, least, strict=True)]
    ratio = statistics.median(ratios)
    report.say(
        f"portal {statistics.median(mine):6.2f} s   bare SQL {statistics.median(least):6.2f} s   "
        f"ratio {ratio:.2f} (rounds {', '.join(f'{one:.2f}' for one in ratios)})"
    )
    report.require(ratio <= GATE, f"ratio {ratio:.2f} to the bare SQL above {GATE}")


def _timed(work: Callable[[], None]) -> float:
    """Seconds that ``work`` takes, from just after a checkpoint to its commit."""
    execute("CHECKPOINT")
    started = time.monotonic()
    work()
    return time.monotonic() - started
