"""Reads of programmes, batches, applications and vouchers; each is authorised by what it returns."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach, Refusal
from foundation.moments import local_day, moment, start_of_day
from foundation.money import ZERO, total
from foundation.workdays.queries import is_workday, workday_after
from vouchers.models import (
    Allocation,
    Application,
    Batch,
    DemandShard,
    EnterpriseAllowance,
    LedgerEntry,
    Programme,
    Voucher,
)
from vouchers.policies import Demand
from vouchers.states import BatchState, EntryKind

RESULTS_HOUR = 9
ANNOUNCED_STATES = (BatchState.ANNOUNCED, BatchState.RANKED, BatchState.PUBLISHED)


def programme_of(city_id: int, year: int) -> Programme | None:
    """The programme of a city and year, if there is one (G2)."""
    return Programme.objects.filter(city_id=city_id, year=year).select_related("city").first()


def programmes_in_force(at: datetime) -> list[Programme]:
    """Each city's newest programme of this year or, until there is one, of the last; by the cities' codes (G2)."""
    year = local_day(at).year
    found = Programme.objects.filter(year__in=(year, year - 1)).select_related("city")
    newest: dict[int, Programme] = {}
    for programme in found.order_by("city__code", "-year"):
        newest.setdefault(programme.city_id, programme)
    return list(newest.values())


def programmes_visible_to(user: User) -> QuerySet[Programme]:
    """Staff see their own city's programmes, the province all (rulebook section 1)."""
    programmes = Programme.objects.select_related("city")
    if user.role == Role.PROVINCE:
        return programmes
    if user.role in {Role.BUREAU, Role.CONTRACTOR, Role.DISTRICT}:
        return programmes.filter(city_id=user.city_id)
    return programmes.none()


def batches_visible_to(user: User) -> QuerySet[Batch]:
    """Staff see every batch of their city, drafts included."""
    return Batch.objects.filter(programme__in=programmes_visible_to(user)).select_related(
        "programme__city"
    )


def announced_batches() -> QuerySet[Batch]:
    """The batches the public knows of (B1)."""
    return Batch.objects.filter(state__in=ANNOUNCED_STATES).select_related("programme__city")


def live_application(user: Any, batch: Batch | None) -> Application | None:
    """The signed-in enterprise's application for a batch that it has not withdrawn; None for everybody else."""
    if batch is None or getattr(user, "role", "") != Role.ENTERPRISE:
        return None
    return Application.objects.filter(
        batch=batch, enterprise__account=user, withdrawn_at=None
    ).first()


def applications_visible_to(user: User) -> QuerySet[Application]:
    """An enterprise sees its own applications, contractor and bureau those of their city."""
    applications = Application.objects.select_related("batch__programme__city", "enterprise")
    if user.role == Role.ENTERPRISE:
        return applications.filter(enterprise__account=user)
    if user.role in {Role.BUREAU, Role.CONTRACTOR}:
        return applications.filter(batch__programme__city_id=user.city_id)
    return applications.none()


def vouchers_visible_to(user: User) -> QuerySet[Voucher]:
    """An enterprise sees its own vouchers, contractor and bureau those of their city."""
    vouchers = Voucher.objects.select_related("batch__programme__city", "enterprise")
    if user.role == Role.ENTERPRISE:
        return vouchers.filter(enterprise__account=user)
    if user.role in {Role.BUREAU, Role.CONTRACTOR}:
        return vouchers.filter(batch__programme__city_id=user.city_id)
    return vouchers.none()


def get_voucher_for(by: Actor, pk: int) -> Voucher:
    """A voucher in the actor's reach; OutOfReach beyond."""
    found = vouchers_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"voucher {pk}")
    return found


def get_application_for(by: Actor, pk: int) -> Application:
    """An application in the actor's reach; OutOfReach beyond."""
    found = applications_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"application {pk}")
    return found


def get_batch(pk: int) -> Batch:
    """An announced batch; OutOfReach for any other."""
    found = announced_batches().filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"batch {pk}")
    return found


def usable_balance(voucher: Voucher, at: datetime) -> Decimal:
    """The free balance while the usage window is open, else 0, whether or not a sweep has run (V4)."""
    return voucher.free if at <= voucher.batch.usage_ends_at else ZERO


def demand_of(batch: Batch) -> Demand:
    """The batch's committed demand, summed over its shards without a lock (B4)."""
    sums = DemandShard.objects.filter(batch=batch).aggregate(
        priority=total("priority_amount"), other=total("other_amount")
    )
    return Demand(priority=sums["priority"], other=sums["other"])


