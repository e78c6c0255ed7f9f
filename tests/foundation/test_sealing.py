"""The chain of seals: every way to change sealed rows is found, also when it is done in SQL by the database's owner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from foundation.accounts.actors import job
from foundation.audit import append_only
from foundation.audit.models import AuditEntry, Seal
from foundation.audit.operations import record
from foundation.audit.sealing import horizon, operations, witness
from foundation.audit.sealing.digests import _plain, digest_of, digest_rows, row_texts, sign
from foundation.audit.sealing.operations import ChainBroken, seal_settled_rows
from foundation.audit.sealing.verifying import breaks, unsealed
from foundation.audit.tasks import seal_rows
from tests import build
from tests.foundation.build import AT, city
from tests.markup import inline_parts
from vouchers.models import LedgerEntry

TABLE = "audit_auditentry"
MINUTE = timedelta(minutes=1)


def entries(count: int = 5, reason: str = "原因") -> list[int]:
    return [
        record(
            at=AT + index * MINUTE,
            by=job("test"),
            action="test",
            subject=city(),
            reason=f"{reason}{index}",
            details={"b": 1, "a": [index, "字"]},
        ).pk
        for index in range(count)
    ]


def seal(**more: object) -> list[Seal]:
    return seal_settled_rows(at=AT + 60 * MINUTE, at_once=True, wait_seconds=0, **more)


def faults(known: dict[int, str] | None = None) -> list[str]:
    return [str(one) for one in breaks(known or {})]


@contextmanager
def owner_of_the_database():
    """Whoever owns the tables takes the triggers off, and puts them on again afterwards."""
    tables = append_only.guarded_tables()
    with append_only.lifted():
        yield
    assert append_only.guarded_tables() == tables


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db
class TestAttacks:
    @pytest.fixture
    def sealed(self) -> list[int]:
        ids = entries(10)
        assert sum(one.count for one in seal()) >= 10
        assert faults() == []
        return ids

    @pytest.mark.parametrize(
        ("attack", "says"),
        [
            (lambda ids: sql(f"UPDATE {TABLE} SET reason = 'x' WHERE id = %s", ids[4]), "改动"),
            (
                lambda ids: (
                    sql(f"UPDATE {TABLE} SET at = at WHERE id = %s", ids[4])
                    or sql(f"UPDATE {TABLE} SET actor_label = 'x' WHERE id = %s", ids[-1])
                ),
                "改动",
            ),
            (lambda ids: sql(f"DELETE FROM {TABLE} WHERE id = %s", ids[0]), "1 行被删除"),
            (lambda ids: sql(f"DELETE FROM {TABLE} WHERE id >= %s", ids[-3]), "3 行被删除"),
            (lambda ids: sql(f"DELETE FROM {TABLE}"), "被删除"),
            (
                lambda ids: (
                    sql(f"DELETE FROM {TABLE} WHERE id = %s", ids[3])
                    or sql(f"UPDATE {TABLE} SET id = %s WHERE id = %s", ids[3], ids[2])
                    or insert(ids[2], "顶替")
                ),
                "改动或调换",
            ),
        ],
    )
    def test_changes_by_the_owner_are_found(
        self, sealed: list[int], attack: Callable[[list[int]], None], says: str
    ) -> None:
        with owner_of_the_database():
            attack(sealed)
        assert any(says in fault for fault in faults())

    def test_two_rows_that_changed_places_are_found(self, sealed: list[int]) -> None:
        one, other = sealed[2], sealed[3]
        with owner_of_the_database():
            for old, new in ((one, -1), (other, one), (-1, other)):
                sql(f"UPDATE {TABLE} SET id = %s WHERE id = %s", new, old)
        assert any("调换" in fault for fault in faults())

    def test_a_row_put_into_a_gap_is_found(self) -> None:
        ids = entries(4)
        with owner_of_the_database():
            sql(f"DELETE FROM {TABLE} WHERE id = %s", ids[2])
        seal()
        assert faults() == []
        insert(ids[2], "补插")
        assert any("1 行后来加入" in fault for fault in faults())

    @pytest.mark.parametrize("number", [0, -5])
    def test_a_row_before_the_first_is_found(self, sealed: list[int], number: int) -> None:
        insert(number, "史前")
        assert any("小于 1" in fault for fault in faults())

    def test_a_recomputed_seal_is_not_signed(self, sealed: list[int]) -> None:
        """The owner may recompute every digest; the key is not in the database."""
        with owner_of_the_database():
            sql(f"UPDATE {TABLE} SET reason = 'x' WHERE id = %s", sealed[4])
            previous = ""
            for one in Seal.objects.order_by("number"):
                columns = one.columns.split(",")
                texts = row_texts(AuditEntry, columns, after=one.after_id, until=one.until_id)
                one.count, one.rows_digest = digest_rows(texts)
                one.previous, one.digest = previous, ""
                one.digest = previous = digest_of(one)
                one.save()
        assert {fault.partition("：")[2][:4] for fault in faults()} == {"签名不符"}

    def test_a_seal_taken_out_or_changed_is_found(self) -> None:
        for _ in range(3):
            entries(2)
            seal()
        with owner_of_the_database():
            sql("UPDATE audit_seal SET count = count + 1 WHERE number = 2")
        assert any("内容被改动" in fault for fault in faults())
        with owner_of_the_database():
            sql("DELETE FROM audit_seal WHERE number = 2")
        assert any("缺少封存记录" in fault for fault in faults())
        assert any("范围不衔接" in fault for fault in faults())

    def test_a_cut_tail_is_known_outside(self, settings, tmp_path: Path) -> None:
        settings.SEAL_WITNESS = str(tmp_path / "seals" / "witness.log")
        kept = entries(3)
        seal()
        entries(3)
        last = seal()[-1]
        with owner_of_the_database():
            sql(f"DELETE FROM {TABLE} WHERE id > %s", kept[-1])
            sql("DELETE FROM audit_seal WHERE number = %s", last.number)
        assert faults() == []
        assert any("末尾的封存记录被删除" in one for one in faults({last.number: last.digest}))
        known = witness.testimony(settings.SEAL_WITNESS)
        assert known[last.number] == last.digest
        assert any("末尾" in one for one in faults(known))

    def test_nothing_is_sealed_over_a_cut_tail(self, settings, tmp_path: Path) -> None:
        settings.SEAL_WITNESS = str(tmp_path / "witness.log")
        entries(3)
        seal()
        with owner_of_the_database():
            sql(f"DELETE FROM {TABLE}")
            sql("DELETE FROM audit_seal")
        entries(1)
        with pytest.raises(ChainBroken):
            seal()
        assert not Seal.objects.exists()

    def test_another_digest_outside_is_named(self, sealed: list[int]) -> None:
        assert any("与库外留存的摘要不同" in one for one in faults({1: "0" * 64}))

    def test_a_guard_that_was_taken_off_is_named(self, sealed: list[int]) -> None:
        on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
        sql(f"DROP TRIGGER {TABLE}_delete_append_only{on_table}")
        assert any("触发器" in fault for fault in faults())
        append_only.create(TABLE)
        assert faults() == []

    def test_a_hollow_guard_is_named(self, sealed: list[int]) -> None:
        """One that bears the name, and lets everything pass."""
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL's are below")
        name = f"{TABLE}_update_append_only"
        sql(f"DROP TRIGGER {name}")
        sql(f"CREATE TRIGGER {name} BEFORE UPDATE ON {TABLE} BEGIN SELECT 1; END")
        assert any("触发器" in fault for fault in faults())

    @pytest.mark.postgres
    @pytest.mark.parametrize(
        "hollow",
        [
            "CREATE OR REPLACE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RETURN NEW; END $$",
            f"ALTER TABLE {TABLE} ENABLE REPLICA TRIGGER {TABLE}_update_append_only",
            f"DROP TRIGGER {TABLE}_update_append_only ON {TABLE}; "
            f"CREATE TRIGGER {TABLE}_update_append_only BEFORE UPDATE ON {TABLE} FOR EACH ROW "
            "WHEN (false) EXECUTE FUNCTION portal_refuse_change()",
            f"DROP TRIGGER {TABLE}_update_append_only ON {TABLE}; "
            f"CREATE TRIGGER {TABLE}_update_append_only BEFORE UPDATE OF role ON {TABLE} FOR EACH ROW "
            "EXECUTE FUNCTION portal_refuse_change()",
        ],
    )
    def test_a_guard_that_lets_pass_is_named(self, sealed: list[int], hollow: str) -> None:
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql(hollow)
        assert any("触发器" in fault for fault in faults())

    @pytest.mark.postgres
    def test_a_guard_that_was_switched_off_is_named(self, sealed: list[int]) -> None:
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_update_append_only")
        assert any("触发器" in fault for fault in faults())

    def test_seals_themselves_are_append_only(self, sealed: list[int]) -> None:
        for change in (
            lambda: Seal.objects.update(count=9),
            lambda: Seal.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change()


def insert(number: int, reason: str) -> None:
    AuditEntry.objects.create(
        pk=number,
        at=AT,
        actor_label="x",
        role="job",
        action="test",
        subject_type="regions.city",
        subject_id=1,
        reason=reason,
    )


@pytest.mark.django_db
class TestSealing:
    def test_seals_go_on_where_the_last_one_ended(self) -> None:
        entries(3)
        first = seal()
        assert seal() == []
        entries(2)
        second = seal()
        assert [one.number for one in (*first, *second)] == [1, 2]
        assert second[0].previous == first[0].digest
        assert second[0].after_id == first[0].until_id
        assert second[0].mac == sign(second[0].digest)
        assert faults() == []

    def test_few_young_rows_wait_for_more(self) -> None:
        entries(3)
        assert seal_rows(AT) > 0
        entries(3)
        assert seal_rows(AT + 9 * MINUTE) == 0
        assert unsealed()["审计记录"] == 3
        assert seal_rows(AT + 10 * MINUTE) == 3

    def test_many_rows_do_not_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "ROWS_WORTH_A_SEAL", 4)
        monkeypatch.setattr(operations, "ROWS_PER_SEAL", 2)
        entries(1)
        seal_rows(AT)
        entries(5)
        assert [one.count for one in seal_settled_rows(at=AT)] == [2, 2, 1]
        assert faults() == []

    def test_a_run_is_bounded_and_the_next_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "ROWS_PER_SEAL", 1)
        monkeypatch.setattr(operations, "SEALS_PER_RUN", 3)
        entries(5)
        audited = AuditEntry.objects.count()
        assert len(seal()) == 3
        while seal():
            pass
        assert Seal.objects.count() == audited
        assert faults() == []

    def test_former_keys_still_verify(self, settings) -> None:
        entries(2)
        seal()
        settings.SEAL_KEYS = ["a-new-key-of-thirty-two-characters", *settings.SEAL_KEYS]
        entries(2)
        seal()
        assert faults() == []
        settings.SEAL_KEYS = settings.SEAL_KEYS[:1]
        assert any("签名不符" in fault for fault in faults())

    def test_a_column_that_comes_later_leaves_old_seals_as_they_are(self) -> None:
        entries(2)
        one = seal()[0]
        assert one.columns.startswith("id,at,actor_id")
        with owner_of_the_database():
            Seal.objects.all().delete()
            one.columns = ",".join(one.columns.split(",")[:-1])
            texts = row_texts(
                AuditEntry, one.columns.split(","), after=one.after_id, until=one.until_id
            )
            one.count, one.rows_digest = digest_rows(texts)
            one.digest = digest_of(one)
            one.mac = sign(one.digest)
            one.save(force_insert=True)
        assert faults() == []

    def test_the_text_of_a_row_is_the_same_on_both_engines(self) -> None:
        record(at=AT, by=job("t"), action="a", subject=city(), details={"z": 1, "a": {"c": None}})
        entry = AuditEntry.objects.latest("pk")
        columns = ["at", "actor_id", "action", "details"]
        text = list(row_texts(AuditEntry, columns, after=entry.pk - 1, until=entry.pk))
        assert text == ['["2020-06-01T01:00:00.000000+00:00",null,"a",{"a":{"c":null},"z":1}]']

    def test_ledger_and_allocations_are_sealed(self) -> None:
        voucher = build.voucher()
        seal()
        assert set(Seal.objects.values_list("table", flat=True)) >= {
            "audit.AuditEntry",
            "vouchers.LedgerEntry",
            "vouchers.Allocation",
        }
        assert faults() == []
        with owner_of_the_database():
            LedgerEntry.objects.filter(voucher=voucher).update(amount=Decimal("0.01"))
        assert any("台账" in fault for fault in faults())
        with owner_of_the_database():
            sql("UPDATE vouchers_allocation SET rank = rank + 1")
        assert any("排序结果" in fault for fault in faults())

    def test_a_torn_line_of_the_witness_says_nothing(self, settings, tmp_path: Path) -> None:
        settings.SEAL_WITNESS = str(tmp_path / "witness.log")
        entries(2)
        one = seal()[0]
        with open(settings.SEAL_WITNESS, "a") as file:
            file.write(f"{one.number + 1} abc")
        assert witness.testimony(settings.SEAL_WITNESS) == {one.number: one.digest}
        witness.testify([])


@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    def test_it_is_content_with_what_is_sound(self, capsys: pytest.CaptureFixture[str]) -> None:
        entries(3)
        last = seal()[-1]
        entries(2)
        call_command("verify_audit", "--expect", f"{last.number}:{last.digest}")
        said = capsys.readouterr().out
        assert "全部相符" in said
        assert f"{last.number}:{last.digest}" in said
        assert "审计记录：2 行尚未封存" in said
        for bad in ("1", "x:" + "0" * 64, "1:abc"):
            with pytest.raises(CommandError, match="序号"):
                call_command("verify_audit", "--expect", bad)

    def test_it_names_each_break_and_fails(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        ids = entries(3)
        last = seal()[-1]
        with owner_of_the_database():
            sql(f"DELETE FROM {TABLE} WHERE id = %s", ids[0])
        with pytest.raises(CommandError, match="1 处"):
            call_command("verify_audit")
        assert "审计记录" in capsys.readouterr().out
        file = tmp_path / "kept.log"
        file.write_text(f"{last.number + 5} {'0' * 64} x\n")
        with pytest.raises(CommandError, match="2 处"):
            call_command("verify_audit", "--witness", str(file))

    @pytest.mark.postgres
    def test_a_row_that_is_committed_late_is_waited_for(self) -> None:
        """A primary key below others that are long there: sealed too early, it would look added afterwards."""
        begun, go_on = threading.Event(), threading.Event()

        def late() -> None:
            try:
                with transaction.atomic():
                    entries(1, "迟到")
                    begun.set()
                    go_on.wait(20)
            finally:
                connection.close()

        writer = threading.Thread(target=late)
        writer.start()
        try:
            assert begun.wait(20)
            early = entries(2)
            assert seal() == []
        finally:
            go_on.set()
            writer.join(20)
        made = seal()
        assert AuditEntry.objects.get(reason="迟到0").pk < early[0]
        assert made[-1].until_id == early[-1]
        assert faults() == []

    @pytest.mark.postgres
    def test_writers_that_came_later_do_not_hold_it_up(self) -> None:
        entries(2)
        candidate = horizon.newest(AuditEntry)
        begun, go_on = threading.Event(), threading.Event()

        def later() -> None:
            try:
                with transaction.atomic():
                    entries(1)
                    begun.set()
                    go_on.wait(20)
            finally:
                connection.close()

        writer = threading.Thread(target=later)
        writer.start()
        try:
            assert begun.wait(20)
            assert horizon.is_settled(candidate, wait_seconds=0)
        finally:
            go_on.set()
            writer.join(20)

    def test_two_runs_at_once_make_one_chain(self) -> None:
        entries(20)
        at_line, faulty = threading.Barrier(2), []

        def run() -> None:
            try:
                at_line.wait(20)
                seal()
            except Exception as error:
                faulty.append(error)
            finally:
                connection.close()

        runs = [threading.Thread(target=run) for _ in range(2)]
        for one in runs:
            one.start()
        for one in runs:
            one.join(60)
        assert faulty == []
        assert faults() == []
        assert Seal.objects.count() >= 1


@pytest.mark.django_db
def test_the_public_sees_the_latest_digests(client: Client) -> None:
    assert "还没有封存记录" in client.get("/seals/").content.decode()
    entries(2)
    one = seal()[0]
    text = client.get("/seals/").content.decode()
    assert one.digest in text
    assert one.mac not in text
    assert not inline_parts(text)


def test_days_are_plain() -> None:
    assert _plain(date(2020, 6, 1)) == "2020-06-01"
    assert _plain(Decimal("10.50")) == "10.50"
