"""``script/bench rush``: applying through the real page, beside a minimal view under the same server."""

from __future__ import annotations

import argparse
import re
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from bench import checks
from bench.checks import Answer, Outcome, Told, percentile
from bench.client import Exchange, Login, fire, form_post
from bench.fill import (
    make_allowances,
    make_batch,
    make_enterprises,
    make_logins,
    make_programme,
    settle_tables,
)
from bench.models import Mark
from bench.report import Report
from bench.services import Stand, portal
from foundation.accounts.actors import job
from vouchers.models import Application, Batch, DemandShard, EnterpriseAllowance, Programme
from vouchers.operations.ranking import rank_batch
from vouchers.states import Tier

AMOUNT = 2000  # yuan, of each application
FULL = "已额满".encode()
ACCEPTED = re.compile(r"/vouchers/applications/(\d+)/")
GATE = {"ratio": 0.8, "p99": 1.2}


@dataclass(frozen=True)
class Round:
    """One volley: answers per second, and the seconds that answers took."""

    per_second: float
    p50: float
    p99: float
    errors: int
    cpu: dict[str, float]  # processor seconds of each service, per answer


def run(options: argparse.Namespace, services: Stand, report: Report) -> None:
    """Fill, serve, fire, compare, check."""
    applicants = options.rounds * options.requests
    with connection.schema_editor() as editor:
        editor.create_model(Mark)
    now = timezone.now()
    enterprises = make_enterprises(max(applicants, options.crowd) + options.requests, at=now)
    programme = make_programme(at=now, total=500_000_000)
    make_allowances(programme)
    report.say(f"{len(enterprises)} enterprises made, {applicants} of them apply in rounds.")
    logins = make_logins(enterprises)
    settle_tables()
    connection.close()
    report.say(
        f"Web server: {options.workers} processes with {options.threads} threads; the clients "
        "run on the same machine."
    )
    with portal(services, workers=options.workers, threads=options.threads) as port:
        _in_rounds(services, port, programme, logins, now, options, report)
        if options.crowd:
            _at_once(services, port, programme, logins[: options.crowd], now, options, report)


def _in_rounds(
    services: Stand,
    port: int,
    programme: Programme,
    logins: Sequence[Login],
    now: datetime,
    options: argparse.Namespace,
    report: Report,
) -> None:
    """Minimal view and page in turn, each round the other one first."""
    count = options.requests
    batch = make_batch(programme, amount=100_000_000, at=now)
    warm_up = make_batch(programme, amount=100_000_000, at=now)
    spare, applicants = logins[-count:], logins[: options.rounds * count]
    first = fire(port, _marks(spare[:1]), connections=1)[0]
    if not _marked(first):
        raise SystemExit(f"The minimal view does not work: status {first.status} {first.location}")
    _, told = _answers(port, spare[:1], warm_up, 1)
    if told[0].told != Told.ACCEPTED:
        raise SystemExit(f"The apply page does not work: {told[0].said}")
    fire(port, _marks(spare), connections=options.connections)
    _answers(port, spare[1:], warm_up, options.connections)
    minimal: list[Round] = []
    page: list[Round] = []
    answers: list[Answer] = []
    for number in range(options.rounds):
        group = applicants[number * count : (number + 1) * count]

        def fire_marks(group: Sequence[Login] = group) -> None:
            before = services.cpu_seconds()
            exchanges = fire(port, _marks(group), connections=options.connections)
            used = _since(before, services)
            minimal.append(_round(exchanges, [not _marked(one) for one in exchanges], used))

        def fire_page(group: Sequence[Login] = group) -> None:
            before = services.cpu_seconds()
            exchanges, told = _answers(port, group, batch, options.connections)
            used = _since(before, services)
            answers.extend(told)
            page.append(_round(exchanges, [one.told == Told.ERROR for one in told], used))

        for volley in (fire_marks, fire_page) if number % 2 == 0 else (fire_page, fire_marks):
            volley()
    report.heading(f"{options.connections} connections, {options.rounds} rounds of {count}")
    _compare(minimal, page, report)
    _check(batch, answers, applicants, report)


