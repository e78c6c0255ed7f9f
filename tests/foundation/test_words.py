"""Moments, names and states."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import TextChoices

from foundation.errors import IllegalMove
from foundation.moments import (
    ONE_MICROSECOND,
    end_of_day,
    local_day,
    moment,
    spoken,
    spoken_day,
    start_of_day,
)
from foundation.names import normal_number, same_name
from foundation.states import StateMachine

DAY = date(2020, 6, 28)


class TestMoments:
    def test_a_day_is_a_day_in_shanghai(self) -> None:
        assert start_of_day(DAY) == datetime(2020, 6, 27, 16, tzinfo=UTC)
        assert end_of_day(DAY) == datetime(2020, 6, 28, 15, 59, 59, 999_999, tzinfo=UTC)
        assert end_of_day(DAY) + ONE_MICROSECOND == start_of_day(DAY + timedelta(days=1))

    def test_the_last_moment_belongs_to_the_day(self) -> None:
        assert local_day(end_of_day(DAY)) == DAY
        assert local_day(end_of_day(DAY) + ONE_MICROSECOND) == DAY + timedelta(days=1)
        assert local_day(datetime(2020, 6, 27, 16, tzinfo=UTC)) == DAY

    def test_words(self) -> None:
        assert spoken(moment(DAY, 9)) == "2020年6月28日 09:00"
        assert spoken(datetime(2020, 6, 28, 1, tzinfo=UTC)) == "2020年6月28日 09:00"
        assert spoken_day(DAY) == "2020年6月28日"


@pytest.mark.rule("O3")
class TestNames:
    @pytest.mark.parametrize(
        "other",
        [
            "广州测试（集团）有限公司",
            "广州测试(集团)有限公司",
            "广州测试〔集团〕有限公司",
            " 广州测试【集团】 有限公司\u3000",
            "广州测试［集团］有限公司",
        ],
    )
    def test_width_brackets_and_spaces_do_not_matter(self, other: str) -> None:
        assert same_name("广州测试（集团）有限公司", other)

    def test_latin_letters_in_any_width_and_case(self) -> None:
        assert same_name("ＡＢＣ科技有限公司", "abc 科技有限公司")

    @pytest.mark.parametrize("other", ["广州测试集团有限公司", "广州测试（集团）公司", "", " "])
    def test_other_names_are_others(self, other: str) -> None:
        assert not same_name("广州测试（集团）有限公司", other)

    def test_no_name_equals_none(self) -> None:
        assert not same_name("", "")

    @pytest.mark.rule("O5")
    def test_numbers_on_papers(self) -> None:
        assert normal_number(" ０４４ 001900111 ab ") == normal_number("044001900111AB")
        assert normal_number("044001900111") != normal_number("44001900111")


class Light(TextChoices):
    RED = "red", "红"
    GREEN = "green", "绿"


LIGHT = StateMachine("light", Light, Light.RED, {"go": ((Light.RED,), Light.GREEN)})


class TestStates:
    def test_a_legal_move(self) -> None:
        assert LIGHT.target("red", "go") == "green"
        assert LIGHT.allows("red", "go")

    def test_an_illegal_move_says_where_it_stands(self) -> None:
        assert not LIGHT.allows("green", "go")
        with pytest.raises(IllegalMove, match="绿"):
            LIGHT.target("green", "go")
        with pytest.raises(KeyError):
            LIGHT.target("red", "stop")
