"""The hot path: one read, one statement to write, and the same result as step by step."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.db import connection
from django.urls import reverse

from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.notices.models import Message, OutboxEntry
from foundation.regions.models import City
from tests import build
from vouchers.entrance import read_entrance
from vouchers.models import Application, Batch, EnterpriseAllowance
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.policies import Demand
from vouchers.reconciliation import breaks

pytestmark = pytest.mark.django_db


def post(client, batch, amount=2000, at=None):
    """Press the button of the page at a moment."""
    with patch("foundation.requests.timezone.now", return_value=at or batch.opens_at):
        return client.post(reverse("vouchers:apply", args=[batch.pk]), {"amount": amount})


@pytest.mark.rule("B4", "E5", "E7", "G3")
def test_one_read_sees_everything_that_decides():
    batch = build.batch()
    first, second = build.enterprise(priority=True), build.enterprise(size_class="large")
    build.apply(batch, first, 300)
    build.apply(batch, build.enterprise(), 500)
    seen = read_entrance(account_pk=first.account_id, batch_pk=batch.pk, at=batch.opens_at)
    for name in (
        "password",
        "is_active",
        "role",
        "username",
        "first_name",
        "last_name",
        "person_id",
    ):
        assert getattr(seen.account, name) == getattr(first.account, name)
    assert seen.account.shown_name == first.account.shown_name
    assert seen.standing.enterprise_pk == first.pk
    assert seen.standing.profile_pk == first.profiles.get().pk
    assert (seen.standing.failing, seen.standing.is_priority) == ("", True)
    for name in ("number", "amount", "opens_at", "closes_at", "state"):
        assert getattr(seen.batch, name) == getattr(batch, name)
    for name in ("city_id", "year", "enterprise_cap", "application_step"):
        assert getattr(seen.batch.programme, name) == getattr(batch.programme, name)
    assert seen.demand == Demand(priority=Decimal(300), other=Decimal(500))
    other = read_entrance(account_pk=second.account_id, batch_pk=batch.pk, at=batch.opens_at)
    assert (other.standing.failing, other.standing.is_priority) == ("large", False)


@pytest.mark.rule("B1", "G3")
def test_one_read_sees_nothing_beyond_reach():
    batch, enterprise = build.batch(), build.enterprise()
    elsewhere = build.enterprise(of=City.objects.get(slug="foshan"))
    stranger = build.account("provider")
    for account, pk in (
        (elsewhere.account_id, batch.pk),
        (stranger.pk, batch.pk),
        (enterprise.account_id, batch.pk + 1),
        (enterprise.account_id, 10**30),
    ):
        assert read_entrance(account_pk=account, batch_pk=pk, at=batch.opens_at) is None
    Batch.objects.filter(pk=batch.pk).update(state="cancelled")
    assert (
        read_entrance(account_pk=enterprise.account_id, batch_pk=batch.pk, at=batch.opens_at)
        is None
    )


@pytest.mark.postgres
@pytest.mark.rule("B2", "B3", "B4", "N2")
@pytest.mark.parametrize("first_of_the_year", [True, False])
@pytest.mark.parametrize("priority", [True, False])
def test_both_ways_leave_the_same_rows(monkeypatch, first_of_the_year, priority):
    batch = build.batch()
    earlier = build.batch(batch.programme)
    left = []
    for at_once in (True, False):
        enterprise = build.enterprise(priority=priority)
        if not first_of_the_year:
            build.apply(earlier, enterprise, 100)
        monkeypatch.setattr("vouchers.operations.applying.writes_at_once", lambda way=at_once: way)
        left.append(rows_of(build.apply(batch, enterprise, 12300)))
    assert left[0] == left[1]
    assert not list(breaks())


# Keys, and whose it is: what must differ.
DIFFERENT = {"id", "enterprise_id", "profile_id", "actor_id", "actor_label"}
DIFFERENT |= {"subject_id", "recipient_id", "message_id", "link"}


def rows_of(application):
    """Every row that an application leaves, compared with the application, then without what must differ."""
    kept = Application.objects.get(pk=application.pk)
    assert fields_of(kept) == fields_of(application)
    enterprise = kept.enterprise
    entry = AuditEntry.objects.get(action="submit_application", subject_id=kept.pk)
    message = Message.objects.get(link=f"/vouchers/applications/{kept.pk}/")
    assert message.params.pop("number") == kept.number
    assert message.recipient == entry.actor == enterprise.account
    assert entry.actor_label == enterprise.account.shown_name
    allowance = EnterpriseAllowance.objects.get(enterprise=enterprise)
    rows = (kept, entry, message, OutboxEntry.objects.get(message=message), allowance)
    return [
        {name: value for name, value in fields_of(row).items() if name not in DIFFERENT}
        for row in rows
    ]


def fields_of(row):
    """What the row holds, by column."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.postgres
