"""An enterprise's deadlines about batches and vouchers, for its calendar (B2, V4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from enterprises.models import Enterprise
from enterprises.queries import eligibility, enterprise_of
from foundation.accounts.models import User
from foundation.agenda import Deadline
from foundation.moments import spoken
from foundation.money import spoken_money
from vouchers.models import Application
from vouchers.numbers import spoken_number
from vouchers.queries import allowance_left, announced_batches, vouchers_visible_to
from vouchers.states import BatchState


def agenda(user: User, at: datetime) -> Iterator[Deadline]:
    """Closings of the batches it can still apply for, and the ends of usage windows with a free balance."""
    enterprise = enterprise_of(user)
    if enterprise is None:
        return
    yield from _closings(enterprise, at)
    for voucher in vouchers_visible_to(user).filter(free__gt=0):
        batch = voucher.batch
        if batch.usage_ends_at >= at:
            yield Deadline(
                key=f"voucher-{voucher.pk}",
                ends_at=batch.usage_ends_at,
                summary=f"服务券使用期限截止（可用 {spoken_money(voucher.free)}）",
                text=f"{batch}，券号 {spoken_number(voucher.number)}：请在 {spoken(batch.usage_ends_at)} "
                f"前下单并上传服务合同，或主动退回。逾期由系统收回，并占用当年申领额度。",
                link=f"/vouchers/{voucher.pk}/",
            )


def _closings(enterprise: Enterprise, at: datetime) -> Iterator[Deadline]:
    applied = Application.objects.filter(enterprise=enterprise, withdrawn_at=None).values("batch")
    batches = announced_batches().filter(
        programme__city_id=enterprise.city_id, state=BatchState.ANNOUNCED, closes_at__gte=at
    )
    for batch in batches.exclude(pk__in=applied):
        programme = batch.programme
        left = allowance_left(enterprise.pk, programme)
        conditions = eligibility(enterprise, city_id=programme.city_id, year=programme.year, at=at)
        if left < programme.application_step or not all(one.met for one in conditions):
            continue
        yield Deadline(
            key=f"batch-{batch.pk}",
            ends_at=batch.closes_at,
            summary=f"第 {batch.number} 批服务券申领截止",
            text=f"{batch}：{spoken(batch.opens_at)} 开始申领，{spoken(batch.closes_at)} 截止，额满即止。"
            f"本年度还可申领 {spoken_money(left)}。",
            link=f"/batches/{batch.pk}/",
        )
