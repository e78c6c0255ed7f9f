"""Resident identity numbers and unified social credit codes are verified (E2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.accounts.id_numbers import BadIdNumber, check_id_number
from foundation.credit_codes import BadCreditCode, check_credit_code
from tests.foundation.build import credit_code, id_number

pytestmark = pytest.mark.rule("E2")


class TestIdNumbers:
    @pytest.mark.parametrize(
        "number",
        [
            "11010519491231002X",  # the example of GB 11643
            id_number(),
            id_number(place="440118", born="19600101"),  # a district newer than the person
            id_number(place="440107", born="20100101"),  # a district older than the person
            id_number(born="19000101"),
        ],
    )
    def test_real_numbers_pass(self, number: str) -> None:
        assert check_id_number(number) == number

    def test_width_case_and_blanks_do_not_matter(self) -> None:
        assert check_id_number(" １１０１０５ 19491231 002x ") == "11010519491231002X"

    @pytest.mark.parametrize(
        ("number", "says"),
        [
            ("", "18 位"),
            ("11010519491231002", "18 位"),
            ("11010519491231002XX", "18 位"),
            ("1101051949123100２X1", "18 位"),
            ("X1010519491231002X", "18 位"),
            ("010105194912310020", "18 位"),
            ("130503670401001", "18 位"),  # the 15 digits of before 1999
            ("110105194912310020", "校验位"),
            ("110105194912310021", "校验位"),
            (id_number(born="19810229"), "出生日期"),
            (id_number(born="19801301"), "出生日期"),
            (id_number(born="18991231"), "出生日期"),
        ],
    )
    def test_others_are_refused(self, number: str, says: str) -> None:
        with pytest.raises(BadIdNumber, match=says) as refused:
            check_id_number(number, field="handler_id")
        assert (refused.value.rule, refused.value.field) == ("E2", "handler_id")

    def test_every_single_wrong_digit_is_found(self) -> None:
        number = id_number()
        for place in range(17):
            for digit in "0123456789":
                if digit != number[place]:
                    with pytest.raises(BadIdNumber):
                        check_id_number(number[:place] + digit + number[place + 1 :])

    def test_nobody_is_born_tomorrow(self) -> None:
        today = date(2020, 6, 1)
        assert check_id_number(id_number(born="20200601"), today=today)
        with pytest.raises(BadIdNumber, match="出生日期"):
            tomorrow = today + timedelta(days=1)
            check_id_number(id_number(born=f"{tomorrow:%Y%m%d}"), today=today)

    def test_the_refusal_does_not_repeat_the_number(self) -> None:
        with pytest.raises(BadIdNumber) as refused:
            check_id_number("110105194912310021")
        assert "1949" not in refused.value.sentence


class TestCreditCodes:
    @pytest.mark.parametrize(
        "code",
        ["91110000600037341L", credit_code(), credit_code(prefix="12"), credit_code(prefix="N2")],
    )
    def test_real_codes_pass(self, code: str) -> None:
        assert check_credit_code(code) == code

    def test_width_case_blanks_and_hyphens_do_not_matter(self) -> None:
        assert check_credit_code(" 9111-0000 6000３7341l ") == "91110000600037341L"

    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("", "18 位"),
            ("91110000600037341", "18 位"),
            ("91110000600037341LL", "18 位"),
            ("9111000060003734IL", "18 位"),
            ("9111000060003734OL", "18 位"),
            ("B1110000600037341L", "18 位"),
            ("911100A0600037341L", "18 位"),
            ("91110000600037341M", "校验码"),
            ("91110000600037314L", "校验码"),
        ],
    )
    def test_others_are_refused(self, code: str, says: str) -> None:
        with pytest.raises(BadCreditCode, match=says) as refused:
            check_credit_code(code)
        assert (refused.value.rule, refused.value.field) == ("E2", "credit_code")
