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


_CAPITAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_CAPITAL_MAX = Decimal(10**12)


def capital_money(amount: Decimal) -> str:
    """An amount in the capitals of accounting forms (人民币大写): 壹万贰仟零伍拾元叁角整.

    ValueError below zero, from a million million yuan on, or for a fraction of a fen.
    """
    if not 0 <= amount < _CAPITAL_MAX:
        raise ValueError(f"no capitals for {amount}")
    whole, fen = divmod(in_fen(amount), FEN_PER_YUAN)
    jiao, fen = divmod(fen, 10)
    said = f"{_capital_number(whole)}元" if whole or not (jiao or fen) else ""
    if jiao:
        said += f"{_CAPITAL_DIGITS[jiao]}角"
    elif fen and whole:
        said += "零"
    return said + (f"{_CAPITAL_DIGITS[fen]}分" if fen else "整")


def _capital_number(whole: int) -> str:
    said, zero_due = "", False
    for exponent, group_unit in ((8, "亿"), (4, "万"), (0, "")):
        group = whole // 10**exponent % 10**4
        for place, unit in ((3, "仟"), (2, "佰"), (1, "拾"), (0, "")):
            digit = group // 10**place % 10
            if digit:
                # Zeros between two digits are said once, zeros behind the last one not at all.
                said += ("零" if zero_due and said else "") + _CAPITAL_DIGITS[digit] + unit
            zero_due = not digit
        said += group_unit if group else ""
    return said or _CAPITAL_DIGITS[0]


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