def _at_once(
    services: Stand,
    port: int,
    programme: Programme,
    logins: Sequence[Login],
    now: datetime,
    options: argparse.Namespace,
    report: Report,
) -> None:
    """Everybody in the same moment, against a quota for few."""
    batch = make_batch(programme, amount=options.quota * AMOUNT, at=now)
    crowd = len(logins)
    before = services.cpu_seconds()
    plain = fire(port, _marks(logins), connections=crowd)
    used = _since(before, services)
    minimal = _round(plain, [not _marked(one) for one in plain], used)
    before = services.cpu_seconds()
    exchanges, answers = _answers(port, logins, batch, crowd)
    used = _since(before, services)
    page = _round(exchanges, [one.told == Told.ERROR for one in answers], used)
    report.heading(f"{crowd} at once, quota for {options.quota}")
    _compare([minimal], [page], report, gate=False)
    in_line = [one for one in answers if one.told == Told.ACCEPTED]
    report.say(
        f"accepted {len(in_line)}, refused as full "
        f"{sum(one.told == Told.FULL for one in answers)}, errors {page.errors}"
    )
    _check(batch, answers, logins, report)


def _marks(logins: Sequence[Login]) -> list[bytes]:
    return [form_post("/bench/mark/", login, {"amount": str(AMOUNT)}) for login in logins]


def _marked(exchange: Exchange) -> bool:
    return exchange.status == 302 and exchange.location.startswith("/bench/marks/")


def _answers(
    port: int, logins: Sequence[Login], batch: Batch, connections: int
) -> tuple[list[Exchange], list[Answer]]:
    """Let each login apply once through the page."""
    path = f"/vouchers/apply/{batch.pk}/"
    requests = [form_post(path, login, {"amount": str(AMOUNT)}) for login in logins]
    exchanges = fire(port, requests, connections=connections)
    return exchanges, [_told(*pair) for pair in zip(logins, exchanges, strict=True)]


def _told(login: Login, exchange: Exchange) -> Answer:
    answer = Answer(login.enterprise, AMOUNT, exchange.sent, exchange.answered, Told.ERROR)
    accepted = ACCEPTED.fullmatch(exchange.location)
    if exchange.status == 302 and accepted:
        return replace(answer, told=Told.ACCEPTED, application=int(accepted[1]))
    if exchange.status in {200, 409} and FULL in exchange.body:
        return replace(answer, told=Told.FULL)
    text = re.sub(r"<[^>]+>|\s+", " ", exchange.body.decode(errors="replace"))[:200]
    return replace(answer, said=f"status {exchange.status} {exchange.location} {text}")


def _round(exchanges: Sequence[Exchange], errors: Sequence[bool], cpu: dict[str, float]) -> Round:
    seconds = [one.seconds for one in exchanges]
    span = max(one.answered for one in exchanges) - min(one.sent for one in exchanges)
    return Round(
        per_second=len(exchanges) / span,
        p50=percentile(seconds, 0.5),
        p99=percentile(seconds, 0.99),
        errors=sum(errors),
        cpu={name: seconds / len(exchanges) for name, seconds in cpu.items()},
    )


def _compare(
    minimal: Sequence[Round], page: Sequence[Round], report: Report, *, gate: bool = True
) -> None:
    """Print both, and the page as a share of the minimal view; medians of the rounds."""
    for name, rounds in (("minimal view", minimal), ("apply page", page)):
        cpu = _cpu(rounds)
        report.say(
            f"{name:13} {_median(rounds, 'per_second'):7.0f} /s   p50 {_median(rounds, 'p50') * 1000:6.1f} ms   "
            f"p99 {_median(rounds, 'p99') * 1000:6.1f} ms   errors {sum(one.errors for one in rounds)}   "
            f"processor {sum(cpu.values()):.2f} ms ({', '.join(f'{of} {ms:.2f}' for of, ms in cpu.items())})"
        )
    pairs = list(zip(minimal, page, strict=True))
    speed = [mine.per_second / least.per_second for least, mine in pairs]
    p99 = _median(page, "p99") / _median(minimal, "p99")
    ratio = statistics.median(speed)
    least_cpu = sum(_cpu(minimal).values())
    report.say(
        f"{'ratio':13} {ratio:.2f} (rounds {', '.join(f'{one:.2f}' for one in speed)})   p99 {p99:.2f}"
        + (f"   processor {sum(_cpu(page).values()) / least_cpu:.2f}" if least_cpu else "")
    )
    if gate:
        report.require(
            ratio >= GATE["ratio"], f"throughput ratio {ratio:.2f} below {GATE['ratio']}"
        )
        report.require(p99 <= GATE["p99"], f"p99 ratio {p99:.2f} above {GATE['p99']}")


def _median(rounds: Sequence[Round], figure: str) -> float:
    return statistics.median(getattr(one, figure) for one in rounds)


