"""How an enterprise's file stands on the review screen: items, facts beside what they were, reasons (E6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse

from enterprises import operations
from enterprises.checking import automatic_checks
from enterprises.models import Qualification, QualificationRound
from enterprises.policies import PROFILE_FIELDS, REVIEW_ITEMS, SLOTS
from enterprises.queries import rounds_of
from enterprises.rounds import shown
from enterprises.states import QualificationState
from foundation.reviewing.sheets import Decision, Fact, File, Item, Sheet

_UNCLEAR = "扫描件不清晰或不完整，请重新上传彩色扫描件"
# What reviewers usually find, by item; the enterprise reads it, so each says what to do.
REASONS: Mapping[str, tuple[str, ...]] = {
    "name": ("与营业执照上的名称不一致，请按营业执照填写",),
    "legal_representative": (
        "与营业执照上的法定代表人不一致，请核对",
        "身份证号码与法定代表人不符，请核对",
    ),
    "is_legal_person": ("营业执照显示不具有独立法人资格，请核对",),
    "address": ("与营业执照上的住所不一致，请核对", "所在区选择有误，请按注册地址选择"),
    "registered_capital": ("与营业执照上的注册资本不一致，请核对（单位为万元）",),
    "founded_on": ("与营业执照上的成立日期不一致，请核对",),
    "industry": ("与营业执照经营范围和主营业务不符，请重新选择",),
    "figures": ("与证明材料不符，请核对", "请核对单位（收入、资产按万元填写）"),
    "handler": ("经办人信息不完整或有误，请核对",),
    "licence": (
        _UNCLEAR,
        "不是营业执照副本，请重新上传",
        "营业执照已过有效期或已变更，请上传现行的",
    ),
    "proof": (
        _UNCLEAR,
        "不是上年度的完税或社保证明，请重新上传",
        "证明上的单位名称与企业名称不一致",
    ),
    "declaration": (
        _UNCLEAR,
        "声明函未签字或未加盖公章，请签章后重新上传",
        "声明函上的日期与填报的日期不一致",
        "声明函内容与填报的信息不一致，请重新下载打印",
    ),
}
REFUSALS = (
    "企业不在本市注册登记，不属于本市方案的支持范围",
    "不具有独立法人资格，不符合申领条件",
    "按划型标准属于大型企业，不符合申领条件",
    "提交的材料不真实",
)
# Which material shows what an item says.
_PROVED_BY = {
    "figures": "proof",
    "industry": "declaration",
    "handler": "declaration",
    "proof": "proof",
    "declaration": "declaration",
}


def sheet_of_file(qualification: Qualification, *, at: datetime, decides: bool) -> Sheet:
    """The last submitted round, with what is different from the round before."""
    rounds = list(rounds_of(qualification))
    if not rounds:
        return Sheet(items=(), checks=(), files=(), notes=["本件没有提交记录。"])
    submitted = rounds[-1]
    former = rounds[-2] if len(rounds) > 1 else None
    waiting = qualification.state == QualificationState.SUBMITTED
    return Sheet(
        items=[_item(key, submitted, former) for key in REVIEW_ITEMS],
        checks=automatic_checks(qualification, at=at, submitted=submitted),
        files=[File(label, getattr(submitted, slot)) for slot, label in SLOTS.items()],
        decisions=_decisions(qualification, submitted) if decides and waiting else (),
        seen=str(submitted.number),
        lead=f"{qualification.enterprise.credit_code}，{qualification.year} 年度，第 {submitted.number} 轮提交",
        facts=[
            Fact("注册地市", qualification.enterprise.city.name),
            Fact("证明类别", submitted.get_proof_kind_display()),
            Fact(
                "个人信息",
                "已遮盖，查看完整信息将被记录",
                url=reverse("admin:enterprises_qualification_reveal", args=[qualification.pk]),
            ),
        ],
        notes=[*_told(former), *_stands(qualification)],
    )


def _item(key: str, submitted: QualificationRound, former: QualificationRound | None) -> Item:
    label, fields = REVIEW_ITEMS[key]
    document = getattr(submitted, _PROVED_BY.get(key, "licence"))
    facts = [_fact(field, submitted, former) for field in PROFILE_FIELDS if field in fields]
    if key in SLOTS:
        was = getattr(former, key) if former else None
        name = getattr(submitted, key).name
        facts = [Fact("文件", name, was.name if was and was.pk != document.pk else "")]
    return Item(key, label, facts, REASONS[key], document.pk)


def _fact(field: str, submitted: QualificationRound, former: QualificationRound | None) -> Fact:
    now = shown(submitted.profile, field)
    before = shown(former.profile, field) if former else now
    same = former is None or getattr(former.profile, field) == getattr(submitted.profile, field)
    masked = "（遮盖后相同）" if before == now else before
    return Fact(PROFILE_FIELDS[field], now, "" if same else masked)


def _told(former: QualificationRound | None) -> list[str]:
    """What the round before was sent back for: the first thing to look at."""
    if former is None or not former.item_reasons:
        return []
    asked = "；".join(
        f"{REVIEW_ITEMS[item][0]}：{reason}"
        for item, reason in former.item_reasons.items()
        if item in REVIEW_ITEMS
    )
    return [f"上一轮退回补正的事项——{asked}"]


def _stands(qualification: Qualification) -> list[str]:
    if qualification.state == QualificationState.SUBMITTED:
        return []
    words = f"本件现为“{qualification.get_state_display()}”，以下为最近一次提交的内容。"
    return [words]


def _decisions(qualification: Qualification, submitted: QualificationRound) -> list[Decision]:
    arguments = {"qualification": qualification, "round_number": submitted.number}
    return [
        Decision(
            "pass",
            "通过",
            operations.pass_qualification,
            needs="ticks",
            tone="primary",
            key_letter="p",
            done="已核对通过，企业已收到消息。",
            arguments=arguments,
        ),
        Decision(
            "send-back",
            "退回补正",
            operations.send_back_qualification,
            needs="faults",
            key_letter="b",
            done="已退回企业补正。",
            arguments=arguments,
        ),
        Decision(
            "refuse",
            "不予通过",
            operations.refuse_qualification,
            needs="reason",
            key_letter="x",
            done="已记录不予通过，企业已收到消息。",
            reasons=REFUSALS,
            arguments=arguments,
        ),
    ]
