"""The enterprise's own pages about vouchers."""

from __future__ import annotations

from datetime import UTC, date
from unittest.mock import patch

import pytest
from django.urls import reverse

from foundation.moments import moment
from tests import build

pytestmark = pytest.mark.django_db


@pytest.mark.rule("B3", "G2")
def test_the_new_year_begins_in_shanghai(client):
    build.programme()
    build.programme(year=2021)
    client.force_login(build.enterprise().account)
    for at, year in (
        (moment(date(2020, 12, 31), 23, 59), 2020),
        # Still the old year in UTC, in which the clock is read.
        (moment(date(2021, 1, 1), 3), 2021),
    ):
        with patch("foundation.requests.timezone.now", return_value=at.astimezone(UTC)):
            page = client.get(reverse("vouchers:wallet"))
        assert page.context["programme"].year == year
