"""Settlement, publicity, objections, opinions and reports by the API (R2, R4–R6)."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from foundation.accounts.models import Role
from foundation.api.fields import (
    Choice,
    FileOut,
    In,
    Out,
    Pk,
    StagedFile,
    State,
    Text,
    Yes,
    YuanOut,
)
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, downloads, lists, reads, writes
from foundation.errors import OutOfReach
from foundation.printing.answers import EXCEL, PDF, download
from redemption.api.public import PublicityOut
from redemption.archive import archive_name
from redemption.models import Claim, ExpertOpinion, Objection, PublicityList, Settlement
from redemption.operations.advising import give_opinion
from redemption.operations.archiving import hand_over_archive, hand_over_report
from redemption.operations.objecting import answer_objection, reveal_contact
from redemption.operations.publishing import publish_claims
from redemption.operations.settling import record_settlement
from redemption.policies import REASON_MAX, RECEIPT_NUMBER_MAX, TEXT_MAX
from redemption.queries import (
    claims_listed_for,
    get_claim_for,
    get_reported_programme_for,
    objections_visible_to,
    opinions_visible_to,
    programmes_reported_by,
    publicity_end_shown,
    settlements_visible_to,
)
from redemption.states import ClaimState, ObjectionState

STAFF = frozenset({Role.CONTRACTOR, Role.BUREAU})
CONTRACTOR, BUREAU, EXPERT = (
    frozenset({Role.CONTRACTOR}),
    frozenset({Role.BUREAU}),
    frozenset({Role.EXPERT}),
)
LINES_MAX = 200
CLAIMS_MAX = 100
ZIP = "application/zip"


# --- Settlement (R5) -------------------------------------------------------------------------


class TransferRecordOut(Out):
    """A payment made outside the portal."""

    id = serializers.IntegerField(source="pk")
    claim = serializers.IntegerField(source="claim_id", help_text="兑现申请编号")
    amount = YuanOut(help_text="拨付金额（元）")
    paid_on = serializers.DateField(help_text="拨付日期")
    receipt_number = serializers.CharField(help_text="银行回单号")
    recorded_at = serializers.DateTimeField(help_text="登记时间")


class Settlements(Api):
    """The payments of the city, newest first."""

    roles = STAFF

    @lists("拨付列表", gives=TransferRecordOut)
    def get(self, call: Call) -> QuerySet[Settlement]:
        return settlements_visible_to(call.user)


class SettleIn(In):
    """Which lines were paid, and the bank's receipt."""

    line_pks = serializers.ListField(
        child=Pk(), min_length=1, max_length=LINES_MAX, help_text="本次拨付的明细编号"
    )
    paid_on = serializers.DateField(help_text="拨付日期")
    receipt_number = Text(RECEIPT_NUMBER_MAX, help_text="银行回单号")
    receipt_file = StagedFile()


class Settle(Api):
    """Record that passed lines of a published claim were paid."""

    roles = CONTRACTOR

    @writes(
        "登记拨付",
        gives=TransferRecordOut,
        takes=SettleIn,
        status=201,
        sensitive=True,
        example={
            "line_pks": [3, 4],
            "paid_on": "2020-09-29",
            "receipt_number": "2020092900001",
            "receipt_file": 40,
        },
        description="公示期满后登记；复核中的明细不能拨付，审定人不能登记（R3、R4、R5）。",
    )
    def post(self, call: Call, pk: int) -> Settlement:
        claim = get_claim_for(call.by, pk)
        return record_settlement(by=call.by, at=call.at, claim=claim, **call.data)


# --- Publicity and objections (R4) -----------------------------------------------------------


class PublishIn(In):
    """Which approved claims go on a public list."""

    programme = Pk(help_text="年度方案编号")
    claims = serializers.ListField(
        child=Pk(), min_length=1, max_length=CLAIMS_MAX, help_text="已审定的兑现申请编号"
    )


