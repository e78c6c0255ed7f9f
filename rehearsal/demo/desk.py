"""What the demo's offices do beside: calendar, notices, rosters, violations (B7, N1, E8, S1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.actors import Actor, job
from foundation.moments import moment
from foundation.notices.models import NoticeKind
from foundation.notices.operations import announce
from foundation.rosters.models import Measure, PriorityCategory, RosterImport, RosterKind, Violation
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
)
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    record_recovery,
    report_violation,
    sanction_violation,
)
from foundation.rosters.operations.working_off import read_roster_import
from foundation.workdays.operations import load_year, set_workday_exception
from foundation.workdays.queries import is_known_year
from rehearsal.demo.stage import Firm, Stage
from rehearsal.papers import roster_sheet

# Days off of a year that nobody has published yet, for the demo only.
DEMO_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    **{(10, day): "国庆节" for day in range(1, 8)},
}
SUSPENDED = "firm5"


def load_demo_calendars(*, by: Actor, at: datetime, years: tuple[int, ...]) -> list[int]:
    """Load a made-up calendar, marked as such on every day, for those ``years`` that are unknown; which they were."""
    unknown = [year for year in years if not is_known_year(year)]
    for year in unknown:
        days = {date(year, *day): name for day, name in DEMO_HOLIDAYS.items()}
        load_year(by=by, at=at, year=year, days_off=list(days))
        for day, name in days.items():
            set_workday_exception(
                by=by,
                at=at,
                day=day,
                is_workday=False,
                name=f"{name}（演示日历，并非国务院办公厅的正式安排）",
            )
    return unknown


def plan_desk(stage: Stage) -> None:
    """Notices and rosters at the beginning; violations and a roster still to be applied in the last days."""
    agenda, timeline = stage.agenda, stage.timeline
    agenda.at(timeline.ago(82, 15), partial(_publish_notices, stage))
    agenda.at(timeline.ago(81), partial(_import_rosters, stage))
    agenda.at(timeline.ago(2, 11), partial(_leave_rosters_unfinished, stage))
    agenda.at(timeline.ago(9), partial(_decide_violations, stage))
    suspension = timeline.just_closed().within(0.65)
    agenda.at(suspension, partial(_suspend, stage))
    agenda.at(timeline.ago(1, 15), partial(_report_one_more, stage))
    agenda.at(timeline.recently(0.85), partial(_plan_a_notice, stage))


GENERAL_NOTICE = """请各区积极发动企业注册领券，发动服务机构注册并发布服务产品。工作方案见附件。

## 支持对象

- 在本市注册的微型、小型、中型企业
- **优先支持**专精特新、规上和拟培育升规企业

## 怎样用券

1. 在批次开放期间申领
2. 获券后在使用期限内下单并上传合同
3. 服务完成后以服务券抵付，最高抵付费用的 50%

