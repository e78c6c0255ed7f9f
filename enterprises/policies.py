"""May this happen now: pure checks of registration, basic information, materials, review and eligibility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from enterprises.models import Industry, Profile, ProofKind, Qualification, SizeClass
from enterprises.size_classes import question_figures
from enterprises.states import QUALIFICATION, QualificationState
from foundation.accounts.id_numbers import check_id_number
from foundation.errors import Refusal
from foundation.moments import local_day
from foundation.names import written
from foundation.personal_data import lookup_key
from foundation.personal_text import holds_personal_data, is_mobile, plain_mobile
from foundation.regions.models import City

ASSURANCE_LEVEL_MIN = 1
EMPLOYEES_MAX = 10_000_000
FIGURE_BOUND = 10**12  # 万元; what the columns hold is below this
EARLIEST_FOUNDING = date(1900, 1, 1)
REASON_MAX = 500

# The data of E2 as the operation takes them, with what a refusal calls them.
PROFILE_FIELDS: dict[str, str] = {
    "name": "企业名称",
    "legal_representative": "法定代表人",
    "legal_representative_id": "法定代表人身份证号码",
    "is_legal_person": "独立法人资格",
    "address": "地址",
    "district": "所在区",
    "registered_capital": "注册资本",
    "founded_on": "成立日期",
    "industry": "所属行业",
    "employees": "从业人员",
    "revenue": "上年营业收入",
    "assets": "上年资产总额",
    "handler": "经办人",
    "handler_id": "经办人身份证号码",
    "handler_mobile": "经办人手机",
}

# The declaration prints all of it but these, and no longer speaks the truth when it changes.
NOT_DECLARED = frozenset({"is_legal_person", "district", "founded_on"})

SLOTS: dict[str, str] = {
    "licence": "营业执照副本",
    "proof": "上年度完税证明或社保缴费证明",
    "declaration": "中小微企业声明函",
}

# What a reviewer can give a reason for (E6), with the fields and slots that it points to.
REVIEW_ITEMS: dict[str, tuple[str, frozenset[str]]] = {
    "name": ("企业名称", frozenset({"name"})),
    "legal_representative": (
        "法定代表人及其身份证号码",
        frozenset({"legal_representative", "legal_representative_id"}),
    ),
    "is_legal_person": ("独立法人资格", frozenset({"is_legal_person"})),
    "address": ("地址和所在区", frozenset({"address", "district"})),
    "registered_capital": ("注册资本", frozenset({"registered_capital"})),
    "founded_on": ("成立日期", frozenset({"founded_on"})),
    "industry": ("所属行业", frozenset({"industry"})),
    "figures": ("从业人员、营业收入和资产总额", frozenset({"employees", "revenue", "assets"})),
    "handler": ("经办人信息", frozenset({"handler", "handler_id", "handler_mobile"})),
    **{slot: (label, frozenset({slot})) for slot, label in SLOTS.items()},
}


class UnableToRegister(Refusal):
    """An account that cannot register this enterprise (E1)."""

    rule = "E1"


class UnableToSaveProfile(Refusal):
    """Basic information that is wrong, or cannot be changed now (E2, E6)."""

    rule = "E2"


class UnableToAttach(Refusal):
    """A material that cannot be taken (E3)."""

    rule = "E3"


class UnableToSubmit(Refusal):
    """A file that is not complete, or of an enterprise that vouchers are not for (E3, E4)."""

    rule = "E3"


class UnableToReview(Refusal):
    """A review that cannot be recorded so (E6)."""

    rule = "E6"


class UnableToReveal(Refusal):
    """Personal data that is not shown in clear (F5)."""

    rule = "F5"


class NotEligible(Refusal):
    """An enterprise that does not meet a condition of E5; the sentence names each."""

    rule = "E5"


class NotTheHomeCity(Refusal):
    """A programme of another city than that of registration (G3)."""

    rule = "G3"


@dataclass(frozen=True)
class Condition:
    """One condition of E5: ``label`` states it, ``reason`` says that it fails, ``remedy`` what to do then.

    ``url`` and ``link``: where it can be mended, and the link's words; empty when not in the portal.
    """

    key: str
    label: str
    met: bool
    remedy: str
    reason: str = ""
    url: str = ""
    link: str = ""


def require_eligible(conditions: Iterable[Condition]) -> None:
    """Raises NotEligible naming every failing condition and what to do (E5)."""
    failing = [condition for condition in conditions if not condition.met]
    if failing:
        reasons = "；".join(condition.reason or condition.label for condition in failing)
        remedies = "".join(condition.remedy for condition in failing)
        raise NotEligible(f"暂不具备申领资格：{reasons}。{remedies}")


def require_home_city(*, enterprise_city_id: int, programme_city_id: int) -> None:
    """An enterprise applies only to the programme of its city of registration; raises NotTheHomeCity (G3)."""
    if enterprise_city_id != programme_city_id:
        raise NotTheHomeCity(
            "只能申领注册所在地市发放的服务券，请查看贵企业注册所在地市的发券批次。"
        )


def require_assurance(level: int) -> None:
    """A legal-person account of assurance level L1 or above; raises UnableToRegister (E1)."""
    if level < ASSURANCE_LEVEL_MIN:
        raise UnableToRegister(
            "您的法人账号可信级别不足：须通过广东省统一身份认证平台 L1 或以上级别核验。"
            "请先在该平台完成核验，再重新登录。"
        )


def require_unregistered(*, credit_code_taken: bool, account_taken: bool) -> None:
    """One account per enterprise and one enterprise per account; raises UnableToRegister (E1)."""
    if account_taken:
        raise UnableToRegister("本账号已登记企业，一个账号只能用于一家企业。")
    if credit_code_taken:
        raise UnableToRegister(
            "该统一社会信用代码已由其他账号登记。每家企业固定使用一个账号，请用原账号登录；"
            "如有疑问请联系承办单位。",
            field="credit_code",
        )


def doubtful_city(credit_code: str, city: City | None) -> str:
    """A question when the registration authority in a sound code is not in the chosen city, "" else; it refuses nobody.

    An enterprise that has moved keeps the code of the city in which it was founded.
    """
    if city is None or credit_code[2:6] == city.code[:4]:
        return ""
    return f"代码中的登记机关不在{city.name}，请确认所选地市与营业执照一致（迁入企业除外）。"


def clean_profile(
    values: Mapping[str, Any], *, city_id: int, at: datetime
) -> tuple[dict[str, Any], dict[str, str]]:
    """The basic information of E2 in its plain form, and a Chinese sentence for each field that is wrong.

    ``values`` has the keys of PROFILE_FIELDS; None stands for a field that was not filled in. Capital, revenue and
    assets are in 万元.
    """
    today = local_day(at)
    clean: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field, label in PROFILE_FIELDS.items():
        value = values.get(field)
        if isinstance(value, str):
            value = written(value)
        clean[field] = value
        if value is None or value == "":
            faults[field] = f"请填写{label}。"
    for field in ("legal_representative_id", "handler_id"):
        if field not in faults:
            try:
                clean[field] = check_id_number(clean[field], field=field, today=today)
            except Refusal as refusal:
                faults[field] = f"{PROFILE_FIELDS[field]}：{refusal.sentence}"
    if "handler_mobile" not in faults:
        clean["handler_mobile"] = plain_mobile(clean["handler_mobile"])
        if not is_mobile(clean["handler_mobile"]):
            faults["handler_mobile"] = "经办人手机应为 11 位手机号码，请核对后重新填写。"
    if "district" not in faults and clean["district"].city_id != city_id:
        faults["district"] = "所在区不属于企业注册所在地市，请重新选择。"
    if "industry" not in faults and clean["industry"] not in Industry.values:
        faults["industry"] = "请从 16 个行业中选择所属行业。"
    if "founded_on" not in faults:
        if clean["founded_on"] > today:
            faults["founded_on"] = "成立日期不能晚于今天。"
        elif clean["founded_on"] < EARLIEST_FOUNDING:
            faults["founded_on"] = "成立日期有误，请对照营业执照填写。"
    if "employees" not in faults and not 0 <= clean["employees"] <= EMPLOYEES_MAX:
        faults["employees"] = "从业人员应为不小于 0 的整数（人），请核对。"
    for field in ("registered_capital", "revenue", "assets"):
        if field not in faults and not 0 <= clean[field] < FIGURE_BOUND:
            faults[field] = f"{PROFILE_FIELDS[field]}应为不小于 0 的金额（万元），请核对。"
    return clean, faults


def require_sound_profile(
    values: Mapping[str, Any], *, city_id: int, at: datetime
) -> dict[str, Any]:
    """``clean_profile``, raising UnableToSaveProfile for the first field that is wrong (E2)."""
    clean, faults = clean_profile(values, city_id=city_id, at=at)
    for field, sentence in faults.items():
        raise UnableToSaveProfile(sentence, field=field)
    return clean


def require_figures_meant(values: Mapping[str, Any], *, confirmed: bool) -> None:
    """Figures that look like 元 are saved only when confirmed; raises UnableToSaveProfile (E4)."""
    questions = question_figures(
        employees=values["employees"],
        revenue=values["revenue"],
        assets=values["assets"],
        registered_capital=values["registered_capital"],
    )
    if questions and not confirmed:
        raise UnableToSaveProfile(
            f"{''.join(questions.values())}如有误请改正；如数额无误，请勾选“数额无误”后再保存。",
            rule="E4",
            field="figures_confirmed",
        )


def changed_fields(profile: Profile, values: Mapping[str, Any]) -> frozenset[str]:
    """Which data of E2 differ between a stored version and clean ``values``."""
    return frozenset(field for field in PROFILE_FIELDS if getattr(profile, field) != values[field])


def require_open_to_changes(state: str) -> None:
    """Nothing changes while the contractor is checking; raises UnableToSaveProfile (E6)."""
    if state == QualificationState.SUBMITTED:
        raise UnableToSaveProfile(
            "资料正在核对，暂时不能修改。请等待核对结果，如被退回可按原因修改后重新提交。",
            rule="E6",
        )


def require_open_to_materials(state: str) -> None:
    """Materials change before submission, after a send-back, or after a refusal; raises UnableToAttach (E6)."""
    if state == QualificationState.SUBMITTED:
        raise UnableToAttach("资料正在核对，暂时不能更换材料，请等待核对结果。", rule="E6")
    if state == QualificationState.PASSED:
        raise UnableToAttach(
            "材料已核对通过，不需更换。如企业信息有变更，请先修改基本信息，再上传新材料重新核对。",
            rule="E6",
        )


def require_sound_material(
    *, slot: str, proof_kind: str, declared_on: date | None, year: int, at: datetime
) -> None:
    """The proof says its kind and the declaration its date; raises UnableToAttach (E3)."""
    if slot not in SLOTS:
        raise UnableToAttach("没有这一类材料，请刷新页面后重试。")
    if slot == "proof" and proof_kind not in ProofKind.values:
        raise UnableToAttach("请选择证明类别：完税证明或社保缴费证明。", field="proof_kind")
    if slot == "declaration":
        fault = declaration_fault(declared_on, year=year, at=at)
        if fault:
            raise UnableToAttach(fault, field="declared_on")


def declaration_fault(declared_on: date | None, *, year: int, at: datetime) -> str:
    """What is wrong with the declaration's date, "" when it is in ``year`` and not in the future (E3)."""
    if declared_on is None:
        return "请填写声明函上的日期。"
    if declared_on.year != year:
        return f"声明函日期应在 {year} 年内，请重新签署声明函。"
    if declared_on > local_day(at):
        return "声明函日期不能晚于今天，请核对。"
    return ""


