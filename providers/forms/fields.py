"""Fields that several forms use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def price_field(label: str, **options: Any) -> forms.DecimalField:
    options = {"min_value": Decimal("0.01"), "max_digits": 13, "decimal_places": 2, **options}
    return forms.DecimalField(label=label, **options)
