"""The demo on ordinary and on awkward days: every state of everything, logins that work, once and for all."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client, TestCase, override_settings

from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.errors import Refusal
from foundation.moments import local_day, moment
from foundation.notices.models import Message
from foundation.workdays.models import LoadedYear, WorkdayException
from orders.models import Order
from redemption.models import Claim, ExpertOpinion, Objection
from redemption.operations.approving import approve_claim
from redemption.queries import publicity_ends_at
from rehearsal.demo import play
from rehearsal.demo.desk import load_demo_calendars
from rehearsal.demo.play import is_seeded, seed_demo
from rehearsal.demo.stage import LOGINS, PASSWORD
from rehearsal.steps.staffing import actor
from tests import build
from voucher_portal.reconciliation import all_breaks
from voucher_portal.state_machines import MACHINES
from vouchers.models import Allocation, Batch, Voucher
from vouchers.queries import allowance_left, results_due_at
from vouchers.states import Outcome

pytestmark = pytest.mark.django_db

MODELS = {
    "qualification": "enterprises.Qualification",
    "provider": "providers.Provider",
    "change_request": "providers.ChangeRequest",
    "product_version": "providers.ProductVersion",
    "batch": "vouchers.Batch",
    "application": "vouchers.Application",
    "order": "orders.Order",
    "payment": "orders.Payment",
    "payment_return": "orders.PaymentReturn",
    "claim": "redemption.Claim",
    "claim_line": "redemption.ClaimLine",
    "objection": "redemption.Objection",
    "roster_import": "rosters.RosterImport",
    "violation": "rosters.Violation",
}

ORDINARY = moment(date(2026, 7, 15), 10, 30)
AWKWARD = {
    "new_years_eve": moment(date(2026, 12, 31), 23, 59),
    "five_minutes_into_the_year": moment(date(2027, 1, 1), 0, 5),
    "second_of_january": moment(date(2027, 1, 2), 9),
    "leap_day": moment(date(2028, 2, 29), 8),
    "golden_week": moment(date(2026, 10, 4), 15),
    "story_begins_on_the_turn": moment(date(2027, 3, 20), 9, 1),
}


# A job works on these for less than a minute, and ends at once what the demo would leave in them.
PASSING = {"roster_import reading", "roster_import applying"}


def missing_states() -> list[str]:
    """Every state of every machine that nothing is in."""
    missing = []
    for _, machine in MACHINES:
        states = apps.get_model(MODELS[machine.name]).objects.values_list("state", flat=True)
        missing += sorted(
            f"{machine.name} {one}" for one in set(machine.states.values) - set(states)
        )
    return [state for state in missing if state not in PASSING]


@pytest.mark.once
@pytest.mark.parametrize("now", AWKWARD.values(), ids=AWKWARD)
def test_every_state_is_there_on_awkward_days(now: datetime) -> None:
    seed_demo(now=now)

    assert missing_states() == []
    outcomes = Allocation.objects.values_list("outcome", flat=True)
    assert set(outcomes) == set(Outcome.values)
    assert list(all_breaks()) == []
    _assert_times(now)


def _assert_times(now: datetime) -> None:
    """What is open is open, what is coming is coming, and nothing happened after now."""
    announced = Batch.objects.filter(state="announced").select_related("programme")
    assert [batch.is_open(now) for batch in announced.order_by("opens_at")] == [True, False]
    assert announced.filter(opens_at__gt=now).count() == 1
    assert {batch.programme.year for batch in announced} == {local_day(now).year}
    published = list(Batch.objects.filter(state="published").order_by("opens_at"))
    assert len(published) == 3
    assert published[0].expires_at < now
    assert (local_day(published[1].usage_ends_at) - local_day(now)).days == 2
    assert now - published[2].published_at <= timedelta(days=11)
    (ranked,) = Batch.objects.filter(state="ranked")
    assert results_due_at(ranked) > now
    newest = AuditEntry.objects.order_by("-at").first()
    assert newest is not None
    assert newest.at <= now


class TestAnOrdinaryDay(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        seed_demo(now=ORDINARY)

    def test_every_state_is_there(self) -> None:
        assert missing_states() == []
        assert set(MODELS) == {machine.name for _, machine in MACHINES}
        assert list(all_breaks()) == []
        _assert_times(ORDINARY)

    def test_every_login_works_and_has_its_role(self) -> None:
        for login in LOGINS:
            assert Client().login(username=login.username, password=PASSWORD), login.username
        roles = {User.objects.get(username=login.username).role for login in LOGINS}
        assert roles == set(Role.values)
        others = User.objects.exclude(username__in=[login.username for login in LOGINS])
        assert not any(user.has_usable_password() for user in others if not user.is_staff)

    def test_the_enterprise_has_something_of_everything(self) -> None:
        account = User.objects.get(username="enterprise")
        enterprise = account.enterprise
        states = set(Order.objects.filter(enterprise=enterprise).values_list("state", flat=True))
        assert len(states) >= 9
        about_to_lapse = Voucher.objects.filter(
            enterprise=enterprise, free__gt=0, batch__closes_at__lt=ORDINARY - timedelta(days=27)
        )
        assert about_to_lapse.exists()
        programme = Batch.objects.filter(state="announced").first().programme
        assert allowance_left(enterprise.pk, programme) >= programme.application_step
        assert Message.objects.filter(recipient=account, event="voucher_unused").exists()

    def test_the_newcomer_has_registered_nothing(self) -> None:
        account = User.objects.get(username="newcomer")
        assert account.assurance_level == 1
        assert not hasattr(account, "enterprise")

    @pytest.mark.rule("R3")
    def test_four_eyes_can_be_shown(self) -> None:
        """One claim was reviewed by the bureau's first person under another account."""
        bureau, second = (User.objects.get(username=name) for name in ("bureau", "bureau2"))
        claim = Claim.objects.filter(
            state="first_reviewed", first_reviewed_by__person=bureau.person
        ).get()
        with pytest.raises(Refusal, match="制审分离"):
            approve_claim(by=actor(bureau), at=ORDINARY, claim=claim)
        approve_claim(by=actor(second), at=ORDINARY, claim=claim)

    @pytest.mark.rule("R4")
    def test_objections_within_and_after_a_period_wait_for_an_answer(self) -> None:
        ends = sorted(
            publicity_ends_at(objection.line.claim.publicity)
            for objection in Objection.objects.filter(state="filed")
        )
        assert len(ends) == 2
        assert ends[0] < ORDINARY < ends[1]

    def test_the_expert_is_asked(self) -> None:
        assert ExpertOpinion.objects.filter(expert__username="expert", given_at=None).exists()

    def test_the_district_has_an_enterprise_whose_voucher_lapses(self) -> None:
        district = User.objects.get(username="district").district
        assert Voucher.objects.filter(
            free__gt=0, allocation__application__profile__district=district
        ).exists()

    def test_acts_of_the_past_are_in_order(self) -> None:
        """The trail is written in the order of its moments."""
        moments = list(AuditEntry.objects.order_by("pk").values_list("at", flat=True))
        assert moments == sorted(moments)


