"""An enterprise's applications and vouchers (B2–B4, B9, E5, V1–V3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework import serializers

from enterprises.policies import Condition
from enterprises.queries import eligibility, get_own_enterprise
from foundation.accounts.models import Role
from foundation.api.fields import In, Out, State, YuanIn, YuanOut
from foundation.api.throttling import APPLIES
from foundation.api.views import Api, Call, downloads, lists, reads, writes
from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.printing.answers import PDF, download
from vouchers import policies
from vouchers.models import Application, Batch, LedgerEntry, Programme, Voucher
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.reclaiming import return_voucher
from vouchers.outcomes import explained_results, place_in_waiting_list
from vouchers.printing import receipt_pdf
from vouchers.queries import (
    applications_visible_to,
    get_application_for,
    get_batch,
    get_voucher_for,
    results_shown_at,
    usable_balance,
    vouchers_visible_to,
)
from vouchers.states import ApplicationState, BatchState, EntryKind, Outcome, Tier
from vouchers.wallet import Allowance, allowance_of


class EnterpriseApi(Api):
    """An address for enterprise accounts."""

    roles = frozenset({Role.ENTERPRISE})


# --- Applying --------------------------------------------------------------------------------


class ConditionOut(Out):
    """A condition, met or not, with what to do about it."""

    label = serializers.CharField(help_text="条件")
    met = serializers.BooleanField(help_text="是否符合")
    remedy = serializers.CharField(help_text="不符合时怎么办")


class AllowanceOut(Out):
    """The yearly cap and what counts against it (B3)."""

    cap = YuanOut(help_text="年度限额（元）")
    applied = YuanOut(help_text="申领中（元）")
    received = YuanOut(help_text="已获券（元）")
    returned = YuanOut(help_text="主动退回（元）")
    left = YuanOut(help_text="还可申领（元）")


class EligibilityOut(Out):
    """Whether the enterprise may apply for a batch now, condition by condition (B2, B3, E5)."""

    may_apply = serializers.BooleanField(help_text="现在能否申领（额满除外，以提交时为准）")
    closed_reason = serializers.CharField(help_text="批次不能申领的原因；可以申领时为空")
    conditions = ConditionOut(many=True)
    allowance = AllowanceOut()
    step = YuanOut(help_text="金额步长（元）")


@dataclass(frozen=True)
class _Eligibility:
    closed_reason: str
    conditions: list[Condition]
    allowance: Allowance
    step: Decimal

    @property
    def may_apply(self) -> bool:
        met = all(one.met for one in self.conditions)
        return met and not self.closed_reason and self.allowance.left >= self.step


class Eligibility(EnterpriseApi):
    """What stands for and against an application."""

    @reads("申领资格", gives=EligibilityOut, description="逐项列出申领条件、额度和批次状态。")
    def get(self, call: Call, batch_pk: int) -> _Eligibility:
        batch = get_batch(batch_pk)
        enterprise = get_own_enterprise(call.by)
        programme: Programme = batch.programme
        if enterprise.city_id != programme.city_id:
            raise OutOfReach("G3: another city's batch")
        return _Eligibility(
            why_not(policies.require_open, batch=batch, at=call.at),
            eligibility(enterprise, city_id=programme.city_id, year=programme.year, at=call.at),
            allowance_of(enterprise.pk, programme),
            programme.application_step,
        )


class ExplainedOut(Out):
    """What was decided about an application in one round, with why (B6, B9)."""

    round = serializers.IntegerField(source="allocation.round", help_text="轮次")
    rank = serializers.IntegerField(source="allocation.rank", help_text="排名")
    tier = State(Tier, source="allocation.tier", help_text="档次")
    granted = YuanOut(source="allocation.granted", help_text="获券金额（元）")
    outcome = State(Outcome, source="allocation.outcome", help_text="结果")
    why = serializers.CharField(help_text="原因")


class ApplicationOut(Out):
    """An application."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text="申领编号")
    batch = serializers.IntegerField(source="batch_id", help_text="批次编号")
    amount = YuanOut(help_text="申领金额（元）")
    state = State(ApplicationState, help_text="状态")
    submitted_at = serializers.DateTimeField(help_text="提交时间")
    withdrawn_at = serializers.DateTimeField(allow_null=True, help_text="撤回时间")


class ApplicationDetailOut(Out):
    """An application with its result, once that is public (B7)."""

    application = ApplicationOut()
    results_at = serializers.DateTimeField(allow_null=True, help_text="结果公布时间；未知时为 null")
    results = ExplainedOut(many=True, help_text="各轮结果；公布前为空")
    waiting_place = serializers.IntegerField(
        allow_null=True, help_text="递补序位；不在递补中为 null"
    )


@dataclass(frozen=True)
class _Application:
    application: Application
    results_at: datetime | None
    results: list[Any]
    waiting_place: int | None


class Applications(EnterpriseApi):
    """The enterprise's applications, newest first."""

    @lists("我的申领", gives=ApplicationOut)
    def get(self, call: Call) -> QuerySet[Application]:
        return applications_visible_to(call.user)


class ApplyIn(In):
    """For how much."""

    amount = YuanIn(help_text="申领金额，整数元，须为步长的整数倍")


