"""Fields that take what people paste: full-width digits, thousands separators, a trailing 元."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

from django import forms


def plain_figure(value: Any) -> str:
    """A typed figure without differences of width, separators, spaces and the unit."""
    text = unicodedata.normalize("NFKC", str(value))
    for mark in (",", "，", "、", " ", "¥", "￥"):
        text = text.replace(mark, "")
    return text.strip().removesuffix("元")


class AmountField(forms.DecimalField):
    """An amount in yuan, above zero and with at most two places."""

    widget = forms.TextInput

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label=label,
            **{
                "min_value": Decimal("0.01"),
                "max_digits": 12,
                "decimal_places": 2,
                "error_messages": {
                    "invalid": "请填写正确的金额，例如 1234.56。",
                    "min_value": "金额应大于零。",
                    "max_digits": "金额过大，请核对单位是否为元。",
                    "max_whole_digits": "金额过大，请核对单位是否为元。",
                    "max_decimal_places": "金额最多保留两位小数。",
                },
                **more,
            },
        )
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, Decimal):
            return super().to_python(value)
        # "1e9" is a number to Python, and no amount to anyone else.
        figure = plain_figure(value)
        if figure.strip("0123456789.-"):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(figure)


class DayField(forms.DateField):
    """A day, by the browser's own calendar; typed in any of the usual ways where there is none."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label=label,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"],
            error_messages={"invalid": "请填写正确的日期，例如 2020-07-01。"},
            **more,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else value
        )
