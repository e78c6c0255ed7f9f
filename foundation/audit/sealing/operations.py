"""Sealing the rows that can no longer change."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from foundation.audit.models import Seal
from foundation.audit.sealing.digests import columns_of, digest_of, digest_rows, row_texts, sign
from foundation.audit.sealing.horizon import is_settled, newest
from foundation.audit.sealing.witness import testify, testimony

log = logging.getLogger(__name__)

# A seal for each minute would be many; so many rows, or so much time since the last one, are worth one.
ROWS_WORTH_A_SEAL = 1_000
SEAL_AFTER = timedelta(minutes=10)
ROWS_PER_SEAL = 5_000
SEALS_PER_RUN = 20
WAIT_SECONDS = 2.0


class ChainBroken(Exception):
    """The chain in the database does not go on from what is known of it outside: nothing is sealed over it."""


def seal_settled_rows(
    *, at: datetime, wait_seconds: float = WAIT_SECONDS, at_once: bool = False
) -> list[Seal]:
    """Add seals for the rows of every sealed table that can no longer change; ``at_once``: also for few and young ones.

    Two at the same time do no harm: one of them adds nothing. Raises ChainBroken.
    """
    made: list[Seal] = []
    for label in settings.SEALED_TABLES:
        model = apps.get_model(label)
        if connection.vendor == "postgresql":
            candidate = newest(model)
            # A long transaction is still writing: the next run seals what it leaves.
            if not is_settled(candidate, wait_seconds=wait_seconds):
                log.info("%s is still being written to: left to the next run", label)
                continue
            until = candidate.until
        else:
            until = 0
        try:
            with transaction.atomic():
                if connection.vendor != "postgresql":
                    until = newest(model).until
                sealed = _seal(model, label, until=until, at=at, at_once=at_once)
        except IntegrityError:
            continue  # another run was first
        testify(sealed)
        made += sealed
    return made


def _seal(
    model: type[models.Model], label: str, *, until: int, at: datetime, at_once: bool
) -> list[Seal]:
    last = Seal.objects.order_by("-number").first()
    _require_known_end(last)
    before = Seal.objects.filter(table=label).order_by("-number").first()
    after = before.until_id if before else 0
    rows = model._default_manager.filter(pk__gt=after, pk__lte=until).order_by("pk")
    worth = at_once or before is None or at >= before.sealed_at + SEAL_AFTER
    if not worth and rows[:ROWS_WORTH_A_SEAL].count() < ROWS_WORTH_A_SEAL:
        return []
    columns = columns_of(model)
    made: list[Seal] = []
    while len(made) < SEALS_PER_RUN and after < until:
        ids = list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:ROWS_PER_SEAL])
        if not ids:
            break
        count, digest = digest_rows(row_texts(model, columns, after=after, until=ids[-1]))
        seal = Seal(
            number=last.number + 1 if last else 1,
            table=label,
            columns=",".join(columns),
            after_id=after,
            until_id=ids[-1],
            count=count,
            rows_digest=digest,
            previous=last.digest if last else "",
            sealed_at=at,
        )
        seal.digest = digest_of(seal)
        seal.mac = sign(seal.digest)
        seal.save(force_insert=True)
        made.append(seal)
        last, after = seal, ids[-1]
    return made


def _require_known_end(last: Seal | None) -> None:
    """Raises ChainBroken when the witness file knows of a later end than the database has, or of another one."""
    known = testimony(settings.SEAL_WITNESS)
    if not known:
        return
    number = max(known)
    found = Seal.objects.filter(number=number).values_list("digest", flat=True).first()
    if found != known[number]:
        end = last.number if last else 0
        raise ChainBroken(
            f"the witness file knows seal {number}, the database ends with seal {end}: run manage.py verify_audit; "
            "after a restore, begin another witness file (docs/operations.md)"
        )
