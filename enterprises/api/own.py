"""What the enterprise does with its own file: register, fill in, hand in, correct (E1–E6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.exceptions import ValidationError

from enterprises.api.shapes import (
    EnterpriseOut,
    MaterialIn,
    ProfileIn,
    ProfileOut,
    QualificationOut,
    RegisterIn,
    RoundOut,
)
from enterprises.drafts import PERSONAL
from enterprises.models import Enterprise, Profile, Qualification, QualificationRound
from enterprises.operations import (
    attach_material,
    fill_in_declaration,
    register_enterprise,
    save_profile,
    start_year,
    submit_qualification,
)
from enterprises.operations.files import lock_enterprise
from enterprises.policies import SLOTS, require_complete, require_not_large
from enterprises.queries import (
    get_own_enterprise,
    get_own_qualification,
    items_returned,
    last_round,
    qualification_of,
    rounds_of,
)
from enterprises.states import QualificationState
from enterprises.views import slots_of
from foundation.accounts.models import Role
from foundation.api.views import Api, Call, downloads, lists, reads, writes
from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import print_form

# As the page's form says it.
REOPENING = (
    "资料已核对通过；确需修改的，请将本项设为 true 后再保存。修改后须重新提交核对，通过前不能申领。"
)


class EnterpriseApi(Api):
    """An address for enterprise accounts, about the year that the call falls in."""

    roles = frozenset({Role.ENTERPRISE})


def year_of(call: Call) -> int:
    """The calendar year in Shanghai of a call."""
    return local_day(call.at).year


@dataclass(frozen=True)
class File:
    """A file of a year with what stands against submitting it."""

    file: Qualification
    round: int
    materials: list[dict[str, Any]]
    returned: list[dict[str, str]]
    blocked: str


def file_of(qualification: Qualification, call: Call) -> File:
    """A file as its owner is shown it."""
    last = last_round(qualification)
    blocked = why_not(require_complete, qualification=qualification, at=call.at) or why_not(
        require_not_large, size=qualification.profile.size_class
    )
    return File(
        qualification,
        last.number if last else 0,
        slots_of(qualification, at=call.at),
        [
            {"item": item, "label": label, "reason": reason}
            for item, label, reason in items_returned(qualification)
        ],
        blocked,
    )


class OwnEnterprise(EnterpriseApi):
    """The account's one enterprise."""

    @reads("本企业", gives=EnterpriseOut, description="尚未登记的答复 404。")
    def get(self, call: Call) -> Enterprise:
        return get_own_enterprise(call.by)


class Register(EnterpriseApi):
    """Registration of the account's one enterprise."""

    @writes(
        "登记企业",
        gives=EnterpriseOut,
        takes=RegisterIn,
        status=201,
        example={"city": "guangzhou", "credit_code": "914401010000000019"},
        description="每家企业固定使用一个账号，登记后不能更改（E1）。",
    )
    def post(self, call: Call) -> Enterprise:
        return register_enterprise(by=call.by, at=call.at, **call.data)


