"""The large season: consistent with the ledger, on PostgreSQL only, never beside a programme of the year."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dashboards.figures import money, overall
from dashboards.groupings import GROUPINGS
from dashboards.reach import Reach
from foundation.moments import moment
from foundation.notices.models import OutboxEntry
from tests import build
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Programme, Voucher

pytestmark = pytest.mark.django_db
AT = "2020-11-20T10:00:00+08:00"


def seed(**options: int) -> str:
    said = StringIO()
    call_command("seed_demo", large=True, at=AT, stdout=said, **options)
    return said.getvalue()


@pytest.mark.postgres
@pytest.mark.rule("V2", "N3")
def test_a_small_large_season_reconciles() -> None:
    seed(cities=2, enterprises=60, vouchers=240, providers=6)
    assert Voucher.objects.count() == 240
    assert not list(all_breaks())
    assert not OutboxEntry.objects.exists(), "nobody is mailed"
    programmes = tuple(Programme.objects.select_related("city").order_by("pk"))
    assert len(programmes) == 2
    whole = Reach(2020, programmes, None)
    assert whole.taken_at() == moment(date(2020, 11, 20), 10)
    assert overall(whole)["vouchers"] == 240
    values = money(whole, GROUPINGS["city"]).total.values
    assert all(value > 0 for value in values), "something in every place"
    with pytest.raises(CommandError, match="已存在"):
        seed(cities=2, enterprises=60, vouchers=240, providers=6)


@pytest.mark.postgres
def test_more_vouchers_than_batches_is_refused() -> None:
    with pytest.raises(CommandError, match="至多 5 张券"):
        seed(cities=1, enterprises=10, vouchers=1000)
    assert not Programme.objects.exists()


def test_another_engine_or_production_is_refused(settings) -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="PostgreSQL"):
            seed()
    build.programme(year=2019)
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="正式环境"):
        seed()
