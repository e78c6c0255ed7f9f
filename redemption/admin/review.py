"""How a claim stands on the review screen: line by line, then as a whole (R2, R3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.checks import Check
from foundation.moments import spoken, spoken_day
from foundation.money import spoken_money
from foundation.reviewing.sheets import Decision, Fact, File, Item, Part, Sheet
from redemption.admin import reasons
from redemption.line_checks import documents_of_line, line_checks
from redemption.models import Claim, ClaimLine, ExpertOpinion
from redemption.operations.approving import approve_claim, send_back_to_review
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    reopen_line,
    request_more,
)
from redemption.queries import Papers, line_sums, lines_with_papers, papers_of
from redemption.states import ClaimState, LineState

WHOLE = "all"
DISALLOWANCES = (
    "发票内容与服务产品不符",
    "合同与发票、转账不能对应",
    "服务不在方案规定的服务期内",
    "付款凭证不能证明企业已支付自付部分",
    "服务未实际完成或缺少成果",
    "双方存在关联关系",
    "同一事项已获其他财政资金支持",
)
WANTED = (
    "请补充加盖公章的验收单或服务成果",
    "扫描件不清晰或不完整，请重新提供",
    "请补充合同的全部页面和附件",
    "请说明合同总额与产品价格不一致的原因",
    "请提供银行出具的转账回单",
)
SENT_BACK = ("请复核不予兑现的明细", "请复核发票与合同的对应关系", "请复核材料是否齐全")
_TONES: Mapping[str, str] = {
    LineState.PENDING: "brand",
    LineState.PASSED: "good",
    LineState.SETTLED: "good",
    LineState.MORE_ASKED: "warn",
    LineState.DISALLOWED: "bad",
}


def sheet_of_claim(claim: Claim, *, part: str, by: Actor, at: datetime, address: str) -> Sheet:
    """One line of a claim, or the claim as a whole when ``part`` says so or nothing is left to review."""
    lines = list(lines_with_papers(claim).order_by("pk"))
    line = _line(lines, part)
    parts = _parts(lines, line, claim, address)
    if line is None:
        return _whole(claim, lines, parts, by=by, at=at)
    return _of_line(claim, line, parts, by=by, at=at)


def next_part(claim: Claim, part: str) -> str:
    """The part to show after ``part``: itself while it is pending, the next pending line, else the whole."""
    pending = list(
        claim.lines.filter(state=LineState.PENDING).order_by("pk").values_list("pk", flat=True)
    )
    done = int(part) if part.isdecimal() else 0
    later = [pk for pk in pending if pk >= done] or pending
    return str(later[0]) if later else WHOLE


def _line(lines: Sequence[ClaimLine], part: str) -> ClaimLine | None:
    if part == WHOLE:
        return None
    named = next((line for line in lines if str(line.pk) == part), None)
    return named or next((line for line in lines if line.state == LineState.PENDING), None)


def _parts(
    lines: Sequence[ClaimLine], current: ClaimLine | None, claim: Claim, address: str
) -> list[Part]:
    parts = [
        Part(
            key=str(line.pk),
            label=f"{line.order.number} {line.order.profile.name}",
            url=f"{address}?part={line.pk}",
            state=line.get_state_display(),
            tone=_TONES.get(line.state, "neutral"),
            amount=spoken_money(line.amount),
            note=_note(line),
            current=current is not None and line.pk == current.pk,
        )
        for line in lines
    ]
    whole = Part(
        key=WHOLE,
        label="整份申请",
        url=f"{address}?part={WHOLE}",
        state=claim.get_state_display(),
        current=current is None,
    )
    return [*parts, whole]


def _note(line: ClaimLine) -> str:
    if line.state == LineState.DISALLOWED:
        return f"不予兑现 {spoken_money(line.amount)}：{line.reason}"
    return f"要求补充：{line.reason}" if line.state == LineState.MORE_ASKED else ""


# --- One line (R2) --------------------------------------------------------------------------


def _of_line(
    claim: Claim, line: ClaimLine, parts: Sequence[Part], *, by: Actor, at: datetime
) -> Sheet:
    papers = papers_of(ClaimLine.objects.filter(pk=line.pk))[line.order_id]
    supplements = list(line.supplements.all())
    files = [File(label, one) for label, one in documents_of_line(papers).items()]
    files += [
        File(f"补充材料 {place}", one.document)
        for place, one in enumerate(supplements, start=1)
        if one.document is not None
    ]
    return Sheet(
        items=_line_items(line, papers),
        checks=_line_checks(line, papers, by=by, at=at),
        files=[*files, *_scans(claim)],
        decisions=_line_decisions(claim, line, by=by, at=at),
        seen=f"{line.pk} {line.state} {line.reviewed_at.isoformat() if line.reviewed_at else '-'}",
        lead=f"{claim.provider.name}，{claim.programme}",
        facts=[
            Fact("订单", f"{line.order.number}，{line.order.profile.name}"),
            Fact("服务产品", line.order.product_version.name),
            Fact("申请兑现", spoken_money(line.amount)),
            *(Fact(f"要求补充（{spoken(one.asked_at)}）", _supplied(one)) for one in supplements),
            *_opinion_link(claim, by),
        ],
        parts=parts,
        part=str(line.pk),
        notes=["复核申请办理中，答复前不拨付。"]
        if getattr(line, "under_objection", False) and by.role != Role.EXPERT
        else (),
    )


def _supplied(one: Any) -> str:
    if one.answered_at:
        return f"{one.reason}\n{spoken(one.answered_at)} 补充：{one.answer}"
    return f"{one.reason}\n{'逾期未补充，按现有材料继续初审' if one.taken_back_at else '尚未补充'}"


def _line_items(line: ClaimLine, papers: Papers) -> list[Item]:
    items = []
    contract = papers.contract
    if contract is not None:
        facts = [
            Fact("合同编号", contract.number),
            Fact("签订日期", spoken_day(contract.signed_on)),
            Fact(
                "服务期",
                f"{spoken_day(contract.service_from)} 至 {spoken_day(contract.service_until)}",
            ),
            Fact("合同总额", spoken_money(contract.total)),
            Fact("可用券部分", spoken_money(contract.supported)),
            Fact("双方", f"{contract.enterprise_name}\n{contract.provider_name}"),
        ]
        items.append(Item("contract", "合同", facts, file=contract.document_id, ticked=False))
    for invoice in papers.invoices:
        facts = [
            Fact("号码", f"{invoice.code} {invoice.number}".strip()),
            Fact("开票日期", spoken_day(invoice.issued_on)),
            Fact("价税合计", spoken_money(invoice.total)),
            Fact("购销双方", f"{invoice.buyer}\n{invoice.seller}"),
            Fact("项目或备注", invoice.item),
        ]
        items.append(
            Item(f"invoice-{invoice.pk}", "发票", facts, file=invoice.document_id, ticked=False)
        )
    for transfer in papers.transfers:
        facts = [
            Fact("回单号", transfer.receipt_number),
            Fact("转账日期", spoken_day(transfer.paid_on)),
            Fact("金额", spoken_money(transfer.amount)),
            Fact("收付双方", f"{transfer.payer} → {transfer.payee}"),
        ]
        items.append(
            Item(f"transfer-{transfer.pk}", "转账", facts, file=transfer.document_id, ticked=False)
        )
    return items


def _line_checks(line: ClaimLine, papers: Papers, *, by: Actor, at: datetime) -> list[Check]:
    """All of them for who decides; an expert gets those of the papers, which tell of nobody else (R2)."""
    return line_checks(line, papers, at, papers_only=by.role == Role.EXPERT)


def _line_decisions(claim: Claim, line: ClaimLine, *, by: Actor, at: datetime) -> list[Decision]:
    arguments = {"line": line}
    disallow = Decision(
        "disallow",
        "不予兑现",
        disallow_line,
        needs="reason",
        key_letter="x",
        done="已记录不予兑现。",
        reasons=DISALLOWANCES,
        arguments=arguments,
        ends=False,
        why_not=reasons.disallow(line, by, at),
    )
    if by.role == Role.BUREAU:
        open_to_bureau = claim.state == ClaimState.FIRST_REVIEWED and line.state == LineState.PASSED
        return [disallow] if open_to_bureau else []
    if by.role != Role.CONTRACTOR or claim.state != ClaimState.SUBMITTED:
        return []
    if line.state != LineState.PENDING:
        reopen = Decision(
            "reopen",
            "重新审核",
            reopen_line,
            key_letter="u",
            done="已恢复待审。",
            arguments=arguments,
            ends=False,
            why_not=reasons.line("reopen")(line, by, at),
        )
        return [reopen]
    return [
        Decision(
            "pass",
            "通过",
            pass_line,
            tone="primary",
            key_letter="p",
            done="本条已通过。",
            arguments=arguments,
            ends=False,
            why_not=reasons.line("pass")(line, by, at),
        ),
        Decision(
            "ask-more",
            "要求补充",
            ask_more_on_line,
            needs="reason",
            key_letter="b",
            done="已记录，全部明细看完后退回机构补充。",
            reasons=WANTED,
            arguments=arguments,
            ends=False,
            why_not=reasons.line("ask_more")(line, by, at),
        ),
        disallow,
    ]


# --- The claim as a whole (R2, R3) ------------------------------------------------------------


def _whole(
    claim: Claim, lines: Sequence[ClaimLine], parts: Sequence[Part], *, by: Actor, at: datetime
) -> Sheet:
    sums = line_sums(claim)
    opinions = ExpertOpinion.objects.filter(claim=claim).select_related("expert__person")
    told = [
        Fact(
            f"专家意见（{one.expert.shown_name}）",
            f"{one.get_advice_display()}：{one.text}" if one.given_at else "尚未提交",
        )
        for one in (opinions if by.role != Role.EXPERT else ())
    ]
    return Sheet(
        items=(),
        checks=(),
        files=_scans(claim),
        decisions=_whole_decisions(claim, by=by, at=at),
        seen=f"{claim.state} {' '.join(sorted(line.state for line in lines))}",
        lead=f"{claim.provider.name}，{claim.programme}",
        facts=[
            Fact("申请兑现", f"{spoken_money(sums['claimed'])}，{len(lines)} 条"),
            Fact("通过", spoken_money(sums["passed"] + sums["settled"])),
            Fact("不予兑现", spoken_money(sums["disallowed"])),
            *(
                [Fact("市局退回初审的原因", claim.sent_back_reason)]
                if claim.sent_back_reason
                else []
            ),
            *told,
            *_opinion_link(claim, by),
        ],
        parts=parts,
        part=WHOLE,
    )


def _whole_decisions(claim: Claim, *, by: Actor, at: datetime) -> list[Decision]:
    arguments = {"claim": claim}
    if by.role == Role.CONTRACTOR and claim.state == ClaimState.SUBMITTED:
        asked = claim.lines.filter(state=LineState.MORE_ASKED).exists()
        finish = Decision(
            "finish",
            "结束初审，报市局审定",
            finish_first_review,
            tone="primary",
            key_letter="f",
            done="初审已结束，已报市局审定。",
            arguments=arguments,
            why_not=reasons.finish_first_review(claim, by, at),
        )
        more = Decision(
            "request-more",
            "退回机构补充材料",
            request_more,
            tone="primary",
            key_letter="b",
            done="已退回机构补充材料。",
            arguments=arguments,
            why_not=reasons.request_more(claim, by, at),
        )
        return [more] if asked else [finish]
    if by.role == Role.BUREAU and claim.state == ClaimState.FIRST_REVIEWED:
        return [
            Decision(
                "approve",
                "审定通过",
                approve_claim,
                tone="primary",
                key_letter="p",
                done="已审定通过。",
                arguments=arguments,
                why_not=reasons.approve(claim, by, at),
                sensitive=True,
            ),
            Decision(
                "send-back",
                "退回初审",
                send_back_to_review,
                needs="reason",
                key_letter="b",
                done="已退回初审。",
                reasons=SENT_BACK,
                arguments=arguments,
                why_not=reasons.send_back(claim, by, at),
            ),
        ]
    return []


def _scans(claim: Claim) -> list[File]:
    found = (("兑现申请表（盖章）", claim.form_scan), ("明细汇总表（盖章）", claim.detail_scan))
    return [File(label, document) for label, document in found if document is not None]


def _opinion_link(claim: Claim, by: Actor) -> list[Fact]:
    """An expert's own opinion on the claim, or the way to give it (R2)."""
    if by.role != Role.EXPERT or by.user is None:
        return []
    own = ExpertOpinion.objects.filter(claim=claim, expert=by.user).first()
    if own is None:
        return []
    if own.given_at:
        return [Fact("我的意见", f"{own.get_advice_display()}：{own.text}")]
    url = reverse("admin:redemption_expertopinion_record_act", args=[own.pk, "give"])
    return [Fact("我的意见", "提交意见", url=url)]
