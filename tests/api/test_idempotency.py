"""A write is done once, however often its call comes (ADR 0033)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from foundation.api.models import KeptAnswer
from foundation.api.tasks import forget_answers
from tests import build
from tests.api.calling import Program, problem
from tests.concurrency.race import overtake, race
from vouchers.models import Application, Batch, EnterpriseAllowance, LedgerEntry, Voucher


@pytest.fixture
def batch(db) -> Batch:
    return build.batch()


@pytest.fixture
def program(batch: Batch) -> Program:
    return Program(build.enterprise().account, build.OPENS)


def apply(program: Program, batch: Batch, amount: str = "20000", key: str = "k-1") -> Any:
    return program.post(f"enterprise/batches/{batch.pk}/apply/", {"amount": amount}, key=key)


@pytest.mark.parametrize("key", ["", "x" * 65, "two words", "键", "a/b"])
def test_no_write_without_a_key(program: Program, batch: Batch, key: str) -> None:
    headers = {"Idempotency_Key": key} if key and key.isascii() else {}
    answer = program.call(
        "post", f"enterprise/batches/{batch.pk}/apply/", {"amount": "20000"}, headers, key=""
    )
    problem(answer, 400, "key-missing")
    assert not Application.objects.exists()


def test_the_same_call_again_gets_the_same_answer(program: Program, batch: Batch) -> None:
    first = apply(program, batch)
    program.at += timedelta(minutes=1)
    again = apply(program, batch)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 201 and again["Idempotent-Replayed"] == "true"
    assert not first.has_header("Idempotent-Replayed")
    assert Application.objects.count() == 1


def test_the_same_json_in_other_words_is_the_same_call(program: Program, batch: Batch) -> None:
    path = f"enterprise/batches/{batch.pk}/apply/"
    assert program.post(path, '{"amount":"20000"}', key="k").status_code == 201
    again = program.post(path, '{ "amount" :  "20000" }', key="k")
    assert again["Idempotent-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(program: Program, batch: Batch) -> None:
    apply(program, batch)
    problem(apply(program, batch, "10000"), 422, "key-reused")
    elsewhere = program.post("enterprise/applications/1/withdraw/", key="k-1")
    problem(elsewhere, 422, "key-reused")
    assert EnterpriseAllowance.objects.get().applied == Decimal(20000)


def test_a_refusal_is_an_answer_too(program: Program, batch: Batch) -> None:
    program.at -= timedelta(seconds=1)
    first = apply(program, batch)
    problem(first, 422, "refused")
    program.at += timedelta(seconds=1)
    again = apply(program, batch)
    assert again.content == first.content and again["Content-Type"] == first["Content-Type"]
    assert apply(program, batch, key="k-2").status_code == 201


def test_what_nobody_could_read_uses_no_key_up(program: Program, batch: Batch) -> None:
    problem(apply(program, batch, "nonsense"), 422, "invalid")
    assert apply(program, batch).status_code == 201


def test_a_key_belongs_to_its_account(program: Program, batch: Batch) -> None:
    other = Program(build.enterprise().account, build.OPENS)
    assert apply(program, batch).json()["id"] != apply(other, batch).json()["id"]


def test_a_crash_between_act_and_answer_leaves_neither(
    program: Program, batch: Batch, monkeypatch
) -> None:
    with monkeypatch.context() as broken:

        def crash(*args: Any, **kwargs: Any) -> None:
            raise OSError("the disk is full")

        broken.setattr("foundation.api.idempotency._keep", crash)
        problem(apply(program, batch), 500, "error")
    assert not Application.objects.exists() and not KeptAnswer.objects.exists()
    assert apply(program, batch).status_code == 201


def test_answers_are_encrypted_and_forgotten(program: Program, batch: Batch) -> None:
    from django.db import connection

    apply(program, batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM api_keptanswer")
        assert "20000" not in cursor.fetchone()[0]
    assert forget_answers(program.at + timedelta(hours=48)) == 0
    assert forget_answers(program.at + timedelta(hours=48, seconds=1)) == 1


class TestParallel:
    """On real connections that write at once."""

    pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

    @pytest.fixture
    def voucher(self, transactional_db) -> Voucher:
        return build.voucher()

    @pytest.fixture
    def returning(self, voucher: Voucher) -> Any:
        """A call that gives 1,000 yuan back, which could be done many times over."""
        program = Program(voucher.enterprise.account, build.RESULTS + timedelta(hours=1))
        path = f"enterprise/vouchers/{voucher.pk}/return/"

        def call() -> Any:
            twin = Program(None, program.at)
            twin.text = program.text
            return twin.post(path, {"amount": "1000.00"}, key="once")

        return call

    def returned(self) -> int:
        return LedgerEntry.objects.filter(kind="return").count()

    def test_twins_at_once_are_one_act(self, returning: Any) -> None:
        answers = race(*[returning] * 4, meet_at="vouchers.api.enterprise.return_voucher")
        assert self.returned() == 1
        statuses = sorted(one.status_code for one in answers)
        assert 200 in statuses and set(statuses) <= {200, 409}
        assert returning()["Idempotent-Replayed"] == "true"

    def test_who_comes_while_it_is_under_way_is_told(self, returning: Any) -> None:
        _, second = overtake(
            returning, returning, pause_at="vouchers.api.enterprise.return_voucher"
        )
        problem(second, 409, "in-flight")
        assert second["Retry-After"] == "1" and self.returned() == 1

    def test_control_without_the_lock_the_constraint_holds(self, returning: Any) -> None:
        race(
            *[returning] * 2,
            meet_at="vouchers.api.enterprise.return_voucher",
            without={"foundation.api.idempotency._hold": lambda *args: True},
        )
        assert self.returned() == 1

    def test_control_without_lock_and_record_it_is_done_twice(self, returning: Any) -> None:
        race(
            *[returning] * 2,
            meet_at="vouchers.api.enterprise.return_voucher",
            without={
                "foundation.api.idempotency._hold": lambda *args: True,
                "foundation.api.idempotency._keep": lambda *args, **kwargs: None,
            },
        )
        assert self.returned() == 2
