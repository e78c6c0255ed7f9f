"""May this happen now: pure checks of claims, lines, publicity, objections and settlements."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from foundation.errors import Refusal
from foundation.moments import local_day, spoken, spoken_day
from foundation.names import normal_number
from foundation.personal_text import holds_personal_data
from orders.states import OrderState
from redemption.states import ClaimState, LineState

# Characters of what people write; a disallowance is also kept with the order, in a shorter column.
TEXT_MAX = 2000
REASON_MAX = 280
NAME_MAX = 120
CONTACT_MAX = 120
RECEIPT_NUMBER_MAX = 60


class UnableToClaim(Refusal):
    """A claim that cannot be prepared, completed, submitted or given up so (R1)."""

    rule = "R1"


class UnableToReview(Refusal):
    """An act of first review, a supplement or an opinion that is not possible now (R2)."""

    rule = "R2"


class UnableToApprove(Refusal):
    """A final approval, or the way back from it, that is refused (R3)."""

    rule = "R3"


class UnableToPublish(Refusal):
    """Claims that cannot be put on a public list (R4)."""

    rule = "R4"


class UnableToObject(Refusal):
    """An objection outside the publicity period, or incomplete (R4)."""

    rule = "R4"


class UnableToAnswer(Refusal):
    """An answer to an objection that is refused (R4)."""

    rule = "R4"


class UnableToSettle(Refusal):
    """A payment that cannot be recorded so (R5)."""

    rule = "R5"


class ClaimsStopped(Refusal):
    """The provider is under a sanction, so its claims stop (S1)."""

    rule = "S1"


@dataclass(frozen=True)
class Hand:
    """One who had a hand in a claim: the account, and the person behind it at that time."""

    account_id: int
    person_id: int | None


def require_not_sanctioned(*, provider_name: str, measure: str, until: date | None) -> None:
    """Claims of a provider under a suspension or disqualification in force stop (S1).

    ``measure``: its Chinese name, empty when no sanction is in force.
    """
    if measure:
        end = f"，至 {spoken_day(until)} 止" if until else ""
        raise ClaimsStopped(
            f"{provider_name}正在受到“{measure}”处理{end}，其兑现申请暂停办理。如有疑问请联系市工业和信息化局。"
        )


def require_written(
    text: str, *, what: str, field: str, error: type[Refusal], longest: int = TEXT_MAX
) -> str:
    """A reason, answer or statement: not blank, not endless, and without personal data, because it is kept as it
    is, shown to the other side and handed over (F5). Returns it without blanks around it."""
    text = text.strip()
    if not text:
        raise error(f"请填写{what}。", field=field)
    if len(text) > longest:
        raise error(f"{what}请控制在 {longest} 字以内。", field=field)
    if holds_personal_data(text):
        raise error(f"{what}中请勿填写身份证号码或手机号码。", rule="F5", field=field)
    return text


# Preparing (R1)


def require_orders_chosen(*, asked: Collection[int], found: Collection[int]) -> None:
    """At least one order, and each belongs to this provider and this programme (R1)."""
    if not asked:
        raise UnableToClaim("请至少选择一个已收券的订单。", field="order_pks")
    if set(asked) != set(found):
        raise UnableToClaim(
            "所选订单中有的不属于本机构或不属于本年度方案，请刷新页面后重新选择。",
            field="order_pks",
        )


def require_claimable(*, number: str, state: str, in_live_claim: bool, return_asked: bool) -> None:
    """An order is accepted, in no live claim, and nobody has asked to return its payment (R1, O8)."""
    if in_live_claim or state in {OrderState.CLAIMED, OrderState.SETTLED, OrderState.DISALLOWED}:
        raise UnableToClaim(
            f"订单 {number} 已在另一份兑现申请中，一个订单只能申请兑现一次。", field="order_pks"
        )
    if state != OrderState.ACCEPTED:
        raise UnableToClaim(f"订单 {number} 尚未收券，收券后才能申请兑现。", field="order_pks")
    if return_asked:
        raise UnableToClaim(
            f"订单 {number} 有尚未决定的退回支付申请，请等待承办单位决定后再申请兑现。",
            field="order_pks",
        )


def require_draft(state: str) -> None:
    """Scans are attached to a claim that has not been submitted (R1)."""
    if state != ClaimState.DRAFT:
        raise UnableToClaim("兑现申请已提交，不能再更换扫描件。")


def require_scans(*, has_form: bool, has_detail: bool) -> None:
    """Both stamped scans are there before a claim is submitted (R1)."""
    missing = [
        name
        for name, there in (("服务券兑现申请表", has_form), ("使用情况明细汇总表", has_detail))
        if not there
    ]
    if missing:
        raise UnableToClaim(f"请先上传加盖公章的{'和'.join(missing)}扫描件，再提交兑现申请。")


# First review (R2)


def require_under_review(state: str) -> None:
    """Lines are reviewed while the claim is in first review (R2)."""
    if state != ClaimState.SUBMITTED:
        label = ClaimState(state).label
        raise UnableToReview(f"兑现申请当前为“{label}”，只有“初审中”的申请才能逐条审核。")


def require_more_asked(state: str) -> None:
    """A supplement answers a request for more (R2)."""
    if state != ClaimState.MORE_ASKED:
        raise UnableToReview("承办单位没有要求补充材料，或材料已补充完毕，请刷新页面查看最新状态。")


def require_supplement_overdue(*, until: datetime, at: datetime) -> None:
    """A request for more is taken back only when the provider has let its time pass (R2)."""
    if at <= until:
        raise UnableToReview(f"机构可在 {spoken(until)} 前补充材料，逾期未补充的才能收回补充要求。")


def require_something_asked(line_states: Iterable[str]) -> None:
    """A claim goes back to the provider only when a line asks for more (R2)."""
    if LineState.MORE_ASKED not in set(line_states):
        raise UnableToReview("请先在需要补充材料的明细上填写补充要求，再退回机构补充。")


def require_all_reviewed(line_states: Iterable[str]) -> None:
    """First review ends when no line is pending or waits for more (R2)."""
    states = list(line_states)
    left = sum(state in {LineState.PENDING, LineState.MORE_ASKED} for state in states)
    if left:
        raise UnableToReview(f"还有 {left} 条明细未审定，请逐条审核后再结束初审。")


ADVISABLE_STATES = (ClaimState.SUBMITTED, ClaimState.MORE_ASKED)


def require_advice_in_time(state: str) -> None:
    """Experts are assigned and give opinions before the first review ends (R2)."""
    if state not in ADVISABLE_STATES:
        raise UnableToReview("初审已结束，不能再分派专家或提交专家意见。")


def require_suitable_expert(*, is_expert: bool, city_fits: bool, already: bool) -> None:
    """An expert account of the city, assigned once (R2)."""
    if not is_expert or not city_fits:
        raise UnableToReview("请选择本市的评审专家账号。", field="expert")
    if already:
        raise UnableToReview("该专家已分派到本申请。", field="expert")


def require_other_expert(
    *, account_id: int, person_id: int | None, hands: Iterable[Hand], is_party: bool
) -> None:
    """An opinion is another person's than who assigns it, prepared or reviewed the claim, or is a party to it (R3)."""
    if is_party:
        raise UnableToReview(
            "该专家是申请机构或所涉企业的法定代表人、经办人或联系人，按回避要求，请分派其他专家。",
            rule="R3",
            field="expert",
        )
    if _is_one_of(hands, account_id=account_id, person_id=person_id):
        raise UnableToReview(
            "该专家本人（或其本人的其他账号）经办过本申请，按制审分离的要求，请分派其他专家。",
            rule="R3",
            field="expert",
        )