def test_the_command_makes_it_once_and_prints_the_logins() -> None:
    first = _command(at="2026-07-15T10:30+08:00")
    assert "演示数据已建立" in first
    for login in LOGINS:
        assert f"  {login.username} " in first
    assert PASSWORD in first
    users = User.objects.count()

    second = _command()
    assert "演示数据已存在" in second
    assert PASSWORD in second
    assert User.objects.count() == users


@override_settings(PRODUCTION=True)
def test_production_never_has_it() -> None:
    with pytest.raises(CommandError, match="正式环境不能建立演示数据"):
        _command()
    assert not is_seeded()


def test_it_is_not_mixed_with_a_real_programme() -> None:
    build.programme(year=2026)
    said = _command(at="2026-07-15T10:30+08:00")
    assert "没有建立演示数据" in said
    assert PASSWORD not in said
    assert not is_seeded()


def test_a_name_that_somebody_else_has_stops_it() -> None:
    build.account(Role.BUREAU, username="bureau")
    with pytest.raises(CommandError, match="用户名已被使用"):
        _command(at="2026-07-15T10:30+08:00")
    assert not User.objects.filter(role=Role.PROVINCE).exists()


def test_all_of_it_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that was cut off leaves nothing, so that the next one makes it whole."""

    def fail(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(play, "plan_claims", fail)
    with pytest.raises(KeyboardInterrupt):
        seed_demo(now=ORDINARY)
    assert not is_seeded()
    assert not User.objects.filter(role=Role.ENTERPRISE).exists()


@pytest.mark.rule("B7")
def test_a_calendar_that_nobody_knows_is_made_up_and_says_so() -> None:
    by, at = build.actor(build.account(Role.BUREAU)), moment(date(2026, 12, 31), 12)
    assert load_demo_calendars(by=by, at=at, years=(2026, 2027)) == [2027]
    assert list(LoadedYear.objects.values_list("year", flat=True)) == [2027]
    days = WorkdayException.objects.all()
    assert days.filter(day=date(2027, 1, 1), is_workday=False).exists()
    assert all("演示日历" in day.name for day in days)
    assert load_demo_calendars(by=by, at=at, years=(2026, 2027)) == []


def _command(**options: str) -> str:
    out = io.StringIO()
    call_command("seed_demo", stdout=out, **options)
    return out.getvalue()
