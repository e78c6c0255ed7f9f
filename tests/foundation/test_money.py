"""Money is exact: Decimal yuan in Python, whole fen in the database (rulebook preamble, V2)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from foundation.money import (
    MoneyField,
    capital_money,
    from_fen,
    in_fen,
    round_down,
    share_of,
    spoken_money,
    total,
    yuan,
)
from foundation.rosters.models import Sanction
from tests.foundation.build import AT, city, staff

amounts = st.integers(min_value=0, max_value=10**12).map(lambda fen: Decimal(fen) / 100)


class TestCaps:
    @pytest.mark.parametrize(
        ("amount", "ratio", "share"),
        [
            ("6000000", "0.1", "600000.00"),
            ("0.03", "0.5", "0.01"),
            ("0.01", "0.5", "0.00"),
            ("33333.33", "0.5", "16666.66"),
            ("100", "0.3333", "33.33"),
            ("0.99", "0.9999", "0.98"),
        ],
    )
    def test_a_cap_of_a_ratio_is_rounded_down(self, amount: str, ratio: str, share: str) -> None:
        assert share_of(Decimal(amount), Decimal(ratio)) == Decimal(share)

    @given(amounts, st.decimals(min_value=0, max_value=1, places=4))
    def test_never_up_and_never_a_fen_too_low(self, amount: Decimal, ratio: Decimal) -> None:
        share = share_of(amount, ratio)
        assert share <= amount * ratio < share + Decimal("0.01")

    @pytest.mark.parametrize(
        ("amount", "cut"), [("1.999", "1.99"), ("1.99", "1.99"), ("2", "2.00")]
    )
    def test_round_down(self, amount: str, cut: str) -> None:
        assert str(round_down(Decimal(amount))) == cut


class TestFen:
    @given(amounts)
    def test_there_and_back(self, amount: Decimal) -> None:
        assert from_fen(in_fen(amount)) == amount

    @pytest.mark.parametrize("amount", ["0.001", "0.005", "123.456"])
    def test_a_fraction_of_a_fen_is_never_lost_silently(self, amount: str) -> None:
        with pytest.raises(ValueError):
            in_fen(Decimal(amount))

    def test_floats_are_no_money(self) -> None:
        with pytest.raises(ValidationError):
            MoneyField().to_python(0.1)
        with pytest.raises(ValidationError):
            MoneyField().to_python("一百")
        assert MoneyField().to_python("12.30") == Decimal("12.30")
        assert MoneyField().to_python(None) is None


@pytest.mark.parametrize(
    ("amount", "words"), [("20000", "20,000 元"), ("20000.50", "20,000.50 元"), ("0", "0 元")]
)
def test_spoken(amount: str, words: str) -> None:
    assert spoken_money(Decimal(amount)) == words


@pytest.mark.django_db
class TestTheField:
    @pytest.fixture
    def sanction(self) -> Sanction:
        from foundation.rosters.models import Violation

        bureau = staff("bureau")
        violation = Violation.objects.create(
            city=city(),
            credit_code="x",
            party_name="x",
            description="x",
            reported_at=AT,
            reported_by=bureau,
        )
        return Sanction.objects.create(
            violation=violation,
            city=city(),
            credit_code="x",
            measure="warning",
            from_at=AT,
            money_to_recover=Decimal("0.30"),
            money_recovered=Decimal("0.10"),
        )

    def test_it_reads_what_was_written(self, sanction: Sanction) -> None:
        sanction.refresh_from_db()
        assert sanction.money_to_recover == Decimal("0.30")
        assert str(sanction.money_recovered) == "0.10"

    def test_sums_are_exact(self, sanction: Sanction) -> None:
        found = Sanction.objects.filter(
            money_to_recover=F("money_recovered") + F("money_recovered") + F("money_recovered")
        )
        assert found.exists()
        assert Sanction.objects.aggregate(x=total("money_recovered"))["x"] == Decimal("0.10")
        nothing = Sanction.objects.none().aggregate(x=total("money_recovered"))
        assert nothing["x"] == Decimal(0)

    def test_a_constant_needs_its_unit(self, sanction: Sanction) -> None:
        Sanction.objects.update(money_recovered=F("money_recovered") + yuan(Decimal("0.05")))
        sanction.refresh_from_db()
        assert sanction.money_recovered == Decimal("0.15")
        with pytest.raises(FieldError):
            list(
                Sanction.objects.annotate(
                    x=F("money_recovered")
                    + models.Value(Decimal("0.05"), output_field=models.DecimalField())
                )
            )

    def test_the_database_holds_the_line(self, sanction: Sanction) -> None:
        from django.db import IntegrityError, transaction

        for amount in ("-0.01", "0.31"):
            with pytest.raises(IntegrityError), transaction.atomic():
                Sanction.objects.update(money_recovered=Decimal(amount))
        Sanction.objects.update(money_recovered=Decimal("0.30"))


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("10010", "壹万零壹拾元整"),
        ("12050.30", "壹万贰仟零伍拾元叁角整"),
        ("20000", "贰万元整"),
        ("20000.07", "贰万元零柒分"),
        ("500500", "伍拾万零伍佰元整"),
        ("1000001", "壹佰万零壹元整"),
        ("6000000", "陆佰万元整"),
        ("100010000", "壹亿零壹万元整"),
        ("123456789.12", "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分"),
    ],
)
def test_amounts_in_capitals(amount, said):
    assert capital_money(Decimal(amount)) == said


@given(amounts.filter(lambda amount: amount < 10**12))
def test_no_two_amounts_share_their_capitals(amount):
    """Read back by value: digits times units."""
    said = capital_money(amount)
    digits = {sign: number for number, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    units = {"拾": 10, "佰": 100, "仟": 1000}
    whole = group = digit = 0
    fen = 0
    for sign in said:
        if sign in digits:
            digit = digits[sign]
        elif sign in units:
            group, digit = group + digit * units[sign], 0
        elif sign in "亿万元":
            whole += (group + digit) * {"亿": 10**8, "万": 10**4, "元": 1}[sign]
            group = digit = 0
        elif sign in "角分":
            fen, digit = fen + digit * {"角": 10, "分": 1}[sign], 0
    assert Decimal(whole * 100 + fen) / 100 == amount


@pytest.mark.parametrize("amount", ["-0.01", "1000000000000", "0.001"])
def test_no_capitals_for_what_no_form_holds(amount):
    with pytest.raises(ValueError):
        capital_money(Decimal(amount))
