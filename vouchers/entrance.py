"""Everything that decides on an application, read in one statement: the hot path's only read (B2–B4, E5, E7, G3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery

from enterprises.models import Enterprise, Qualification
from foundation.accounts.models import User
from foundation.moments import local_day, moment
from foundation.money import total
from vouchers.models import Batch, DemandShard, Programme
from vouchers.policies import Demand
from vouchers.prepared import PreparedQuery
from vouchers.queries import ANNOUNCED_STATES
from vouchers.standing import Standing, with_standing


def _own(model: type[models.Model], *names: str) -> tuple[str, ...]:
    """These fields of a model, in the order in which ``from_db`` takes them."""
    order = [field.attname for field in model._meta.concrete_fields]
    return tuple(sorted(names, key=order.index))


_ACCOUNT = _own(
    User,
    "id",
    "password",
    "session_epoch",
    "is_active",
    "role",
    "username",
    "first_name",
    "last_name",
    "person_id",
)
_STANDING = ("pk", "profile_pk", "failing", "is_priority")
_BATCH = _own(Batch, "id", "number", "amount", "opens_at", "closes_at", "state")
_PROGRAMME = _own(Programme, "id", "city_id", "year", "enterprise_cap", "application_step")
_DEMAND = ("priority_demand", "other_demand")


@dataclass(frozen=True)
class Entrance:
    """What one statement saw: the account, its enterprise's standing, the batch, and the committed demand.

    Account, batch and programme have only what the hot path needs; anything else is fetched when it is asked for.
    """

    account: User
    standing: Standing
    batch: Batch
    demand: Demand


def read_entrance(*, account_pk: int, batch_pk: int, at: datetime) -> Entrance | None:
    """What decides on an application of this account for this batch at ``at``.

    None when the account has no enterprise in the batch's city (G3), or the public does not know the batch (B1).
    """
    row = _row(account_pk, batch_pk, at)
    if row is None:
        return None
    values = iter(row)

    def take(names: tuple[str, ...]) -> list[Any]:
        return [next(values) for _ in names]

    account = User.from_db(DEFAULT_DB_ALIAS, _ACCOUNT, take(_ACCOUNT))
    standing = Standing(*take(_STANDING))
    batch = Batch.from_db(DEFAULT_DB_ALIAS, _BATCH, take(_BATCH))
    programme = Programme.from_db(DEFAULT_DB_ALIAS, _PROGRAMME, take(_PROGRAMME))
    batch.programme = programme
    return Entrance(account, standing, batch, Demand(*take(_DEMAND)))


def _row(account_pk: int, batch_pk: int, at: datetime) -> tuple[Any, ...] | None:
    if batch_pk > BigIntegerField.MAX_BIGINT:  # an address may hold any number
        return None
    if connection.vendor == "postgresql":
        return _READ.row(account_pk, batch_pk, at, local_day(at))
    found: tuple[Any, ...] | None = _entrance(account_pk, batch_pk, at).first()
    return found


def _entrance(account_pk: int, batch_pk: int, at: datetime) -> QuerySet[Any, Any]:
    programme, batch = "city__programme", "city__programme__batches"
    found = Enterprise.objects.filter(
        **{
            "account_id": account_pk,
            f"{batch}__id": batch_pk,
            f"{batch}__state__in": ANNOUNCED_STATES,
        }
    ).annotate(programme_year=F(f"{programme}__year"))
    profile = Qualification.objects.filter(
        enterprise=OuterRef("pk"), year=OuterRef("programme_year")
    )
    shards = DemandShard.objects.filter(batch_id=batch_pk).values("batch_id")
    return (
        with_standing(found, city_id=OuterRef("city_id"), year=OuterRef("programme_year"), at=at)
        .annotate(
            profile_pk=Subquery(profile.values("profile_id")[:1]),
            priority_demand=Subquery(shards.annotate(sum=total("priority_amount")).values("sum")),
            other_demand=Subquery(shards.annotate(sum=total("other_amount")).values("sum")),
        )
        .values_list(
            *(f"account__{name}" for name in _ACCOUNT),
            *_STANDING,
            *(f"{batch}__{name}" for name in _BATCH),
            *(f"{programme}__{name}" for name in _PROGRAMME),
            *_DEMAND,
        )
    )


# Nothing has these keys, and nothing happened then.
_MARKS = (-4_000_000_000_000_000_001, -4_000_000_000_000_000_002, moment(date(1912, 6, 23), 5))

_READ = PreparedQuery(
    "read_entrance",
    ("bigint", "bigint", "timestamptz", "date"),
    (*_MARKS, local_day(_MARKS[2])),
    lambda: _entrance(*_MARKS),
)
