"""What an enterprise does next, in one sentence, for its home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from enterprises.models import Enterprise, Qualification, SizeClass
from enterprises.policies import Condition, missing_items
from enterprises.states import QualificationState


@dataclass(frozen=True)
class NextStep:
    """A sentence, and the page it leads to (name of a URL, "" for none).

    ``is_due``: it is the enterprise's turn; else the sentence only tells how things stand.
    """

    sentence: str
    url_name: str = ""
    label: str = ""
    is_due: bool = True

    @property
    def url(self) -> str:
        """The address that the button leads to, "" for none."""
        return reverse(self.url_name) if self.url_name else ""


def next_step(
    *,
    enterprise: Enterprise | None,
    qualification: Qualification | None,
    has_earlier_file: bool,
    conditions: Sequence[Condition],
    year: int,
    at: datetime,
) -> NextStep:
    """The next step of the file of ``year``; None stands for what there is not yet."""
    if enterprise is None:
        return NextStep(
            "请先登记企业的统一社会信用代码和所在地市。", "enterprises:register", "登记企业"
        )
    if qualification is None and has_earlier_file:
        return NextStep(
            f"请开始 {year} 年度填报：沿用往年资料，更新经营数据并重新上传材料。",
            "enterprises:start_year",
            f"开始 {year} 年度填报",
        )
    if qualification is None:
        return NextStep("请填写企业基本信息。", "enterprises:profile", "填写基本信息")
    if qualification.state == QualificationState.SUBMITTED:
        return NextStep(
            "资料已提交，承办单位正在核对，有结果会发消息通知您。",
            "enterprises:history",
            "查看提交的资料",
            is_due=False,
        )
    if qualification.state == QualificationState.PASSED:
        return _after_passing(conditions)
    if qualification.state == QualificationState.REFUSED:
        return NextStep(
            "资料没有通过核对。如果填错了，可以修改后重新提交。",
            "enterprises:profile",
            "修改基本信息",
        )
    return _before_submitting(qualification, at=at)


def _before_submitting(qualification: Qualification, *, at: datetime) -> NextStep:
    missing = missing_items(qualification, at=at)
    if missing and missing[0][0] == "profile":
        return NextStep(missing[0][1], "enterprises:profile", "核对基本信息")
    if qualification.profile.size_class == SizeClass.LARGE:
        return NextStep(
            "按填报数据测算，贵企业属于大型企业，不属于服务券补助对象；如填写有误，请修改基本信息。",
            "enterprises:profile",
            "修改基本信息",
        )
    if missing:
        return NextStep(missing[0][1], "enterprises:materials", "上传材料")
    if qualification.state == QualificationState.RETURNED:
        return NextStep(
            "资料被退回，请按下列原因逐项修改后重新提交。", "enterprises:submit", "检查并重新提交"
        )
    return NextStep("资料已齐全，请检查后提交承办单位核对。", "enterprises:submit", "检查并提交")


def _after_passing(conditions: Sequence[Condition]) -> NextStep:
    failing = next((condition for condition in conditions if not condition.met), None)
    if failing is not None:
        return NextStep(
            f"资料已核对通过，但目前不能申领：{failing.reason}。{failing.remedy}", is_due=False
        )
    return NextStep(
        "资料已核对通过，可以在批次开放期间申领服务券。",
        "batches:list",
        "查看发券批次",
        is_due=False,
    )


STEPS = (
    ("register", "登记", "enterprises:register"),
    ("profile", "基本信息", "enterprises:profile"),
    ("materials", "材料", "enterprises:materials"),
    ("submit", "检查提交", "enterprises:submit"),
    ("result", "核对结果", "enterprises:home"),
)
_HANDED_IN = frozenset(
    {QualificationState.SUBMITTED, QualificationState.PASSED, QualificationState.REFUSED}
)


def steps_of(
    qualification: Qualification | None, *, registered: bool, current: str, at: datetime
) -> list[dict[str, Any]]:
    """The five steps of a year's file for the stepper: label, state (done, current, todo) and address.

    ``current``: the key of the page that is shown, "" for none of them.
    """
    missing = {item for item, _ in missing_items(qualification, at=at)} if qualification else set()
    state = qualification.state if qualification else ""
    done = {
        "register": registered,
        "profile": qualification is not None and "profile" not in missing,
        "materials": qualification is not None and not missing - {"profile"},
        "submit": state in _HANDED_IN,
        "result": state == QualificationState.PASSED,
    }
    reachable = {"profile": registered, "result": registered}
    return [
        {
            "label": label,
            "state": "current" if key == current else "done" if done[key] else "todo",
            "url": reverse(url_name)
            if key != "register" and reachable.get(key, qualification is not None)
            else "",
        }
        for key, label, url_name in STEPS
    ]
