"""Ways in that were once open, and odd addresses that once broke a page."""

from __future__ import annotations

from datetime import datetime
from itertools import product

import pytest
import time_machine
from django.contrib import admin
from django.test import Client

from foundation.accounts.models import Role
from foundation.requests import whole_number
from tests import build
from tests.access.world import NOW, build_world
from vouchers.models import Batch, Programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Client:
    client = Client()
    client.force_login(build.account(Role.BUREAU))
    return client


def test_a_password_cannot_be_guessed_letter_by_letter(bureau: Client) -> None:
    build.account(Role.CONTRACTOR)
    for way in ("password__startswith=md5", "password__regex=.", "id__gt=0", "email__contains=a"):
        assert bureau.get(f"/admin/accounts/user/?{way}").status_code == 400
    for way in ("role__exact=contractor", "is_active__exact=1"):
        assert bureau.get(f"/admin/accounts/user/?{way}").status_code == 200


def test_the_filters_of_every_list_still_work(bureau: Client) -> None:
    """Every link that a list's filters offer is one the list takes."""
    world = build_world()
    client = Client()
    assert world.cast["bureau"]
    client.force_login(world.cast["bureau"])
    with time_machine.travel(NOW, tick=False):
        for model in admin.site._registry:
            page = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/")
            cl = page.context["cl"]
            for spec in cl.filter_specs:
                for choice in spec.choices(cl):
                    link = choice["query_string"]
                    assert client.get(page.request["PATH_INFO"] + link).status_code == 200, link


LONG = "9" * 5000
NUMBERS = (LONG, "9" * 30, "²", "-1", "abc")


def test_odd_numbers_in_an_address_are_no_error(bureau: Client) -> None:
    world = build_world()
    sold = world.made.scene
    for number, address in product(
        NUMBERS,
        (
            f"/products/{sold.version.product_id}/?city={{}}",
            f"/products/providers/{sold.provider.pk}/?city={{}}&page={{}}",
            "/dashboard/?programme={}",
            "/dashboard/orders/?provider={}",
            "/dashboard/orders.xlsx?provider={}",
            "/admin/enterprises/qualification/?district={}",
            "/admin/notices/notice/?publish_at__year={}",
            "/admin/workdays/workdayexception/?day__year=2020&day__month={}",
            "/admin/audit/auditentry/?at__year={}",
        ),
    ):
        status = bureau.get(address.format(number, number)).status_code
        assert status < 500, f"{address} {number[:40]}"


@pytest.mark.parametrize(
    "moment",
    ["0001-01-01 00:00:00+08:00", "9999-12-31 23:00:00-08:00", "10000-01-01"],
)
def test_a_moment_at_the_end_of_time_is_no_error(bureau: Client, moment: str) -> None:
    """In UTC there is no such year."""
    build_world()
    for ask in ("given_up_at__gte", "given_up_at__lt"):
        for page in ("", "export.xlsx"):
            answer = bureau.get(f"/admin/notices/outboxentry/{page}", {ask: moment})
            assert answer.status_code < 500, (page, ask)


def test_a_nul_in_an_address_is_refused(client: Client) -> None:
    for address in (
        "/publicity/objections/%00/",
        "/provider/register/?name=%00",
        "/products/?text=a%00b",
        "/admin/accounts/user/?role__exact=%00",
    ):
        assert client.get(address).status_code == 400


@pytest.mark.parametrize("charset", ["base64", "idna", "rot13", "utf-16"])
def test_forms_come_in_utf8(client: Client, charset: str) -> None:
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    body = b'--x\r\nContent-Disposition: form-data; name="receipt"\r\n\r\nabc\r\n--x--\r\n'
    assert client.generic("POST", "/publicity/follow/", body, kind).status_code == 400
    sound = "multipart/form-data; boundary=x; charset=UTF-8"
    assert client.generic("POST", "/publicity/follow/", body, sound).status_code == 200


def test_whole_numbers_of_an_address() -> None:
    assert whole_number("12") == 12
    for text in ("", "-1", "²", "٣", "1e3", " 1", LONG):
        assert whole_number(text) is None


def test_figures_from_which_no_deadline_can_be_counted_are_named(bureau: Client) -> None:
    bureau_of = build.account(Role.BUREAU)
    bureau.force_login(bureau_of)
    figures = {
        "year": "2020",
        "total_amount": "1000000",
        "enterprise_cap": "20000",
        "subsidy_ratio": "0.5",
        "provider_cap": "500000",
        "provider_share": "0.1",
        "usage_days": "30",
        "service_from": "2019-12-01",
        "service_until": "2020-11-30",
        "publicity_days": "5",
        "application_step": "100",
        "correction_days": "5",
    }
    new = "/admin/vouchers/programme/act/new/"
    for name, value in (
        ("year", "40000"),
        ("year", "9" * 30),
        ("usage_days", "40000"),
        ("publicity_days", "9" * 30),
        ("correction_days", "4000"),
        ("service_from", "0001-01-01"),
        ("service_until", "9999-12-31"),
        ("total_amount", "1e30"),
        ("subsidy_ratio", "NaN"),
    ):
        page = bureau.post(new, {**figures, name: value})
        assert page.status_code == 200, name
        assert name in page.context["form"].errors
    assert bureau.post(new, figures).status_code == 302
    programme = Programme.objects.get()
    batch = {
        "amount": "1000",
        "opens_at_0": "2020-06-28",
        "opens_at_1": "15:00",
        "closes_at_0": "2020-06-28",
        "closes_at_1": "17:30",
        "valid_until": "2020-11-30",
    }
    act = f"/admin/vouchers/programme/{programme.pk}/act/batch/"
    for name in ("opens_at_0", "closes_at_0", "valid_until"):
        for day in ("9999-12-31", "0001-01-01"):
            assert bureau.post(act, {**batch, name: day}).status_code == 200
    assert bureau.post(act, batch).status_code == 302
    assert isinstance(Batch.objects.get().closes_at, datetime)