def require_no_opinion_yet(given_at: datetime | None) -> None:
    """An opinion is given once and then stands (R2)."""
    if given_at is not None:
        raise UnableToReview("您已提交过意见，不能再修改。")


def require_not_maker(
    *, account_id: int, person_id: int | None, makers: Iterable[Hand], error: type[Refusal]
) -> None:
    """One person is not maker and checker of the same record, whatever accounts they hold (R3)."""
    if _is_one_of(makers, account_id=account_id, person_id=person_id):
        raise error(
            "您（或您本人的其他账号）经办过本申请的前一环节，按制审分离的要求，请由其他人员办理。",
            rule="R3",
        )


def _is_one_of(hands: Iterable[Hand], *, account_id: int, person_id: int | None) -> bool:
    return any(
        hand.account_id == account_id or (person_id is not None and hand.person_id == person_id)
        for hand in hands
    )


# Final approval (R3)


def require_four_eyes(*, account_id: int, person_id: int | None, hands: Iterable[Hand]) -> None:
    """The approver is a known person who neither prepared nor first-reviewed the claim (R3)."""
    if person_id is None:
        raise UnableToApprove("您的账号没有登记使用人，不能审定，请联系管理员登记后再办理。")
    require_not_maker(
        account_id=account_id, person_id=person_id, makers=hands, error=UnableToApprove
    )


def require_at_approval(state: str) -> None:
    """The bureau decides on claims whose first review has ended (R3)."""
    if state != ClaimState.FIRST_REVIEWED:
        label = ClaimState(state).label
        raise UnableToApprove(f"兑现申请当前为“{label}”，只有“待市局审定”的申请才能审定。")


