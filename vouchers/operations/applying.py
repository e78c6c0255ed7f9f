"""Applying for a batch and withdrawing: the hot path of the portal (B2–B5).

Fair and fast: the committed demand is read without a lock and before the number is drawn, so it is a lower bound
that can let in a few too many but never refuse one who could still win; the yearly cap is a conditional update of a
row only this enterprise touches; the demand is added to one of several shards. What must hold is written here step by
step; on PostgreSQL an application that is accepted takes one statement instead (``at_once``).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.money import yuan
from foundation.notices.operations import post_message
from vouchers import policies
from vouchers.entrance import Entrance, read_entrance
from vouchers.models import SHARDS, Application, Batch, DemandShard, EnterpriseAllowance
from vouchers.operations.at_once import enter_at_once
from vouchers.operations.line import join_line
from vouchers.states import APPLICATION, ApplicationState, Tier


def submit_application(
    *, by: Actor, at: datetime, batch_pk: int, amount: Decimal, seen: Entrance | None = None
) -> Application:
    """Put the actor's enterprise in line for ``amount`` yuan of an open batch.

    The application's primary key is its place (B5). ``seen``: what the caller has just read of the same account,
    batch and moment. Raises UnableToApply (B2, B3), BatchFull (B4), NotEligible (E5), OutOfReach for a batch that is
    not public or an account without an enterprise of its city.
    """
    if by.user is None or by.role != Role.ENTERPRISE:
        raise OutOfReach("not an enterprise")
    if seen is not None and (seen.account.pk, seen.batch.pk) != (by.user.pk, batch_pk):
        raise ValueError("what was read is about somebody else")
    if writes_at_once():
        seen = seen or _read(by.user.pk, batch_pk, at)
        tier = _admit(seen, at=at, amount=amount)
        made = enter_at_once(
            by=by,
            at=at,
            seen=seen,
            amount=amount,
            tier=tier,
            details=_details(seen.batch, amount, tier),
            params=_receipt(seen.batch, amount),
        )
        if made is not None:
            return made
    try:
        with transaction.atomic():
            return _submit(by=by, at=at, batch_pk=batch_pk, amount=amount)
    except IntegrityError as error:
        if "vouchers_one_live_application" in str(
            error
        ) or "UNIQUE constraint failed: vouchers_application" in str(error):
            raise policies.UnableToApply(
                "本批次您已提交过申领，每家企业每批只能申领一次。"
            ) from error
        raise


def writes_at_once() -> bool:
    """Whether this engine has the one statement for it."""
    return connection.vendor == "postgresql"


def _read(account_pk: int, batch_pk: int, at: datetime) -> Entrance:
    seen = read_entrance(account_pk=account_pk, batch_pk=batch_pk, at=at)
    if seen is None:
        raise OutOfReach(f"no enterprise in its city, or no batch {batch_pk}")
    return seen


def _admit(seen: Entrance, *, at: datetime, amount: Decimal) -> Tier:
    """The tier to be counted in; refuses whoever may not apply, or could no longer receive anything (B2–B4, E5)."""
    policies.require_open(seen.batch, at=at)
    seen.standing.require_eligible()
    tier = Tier.PRIORITY if seen.standing.is_priority else Tier.OTHER
    policies.require_not_full(seen.batch, demand=seen.demand, tier=tier)
    programme = seen.batch.programme
    policies.require_sound_amount(
        amount=amount, step=programme.application_step, left=programme.enterprise_cap
    )
    return tier


def _submit(*, by: Actor, at: datetime, batch_pk: int, amount: Decimal) -> Application:
    join_line(batch_pk)
    account = by.user.pk  # type: ignore[union-attr]
    seen = _read(account, batch_pk, at)
    tier = _admit(seen, at=at, amount=amount)
    batch, standing = seen.batch, seen.standing
    _count_against_cap(standing.enterprise_pk, batch, amount)
    application = Application.objects.create(
        batch=batch,
        enterprise_id=standing.enterprise_pk,
        profile_id=standing.profile_pk,
        amount=amount,
        counted_tier=tier,
        submitted_at=at,
    )
    record(
        at=at,
        by=by,
        action="submit_application",
        subject=application,
        to_state=ApplicationState.SUBMITTED,
        details=_details(batch, amount, tier),
    )
    post_message(
        at=at,
        to=account,
        event="application_submitted",
        params={**_receipt(batch, amount), "number": application.number},
        link=f"/vouchers/applications/{application.pk}/",
    )
    _add_demand(application, amount)
    return application


def _details(batch: Batch, amount: Decimal, tier: Tier) -> dict[str, Any]:
    return {"batch": batch.pk, "amount": str(amount), "tier": tier.value}


def _receipt(batch: Batch, amount: Decimal) -> dict[str, Any]:
    return {"batch": str(batch.number), "amount": str(amount)}


def withdraw_application(*, by: Actor, at: datetime, application: Application) -> Application:
    """Leave the line while the batch is open; frees the demand and the yearly cap (B3, B4)."""
    with transaction.atomic():
        join_line(application.batch_id)
        locked = (
            Application.objects.select_for_update(of=("self",))
            .select_related("batch__programme", "enterprise")
            .filter(pk=application.pk, enterprise__account=by.user)
            .first()
        )
        if locked is None:
            raise OutOfReach(f"application {application.pk}")
        policies.require_withdrawable(locked.batch, at=at)
        target = APPLICATION.target(locked.state, "withdraw")
        record(
            at=at,
            by=by,
            action="withdraw_application",
            subject=locked,
            from_state=locked.state,
            to_state=target,
        )
        locked.state, locked.withdrawn_at = target, at
        locked.save(update_fields=["state", "withdrawn_at"])
        EnterpriseAllowance.objects.filter(
            enterprise_id=locked.enterprise_id, programme_id=locked.batch.programme_id
        ).update(applied=F("applied") - yuan(locked.amount))
        _add_demand(locked, -locked.amount)
        post_message(
            at=at,
            to=by.user.pk,
            event="application_withdrawn",
            params={**_receipt(locked.batch, locked.amount), "number": locked.number},
            link=f"/vouchers/applications/{locked.pk}/",
        )
        return locked


def _count_against_cap(enterprise_pk: int, batch: Batch, amount: Decimal) -> None:
    """Move the enterprise's own counter, under its cap, in one conditional statement (B3)."""
    programme = batch.programme
    own = EnterpriseAllowance.objects.filter(enterprise_id=enterprise_pk, programme=programme)
    within = own.filter(cap__gte=F("applied") + F("received") - F("returned") + yuan(amount))
    if within.update(applied=F("applied") + yuan(amount)):
        return
    # The first application of the year makes the row; a twin that was faster is met by the same statement again.
    EnterpriseAllowance.objects.get_or_create(
        enterprise_id=enterprise_pk, programme=programme, defaults={"cap": programme.enterprise_cap}
    )
    if not within.update(applied=F("applied") + yuan(amount)):
        policies.require_sound_amount(
            amount=amount, step=programme.application_step, left=own.get().left
        )
        raise policies.UnableToApply("您的额度刚刚发生变化，请刷新页面后重新提交。")


def _add_demand(application: Application, amount: Decimal) -> None:
    """Add to (or take back from) the application's shard of the committed demand; the last write (B4)."""
    column = "priority_amount" if application.counted_tier == Tier.PRIORITY else "other_amount"
    DemandShard.objects.filter(batch_id=application.batch_id, shard=application.pk % SHARDS).update(
        **{column: F(column) + yuan(amount)}
    )
