"""Registration, its materials and its check, renewal, and change requests (P1, P2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from foundation.accounts.id_numbers import check_id_number
from foundation.errors import Refusal
from foundation.moments import spoken_day
from foundation.names import written
from foundation.personal_data import lookup_key
from foundation.personal_text import holds_personal_data, is_mobile, plain_mobile
from providers.states import PROVIDER, ProviderState

REASON_MAX = 500
_BANK_ACCOUNT = re.compile(r"[0-9]{8,32}")
_USERNAME = re.compile(r"[\w.@+-]{3,60}")

# The data of a registration, with what a refusal calls them and how long they may be.
DETAILS: dict[str, tuple[str, int]] = {
    "legal_representative": ("法定代表人", 60),
    "legal_representative_id": ("法定代表人身份证号码", 30),
    "contact": ("联系人", 60),
    "contact_id": ("联系人身份证号码", 30),
    "contact_mobile": ("联系人手机", 20),
    "address": ("地址", 200),
    "bank_name": ("开户银行", 120),
    "bank_account": ("银行账号", 60),
}

MATERIALS: dict[str, str] = {
    "licence": "营业执照副本（或其他资格许可证件）",
    "commitment": "服务机构承诺书",
}

# What a reviewer can give a reason for.
REVIEW_ITEMS: dict[str, str] = {
    "details": "机构基本信息",
    "contact": "联系人信息",
    "bank": "银行账户信息",
    **MATERIALS,
}

CHANGE_FIELDS: dict[str, str] = {
    "name": "机构名称",
    "address": "地址",
    "contact": "联系人",
    "username": "登录用户名",
}
PERSONAL_CHANGE_FIELDS: dict[str, str] = {
    "contact_id": "联系人身份证号码",
    "contact_mobile": "联系人手机",
}


class UnableToRegister(Refusal):
    """An institution that cannot register, or data that cannot be saved (P1)."""

    rule = "P1"


class UnableToAttach(Refusal):
    """A material that cannot be taken (P2)."""

    rule = "P2"


class UnableToSubmitProvider(Refusal):
    """A registration that is not complete (P2)."""

    rule = "P2"


class UnableToReview(Refusal):
    """A check that cannot be recorded so (P2)."""

    rule = "P2"


class UnableToRenew(Refusal):
    """A renewal that is not due (P2)."""

    rule = "P2"


class UnableToChange(Refusal):
    """A change request that cannot be made or applied (P2)."""

    rule = "P2"


def require_accredited(*, found: bool, why: str, field: str = "name") -> None:
    """The directory has the institution with an accreditation valid now; raises UnableToRegister saying why (P1)."""
    if not found:
        raise UnableToRegister(
            why or "名录中没有该机构的有效认定，不能注册。", rule="P1", field=field
        )


def require_same_code(given: str, *, listed: str, field: str = "credit_code") -> None:
    """The credit code is the one the directory has under that name; raises UnableToRegister (P1)."""
    if given != listed:
        raise UnableToRegister(
            "统一社会信用代码与服务机构名录登记的不一致，请对照营业执照核对；"
            "如名录有误，请联系市工业和信息化局更正。",
            field=field,
        )


def require_unregistered(*, account_taken: bool, code_taken: bool) -> None:
    """One account per institution and one institution per account; raises UnableToRegister (P1)."""
    if account_taken:
        raise UnableToRegister("本账号已登记服务机构，一个账号只能用于一家机构。")
    if code_taken:
        raise UnableToRegister(
            "该机构已由其他账号注册，请用原账号登录；如有疑问请联系承办单位。",
            field="credit_code",
        )


def require_mobile(value: str, *, field: str) -> str:
    """A mobile number in its plain form; raises UnableToRegister."""
    number = plain_mobile(value)
    if not is_mobile(number):
        raise UnableToRegister("联系人手机应为 11 位手机号码，请核对后重新填写。", field=field)
    return number


def require_sound_details(values: Mapping[str, str], *, today: date) -> dict[str, Any]:
    """The data of DETAILS in their plain form, with the look-up columns; raises UnableToRegister, BadIdNumber."""
    clean: dict[str, Any] = {}
    for field, (label, longest) in DETAILS.items():
        value = written(values.get(field) or "")
        if not value:
            raise UnableToRegister(f"请填写{label}。", field=field)
        if len(value) > longest:
            raise UnableToRegister(f"{label}请控制在 {longest} 字以内。", field=field)
        clean[field] = value
    for field in ("legal_representative_id", "contact_id"):
        clean[field] = check_id_number(clean[field], field=field, today=today)
        clean[f"{field}_key"] = lookup_key(clean[field])
    clean["contact_mobile"] = require_mobile(clean["contact_mobile"], field="contact_mobile")
    account = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", clean["bank_account"]))
    if not _BANK_ACCOUNT.fullmatch(account):
        raise UnableToRegister(
            "银行账号应为 8 至 32 位数字，请核对后重新填写。", field="bank_account"
        )
    return {**clean, "bank_account": account}


def require_open_to_changes(state: str) -> None:
    """Data and materials change before submission and after a send-back only; raises UnableToAttach (P2)."""
    if state == ProviderState.SUBMITTED:
        raise UnableToAttach("资料正在核对，暂时不能修改，请等待核对结果。")
    if state == ProviderState.APPROVED:
        raise UnableToAttach("资料已核对通过，如需变更请提交变更申请。")
    if state == ProviderState.REFUSED:
        raise UnableToAttach("资料核对不予通过，请先重新办理，再修改资料。")


def commitment_fault(committed_on: date | None, *, day: date) -> str:
    """What is wrong with the commitment's date on ``day``, "" when it is of that year and not in the future (P2)."""
    if committed_on is None:
        return "请填写服务机构承诺书上的日期。"
    if committed_on.year != day.year:
        return f"服务机构承诺书的日期应在 {day.year} 年内（当年有效），请重新签署后上传。"
    if committed_on > day:
        return "服务机构承诺书的日期不能晚于今天，请核对。"
    return ""