def missing_items(qualification: Qualification, *, at: datetime) -> list[tuple[str, str]]:
    """What is still to be done before submission: ("profile" or the slot, Chinese sentence) (E2, E3)."""
    missing = []
    if qualification.profile.figures_year != qualification.year - 1:
        missing.append(
            ("profile", f"请核对基本信息，更新 {qualification.year - 1} 年度经营数据并保存。")
        )
    for slot, label in SLOTS.items():
        if getattr(qualification, f"{slot}_id") is None:
            missing.append((slot, f"请上传{label}。"))
        elif slot == "proof" and not qualification.proof_kind:
            missing.append((slot, "请选择证明类别：完税证明或社保缴费证明。"))
        elif slot == "declaration":
            fault = declaration_fault(qualification.declared_on, year=qualification.year, at=at)
            if fault:
                missing.append((slot, fault))
    return missing


def require_complete(qualification: Qualification, *, at: datetime) -> None:
    """All data and materials are there; raises UnableToSubmit naming each that is not (E2, E3)."""
    missing = missing_items(qualification, at=at)
    if missing:
        raise UnableToSubmit(f"资料还不完整：{''.join(sentence for _, sentence in missing)}")


def require_not_large(size: str) -> None:
    """Large enterprises are told at once that vouchers are not for them; raises UnableToSubmit (E4)."""
    if size == SizeClass.LARGE:
        raise UnableToSubmit(
            "按《中小企业划型标准规定》测算，贵企业属于大型企业，不属于服务券补助对象，不能提交。"
            "如行业、从业人员、营业收入或资产总额填写有误，请修改基本信息。",
            rule="E4",
        )


