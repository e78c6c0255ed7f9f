"""May this be done now: roster files (E8), violations and sanctions (S1). Values in, named refusals out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

from foundation.errors import Refusal
from foundation.moments import local_day, spoken_day
from foundation.money import ZERO, spoken_money
from foundation.personal_text import holds_personal_data
from foundation.rosters.models import Measure
from foundation.rosters.states import ImportState

EVIDENCE_MAX = 10
ROWS_NAMED_MAX = 10


class UnableToImport(Refusal):
    """A checked roster file that cannot be applied (E8)."""

    rule = "E8"


class UnableToReport(Refusal):
    """A violation that cannot be reported as it stands (S1)."""

    rule = "S1"


class UnableToDecide(Refusal):
    """A violation that this person cannot decide, or not like this (S1)."""

    rule = "S1"


class UnableToLift(Refusal):
    """A sanction that cannot be lifted (S1)."""

    rule = "S1"


class UnableToRecover(Refusal):
    """Recovered money that cannot be recorded (S1)."""

    rule = "S1"


def named_rows(rows: Collection[int]) -> str:
    """第 2、3、5 行, with the count when there are too many to name."""
    named = "、".join(str(row) for row in sorted(rows)[:ROWS_NAMED_MAX])
    rest = f"等 {len(rows)} 行" if len(rows) > ROWS_NAMED_MAX else "行"
    return f"第 {named} {rest}"


def check_skipped(
    *,
    strange: Collection[int],
    left: Collection[int],
    skipped: Collection[int],
    nothing_kept: bool,
    whole: bool,
) -> None:
    """Every bad row must be skipped by name, and only rows of the file can be (E8).

    ``strange``: skipped numbers that are no row; ``left``: bad rows that are not skipped. In a ``whole`` file no row can
    be skipped: its entry would be taken for one the file does not name, and taken off.
    """
    if strange:
        raise UnableToImport(
            f"文件中没有{named_rows(strange)}，请核对要跳过的行号。", field="skipped_rows"
        )
    if whole and (left or skipped):
        raise UnableToImport(
            f"完整名单不能跳过行，否则所跳过的记录会被移除；请改正{named_rows(left or skipped)}后重新上传。",
            field="skipped_rows",
        )
    if left:
        raise UnableToImport(
            f"{named_rows(left)}有误：请改正文件后重新上传，或在“跳过的行”中逐一写明。",
            field="skipped_rows",
        )
    if nothing_kept:
        raise UnableToImport(
            "所有行都被跳过，没有可导入的内容，请作废本次试运行。", field="skipped_rows"
        )


def check_whole(*, whole: bool, of_city: bool) -> None:
    """Only a list that belongs to one city can be replaced by one file (E8)."""
    if whole and not of_city:
        raise UnableToImport(
            "该名单由各地市共用，不能按完整名单导入；请只填写要增加、更新或移除的记录。",
            field="whole",
        )


def check_unnamed(in_use: int) -> None:
    """A whole file must name every entry that something of the portal stands on (E8)."""
    if in_use:
        raise UnableToImport(
            f"名单中有 {in_use} 项认定文件没有列出，但已有服务机构凭其登记，不能移除："
            "请在文件中补上这些认定后重新上传。",
        )


def check_undo(*, state: str, changes: int) -> None:
    """Only what was applied and changed something can be put back (E8)."""
    if state != ImportState.APPLIED:
        raise UnableToImport("只有已导入的名单可以撤销。")
    if not changes:
        raise UnableToImport("该次导入没有改动名单，无需撤销。")


def check_unchanged(moved: Collection[int], *, whole: bool = False) -> None:
    """What the rows do now must be what the dry run showed (E8); ``whole``: also what the file does not name."""
    if moved:
        raise UnableToImport(
            f"试运行之后名单已有变化，{named_rows(moved)}的结果与试运行时不同，"
            "请作废本次试运行并重新上传文件。"
        )
    if whole:
        raise UnableToImport(
            "试运行之后名单中增减了文件没有的记录，请作废本次试运行并重新上传文件。"
        )


def check_report(*, party_name: str, description: str, evidence: Sequence[object]) -> None:
    """A report names the party, says what happened, and brings evidence (S1)."""
    if not party_name.strip():
        raise UnableToReport("请填写违规单位的名称。", field="party_name")
    if not description.strip():
        raise UnableToReport("请写明违规情况。", field="description")
    if holds_personal_data(description):
        raise UnableToReport(
            "违规情况中请勿填写身份证号码或手机号码，请改用文字说明。",
            rule="F5",
            field="description",
        )
    if not evidence:
        raise UnableToReport("请上传证据材料。", field="evidence")
    if len(evidence) > EVIDENCE_MAX:
        raise UnableToReport(
            f"证据材料不超过 {EVIDENCE_MAX} 个文件，请合并后上传。", field="evidence"
        )


def check_other_person(*, reporter_person_id: int | None, decider_person_id: int | None) -> None:
    """Who reported does not decide, whatever accounts the person holds (S1, four eyes as in R3)."""
    if decider_person_id is None:
        raise UnableToDecide("该账号没有登记使用人，不能作出决定，请联系管理员。")
    if decider_person_id == reporter_person_id:
        raise UnableToDecide("报告人与决定人不能是同一人，请由其他人员办理。")


def check_reason(reason: str) -> None:
    """A decision says why (S1)."""
    if not reason.strip():
        raise UnableToDecide("请填写理由。", field="reason")


def check_measure(
    *, measure: str, until: date | None, money_to_recover: Decimal, at: datetime
) -> None:
    """A suspension has a last day that is not past, other measures have none (S1). Money in yuan."""
    if measure not in Measure.values:
        raise UnableToDecide("请选择处理措施。", field="measure")
    if measure == Measure.SUSPENSION:
        if until is None:
            raise UnableToDecide("暂停资格须填写暂停至哪一天。", field="until")
        if until < local_day(at):
            raise UnableToDecide("暂停至的日期已经过去，请重新填写。", field="until")
    elif until is not None:
        raise UnableToDecide("只有暂停资格才填写暂停至的日期，请清空。", field="until")
    if money_to_recover < ZERO:
        raise UnableToDecide("应追回金额不能小于零。", field="money_to_recover")


def check_lift(
    *, measure: str, until: date | None, lifted_at: datetime | None, at: datetime
) -> None:
    """Only what still stops something can be lifted (S1)."""
    if measure == Measure.WARNING:
        raise UnableToLift("警告不限制任何资格，无需解除。")
    if lifted_at is not None:
        raise UnableToLift("该处理已经解除。")
    if until is not None and until < local_day(at):
        raise UnableToLift(f"暂停已于{spoken_day(until)}期满，无需解除。")


def check_recovery(*, amount: Decimal, to_recover: Decimal, recovered: Decimal) -> None:
    """Recovered money is more than nothing and never more than what is left to recover. Yuan (S1)."""
    left = to_recover - recovered
    if left <= ZERO:
        raise UnableToRecover("没有待追回的金额。", field="amount")
    if amount <= ZERO:
        raise UnableToRecover("追回金额应大于零。", field="amount")
    if amount > left:
        raise UnableToRecover(f"追回金额超过待追回的 {spoken_money(left)}。", field="amount")


def check_received_on(received_on: date, *, decided_on: date, today: date) -> None:
    """Money comes back after the decision and not in the future (S1)."""
    if received_on > today:
        raise UnableToRecover("到账日期不能晚于今天。", field="received_on")
    if received_on < decided_on:
        raise UnableToRecover(
            f"到账日期不能早于处理决定的生效日（{spoken_day(decided_on)}）。", field="received_on"
        )
