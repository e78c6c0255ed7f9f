"""The portal's front page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.accounts.models import Role
from foundation.notices.queries import notices_visible
from voucher_portal.cities import choose_programme
from vouchers.announced import BatchShown, show_batch
from vouchers.models import Batch
from vouchers.queries import announced_batches, live_application, programmes_in_force

NOTICES_SHOWN = 6
BATCHES_SHOWN = 4


@dataclass(frozen=True)
class Season:
    """The batches of one programme as the front page tells them."""

    current: Batch | None
    later: Sequence[Batch]


def season_of(batches: Sequence[Batch], at: datetime) -> Season:
    """``batches`` of one programme by opening. Current is what is open, else what opens next, else the last one."""
    coming = [batch for batch in batches if batch.closes_at >= at]
    if coming:
        return Season(coming[0], coming[1:BATCHES_SHOWN])
    return Season(batches[-1] if batches else None, [])


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the scheme is, the current batch counted down, its dates, and the latest notices."""
    at = request.at  # type: ignore[attr-defined]
    programmes = programmes_in_force(at)
    batches: dict[int, list[Batch]] = {}
    for batch in announced_batches().filter(programme__in=programmes).order_by("opens_at"):
        batches.setdefault(batch.programme_id, []).append(batch)
    # Nobody asked for a city: the one where something happens soonest comes first.
    soonest = sorted(programmes, key=lambda one: _urgency(batches.get(one.pk, []), at))
    choice = choose_programme(request, soonest)
    season = season_of(batches.get(choice.programme.pk, []) if choice.programme else [], at)
    shown = show_batch(season.current, at) if season.current else None
    notices = notices_visible(at).select_related("city")
    if choice.chosen and choice.programme:
        notices = notices.filter(city_id=choice.programme.city_id)
    return render(
        request,
        "home.html",
        {
            "programme": choice.programme,
            "programmes": programmes,
            "shown": shown,
            "dates": dates_of(shown, at) if shown else [],
            "later": season.later,
            "notices": notices[:NOTICES_SHOWN],
            "applied": live_application(request.user, season.current),
            "may_apply": not request.user.is_authenticated
            or getattr(request.user, "role", "") == Role.ENTERPRISE,
        },
    )


def _urgency(batches: Sequence[Batch], at: datetime) -> tuple[int, datetime]:
    current = season_of(batches, at).current
    if current is None:
        return (3, at)
    if current.is_open(at):
        return (0, current.closes_at)
    return (1, current.opens_at) if current.opens_at > at else (2, current.opens_at)


def dates_of(shown: BatchShown, at: datetime) -> list[dict[str, Any]]:
    """What a batch's calendar holds, in order; what has not come yet is waiting (B1, B7, V4, V5)."""
    batch = shown.batch
    rows = [
        (batch.opens_at, "开始申领", ""),
        (batch.closes_at, "申领截止", ""),
        (
            shown.results_at,
            "公布申领结果",
            "" if shown.results_at else "放假安排尚未载入，公布时间待定。",
        ),
        (batch.usage_ends_at, "下单并上传服务合同截止", "逾期未用的金额由系统收回。"),
        (batch.expires_at, "服务券有效期截止", "服务完成后在此前提交支付材料。"),
    ]
    return [
        {"at": moment, "text": text, "note": note, "waiting": moment is None or moment > at}
        for moment, text, note in rows
    ]