class Publish(Api):
    """Put approved claims of one programme on a public list."""

    roles = BUREAU

    @writes(
        "公示已审定的兑现申请",
        gives=PublicityOut,
        takes=PublishIn,
        status=201,
        example={"programme": 1, "claims": [5, 6]},
    )
    def post(self, call: Call) -> PublicityList:
        said = call.data
        programme = programmes_reported_by(call.user).filter(pk=said["programme"]).first()
        if programme is None:
            raise ValidationError({"programme": ["没有这个年度方案，请核对编号。"]})
        approved = claims_listed_for(call.user).filter(state=ClaimState.APPROVED)
        claims = list(approved.filter(pk__in=said["claims"]))
        if len(claims) != len(set(said["claims"])):
            raise ValidationError({"claims": ["有的申请不存在或不是已审定待公示的，请核对编号。"]})
        made: Any = publish_claims(by=call.by, at=call.at, programme=programme, claims=claims)
        made.ends_at = publicity_end_shown(made)
        return made  # type: ignore[no-any-return]


class ObjectionOut(Out):
    """An objection; how to reach the objector is shown on request only (F5)."""

    id = serializers.IntegerField(source="pk")
    line = serializers.IntegerField(source="line_id", help_text="明细编号")
    name = serializers.CharField(help_text="姓名或单位")
    statement = serializers.CharField(help_text="异议内容")
    evidence = FileOut(many=True, source="evidence.all", help_text="证据材料")
    state = State(ObjectionState, help_text="状态")
    filed_at = serializers.DateTimeField(help_text="提出时间")
    answer = serializers.CharField(help_text="答复")
    answered_at = serializers.DateTimeField(allow_null=True, help_text="答复时间")


class ObjectionQuery(PageQuery):
    """Filters of objections."""

    state = Choice(choices=ObjectionState.choices, required=False, help_text="状态")


class Objections(Api):
    """The objections of the city, newest first."""

    roles = STAFF

    @lists("复核申请列表", gives=ObjectionOut, asks=ObjectionQuery)
    def get(self, call: Call) -> QuerySet[Objection]:
        found = objections_visible_to(call.user).prefetch_related("evidence")
        state = call.data.get("state")
        return found.filter(state=state) if state else found


def _objection(call: Call, pk: int) -> Objection:
    found = objections_visible_to(call.user).filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"objection {pk}")
    return found


class AnswerIn(In):
    """The bureau's answer."""

    uphold = Yes(help_text="true 为异议成立，该明细不予兑现")
    answer = Text(TEXT_MAX, help_text="答复，申请人凭回执号可见")


class AnswerObjection(Api):
    """Answer an objection."""

    roles = BUREAU

    @writes(
        "答复复核申请",
        gives=ObjectionOut,
        takes=AnswerIn,
        example={"uphold": False, "answer": "经核实，材料真实有效。"},
    )
    def post(self, call: Call, pk: int) -> Objection:
        answer_objection(by=call.by, at=call.at, objection=_objection(call, pk), **call.data)
        return _objection(call, pk)


class ContactIn(In):
    """Why the objector is to be reached."""

    reason = Text(REASON_MAX, help_text="查看原因，将被记录")


class ContactOut(Out):
    """How to reach the objector, in clear, this once."""

    contact = serializers.CharField(help_text="联系方式")


class ObjectionContact(Api):
    """How to reach the objector; each look is recorded."""

    roles = STAFF

    @writes(
        "查看复核申请人联系方式",
        gives=ContactOut,
        takes=ContactIn,
        sensitive=True,
        repeats=False,
        example={"reason": "核实异议内容"},
    )
    def post(self, call: Call, pk: int) -> dict[str, str]:
        objection = _objection(call, pk)
        return {"contact": reveal_contact(by=call.by, at=call.at, objection=objection, **call.data)}


# --- Opinions (R2) ---------------------------------------------------------------------------


