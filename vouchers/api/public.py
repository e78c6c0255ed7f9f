"""Programmes, batches and published results, for every program (B1, B7, B8, G2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers

from foundation.api.fields import Choice, Out, State, YuanOut
from foundation.api.paging import PageQuery
from foundation.api.views import Call, PublicApi, downloads, lists, reads
from foundation.errors import OutOfReach
from foundation.personal_data import mask_credit_code
from foundation.regions.api import CityOut
from vouchers.announced import BatchShown, phase_of, show_batch
from vouchers.models import Allocation, Batch, Programme, ResultList
from vouchers.public_views import download_of
from vouchers.queries import announced_batches, get_batch
from vouchers.results import decided_in
from vouchers.states import BatchState, Outcome, Tier

PHASES = {
    "before": "未开始",
    "open": "正在申领",
    "closed": "已截止，待公布",
    "published": "结果已公布",
}


class ProgrammeOut(Out):
    """One city's scheme for a year (G2)."""

    id = serializers.IntegerField(source="pk")
    city = CityOut()
    year = serializers.IntegerField(help_text="年度")
    total_amount = YuanOut(help_text="发放总额（元）")
    enterprise_cap = YuanOut(help_text="每家企业年度限额（元）")
    subsidy_ratio = serializers.DecimalField(5, 4, help_text="补助比例，0.5000 为 50%")
    provider_cap = YuanOut(help_text="单个机构收券上限（元）")
    acceptance_cap = YuanOut(help_text="单个机构在本方案实际可收券上限（元，P7）")
    application_step = YuanOut(help_text="申领金额步长（元）")
    usage_days = serializers.IntegerField(help_text="使用期限（自然日）")
    service_from = serializers.DateField(help_text="服务期起")
    service_until = serializers.DateField(help_text="服务期止")
    publicity_days = serializers.IntegerField(help_text="公示期（工作日）")
    correction_days = serializers.IntegerField(help_text="补正期限（工作日）")
    waiting_list = serializers.BooleanField(help_text="是否启用递补（B9）")


class ProgrammeQuery(PageQuery):
    """Filters of programmes."""

    city = serializers.SlugField(required=False, help_text="地市拼音，例如 guangzhou")
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2099)


class Programmes(PublicApi):
    """Every programme."""

    @lists("年度方案列表", gives=ProgrammeOut, asks=ProgrammeQuery)
    def get(self, call: Call) -> QuerySet[Programme]:
        return _narrowed(Programme.objects.select_related("city"), call, "")


class BatchOut(Out):
    """A batch with its dates; nothing of a result before it is published (B7)."""

    id = serializers.IntegerField(source="pk")
    programme = serializers.IntegerField(source="programme_id", help_text="年度方案编号")
    city = CityOut(source="programme.city")
    year = serializers.IntegerField(source="programme.year")
    number = serializers.IntegerField(help_text="批次")
    amount = YuanOut(help_text="发放金额（元）")
    phase = serializers.SerializerMethodField(help_text="before、open、closed 或 published")
    phase_label = serializers.SerializerMethodField()
    opens_at = serializers.DateTimeField(help_text="申领开始")
    closes_at = serializers.DateTimeField(help_text="申领截止，该时刻仍在期限内")
    usage_ends_at = serializers.DateTimeField(help_text="下单并上传合同截止（V4）")
    valid_until = serializers.DateField(help_text="服务券有效期至（V5）")

    def get_phase(self, batch: Batch) -> str:
        call: Call = self.context["call"]
        return "published" if batch.state == BatchState.PUBLISHED else phase_of(batch, call.at)

    def get_phase_label(self, batch: Batch) -> str:
        return PHASES[self.get_phase(batch)]


class ResultListOut(Out):
    """One published list of results with its digest (B8)."""

    batch = serializers.IntegerField(source="batch_id")
    round = serializers.IntegerField(help_text="轮次：0 为排序发放，其后为递补")
    amount = YuanOut(help_text="本轮可发金额（元）")
    published_at = serializers.DateTimeField(help_text="公布时间")
    digest = serializers.CharField(help_text="下载文件的 SHA-256 摘要，可用于核对和复算（B8）")
    download = serializers.SerializerMethodField(help_text="下载地址")

    def get_download(self, found: ResultList) -> str:
        return reverse("api:result-download", args=[found.batch_id, found.round])


