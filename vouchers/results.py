"""The published list of results in its canonical form, from which anyone can recompute the granting (B7, B8).

The text is UTF-8 CSV with a byte order mark, for Excel, and "\\n" line ends. Lines that start with "#" say what the
round had to give; then one row per application in rank order. ``script/verify_results`` reads it with the standard
library alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.db.models import Max, Min, QuerySet

from foundation.moments import SHANGHAI
from foundation.money import FEN
from foundation.personal_data import mask_credit_code
from vouchers.models import Allocation, Application, ResultList
from vouchers.states import Outcome

COLUMNS = "排名,档次,顺序号,提交时间,统一社会信用代码,申领金额,获券金额,结果,递补序位,原因"
BYTE_ORDER_MARK = "\ufeff"
IN_LINE = (Outcome.PARTIAL, Outcome.NOT_GRANTED)


def decided_in(results: ResultList) -> QuerySet[Allocation]:
    """What a list decided, one row per application, in no order.

    The applications of a batch stand together by number: told from which to which, the database need not read the
    allocations of every other batch.
    """
    applications = Application.objects.filter(batch=results.batch_id)
    # By group: asked for the least and the greatest number alone, PostgreSQL goes through all applications there are.
    grouped = applications.values("batch").annotate(first=Min("pk"), last=Max("pk"))
    bounds = grouped.order_by("batch").first()
    if bounds is None:
        return Allocation.objects.none()
    return Allocation.objects.filter(
        application__batch=results.batch_id,
        application_id__gte=bounds["first"],
        application_id__lte=bounds["last"],
        round=results.round,
    )


def result_rows(results: ResultList) -> Iterator[tuple[str, ...]]:
    """The rows of one round in rank order; amounts in yuan with two places, times to the microsecond."""
    allocations = (
        decided_in(results)
        .order_by("rank")
        .values_list(
            "rank",
            "tier",
            "application_id",
            "application__submitted_at",
            "application__enterprise__credit_code",
            "application__amount",
            "granted",
            "outcome",
            "reason",
        )
    )
    places = _places(results)
    for rank, tier, sequence, at, code, amount, granted, outcome, reason in allocations.iterator(
        chunk_size=5000
    ):
        yield (
            str(rank),
            tier,
            str(sequence),
            f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S.%f}",
            mask_credit_code(code),
            str(amount.quantize(FEN)),
            str(granted.quantize(FEN)),
            outcome,
            str(places.get(rank, "")),
            reason,
        )


def _places(results: ResultList) -> dict[int, int]:
    """The place in the waiting list by rank: whom ranking left with less than applied for, in rank order (B9)."""
    if not results.waiting_list:
        return {}
    ranks = Allocation.objects.filter(
        application__batch=results.batch_id, round=0, outcome__in=IN_LINE
    ).order_by("rank")
    return {rank: place for place, rank in enumerate(ranks.values_list("rank", flat=True), start=1)}


def result_lines(results: ResultList) -> Iterator[str]:
    """The canonical download line by line, each with its line end."""
    batch = results.batch
    count = decided_in(results).count()
    yield f"{BYTE_ORDER_MARK}#城市,{batch.programme.city.name}\n"
    yield f"#年度,{batch.programme.year}\n"
    yield f"#批次,{batch.number}\n"
    yield f"#轮次,{results.round}\n"
    yield f"#可发金额,{results.amount}\n"
    yield f"#启用递补,{'是' if results.waiting_list else '否'}\n"
    yield f"#行数,{count}\n"
    yield f"{COLUMNS}\n"
    for row in result_rows(results):
        yield ",".join(row) + "\n"


def digest_of(results: ResultList) -> str:
    """SHA-256 (hex) of the canonical download."""
    digest = hashlib.sha256()
    for line in result_lines(results):
        digest.update(line.encode())
    return digest.hexdigest()