def require_sound_material(kind: str, *, committed_on: date | None, day: date) -> None:
    """A known material, and a commitment with a date of the current year; raises UnableToAttach (P2)."""
    if kind not in MATERIALS:
        raise UnableToAttach("没有这一类材料，请刷新页面后重试。")
    if kind == "commitment":
        fault = commitment_fault(committed_on, day=day)
        if fault:
            raise UnableToAttach(fault, field="committed_on")


def missing_materials(
    *, has_licence: bool, has_commitment: bool, committed_on: date | None, day: date
) -> list[str]:
    """What is still to be done before submission, as Chinese sentences (P2)."""
    missing = []
    if not has_licence:
        missing.append(f"请上传{MATERIALS['licence']}。")
    if not has_commitment:
        missing.append(f"请上传{MATERIALS['commitment']}。")
    else:
        fault = commitment_fault(committed_on, day=day)
        missing += [fault] if fault else []
    return missing


def require_complete(missing: Sequence[str]) -> None:
    """Raises UnableToSubmitProvider naming all that ``missing_materials`` found (P2)."""
    if missing:
        raise UnableToSubmitProvider(f"资料还不完整：{''.join(missing)}")


def require_types_kept(beyond: Sequence[str]) -> None:
    """No product on sale is outside the accreditation now in use; raises UnableToSubmitProvider (P4)."""
    if beyond:
        raise UnableToSubmitProvider(
            f"以下在售产品的服务类型不在现有认定范围内，请先下架：{'、'.join(beyond)}。", rule="P4"
        )


def require_approvable(*, accredited: bool, commitment_fault: str, day: date) -> None:
    """On the day of the check the accreditation is valid and the commitment of that year; raises UnableToReview.

    Time passes between submission and check: what was in order in December may not be in January (P1, P2).
    """
    if not accredited:
        raise UnableToReview(
            f"机构的认定在{spoken_day(day)}不在有效期内，不能核对通过，请退回或不予通过。",
            rule="P1",
        )
    if commitment_fault:
        raise UnableToReview(f"承诺书已不符合要求，请退回补正：{commitment_fault}")


def require_seen(seen: datetime | None, *, submitted_at: datetime | None) -> None:
    """What was looked at is still the last submission; raises UnableToReview."""
    if seen is not None and seen != submitted_at:
        raise UnableToReview("对方已重新提交资料，请刷新页面，核对最新资料后再操作。")


def require_move(state: str, verb: str) -> None:
    """Whether a registration can make this move; raises IllegalMove."""
    PROVIDER.target(state, verb)