class BatchDetailOut(Out):
    """A batch with what was applied for and its result lists."""

    batch = BatchOut()
    demand = YuanOut(help_text="已申领合计（元）")
    left = YuanOut(help_text="尚余金额（元），不是承诺：优先档随时排在前面（B5）")
    is_full = serializers.BooleanField(help_text="普通档是否已额满停止申领（B4）")
    results_at = serializers.DateTimeField(
        allow_null=True, help_text="结果公布时间；放假安排未载入时为 null"
    )
    results = ResultListOut(many=True)


class BatchQuery(ProgrammeQuery):
    """Filters of batches."""


class Batches(PublicApi):
    """Every batch the public knows."""

    @lists("发券批次列表", gives=BatchOut, asks=BatchQuery)
    def get(self, call: Call) -> QuerySet[Batch]:
        return _narrowed(announced_batches(), call, "programme__")


@dataclass(frozen=True)
class _Detail:
    batch: Batch
    shown: BatchShown
    results: list[ResultList]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown, name)


class BatchDetail(PublicApi):
    """One batch."""

    @reads("发券批次", gives=BatchDetailOut)
    def get(self, call: Call, pk: int) -> _Detail:
        batch = get_batch(pk)
        shown = show_batch(batch, call.at)
        results = list(batch.result_lists.order_by("round")) if shown.is_published else []
        return _Detail(batch, shown, results)


class ResultOut(Out):
    """One row of a published list, the credit code partly masked (B7)."""

    rank = serializers.IntegerField(help_text="排名")
    tier = State(Tier, help_text="档次")
    application = serializers.CharField(source="application.number", help_text="申领编号")
    submitted_at = serializers.DateTimeField(source="application.submitted_at")
    credit_code = serializers.SerializerMethodField(help_text="统一社会信用代码（部分遮盖）")
    requested = YuanOut(source="application.amount", help_text="申领金额（元）")
    granted = YuanOut(help_text="获券金额（元）")
    outcome = State(Outcome, help_text="结果")
    reason = serializers.CharField(help_text="原因代码，与下载文件一致")

    def get_credit_code(self, row: Allocation) -> str:
        return mask_credit_code(row.application.enterprise.credit_code)


class ResultQuery(PageQuery):
    """Filters of a result list."""

    tier = Choice(choices=Tier.choices, required=False)
    outcome = Choice(choices=Outcome.choices, required=False)


class Results(PublicApi):
    """The rows of one round, in rank order."""

    @lists("申领结果名单", gives=ResultOut, asks=ResultQuery, by="rank")
    def get(self, call: Call, pk: int, round_number: int) -> QuerySet[Allocation]:
        found = published_list(pk, round_number)
        rows = decided_in(found)
        for name in ("tier", "outcome"):
            if value := call.data.get(name):
                rows = rows.filter(**{name: value})
        return rows.select_related("application__enterprise")


class ResultDownload(PublicApi):
    """The canonical download, byte for byte what the digest was made of (B8)."""

    @downloads(
        "下载申领结果", media_types=["text/csv"], description="与公开页面下载的文件逐字节相同。"
    )
    def get(self, call: Call, pk: int, round_number: int) -> HttpResponseBase:
        return download_of(published_list(pk, round_number))


def published_list(pk: int, round_number: int) -> ResultList:
    """A result list; there is none before publication (B7)."""
    found = (
        ResultList.objects.select_related("batch__programme__city")
        .filter(batch_id=pk, round=round_number)
        .first()
    )
    if found is None:
        raise OutOfReach(f"no results of batch {pk}")
    return found


def _narrowed(rows: QuerySet[Any], call: Call, to_programme: str) -> QuerySet[Any]:
    if city := call.data.get("city"):
        rows = rows.filter(**{f"{to_programme}city__slug": city})
    if year := call.data.get("year"):
        rows = rows.filter(**{f"{to_programme}year": year})
    return rows
