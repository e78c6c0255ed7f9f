"""The messages of a whole demo season: their words are full, their links open, and none comes twice (N2, V7, F5)."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.core.mail import get_connection
from django.db.models import Min
from django.test import Client, TestCase
from django.utils.module_loading import import_string

from enterprises.models import Profile
from foundation.moments import moment
from foundation.notices.events import EVENTS, MAILED_TO_ASKED, TYPED, Kind
from foundation.notices.mail import make_mail
from foundation.notices.models import Message, OutboxEntry
from foundation.notices.tasks import send_outbox
from providers.models import Provider
from rehearsal.demo.play import seed_demo
from tests.messages.table import REMINDED
from voucher_portal.jobs import JOBS

NOW = moment(date(2026, 7, 15), 10, 30)
# What a demo season does not come to; the tests of the acts send them.
NOT_PLAYED = {
    "access_token_made",
    "factor_reset",
    "factor_reset_asked",
    "file_handed_over",
    "password_reset",
    "account_joined",
    "factor_vouched",
    "cancellation_withdrawn",
    "claim_more_supplied",
    "claim_request_taken_back",
    "claim_sent_back",
    "objection_result",
    "opinion_waiting",
    "order_waiting",
    "orders_waiting",
    "payment_return_refused",
    "opinion_given",
    "payment_corrected",
    "payment_ended",
    "sanction_lifted",
    "result_passed_over",
    "sanction_recovered",
    "voucher_reclaimed",
}


def placeholders(event: str) -> set[str]:
    words = EVENTS[event]
    patterns = (words.subject, words.text, words.todo, words.until)
    return {name for p in patterns for _, name, _, _ in string.Formatter().parse(p) if name}


@pytest.mark.rule("N2", "V7")
class TestASeason(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        seed_demo(now=NOW)

    def one_of_each(self) -> Iterator[Message]:
        """The newest message of every event for every role."""
        firsts = (
            Message.objects.values("event", "recipient__role").annotate(pk=Min("pk")).order_by()
        )
        pks = [row["pk"] for row in firsts]
        yield from Message.objects.filter(pk__in=pks).select_related("recipient__person")

    def test_nearly_every_event_happens(self) -> None:
        played = set(Message.objects.values_list("event", flat=True).distinct())
        assert set(EVENTS) - played <= NOT_PLAYED

    def test_no_message_has_a_gap(self) -> None:
        for message in self.one_of_each():
            assert placeholders(message.event) <= set(message.params), message.event

    def test_every_link_is_in_reach_of_its_receiver(self) -> None:
        with time_machine.travel(NOW, tick=False):
            for message in self.one_of_each():
                client = Client()
                client.force_login(message.recipient)
                answer = client.get(message.link, follow=True)
                assert answer.status_code == 200, (message.event, message.link)
                assert "/login/" not in answer.request["PATH_INFO"], (message.event, message.link)
                own = client.get(f"/messages/{message.pk}/").content.decode()
                assert f'href="{message.link}"'.replace("&", "&amp;") in own

    @pytest.mark.rule("F5")
    def test_no_mail_holds_personal_data_or_what_people_typed(self) -> None:
        secrets = {
            value
            for person in (*Profile.objects.all()[:200], *Provider.objects.all())
            for value in (
                person.legal_representative_id,
                getattr(person, "handler_id", ""),
                getattr(person, "handler_mobile", ""),
                getattr(person, "contact_id", ""),
                getattr(person, "contact_mobile", ""),
                getattr(person, "bank_account", ""),
            )
            if value
        }
        pattern = re.compile("|".join(map(re.escape, secrets)))
        connection = get_connection()
        for message in self.one_of_each():
            if message.event == MAILED_TO_ASKED:
                continue
            mail = make_mail(message, organisation="单位", connection=connection)
            said = mail.subject + mail.body + mail.alternatives[0][0]
            assert not pattern.search(said), message.event
            for name in TYPED & message.params.keys():
                assert message.params[name] not in said, message.event

    def test_a_job_that_runs_twice_tells_nothing_twice(self) -> None:
        """Every job but the post, at several hours of the days to come, each time twice."""
        jobs = [import_string(path) for path in JOBS if import_string(path) is not send_outbox]
        for hours in (0, 1, 24, 25, 72, 96, 24 * 7, 24 * 15, 24 * 31):
            at = NOW + timedelta(hours=hours)
            for job in jobs:
                job(at)
            before = Message.objects.count(), OutboxEntry.objects.count()
            for job in jobs:
                job(at)
            assert (Message.objects.count(), OutboxEntry.objects.count()) == before, hours
        reminders = Message.objects.filter(event__in=REMINDED)
        assert reminders.exists()
        assert not reminders.filter(key=None).exists(), "a reminder without a key could come twice"
        twice = set()
        for fields in reminders.filter(event="order_deadline").values_list(
            "recipient", "link", "params__days", "params__deadline"
        ):
            assert fields not in twice
            twice.add(fields)

    def test_both_sides_are_reminded_of_an_orders_deadline(self) -> None:
        roles = Message.objects.filter(event="order_deadline").values_list(
            "recipient__role", flat=True
        )
        assert {"enterprise", "provider"} <= set(roles)

    def test_every_kind_of_message_comes(self) -> None:
        played = Message.objects.values_list("event", flat=True).distinct()
        assert {EVENTS[event].kind for event in played} == set(Kind)