def _plain_reason(reason: str, *, field: str) -> str:
    """A reason as it may be recorded: not too long, and without personal data (F5)."""
    reason = reason.strip()
    if len(reason) > REASON_MAX:
        raise UnableToReview(f"原因请控制在 {REASON_MAX} 字以内。", field=field)
    if holds_personal_data(reason):
        raise UnableToReview(
            "原因中请勿填写身份证号码或手机号码，请改用“法定代表人身份证号码”等文字说明。",
            rule="F5",
            field=field,
        )
    return reason


def require_reason(reason: str) -> str:
    """A reason in words; raises UnableToReview (E6)."""
    if not reason.strip():
        raise UnableToReview("请填写原因，企业将看到该原因。", field="reason")
    return _plain_reason(reason, field="reason")


def require_item_reasons(item_reasons: Mapping[str, str]) -> dict[str, str]:
    """At least one item with a reason, no unknown item; raises UnableToReview (E6)."""
    given = {item: reason for item, reason in item_reasons.items() if reason.strip()}
    if not given:
        raise UnableToReview("请至少对一项资料填写需要补正的原因。")
    if not given.keys() <= REVIEW_ITEMS.keys():
        raise UnableToReview("没有这一项资料，请刷新页面后重试。")
    return {item: _plain_reason(reason, field=item) for item, reason in given.items()}


def require_reveal_reason(reason: str) -> str:
    """Why personal data is looked at in clear; raises UnableToReveal (F5)."""
    if not reason.strip():
        raise UnableToReveal("请填写查看原因，查看将被记录。", field="reason")
    return _plain_reason(reason, field="reason")


def require_current_round(*, seen: int | None, current: int) -> None:
    """The round that was looked at is still the last one; raises UnableToReview (E6)."""
    if seen is not None and seen != current:
        raise UnableToReview("企业已提交新一轮资料，请刷新页面，核对最新资料后再操作。")


def require_move(state: str, verb: str) -> None:
    """Whether the table of legal moves has ``verb`` from ``state``; raises IllegalMove."""
    QUALIFICATION.target(state, verb)


def lookup_keys(values: Mapping[str, Any]) -> dict[str, str]:
    """The look-up columns that go with the ID numbers of clean ``values`` (F5)."""
    return {
        f"{field}_key": lookup_key(values[field])
        for field in ("legal_representative_id", "handler_id")
    }
