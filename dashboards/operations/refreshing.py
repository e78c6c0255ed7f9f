"""Rolling up a programme's figures: counted by the database, replaced as a whole (N3, docs/adr/0028)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from dashboards.models import (
    DayFigures,
    EnterpriseFigures,
    Figures,
    OrderFigures,
    Snapshot,
    VoucherFigures,
)
from dashboards.stages import files_at
from foundation.moments import SHANGHAI
from foundation.money import total
from orders.models import BankTransfer, Order, Rating
from orders.states import OrderState
from vouchers.models import Application, LedgerEntry, Programme, Voucher
from vouchers.operations.ledger import PLACES
from vouchers.states import EntryKind

LOCK_CLASS = 0x44425244  # "DBRD": of the advisory locks, those of this job
CHUNK = 2000
# Orders that came to nothing count as orders and not as live ones.
DEAD = (OrderState.DECLINED, OrderState.CANCELLED, OrderState.LAPSED)
PROFILE = "voucher__allocation__application__profile"

Row = TypeVar("Row", bound=Figures)
Cells = dict[tuple[Any, ...], dict[str, Any]]


def refresh_figures(*, at: datetime, programme: Programme) -> bool:
    """Replace a programme's rolled-up figures by those of this moment; False while another process is at it.

    All figures are read from one snapshot of the database, so that they belong together.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                if outermost:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute(
                    "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, programme.pk]
                )
                if not cursor.fetchone()[0]:
                    return False
        _replace(EnterpriseFigures, programme, _enterprises(programme, at), _GROUP)
        _replace(VoucherFigures, programme, _vouchers(programme), ("batch_id", *_GROUP))
        _replace(OrderFigures, programme, _orders(programme), _ORDER_GROUP)
        _replace(DayFigures, programme, _days(programme), ("district_id", "day"))
        Snapshot.objects.update_or_create(
            programme=programme, defaults={"taken_at": at, "entries": entries_of(programme)}
        )
    return True


def entries_of(programme: Programme) -> int:
    """How many entries a programme's ledger has: it only grows, so the same number is the same ledger."""
    return LedgerEntry.objects.filter(voucher__batch__programme=programme).count()


STAGES = ("registered", "eligible", "applied", "granted", "ordered", "paid", "settled")
_GROUP = ("district_id", "size_class", "industry")
_ORDER_GROUP = ("provider_id", "category", "district_id")


def _replace(model: type[Row], programme: Programme, cells: Cells, names: Iterable[str]) -> None:
    model._default_manager.filter(programme=programme).delete()
    model._default_manager.bulk_create(
        (
            model(programme=programme, **dict(zip(names, key, strict=True)), **figures)
            for key, figures in cells.items()
        ),
        batch_size=CHUNK,
    )


def _add(cells: Cells, rows: QuerySet[Any, Any], names: tuple[str, ...]) -> None:
    """Put the rows of a grouped query into their cells: first the group's values, then the figures ``names``."""
    for row in rows:
        split = len(row) - len(names)
        cells[tuple(row[:split])].update(zip(names, row[split:], strict=True))


def _enterprises(programme: Programme, at: datetime) -> Cells:
    """How many enterprises of the year's files got how far (E5 at this moment)."""
    cells: Cells = defaultdict(dict)
    group = ("profile__district_id", "profile__size_class", "profile__industry")
    for name in STAGES:
        found = files_at(name, [programme], year=programme.year, at=at)
        counted = found.order_by().values_list(*group).annotate(count=Count("pk"))
        _add(cells, counted, (name,))
    return cells


