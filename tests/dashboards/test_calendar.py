"""One's deadlines as a calendar file (V7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from dashboards.agenda import agenda_of
from foundation.accounts.models import User
from foundation.agenda import Deadline
from foundation.calendars import calendar_file
from foundation.moments import SHANGHAI, end_of_day, moment
from foundation.notices.models import Message
from orders.models import Order
from orders.tasks import remind
from tests import build
from tests.orders import build as orders
from tests.redemption import build as claims
from vouchers.operations.applying import withdraw_application
from vouchers.tasks import remind_holders

pytestmark = [pytest.mark.django_db, pytest.mark.rule("V7")]


def keys(user: User, at: datetime) -> dict[str, datetime]:
    """What the account's agenda holds, the parts of a voucher's or order's primary key left out."""
    return {one.key: one.ends_at for one in agenda_of(user, at)}


def file_of(user: User, at: datetime):
    client = Client()
    with time_machine.travel(at, tick=False):
        client.force_login(user)
        return client.get("/dashboard/deadlines.ics")


def opened(content: bytes) -> Calendar:
    return Calendar.from_ical(content.decode())


class TestFile:
    AT = moment(date(2020, 7, 1), 10)
    ENDS = end_of_day(date(2020, 7, 28))

    def made(self, deadlines: Iterable[Deadline] | None = None, at: datetime = AT) -> Calendar:
        one = Deadline(
            "order-7", self.ENDS, "订单截止；请上传, 合同\\", "第一行\n第二行", "/orders/7/"
        )
        content = calendar_file(deadlines or [one], name="服务券期限", at=at)
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        return opened(content)

    def test_a_day_ends_at_its_last_second_in_shanghai(self):
        (event,) = self.made().walk("VEVENT")
        start = event.decoded("dtstart")
        assert start == datetime(2020, 7, 28, 23, 59, 59, tzinfo=SHANGHAI)
        assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
        (zone,) = self.made().walk("VTIMEZONE")
        assert zone.to_tz().utcoffset(datetime(2020, 7, 28)) == timedelta(hours=8)
        assert self.made()["version"] == "2.0"

    def test_it_reads_back_as_it_was_written(self):
        (event,) = self.made().walk("VEVENT")
        assert str(event["summary"]) == "订单截止；请上传, 合同\\"
        assert str(event["description"]) == "第一行\n第二行\nhttp://127.0.0.1:8000/orders/7/"
        assert str(event["url"]) == "http://127.0.0.1:8000/orders/7/"
        assert event.decoded("dtstamp") == self.AT

    def test_alarms_ring_in_the_morning_seven_three_and_one_days_before(self):
        (event,) = self.made().walk("VEVENT")
        start = event.decoded("dtstart")
        rings = [start + alarm.decoded("trigger") for alarm in event.walk("VALARM")]
        assert rings == [moment(date(2020, 7, day), 9) for day in (21, 25, 27)]
        words = [str(alarm["description"]) for alarm in event.walk("VALARM")]
        assert words[0].startswith("还有 7 天：订单截止")

    def test_an_alarm_that_is_over_is_left_out(self):
        (event,) = self.made(at=moment(date(2020, 7, 25), 9)).walk("VEVENT")
        assert [alarm.decoded("trigger").days for alarm in event.walk("VALARM")] == [-2]

    def test_the_uid_stays_when_the_deadline_moves(self):
        moved = Deadline("order-7", self.ENDS + timedelta(days=3), "x", "y", "/orders/7/")
        before, after = self.made(), self.made([moved], at=self.AT + timedelta(days=1))
        assert before.walk("VEVENT")[0]["uid"] == after.walk("VEVENT")[0]["uid"]
        assert str(before.walk("VEVENT")[0]["uid"]) == "order-7@127.0.0.1"


