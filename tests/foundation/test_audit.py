"""The audit trail is append-only on both engines (architecture, V2), and shown to the bureau alone."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role, User
from foundation.audit import append_only
from foundation.audit.models import AuditEntry
from foundation.audit.operations import PersonalDataInReason, record
from foundation.audit.queries import entries_visible_to, history_of
from foundation.regions.models import City
from tests.foundation.build import AT, city, party, staff

TABLE = "audit_auditentry"
CHANGES = [
    f"UPDATE {TABLE} SET reason = 'else'",
    f"UPDATE {TABLE} SET id = id + 1000",
    f"DELETE FROM {TABLE}",
]


def entry(by: Actor | None = None) -> AuditEntry:
    made = record(at=AT, by=by or job("test"), action="test", subject=city(), reason="原因")
    # As a commit would: PostgreSQL leaves a table alone that has deferred checks waiting.
    connection.check_constraints()
    return made


def execute(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
class TestAppendOnly:
    def test_entries_are_added(self) -> None:
        entry()
        AuditEntry.objects.bulk_create(
            [AuditEntry(**{**fields(), "action": "b"}) for _ in range(3)]
        )
        assert AuditEntry.objects.count() == 4

    @pytest.mark.parametrize("statement", CHANGES)
    def test_sql_does_not_change_them(self, statement: str) -> None:
        before = entry()
        with pytest.raises(IntegrityError, match="append-only"):
            execute(statement)
        after = AuditEntry.objects.get(pk=before.pk)
        assert (after.reason, after.action) == ("原因", "test")

    def test_models_do_not_change_them(self) -> None:
        made = entry()
        for change in (
            lambda: made.save(),
            lambda: made.delete(),
            lambda: AuditEntry.objects.update(reason=""),
            lambda: AuditEntry.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change()
        assert AuditEntry.objects.count() == 1

    @pytest.mark.postgres
    @pytest.mark.parametrize("how", ["", " CASCADE"])
    def test_they_are_not_truncated(self, how: str) -> None:
        entry()
        with pytest.raises(IntegrityError, match="append-only"):
            execute(f"TRUNCATE {TABLE}{how}")
        assert AuditEntry.objects.count() == 1

    def test_the_guard_can_be_made_twice_and_taken_off(self) -> None:
        entry()
        append_only.create(TABLE)
        append_only.create(TABLE)
        assert TABLE in append_only.guarded_tables()
        append_only.drop(TABLE)
        append_only.drop(TABLE)
        assert TABLE not in append_only.guarded_tables()
        execute(CHANGES[0])
        append_only.create(TABLE)
        with pytest.raises(IntegrityError):
            execute(CHANGES[0])

    def test_it_is_back_after_it_was_lifted(self) -> None:
        entry()
        with pytest.raises(ValueError), append_only.lifted():
            execute(CHANGES[0])
            raise ValueError
        with pytest.raises(IntegrityError):
            execute(CHANGES[0])

    def test_the_migration_operation(self) -> None:
        operation = append_only.AppendOnly("regions_district")
        with connection.schema_editor() if connection.vendor != "sqlite" else _editor() as editor:
            operation.database_forwards("regions", editor, None, None)
            assert "regions_district" in append_only.guarded_tables()
            operation.database_backwards("regions", editor, None, None)
            assert "regions_district" not in append_only.guarded_tables()
        assert operation.migration_name_fragment == "regions_district_append_only"
        assert "regions_district" in operation.describe()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_the_database_is_emptied_between_transactional_tests(time: str) -> None:
    assert not AuditEntry.objects.exists()
    assert City.objects.count() == 18
    entry()
    with pytest.raises(IntegrityError):
        execute(CHANGES[2])


@pytest.mark.django_db
class TestReach:
    def test_the_bureau_sees_what_its_own_citys_accounts_did(self) -> None:
        bureau, contractor = staff(Role.BUREAU), staff(Role.CONTRACTOR)
        elsewhere = staff(Role.BUREAU, slug="zhuhai")
        mine, theirs = entry(Actor(user=contractor)), entry(Actor(user=elsewhere))
        entry(Actor(user=party()))
        entry(job("sweep"))

        assert list(entries_visible_to(bureau)) == [mine]
        assert list(entries_visible_to(elsewhere)) == [theirs]

    @pytest.mark.parametrize("role", [r for r in Role if r not in {Role.BUREAU}])
    def test_nobody_else_sees_anything(self, role: Role) -> None:
        user = staff(role) if role in list(Role)[2:] else party(role)
        entry(Actor(user=user))
        assert not entries_visible_to(user).exists()

    def test_the_history_of_a_record(self) -> None:
        first, second = entry(), entry()
        record(at=AT, by=job("x"), action="else", subject=city("zhuhai"))
        assert [e.pk for e in history_of(city()) if e.action == "test"] == [first.pk, second.pk]

    @pytest.mark.urls("tests.foundation.urls")
    def test_the_desk(self, client) -> None:
        bureau, elsewhere = staff(Role.BUREAU), staff(Role.BUREAU, slug="zhuhai")
        mine, theirs = entry(Actor(user=bureau)), entry(Actor(user=elsewhere))
        client.force_login(bureau)
        where = "/admin/audit/auditentry/"

        page = client.get(where)
        assert f"{mine.pk}/change" in page.content.decode()
        assert f"{theirs.pk}/change" not in page.content.decode()
        assert client.get(f"{where}{mine.pk}/change/").status_code == 200
        assert client.get(f"{where}{theirs.pk}/change/").status_code == 404
        found = client.get(where, {"q": elsewhere.shown_name}).content.decode()
        assert f"{theirs.pk}/change" not in found
        for path in (f"{mine.pk}/delete/", "add/"):
            assert client.post(f"{where}{path}").status_code in {403, 404}
        client.post(f"{where}{mine.pk}/change/", {"reason": "else"})
        mine.refresh_from_db()
        assert mine.reason == "原因"

        client.force_login(staff(Role.CONTRACTOR))
        assert client.get(where).status_code == 404
        assert client.get(f"{where}{mine.pk}/change/").status_code == 404


@pytest.mark.django_db
def test_an_entry_says_who_in_which_role_from_where() -> None:
    user = staff(Role.BUREAU, name="陈局")
    made = record(
        at=AT,
        by=Actor(user=user, address="203.0.113.7"),
        action="approve",
        subject=user,
        from_state="a",
        to_state="b",
        reason="r",
        details={"x": 1},
    )
    made.refresh_from_db()
    assert (made.actor, made.actor_label, made.role, made.address) == (
        User.objects.get(pk=user.pk),
        "陈局",
        "bureau",
        "203.0.113.7",
    )
    assert (made.subject_type, made.subject_id) == ("accounts.user", user.pk)
    assert (made.from_state, made.to_state, made.details) == ("a", "b", {"x": 1})


def fields() -> dict:
    return {
        "at": AT,
        "actor_label": "系统任务",
        "role": "job",
        "subject_type": "regions.city",
        "subject_id": 1,
    }


def _editor():
    """SQLite's schema editor does not open inside a test's transaction; the operation needs its connection only."""
    from contextlib import nullcontext
    from types import SimpleNamespace

    return nullcontext(SimpleNamespace(connection=connection))


@pytest.mark.django_db
@pytest.mark.rule("F5")
@pytest.mark.parametrize("number", ["13812345678", "１３８１２３４５６７８", "440101198001011234"])
def test_a_number_of_a_person_never_gets_into_the_trail(number: str) -> None:
    """An entry is sealed for good: the act is refused at its reason, wherever it was typed."""
    with pytest.raises(PersonalDataInReason) as refused:
        record(at=AT, by=job("test"), action="test", subject=city(), reason=f"已联系 {number}")
    assert (refused.value.rule, refused.value.field) == ("F5", "reason")
    assert not AuditEntry.objects.exists()
