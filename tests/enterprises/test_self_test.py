"""The self-test beyond its result: figures that look like 元, what an address passes on, the script's data (E4)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from enterprises.models import Industry
from enterprises.size_classes import STANDARD
from tests.markup import inline_parts

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E4")]


def asked(**figures: str):
    return Client().get(reverse("enterprises:size_test"), figures)


def test_each_industry_says_which_measures_it_uses() -> None:
    page = asked().content.decode()
    for industry, limits in STANDARD.items():
        measures = " ".join(row.measure for row in limits)
        assert f'value="{industry}" data-measures="{measures}"' in page
    assert len(STANDARD) == len(Industry)
    assert not inline_parts(page)


@pytest.mark.parametrize(
    ("figures", "questioned", "mended"),
    [
        # 20 people with 5,000,000 万元 is 5 million 元: 500 万元.
        ({"industry": "software", "employees": "20", "revenue": "5000000"}, 1, "revenue=500.00"),
        ({"industry": "software", "employees": "20", "revenue": "20000"}, 0, ""),
        # Nobody is asked how many people work in agriculture.
        ({"industry": "agriculture", "revenue": "6000000"}, 1, "revenue=600.00"),
        ({"industry": "agriculture", "revenue": "20000"}, 0, ""),
        (
            {"industry": "construction", "revenue": "6000", "assets": "20000000"},
            1,
            "assets=2000.00",
        ),
        # What the industry does not use is not asked about.
        ({"industry": "software", "employees": "20", "revenue": "1", "assets": "9999999"}, 0, ""),
        ({"industry": "other", "employees": "20", "revenue": "9999999"}, 0, ""),
    ],
)
def test_a_figure_that_looks_like_yuan_is_questioned(
    figures: dict[str, str], questioned: int, mended: str
) -> None:
    page = asked(**figures)
    assert page.content.decode().count("是否误以“元”为单位") == questioned
    if mended:
        (question,) = page.context["questions"]
        assert mended in question["address"]
        again = Client().get(reverse("enterprises:size_test") + question["address"])
        assert not again.context["questions"]


def test_an_odd_address_is_answered() -> None:
    for figures in (
        {"industry": "x"},
        {"industry": ""},
        {"industry": "software", "employees": "9" * 4000},
        {"industry": "software", "employees": "1", "revenue": "0.001"},
        {"page": "1"},
    ):
        page = asked(**figures)
        assert page.status_code == 200
        assert "测算结果" not in page.content.decode()


def test_the_result_shows_figures_beside_the_limits() -> None:
    page = asked(industry="construction", revenue="6000.50", assets="4999").content.decode()
    words = re.sub(r"\s+|<[^>]+>", "", page)
    assert "6,000.5" in words and "≥80,000" in words and "≥5,000" in words
    assert "测算结果：小型企业" in words
