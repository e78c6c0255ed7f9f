"""The shapes of a provider and of its products' versions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from foundation.api.fields import (
    Choice,
    FileOut,
    In,
    Out,
    StagedFile,
    State,
    Text,
    Yes,
    YuanIn,
    YuanOut,
)
from foundation.personal_data import mask_mobile
from foundation.regions.api import CityOut
from foundation.regions.models import City
from providers.models import (
    SETS_MAX,
    Category,
    DeliveryKind,
    EvidenceKind,
    PriceBasis,
    PriceKind,
    ProductVersion,
    Provider,
)
from providers.policies.products import NAME_MAX, TEXT_MAX, TIER_TEXT_MAX, TIERS_MAX
from providers.queries import evidence_of
from providers.service_catalogue import TARGET_INDUSTRIES, TARGET_SIZES
from providers.states import ProductState, ProviderState

COMPARISONS_MAX = 10
CITIES_MAX = 30
REASON_MAX = 300


class OwnProviderOut(Out):
    """The account's institution; personal data masked (F5)."""

    id = serializers.IntegerField(source="provider.pk")
    name = serializers.CharField(source="provider.name", help_text="机构名称")
    credit_code = serializers.CharField(source="provider.credit_code")
    city = CityOut(source="provider.city")
    state = State(ProviderState, source="provider.state", help_text="状态")
    contact = serializers.CharField(source="provider.contact", help_text="联系人")
    contact_mobile = serializers.SerializerMethodField(help_text="联系人手机（已遮盖）")
    service_types = serializers.ListField(
        child=serializers.CharField(),
        source="provider.accreditation.service_types",
        help_text="被认定的服务类型",
    )
    faults = serializers.ListField(
        child=serializers.CharField(), help_text="现在不能提供服务的原因；正常为空"
    )

    def get_contact_mobile(self, found: Any) -> str:
        provider: Provider = found.provider
        return mask_mobile(provider.contact_mobile)


class TierIn(In):
    """What one price of a range buys."""

    price = YuanIn(help_text="价格（元）")
    buys = Text(TIER_TEXT_MAX, help_text="服务内容")


class ComparisonIn(In):
    """What another asks for the same."""

    provider = Text(120, help_text="机构名称")
    price = YuanIn(help_text="价格（元）")


class BasisIn(In):
    """What the price rests on; only what belongs to the chosen basis is kept (P5)."""

    issuer = Text(200, required=False, allow_blank=True, help_text="指导价：发布单位")
    document_number = Text(200, required=False, allow_blank=True, help_text="指导价：文件名及文号")
    comparisons = ComparisonIn(many=True, required=False, max_length=COMPARISONS_MAX)  # type: ignore[call-arg]
    cost = YuanIn(required=False, help_text="自定价：成本（元）")
    profit = YuanIn(required=False, help_text="自定价：利润（元）")
    tax = YuanIn(required=False, help_text="自定价：纳税（元）")


class CitiesIn(serializers.ListField):
    """Cities by their pinyin."""

    child = Text(20)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": CITIES_MAX, **kwargs})

    def run_validation(self, data: Any = empty) -> Any:
        slugs = super().run_validation(data)
        found = list(City.objects.filter(slug__in=slugs))
        if len(found) != len(set(slugs)):
            raise serializers.ValidationError("有的地市不存在，请用“地市列表”中的拼音。")
        return found


def _words(choices: Any, help_text: str) -> serializers.ListField:
    return serializers.ListField(
        child=Choice(choices=choices), required=False, max_length=len(choices), help_text=help_text
    )


class DraftIn(In):
    """What a product says; what is left out stays as it is (P5)."""

    name = Text(NAME_MAX, required=False, help_text="产品名称")
    service_type = Text(40, required=False, help_text="服务类型，须为被认定的类型")
    cities = CitiesIn(required=False, help_text="服务区域（地市拼音）")
    target_sizes = _words(list(TARGET_SIZES.items()), "服务对象规模；空为不限")
    target_industries = _words(list(TARGET_INDUSTRIES.items()), "服务对象行业；空为不限")
    overview = Text(TEXT_MAX, required=False, allow_blank=True, help_text="服务概述")
    process = Text(TEXT_MAX, required=False, allow_blank=True, help_text="服务流程")
    cycle = Text(120, required=False, allow_blank=True, help_text="服务周期")
    results = Text(TEXT_MAX, required=False, allow_blank=True, help_text="服务成果")
    acceptance = Text(TEXT_MAX, required=False, allow_blank=True, help_text="验收标准")
    has_sub_products = Yes(required=False, help_text="是否包含多个子产品")
    price_kind = Choice(choices=PriceKind.choices, required=False, help_text="价格形式")
    price_min = YuanIn(required=False, help_text="价格（元）；区间价为最低价")
    price_max = YuanIn(required=False, allow_null=True, help_text="最高价格（元）；固定价为 null")
    tiers = TierIn(many=True, required=False, max_length=TIERS_MAX)  # type: ignore[call-arg]
    price_basis = Choice(choices=PriceBasis.choices, required=False, help_text="收费标准的依据")
    basis = BasisIn(required=False)
    delivery_kind = Choice(choices=DeliveryKind.choices, required=False, help_text="服务的种类")