@pytest.mark.rule("B2", "B5")
def test_a_long_application_number_is_not_cut():
    batch, enterprise = build.batch(), build.enterprise()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('vouchers_application', 'id'))")
        before = cursor.fetchone()[0]
        setval = "SELECT setval(pg_get_serial_sequence('vouchers_application', 'id'), %s)"
        cursor.execute(setval, [12_345_678_901])
        application = build.apply(batch, enterprise)
        cursor.execute(setval, [before])
    assert application.number == "SL12345678902"
    assert Message.objects.get(recipient=enterprise.account).params["number"] == application.number


def test_the_button_costs_few_queries(client, django_assert_max_num_queries):
    batch, enterprise = build.batch(), build.enterprise()
    client.force_login(enterprise.account)
    post(client, build.batch(batch.programme))
    # Two of them are the session of the tests, which is in the database.
    most = 6 if connection.vendor == "postgresql" else 18
    with django_assert_max_num_queries(most):
        answer = post(client, batch)
    application = Application.objects.get(batch=batch)
    assert answer["Location"] == reverse("vouchers:application", args=[application.pk])


@pytest.mark.rule("B4")
def test_who_comes_too_late_is_told_so_without_further_queries(
    client, django_assert_max_num_queries
):
    batch = build.batch(amount=Decimal(20000))
    build.apply(batch, build.enterprise())
    client.force_login(build.enterprise().account)
    post(client, batch)
    with django_assert_max_num_queries(4 if connection.vendor == "postgresql" else 6):
        answer = post(client, batch)
    assert answer.status_code == 200
    assert "已额满" in answer.content.decode()
    assert Application.objects.count() == 1


@pytest.mark.rule("B4")
def test_after_a_withdrawal_nobody_is_refused_by_what_was_true_before(client):
    batch, enterprise = build.batch(amount=Decimal(20000)), build.enterprise()
    application = build.apply(batch, enterprise)
    client.force_login(build.enterprise().account)
    assert post(client, batch).status_code == 200
    withdraw_application(
        by=build.actor(enterprise.account), at=batch.opens_at, application=application
    )
    assert post(client, batch).status_code == 302


@pytest.mark.rule("E1")
def test_the_account_read_along_is_believed_only_with_its_own_session(client):
    batch, enterprise = build.batch(), build.enterprise()
    page = reverse("vouchers:apply", args=[batch.pk])
    client.force_login(enterprise.account)
    session = client.session
    session[HASH_SESSION_KEY] = "0" * 64
    session.save()
    answer = post(client, batch)
    assert answer["Location"] == f"{reverse('accounts:login')}?next={page}"
    client.force_login(enterprise.account)
    enterprise.account.set_password("another long password")
    enterprise.account.save()
    assert "login" in post(client, batch)["Location"]
    client.force_login(enterprise.account)
    User.objects.filter(pk=enterprise.account_id).update(is_active=False)
    assert "login" in post(client, batch)["Location"]
    assert not Application.objects.exists()


def test_only_enterprises_and_only_known_batches(client):
    batch = build.batch()
    assert "login" in post(client, batch)["Location"]
    client.force_login(build.account("provider"))
    assert post(client, batch).status_code == 404
    client.force_login(build.enterprise().account)
    far = reverse("vouchers:apply", args=[10**30])
    assert client.post(far, {"amount": 2000}).status_code == 404


def test_what_was_read_of_one_account_is_no_use_for_another():
    batch, mine, theirs = build.batch(), build.enterprise(), build.enterprise()
    seen = read_entrance(account_pk=theirs.account_id, batch_pk=batch.pk, at=batch.opens_at)
    with pytest.raises(ValueError, match="somebody else"):
        submit_application(
            by=build.actor(mine.account),
            at=batch.opens_at,
            batch_pk=batch.pk,
            amount=Decimal(100),
            seen=seen,
        )
