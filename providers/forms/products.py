"""The shape of a product's files, of its withdrawal, and of the filters of products (P5)."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.documents.fields import MaterialField
from providers.models import HISTORY_KINDS, SETS_MAX, EvidenceKind
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
