"""The published list of results in its canonical form, from which anyone can recompute the granting (B7, B8).

The text is UTF-8 CSV with "\\n" line ends. Lines that start with "#" say what the round had to give; then one row
per application in rank order. ``script/verify_results`` reads it with the standard library alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from foundation.moments import SHANGHAI
from foundation.money import FEN
from foundation.personal_data import mask_credit_code
from vouchers.models import Allocation, Batch

COLUMNS = "排名,档次,顺序号,提交时间,统一社会信用代码,申领金额,获券金额,结果,原因"


def result_rows(batch: Batch, round_number: int) -> Iterator[tuple[str, ...]]:
    """The rows of one round in rank order; amounts in yuan with two places."""
    allocations = (
        Allocation.objects.filter(application__batch=batch, round=round_number)
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
    for rank, tier, sequence, at, code, amount, granted, outcome, reason in allocations.iterator(
        chunk_size=5000
    ):
        local = at.astimezone(SHANGHAI)
        yield (
            str(rank),
            tier,
            str(sequence),
            f"{local:%Y-%m-%d %H:%M:%S.%f}",
            mask_credit_code(code),
            str(amount.quantize(FEN)),
            str(granted.quantize(FEN)),
            outcome,
            reason,
        )


def result_lines(batch: Batch, round_number: int, amount: object) -> Iterator[str]:
    """The canonical download line by line, each with its line end."""
    programme = batch.programme
    yield f"#城市,{programme.city.name}\n"
    yield f"#年度,{programme.year}\n"
    yield f"#批次,{batch.number}\n"
    yield f"#轮次,{round_number}\n"
    yield f"#可发金额,{amount}\n"
    yield f"{COLUMNS}\n"
    for row in result_rows(batch, round_number):
        yield ",".join(row) + "\n"


def digest_of(batch: Batch, round_number: int, amount: object) -> str:
    """SHA-256 (hex) of the canonical download."""
    digest = hashlib.sha256()
    for line in result_lines(batch, round_number, amount):
        digest.update(line.encode())
    return digest.hexdigest()