# Publicity and objections (R4)


def require_publishable(
    *, asked: Collection[int], states: dict[int, str], numbers: dict[int, str]
) -> None:
    """At least one claim, all of this programme and approved (R4)."""
    if not asked:
        raise UnableToPublish("请至少选择一份已审定的兑现申请。", field="claims")
    if set(asked) != set(states):
        raise UnableToPublish("所选兑现申请不属于该年度方案，请重新选择。", field="claims")
    for pk, state in states.items():
        if state != ClaimState.APPROVED:
            raise UnableToPublish(
                f"兑现申请 {numbers[pk]} 当前为“{ClaimState(state).label}”，不能公示。",
                field="claims",
            )


def require_in_publicity(*, at: datetime, published_at: datetime, ends_at: datetime) -> None:
    """An objection arrives during the period; its last moment is still in time (R4)."""
    if at < published_at:
        raise UnableToObject("公示尚未开始，不能提出复核申请。")
    if at > ends_at:
        raise UnableToObject(f"公示期已于 {spoken(ends_at)} 结束，不能再提出复核申请。")


def require_objectionable(line_state: str) -> None:
    """What has been paid cannot be held back any more (R4)."""
    if line_state == LineState.SETTLED:
        raise UnableToObject("该明细已拨付，不能再提出复核申请。如发现违规请向承办单位反映。")


def require_contact(contact: str) -> str:
    """How the objector can be reached; it is kept encrypted (F5)."""
    contact = contact.strip()
    if not contact:
        raise UnableToObject("请填写联系方式。", field="contact")
    if len(contact) > CONTACT_MAX:
        raise UnableToObject(f"联系方式请控制在 {CONTACT_MAX} 字以内。", field="contact")
    return contact


MAX_EVIDENCE_FILES = 5


def require_few_files(count: int) -> None:
    """An objection, which needs no login, brings at most five files."""
    if count > MAX_EVIDENCE_FILES:
        raise UnableToObject(
            f"证据材料最多 {MAX_EVIDENCE_FILES} 个文件，请合并后重新上传。", field="evidence_files"
        )


# Settlement (R5)


def require_publicity_over(*, at: datetime, ends_at: datetime) -> None:
    """Payment follows the publicity period; its last moment still belongs to the period (R4, R5)."""
    if at <= ends_at:
        raise UnableToSettle(f"公示期至 {spoken(ends_at)} 结束，期满无异议后才能登记拨付。")


def require_published(state: str) -> None:
    """Only what has been on public view is paid (R5)."""
    if state != ClaimState.PUBLISHED:
        label = ClaimState(state).label
        raise UnableToSettle(f"兑现申请当前为“{label}”，不能登记拨付。")


def require_lines_of_claim(*, asked: Collection[int], found: Collection[int]) -> None:
    """At least one line, all of this claim (R5)."""
    if not asked:
        raise UnableToSettle("请至少选择一条明细。", field="line_pks")
    if set(asked) != set(found):
        raise UnableToSettle("所选明细不属于本申请，请重新选择。", field="line_pks")


def require_payable(*, order_number: str, line_state: str, under_objection: bool) -> None:
    """Only a passed line is paid, and never one whose objection the bureau has not answered (R4, R5)."""
    if line_state != LineState.PASSED:
        label = LineState(line_state).label
        raise UnableToSettle(f"订单 {order_number} 的明细为“{label}”，不能拨付。", field="line_pks")
    if under_objection:
        raise UnableToSettle(
            f"订单 {order_number} 的明细有尚未答复的复核申请，市局答复前不能拨付。",
            rule="R4",
            field="line_pks",
        )


def require_receipt_number(receipt_number: str) -> str:
    """The bank's number of a payment, without differences of width, case and spaces (R5)."""
    number = normal_number(receipt_number)
    if not number:
        raise UnableToSettle("请填写银行回单号。", field="receipt_number")
    if len(number) > RECEIPT_NUMBER_MAX:
        raise UnableToSettle(
            f"银行回单号请控制在 {RECEIPT_NUMBER_MAX} 位以内。", field="receipt_number"
        )
    return number


def require_sound_payment_day(*, paid_on: date, at: datetime, ends_at: datetime) -> None:
    """The money was paid after the publicity period and not in the future (R5)."""
    if paid_on > local_day(at):
        raise UnableToSettle("拨付日期不能晚于今天。", field="paid_on")
    if paid_on <= local_day(ends_at):
        raise UnableToSettle(
            f"公示期至 {spoken_day(local_day(ends_at))} 结束，拨付日期应在其后。", field="paid_on"
        )
