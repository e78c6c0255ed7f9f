"""Proving that no row of the append-only tables was changed, removed, added or put elsewhere since it was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.conf import settings
from django.db import models

from foundation.audit.append_only import guarded_tables
from foundation.audit.models import Seal
from foundation.audit.sealing.digests import digest_of, digest_rows, is_signed, row_texts
from foundation.reconciliation import Break


def breaks(testimony: Mapping[int, str]) -> Iterator[Break]:
    """Everything that is wrong; ``testimony`` is what is known of seals outside the database: digest by number."""
    yield from _unguarded()
    until: dict[str, int] = {}
    previous, expected = "", 1
    for seal in Seal.objects.order_by("number").iterator():
        if seal.number != expected:
            yield Break(f"封存 {expected}", f"缺少封存记录，下一条是封存 {seal.number}")
        elif seal.previous != previous:
            yield Break(str(seal), "与前一条封存记录不衔接")
        yield from _broken_seal(seal, testimony)
        if seal.table not in _models():
            yield Break(str(seal), f"封存了未知的数据表 {seal.table}")
        else:
            if seal.after_id != until.get(seal.table, 0):
                yield Break(str(seal), f"{seal.table} 的封存范围不衔接")
            until[seal.table] = seal.until_id
            yield from _broken_rows(seal, _models()[seal.table])
        previous, expected = seal.digest, seal.number + 1
    last = expected - 1
    cut = sorted(number for number in testimony if number > last)
    if cut:
        yield Break(
            f"封存 {cut[0]}",
            f"库外留存的摘要到封存 {cut[-1]}，数据库只到封存 {last}：末尾的封存记录被删除",
        )
    for label, model in _models().items():
        if model._default_manager.filter(pk__lt=1).exists():
            yield Break(label, "有编号小于 1 的行，不是系统写入的")


def unsealed() -> dict[str, int]:
    """How many rows of each table are younger than its last seal, by the verbose name of the table."""
    found = {}
    for label, model in _models().items():
        last = Seal.objects.filter(table=label).aggregate(last=models.Max("until_id"))["last"] or 0
        found[str(model._meta.verbose_name)] = model._default_manager.filter(pk__gt=last).count()
    return found


def _models() -> dict[str, type[models.Model]]:
    return {label: apps.get_model(label) for label in settings.SEALED_TABLES}


def _unguarded() -> Iterator[Break]:
    guarded = set(guarded_tables())
    sealed: list[type[models.Model]] = [*_models().values(), Seal]
    for model in sealed:
        if model._meta.db_table not in guarded:
            yield Break(model._meta.db_table, "数据表的防改触发器被移除")


def _broken_seal(seal: Seal, testimony: Mapping[int, str]) -> Iterator[Break]:
    if digest_of(seal) != seal.digest:
        yield Break(str(seal), "封存记录的内容被改动")
    if not is_signed(seal.digest, seal.mac):
        yield Break(str(seal), "签名不符：不是持有密钥的系统所封存")
    if testimony.get(seal.number, seal.digest) != seal.digest:
        yield Break(str(seal), "与库外留存的摘要不同")


def _broken_rows(seal: Seal, model: type[models.Model]) -> Iterator[Break]:
    texts = row_texts(model, seal.columns.split(","), after=seal.after_id, until=seal.until_id)
    count, digest = digest_rows(texts)
    where = f"{model._meta.verbose_name} {seal.after_id + 1}–{seal.until_id}（{seal}）"
    if count < seal.count:
        yield Break(
            where, f"封存时 {seal.count} 行，现有 {count} 行：有 {seal.count - count} 行被删除"
        )
    elif count > seal.count:
        yield Break(
            where, f"封存时 {seal.count} 行，现有 {count} 行：有 {count - seal.count} 行后来加入"
        )
    elif digest != seal.rows_digest:
        yield Break(where, "行数未变，内容被改动或调换")
