"""Which enterprises have got how far: the one definition behind the counts and the lists (N3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from enterprises.models import Enterprise, Qualification
from enterprises.queries import eligibility_conditions
from vouchers.models import Application, Programme, Voucher

SETTLED = Q(settled__gt=0)
PAID = SETTLED | Q(paid__gt=0) | Q(disallowed__gt=0)
ORDERED = PAID | Q(reserved__gt=0)
_HELD = {"granted": Q(), "ordered": ORDERED, "paid": PAID, "settled": SETTLED}


def files_of(programmes: Iterable[Programme], year: int) -> QuerySet[Qualification]:
    """The year's files of the programmes' cities, each once submitted: who counts as registered."""
    return Qualification.objects.filter(
        year=year,
        enterprise__city__in=[programme.city_id for programme in programmes],
        submitted_at__isnull=False,
    )


def files_at(
    stage: str, programmes: Iterable[Programme], *, year: int, at: datetime
) -> QuerySet[Qualification]:
    """The files of enterprises that have got as far as ``stage``; eligible (E5) at ``at``.

    Ordered, paid and settled say where money is now: an order that was cancelled has left nothing.
    """
    programmes = list(programmes)
    files = files_of(programmes, year)
    pks = [programme.pk for programme in programmes]
    own = OuterRef("enterprise")
    if stage == "registered":
        return files
    if stage == "eligible":
        able = Enterprise.objects.filter(pk=own)
        for failing in eligibility_conditions(year, at).values():
            able = able.exclude(failing)
        return files.filter(Exists(able))
    if stage == "applied":
        live = Application.objects.filter(batch__programme__in=pks, withdrawn_at=None)
        return files.filter(Exists(live.filter(enterprise=own)))
    vouchers = Voucher.objects.filter(_HELD[stage], batch__programme__in=pks)
    return files.filter(Exists(vouchers.filter(enterprise=own)))
