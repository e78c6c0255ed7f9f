"""Filling the database of a measurement with sets of rows: enterprises that may apply, batches, logins."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import models
from django.test import Client
from django.utils import timezone

from bench.client import Login
from enterprises.models import Enterprise, Industry, Profile, Qualification, SizeClass
from enterprises.states import QualificationState
from foundation.accounts.models import Person, Role, User
from foundation.accounts.sessions import BACKEND, begin
from foundation.audit.models import AuditEntry
from foundation.documents.models import Document
from foundation.moments import local_day
from foundation.money import in_fen
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from foundation.regions.models import City, District
from foundation.rosters.models import PriorityCategory, PriorityEntry
from rehearsal.large.rows import copies, ids_used
from rehearsal.large.rows import run as execute
from vouchers.models import SHARDS, Batch, DemandShard, EnterpriseAllowance, Programme
from vouchers.states import BatchState

PRIORITY_EVERY = 5  # every fifth enterprise stands on a priority roster
SESSION_CSRF_LENGTH = 32


def clone(row: models.Model, count: int, **columns: str) -> None:
    """Insert ``count`` copies of ``row``; ``columns``, the id among them, are SQL over ``i`` (1 to ``count``)."""
    copies(row, f"generate_series(1, {int(count)}) i", **columns)
    ids_used(type(row))


def make_enterprises(count: int, *, at: datetime) -> list[int]:
    """``count`` enterprises of Guangzhou that may apply in the year of ``at``; their primary keys, ascending."""
    city = City.objects.get(slug="guangzhou")
    year = local_day(at).year
    earlier = at - timedelta(days=1)
    account = _account(Role.ENTERPRISE, "bench-enterprise", city)
    reviewer = _account(Role.CONTRACTOR, "bench-contractor", city)
    enterprise = Enterprise.objects.create(
        account=account, city=city, credit_code="B" * 18, name="测量企业", created_at=earlier
    )
    profile = _profile(enterprise, city, earlier)
    qualification = _qualification(enterprise, profile, reviewer, year, earlier)
    user, company, version = account.pk, enterprise.pk, profile.pk
    name = "'bench-' || i"
    clone(account, count, id=f"{user + 1000} + i", username=name)
    code = "'B' || lpad(i::text, 17, '0')"
    clone(
        enterprise,
        count,
        id=f"{company} + i",
        account_id=f"{user + 1000} + i",
        credit_code=code,
        name="'测量企业' || i",
    )
    clone(profile, count, id=f"{version} + i", enterprise_id=f"{company} + i")
    clone(
        qualification,
        count,
        id=f"{qualification.pk} + i",
        enterprise_id=f"{company} + i",
        profile_id=f"{version} + i",
    )
    entry = PriorityEntry.objects.create(
        city=city, year=year, category=PriorityCategory.SPECIALISED, credit_code="B" * 18
    )
    clone(
        entry,
        count // PRIORITY_EVERY,
        id=f"{entry.pk} + i",
        credit_code=f"'B' || lpad((i * {PRIORITY_EVERY})::text, 17, '0')",
    )
    _history(enterprise, account, reviewer, count, earlier)
    # The pattern itself takes part in nothing.
    Qualification.objects.filter(pk=qualification.pk).update(state=QualificationState.RETURNED)
    return list(range(company + 1, company + 1 + count))


def _history(
    enterprise: Enterprise, account: User, reviewer: User, count: int, at: datetime
) -> None:
    """What registration left of every enterprise: its message and the record of the act.

    No city opens a batch with these tables empty, for which PostgreSQL would plan to read the whole of them.
    """
    message = Message.objects.create(
        recipient=account, event="registration_passed", created_at=at, read_at=at
    )
    clone(message, count, id=f"{message.pk} + i", recipient_id=f"{account.pk + 1000} + i")
    entry = AuditEntry.objects.create(
        at=at,
        actor=reviewer,
        actor_label="测量",
        role=reviewer.role,
        action="pass_registration",
        subject_type=Enterprise._meta.label_lower,
        subject_id=enterprise.pk,
    )
    clone(entry, count, id=f"{entry.pk} + i", subject_id=f"{enterprise.pk} + i")


def make_programme(*, at: datetime, total: int) -> Programme:
    """Guangzhou's programme of the year of ``at``, ``total`` yuan."""
    day = local_day(at)
    made = Programme.objects.create(
        city=City.objects.get(slug="guangzhou"),
        year=day.year,
        total_amount=Decimal(total),
        service_from=day - timedelta(days=200),
        service_until=day + timedelta(days=200),
        created_at=at,
    )
    made.refresh_from_db()
    return made


def make_batch(programme: Programme, *, amount: int, at: datetime, days: int = 2) -> Batch:
    """A batch of ``amount`` yuan that has been open for a day at ``at`` and closes ``days`` later."""
    made = Batch.objects.create(
        programme=programme,
        number=programme.batches.count() + 1,
        amount=Decimal(amount),
        opens_at=at - timedelta(days=1),
        closes_at=at + timedelta(days=days),
        valid_until=local_day(at) + timedelta(days=days + programme.usage_days + 60),
        state=BatchState.ANNOUNCED,
        announced_at=at - timedelta(days=2),
    )
    DemandShard.objects.bulk_create(DemandShard(batch=made, shard=n) for n in range(SHARDS))
    made.refresh_from_db()
    return made


