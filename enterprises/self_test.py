"""企业规模自测: the size class of whoever asks, without login, and nothing is kept (E4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enterprises.models import Industry
from enterprises.size_classes import STANDARD, Measure, explain_size_class, question_figures
from foundation.money import FEN

YUAN_PER_WAN = 10_000
HEADS_MAX = 10_000_000


class IndustrySelect(forms.Select):
    """Says with each industry which measures it uses, for the script that shows only those."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if option["value"]:
            limits = STANDARD[Industry(str(option["value"]))]
            option["attrs"]["data-measures"] = " ".join(row.measure for row in limits)
        return option


def _figure(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=Decimal(0), required=False
    )


class SizeTestForm(forms.Form):
    """Only the figures that the industry uses are needed; the others are not looked at (E4)."""

    industry = forms.ChoiceField(
        label="所属行业", choices=[("", "请选择"), *Industry.choices], widget=IndustrySelect
    )
    employees = forms.IntegerField(
        label="从业人员（人）",
        min_value=0,
        max_value=HEADS_MAX,
        required=False,
        help_text="上年末人数。",
    )
    revenue = _figure("上年营业收入（万元）")
    assets = _figure("上年资产总额（万元）")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("industry"):
            for limits in STANDARD[Industry(cleaned["industry"])]:
                field = limits.measure.value
                if field not in self.errors and cleaned.get(field) is None:
                    self.add_error(field, f"该行业按{limits.measure.label}划型，请填写。")
        return cleaned

    def measures(self) -> list[str]:
        """The measures of the industry that stands in the form, sound or not; empty before one is chosen."""
        chosen = str(self["industry"].value() or "")
        if chosen not in Industry.values:
            return []
        return [row.measure.value for row in STANDARD[Industry(chosen)]]

    def used(self) -> dict[str, Any]:
        """The figures that the chosen industry uses, of a valid form."""
        limits = STANDARD[Industry(self.cleaned_data["industry"])]
        return {row.measure.value: self.cleaned_data[row.measure.value] for row in limits}


@require_safe
def size_test(request: HttpRequest) -> HttpResponse:
    """By a plain GET form, so that a result has an address to pass on (E4)."""
    form = SizeTestForm(request.GET or None)
    context: dict[str, Any] = {
        "form": form,
        "standards": [
            {"industry": industry.label, "limits": limits} for industry, limits in STANDARD.items()
        ],
    }
    if form.is_bound and form.is_valid():
        used = form.used()
        figures: dict[str, Any] = {measure.value: used.get(measure.value, 0) for measure in Measure}
        context["explanation"] = explain_size_class(form.cleaned_data["industry"], **figures)
        context["questions"] = questions_about(used, request.GET)
    return render(request, "enterprises/size_test.html", context)


def questions_about(used: dict[str, Any], query: QueryDict) -> list[dict[str, str]]:
    """Each question about a figure that looks like 元, with the address of the result if it was (section 11)."""
    asked = question_figures(
        employees=used.get("employees"), revenue=used.get("revenue"), assets=used.get("assets")
    )
    found = []
    for field, sentence in asked.items():
        mended = query.copy()
        in_wan = (used[field] / YUAN_PER_WAN).quantize(FEN)
        mended[field] = f"{in_wan:f}"
        found.append(
            {
                "sentence": sentence,
                "address": f"?{mended.urlencode()}",
                "figure": f"{in_wan:,.2f} 万元",
            }
        )
    return found
