"""A provider's claims: gather orders, attach the stamped scans, submit, answer requests, follow each line (R1, R2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from foundation.accounts.models import Role
from foundation.api.fields import Choice, FileOut, In, Out, Pk, StagedFile, State, Text, YuanOut
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, downloads, lists, reads, writes
from foundation.errors import OutOfReach
from foundation.printing.answers import EXCEL, PDF, download
from foundation.regions.api import CityOut
from orders.api.orders import with_deadlines
from orders.api.shapes import OrderOut
from orders.models import Order
from redemption.models import Claim, ClaimLine
from redemption.operations.preparing import (
    ScanSlot,
    attach_scan,
    give_up_claim,
    prepare_claim,
    submit_claim,
)
from redemption.operations.reviewing import supply_more
from redemption.policies import TEXT_MAX
from redemption.preparing_pages import PAGE_SIZE as ORDERS_MAX
from redemption.printing import application_pdf, detail_pdf
from redemption.queries import (
    claimable_by_programme,
    claimable_orders,
    claims_listed_for,
    get_claim_for,
    get_line_for,
    line_sums,
    lines_with_papers,
    objections_told_to_provider,
    open_request_of,
    provider_of,
    publicity_end_shown,
)
from redemption.queries.claims import Claimable
from redemption.sheets import application_workbook, detail_workbook
from redemption.states import ClaimState, LineState, ObjectionState
from redemption.views import file_name
from vouchers.models import Programme


class ProviderApi(Api):
    """An address for provider accounts."""

    roles = frozenset({Role.PROVIDER})


# --- Gathering -------------------------------------------------------------------------------


class ClaimableOut(Out):
    """What can be claimed in one programme."""

    programme = serializers.IntegerField(source="programme.pk", help_text="年度方案编号")
    city = CityOut(source="programme.city")
    year = serializers.IntegerField(source="programme.year", help_text="年度")
    amount = YuanOut(help_text="可申请兑现金额（元）")
    count = serializers.IntegerField(help_text="订单数")


class ClaimablesOut(Out):
    """What can be claimed in each programme."""

    programmes = ClaimableOut(many=True, source="*")


class ClaimableProgrammes(ProviderApi):
    """Where something can be claimed."""

    @reads("可申请兑现的方案", gives=ClaimablesOut)
    def get(self, call: Call) -> list[Claimable]:
        return claimable_by_programme(provider_of(call.by), call.at)


class ClaimableOrders(ProviderApi):
    """The accepted orders that a claim can take."""

    @lists("可申请兑现的订单", gives=OrderOut, by="pk", rows=with_deadlines)
    def get(self, call: Call, programme_pk: int) -> QuerySet[Order]:
        programme = get_object_or_404(Programme.objects.select_related("city"), pk=programme_pk)
        return claimable_orders(provider_of(call.by), programme, call.at)


class PrepareIn(In):
    """Which accepted orders go into a claim."""

    programme = Pk(help_text="年度方案编号")
    orders = serializers.ListField(
        child=Pk(), min_length=1, max_length=ORDERS_MAX, help_text="已收券订单的编号"
    )


class ClaimOut(Out):
    """A claim in the list."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text="编号")
    programme = serializers.IntegerField(source="programme_id", help_text="年度方案编号")
    state = State(ClaimState, help_text="状态")
    line_count = serializers.IntegerField(help_text="明细数")
    total = YuanOut(help_text="申请兑现金额（元）")
    prepared_at = serializers.DateTimeField(help_text="创建时间")
    submitted_at = serializers.DateTimeField(allow_null=True, help_text="提交时间")
    settled_at = serializers.DateTimeField(allow_null=True, help_text="办结时间")


class ToldObjectionOut(Out):
    """An objection as the provider is told of it (R4)."""

    line = serializers.IntegerField(source="line_id", help_text="明细编号")
    state = State(ObjectionState, help_text="状态")
    filed_at = serializers.DateTimeField(help_text="提出时间")
    answer = serializers.CharField(help_text="答复；未答复为空")


