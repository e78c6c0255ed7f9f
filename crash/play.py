"""One run: the stage, the people, the kills, the proof. Imported when Django is set up."""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from decimal import Decimal
from random import Random

from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from bench.report import Report
from crash.clients import players
from crash.deeds import Notes
from crash.mail import MailServer
from crash.proof import Mailed, faults, settle
from crash.services import Database, Service, Web, Worker
from crash.stage import DUE, OVER, build_stage, due_batch, enter
from voucher_portal.jobs import run_due, run_long

NUDGE_SECONDS = 2.0
# Between two kills, seconds of acting; each wave of batches that are due keeps the worker at work.
PAUSE = (0.3, 2.5)
KILLS_PER_WAVE = 4


class Crash:
    """One run: the stage, the people, the kills, the proof."""

    def __init__(
        self,
        options: argparse.Namespace,
        database: Database,
        web: Web,
        worker: Worker,
        mail_server: MailServer,
        report: Report,
    ) -> None:
        self.options, self.report = options, report
        self.database, self.web, self.worker = database, web, worker
        self.mail_server = mail_server
        self.chance = Random(options.seed)
        self.notes = Notes()
        self.kills: Counter[str] = Counter()
        self.back: dict[str, list[float]] = {}
        self.over = threading.Event()

    def play(self) -> int:
        began = time.monotonic()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stage = build_stage(
            enterprises=self.options.enterprises,
            providers=self.options.providers,
            now=timezone.now(),
            chance=Random(self.options.seed),
        )
        people = players(self.stage, self.web.port, self.notes, Random(self.options.seed))
        connections.close_all()
        self.report.say(f"Stage set in {time.monotonic() - began:.0f} s; {len(people)} people act.")
        self.web.begin()
        self.worker.begin()
        self.web.wait_until_ready()
        threads = [threading.Thread(target=one.run, daemon=True) for one in people]
        threads.append(threading.Thread(target=self._nudge, daemon=True))
        for thread in threads:
            thread.start()
        began = time.monotonic()
        try:
            self._kill_and_go_on()
        finally:
            for one in people:
                one.stopped.set()
            self.over.set()
        for thread in threads:
            thread.join(60)
        self.report.say(f"{sum(self.kills.values())} kills in {time.monotonic() - began:.0f} s.")
        return self._prove()

    def _kill_and_go_on(self) -> None:
        """Kill one of the three, begin it again, let people act, and so on."""
        services: list[Service] = [self.database, self.web, self.worker]
        for number in range(1, self.options.kills + 1):
            time.sleep(self.chance.uniform(*PAUSE))
            if number % KILLS_PER_WAVE == 1:
                self._wave()
            # In equal parts: a rare chance must not leave one of them out of a short run.
            service = services[(number + self.options.seed) % len(services)]
            killed = service.kill(self.chance)
            self.kills[killed] += 1
            if killed != "web process":
                service.begin()
            took = service.wait_until_ready()
            self.back.setdefault(killed, []).append(took)
            if number % 20 == 0:
                told = self.notes.told()
                self.report.say(f"{number} kills; acts {dict(told)}")

    def _wave(self) -> None:
        """One more batch that is due, and a file for the desk; a database that is down lets it pass."""
        ago = OVER if self.stage.waves % 3 == 0 else DUE
        try:
            due_batch(self.stage, ago=ago, apart=Decimal(5_000))
            enter(self.stage, self.stage.now, passed=False)
        except DatabaseError:
            connections.close_all()

    def _nudge(self) -> None:
        """What beat does each minute, each two seconds; and as beat it goes on when the queue does not answer."""
        if not self.worker.environment["REDIS_URL"]:
            return
        while not self.over.wait(NUDGE_SECONDS):
            for job in (run_due, run_long):
                try:
                    job.apply_async(expires=NUDGE_SECONDS)
                except Exception as error:
                    print(f"beat: {type(error).__name__}", flush=True)

    def _prove(self) -> int:
        self.worker.kill(self.chance)
        connections.close_all()
        settle(at=timezone.now())
        times = Counter(
            int(str(mail["Message-ID"]).partition("message-")[2].partition("@")[0])
            for mail in self.mail_server.taken
        )
        mailed, deeds = Mailed(times), self.notes.deeds
        told = self.notes.told()
        found = list(faults(deeds, mailed, worker_kills=sum(self.kills.values())))
        say = self.report.say
        say(
            f"Killed: {', '.join(f'{name} {count}' for name, count in sorted(self.kills.items()))}."
        )
        for name, seconds in sorted(self.back.items()):
            say(
                f"{name}: back after {sum(seconds) / len(seconds):.1f} s, at most {max(seconds):.1f} s."
            )
        say(
            f"{len(deeds)} acts: {told['kept']} told as done, {told['refused']} refused, "
            f"{told['unanswered']} without an answer, {told['wrong']} answered wrongly; "
            f"{told['unreached']} times nobody was there to be asked."
        )
        kinds = Counter(deed.action for deed in deeds if deed.told == "kept")
        say(", ".join(f"{name} {count}" for name, count in kinds.most_common()))
        reasons = Counter(deed.said[:80] for deed in deeds if deed.told == "refused")
        for reason, count in reasons.most_common(8):
            say(f"  refused {count}: {reason}")
        say(f"{len(times)} messages mailed, {mailed.twice} of them twice.")
        for fault in found[:30]:
            say(f"  WRONG: {fault}")
        self.report.require(not found, f"wrong in {len(found)} places")
        self.report.require(
            sum(self.kills.values()) == self.options.kills, "not all kills were made"
        )
        return self.report.close()
