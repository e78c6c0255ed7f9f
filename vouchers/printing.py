"""The 申领回执 of an application as PDF."""

from __future__ import annotations

from datetime import datetime

from foundation.errors import Refusal
from foundation.moments import SHANGHAI, spoken
from foundation.money import capital_money, spoken_money
from foundation.printing.typesetting import Data, print_form
from vouchers.models import Application
from vouchers.queries import results_due_at


def receipt_pdf(application: Application, *, at: datetime) -> bytes:
    """That the application arrived and when, to the microsecond; nothing of its result (B7). Raises UnableToPrint."""
    batch, submitted = application.batch, application.submitted_at.astimezone(SHANGHAI)
    facts = [
        ("申领企业", application.profile.name),
        ("统一社会信用代码", application.enterprise.credit_code),
        ("发券批次", str(batch)),
        (
            "申领金额",
            f"{spoken_money(application.amount)}（人民币大写：{capital_money(application.amount)}）",
        ),
        ("提交时间", f"{submitted:%Y-%m-%d %H:%M:%S.%f}（北京时间）"),
        ("顺序号", f"{application.pk}"),
    ]
    if application.withdrawn_at is not None:
        facts.append(("撤回时间", spoken(application.withdrawn_at)))
        sentences = ["本次申领已撤回，不参加排序；截止前再次申领的，重新排队。"]
    else:
        sentences = [
            "本回执证明平台已于上述时间收到该企业的申领。同档次申领按顺序号先后排序，"
            "回执不代表获得服务券。",
            _when_results_come(application),
        ]
    data: dict[str, Data] = {
        "title": f"{batch.programme.city}中小微企业服务券申领回执",
        "number": application.number,
        "facts": [{"label": label, "value": value} for label, value in facts],
        "sentences": sentences,
        "note": f"本回执由平台于 {spoken(at)} 生成",
    }
    return print_form("vouchers/receipt.typ", data, at=at)


def _when_results_come(application: Application) -> str:
    try:
        return (
            f"申领结果公布时间：{spoken(results_due_at(application.batch))}，届时请登录平台查看。"
        )
    except Refusal:
        # The working days of the year are not loaded yet (B7).
        return "申领结果在截止日的下一个工作日 9:00 公布，届时请登录平台查看。"
