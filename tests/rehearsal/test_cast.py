"""The cast: valid in every code, nobody twice, and the same for the same seed."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from random import Random

import pytest
from pypdf import PdfReader

from enterprises.models import SizeClass
from enterprises.size_classes import question_figures, size_class
from foundation.accounts.id_numbers import check_id_number
from foundation.credit_codes import check_credit_code
from foundation.documents.checks import check_file
from foundation.documents.models import MediaType
from foundation.rosters.models import Level
from rehearsal.cast import Cast, EnterprisePart
from rehearsal.papers import Papers
from tests import build

pytestmark = pytest.mark.django_db


def cast(seed: int = 7, tag: str = "MA") -> Cast:
    return Cast(city=build.city(), year=2020, tag=tag, rng=Random(seed))


def parts(count: int, **changes: object) -> list[EnterprisePart]:
    made = cast(**changes)  # type: ignore[arg-type]
    return [made.enterprise() for _ in range(count)]


def test_every_code_is_valid_and_nobody_comes_twice() -> None:
    enterprises = parts(3000)
    for part in enterprises:
        assert check_credit_code(part.credit_code) == part.credit_code
        for person in (part.legal, part.handler):
            assert check_id_number(person.id_number, today=date(2020, 1, 1))
    people = [person for part in enterprises for person in (part.legal, part.handler)]
    assert len({person.id_number for person in people}) == 6000
    assert len({part.credit_code for part in enterprises}) == 3000
    assert len({part.name for part in enterprises}) == 3000
    assert len({part.username for part in enterprises}) == 3000


def test_enterprises_are_small_enough_and_their_figures_are_not_questioned() -> None:
    for part in parts(500):
        size = size_class(part.industry, part.employees, part.revenue, part.assets)
        assert size != SizeClass.LARGE
        assert not question_figures(
            employees=part.employees,
            revenue=part.revenue,
            assets=part.assets,
            registered_capital=part.capital,
        )
    large = cast().large_enterprise()
    assert (
        size_class(large.industry, large.employees, large.revenue, large.assets) == SizeClass.LARGE
    )


def test_two_rehearsals_of_a_city_and_year_share_nobody() -> None:
    season, demo = parts(200), parts(200, tag="MB")
    assert not {part.credit_code for part in season} & {part.credit_code for part in demo}
    assert not {part.legal.id_number for part in season} & {part.legal.id_number for part in demo}


def test_the_same_seed_makes_the_same_cast() -> None:
    assert parts(50) == parts(50)
    assert parts(50) != parts(50, seed=8)


def test_a_station_is_called_so_and_accredited_for_its_speciality() -> None:
    part = cast().provider(Level.STATION, speciality=1)
    assert part.name.endswith("中小企业服务站")
    assert "检验检测" in part.service_types


@pytest.mark.parametrize("plain", [False, True])
def test_papers_are_real_pdfs_and_no_two_are_alike(plain: bool) -> None:
    papers = Papers("t", plain=plain)
    one, other = papers.scan("发票", "甲公司"), papers.scan("发票", "甲公司")
    first, second = one.read(), other.read()
    assert first != second
    assert check_file(one.name, first).media_type == MediaType.PDF
    assert Papers("t", plain=plain).scan("发票", "甲公司").read() == first


def test_a_paper_can_be_read() -> None:
    reader = PdfReader(BytesIO(Papers("t").scan("营业执照副本", "甲公司").read()), strict=True)
    assert len(reader.pages) == 1
    assert "营业执照副本" in reader.pages[0].extract_text()
