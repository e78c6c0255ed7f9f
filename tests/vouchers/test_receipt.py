"""The 申领回执 as PDF (B2, B7)."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client

from enterprises.models import Profile
from foundation.moments import moment
from tests import build
from tests.pdfs import HOSTILE, flat, words
from vouchers.models import Application
from vouchers.operations.applying import withdraw_application

pytestmark = pytest.mark.django_db


def receipt(application: Application, at=build.OPENS) -> bytes:
    client = Client()
    client.force_login(application.enterprise.account)
    with time_machine.travel(at, tick=False):
        answer = client.get(f"/vouchers/applications/{application.pk}/receipt.pdf")
    assert answer.status_code == 200
    assert f"服务券申领回执 {application.number}.pdf" in unquote(answer["Content-Disposition"])
    return answer.content


@pytest.mark.rule("B2")
def test_the_receipt_says_what_arrived_and_when():
    application = build.apply(build.batch(), build.enterprise(), 20000)
    said = words(receipt(application))
    for part in (
        application.number,
        application.profile.name,
        application.enterprise.credit_code,
        str(application.batch),
        "20,000 元（人民币大写：贰万元整）",
        f"{application.submitted_at.astimezone(build.OPENS.tzinfo):%Y-%m-%d %H:%M:%S.%f}",
        "申领结果公布时间：2020年6月29日 09:00",
    ):
        assert flat(part) in said, part


def test_a_withdrawn_application_says_so():
    batch = build.batch()
    application = build.apply(batch, build.enterprise(), 20000)
    withdraw_application(
        by=build.actor(application.enterprise.account),
        at=build.OPENS + timedelta(minutes=5),
        application=application,
    )
    assert "本次申领已撤回" in words(receipt(application))


@pytest.mark.rule("B7")
def test_the_receipt_tells_no_result():
    application = build.apply(build.batch(), build.enterprise(), 20000)
    before = words(receipt(application)).replace(application.number, "")
    for word in ("排名", "获券金额", "全额获券", "未获券"):
        assert word not in before


def test_a_hostile_name_is_printed_as_it_is():
    application = build.apply(build.batch(), build.enterprise(), 100)
    Profile.objects.filter(pk=application.profile_id).update(name=HOSTILE)
    assert flat(HOSTILE) in words(receipt(application))


def test_nobody_else_gets_it():
    application = build.apply(build.batch(), build.enterprise(), 100)
    client = Client()
    client.force_login(build.enterprise().account)
    with time_machine.travel(moment(date(2020, 6, 28), 16), tick=False):
        path = f"/vouchers/applications/{application.pk}/receipt.pdf"
        assert client.get(path).status_code == 404
