"""Programmes and their batches: made, amended and announced by the bureau (G2, B1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_staff_of
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.moments import spoken, spoken_day
from foundation.money import ZERO, spoken_money
from foundation.notices.models import NoticeKind
from foundation.notices.operations import publish_notice
from foundation.regions.models import City
from vouchers import policies
from vouchers.models import SHARDS, Batch, DemandShard, EnterpriseAllowance, Programme
from vouchers.operations.announcing import tell_announced
from vouchers.queries import available_to_issue, results_due_at
from vouchers.states import BATCH

FIGURES = (
    "total_amount",
    "enterprise_cap",
    "subsidy_ratio",
    "provider_cap",
    "provider_share",
    "usage_days",
    "service_from",
    "service_until",
    "publicity_days",
    "application_step",
    "correction_days",
    "waiting_list",
)


def create_programme(
    *, by: Actor, at: datetime, city: City, year: int, **figures: Any
) -> Programme:
    """A city's scheme for a year (G2). ``figures``: fields of Programme named in FIGURES; the rest keep defaults."""
    require_staff_of(by, city.pk, Role.BUREAU)
    _require_sound(figures)
    try:
        with transaction.atomic():
            programme = Programme.objects.create(city=city, year=year, created_at=at, **figures)
            record(
                at=at, by=by, action="create_programme", subject=programme, details=_spoken(figures)
            )
    except IntegrityError as error:
        raise policies.UnableToIssue(
            f"{city}{year} 年度方案已存在。", rule="G2", field="year"
        ) from error
    programme.refresh_from_db()
    return programme


def amend_programme(*, by: Actor, at: datetime, programme: Programme, **figures: Any) -> Programme:
    """Change figures of a programme; refused when what was already granted or accepted would break them (G2).

    Deadlines of batches already announced follow from their programme, so their figures may not change.
    """
    require_staff_of(by, programme.city_id, Role.BUREAU)
    _require_sound(figures)
    with transaction.atomic():
        locked = Programme.objects.select_for_update().get(pk=programme.pk)
        before = {name: getattr(locked, name) for name in figures}
        announced = locked.batches.exclude(state__in=("draft", "cancelled")).exists()
        fixed = {
            "usage_days",
            "service_from",
            "service_until",
            "subsidy_ratio",
            "waiting_list",
            "enterprise_cap",
            "application_step",
            "publicity_days",
            "correction_days",
        }
        touched = {name for name in fixed & figures.keys() if figures[name] != before[name]}
        if announced and touched:
            name = Programme._meta.get_field(sorted(touched)[0]).verbose_name
            raise policies.UnableToIssue(
                f"已有批次发布，“{name}”不能再改。", rule="G2", field=sorted(touched)[0]
            )
        for name, value in figures.items():
            setattr(locked, name, value)
        if locked.acceptance_cap < _old_cap(locked, before):
            raise policies.UnableToIssue("单个机构收券上限只能调高，不能调低。", rule="P7")
        held = locked.total_amount - available_to_issue(locked, at)
        if locked.total_amount < held:
            raise policies.UnableToIssue(
                f"发放总额不能低于已发放的 {spoken_money(held)}。", field="total_amount"
            )
        locked.save(update_fields=list(figures))
        EnterpriseAllowance.objects.filter(programme=locked).update(cap=locked.enterprise_cap)
        changes = {
            name: [str(before[name]), str(figures[name])]
            for name in figures
            if before[name] != figures[name]
        }
        record(at=at, by=by, action="amend_programme", subject=locked, details=changes)
        return locked


def _old_cap(programme: Programme, before: dict[str, Any]) -> Decimal:
    past = Programme(
        total_amount=before.get("total_amount", programme.total_amount),
        provider_cap=before.get("provider_cap", programme.provider_cap),
        provider_share=before.get("provider_share", programme.provider_share),
    )
    return past.acceptance_cap


def _require_sound(figures: dict[str, Any]) -> None:
    for name in ("total_amount", "enterprise_cap", "application_step"):
        value = figures.get(name)
        if value is not None and (value <= ZERO or not policies.is_whole_yuan(value)):
            raise policies.UnableToIssue("金额应为大于零的整数元。", rule="G2", field=name)
    for name in ("usage_days", "publicity_days", "correction_days"):
        value = figures.get(name)
        if value is not None and value < 1:
            raise policies.UnableToIssue("期限至少为 1 天。", rule="G2", field=name)
    for name in ("subsidy_ratio", "provider_share"):
        value = figures.get(name)
        if value is not None and not ZERO < value <= 1:
            raise policies.UnableToIssue("比例应大于 0 且不超过 1。", rule="G2", field=name)
    first, last = figures.get("service_from"), figures.get("service_until")
    if first and last and last < first:
        raise policies.UnableToIssue("服务期止不能早于服务期起。", rule="G2", field="service_until")