class Apply(EnterpriseApi):
    """Put oneself in line for a batch."""

    rate = APPLIES

    @writes(
        "提交申领",
        gives=ApplicationOut,
        takes=ApplyIn,
        status=201,
        example={"amount": "20000"},
        description="批次开放期间申领一次；先后以平台收到的次序为准（B5）。额满、不符合条件或超过额度的，答复 422 并列明规则。",
    )
    def post(self, call: Call, batch_pk: int) -> Application:
        return submit_application(by=call.by, at=call.at, batch_pk=batch_pk, **call.data)


class ApplicationDetail(EnterpriseApi):
    """One application."""

    @reads("申领及结果", gives=ApplicationDetailOut)
    def get(self, call: Call, pk: int) -> _Application:
        application = get_application_for(call.by, pk)
        batch: Batch = application.batch
        is_shown = batch.state == BatchState.PUBLISHED and application.withdrawn_at is None
        return _Application(
            application,
            results_shown_at(batch),
            explained_results(application) if is_shown else [],
            place_in_waiting_list(application, call.at) if is_shown else None,
        )


class ApplicationReceipt(EnterpriseApi):
    """The receipt of an application."""

    @downloads("下载申领回执", media_types=[PDF])
    def get(self, call: Call, pk: int) -> HttpResponseBase:
        application = get_application_for(call.by, pk)
        content = receipt_pdf(application, at=call.at)
        name = f"服务券申领回执 {application.number}.pdf"
        return download(content, name=name, content_type=PDF)


class Withdraw(EnterpriseApi):
    """Leave the line while the batch is open."""

    @writes(
        "撤回申领",
        gives=ApplicationOut,
        description="批次开放期间可撤回，额度立即释放；再次申领重新排队（B4）。",
    )
    def post(self, call: Call, pk: int) -> Application:
        application = get_application_for(call.by, pk)
        return withdraw_application(by=call.by, at=call.at, application=application)


# --- Vouchers --------------------------------------------------------------------------------


class VoucherOut(Out):
    """A voucher; every yuan of its amount is in exactly one place (V2)."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text="券号")
    batch = serializers.IntegerField(source="batch_id", help_text="批次编号")
    issued_at = serializers.DateTimeField(help_text="发放时间")
    amount = YuanOut(help_text="面额（元）")
    free = YuanOut(help_text="未用（元）")
    usable = serializers.SerializerMethodField(
        help_text="现在可下单金额（元）；使用期限过后为 0.00"
    )
    reserved = YuanOut(help_text="下单预留（元）")
    paid = YuanOut(help_text="已支付（元）")
    settled = YuanOut(help_text="已兑现（元）")
    disallowed = YuanOut(help_text="不予兑现（元）")
    returned = YuanOut(help_text="主动退回（元）")
    reclaimed = YuanOut(help_text="系统收回（元）")
    usage_ends_at = serializers.DateTimeField(
        source="batch.usage_ends_at", help_text="下单并上传合同截止（V4）"
    )
    expires_at = serializers.DateTimeField(source="batch.expires_at", help_text="支付截止（V5）")

    def get_usable(self, voucher: Voucher) -> str:
        call: Call = self.context["call"]
        return str(usable_balance(voucher, call.at))


class Vouchers(EnterpriseApi):
    """The enterprise's vouchers, newest first."""

    @lists("我的服务券", gives=VoucherOut)
    def get(self, call: Call) -> QuerySet[Voucher]:
        return vouchers_visible_to(call.user)


class VoucherDetail(EnterpriseApi):
    """One voucher."""

    @reads("服务券", gives=VoucherOut)
    def get(self, call: Call, pk: int) -> Voucher:
        return get_voucher_for(call.by, pk)


class EntryOut(Out):
    """One movement of a voucher's money."""

    id = serializers.IntegerField(source="pk")
    kind = State(EntryKind, help_text="类别")
    amount = YuanOut(help_text="金额（元）")
    at = serializers.DateTimeField(help_text="时间")
    provider = serializers.SerializerMethodField(help_text="服务机构；没有为空")
    reference = serializers.CharField(help_text="事由，例如 order:17")

    def get_provider(self, entry: LedgerEntry) -> str:
        return str(entry.provider or "")


class VoucherLedger(EnterpriseApi):
    """A voucher's ledger, newest first."""

    @lists("服务券台账", gives=EntryOut)
    def get(self, call: Call, pk: int) -> QuerySet[LedgerEntry]:
        return get_voucher_for(call.by, pk).entries.select_related("provider")


class ReturnIn(In):
    """How much is given back."""

    amount = YuanIn(help_text="退回金额（元），不超过未用余额")


class Return(EnterpriseApi):
    """Give free balance back."""

    @writes(
        "主动退回",
        gives=VoucherOut,
        takes=ReturnIn,
        example={"amount": "5000.00"},
        description="收回之前可随时退回未用余额，退回金额不占用年度额度，不能撤销（V3、B3）。",
    )
    def post(self, call: Call, pk: int) -> Voucher:
        voucher = get_voucher_for(call.by, pk)
        return return_voucher(by=call.by, at=call.at, voucher=voucher, **call.data)