class OpinionOut(Out):
    """An expert's assignment, and the opinion once given."""

    id = serializers.IntegerField(source="pk")
    claim = serializers.IntegerField(source="claim_id", help_text="兑现申请编号")
    assigned_at = serializers.DateTimeField(help_text="分派时间")
    advice = serializers.CharField(help_text="意见代码；未提交为空")
    text = serializers.CharField(help_text="意见说明")
    given_at = serializers.DateTimeField(allow_null=True, help_text="提交时间")


class Opinions(Api):
    """An expert's own assignments, or those of the city."""

    roles = STAFF | EXPERT

    @lists("专家意见列表", gives=OpinionOut)
    def get(self, call: Call) -> QuerySet[ExpertOpinion]:
        return opinions_visible_to(call.user)


class OpinionIn(In):
    """An opinion."""

    advice = Choice(choices=ExpertOpinion.Advice.choices, help_text="意见")
    text = Text(TEXT_MAX, help_text="意见说明")


class GiveOpinion(Api):
    """Give an opinion on a claim assigned to oneself."""

    roles = EXPERT

    @writes(
        "提交专家意见",
        gives=OpinionOut,
        takes=OpinionIn,
        example={"advice": "support", "text": "材料齐全，建议通过。"},
    )
    def post(self, call: Call, pk: int) -> ExpertOpinion:
        opinion = opinions_visible_to(call.user).filter(pk=pk).first()
        if opinion is None:
            raise OutOfReach(f"opinion {pk}")
        return give_opinion(by=call.by, at=call.at, opinion=opinion, **call.data)


# --- Reports (R6) ----------------------------------------------------------------------------


class ReportedOut(Out):
    """A programme whose report can be downloaded."""

    id = serializers.IntegerField(source="pk", help_text="年度方案编号")
    title = serializers.SerializerMethodField(help_text="名称")

    def get_title(self, programme: Any) -> str:
        return str(programme)


class ReportedProgrammesOut(Out):
    """The programmes of the city."""

    programmes = ReportedOut(many=True, source="*")


class Reports(Api):
    """Of which programmes there is a report."""

    roles = STAFF

    @reads("可下载报告的方案", gives=ReportedProgrammesOut)
    def get(self, call: Call) -> list[Any]:
        return list(programmes_reported_by(call.user))


class Report(Api):
    """The report to the province as Excel; kept in the audit trail."""

    roles = STAFF

    @downloads("下载兑现结果报告（Excel）", media_types=[EXCEL], description="下载有记录（R6）。")
    def get(self, call: Call, pk: int) -> HttpResponseBase:
        return _report(call, pk, printed=False)


class PrintedReport(Api):
    """The same as PDF."""

    roles = STAFF

    @downloads("下载兑现结果报告（PDF）", media_types=[PDF], description="下载有记录（R6）。")
    def get(self, call: Call, pk: int) -> HttpResponseBase:
        return _report(call, pk, printed=True)


def _report(call: Call, pk: int, *, printed: bool) -> HttpResponseBase:
    programme = get_reported_programme_for(call.by, pk)
    content = hand_over_report(by=call.by, at=call.at, programme=programme, printed=printed)
    kind, ending = (PDF, "pdf") if printed else (EXCEL, "xlsx")
    return download(content, name=f"{programme}兑现结果.{ending}", content_type=kind)


class Archive(Api):
    """All materials of a claim as one archive; kept in the audit trail."""

    roles = STAFF

    @downloads(
        "下载兑现申请档案", media_types=[ZIP], description="含清单和每个文件的 SHA-256（R6）。"
    )
    def get(self, call: Call, pk: int) -> HttpResponseBase:
        claim: Claim = get_claim_for(call.by, pk)
        target = TemporaryFile()  # noqa: SIM115 -- the response closes it
        try:
            hand_over_archive(by=call.by, at=call.at, claim=claim, target=target)
        except Exception:
            target.close()
            raise
        target.seek(0)
        return FileResponse(
            target, as_attachment=True, filename=archive_name(claim), content_type=ZIP
        )
