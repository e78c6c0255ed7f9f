"""The shape of a product's files, of its withdrawal, and of the filters of products (P5)."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.documents.fields import MaterialField
from foundation.regions.models import City
from foundation.regions.queries import all_cities
from providers.forms.fields import price_field
from providers.models import HISTORY_KINDS, SETS_MAX, Category, EvidenceKind
from providers.policies import registering as rules
from providers.queries import ProductFilter


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

    slot = forms.ChoiceField(label="材料类别", choices=_evidence_choices, widget=forms.HiddenInput)
    file = MaterialField(label="文件")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, _, number = cleaned.pop("slot", ":0").partition(":")
        return {**cleaned, "kind": kind, "set_number": int(number or 0)}


class ProductFilterForm(forms.Form):
    """By what a provider narrows the list of its products."""

    text = forms.CharField(label="产品名称", required=False, max_length=60)
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *ProductFilter.choices]
    )


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