def allowance_left(enterprise_id: int, programme: Programme) -> Decimal:
    """What an enterprise may still apply for in a programme, yuan (B3)."""
    allowance = EnterpriseAllowance.objects.filter(
        enterprise_id=enterprise_id, programme=programme
    ).first()
    return allowance.left if allowance else programme.enterprise_cap


def results_due_at(batch: Batch) -> datetime:
    """09:00 of the first working day after the closing day (B7); raises CalendarUnknown."""
    return moment(workday_after(batch.closing_day), RESULTS_HOUR)


def results_shown_at(batch: Batch) -> datetime | None:
    """When the results came out or will, for a public page; None while that year's calendar is unknown (B7)."""
    if batch.published_at is not None:
        return batch.published_at
    try:
        return results_due_at(batch)
    except Refusal:
        return None


def amount_left(batch: Batch, demand: Demand) -> Decimal:
    """What of a batch nobody has applied for yet, yuan, never below 0 (B4).

    It is no promise: priority enterprises are served first whenever they apply (B5).
    """
    return max(batch.amount - demand.priority - demand.other, ZERO)


def waiting_cutoff(at: datetime) -> datetime:
    """Returns made before this moment are due for the waiting list: the start of the latest granting day (B9)."""
    day = local_day(at)
    while not is_workday(day) or at < moment(day, RESULTS_HOUR):
        day -= timedelta(days=1)
    return start_of_day(day)


def returned_in_window(batch: Batch, *, before: datetime) -> Decimal:
    """Money voluntarily returned to a batch inside its usage window and before a moment, yuan (B9)."""
    entries = LedgerEntry.objects.filter(
        voucher__batch=batch, kind=EntryKind.RETURN, at__lt=before, at__lte=batch.usage_ends_at
    )
    return entries.aggregate(sum=total("amount"))["sum"]


def granted_from_waiting_list(batch: Batch) -> Decimal:
    """Money of a batch granted from the waiting list so far, yuan (B9)."""
    return Allocation.objects.filter(application__batch=batch, round__gt=0).aggregate(
        sum=total("granted")
    )["sum"]


def committed(batch: Batch, at: datetime) -> Decimal:
    """What of the programme's money a batch holds: its amount until results are out, then its vouchers less what
    came back; money in line for the waiting list is still held (B1, B9)."""
    if batch.state in {BatchState.DRAFT, BatchState.CANCELLED}:
        return ZERO
    if batch.state != BatchState.PUBLISHED:
        return batch.amount
    sums = Voucher.objects.filter(batch=batch).aggregate(
        amount=total("amount"),
        returned=total("returned"),
        reclaimed=total("reclaimed"),
        disallowed=total("disallowed"),
    )
    held = sums["amount"] - sums["returned"] - sums["reclaimed"] - sums["disallowed"]
    if batch.programme.waiting_list and at <= batch.usage_ends_at:
        held += returned_in_window(batch, before=at) - granted_from_waiting_list(batch)
    return held


def available_to_issue(programme: Programme, at: datetime) -> Decimal:
    """What a programme may still put into batches, what came back included, yuan (B1)."""
    held = sum((committed(batch, at) for batch in programme.batches.all()), ZERO)
    return programme.total_amount - held


def dates_depending_on_workdays(at: datetime) -> list[tuple[str, datetime]]:
    """Publication moments still to come, for showing what a calendar exception changes (B7)."""
    due = []
    for batch in Batch.objects.filter(state__in=(BatchState.ANNOUNCED, BatchState.RANKED)):
        try:
            due.append((f"{batch}申领结果公布时间", results_due_at(batch)))
        except Refusal:
            continue
    return due


def line_of(batch: Batch) -> QuerySet[Application]:
    """Whom ranking left with less than applied for, in rank order, those who have left the line included (B9).

    ``has_left``: gave money of this batch back; ``got``: granted so far, yuan.
    """
    returned = Voucher.objects.filter(batch=batch, returned__gt=0).values("enterprise_id")
    granted = (
        Allocation.objects.filter(application=OuterRef("pk"))
        .order_by()
        .values("application_id")
        .annotate(sum=total("granted"))
        .values("sum")
    )
    return (
        Application.objects.filter(
            Q(allocations__outcome="partial") | Q(allocations__outcome="not_granted"),
            batch=batch,
            allocations__round=0,
        )
        .annotate(
            got=Subquery(granted),
            has_left=Case(When(enterprise_id__in=returned, then=True), default=False),
        )
        .order_by("allocations__rank")
        .select_related("enterprise")
    )


def waiting_applications(batch: Batch) -> QuerySet[Application]:
    """Who is in line for a batch's returned money, in rank order (B9)."""
    return line_of(batch).filter(has_left=False)