def apply_for_all(batch: Batch, *, amount: int, at: datetime) -> None:
    """One application of ``amount`` yuan for every passed enterprise, and the counters that go with it."""
    fen = in_fen(amount)
    execute(
        """
        INSERT INTO vouchers_application
            (batch_id, enterprise_id, profile_id, amount, counted_tier, state, submitted_at)
        SELECT %s, q.enterprise_id, q.profile_id, %s,
               CASE WHEN p.id IS NULL THEN '2' ELSE '1' END, 'submitted', %s
        FROM enterprises_qualification q
        JOIN enterprises_enterprise e ON e.id = q.enterprise_id
        LEFT JOIN rosters_priorityentry p ON p.credit_code = e.credit_code AND p.year = q.year
        WHERE q.year = %s AND q.state = 'passed' ORDER BY hashint8(q.enterprise_id)
        """,
        batch.pk,
        fen,
        at,
        batch.programme.year,
    )
    execute(
        """
        INSERT INTO vouchers_enterpriseallowance
            (programme_id, enterprise_id, cap, applied, received, returned)
        SELECT %s, enterprise_id, %s, %s, 0, 0 FROM vouchers_application WHERE batch_id = %s
        ON CONFLICT (enterprise_id, programme_id)
        DO UPDATE SET applied = vouchers_enterpriseallowance.applied + excluded.applied
        """,
        batch.programme_id,
        in_fen(batch.programme.enterprise_cap),
        fen,
        batch.pk,
    )
    execute(
        f"""
        UPDATE vouchers_demandshard s SET priority_amount = d.priority, other_amount = d.other
        FROM (SELECT id %% {SHARDS} AS shard,
                     COALESCE(SUM(amount) FILTER (WHERE counted_tier = '1'), 0) AS priority,
                     COALESCE(SUM(amount) FILTER (WHERE counted_tier = '2'), 0) AS other
              FROM vouchers_application WHERE batch_id = %s GROUP BY 1) d
        WHERE s.batch_id = %s AND s.shard = d.shard
        """,  # nosec B608 # our own names and figures only
        batch.pk,
        batch.pk,
    )


def make_allowances(programme: Programme) -> None:
    """The yearly allowance of every passed enterprise, untouched."""
    execute(
        f"INSERT INTO {EnterpriseAllowance._meta.db_table} "
        "(programme_id, enterprise_id, cap, applied, received, returned) "
        "SELECT %s, enterprise_id, %s, 0, 0, 0 FROM enterprises_qualification "
        "WHERE year = %s AND state = 'passed'",  # nosec B608 # our own names and figures only
        programme.pk,
        in_fen(programme.enterprise_cap),
        programme.year,
    )


def settle_tables() -> None:
    """What autovacuum would have done by the time a city opens a batch; then a checkpoint, so that none is due."""
    execute("VACUUM ANALYZE")
    execute("CHECKPOINT")


def make_logins(enterprises: list[int]) -> list[Login]:
    """A session and a CSRF token for the account of each enterprise, as after a login."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    accounts: Mapping[int, User] = {
        user.enterprise.pk: user
        for user in User.objects.filter(enterprise__in=enterprises).select_related("enterprise")
    }
    logins = []
    for enterprise in enterprises:
        user = accounts[enterprise]
        session = store()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        begin(session, user, at=timezone.now())
        session.create()
        csrf = secrets.token_hex(SESSION_CSRF_LENGTH // 2)
        logins.append(Login(user.pk, enterprise, str(session.session_key), csrf))
    return logins


def sign_in(client: Client, user: User, *, at: datetime) -> None:
    """Let a test client go on as if ``user`` had come through all the steps of signing in at ``at``."""
    client.force_login(user, backend=BACKEND)
    session = client.session
    begin(session, user, at=at)
    session.save()


def _account(role: Role, username: str, city: City) -> User:
    person = None
    if role == Role.CONTRACTOR:
        person = Person.objects.create(name="测量", id_number="-", id_key=lookup_key(username))
    return User.objects.create(
        username=username,
        role=role,
        city=city if person else None,
        person=person,
        assurance_level=1,
        password=f"!{secrets.token_hex(20)}",
    )


def _profile(enterprise: Enterprise, city: City, at: datetime) -> Profile:
    district = city.districts.first() or District.objects.create(
        city=city, code="440199", name="市区"
    )
    return Profile.objects.create(
        enterprise=enterprise,
        version=1,
        frozen_at=at,
        name=enterprise.name,
        legal_representative="测量",
        legal_representative_id="-",
        legal_representative_id_key=lookup_key("-"),
        is_legal_person=True,
        address="测量路 1 号",
        district=district,
        registered_capital=Decimal(100),
        founded_on=local_day(at - timedelta(days=1000)),
        industry=Industry.SOFTWARE,
        employees=20,
        revenue=Decimal(300),
        assets=Decimal(200),
        size_class=SizeClass.SMALL,
        handler="测量",
        handler_id="-",
        handler_id_key=lookup_key("-"),
        handler_mobile="-",
    )


def _qualification(
    enterprise: Enterprise, profile: Profile, reviewer: User, year: int, at: datetime
) -> Qualification:
    material = Document.objects.create(
        sha256="0" * 64,
        storage_name="00/0",
        media_type="application/pdf",
        size=1,
        name="测量.pdf",
        uploaded_at=at,
        uploaded_by=enterprise.account,
    )
    return Qualification.objects.create(
        enterprise=enterprise,
        year=year,
        profile=profile,
        state=QualificationState.PASSED,
        licence=material,
        proof=material,
        declaration=material,
        proof_kind="tax",
        declared_on=local_day(at),
        submitted_at=at,
        decided_at=at,
        decided_by=reviewer,
    )