class OwnProfile(EnterpriseApi):
    """The basic information of E2."""

    @reads("基本信息", gives=ProfileOut, versioned=True)
    def get(self, call: Call) -> Profile:
        return self._stored(get_own_enterprise(call.by), call)

    @writes(
        "保存基本信息",
        gives=ProfileOut,
        takes=ProfileIn,
        versioned=True,
        example={
            "name": "广州示例科技有限公司",
            "legal_representative": "张三",
            "legal_representative_id": "440103198002290018",
            "is_legal_person": True,
            "address": "示例路 1 号",
            "district": "440106",
            "registered_capital": "100.00",
            "founded_on": "2018-01-01",
            "industry": "software",
            "employees": 20,
            "revenue": "300.00",
            "assets": "200.00",
            "handler": "李四",
            "handler_id": "440103198002290018",
            "handler_mobile": "13800000000",
        },
        description="保存为草稿；已核对通过的资料修改后须重新提交核对（E6）。",
    )
    def put(self, call: Call) -> Profile:
        enterprise, year = get_own_enterprise(call.by), year_of(call)
        stored, said = self._stored(enterprise, call), dict(call.data)
        file = qualification_of(enterprise, year)
        understood = said.pop("reopening_understood")
        if file is not None and file.state == QualificationState.PASSED and not understood:
            raise ValidationError({"reopening_understood": [REOPENING]})
        kept = {field: getattr(stored, field) or "" for field in PERSONAL}
        saved = save_profile(
            by=call.by, at=call.at, enterprise=enterprise, year=year, **{**kept, **said}
        )
        return saved.profile

    def locked(self, call: Call, **where: Any) -> Profile:
        return self._stored(lock_enterprise(get_own_enterprise(call.by)), call)

    @staticmethod
    def _stored(enterprise: Enterprise, call: Call) -> Profile:
        file = qualification_of(enterprise, year_of(call))
        return file.profile if file else _NOTHING


class _Nothing:
    """Before the first saving."""

    def __getattr__(self, name: str) -> None:
        return None


_NOTHING: Any = _Nothing()


class StartYear(EnterpriseApi):
    """A new year with last year's data."""

    @writes(
        "开始本年度填报", gives=QualificationOut, description="沿用往年资料，材料须重新上传（E3）。"
    )
    def post(self, call: Call) -> File:
        enterprise = get_own_enterprise(call.by)
        start_year(by=call.by, at=call.at, enterprise=enterprise, year=year_of(call))
        return file_of(get_own_qualification(call.by, year_of(call)), call)


class OwnQualification(EnterpriseApi):
    """The file of the year."""

    @reads("本年度资格", gives=QualificationOut)
    def get(self, call: Call) -> File:
        return file_of(get_own_qualification(call.by, year_of(call)), call)


class Material(EnterpriseApi):
    """Put a material into its slot."""

    @writes(
        "上传年度材料",
        gives=QualificationOut,
        takes=MaterialIn,
        example={"file": 12, "proof_kind": "tax"},
        description="slot：licence 营业执照，proof 完税或社保证明，declaration 声明函（E3）。",
    )
    def post(self, call: Call, slot: str) -> File:
        if slot not in SLOTS:
            raise OutOfReach(f"no slot {slot}")
        qualification = get_own_qualification(call.by, year_of(call))
        attach_material(by=call.by, at=call.at, qualification=qualification, slot=slot, **call.data)
        return file_of(get_own_qualification(call.by, year_of(call)), call)


class Declaration(EnterpriseApi):
    """The declaration to sign and stamp; it shows ID numbers in clear, and each look is recorded (F5)."""

    @downloads("下载声明函", media_types=[PDF], description="含身份证号码，每次下载均有记录。")
    def get(self, call: Call) -> HttpResponseBase:
        qualification = get_own_qualification(call.by, year_of(call))
        letter = fill_in_declaration(by=call.by, at=call.at, qualification=qualification)
        content = print_form("printing/letter.typ", letter.as_data(), at=call.at)
        return download(content, name=f"{letter.title}.pdf", content_type=PDF)


class Submit(EnterpriseApi):
    """Hand the file in, or again after a correction."""

    @writes(
        "提交年度资格",
        gives=QualificationOut,
        description="提交给承办单位核对；退回补正后再次提交（E3、E6）。",
    )
    def post(self, call: Call) -> File:
        qualification = get_own_qualification(call.by, year_of(call))
        submit_qualification(by=call.by, at=call.at, qualification=qualification)
        return file_of(get_own_qualification(call.by, year_of(call)), call)


class Rounds(EnterpriseApi):
    """Every round of the year's file."""

    @lists("核对记录", gives=RoundOut)
    def get(self, call: Call) -> QuerySet[QualificationRound]:
        return rounds_of(get_own_qualification(call.by, year_of(call)))
