"""The shape of a product and of the filters of the catalogue (P5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from foundation.documents.fields import MaterialField
from foundation.regions.models import City
from foundation.regions.queries import all_cities
from providers.forms.fields import price_field
from providers.models import (
    HISTORY_KINDS,
    SETS_MAX,
    Category,
    DeliveryKind,
    EvidenceKind,
    PriceBasis,
    PriceKind,
    PriceTier,
    ProductVersion,
    Provider,
)
from providers.policies import registering as rules
from providers.service_catalogue import SERVICE_TYPES, TARGET_INDUSTRIES, TARGET_SIZES

COMPARISON_ROWS = 4


TIER_ROWS = 10


class DraftForm(forms.Form):
    """All that a product says of itself (P5); evidence and price tiers have forms of their own."""

    name = forms.CharField(label="产品名称", max_length=80)
    service_type = forms.ChoiceField(label="服务类型", help_text="只能选择被认定的服务类型。")
    cities = forms.ModelMultipleChoiceField(
        City.objects.none(),
        label="服务区域",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="精确到市。国家级、省级示范平台可服务全部参与地市，其他机构只服务本市。",
    )
    target_sizes = forms.MultipleChoiceField(
        label="服务对象规模",
        choices=list(TARGET_SIZES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选表示不限。",
    )
    target_industries = forms.MultipleChoiceField(
        label="服务对象所属行业",
        choices=list(TARGET_INDUSTRIES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="不选表示不限。",
    )
    overview = forms.CharField(
        label="服务概述", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    process = forms.CharField(
        label="服务流程", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    cycle = forms.CharField(label="服务周期", required=False, max_length=120)
    results = forms.CharField(
        label="服务成果", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    acceptance = forms.CharField(
        label="验收标准", required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    price_kind = forms.ChoiceField(
        label="价格形式",
        choices=PriceKind.choices,
        initial=PriceKind.FIXED,
        widget=forms.RadioSelect,
        help_text="选择区间价的，保存后逐档填写不同价格对应的服务内容。",
    )
    price_min = price_field("价格（元）", help_text="区间价填写最低价格。")
    price_max = price_field("最高价格（元）", required=False, help_text="仅区间价填写。")
    has_sub_products = forms.BooleanField(
        label="本产品包含多个子产品",
        required=False,
        help_text="区间价或包含多个子产品的，需提供 3 至 5 套历史材料。",
    )
    price_basis = forms.ChoiceField(
        label="收费标准的依据",
        choices=PriceBasis.choices,
        widget=forms.RadioSelect,
        help_text="按所选依据填写下面对应的栏目，其余栏目留空。",
    )
    issuer = forms.CharField(label="指导价：发布单位", required=False, max_length=200)
    document_number = forms.CharField(label="指导价：文件名及文号", required=False, max_length=200)
    cost = price_field("内部定价：成本（元）", required=False, min_value=0)
    profit = price_field("内部定价：利润（元）", required=False, min_value=0)
    tax = price_field("内部定价：纳税（元）", required=False, min_value=0)
    delivery_kind = forms.ChoiceField(
        label="历史材料类别",
        choices=DeliveryKind.choices,
        help_text="决定需要提供哪些专门材料，例如专项报告需提供完整报告。",
    )

    def __init__(
        self, *args: Any, provider: Provider, version: ProductVersion | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        accredited = set(provider.accreditation.service_types)
        if version is not None:
            accredited.add(version.service_type)
        self.fields["service_type"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (Category(key).label, [(name, name) for name in types if name in accredited])
                for key, types in SERVICE_TYPES.items()
                if accredited & set(types)
            ),
        ]
        cities = all_cities()
        if not provider.accreditation.is_province_wide:
            cities = cities.filter(pk=provider.city_id)
        self.fields["cities"].queryset = cities  # type: ignore[attr-defined]
        for row in range(1, COMPARISON_ROWS + 1):
            self.fields[f"compared_{row}"] = forms.CharField(
                label=f"市场比价 {row}：机构名称", required=False, max_length=120
            )
            self.fields[f"compared_price_{row}"] = price_field(
                f"市场比价 {row}：价格（元）", required=False
            )
        self.order_fields(_DRAFT_ORDER)
        if version is not None:
            self.initial = _initial_of(version)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        basis = {
            key: cleaned.pop(key, None)
            for key in ("issuer", "document_number", "cost", "profit", "tax")
        }
        lines = [
            {
                "provider": cleaned.pop(f"compared_{row}", ""),
                "price": cleaned.pop(f"compared_price_{row}", None),
            }
            for row in range(1, COMPARISON_ROWS + 1)
        ]
        return {**cleaned, "basis": {**basis, "comparisons": lines}}


_DRAFT_ORDER = [
    *(
        name
        for name in DraftForm.base_fields
        if name not in {"cost", "profit", "tax", "delivery_kind"}
    ),
    *(
        name
        for row in range(1, COMPARISON_ROWS + 1)
        for name in (f"compared_{row}", f"compared_price_{row}")
    ),
    "cost",
    "profit",
    "tax",
    "delivery_kind",
]


def _initial_of(version: ProductVersion) -> dict[str, Any]:
    """What the form shows of a stored version."""
    plain = [name for name in DraftForm.base_fields if hasattr(version, name) and name != "cities"]
    initial: dict[str, Any] = {name: getattr(version, name) for name in plain}
    initial["cities"] = version.cities.all()
    if version.price_kind == PriceKind.FIXED:
        initial["price_max"] = None
    basis = version.basis
    for key in ("issuer", "document_number", "cost", "profit", "tax"):
        initial[key] = basis.get(key, "")
    for row, line in enumerate(basis.get("comparisons", ())[:COMPARISON_ROWS], start=1):
        initial[f"compared_{row}"] = line["provider"]
        initial[f"compared_price_{row}"] = line["price"]
    return initial


class TiersForm(forms.Form):
    """What each price of a range buys, a row for each (P5)."""

    def __init__(self, *args: Any, tiers: list[PriceTier] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(1, TIER_ROWS + 1):
            self.fields[f"price_{row}"] = price_field(f"第 {row} 档价格（元）", required=False)
            self.fields[f"buys_{row}"] = forms.CharField(
                label=f"第 {row} 档服务内容", required=False, max_length=200
            )
        for row, tier in enumerate((tiers or [])[:TIER_ROWS], start=1):
            self.initial[f"price_{row}"] = tier.price
            self.initial[f"buys_{row}"] = tier.buys

    def rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Price and content of each row, for the table."""
        for row in range(1, TIER_ROWS + 1):
            yield self[f"price_{row}"], self[f"buys_{row}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        tiers = []
        for row in range(1, TIER_ROWS + 1):
            price, buys = cleaned.get(f"price_{row}"), cleaned.get(f"buys_{row}", "")
            if price is not None:
                tiers.append((price, buys))
            elif buys and f"price_{row}" not in self.errors:
                self.add_error(f"price_{row}", f"请填写第 {row} 档的价格。")
        return {"tiers": tiers}


def _evidence_choices() -> list[tuple[str, Any]]:
    history = [
        (f"{kind.value}:{number}", f"{kind.label}（第 {number} 套）")
        for number in range(1, SETS_MAX + 1)
        for kind in HISTORY_KINDS
    ]
    rest = [(f"{kind.value}:0", kind.label) for kind in EvidenceKind if kind not in HISTORY_KINDS]
    return [("", "请选择"), ("资质、定价和专门材料", rest), ("历史服务材料", history)]


class EvidenceForm(forms.Form):
    """One file of a product version (P5)."""

    slot = forms.ChoiceField(
        label="材料类别",
        choices=_evidence_choices,
        help_text="同一类别再次上传将替换原文件。历史服务材料的合同、发票、成果为一套。",
    )
    file = MaterialField(label="文件")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, _, number = cleaned.pop("slot", ":0").partition(":")
        return {**cleaned, "kind": kind, "set_number": int(number or 0)}


class WithdrawForm(forms.Form):
    """Why a product goes off sale; may be left out."""

    reason = forms.CharField(label="下架原因", required=False, max_length=rules.REASON_MAX)


class CatalogueForm(forms.Form):
    """The filters of the public catalogue."""

    text = forms.CharField(label="关键词", required=False, max_length=60)
    category = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部"), *Category.choices]
    )
    city = forms.ModelChoiceField(
        City.objects.none(), label="服务城市", required=False, empty_label="全部"
    )
    price_from = price_field("价格不低于（元）", required=False, min_value=0)
    price_to = price_field("价格不高于（元）", required=False, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["city"].queryset = all_cities()  # type: ignore[attr-defined]
