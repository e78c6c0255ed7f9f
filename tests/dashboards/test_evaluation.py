"""绩效评价: the report's figures, added up again from the raw entries; who sees it (N3)."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dashboards.evaluation.queries import Evaluation, evaluation_of
from dashboards.models import OrderFigures
from dashboards.operations.refreshing import refresh_figures
from enterprises.models import Qualification
from foundation.accounts.models import Role
from foundation.money import ZERO, total
from foundation.regions.models import City, District
from orders.models import BankTransfer, Rating
from tests import build
from tests.pdfs import words
from tests.redemption import build as claims
from tests.redemption.build import at_step
from vouchers.models import LedgerEntry, Programme, Voucher

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N3")]


@pytest.fixture
def programme() -> Programme:
    """A claim of two orders, one settled and one disallowed, and a voucher of another district never used."""
    made = at_step("submit", lines=2)
    made.pass_line(0)
    made.disallow(1)
    for step in (made.finish, made.approve, made.publish):
        step()
    made.settle(0)
    programme: Programme = made.programme
    idle = build.enterprise(district=District.objects.get(name="番禺区"))
    build.voucher(idle, 5000, of=build.batch(programme))
    return programme


def by_hand(programme: Programme, kind: str) -> Decimal:
    return sum(
        (
            entry.amount
            for entry in LedgerEntry.objects.filter(kind=kind)
            if entry.voucher.batch.programme_id == programme.pk
        ),
        ZERO,
    )


def figures(report: Evaluation, key: str) -> dict[str, object]:
    return {line.label: line for line in next(p for p in report.parts if p.key == key).lines}


def test_every_part_adds_up_to_the_raw_entries(programme: Programme) -> None:
    report = evaluation_of(programme)
    issued, paid = by_hand(programme, "issue"), by_hand(programme, "pay")
    used = paid - by_hand(programme, "refund") - by_hand(programme, "disallow")
    own = sum(
        (
            one.amount
            for one in BankTransfer.objects.filter(superseded_at=None)
            if one.payment.state == "accepted" and not one.payment.order.disallowed
        ),
        ZERO,
    )
    assert issued > paid > used > 0
    assert own > 0
    stars = [rating.stars for rating in Rating.objects.all()]
    for part in report.parts:
        lines = part.lines
        assert sum((line.used for line in lines), ZERO) == used
        assert sum((line.settled for line in lines), ZERO) == by_hand(programme, "settle")
        assert sum((line.own for line in lines), ZERO) == own
        assert sum(line.stars for line in lines) == sum(stars)
        assert sum(line.ratings for line in lines) == len(stars)
        assert sum(line.orders for line in lines) == 1
        if part.of_enterprises:
            assert sum((line.issued for line in lines), ZERO) == issued
            submitted = Qualification.objects.filter(submitted_at__isnull=False)
            assert sum(line.registered for line in lines) == submitted.count() > 0
            assert (
                sum(line.granted for line in lines)
                == Voucher.objects.values("enterprise").distinct().count()
            )
    assert report.sum.issued == issued
    assert report.sum.leverage == (own / report.sum.accepted).quantize(Decimal("0.01"))
    assert report.budget_rate == (
        by_hand(programme, "settle") / programme.total_amount * 100
    ).quantize(Decimal("0.1"))


def test_the_dashboard_says_the_same_of_own_money(programme: Programme) -> None:
    refresh_figures(at=claims.SETTLED, programme=programme)
    rolled_up = OrderFigures.objects.filter(programme=programme).aggregate(
        own=total("own"), accepted=total("accepted")
    )
    report = evaluation_of(programme)
    assert rolled_up == {"own": report.sum.own, "accepted": report.sum.accepted}


def test_the_idle_district_is_told_apart(programme: Programme) -> None:
    line = figures(evaluation_of(programme), "district")["番禺区"]
    assert (line.issued, line.used, line.use_rate, line.leverage) == (5000, 0, 0, None)


def test_an_enterprise_without_a_file_of_the_year_is_not_lost(programme: Programme) -> None:
    before = evaluation_of(programme).sum.issued
    Qualification.objects.update(year=programme.year - 1)
    report = evaluation_of(programme)
    assert report.sum.issued == before
    assert figures(report, "size")["未登记"].issued == before


def test_a_file_of_another_year_doubles_nothing(programme: Programme) -> None:
    before = evaluation_of(programme)
    for file in Qualification.objects.all():
        file.pk, file.year = None, programme.year - 1
        file.save()
    after = evaluation_of(programme)
    assert (after.sum.issued, after.sum.own, after.sum.ratings) == (
        before.sum.issued,
        before.sum.own,
        before.sum.ratings,
    )


def test_the_number_of_queries_is_constant(programme: Programme) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        evaluation_of(programme)
    for _ in range(5):
        build.voucher(build.enterprise(), 1000, of=build.batch(programme))
    with CaptureQueriesContext(connection) as many:
        evaluation_of(programme)
    assert len(many) == len(few) <= 32


def test_page_excel_and_pdf_say_the_same(client: Client, programme: Programme) -> None:
    client.force_login(build.account(Role.BUREAU))
    page = client.get(reverse("dashboards:evaluation"))
    assert "番禺区" in page.content.decode()
    book = load_workbook(BytesIO(client.get(reverse("dashboards:evaluation-sheet")).content))
    assert book.sheetnames == ["总体情况", "按区", "按规模", "按行业", "按服务机构"]
    overview = {row[0].value: row[1].value for row in book["总体情况"].iter_rows(min_row=2)}
    assert overview["发放金额（元）"] == float(by_hand(programme, "issue"))
    text = words(client.get(reverse("dashboards:evaluation-pdf")).content)
    assert "绩效评价报告" in text
    assert "番禺区" in text


def test_another_city_sees_404_and_the_province_all(client: Client, programme: Programme) -> None:
    address = f"{reverse('dashboards:evaluation')}?programme={programme.pk}"
    client.force_login(build.account(Role.BUREAU, of=City.objects.get(slug="zhuhai")))
    assert client.get(address).status_code == 404
    assert "还没有年度方案" in client.get(reverse("dashboards:evaluation")).content.decode()
    client.force_login(build.account(Role.PROVINCE))
    assert client.get(address).status_code == 200
    client.force_login(build.account(Role.DISTRICT, district=build.district()))
    assert client.get(address).status_code == 404