def _spoken(figures: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in figures.items()}


def draft_batch(
    *,
    by: Actor,
    at: datetime,
    programme: Programme,
    amount: Decimal,
    opens_at: datetime,
    closes_at: datetime,
    valid_until: date,
) -> Batch:
    """A batch that only staff see yet (B1)."""
    require_staff_of(by, programme.city_id, Role.BUREAU)
    with transaction.atomic():
        locked = Programme.objects.select_for_update().get(pk=programme.pk)
        last = locked.batches.order_by("-number").values_list("number", flat=True).first() or 0
        batch = Batch(
            programme=locked,
            number=last + 1,
            amount=amount,
            opens_at=opens_at,
            closes_at=closes_at,
            valid_until=valid_until,
        )
        _require_sound_batch(batch)
        batch.save()
        record(at=at, by=by, action="draft_batch", subject=batch, to_state=batch.state)
        return batch


def announce_batch(*, by: Actor, at: datetime, batch: Batch) -> Batch:
    """Publish a batch and its notice 发券通知; its amount is held from the programme's total from now on (B1)."""
    require_staff_of(by, batch.programme.city_id, Role.BUREAU)
    with transaction.atomic():
        programme = Programme.objects.select_for_update().get(pk=batch.programme_id)
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        locked.programme = programme
        target = BATCH.target(locked.state, "announce")
        _require_sound_batch(locked)
        policies.require_not_yet_open(opens_at=locked.opens_at, at=at)
        policies.require_money_left(
            amount=locked.amount, available=available_to_issue(programme, at)
        )
        results = results_due_at(locked)
        DemandShard.objects.bulk_create(
            DemandShard(batch=locked, shard=shard) for shard in range(SHARDS)
        )
        locked.state, locked.announced_at = target, at
        locked.save(update_fields=["state", "announced_at"])
        record(
            at=at,
            by=by,
            action="announce_batch",
            subject=locked,
            from_state="draft",
            to_state=target,
            # What was promised; reconcile holds the batch to it.
            details={
                "amount": str(locked.amount),
                "opens_at": locked.opens_at.isoformat(),
                "closes_at": locked.closes_at.isoformat(),
                "valid_until": locked.valid_until.isoformat(),
            },
        )
        tell_announced(locked, at=at)
        publish_notice(
            at=at,
            by=by,
            city=programme.city,
            kind=NoticeKind.BATCH,
            title=f"关于发放 {locked}的通知",
            body=_batch_notice(locked, results),
            link=f"/batches/{locked.pk}/",
            publish_at=at,
        )
        return locked


def cancel_batch(*, by: Actor, at: datetime, batch: Batch) -> Batch:
    """Drop a draft batch; an announced one is a promise and stays (B1)."""
    require_staff_of(by, batch.programme.city_id, Role.BUREAU)
    with transaction.atomic():
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        target = BATCH.target(locked.state, "cancel")
        record(
            at=at,
            by=by,
            action="cancel_batch",
            subject=locked,
            from_state=locked.state,
            to_state=target,
        )
        locked.state = target
        locked.save(update_fields=["state"])
        return locked


def _require_sound_batch(batch: Batch) -> None:
    policies.require_sound_batch(
        amount=batch.amount,
        opens_at=batch.opens_at,
        closes_at=batch.closes_at,
        expires_at=batch.expires_at,
        usage_ends_at=batch.usage_ends_at,
    )


def _batch_notice(batch: Batch, results: datetime) -> str:
    programme = batch.programme
    return "\n\n".join(
        [
            f"{batch}服务券将于 {spoken(batch.opens_at)} 至 {spoken(batch.closes_at)} 开放申领，"
            f"发放金额 {spoken_money(batch.amount)}，额满则停止申领。",
            f"每家企业本年度申领总额不超过 {spoken_money(programme.enterprise_cap)}，"
            f"申领金额为 {spoken_money(programme.application_step)}的整数倍。"
            "系统按优先补助资格和提交先后顺序排序。",
            f"申领结果于 {spoken(results)} 公布。",
            f"获券企业请在 {spoken(batch.usage_ends_at)} 前下单并上传服务合同，"
            f"在 {spoken_day(batch.valid_until)} 前支付服务券；逾期未使用的由系统收回，并占用当年申领额度。",
        ]
    )
