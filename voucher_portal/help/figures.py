"""A programme's figures as the help pages say them; where there is no programme, what stands for them (G2)."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.documents.checks import MAX_BYTES
from foundation.moments import spoken_day
from foundation.money import spoken_money
from providers.service_catalogue import MAX_AGE_YEARS
from vouchers.models import Programme
from vouchers.queries import RESULTS_HOUR

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Figures:
    """Chinese phrases that fit into a sentence. ``waiting_list``: None when no programme says."""

    year: str
    city: str
    total: str
    cap: str
    ratio: str
    step: str
    usage_days: str
    service_period: str
    correction_days: str
    publicity_days: str
    acceptance_cap: str
    waiting_list: bool | None
    results_hour: int = RESULTS_HOUR
    file_size: str = f"{MAX_BYTES // MEBIBYTE} MB"
    startup_years: int = MAX_AGE_YEARS


WITHOUT_A_PROGRAMME = Figures(
    year="本年度",
    city="企业登记注册的地市",
    total="年度方案公布的总额",
    cap="年度方案规定的限额",
    ratio="年度方案规定的比例",
    step="年度方案规定的金额",
    usage_days="年度方案规定的天数",
    service_period="年度方案规定的服务期",
    correction_days="年度方案规定的工作日数",
    publicity_days="年度方案规定的工作日数",
    acceptance_cap="年度方案规定的上限",
    waiting_list=None,
)


def figures_of(programme: Programme | None) -> Figures:
    """The figures of ``programme`` in words."""
    if programme is None:
        return WITHOUT_A_PROGRAMME
    return Figures(
        year=f"{programme.year} 年度",
        city=programme.city.name,
        total=spoken_money(programme.total_amount),
        cap=spoken_money(programme.enterprise_cap),
        ratio=f"{(programme.subsidy_ratio * 100).normalize():f}%",
        step=spoken_money(programme.application_step),
        usage_days=f"{programme.usage_days} 个自然日",
        service_period=f"{spoken_day(programme.service_from)}至{spoken_day(programme.service_until)}",
        correction_days=f"{programme.correction_days} 个工作日",
        publicity_days=f"{programme.publicity_days} 个工作日",
        acceptance_cap=spoken_money(programme.acceptance_cap),
        waiting_list=programme.waiting_list,
    )