def _vouchers(programme: Programme) -> Cells:
    """Where the money of each batch is, by district, size and industry as the application recorded them."""
    cells: Cells = defaultdict(dict)
    profile = ("profile__district_id", "profile__size_class", "profile__industry")
    applications = (
        Application.objects.filter(batch__programme=programme, withdrawn_at=None)
        .order_by()
        .values_list("batch_id", *profile)
        .annotate(count=Count("pk"), requested=total("amount"))
    )
    _add(cells, applications, ("applications", "requested"))
    vouchers = (
        Voucher.objects.filter(batch__programme=programme)
        .order_by()
        .values_list("batch_id", *(f"allocation__application__{one}" for one in profile))
        .annotate(
            holders=Count("enterprise", distinct=True),
            vouchers=Count("pk"),
            sum_amount=total("amount"),
            **{f"sum_{place}": total(place) for place in PLACES},
        )
    )
    _add(cells, vouchers, ("holders", "vouchers", "amount", *PLACES))
    return cells


def _orders(programme: Programme) -> Cells:
    """What each provider's orders came to, by category and by the district of the voucher's enterprise."""
    cells: Cells = defaultdict(dict)
    group = ("provider_id", "product_version__category", f"{PROFILE}__district_id")
    wait = ExpressionWrapper(F("confirmed_at") - F("placed_at"), output_field=DurationField())
    orders = Order.objects.filter(voucher__batch__programme=programme)
    accepted = Q(accepted_at__isnull=False)
    counted = (
        orders.order_by()
        .values_list(*group)
        .annotate(
            count=Count("pk"),
            live=Count("pk", filter=~Q(state__in=DEAD)),
            sum_reserved=total("reserved"),
            sum_paid=total("paid"),
            sum_settled=total("settled"),
            sum_disallowed=total("disallowed"),
            taken=total("paid", filter=accepted) + total("settled", filter=accepted),
            confirmed=Count("confirmed_at"),
            waited=Sum(wait),
        )
    )
    names = ("orders", "live", "reserved", "paid", "settled", "disallowed", "accepted")
    _add(cells, counted, (*names, "confirmed", "confirm_seconds"))
    for figures in cells.values():
        waited = figures["confirm_seconds"]
        figures["confirm_seconds"] = int(waited.total_seconds()) if waited else 0
    transfers = (
        BankTransfer.objects.filter(
            payment__order__voucher__batch__programme=programme,
            payment__state="accepted",
            # What was disallowed (R7) pulled nothing in, as in the year's evaluation.
            payment__order__disallowed=0,
            superseded_at=None,
        )
        .order_by()
        .values_list(*(f"payment__order__{one}" for one in group))
        .annotate(own=total("amount"))
    )
    _add(cells, transfers, ("own",))
    ratings = (
        Rating.objects.filter(order__voucher__batch__programme=programme)
        .order_by()
        .values_list(*(f"order__{one}" for one in group))
        .annotate(count=Count("pk"), sum_stars=Sum("stars"))
    )
    _add(cells, ratings, ("ratings", "stars"))
    return cells


DAY_KINDS = {
    "issued": EntryKind.ISSUE,
    "reserved": EntryKind.RESERVE,
    "paid": EntryKind.PAY,
    "settled": EntryKind.SETTLE,
    "returned": EntryKind.RETURN,
    "reclaimed": EntryKind.RECLAIM,
}


def _days(programme: Programme) -> Cells:
    """What the ledger and the applications of each day came to."""
    cells: Cells = defaultdict(dict)
    entries = (
        LedgerEntry.objects.filter(voucher__batch__programme=programme)
        .order_by()
        .annotate(day=TruncDate("at", tzinfo=SHANGHAI))
        .values_list(f"{PROFILE}__district_id", "day")
        .annotate(
            **{
                f"sum_{name}": total("amount", filter=Q(kind=kind))
                for name, kind in DAY_KINDS.items()
            }
        )
    )
    _add(cells, entries, tuple(DAY_KINDS))
    applications = (
        Application.objects.filter(batch__programme=programme, withdrawn_at=None)
        .order_by()
        .annotate(day=TruncDate("submitted_at", tzinfo=SHANGHAI))
        .values_list("profile__district_id", "day")
        .annotate(count=Count("pk"))
    )
    _add(cells, applications, ("applications",))
    return cells