| 环节 | 期限 | 由谁办理 |
|---|---|---|
| 下单并上传合同 | 批次截止后 30 日内 | 企业 |
| 支付 | 有效期内 | 企业 |
| 申请兑现 | 收券之后 | 服务机构 |
"""

# --- Notices -------------------------------------------------------------------------------


def _publish_notices(stage: Stage, at: datetime) -> None:
    year = stage.timeline.years[0]
    texts: tuple[tuple[NoticeKind, str, str, list[SimpleUploadedFile]], ...] = (
        (
            NoticeKind.GENERAL,
            f"关于开展 {year} 年中小微企业服务券工作的通知",
            GENERAL_NOTICE,
            [stage.papers.scan(f"{year}年服务券工作方案")],
        ),
        (
            NoticeKind.HELP,
            "企业操作手册",
            "注册、申领、下单、上传合同、支付，均在本平台办理。\n\n每种材料一个文件，不超过 5 MB。",
            [],
        ),
        (
            NoticeKind.HELP,
            "服务机构操作手册",
            "注册、发布产品、确认订单和合同、收券、申请兑现，均在本平台办理。",
            [],
        ),
    )
    for kind, title, body, files in texts:
        announce(by=stage.office.bureau, at=at, kind=kind, title=title, body=body, files=files)


def _plan_a_notice(stage: Stage, at: datetime) -> None:
    """One that the public will see in two days (N1)."""
    announce(
        by=stage.office.bureau,
        at=at,
        kind=NoticeKind.GENERAL,
        title="服务券使用培训会通知",
        body="定于近期举办服务券使用培训会，欢迎获券企业参加。",
        publish_at=moment(stage.timeline.today + timedelta(days=2), 9),
    )


# --- Rosters -------------------------------------------------------------------------------


def _check(
    stage: Stage, at: datetime, kind: RosterKind, rows: list[dict[str, str]]
) -> RosterImport:
    return check_roster_file(
        by=stage.office.bureau,
        at=at,
        kind=kind,
        city=stage.city,
        file=roster_sheet(kind, rows),
    )


def _import_rosters(stage: Stage, at: datetime) -> None:
    """All five kinds."""
    directory = [
        {
            "name": part.name,
            "credit_code": part.credit_code,
            "city": stage.city.name,
            "level": part.level.label,
            "service_types": "、".join(part.service_types),
            "recognised_year": str(part.recognised_year),
            "valid_from": part.valid_from.isoformat(),
            "valid_until": part.valid_until.isoformat(),
        }
        for part in (house.part for house in stage.houses.values())
    ]
    priority = [
        _priority(stage, firm, year)
        for year in stage.timeline.years
        for firm in stage.firms.values()
        if firm.is_priority
    ]
    barred, related = stage.firms["refused"].part, stage.firms["firm13"].part
    rows: dict[RosterKind, list[dict[str, str]]] = {
        RosterKind.ACCREDITATION: directory,
        RosterKind.PRIORITY: priority,
        RosterKind.BLACKLIST: [
            {
                "credit_code": barred.credit_code,
                "name": barred.name,
                "reason": "失信被执行人",
                "listed_on": f"{stage.timeline.years[0] - 1}-06-01",
            }
        ],
        RosterKind.RELATED: [
            {
                "code_a": related.credit_code,
                "code_b": stage.houses["station"].part.credit_code,
                "source": "企业信用信息公示系统",
            }
        ],
        RosterKind.FUNDED: [{"kind": "合同", "number_key": "KJCXQ-001", "source": "省科技创新券"}],
    }
    for kind, lines in rows.items():
        checked = _check(stage, at, kind, lines)
        apply_roster_import(by=stage.office.bureau, at=at, roster_import=checked)


def _priority(stage: Stage, firm: Firm, year: int, category: str = "") -> dict[str, str]:
    return {
        "credit_code": firm.part.credit_code,
        "name": firm.part.name,
        "year": str(year),
        "category": category or PriorityCategory.SPECIALISED.label,
    }


def _leave_rosters_unfinished(stage: Stage, at: datetime) -> None:
    """A dry run with a bad row, still to be applied, and one that was put aside (E8)."""
    year = stage.timeline.today.year
    good = _priority(stage, stage.firms["firm12"], year, PriorityCategory.MONITORED.label)
    bad = {**_priority(stage, stage.firms["firm13"], year), "credit_code": "91440101XXXXXXXXXX"}
    _check(stage, at, RosterKind.PRIORITY, [good, bad])
    dropped = _check(stage, at, RosterKind.PRIORITY, [bad])
    discard_roster_import(by=stage.office.bureau, at=at, roster_import=dropped)
    _leave_one_unreadable(stage, at)


def _leave_one_unreadable(stage: Stage, at: datetime) -> None:
    """A file too large to be read at once, with a header of its own; the job says why it cannot be read (E8)."""
    lines = "".join(f"{number},某单位\n" for number in range(20_000))
    taken = check_roster_file(
        by=stage.office.bureau,
        at=at,
        kind=RosterKind.PRIORITY,
        city=stage.city,
        file=SimpleUploadedFile("各区上报汇总.csv", f"编码,单位\n{lines}".encode()),
    )
    read_roster_import(by=job("work_off_imports"), at=at, roster_import=taken)


# --- Violations ----------------------------------------------------------------------------


def _report(stage: Stage, key: str, what: str, at: datetime) -> Violation:
    part = stage.firms[key].part
    return report_violation(
        by=stage.office.contractor,
        at=at,
        credit_code=part.credit_code,
        party_name=part.name,
        description=what,
        evidence=[stage.papers.scan("违规证据", part.name)],
    )


def _decide_violations(stage: Stage, at: datetime) -> None:
    """One dismissed, one with money to recover, part of which came back (S1)."""
    bureau = stage.office.bureau
    decide: Callable[..., object] = partial(dismiss_violation, by=bureau, at=at)
    decide(violation=_report(stage, "firm13", "匿名举报材料不实", at), reason="查无实据")
    sanction = sanction_violation(
        by=bureau,
        at=at,
        violation=_report(stage, "firm11", "往年服务券材料不实", at),
        measure=Measure.WARNING,
        money_to_recover=Decimal(3_000),
        reason="情节轻微，警告并追回",
    )
    record_recovery(by=bureau, at=at, sanction=sanction, amount=Decimal(1_000))


def _suspend(stage: Stage, at: datetime) -> None:
    """Suspended after it applied: passed over when the batch is ranked (B6, S1)."""
    sanction_violation(
        by=stage.office.second_bureau,
        at=at,
        violation=_report(stage, SUSPENDED, "提供虚假完税证明", at),
        measure=Measure.SUSPENSION,
        until=stage.timeline.today + timedelta(days=30),
        reason="经核查情况属实",
    )


def _report_one_more(stage: Stage, at: datetime) -> None:
    """By the person who also sits in the bureau: there the other one decides (S1)."""
    part = stage.houses["station"].part
    report_violation(
        by=stage.office.seconded,
        at=at,
        credit_code=part.credit_code,
        party_name=part.name,
        description="产品价格明显高于市场同类产品",
        evidence=[stage.papers.scan("市场询价记录", part.name)],
    )
