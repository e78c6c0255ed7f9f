"""A clock that jumps back and forth: jobs do no more and no less for it, and nobody is let in too early or thrown out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from foundation.audit.models import AuditEntry
from foundation.audit.sealing.operations import seal_settled_rows
from foundation.audit.sealing.verifying import breaks as trail_breaks
from foundation.notices.models import Message
from tests import build
from tests.foundation.build import PASSWORD, party
from voucher_portal.jobs import run_jobs
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Allocation, Application, LedgerEntry, ResultList, Voucher

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def outcome(moments: Sequence[datetime]) -> dict[str, object]:
    """What the jobs make of one batch when they run at these moments, in this order."""
    batch = build.batch(amount=Decimal(30_000))
    for _ in range(3):
        build.apply(batch, build.enterprise(), in_flight=True)
    for at in moments:
        run_jobs(at)
    found: dict[str, object] = {
        "granted": sorted(Allocation.objects.values_list("rank", "granted", "outcome")),
        "vouchers": sorted(Voucher.objects.values_list("amount", "free", "reclaimed")),
        "ledger": sorted(LedgerEntry.objects.values_list("kind", "amount")),
        "lists": ResultList.objects.count(),
        "told": sorted(
            Message.objects.exclude(event="voucher_unused").values_list("event", flat=True)
        ),
        "trail": sorted(AuditEntry.objects.values_list("action", flat=True)),
    }
    assert not list(all_breaks())
    return found


class Undone(Exception):
    pass


def in_a_world_of_its_own(moments: Sequence[datetime]) -> dict[str, object]:
    found: dict[str, object] = {}
    try:
        with transaction.atomic():
            found = outcome(moments)
            raise Undone
    except Undone:
        return found


@pytest.mark.rule("B6", "B7", "V4", "V5")
def test_jobs_end_where_they_would_have_ended() -> None:
    over = build.CLOSES + 31 * DAY
    expired = build.CLOSES + 200 * DAY
    straight = [build.RANKING, build.RESULTS, over, expired]
    jumping = [
        *(build.RANKING - DAY, build.RANKING, build.RANKING - 2 * DAY),
        *(build.RESULTS, build.RESULTS - timedelta(minutes=1), build.RANKING, over - 3 * DAY),
        *(over, build.RESULTS, over, expired, build.OPENS, expired, over),
    ]
    assert in_a_world_of_its_own(straight) == in_a_world_of_its_own(jumping)


@pytest.mark.rule("B7")
def test_results_do_not_come_early_by_a_clock_that_goes_back() -> None:
    batch = build.batch()
    build.apply(batch, build.enterprise())
    run_jobs(build.RANKING)
    run_jobs(build.RANKING - DAY)
    assert not ResultList.objects.exists()
    run_jobs(build.RESULTS)
    run_jobs(build.RESULTS - DAY)
    assert ResultList.objects.count() == 1


@pytest.mark.rule("B2", "B5")
def test_the_place_in_line_does_not_follow_the_clock() -> None:
    batch = build.batch()
    first = build.apply(batch, build.enterprise(), at=batch.opens_at + timedelta(hours=2))
    second = build.apply(batch, build.enterprise(), at=batch.opens_at + timedelta(hours=1))
    build.decide(batch)
    ranks = dict(Allocation.objects.values_list("application", "rank"))
    assert ranks[first.pk] < ranks[second.pk]
    assert Application.objects.count() == 2


def test_sessions_survive_a_clock_that_goes_back_and_end_by_one_that_goes_far() -> None:
    account, client, now = party(), Client(), build.OPENS
    with time_machine.travel(now, tick=False):
        client.post("/login/", {"username": account.username, "password": PASSWORD})
    for at in (now + timedelta(minutes=5), now - timedelta(hours=2), now + timedelta(hours=1)):
        with time_machine.travel(at, tick=False):
            assert client.get("/messages/").status_code == 200, at
    with time_machine.travel(now + 3 * DAY, tick=False):
        assert client.get("/messages/").status_code == 302
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        # It ended; a clock set right again does not bring it back.
        assert client.get("/messages/").status_code == 302


def test_the_chain_of_seals_follows_the_rows_and_not_the_clock() -> None:
    at, batch = build.RESULTS, build.batch()
    for moment in (at, at - DAY, at + 30 * DAY, at - 2 * DAY):
        build.apply(batch, build.enterprise())
        seal_settled_rows(at=moment, at_once=True, wait_seconds=0.1)
    assert not [str(one) for one in trail_breaks({})]


def test_mails_are_sent_once_whatever_the_clock_says(mailoutbox: list) -> None:
    account = party()
    account.email = "someone@example.org"
    account.save()
    mailoutbox.clear()
    build.voucher(build.enterprise())
    from foundation.notices.operations import post_message

    post_message(at=build.RESULTS, to=account.pk, event="password_reset", params={})
    jumps = (timedelta(0), -DAY, DAY, timedelta(0), 4 * DAY)
    for jump in jumps:
        run_jobs(build.RESULTS + timedelta(hours=2) + jump)
    mine = [mail for mail in mailoutbox if mail.to == ["someone@example.org"]]
    assert len(mine) == 1
