"""The figures of a year's evaluation, added up in the database from the ledger, orders, transfers and ratings (N3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Count, FilteredRelation, Q, QuerySet, Sum

from dashboards.stages import files_of
from enterprises.models import Industry, SizeClass
from foundation.money import ZERO, total
from orders.models import BankTransfer, Invoice, Order, Rating
from orders.states import PaymentState
from vouchers.models import Application, Batch, LedgerEntry, Programme, Voucher
from vouchers.states import BatchState, EntryKind

_CENTS = Decimal("0.01")
_TENTH = Decimal("0.1")


@dataclass
class Line:
    """The figures of one group; money in yuan.

    ``entries`` are sums of the ledger by kind. ``accepted`` are the vouchers providers took for ``orders`` that were not
    disallowed since, ``own`` what enterprises transferred of their own money for these, ``invoiced`` what their invoices
    come to.
    """

    label: str
    registered: int = 0
    applied: int = 0
    granted: int = 0
    using: int = 0
    orders: int = 0
    accepted: Decimal = ZERO
    own: Decimal = ZERO
    invoiced: Decimal = ZERO
    stars: int = 0
    ratings: int = 0
    entries: dict[str, Decimal] = field(default_factory=dict)

    def sum_of(self, kind: str) -> Decimal:
        """All movements of one kind."""
        return self.entries.get(kind, ZERO)

    @property
    def issued(self) -> Decimal:
        """Vouchers issued."""
        return self.sum_of(EntryKind.ISSUE)

    @property
    def used(self) -> Decimal:
        """Vouchers paid with and neither refunded nor disallowed (R7)."""
        return (
            self.sum_of(EntryKind.PAY)
            - self.sum_of(EntryKind.REFUND)
            - self.sum_of(EntryKind.DISALLOW)
        )

    @property
    def settled(self) -> Decimal:
        """What providers were paid for vouchers (R5)."""
        return self.sum_of(EntryKind.SETTLE)

    @property
    def disallowed(self) -> Decimal:
        """What was not paid (R7)."""
        return self.sum_of(EntryKind.DISALLOW)

    @property
    def given_back(self) -> Decimal:
        """Returned voluntarily (V3)."""
        return self.sum_of(EntryKind.RETURN)

    @property
    def taken_back(self) -> Decimal:
        """Reclaimed by the system (V6)."""
        return self.sum_of(EntryKind.RECLAIM)

    @property
    def use_rate(self) -> Decimal | None:
        """Used of issued, percent; None where nothing was issued."""
        return _percent(self.used, self.issued)

    @property
    def leverage(self) -> Decimal | None:
        """Own money per yuan of accepted voucher; None before anything was accepted."""
        return (self.own / self.accepted).quantize(_CENTS) if self.accepted else None

    @property
    def satisfaction(self) -> Decimal | None:
        """Mean of the stars, 1 to 5; None without a rating."""
        return (Decimal(self.stars) / self.ratings).quantize(_CENTS) if self.ratings else None

    def add(self, other: Line) -> None:
        """Count another group in; right where no enterprise is in both."""
        for name in ("registered", "applied", "granted", "using", "orders", "stars", "ratings"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("accepted", "own", "invoiced"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, amount in other.entries.items():
            self.entries[kind] = self.sum_of(kind) + amount


@dataclass(frozen=True)
class Part:
    """One table of the report: how its lines are grouped, and whether the enterprise columns make sense in it."""

    key: str
    heading: str
    lines: Sequence[Line]
    of_enterprises: bool = True


@dataclass(frozen=True)
class Evaluation:
    """The whole report of a programme. ``sum`` counts every enterprise once."""

    programme: Programme
    batches: int
    sum: Line
    parts: Sequence[Part]

    @property
    def budget_rate(self) -> Decimal | None:
        """Settled of the programme's total, percent."""
        return _percent(self.sum.settled, self.programme.total_amount)

    @property
    def issue_rate(self) -> Decimal | None:
        """Issued of the programme's total, percent."""
        return _percent(self.sum.issued, self.programme.total_amount)


# (Heading, path from the enterprise's file of the year, words for a value). There is one file a year, so one group.
GROUPS: dict[str, tuple[str, str, Callable[[Any], str]]] = {
    "district": ("区", "profile__district__name", str),
    "size": ("规模", "profile__size_class", lambda value: SizeClass(value).label),
    "industry": ("行业", "profile__industry", lambda value: Industry(value).label),
}
_UNKNOWN = "未登记"
# Values of the groups → figures.
Lines: TypeAlias = dict[tuple[Any, ...], Line]


def evaluation_of(programme: Programme) -> Evaluation:
    """The report; the same dozen and a half statements whatever the programme's size."""
    finest = _lines_of_enterprises(programme)
    parts = [
        Part(key, heading, _gathered(finest, place, words))
        for place, (key, (heading, _, words)) in enumerate(GROUPS.items())
    ]
    whole = Line("合计")
    for line in finest.values():
        whole.add(line)
    parts.append(Part("provider", "服务机构", _lines_by_provider(programme), of_enterprises=False))
    published = Batch.objects.filter(programme=programme, state=BatchState.PUBLISHED)
    return Evaluation(programme, published.count(), whole, parts)