class PaidOut(Out):
    """A payment made outside the portal (R5)."""

    amount = YuanOut(help_text="拨付金额（元）")
    paid_on = serializers.DateField(help_text="拨付日期")


class SumsOut(Out):
    """What the lines add up to, yuan."""

    claimed = YuanOut(help_text="申请（元）")
    passed = YuanOut(help_text="通过（元）")
    disallowed = YuanOut(help_text="不予兑现（元）")
    settled = YuanOut(help_text="已兑现（元）")


class ClaimDetailOut(ClaimOut):
    """A claim with its papers, sums and what became of it."""

    form_scan = FileOut(allow_null=True, help_text="兑现申请表扫描件")
    detail_scan = FileOut(allow_null=True, help_text="明细汇总表扫描件")
    sums = SumsOut()
    publicity_ends_at = serializers.DateTimeField(allow_null=True, help_text="公示截止")
    objections = ToldObjectionOut(many=True)
    payments = PaidOut(many=True, source="settlements.all")


OBJECTIONS_SHOWN = 50


def detailed(call: Call, pk: int) -> Any:
    """The claim as its provider is shown it; OutOfReach beyond."""
    get_claim_for(call.by, pk)
    claim: Any = (
        claims_listed_for(call.user)
        .select_related("programme__city", "provider", "publicity", "form_scan", "detail_scan")
        .get(pk=pk)
    )
    claim.sums = line_sums(claim)
    claim.objections = objections_told_to_provider(claim)[:OBJECTIONS_SHOWN]
    claim.publicity_ends_at = publicity_end_shown(claim.publicity) if claim.publicity else None
    return claim


class ClaimQuery(PageQuery):
    """Filters of claims."""

    state = Choice(choices=ClaimState.choices, required=False, help_text="状态")


class Claims(ProviderApi):
    """The provider's claims, newest first."""

    @lists("我的兑现申请", gives=ClaimOut, asks=ClaimQuery)
    def get(self, call: Call) -> QuerySet[Claim]:
        found = claims_listed_for(call.user)
        state = call.data.get("state")
        return found.filter(state=state) if state else found

    @writes(
        "建立兑现申请",
        gives=ClaimDetailOut,
        takes=PrepareIn,
        status=201,
        example={"programme": 1, "orders": [17, 18]},
        description="一个订单只能在一个有效的兑现申请中（R1）。",
    )
    def post(self, call: Call) -> Any:
        programme = Programme.objects.filter(pk=call.data["programme"]).first()
        if programme is None:
            raise ValidationError({"programme": ["没有这个年度方案，请核对编号。"]})
        claim = prepare_claim(
            by=call.by, at=call.at, programme=programme, order_pks=call.data["orders"]
        )
        return detailed(call, claim.pk)


# --- One claim -------------------------------------------------------------------------------


class ClaimDetail(ProviderApi):
    """One claim."""

    @reads("兑现申请", gives=ClaimDetailOut)
    def get(self, call: Call, pk: int) -> Any:
        return detailed(call, pk)


class LineOut(Out):
    """A line of a claim."""

    id = serializers.IntegerField(source="pk")
    order = serializers.IntegerField(source="order_id", help_text="订单编号")
    enterprise = serializers.CharField(source="order.profile.name", help_text="企业")
    product = serializers.CharField(source="order.product_version.name", help_text="服务产品")
    amount = YuanOut(help_text="申请兑现金额（元）")
    state = State(LineState, help_text="状态")
    reason = serializers.CharField(help_text="不予兑现或要求补充的原因")
    under_objection = serializers.BooleanField(help_text="是否在复核中")


class ClaimLines(ProviderApi):
    """The lines of one claim."""

    @lists("兑现明细", gives=LineOut, by="pk")
    def get(self, call: Call, pk: int) -> QuerySet[ClaimLine]:
        return lines_with_papers(get_claim_for(call.by, pk))


class ScanIn(In):
    """One stamped scan."""

    file = StagedFile()


