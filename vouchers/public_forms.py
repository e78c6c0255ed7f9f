"""The filters of the public lists of batches and results; anything unknown counts as not chosen."""

from __future__ import annotations

from typing import Any

from django import forms

from vouchers.models import Programme
from vouchers.states import Outcome, Tier

PHASES = [
    ("", "全部"),
    ("open", "正在申领"),
    ("before", "即将开始"),
    ("closed", "已截止，待公布"),
    ("published", "结果已公布"),
]
CODE_ENDS = 4


class BatchFilterForm(forms.Form):
    """City, year and standing of a batch."""

    city = forms.ChoiceField(label="地市", required=False)
    year = forms.ChoiceField(label="年度", required=False)
    phase = forms.ChoiceField(label="状态", required=False, choices=PHASES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(
            Programme.objects.order_by("city__code").values_list("city__slug", "city__name", "year")
        )
        cities = dict.fromkeys((slug, name) for slug, name, _ in rows)
        years = sorted({year for *_, year in rows}, reverse=True)
        self.fields["city"].choices = [("", "全部"), *cities]  # type: ignore[attr-defined]
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            ("", "全部"),
            *((str(year), f"{year} 年") for year in years),
        ]


class ResultFilterForm(forms.Form):
    """Tier and outcome; and what the list shows of a credit code, its last four characters (B7)."""

    tier = forms.ChoiceField(label="档次", required=False, choices=[("", "全部"), *Tier.choices])
    outcome = forms.ChoiceField(
        label="结果", required=False, choices=[("", "全部"), *Outcome.choices]
    )
    code = forms.RegexField(
        r"(?i)^[0-9A-Z]{4}$",
        label="信用代码末四位",
        required=False,
        max_length=CODE_ENDS,
        error_messages={"invalid": "请填写信用代码的最后四位数字或字母。"},
    )
