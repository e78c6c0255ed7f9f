"""A word is found in text, in capitals or not, and its signs mean nothing else."""

from __future__ import annotations

import pytest

from foundation.regions.models import City
from foundation.searching import holding
from tests import build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("word", "is_found"),
    [
        ("科技", True),
        ("abc科技", True),
        ("ABC", True),
        ("技园", True),
        ("园科", False),
        ("%", False),
        ("_", False),
        ("技%", False),
        ("'", False),
        ("\\", False),
    ],
)
def test_a_word_is_found_where_it_stands(word: str, is_found: bool) -> None:
    city = build.city()
    City.objects.filter(pk=city.pk).update(name="Abc科技园")

    assert City.objects.filter(holding(word, "slug", "name"), pk=city.pk).exists() is is_found