class Scan(ProviderApi):
    """Attach one of the two stamped scans."""

    @writes(
        "上传盖章扫描件",
        gives=ClaimDetailOut,
        takes=ScanIn,
        example={"file": 12},
        description="slot：form 为兑现申请表，detail 为使用情况明细汇总表（R1）。",
    )
    def post(self, call: Call, pk: int, slot: str) -> Any:
        if slot not in ScanSlot.values:
            raise OutOfReach(f"no slot {slot}")
        claim = get_claim_for(call.by, pk)
        attach_scan(by=call.by, at=call.at, claim=claim, slot=slot, **call.data)
        return detailed(call, pk)


class SubmitClaim(ProviderApi):
    """Hand the claim to the contractor."""

    @writes("提交兑现申请", gives=ClaimDetailOut)
    def post(self, call: Call, pk: int) -> Any:
        submit_claim(by=call.by, at=call.at, claim=get_claim_for(call.by, pk))
        return detailed(call, pk)


class GiveUpClaim(ProviderApi):
    """Take a draft back."""

    @writes(
        "撤回兑现申请", gives=ClaimDetailOut, description="提交前可撤回，订单可重新申请（R1）。"
    )
    def post(self, call: Call, pk: int) -> Any:
        give_up_claim(by=call.by, at=call.at, claim=get_claim_for(call.by, pk))
        return detailed(call, pk)


class SupplyIn(In):
    """The answer to a request for more (R2)."""

    answer = Text(TEXT_MAX, help_text="补充说明")
    file = StagedFile(required=False)


class RequestOut(Out):
    """What first review asks about a line."""

    line = serializers.IntegerField(help_text="明细编号")
    open = serializers.BooleanField(help_text="是否有待补充的要求")
    asked = serializers.CharField(help_text="需要补充的内容；没有为空")


class Supply(ProviderApi):
    """Answer what first review asks about one line."""

    @reads("补充材料的要求", gives=RequestOut)
    def get(self, call: Call, pk: int) -> dict[str, Any]:
        return self._asked(call, pk)

    @writes(
        "补充材料",
        gives=RequestOut,
        takes=SupplyIn,
        example={"answer": "已补充加盖公章的验收单。", "file": 12},
        description="全部明细补充后自动回到初审（R2）。",
    )
    def post(self, call: Call, pk: int) -> dict[str, Any]:
        supply_more(by=call.by, at=call.at, line=get_line_for(call.by, pk), **call.data)
        return self._asked(call, pk)

    @staticmethod
    def _asked(call: Call, pk: int) -> dict[str, Any]:
        asked = open_request_of(get_line_for(call.by, pk))
        return {"line": pk, "open": asked is not None, "asked": asked.reason if asked else ""}


def paper(
    summary: str, slot: ScanSlot, media_type: str, make: Callable[[Claim, Call], bytes]
) -> type[Api]:
    """The view of one of the papers that are printed, stamped and scanned."""
    ending = "pdf" if media_type == PDF else "xlsx"
    kinds: Sequence[str] = [media_type]

    class Paper(ProviderApi):
        @downloads(summary, media_types=kinds)
        def get(self, call: Call, pk: int) -> HttpResponseBase:
            claim = get_claim_for(call.by, pk)
            name = file_name(claim, slot, ending)
            return download(make(claim, call), name=name, content_type=media_type)

    return Paper


FormPdf = paper(
    "下载兑现申请表（PDF）",
    ScanSlot.FORM,
    PDF,
    lambda claim, call: application_pdf(claim, at=call.at),
)
DetailPdf = paper(
    "下载明细汇总表（PDF）", ScanSlot.DETAIL, PDF, lambda claim, call: detail_pdf(claim, at=call.at)
)
FormWorkbook = paper(
    "下载兑现申请表（Excel）", ScanSlot.FORM, EXCEL, lambda claim, call: application_workbook(claim)
)
DetailWorkbook = paper(
    "下载明细汇总表（Excel）", ScanSlot.DETAIL, EXCEL, lambda claim, call: detail_workbook(claim)
)