class TestEnterprise:
    def test_a_batch_it_can_still_apply_for(self):
        batch, enterprise = build.batch(), build.enterprise()
        user, key = enterprise.account, f"batch-{batch.pk}"
        before = build.OPENS - timedelta(days=1)
        assert keys(user, before) == {key: build.CLOSES}
        assert keys(user, build.CLOSES) == {key: build.CLOSES}
        assert keys(user, build.CLOSES + orders.MICROSECOND) == {}
        application = build.apply(batch, enterprise)
        assert keys(user, build.OPENS) == {}
        withdraw_application(by=build.actor(user), at=build.OPENS, application=application)
        assert key in keys(user, build.OPENS)

    def test_not_of_another_city_not_unchecked_not_a_draft(self):
        build.batch()
        assert keys(build.enterprise(of=build.city("foshan")).account, build.OPENS) == {}
        assert keys(build.enterprise(passed=False).account, build.OPENS) == {}
        assert keys(build.account("enterprise"), build.OPENS) == {}

    def test_a_voucher_with_a_free_balance_until_the_window_ends(self):
        voucher = build.voucher()
        user, key = voucher.enterprise.account, f"voucher-{voucher.pk}"
        assert keys(user, orders.PLACED) == {key: orders.WINDOW_ENDS}
        assert keys(user, orders.WINDOW_ENDS) == {key: orders.WINDOW_ENDS}
        assert keys(user, orders.WINDOW_ENDS + orders.MICROSECOND) == {}

    def test_nothing_of_a_voucher_that_is_all_reserved(self):
        scene = orders.scene()
        scene.place(20000)
        assert [
            key for key in keys(scene.enterprise.account, orders.PLACED) if "voucher" in key
        ] == []

    @pytest.mark.parametrize(
        ("state", "ends"),
        [
            ("placed", orders.WINDOW_ENDS),
            ("confirmed", orders.WINDOW_ENDS),
            ("contract_submitted", orders.EXPIRES),
            ("contracted", orders.EXPIRES),
            ("payment_correction", orders.EXPIRES),
            ("paid", None),
            ("accepted", None),
            ("cancelled", None),
            ("lapsed", None),
        ],
    )
    def test_each_order_by_where_it_stands(self, state, ends):
        scene = orders.in_state(state)
        found = [
            one for one in agenda_of(scene.enterprise.account, orders.PLACED) if "order" in one.key
        ]
        assert [one.ends_at for one in found] == ([ends] if ends else [])
        if ends:
            assert scene.order.number in found[0].summary
            assert found[0].link == f"/orders/{scene.order.pk}/"

    def test_a_sent_back_contract_until_the_correction_window_ends(self):
        scene = orders.at_step("confirm")
        scene.upload(at=orders.WINDOW_ENDS)
        at = moment(date(2020, 7, 31), 16)
        scene.send_back(at=at)
        assert keys(scene.enterprise.account, at)[f"order-{scene.order.pk}"] == end_of_day(
            date(2020, 8, 7)
        )

    def test_a_correction_window_without_a_calendar_is_left_out(self):
        scene = orders.in_state("contract_returned")
        late = moment(date(2098, 12, 31), 10)
        Order.objects.filter(pk=scene.order.pk).update(contract_returned_at=late)
        assert f"order-{scene.order.pk}" not in keys(scene.enterprise.account, orders.PLACED)


class TestProvider:
    def test_its_customers_deadlines_and_what_waits_on_it(self):
        scene = orders.in_state("contract_submitted")
        found = keys(scene.provider.account, orders.UPLOADED)
        order = f"order-{scene.order.pk}"
        assert found[order] == orders.EXPIRES
        assert found[f"{order}-waiting"] == orders.WINDOW_ENDS
        assert f"accreditation-{scene.provider.accreditation_id}" in found

    def test_a_payment_waits_until_the_voucher_expires(self):
        scene = orders.in_state("paid")
        order = f"order-{scene.order.pk}"
        assert keys(scene.provider.account, orders.PAID)[f"{order}-waiting"] == orders.EXPIRES
        assert f"{order}-waiting" not in keys(scene.enterprise.account, orders.PAID)

    def test_the_end_of_publicity(self):
        made = claims.at_step("publish")
        ends = keys(made.scene.provider.account, claims.PUBLISHED)[f"claim-{made.claim.pk}"]
        assert ends.astimezone(SHANGHAI).time().isoformat() == "23:59:59.999999"
        after = keys(made.scene.provider.account, ends + orders.MICROSECOND)
        assert f"claim-{made.claim.pk}" not in after

    def test_nothing_of_another_provider(self):
        orders.at_step("place")
        other = build.provider()
        assert list(keys(other.account, orders.PLACED)) == [
            f"accreditation-{other.accreditation_id}"
        ]


@pytest.mark.parametrize(
    "state", ["placed", "contracted", "contract_submitted", "contract_returned"]
)
def test_calendar_and_reminders_speak_of_the_same_moments(state):
    scene = orders.in_state(state)
    for user in (scene.enterprise.account, scene.provider.account):
        for key, ends_at in keys(user, orders.CONTRACTED).items():
            if key.startswith("order"):
                remind(ends_at - timedelta(days=1))
                event = "order_waiting" if key.endswith("waiting") else "order_deadline"
            elif key.startswith("voucher"):
                remind_holders(ends_at - timedelta(days=1))
                event = "voucher_unused"
            else:
                continue
            assert Message.objects.filter(recipient=user, event=event).exists(), key


def test_the_file_is_a_download_of_ones_own():
    scene = orders.at_step("place")
    answer = file_of(scene.enterprise.account, orders.PLACED)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert unquote(answer["Content-Disposition"]).endswith("服务券期限.ics")
    assert answer["Cache-Control"] == "private, no-store"
    events = opened(answer.content).walk("VEVENT")
    assert [event.decoded("dtstart").microsecond for event in events] == [0, 0]
    assert f"订单 {scene.order.number} 截止：服务机构确认订单" in {
        str(e["summary"]) for e in events
    }


def test_without_a_deadline_there_is_no_file():
    answer = file_of(build.account("enterprise"), orders.PLACED)
    assert answer.status_code == 302 and answer["Location"] == "/home/"


def test_both_homes_offer_it():
    scene = orders.scene()
    client = Client()
    with time_machine.travel(orders.PLACED, tick=False):
        for user, home in (
            (scene.enterprise.account, "/enterprise/"),
            (scene.provider.account, "/provider/"),
        ):
            client.force_login(user)
            assert "/dashboard/deadlines.ics" in client.get(home).content.decode()


def test_many_orders_take_no_more_queries(django_assert_max_num_queries):
    scene = orders.scene()
    for _ in range(8):
        scene.place(1000)
    for user, most in ((scene.enterprise.account, 6), (scene.provider.account, 6)):
        with django_assert_max_num_queries(most):
            assert len(agenda_of(user, orders.PLACED)) == 9
