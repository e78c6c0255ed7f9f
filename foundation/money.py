"""Money in CNY: Decimal with two places in Python, whole fen in the database.

SQLite keeps decimals as binary floats, so a CHECK that balances add up would fail by rounding there.
Whole fen are exact on both engines.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable, register_combinable_fields

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
FEN_PER_YUAN = 100


def round_down(amount: Decimal) -> Decimal:
    """``amount`` in yuan, cut to whole fen; caps made from a ratio never round up."""
    return amount.quantize(FEN, rounding=ROUND_DOWN)


def share_of(amount: Decimal, ratio: Decimal) -> Decimal:
    """``ratio`` (0 to 1) of ``amount`` in yuan, rounded down to the fen."""
    return round_down(amount * ratio)


def in_fen(amount: Decimal | int) -> int:
    """Yuan to whole fen; ValueError for a fraction of a fen, so that nothing is lost silently."""
    fen = Decimal(amount) * FEN_PER_YUAN
    if fen != fen.to_integral_value():
        raise ValueError(f"not whole fen: {amount}")
    return int(fen)


def from_fen(fen: int) -> Decimal:
    """Whole fen to yuan with two places."""
    return (Decimal(fen) / FEN_PER_YUAN).quantize(FEN)


def spoken_money(amount: Decimal) -> str:
    """An amount as shown to people: 20,000.00 元, without the fen when they are zero."""
    text = f"{amount:,.2f}"
    return f"{text.removesuffix('.00')} 元"


class MoneyField(models.Field):
    """An amount in yuan (Decimal, two places), stored as a 64-bit count of fen.

    It is no IntegerField on purpose: arithmetic with an untyped Decimal would be off by a factor of a hundred,
    so Django refuses to mix them; wrap a constant with ``yuan()``.
    """

    description = "CNY"

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else from_fen(int(value))

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError("金额不能用浮点数表示。")
        try:
            return Decimal(value)
        except (InvalidOperation, TypeError) as error:
            raise ValidationError("请填写正确的金额，例如 1234.56。") from error

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        amount = self.to_python(value)
        return None if amount is None else in_fen(amount)

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(
            **{
                "form_class": forms.DecimalField,
                "max_digits": 14,
                "decimal_places": 2,
                "min_value": Decimal(0),
                **kwargs,
            }
        )

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else str(value)


for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(MoneyField, _connector, MoneyField, MoneyField)


def yuan(amount: Decimal | int) -> models.Value:
    """A constant amount for use in query expressions beside MoneyFields."""
    return models.Value(Decimal(amount), output_field=MoneyField())


def total(expression: str, **kwargs: Any) -> Any:
    """SUM over a MoneyField, 0 for no rows."""
    from django.db.models.functions import Coalesce

    return Coalesce(models.Sum(expression, output_field=MoneyField(), **kwargs), yuan(0))
