"""The crash test itself: a short run with real processes, and that its proof sees what it is there to see."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from crash.clock import BEGINS
from crash.deeds import KEPT, UNANSWERED, Deed
from crash.proof import Mailed, kept_and_whole, lost_files, unequal_traces, unmailed
from foundation.audit.append_only import lifted
from foundation.audit.models import AuditEntry
from foundation.moments import moment
from foundation.notices.models import Message, OutboxEntry
from tests import build
from vouchers.models import Application, Batch

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.once
def test_a_few_kills() -> None:
    """Web, worker and database die twice each; ``script/crash`` does it two hundred times."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "crash", "--kills", "6", "--seed", "5"),
            *("--enterprises", "4", "--providers", "1"),
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "Everything asked for holds." in done.stdout


@pytest.fixture
def applied(db: None) -> tuple[Application, Deed]:
    """One application that its enterprise was told of, and the note of it."""
    batch = build.batch(
        opens_at=BEGINS, closes_at=moment(date(2020, 10, 15), 17), valid_until=date(2020, 12, 31)
    )
    made = build.apply(batch, build.enterprise(), 3000)
    account = made.enterprise.account_id
    AuditEntry.objects.get(action="submit_application")
    return made, Deed(account, "submit_application", made.pk, KEPT, 3000)


class TestTheProofSees:
    def test_nothing_where_all_is_well(self, applied: tuple[Application, Deed]) -> None:
        _, deed = applied
        assert list(kept_and_whole([deed])) == []
        assert [one for one in unequal_traces() if "application" in one] == []
        unanswered = Deed(deed.actor, deed.action, 0, UNANSWERED, 3000)
        assert list(kept_and_whole([unanswered])) == [], "there is no telling from outside"

    def test_an_act_that_was_told_and_is_not_there(self, applied: tuple[Application, Deed]) -> None:
        _, deed = applied
        lost = Deed(deed.actor, deed.action, deed.subject + 1, KEPT, 3000)
        assert any("kept 0 times" in one for one in kept_and_whole([deed, lost]))

    def test_an_act_that_nobody_asked_for(self, applied: tuple[Application, Deed]) -> None:
        _, deed = applied
        other = Deed(deed.actor, "withdraw_application", deed.subject, UNANSWERED)
        refused = Deed(deed.actor, deed.action, 0, "refused", 3000)
        assert any("kept 1 times" in one for one in kept_and_whole([refused, other]))

    def test_another_amount(self, applied: tuple[Application, Deed]) -> None:
        _, deed = applied
        wrong = Deed(deed.actor, deed.action, deed.subject, KEPT, 2900)
        assert any("amounts" in one for one in kept_and_whole([wrong]))

    def test_half_an_act(self, applied: tuple[Application, Deed]) -> None:
        Message.objects.filter(event="application_submitted").delete()
        assert any("application is not whole" in one for one in unequal_traces())

    def test_a_row_without_its_trail(self, applied: tuple[Application, Deed]) -> None:
        with lifted():
            AuditEntry.objects.filter(action="submit_application").delete()
        assert any("application is not whole" in one for one in unequal_traces())
        assert Batch.objects.exists()

    def test_a_file_that_is_gone(self, db: None) -> None:
        build.document()
        assert any("is lost" in one for one in lost_files())

    def test_a_mail_that_was_lost_or_came_too_often(
        self, applied: tuple[Application, Deed]
    ) -> None:
        made, _ = applied
        made.enterprise.account.email = "someone@example.org"
        made.enterprise.account.save()
        message = Message.objects.get(event="application_submitted")
        assert any("still wait" in one for one in unmailed(Mailed(Counter()), worker_kills=0))
        OutboxEntry.objects.all().delete()
        assert any("never mailed" in one for one in unmailed(Mailed(Counter()), worker_kills=0))
        assert not list(unmailed(Mailed(Counter({message.pk: 1})), worker_kills=0))
        twice = Mailed(Counter({message.pk: 2}))
        assert any("sent twice" in one for one in unmailed(twice, worker_kills=0))
        assert not list(unmailed(twice, worker_kills=1))
