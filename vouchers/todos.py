"""What vouchers and batches ask of an enterprise, for its home page (N2)."""

from __future__ import annotations

from datetime import datetime

from enterprises.models import Enterprise
from foundation.accounts.models import Role, User
from foundation.moments import local_day
from foundation.money import ZERO, spoken_money
from foundation.todos import Todo
from vouchers import policies
from vouchers.models import Application, Batch, Voucher
from vouchers.queries import allowance_left, announced_batches, demand_of, usable_balance
from vouchers.standing import with_standing
from vouchers.states import BatchState, Tier

# More would not be read; a city opens a handful of batches a year.
LOOKED_AT = 20


def voucher_todos(user: User, at: datetime) -> list[Todo]:
    """Batches open to the enterprise that it has not applied for, and balances whose usage window is running."""
    if user.role != Role.ENTERPRISE:
        return []
    return [*_batches_open(user, at), *_balances_running_out(user, at)]


def _batches_open(user: User, at: datetime) -> list[Todo]:
    own = Enterprise.objects.filter(account=user).first()
    if own is None:
        return []
    applied = Application.objects.filter(enterprise=own, withdrawn_at=None).values("batch_id")
    batches = (
        announced_batches()
        .filter(
            programme__city_id=own.city_id,
            state=BatchState.ANNOUNCED,
            opens_at__lte=at,
            closes_at__gte=at,
        )
        .exclude(pk__in=applied)
        .order_by("closes_at")[:LOOKED_AT]
    )
    return [_apply(batch) for batch in batches if _could_win(own, batch, at)]


def _could_win(own: Enterprise, batch: Batch, at: datetime) -> bool:
    """Whether applying would be refused neither for the enterprise's standing, its cap, nor a full batch (B2–B4)."""
    programme = batch.programme
    standing = with_standing(
        Enterprise.objects.filter(pk=own.pk), city_id=own.city_id, year=programme.year, at=at
    ).get()
    if standing.failing or allowance_left(own.pk, programme) < programme.application_step:  # type: ignore[attr-defined]
        return False
    tier = Tier.PRIORITY if standing.is_priority else Tier.OTHER  # type: ignore[attr-defined]
    try:
        policies.require_not_full(batch, demand=demand_of(batch), tier=tier)
    except policies.BatchFull:
        return False
    return True


def _apply(batch: Batch) -> Todo:
    return Todo(
        f"第 {batch.number} 批服务券正在申领，按提交先后排序，请尽早提交。",
        f"/vouchers/apply/{batch.pk}/",
        "申领服务券",
        batch.closes_at,
    )


def _balances_running_out(user: User, at: datetime) -> list[Todo]:
    vouchers = (
        Voucher.objects.filter(
            enterprise__account=user, free__gt=ZERO, batch__valid_until__gte=local_day(at)
        )
        .select_related("batch__programme")
        .order_by("batch__closes_at")[:LOOKED_AT]
    )
    return [
        Todo(
            f"第 {voucher.batch.number} 批服务券还有 {spoken_money(voucher.free)}可用，"
            "请下单并上传合同，用不完的可以主动退回。",
            f"/vouchers/{voucher.pk}/",
            "使用服务券",
            voucher.batch.usage_ends_at,
        )
        for voucher in vouchers
        if usable_balance(voucher, at)
    ]
