"""Programmes and batches (G1, G2, B1)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from foundation.accounts.models import Role
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import moment
from foundation.notices.models import Notice
from tests import build
from vouchers.operations.issuing import (
    amend_programme,
    announce_batch,
    cancel_batch,
    create_programme,
    draft_batch,
)
from vouchers.operations.reclaiming import reclaim_batch, return_voucher
from vouchers.policies import UnableToIssue
from vouchers.queries import available_to_issue
from vouchers.states import BatchState

pytestmark = pytest.mark.django_db
AT = moment(date(2020, 6, 20), 10)
FIGURES = {
    "total_amount": Decimal(6_000_000),
    "service_from": date(2019, 12, 1),
    "service_until": date(2020, 11, 30),
}


@pytest.fixture
def bureau():
    return build.actor(build.account(Role.BUREAU))


def draft(bureau, programme, amount=2_000_000, **fields):
    values = {
        "opens_at": build.OPENS,
        "closes_at": build.CLOSES,
        "valid_until": date(2020, 11, 30),
        **fields,
    }
    return draft_batch(by=bureau, at=AT, programme=programme, amount=Decimal(amount), **values)


@pytest.mark.rule("G2")
def test_a_programme_has_the_figures_of_guangzhou_2020_unless_told_otherwise(bureau):
    programme = create_programme(by=bureau, at=AT, city=build.city(), year=2020, **FIGURES)
    assert programme.enterprise_cap == 20000
    assert programme.subsidy_ratio == Decimal("0.5")
    assert programme.provider_cap == 500_000
    assert programme.provider_share == Decimal("0.1")
    assert (programme.usage_days, programme.publicity_days, programme.correction_days) == (30, 5, 5)
    assert programme.application_step == 100
    assert programme.waiting_list is False
    with pytest.raises(UnableToIssue, match="已存在"):
        create_programme(by=bureau, at=AT, city=build.city(), year=2020, **FIGURES)


@pytest.mark.rule("P7", "G2")
@pytest.mark.parametrize(
    ("total", "cap"),
    [(6_000_000, 500_000), (5_000_000, 500_000), (4_999_999, "499999.90"), (100_001, "10000.10")],
)
def test_the_acceptance_cap_is_the_lower_of_both_rounded_down(total, cap):
    assert build.programme(total_amount=Decimal(total)).acceptance_cap == Decimal(cap)


@pytest.mark.rule("G2")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total_amount", Decimal(0)),
        ("total_amount", Decimal("1.50")),
        ("subsidy_ratio", Decimal("1.01")),
        ("provider_share", Decimal(0)),
        ("service_until", date(2019, 11, 30)),
        ("usage_days", 0),
        ("publicity_days", 0),
        ("correction_days", 0),
    ],
)
def test_a_nonsense_figure_is_named(bureau, field, value):
    with pytest.raises(UnableToIssue) as refusal:
        create_programme(
            by=bureau, at=AT, city=build.city(), year=2020, **{**FIGURES, field: value}
        )
    assert refusal.value.field == field


@pytest.mark.rule("G2")
def test_what_was_announced_cannot_be_taken_back_by_an_amendment(bureau):
    programme = build.programme()
    build.batch(programme, amount=Decimal(2_000_000))
    with pytest.raises(UnableToIssue):
        amend_programme(by=bureau, at=AT, programme=programme, usage_days=20)
    with pytest.raises(UnableToIssue):
        amend_programme(by=bureau, at=AT, programme=programme, total_amount=Decimal(1_999_999))
    with pytest.raises(UnableToIssue):
        amend_programme(by=bureau, at=AT, programme=programme, provider_cap=Decimal(100_000))
    raised = amend_programme(by=bureau, at=AT, programme=programme, total_amount=Decimal(7_000_000))
    assert raised.total_amount == 7_000_000


@pytest.mark.rule("G2", "R4", "V4")
@pytest.mark.parametrize("field", ["publicity_days", "correction_days"])
def test_a_period_that_may_be_running_is_not_shortened_by_an_amendment(bureau, field):
    programme = build.programme()
    assert getattr(amend_programme(by=bureau, at=AT, programme=programme, **{field: 7}), field) == 7
    build.batch(programme)
    with pytest.raises(UnableToIssue) as refusal:
        amend_programme(by=bureau, at=AT, programme=programme, **{field: 1})
    assert refusal.value.field == field
    amend_programme(by=bureau, at=AT, programme=programme, **{field: 7})


@pytest.mark.rule("G2", "B2")
def test_the_step_that_the_notice_named_stays(bureau):
    """Raised while the batch is open, it would shut out whoever asks for less."""
    programme = build.programme()
    build.batch(programme)
    with pytest.raises(UnableToIssue) as refusal:
        amend_programme(by=bureau, at=AT, programme=programme, application_step=Decimal(20_000))
    assert refusal.value.field == "application_step"


@pytest.mark.rule("B1", "N1")
def test_announcing_publishes_the_notice_with_every_date(bureau):
    batch = announce_batch(by=bureau, at=AT, batch=draft(bureau, build.programme()))
    assert batch.state == BatchState.ANNOUNCED
    notice = Notice.objects.get(kind="batch")
    for words in (
        "2,000,000 元",
        "2020年6月28日 15:00",
        "2020年6月29日 09:00",
        "2020年7月28日 23:59",
    ):
        assert words in notice.body


@pytest.mark.rule("B1")
def test_batches_never_exceed_the_total(bureau):
    programme = build.programme()
    announce_batch(by=bureau, at=AT, batch=draft(bureau, programme, 4_000_000))
    with pytest.raises(UnableToIssue, match="2,000,000 元"):
        announce_batch(by=bureau, at=AT, batch=draft(bureau, programme, 2_000_001))
    announce_batch(by=bureau, at=AT, batch=draft(bureau, programme, 2_000_000))
    assert available_to_issue(programme, AT) == 0


@pytest.mark.rule("B1", "V6")
def test_what_was_not_granted_returned_or_reclaimed_can_be_issued_again():
    programme = build.programme(total_amount=Decimal(50_000))
    voucher = build.voucher(of=build.batch(programme, amount=Decimal(50_000)))
    assert available_to_issue(programme, build.RESULTS) == 30_000
    return_voucher(
        by=build.actor(voucher.enterprise.account),
        at=build.RESULTS,
        voucher=voucher,
        amount=Decimal(5_000),
    )
    assert available_to_issue(programme, build.RESULTS) == 35_000
    late = voucher.batch.usage_ends_at + timedelta(hours=1)
    reclaim_batch(by=build.JOB, at=late, batch_pk=voucher.batch_id)
    assert available_to_issue(programme, late) == 50_000


@pytest.mark.rule("B1")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": "100.50"}, "amount"),
        ({"closes_at": build.OPENS}, "closes_at"),
        ({"valid_until": date(2020, 7, 27)}, "valid_until"),
    ],
)
def test_a_batch_must_make_sense(bureau, fields, field):
    with pytest.raises(UnableToIssue) as refusal:
        draft(bureau, build.programme(), **fields)
    assert refusal.value.field == field


@pytest.mark.rule("B1")
def test_a_batch_is_announced_before_it_opens_and_once(bureau):
    batch = draft(bureau, build.programme())
    with pytest.raises(UnableToIssue, match="已过"):
        announce_batch(by=bureau, at=build.OPENS, batch=batch)
    announce_batch(by=bureau, at=AT, batch=batch)
    with pytest.raises(IllegalMove):
        announce_batch(by=bureau, at=AT, batch=batch)
    with pytest.raises(IllegalMove):
        cancel_batch(by=bureau, at=AT, batch=batch)


@pytest.mark.rule("G1")
def test_another_citys_bureau_does_not_reach_it(bureau):
    elsewhere = build.programme(of=build.city("zhuhai"))
    with pytest.raises(OutOfReach):
        draft(bureau, elsewhere)
    with pytest.raises(OutOfReach):
        create_programme(by=bureau, at=AT, city=build.city("zhuhai"), year=2021, **FIGURES)


@pytest.mark.rule("G1")
def test_only_the_bureau_runs_batches():
    programme = build.programme()
    for role in (Role.CONTRACTOR, Role.EXPERT, Role.DISTRICT, Role.ENTERPRISE, Role.PROVIDER):
        with pytest.raises(OutOfReach):
            draft(build.actor(build.account(role)), programme)
