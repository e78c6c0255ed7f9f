"""Proof that each document is still the one that was handed in; back-up and restore prove its bytes (F4)."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.documents.models import Document, KeptFile
from foundation.reconciliation import Break, wrong_rows

DOCUMENT = Document._meta.db_table
KEPT = KeptFile._meta.db_table


def breaks() -> Iterator[Break]:
    """Every document that is gone, or another than when it was handed in."""
    for pk, kept, now in wrong_rows(
        f"SELECT k.document_id, k.sha256, d.sha256 FROM {KEPT} k LEFT JOIN {DOCUMENT} d ON d.id = k.document_id "
        f"WHERE d.id IS NULL OR d.sha256 <> k.sha256 OR d.size <> k.size"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"文件 {pk}", f"提交时的摘要 {kept}，现在是 {now or '（已不存在）'}")
