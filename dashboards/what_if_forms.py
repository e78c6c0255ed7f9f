"""The shape of a comparison: a closed batch, and up to three scenarios; an empty one is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from dashboards.reach import Reach
from foundation.money import ZERO
from foundation.rosters.models import PriorityCategory
from vouchers.models import Batch
from vouchers.what_if import ALL_CATEGORIES, Scenario

SCENARIOS = {"a": "方案甲", "b": "方案乙", "c": "方案丙"}
YUAN = {"max_digits": 14, "decimal_places": 2, "required": False, "min_value": Decimal("0.01")}


class WhatIfForm(forms.Form):
    """``batch`` and for each scenario an amount, a cap and the rosters that give priority."""

    batch = forms.ModelChoiceField(
        Batch.objects.none(), label="用哪一批的申领来测算", empty_label="请选择已截止的批次"
    )

    def __init__(self, data: Any, *, reach: Reach, batches: QuerySet[Batch]) -> None:
        self.base = {"programme": reach.programme.pk if reach.programme else ""}
        super().__init__(data)
        self.fields["batch"].queryset = batches  # type: ignore[attr-defined]
        self.fields["programme"] = forms.CharField(
            required=False, widget=forms.HiddenInput(), initial=self.base["programme"]
        )
        for key in SCENARIOS:
            self.fields[f"{key}_amount"] = forms.DecimalField(label="发放金额（元）", **YUAN)  # type: ignore[arg-type]
            self.fields[f"{key}_cap"] = forms.DecimalField(
                label="每家企业年度限额（元）",
                help_text="不填则按现行限额。",
                **YUAN,  # type: ignore[arg-type]
            )
            self.fields[f"{key}_categories"] = forms.MultipleChoiceField(
                label="哪些名单优先",
                required=False,
                choices=PriorityCategory.choices,
                widget=forms.CheckboxSelectMultiple,
                initial=list(ALL_CATEGORIES),
            )
        self.groups = [
            (label, [self[f"{key}_{name}"] for name in ("amount", "cap", "categories")])
            for key, label in SCENARIOS.items()
        ]

    def clean(self) -> dict[str, Any]:
        """At least one scenario has an amount."""
        cleaned = super().clean() or {}
        for key in SCENARIOS:
            if cleaned.get(f"{key}_cap") and not cleaned.get(f"{key}_amount"):
                self.add_error(f"{key}_amount", "填写了年度限额，还须填写发放金额。")
        broken = any(f"{key}_amount" in self.errors for key in SCENARIOS)
        if not broken and not any(cleaned.get(f"{key}_amount") for key in SCENARIOS):
            self.add_error("a_amount", "请至少填写一个方案的发放金额。")
        return cleaned

    def scenarios(self, cap: Decimal) -> list[Scenario]:
        """The scenarios that have an amount; ``cap``: the programme's own, for those that name none."""
        cleaned = self.cleaned_data
        return [
            Scenario(
                name=label,
                amount=cleaned[f"{key}_amount"],
                cap=cleaned[f"{key}_cap"] or cap,
                categories=frozenset(cleaned[f"{key}_categories"]),
            )
            for key, label in SCENARIOS.items()
            if (cleaned[f"{key}_amount"] or ZERO) > ZERO
        ]
