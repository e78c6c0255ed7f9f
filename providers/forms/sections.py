"""The sections of the product form (P5); each is saved on its own and knows what its item of the review is called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from foundation.regions.models import City
from foundation.regions.queries import all_cities
from providers.forms.fields import price_field
from providers.models import (
    Category,
    DeliveryKind,
    PriceBasis,
    PriceKind,
    ProductVersion,
    Provider,
)
from providers.policies import products as rules
from providers.service_catalogue import SERVICE_TYPES, TARGET_INDUSTRIES, TARGET_SIZES

# Blank rows offered for those who write without scripts.
SPARE_ROWS = 3
COMPARISONS_MAX = 10

Row = tuple[forms.BoundField, forms.BoundField]


def _text(label: str, rows: int, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=rules.TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
        **options,
    )


class SectionForm(forms.Form):
    """A section of a version's form."""

    def __init__(
        self, *args: Any, provider: Provider, version: ProductVersion | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.provider, self.version = provider, version
        if version is not None:
            self.initial = {
                name: getattr(version, name) for name in self.base_fields if hasattr(version, name)
            }
        self.set_up()

    def set_up(self) -> None:
        """What depends on the provider or on what was saved."""

    def row_count(self, pattern: str, *, kept: int, most: int) -> int:
        """How many rows to read or show: all that were sent, else those kept and some to spare."""
        sent = [
            int(found[1]) for name in self.data if (found := re.fullmatch(pattern, name, re.ASCII))
        ]
        return min(max([kept + SPARE_ROWS, *sent]), most)


class NameSection(SectionForm):
    """What the product is called, and which of the accredited service types it is of (P4)."""

    name = forms.CharField(label="产品名称", max_length=rules.NAME_MAX)
    service_type = forms.ChoiceField(label="服务类型", help_text="只能选择被认定的服务类型。")

    def set_up(self) -> None:
        accredited = set(self.provider.accreditation.service_types)
        if self.version is not None:
            accredited.add(self.version.service_type)
        self.fields["service_type"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (Category(key).label, [(name, name) for name in types if name in accredited])
                for key, types in SERVICE_TYPES.items()
                if accredited & set(types)
            ),
        ]


class IntroductionSection(SectionForm):
    """Where and for whom the service is, how it goes, what it brings (P5)."""

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
    overview = _text("服务概述", 4, help_text="这项服务解决什么问题、包括哪些内容。")
    process = _text("服务流程", 4, help_text="从签约到交付分几步，每步做什么。")
    cycle = forms.CharField(
        label="服务周期", required=False, max_length=120, help_text="例如：合同签订后 30 个工作日。"
    )
    results = _text("服务成果", 3, help_text="交付给企业的东西，例如报告、系统、证书。")
    acceptance = _text("验收标准", 3, help_text="企业凭什么判断服务已经完成。")

    def set_up(self) -> None:
        cities = all_cities()
        if not self.provider.accreditation.is_province_wide:
            cities = cities.filter(pk=self.provider.city_id)
        self.fields["cities"].queryset = cities  # type: ignore[attr-defined]
        if self.version is not None:
            self.initial["cities"] = [city.pk for city in self.version.cities.all()]


