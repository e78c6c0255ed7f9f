"""What the portal sees in an enterprise's file: pure checks of what was read, each with its evidence (E2–E7, F3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from enterprises.models import SizeClass
from enterprises.policies import SLOTS, declaration_fault
from enterprises.size_classes import explain_size_class, question_figures
from foundation.checks import PASS, WARN, Check, fails_if, file_warnings, warns_if
from foundation.credit_codes import BadCreditCode, check_credit_code
from foundation.moments import local_day, spoken_day
from foundation.names import same_name


@dataclass(frozen=True)
class Paper:
    """One material: its warnings (F3), and who else handed in the same bytes.

    ``named``: the others of the reviewer's own city, by name; ``earlier``: the same file was in one's own earlier round
    of another year.
    """

    slot: str
    warnings: tuple[str, ...] = ()
    others: int = 0
    named: tuple[str, ...] = ()
    earlier_year: int = 0


@dataclass(frozen=True)
class FileFacts:
    """What the checks look at: the last submitted round, and what rosters and other files say about its enterprise.

    ``revenue``, ``assets`` and ``registered_capital`` in 万元; ``size_class`` as recorded when it was submitted.
    """

    year: int
    submitted_at: datetime
    credit_code: str
    city_code: str
    city_name: str
    name: str
    is_legal_person: bool
    founded_on: date
    industry: str
    employees: int
    revenue: Decimal
    assets: Decimal
    registered_capital: Decimal
    size_class: str
    declared_on: date | None
    blacklist: str = ""
    sanction: str = ""
    priority: str = ""
    roster_names: Sequence[str] = ()
    same_persons: Sequence[str] = ()
    related: Sequence[str] = ()
    papers: Sequence[Paper] = field(default_factory=tuple)


def file_checks(facts: FileFacts) -> list[Check]:
    """Every check of a file, in the order in which a reviewer goes through it."""
    return [
        *_identity(facts),
        *_size(facts),
        *_dates(facts),
        *_rosters(facts),
        *_relations(facts),
        *(check for paper in facts.papers for check in paper_checks(paper)),
    ]


def _identity(facts: FileFacts) -> list[Check]:
    try:
        check_credit_code(facts.credit_code)
        fault = ""
    except BadCreditCode as refusal:
        fault = refusal.sentence
    home = facts.credit_code[2:6] == facts.city_code[:4]
    others = [name for name in facts.roster_names if not same_name(name, facts.name)]
    return [
        fails_if(fault, "统一社会信用代码", fault or f"{facts.credit_code}，校验码正确"),
        warns_if(
            not home,
            "登记机关",
            f"信用代码中的登记机关属于{facts.city_name}"
            if home
            else f"信用代码中的登记机关不属于{facts.city_name}，请对照营业执照核对",
        ),
        warns_if(
            others,
            "名称与名单一致",
            f"名单中该信用代码的名称是“{'”“'.join(others)}”，填报为“{facts.name}”"
            if others
            else "与名单中的名称一致"
            if facts.roster_names
            else "名单中没有该企业，无可比对",
            item="name",
        ),
        fails_if(
            not facts.is_legal_person,
            "独立法人资格",
            "是" if facts.is_legal_person else "填报为不具有独立法人资格",
            item="is_legal_person",
        ),
    ]


def _size(facts: FileFacts) -> list[Check]:
    """The class computed anew, beside the recorded one (E4)."""
    found = explain_size_class(facts.industry, facts.employees, facts.revenue, facts.assets)
    large = found.size_class == SizeClass.LARGE
    differs = found.size_class != facts.size_class
    questions = question_figures(
        employees=facts.employees,
        revenue=facts.revenue,
        assets=facts.assets,
        registered_capital=facts.registered_capital,
    )
    evidence = f"按填报数据测算为{found.size_class.label}企业。{found.sentence}"
    if differs:
        evidence += f"提交时记录为{SizeClass(facts.size_class).label}，请核对。"
    return [
        fails_if(large or differs, "企业规模", evidence, item="figures"),
        warns_if(
            questions,
            "经营数据",
            "".join(questions.values()) or "按从业人员比对，未见以“元”为单位的迹象",
            item="figures",
        ),
    ]


def _dates(facts: FileFacts) -> list[Check]:
    fault = declaration_fault(facts.declared_on, year=facts.year, at=facts.submitted_at)
    submitted = local_day(facts.submitted_at)
    late = facts.founded_on > submitted
    young = not late and facts.founded_on.year >= facts.year
    evidence = spoken_day(facts.founded_on)
    if late:
        evidence += "，晚于提交日期"
    elif young:
        evidence += "，本年度才成立，没有上年度的完税或社保记录，请核对证明材料"
    declared = f"{spoken_day(facts.declared_on)}，在 {facts.year} 年内" if facts.declared_on else ""
    return [
        Check(WARN if young else PASS, "成立日期", evidence, "founded_on")
        if not late
        else fails_if(True, "成立日期", evidence, item="founded_on"),
        fails_if(fault, "声明函日期", fault or declared, item="declaration"),
    ]


def _rosters(facts: FileFacts) -> list[Check]:
    return [
        fails_if(facts.blacklist, "失信联合惩戒名单", facts.blacklist or "未列入"),
        fails_if(facts.sanction, "违规处理", facts.sanction or "无"),
        Check(PASS, "优先补助名单", facts.priority or "未列入，按一般企业排序"),
    ]


def _relations(facts: FileFacts) -> list[Check]:
    return [
        warns_if(
            facts.same_persons,
            "法定代表人、经办人是否重复",
            f"同一法定代表人或经办人还出现在：{'、'.join(facts.same_persons)}"
            if facts.same_persons
            else "未出现在其他企业和服务机构",
            item="handler",
        ),
        warns_if(
            facts.related,
            "关联关系",
            f"名单记载的关联方：{'、'.join(facts.related)}" if facts.related else "名单中没有记载",
        ),
    ]


def paper_checks(paper: Paper) -> list[Check]:
    """One material: seen elsewhere, and what was noticed at the upload (F3)."""
    label = f"{SLOTS[paper.slot]}是否重复"
    names = f"，其中有{'、'.join(paper.named)}" if paper.named else ""
    if paper.others:
        first = Check(WARN, label, f"另有 {paper.others} 个账号上传过同一文件{names}", paper.slot)
    elif paper.earlier_year and paper.slot != "licence":
        first = Check(
            WARN,
            label,
            f"与本企业 {paper.earlier_year} 年度上传的是同一文件，材料须逐年更新",
            paper.slot,
        )
    else:
        first = Check(PASS, label, "未见其他单位上传过同一文件", paper.slot)
    return [first, *file_warnings(SLOTS[paper.slot], paper.warnings, item=paper.slot)]