class NewDraftIn(In):
    """The little with which a new product begins."""

    name = Text(NAME_MAX, help_text="产品名称")
    service_type = Text(40, help_text="服务类型，须为被认定的类型")
    delivery_kind = Choice(choices=DeliveryKind.choices, help_text="服务的种类")
    price_kind = Choice(choices=PriceKind.choices, help_text="价格形式")
    price_min = YuanIn(help_text="价格（元）；区间价为最低价")
    price_max = YuanIn(required=False, allow_null=True, help_text="最高价格（元）；区间价必填")
    price_basis = Choice(choices=PriceBasis.choices, help_text="收费标准的依据")
    cities = CitiesIn(help_text="服务区域（地市拼音）")


class EvidenceIn(In):
    """A file that proves something (P5)."""

    kind = Choice(choices=EvidenceKind.choices, help_text="材料类别")
    set_number = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=SETS_MAX,
        help_text="历史合同、发票、成果为第几套（1 至 5），其他为 0",
    )
    file = StagedFile()


class WithdrawIn(In):
    """Why a product is taken off sale."""

    reason = Text(REASON_MAX, required=False, allow_blank=True, default="", help_text="原因")


class TierOut(Out):
    """What one price of a range buys."""

    id = serializers.IntegerField(source="pk", help_text="价格档编号，下单时用")
    price = YuanOut(help_text="价格（元）")
    buys = serializers.CharField(help_text="服务内容")


class EvidenceOut(Out):
    """A file of a version."""

    id = serializers.IntegerField(source="pk")
    kind = State(EvidenceKind, help_text="材料类别")
    set_number = serializers.IntegerField(help_text="第几套")
    file = FileOut(source="document")


class VersionOut(Out):
    """A version in full."""

    product = serializers.IntegerField(source="product_id", help_text="产品编号")
    version = serializers.IntegerField(help_text="第几版")
    id = serializers.IntegerField(source="pk", help_text="版本编号")
    state = State(ProductState, help_text="状态")
    name = serializers.CharField(help_text="产品名称")
    category = State(Category, help_text="类别")
    service_type = serializers.CharField(help_text="服务类型")
    cities = serializers.SerializerMethodField(help_text="服务区域（地市拼音）")
    target_sizes = serializers.ListField(child=serializers.CharField())
    target_industries = serializers.ListField(child=serializers.CharField())
    overview = serializers.CharField()
    process = serializers.CharField()
    cycle = serializers.CharField()
    results = serializers.CharField()
    acceptance = serializers.CharField()
    has_sub_products = serializers.BooleanField()
    price_kind = serializers.CharField()
    price_min = YuanOut()
    price_max = YuanOut()
    tiers = TierOut(many=True, source="tiers.all")
    price_basis = serializers.CharField()
    basis = serializers.DictField(help_text="定价依据，金额为字符串")
    delivery_kind = serializers.CharField()
    evidence = serializers.SerializerMethodField(help_text="材料")
    item_reasons = serializers.DictField(child=serializers.CharField(), help_text="逐项退回原因")

    def get_cities(self, version: ProductVersion) -> list[str]:
        return sorted(city.slug for city in version.cities.all())

    @extend_schema_field(EvidenceOut(many=True))
    def get_evidence(self, version: ProductVersion) -> Any:
        return EvidenceOut(evidence_of(version), many=True, context=self.context).data


class ProductRowOut(Out):
    """A product in its provider's list."""

    id = serializers.IntegerField(source="pk", help_text="产品编号")
    name = serializers.CharField(source="shown.name", help_text="产品名称")
    state = State(ProductState, source="shown.state", help_text="最新版本的状态")
    version = serializers.IntegerField(source="shown.version", help_text="最新版本")
    is_on_sale = serializers.SerializerMethodField(help_text="是否在售")

    def get_is_on_sale(self, product: Any) -> bool:
        return product.current_id is not None


class LackOut(Out):
    """An item of the check list."""

    label = serializers.CharField(help_text="检查项")
    met = serializers.BooleanField(help_text="是否符合")
    missing = serializers.ListField(child=serializers.CharField(), help_text="尚缺什么")


class OwnProductOut(Out):
    """A product: its open version, the one on sale, and what is still missing."""

    id = serializers.IntegerField(source="product.pk", help_text="产品编号")
    draft = VersionOut(allow_null=True, help_text="编写或审核中的版本；没有为 null")
    on_sale = VersionOut(allow_null=True, help_text="在售版本；没有为 null")
    checks = LackOut(many=True, help_text="提交前检查；没有编写中的版本时为空")