class PriceSection(SectionForm):
    """One price, or a range with what each price buys, a row for each (P5)."""

    price_kind = forms.ChoiceField(
        label="价格形式", choices=PriceKind.choices, widget=forms.RadioSelect
    )
    price_min = price_field("价格（元）", help_text="区间价填写最低价格。")
    price_max = price_field("最高价格（元）", required=False, help_text="仅区间价填写。")
    has_sub_products = forms.BooleanField(
        label="本产品包含多个子产品",
        required=False,
        help_text="区间价或包含多个子产品的，需提供 3 至 5 套历史材料。",
    )

    def set_up(self) -> None:
        kept = list(self.version.tiers.all()) if self.version is not None else []
        self.rows_shown = self.row_count(
            r"(?:price|buys)_([0-9]{1,3})", kept=len(kept), most=rules.TIERS_MAX
        )
        for row in range(1, self.rows_shown + 1):
            self.fields[f"price_{row}"] = price_field(f"第 {row} 档价格（元）", required=False)
            self.fields[f"buys_{row}"] = forms.CharField(
                label=f"第 {row} 档服务内容", required=False, max_length=rules.TIER_TEXT_MAX
            )
        for row, tier in enumerate(kept, start=1):
            self.initial[f"price_{row}"], self.initial[f"buys_{row}"] = tier.price, tier.buys
        if self.initial.get("price_kind") == PriceKind.FIXED:
            self.initial["price_max"] = None

    def rows(self) -> Iterator[Row]:
        """Price and content of each row, for the table."""
        for row in range(1, self.rows_shown + 1):
            yield self[f"price_{row}"], self[f"buys_{row}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        tiers: list[tuple[Decimal, str]] = []
        for row in range(1, self.rows_shown + 1):
            price, buys = cleaned.pop(f"price_{row}", None), cleaned.pop(f"buys_{row}", "")
            if price is not None:
                tiers.append((price, buys))
            elif buys and f"price_{row}" not in self.errors:
                self.add_error(f"price_{row}", f"请填写第 {row} 档的价格。")
        if cleaned.get("price_kind") == PriceKind.RANGE and not cleaned.get("price_max"):
            if "price_max" not in self.errors:
                self.add_error("price_max", "区间价请填写最高价格。")
        elif cleaned.get("price_kind") == PriceKind.FIXED:
            cleaned["price_max"] = None
        return {**cleaned, "tiers": tiers}


class BasisSection(SectionForm):
    """What the price rests on: guidance, comparisons, or own costing (P5)."""

    price_basis = forms.ChoiceField(
        label="收费标准的依据", choices=PriceBasis.choices, widget=forms.RadioSelect
    )
    issuer = forms.CharField(label="发布单位", required=False, max_length=200)
    document_number = forms.CharField(label="文件名及文号", required=False, max_length=200)
    cost = price_field("成本（元）", required=False, min_value=0)
    profit = price_field("利润（元）", required=False, min_value=0)
    tax = price_field("纳税（元）", required=False, min_value=0)

    def set_up(self) -> None:
        basis: Mapping[str, Any] = self.version.basis if self.version is not None else {}
        kept = list(basis.get("comparisons", ()))
        self.rows_shown = self.row_count(
            r"compared(?:_price)?_([0-9]{1,3})", kept=len(kept), most=COMPARISONS_MAX
        )
        for row in range(1, self.rows_shown + 1):
            self.fields[f"compared_{row}"] = forms.CharField(
                label=f"第 {row} 家机构名称", required=False, max_length=120
            )
            self.fields[f"compared_price_{row}"] = price_field(
                f"第 {row} 家同类产品价格（元）", required=False
            )
        for key in ("issuer", "document_number", "cost", "profit", "tax"):
            self.initial[key] = basis.get(key, "")
        for row, line in enumerate(kept, start=1):
            self.initial[f"compared_{row}"] = line["provider"]
            self.initial[f"compared_price_{row}"] = line["price"]

    def rows(self) -> Iterator[Row]:
        """Name and price of each comparison, for the table."""
        for row in range(1, self.rows_shown + 1):
            yield self[f"compared_{row}"], self[f"compared_price_{row}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        basis = {
            key: cleaned.get(key) for key in ("issuer", "document_number", "cost", "profit", "tax")
        }
        lines = [
            {
                "provider": cleaned.get(f"compared_{row}", ""),
                "price": cleaned.get(f"compared_price_{row}"),
            }
            for row in range(1, self.rows_shown + 1)
        ]
        return {
            "price_basis": cleaned.get("price_basis", ""),
            "basis": {**basis, "comparisons": lines},
        }


class HistorySection(SectionForm):
    """The kind of service, from which follows what its history must show (P5)."""

    delivery_kind = forms.ChoiceField(
        label="服务的种类",
        choices=DeliveryKind.choices,
        help_text="决定除合同、发票、成果外还要提供哪些材料。",
    )


SECTION_FORMS: dict[str, type[SectionForm]] = {
    "name": NameSection,
    "introduction": IntroductionSection,
    "price": PriceSection,
    "basis": BasisSection,
    "history": HistorySection,
}


class StartForm(NameSection):
    """The little with which a new product begins; the rest is written section by section."""

    delivery_kind = forms.ChoiceField(
        label="服务的种类",
        choices=[("", "请选择"), *DeliveryKind.choices],
        help_text="决定需要提供哪些历史材料，以后可以修改。",
    )
    price_kind = forms.ChoiceField(
        label="价格形式",
        choices=PriceKind.choices,
        initial=PriceKind.FIXED,
        widget=forms.RadioSelect,
    )
    price_min = price_field("价格（元）", help_text="区间价填写最低价格。")
    price_max = price_field(
        "最高价格（元）",
        required=False,
        help_text="仅区间价填写；不同价格对应的服务内容下一步填写。",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("price_kind") == PriceKind.FIXED:
            cleaned["price_max"] = None
        elif "price_max" not in self.errors and not cleaned.get("price_max"):
            self.add_error("price_max", "区间价请填写最高价格。")
        is_local = not self.provider.accreditation.is_province_wide
        return {
            **cleaned,
            "cities": [self.provider.city] if is_local else [],
            "price_basis": PriceBasis.MARKET,
        }
