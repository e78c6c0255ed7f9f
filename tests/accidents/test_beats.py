"""Two beats at once, and workers that die: every job's work is done once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from celery.apps.beat import Beat
from celery.beat import Service

from foundation.audit.models import AuditEntry, Seal
from foundation.audit.sealing import witness
from foundation.audit.sealing.operations import seal_settled_rows
from foundation.audit.sealing.verifying import breaks as trail_breaks
from foundation.jobs.models import JobRun
from foundation.notices.models import Message, Notice, OutboxEntry
from tests import build
from tests.concurrency.processes import DONE, in_processes, killed_at
from tests.foundation.mail import Server
from voucher_portal.celery import app
from voucher_portal.jobs import run_jobs
from voucher_portal.reconciliation import all_breaks
from vouchers.models import LedgerEntry, ResultList

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_beat_that_lost_power_begins_again(tmp_path: Path) -> None:
    """It keeps no file: one that was torn off while it was written stopped each later start, and all jobs with it."""
    schedule = tmp_path / "celerybeat-schedule"
    schedule.with_suffix(".dat").write_bytes(b"")
    schedule.with_suffix(".dir").write_text("'entries', (0, 90)\n")

    service = Service(
        app, scheduler_cls=Beat(app=app).scheduler_cls, schedule_filename=str(schedule)
    )

    assert set(service.scheduler.schedule) == {"run-due-jobs", "run-long-jobs"}
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{schedule.name}{end}" for end in (".dat", ".dir")
    }


def test_two_beats_start_everything_twice_and_it_is_done_once(
    settings: Any, tmp_path: Path
) -> None:
    settings.SEAL_WITNESS = str(tmp_path / "witness.log")
    with Server() as smtp:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
        batch = build.batch(amount=Decimal(30_000))
        for number in range(3):
            enterprise = build.enterprise()
            enterprise.account.email = f"{number}@example.org"
            enterprise.account.save()
            build.apply(batch, enterprise, in_flight=True)
        late = batch.usage_ends_at + timedelta(minutes=6)
        for at in (build.RANKING, build.RESULTS, late, late + timedelta(minutes=11)):
            beats = [lambda at=at: bool(run_jobs(at))] * 2
            assert in_processes(*beats) == [DONE, DONE]
        mails = Counter(mail["Message-ID"] for mail in smtp.taken)
    for action in ("rank_batch", "publish_results", "reclaim_batch"):
        assert AuditEntry.objects.filter(action=action).count() == 1
    assert ResultList.objects.count() == 1
    assert Notice.objects.filter(kind="results").count() == 1
    assert LedgerEntry.objects.filter(kind="reclaim").count() == 2
    assert Message.objects.filter(event__startswith="result_").count() == 3
    assert not OutboxEntry.objects.filter(given_up_at=None).exists()
    assert mails and set(mails.values()) == {1}
    assert not list(all_breaks())
    assert not [str(one) for one in trail_breaks(witness.testimony(settings.SEAL_WITNESS))]
    # Some runs of the same job may have met in the very same moment; each was counted.
    assert JobRun.objects.get(name="vouchers.tasks.reclaim_unused").runs == 8


def test_a_worker_killed_between_a_seal_and_its_witness_breaks_no_chain(
    settings: Any, tmp_path: Path
) -> None:
    settings.SEAL_WITNESS = str(tmp_path / "witness.log")
    batch = build.batch()
    build.apply(batch, build.enterprise())

    def seal() -> bool:
        return bool(seal_settled_rows(at=build.RESULTS, at_once=True, wait_seconds=0.1))

    killed_at("foundation.audit.sealing.operations.testify", seal)
    assert Seal.objects.exists()
    assert witness.testimony(settings.SEAL_WITNESS) == {}
    build.decide(batch)
    assert seal()
    known = witness.testimony(settings.SEAL_WITNESS)
    assert known
    assert not [str(one) for one in trail_breaks(known)]