def _since(before: dict[str, float], services: Stand) -> dict[str, float]:
    return {name: now - before[name] for name, now in services.cpu_seconds().items()}


def _cpu(rounds: Sequence[Round]) -> dict[str, float]:
    """Milliseconds per answer by service, medians of the rounds."""
    return {
        name: statistics.median(one.cpu[name] for one in rounds) * 1000 for name in rounds[0].cpu
    }


def _check(
    batch: Batch, answers: Sequence[Answer], logins: Sequence[Login], report: Report
) -> None:
    """Rank the batch as if it had closed, check the outcome, and show that the check sees planted errors."""
    tiers = _tiers(logins)
    with transaction.atomic():
        # Rolled back: the batch must stay open, and nothing may be counted twice.
        Batch.objects.filter(pk=batch.pk).update(closes_at=timezone.now() - timedelta(hours=1))
        ranked = rank_batch(by=job("bench"), at=timezone.now(), batch_pk=batch.pk)
        report.require(ranked, "the batch could not be ranked")
        outcome = checks.load(batch, tiers)
        transaction.set_rollback(True)
    found = checks.faults(answers, outcome)
    for fault in found[:20]:
        report.say(f"  WRONG: {fault}")
    report.require(not found, f"the outcome is wrong in {len(found)} places")
    if not found:
        report.say(
            f"outcome: {len(outcome.lines)} applications, each told and kept once; no cap broken; "
            "counters equal sums; nobody wrongly refused; exactly the right winners"
        )
    if not any(one.told == Told.ACCEPTED for one in answers):
        return
    missed = [name for name, seen in _planted(batch, answers, tiers, outcome) if not seen]
    report.require(not missed, f"the check did not see: {', '.join(missed)}")
    if not missed:
        report.say("planted errors (duplicate, cap, counter, refusal, winner, lost): each was seen")
    connection.close()


def _tiers(logins: Sequence[Login]) -> dict[int, str]:
    """Every fifth enterprise stands on a priority roster, counted from the first that was made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id FROM enterprises_enterprise e "
            "JOIN rosters_priorityentry p ON p.credit_code = e.credit_code"
        )
        priority = {row[0] for row in cursor.fetchall()}
    return {
        login.enterprise: str(Tier.PRIORITY if login.enterprise in priority else Tier.OTHER)
        for login in logins
    }


def _planted(
    batch: Batch, answers: Sequence[Answer], tiers: dict[int, str], outcome: Outcome
) -> Iterator[tuple[str, bool]]:
    """Each kind of error, planted and taken back: (its name, whether the check saw it)."""
    accepted = next(one for one in answers if one.told == Told.ACCEPTED)
    with _taken_back("DROP INDEX vouchers_one_live_application"):
        row = Application.objects.get(pk=accepted.application)
        row.pk = None
        row.save(force_insert=True)
        yield "duplicate", _sees("live applications", answers, checks.load(batch, tiers))
    cap = "ALTER TABLE vouchers_enterpriseallowance DROP CONSTRAINT vouchers_allowance_within_cap"
    with _taken_back(cap):
        own = EnterpriseAllowance.objects.filter(enterprise_id=accepted.enterprise)
        own.update(applied=own.get().cap + 1)
        yield "cap", _sees("against a cap", answers, checks.load(batch, tiers))
    with _taken_back():
        shard = DemandShard.objects.filter(batch=batch).latest("other_amount")
        DemandShard.objects.filter(pk=shard.pk).update(other_amount=shard.other_amount + AMOUNT)
        yield "counter", _sees("books", answers, checks.load(batch, tiers))
    early = min(one.sent for one in answers)
    refused = replace(accepted, told=Told.FULL, answered=early, application=0)
    others = [one for one in answers if one is not accepted]
    yield "refusal", _sees("told the batch is full", [*others, refused], outcome)
    changed = replace(outcome.grants[0], granted=outcome.grants[0].granted + 1)
    winners = replace(outcome, grants=[changed, *outcome.grants[1:]])
    yield "winner", _sees("ranking gave", answers, winners)
    lost = [line for line in outcome.lines if line.pk != accepted.application]
    yield "lost", _sees("which is not there", answers, replace(outcome, lines=lost))


@contextmanager
def _taken_back(*statements: str) -> Iterator[None]:
    """A transaction that begins with ``statements`` and is rolled back."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield
        transaction.set_rollback(True)


def _sees(words: str, answers: Sequence[Answer], outcome: Outcome) -> bool:
    return any(words in fault for fault in checks.faults(answers, outcome))
