"""The ledger, voluntary returns and what the system takes back (V1–V6)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from foundation.audit.append_only import lifted
from foundation.errors import OutOfReach
from foundation.notices.models import Message
from tests import build
from vouchers.models import Application, EnterpriseAllowance, LedgerEntry, Voucher
from vouchers.operations.ledger import InsufficientBalance, lock_voucher, move
from vouchers.operations.reclaiming import (
    IN_FLIGHT,
    reclaim_batch,
    reclaim_free_when_over,
    return_voucher,
)
from vouchers.policies import UnableToReturn
from vouchers.queries import allowance_left, usable_balance
from vouchers.reconciliation import breaks
from vouchers.states import EntryKind
from vouchers.tasks import reclaim_unused, remind_holders

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


def give_back(voucher, amount, at=None):
    return return_voucher(
        by=build.actor(voucher.enterprise.account),
        at=at or build.RESULTS,
        voucher=voucher,
        amount=Decimal(amount),
    )


@pytest.mark.rule("V2")
def test_every_move_takes_from_one_place_and_gives_to_one():
    voucher = build.voucher()
    with transaction.atomic():
        locked = lock_voucher(voucher.pk)
        for kind, amount in [
            (EntryKind.RESERVE, "12000.01"),
            (EntryKind.RELEASE, "0.01"),
            (EntryKind.PAY, "10000"),
            (EntryKind.REFUND, "1000"),
            (EntryKind.SETTLE, "5000"),
            (EntryKind.DISALLOW, "4000"),
            (EntryKind.RETURN, "500"),
            (EntryKind.RECLAIM, "700"),
        ]:
            move(locked, kind, Decimal(amount), at=build.RESULTS, reference="test")
    voucher.refresh_from_db()
    places = (
        voucher.free,
        voucher.reserved,
        voucher.paid,
        voucher.settled,
        voucher.disallowed,
        voucher.returned,
        voucher.reclaimed,
    )
    assert places == (6800, 3000, 0, 5000, 4000, 500, 700)
    assert sum(places) == voucher.amount
    wrong = [found for found in breaks() if "服务券" in found.subject]
    assert not wrong, "the voucher itself agrees with its entries"


@pytest.mark.rule("V2")
def test_a_place_never_goes_below_zero():
    voucher = build.voucher()
    with transaction.atomic(), pytest.raises(InsufficientBalance):
        move(
            lock_voucher(voucher.pk),
            EntryKind.PAY,
            Decimal("0.01"),
            at=build.RESULTS,
            reference="x",
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(free=Decimal(-1), reserved=Decimal(20001))
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(reserved=Decimal(1))


@pytest.mark.rule("V2")
@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE vouchers_voucher SET free = free - 1, reserved = reserved + 1",
        "UPDATE vouchers_ledgerentry SET amount = amount + 1",
        "DELETE FROM vouchers_ledgerentry",
        "UPDATE vouchers_enterpriseallowance SET received = received - 100",
        "UPDATE vouchers_demandshard SET other_amount = other_amount + 1",
        "UPDATE vouchers_batch SET amount = 100",
        "UPDATE vouchers_programme SET total_amount = 100",
    ],
)
def test_reconcile_finds_a_planted_error(planted):
    build.voucher()
    assert not list(breaks())
    with lifted(), connection.cursor() as cursor:
        cursor.execute(planted)
    assert list(breaks())


@pytest.mark.rule("V1")
def test_a_stranger_cannot_touch_a_voucher():
    voucher = build.voucher()
    with pytest.raises(OutOfReach):
        return_voucher(
            by=build.actor(build.enterprise().account),
            at=build.RESULTS,
            voucher=voucher,
            amount=Decimal(1),
        )


@pytest.mark.rule("V3", "B3")
def test_a_voluntary_return_frees_the_yearly_cap():
    voucher = build.voucher()
    programme = voucher.batch.programme
    assert allowance_left(voucher.enterprise_id, programme) == 0
    give_back(voucher, "5000")
    give_back(voucher, "1")
    assert allowance_left(voucher.enterprise_id, programme) == Decimal("5001")
    voucher.refresh_from_db()
    assert (voucher.free, voucher.returned) == (Decimal("14999"), Decimal("5001"))
    assert not list(breaks())


@pytest.mark.rule("V3")
@pytest.mark.parametrize("amount", ["0.01", "0.5", "19999.99"])
def test_a_voucher_is_not_returned_in_fen(amount):
    """The rest could not be ordered with, and a voucher could be given back in two million acts."""
    voucher = build.voucher()
    with pytest.raises(UnableToReturn, match="整数元") as refusal:
        give_back(voucher, amount)
    assert refusal.value.field == "amount"
    voucher.refresh_from_db()
    assert (voucher.free, voucher.returned) == (20000, 0)


@pytest.mark.rule("V3")
def test_only_the_free_balance_and_only_until_it_is_reclaimed():
    voucher = build.voucher()
    deadline = voucher.batch.usage_ends_at
    for amount in ("0", "-1", "20000.01"):
        with pytest.raises(UnableToReturn):
            give_back(voucher, amount)
    with pytest.raises(UnableToReturn, match="届满"):
        give_back(voucher, "1", deadline + MICROSECOND)
    assert give_back(voucher, "1", deadline)


@pytest.mark.rule("V4", "V6", "B3")
def test_the_free_balance_is_reclaimed_after_the_window_and_still_counts():
    voucher = build.voucher()
    batch = voucher.batch
    assert reclaim_batch(by=build.JOB, at=batch.usage_ends_at, batch_pk=batch.pk) == 0
    assert usable_balance(voucher, batch.usage_ends_at) == 20000
    late = batch.usage_ends_at + MICROSECOND
    assert usable_balance(voucher, late) == 0, "the clock decides, not the job"
    assert reclaim_batch(by=build.JOB, at=late, batch_pk=batch.pk) == 20000
    assert reclaim_batch(by=build.JOB, at=late, batch_pk=batch.pk) == 0
    voucher.refresh_from_db()
    assert (voucher.free, voucher.reclaimed) == (0, 20000)
    assert LedgerEntry.objects.filter(voucher=voucher, kind=EntryKind.RECLAIM).count() == 1
    assert allowance_left(voucher.enterprise_id, batch.programme) == 0
    assert not list(breaks())


@pytest.mark.rule("V4")
def test_the_window_is_thirty_natural_days_after_the_closing_day():
    voucher = build.voucher()
    ends = voucher.batch.usage_ends_at
    assert str(ends) == "2020-07-28 23:59:59.999999+08:00"


@pytest.mark.rule("V4", "O6")
def test_what_is_released_after_the_window_is_reclaimed_at_once():
    voucher = build.voucher()
    late = voucher.batch.usage_ends_at + MICROSECOND
    with transaction.atomic():
        locked = lock_voucher(voucher.pk)
        move(locked, EntryKind.RESERVE, Decimal(20000), at=build.RESULTS, reference="order:1")
    reclaim_batch(by=build.JOB, at=late, batch_pk=voucher.batch_id)
    with transaction.atomic():
        locked = lock_voucher(voucher.pk)
        move(locked, EntryKind.RELEASE, Decimal(15000), at=late, reference="order:1")
        assert (
            reclaim_free_when_over(locked, at=voucher.batch.usage_ends_at, reference="order:1") == 0
        )
        assert reclaim_free_when_over(locked, at=late, reference="order:1") == 15000
    voucher.refresh_from_db()
    assert (voucher.reserved, voucher.reclaimed) == (5000, 15000)


@pytest.mark.rule("V3", "V4")
def test_the_sweeper_takes_nothing_from_an_act_in_time_that_still_waits():
    voucher = build.voucher()
    ends = voucher.batch.usage_ends_at
    for late in (MICROSECOND, timedelta(seconds=3), IN_FLIGHT):
        assert reclaim_unused(ends + late) == 0
        voucher.refresh_from_db()
        assert usable_balance(voucher, ends + late) == 0, "the clock decides, not the job"
    give_back(voucher, 15000, ends)
    assert reclaim_unused(ends + IN_FLIGHT + MICROSECOND) == 1
    voucher.refresh_from_db()
    assert (voucher.free, voucher.returned, voucher.reclaimed) == (0, 15000, 5000)
    assert allowance_left(voucher.enterprise_id, voucher.batch.programme) == 15000
    assert not list(breaks())


@pytest.mark.rule("V4", "V5")
def test_the_sweeper_marks_a_batch_done_only_when_no_request_can_be_in_flight():
    voucher = build.voucher()
    batch = voucher.batch
    reclaim_unused(batch.usage_ends_at + timedelta(minutes=1))
    batch.refresh_from_db()
    assert batch.window_swept_at is None
    reclaim_unused(batch.usage_ends_at + timedelta(minutes=6))
    batch.refresh_from_db()
    assert batch.window_swept_at is not None and batch.expiry_swept_at is None
    reclaim_unused(batch.expires_at + timedelta(minutes=6))
    batch.refresh_from_db()
    assert batch.expiry_swept_at is not None


@pytest.mark.rule("V7")
def test_holders_are_reminded_seven_three_and_one_days_before_once_each():
    voucher = build.voucher()
    last = voucher.batch.usage_ends_at
    sent = {
        days: [
            remind_holders(last - timedelta(days=days)),
            remind_holders(last - timedelta(days=days)),
        ]
        for days in (8, 7, 6, 5, 3, 2, 1, 0)
    }
    assert sent == {
        8: [0, 0],
        7: [1, 0],
        6: [0, 0],
        5: [0, 0],
        3: [1, 0],
        2: [0, 0],
        1: [1, 0],
        0: [0, 0],
    }
    reminders = Message.objects.filter(event="voucher_unused", recipient=voucher.enterprise.account)
    assert reminders.count() == 3
    assert reminders.first().params["free"] == "20000"


@pytest.mark.rule("V7")
def test_a_day_without_a_run_does_not_swallow_a_reminder():
    voucher = build.voucher()
    last = voucher.batch.usage_ends_at
    assert remind_holders(last - timedelta(days=6)) == 1


@pytest.mark.rule("B3")
def test_the_database_holds_the_yearly_cap():
    application = build.apply(build.batch(), build.enterprise())
    with pytest.raises(IntegrityError), transaction.atomic():
        EnterpriseAllowance.objects.filter(enterprise=application.enterprise).update(
            applied=Decimal(20001)
        )


@pytest.mark.rule("B2")
def test_the_database_holds_one_live_application():
    application = build.apply(build.batch(), build.enterprise())
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(
            batch=application.batch,
            enterprise=application.enterprise,
            profile=application.profile,
            amount=Decimal(100),
            counted_tier="2",
            submitted_at=build.OPENS,
        )