def require_renewable(
    state: str, *, committed_on: date | None, accredited: bool, day: date
) -> None:
    """An approved registration is renewed when year or accreditation ran out; raises UnableToRenew (P2)."""
    in_order = committed_on is not None and committed_on.year == day.year and accredited
    if state == ProviderState.APPROVED and in_order:
        raise UnableToRenew(f"贵机构 {day.year} 年度资料有效，不需要重新办理。")


def plain_reason(reason: str, *, field: str = "reason") -> str:
    """A reason in words, not too long and without personal data (F5); raises UnableToReview."""
    reason = reason.strip()
    if not reason:
        raise UnableToReview("请填写原因，对方将看到该原因。", field=field)
    if len(reason) > REASON_MAX:
        raise UnableToReview(f"原因请控制在 {REASON_MAX} 字以内。", field=field)
    if holds_personal_data(reason):
        raise UnableToReview(
            "原因中请勿填写身份证号码或手机号码，请改用“联系人手机”等文字说明。",
            rule="F5",
            field=field,
        )
    return reason


def require_item_reasons(
    item_reasons: Mapping[str, str], *, items: Mapping[str, str]
) -> dict[str, str]:
    """At least one of ``items`` with a reason, and no unknown one; raises UnableToReview (P2, P6)."""
    given = {item: reason for item, reason in item_reasons.items() if reason.strip()}
    if not given:
        raise UnableToReview("请至少对一项内容填写需要补正的原因。")
    if not given.keys() <= items.keys():
        raise UnableToReview("没有这一项内容，请刷新页面后重试。")
    return {item: plain_reason(reason, field=item) for item, reason in given.items()}


def require_changeable(state: str, *, has_open_request: bool) -> None:
    """Changes are asked for a checked registration, one request at a time; raises UnableToChange (P2)."""
    if state != ProviderState.APPROVED:
        raise UnableToChange("资料核对通过后才需要提交变更申请；核对前请直接修改注册资料。")
    if has_open_request:
        raise UnableToChange("已有一份变更申请正在审核，请等待审核结果后再提交新的申请。")


def require_sound_change(
    values: Mapping[str, str], *, current: Mapping[str, str], today: date
) -> tuple[dict[str, str], dict[str, str]]:
    """What really changes: (plain fields, personal fields); raises UnableToChange, BadIdNumber (P2).

    ``current`` holds the values in use of CHANGE_FIELDS. Empty means unchanged. A new contact comes with ID number
    and mobile.
    """
    given = {key: (value or "").strip() for key, value in values.items()}
    changes = {
        key: given[key]
        for key in CHANGE_FIELDS
        if given.get(key) and given[key] != current.get(key)
    }
    personal = {key: given[key] for key in PERSONAL_CHANGE_FIELDS if given.get(key)}
    if not changes and not personal:
        raise UnableToChange("没有任何变更内容，请填写需要变更的项目。")
    for key, longest in (("name", 120), ("address", 200), ("contact", 60)):
        if len(changes.get(key, "")) > longest:
            raise UnableToChange(f"{CHANGE_FIELDS[key]}请控制在 {longest} 字以内。", field=key)
    if "contact" in changes:
        for key, label in PERSONAL_CHANGE_FIELDS.items():
            if key not in personal:
                raise UnableToChange(f"变更联系人，请同时填写新{label}。", field=key)
    if "contact_id" in personal:
        personal["contact_id"] = check_id_number(
            personal["contact_id"], field="contact_id", today=today
        )
    if "contact_mobile" in personal:
        personal["contact_mobile"] = require_mobile(
            personal["contact_mobile"], field="contact_mobile"
        )
    if "username" in changes:
        changes["username"] = unicodedata.normalize("NFKC", changes["username"])
        if not _USERNAME.fullmatch(changes["username"]):
            raise UnableToChange(
                "用户名应为 3 至 60 个字符，只能用文字、数字和 . @ + - _。", field="username"
            )
    return changes, personal


def require_username_free(taken: bool) -> None:
    """No other account has the name; raises UnableToChange (P2)."""
    if taken:
        raise UnableToChange("该用户名已被使用，请换一个用户名。", field="username")


def require_change_materials(count: int) -> None:
    """A change is proved by at least one material; raises UnableToChange (P2)."""
    if count == 0:
        raise UnableToChange(
            "请至少上传一份证明材料（营业证照副本、授权人证明或服务机构承诺书）。", field="licence"
        )