def _gathered(finest: Lines, place: int, words: Callable[[Any], str]) -> list[Line]:
    """One line for each value of one group; enterprises without a file this year make the last."""
    gathered: dict[Any, Line] = {}
    for values, line in finest.items():
        value = values[place]
        if value not in gathered:
            gathered[value] = Line(_UNKNOWN if value in (None, "") else words(value))
        gathered[value].add(line)
    return sorted(
        gathered.values(), key=lambda one: (one.label == _UNKNOWN, -one.issued, one.label)
    )


def _lines_of_enterprises(programme: Programme) -> Lines:
    """The figures by all GROUPS at once: an enterprise is in one of them, so that they add up to any grouping."""
    lines: Lines = defaultdict(lambda: Line(""))
    paths = [path for _, path, _ in GROUPS.values()]
    for *values, count in _grouped(files_of([programme], programme.year), paths, count=Count("pk")):
        lines[tuple(values)].registered = count
    groups = [f"{_FILE}__{path}" for path in paths]
    each = Count("enterprise", distinct=True)
    applied = Application.objects.filter(withdrawn_at=None)
    for *values, count in _grouped(
        _in_year(applied, programme, "batch", "enterprise"), groups, count=each
    ):
        lines[tuple(values)].applied = count
    for *values, count in _grouped(
        _in_year(Voucher.objects.all(), programme, "batch", "enterprise"), groups, count=each
    ):
        lines[tuple(values)].granted = count
    movements = _in_year(
        LedgerEntry.objects.all(), programme, "voucher__batch", "voucher__enterprise"
    )
    for *values, kind, amount in _grouped(movements, [*groups, "kind"], amounts=total("amount")):
        lines[tuple(values)].entries[kind] = amount
    _add_spending(programme, lines, of_order=groups, of_paper=groups, of_rating=groups)
    return lines


def _lines_by_provider(programme: Programme) -> list[Line]:
    """One line for each provider with an accepted voucher, a movement or a rating in the programme."""
    lines: Lines = defaultdict(lambda: Line(""))
    movements = LedgerEntry.objects.filter(
        voucher__batch__programme=programme, provider__isnull=False
    )
    for name, kind, amount in _grouped(
        movements, ["provider__name", "kind"], amounts=total("amount")
    ):
        lines[name,].entries[kind] = amount
    _add_spending(
        programme,
        lines,
        of_order=["provider__name"],
        of_paper=["payment__order__provider__name"],
        of_rating=["provider__name"],
    )
    for (name,), line in lines.items():
        line.label = name
    return sorted(lines.values(), key=lambda one: (-one.accepted, one.label))


def _add_spending(
    programme: Programme,
    lines: Lines,
    *,
    of_order: Sequence[str],
    of_paper: Sequence[str],
    of_rating: Sequence[str],
) -> None:
    """Orders, own money, invoices and stars, each grouped by its own paths."""
    # What was disallowed (R7) pulled nothing in: neither its vouchers nor the money beside them count.
    accepted = Order.objects.filter(accepted_at__isnull=False, disallowed=0)
    for *values, orders, using, paid, settled in _grouped(
        _in_year(accepted, programme, "voucher__batch", "enterprise"),
        of_order,
        count=Count("pk"),
        users=Count("enterprise", distinct=True),
        held=total("paid"),
        done=total("settled"),
    ):
        one = lines[tuple(values)]
        one.orders, one.using, one.accepted = orders, using, paid + settled
    order = "payment__order"
    in_force = {
        "payment__state": PaymentState.ACCEPTED,
        "superseded_at": None,
        f"{order}__accepted_at__isnull": False,
        f"{order}__disallowed": 0,
    }
    for papers, amount, name in (
        (BankTransfer.objects.filter(**in_force), "amount", "own"),
        (Invoice.objects.filter(**in_force), "total", "invoiced"),
    ):
        of_year = _in_year(papers, programme, f"{order}__voucher__batch", f"{order}__enterprise")
        for *values, amounts in _grouped(of_year, of_paper, amounts=total(amount)):
            setattr(lines[tuple(values)], name, amounts)
    ratings = _in_year(
        Rating.objects.all(), programme, "order__voucher__batch", "order__enterprise"
    )
    for *values, stars, count in _grouped(ratings, of_rating, sum=Sum("stars"), count=Count("pk")):
        one = lines[tuple(values)]
        one.stars, one.ratings = stars, count


# The enterprise's file of the programme's year, joined to whatever is counted; absent for one that has none.
_FILE = "file"


def _in_year(
    rows: QuerySet[Any], programme: Programme, batch: str, enterprise: str
) -> QuerySet[Any]:
    """Rows of the programme, with the enterprise's file of the year joined as ``file``."""
    files = f"{enterprise}__qualifications"
    join = FilteredRelation(files, condition=Q(**{f"{files}__year": programme.year}))
    return rows.filter(**{f"{batch}__programme": programme}).annotate(**{_FILE: join})


def _grouped(rows: QuerySet[Any], groups: Sequence[str], **sums: Any) -> Iterable[tuple[Any, ...]]:
    return rows.order_by().values_list(*groups).annotate(**sums).values_list(*groups, *sums)


def _percent(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole * 100).quantize(_TENTH) if whole else None
