"""Everything that goes wrong is told in one shape, in Chinese, and is never a 500."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from enterprises.models import Enterprise
from foundation.api.throttling import Rate
from foundation.api.views import Api
from tests import build
from tests.api.calling import Program, problem
from vouchers.models import Application, Batch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch() -> Batch:
    return build.batch()


@pytest.fixture
def enterprise() -> Enterprise:
    return build.enterprise()


@pytest.fixture
def program(enterprise: Enterprise) -> Program:
    return Program(enterprise.account, build.OPENS)


def test_a_refusal_names_every_rule_at_its_field(program: Program, batch: Batch) -> None:
    path = f"enterprise/batches/{batch.pk}/apply/"
    body = problem(program.post(path, {"amount": "20050"}), 422, "refused")
    assert body["rule"] == body["errors"][0]["rule"] == "B2"
    assert body["errors"][0]["field"] == "amount" and "100" in body["detail"]
    assert not Application.objects.exists()


@pytest.mark.parametrize("amount", [20000, 20000.0, "2e4", "-100", "1,000", "", None, [], "１００"])
def test_money_is_a_string_and_never_a_float(program: Program, batch: Batch, amount) -> None:
    answer = program.post(f"enterprise/batches/{batch.pk}/apply/", {"amount": amount})
    body = problem(answer, 422, "invalid")
    assert body["errors"][0]["field"] == "amount"
    assert not Application.objects.exists()


def test_money_comes_back_as_a_string_with_two_places(program: Program, batch: Batch) -> None:
    answer = program.post(f"enterprise/batches/{batch.pk}/apply/", {"amount": "20000"})
    assert answer.status_code == 201
    assert answer.json()["amount"] == "20000.00"
    assert Application.objects.get().amount == Decimal(20000)


def test_a_name_that_is_not_known_is_not_passed_over(program: Program, batch: Batch) -> None:
    body = {"amount": "20000", "amout": "1"}
    told = problem(program.post(f"enterprise/batches/{batch.pk}/apply/", body), 422, "invalid")
    assert [one["field"] for one in told["errors"]] == ["amout"]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[" * 100_000,
        b"\xff\xfe",
        '{"amount": NaN}',
        '{"amount": ' + "9" * 9000 + "}",
        "nonsense",
    ],
)
def test_what_is_no_json_is_said_so(program: Program, batch: Batch, body) -> None:
    problem(program.post(f"enterprise/batches/{batch.pk}/apply/", body), 400, "malformed")


@pytest.mark.parametrize("body", ["[]", '"text"', "1", "null", "true"])
def test_json_that_is_no_object(program: Program, batch: Batch, body: str) -> None:
    problem(program.post(f"enterprise/batches/{batch.pk}/apply/", body), 422, "invalid")


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_a_body_beyond_bounds(program: Program, batch: Batch, size: int) -> None:
    body = '{"amount": "' + "1" * size + '"}'
    problem(program.post(f"enterprise/batches/{batch.pk}/apply/", body), 413, "too-large")


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_odd_characters_are_refused_at_their_field(program: Program, text: str) -> None:
    answer = program.put("enterprise/profile/", {"name": text}, If_Match='"x"')
    assert answer.status_code in {404, 422}


@pytest.mark.parametrize("path", ["", "nothing/", "batches/x/", "batches/999999/", "batches/-1/"])
def test_an_address_that_is_none(path: str) -> None:
    problem(Client().get(f"/api/v1/{path}"), 404, "not-found")


@pytest.mark.parametrize("path", [f"batches/{'9' * 30}/", f"products/{'9' * 30}/"])
def test_a_number_that_no_database_counts(path: str) -> None:
    problem(Client().get(f"/api/v1/{path}"), 404, "not-found")


def test_other_methods_and_media_types(program: Program, batch: Batch) -> None:
    path = f"enterprise/batches/{batch.pk}/apply/"
    problem(program.get(path), 405, "method-not-allowed")
    problem(program.upload(path, amount="20000"), 415, "unsupported-media-type")
    for method in ("patch", "options", "delete"):
        problem(program.call(method, path, {}), 405, "method-not-allowed")


def test_a_request_nobody_can_read() -> None:
    client = Client()
    problem(client.get("/api/v1/batches/?city=%00"), 400, "malformed")
    problem(
        client.post("/api/v1/batches/", "{}", content_type="application/json; charset=utf-7"),
        400,
        "malformed",
    )


def test_a_fault_of_ours_tells_no_secrets(program: Program, batch: Batch, monkeypatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("secret 440103198002290018")

    monkeypatch.setattr("vouchers.api.enterprise.submit_application", broken)
    answer = program.post(f"enterprise/batches/{batch.pk}/apply/", {"amount": "20000"})
    body = problem(answer, 500, "error")
    assert "secret" not in str(body) and answer["X-Request-ID"]


def test_wrong_questions_are_answered(program: Program) -> None:
    for question in ("limit=0", "limit=101", "limit=x", "cursor=%21", "cursor=AAAA", "sort=name"):
        problem(program.get(f"enterprise/vouchers/?{question}"), 422, "invalid")


def test_whoever_calls_without_end_is_told_to_wait(
    program: Program, batch: Batch, monkeypatch
) -> None:
    monkeypatch.setattr("foundation.api.throttling.READS", Rate("reads", 3))
    for _ in range(3):
        assert program.get("enterprise/vouchers/").status_code == 200
    answer = program.get("enterprise/vouchers/")
    problem(answer, 429, "throttled")
    assert 1 <= int(answer["Retry-After"]) <= 60
    path = f"enterprise/batches/{batch.pk}/apply/"
    assert program.post(path, {"amount": "20000"}).status_code == 201, "the right to apply is left"


def test_no_account_fills_the_database_with_answers(program: Program, monkeypatch) -> None:
    monkeypatch.setattr("foundation.api.throttling.WRITES_A_DAY", Rate("writes a day", 2, 86_400))
    for _ in range(2):
        problem(program.post("enterprise/vouchers/1/return/", {"amount": "1"}), 404, "not-found")
    answer = program.post("enterprise/vouchers/1/return/", {"amount": "1"})
    problem(answer, 429, "throttled")
    assert int(answer["Retry-After"]) > 3600
    assert program.get("enterprise/vouchers/").status_code == 200


def test_who_opens_nothing_is_counted_as_nobody(program: Program, monkeypatch) -> None:
    monkeypatch.setattr("foundation.api.throttling.READS_OF_NOBODY", Rate("nobody", 3))
    stranger = Program(None, program.at)
    stranger.text = "fwq_wrong"
    for _ in range(2):
        problem(stranger.get("enterprise/vouchers/"), 401, "unauthenticated")
    stranger.text = ""
    problem(stranger.get("enterprise/vouchers/"), 401, "unauthenticated")
    for stranger.text in ("", "fwq_wrong"):
        problem(stranger.get("enterprise/vouchers/"), 429, "throttled")
    assert program.get("enterprise/vouchers/").status_code == 200, "who is somebody goes on"


def test_every_kind_of_problem_is_listed() -> None:
    kinds = Client().get("/api/v1/problems/").json()["kinds"]
    assert len(kinds) == len({one["type"] for one in kinds}) > 15
    assert all(one["title"] and one["detail"].endswith("。") for one in kinds)


def test_nobody_else_shares_the_door() -> None:
    """Every view of the API is built on the one that guards."""
    from django.urls import get_resolver

    resolver = get_resolver("voucher_portal.api_urls")
    views = {one.callback for one in resolver.url_patterns if one.name not in {"schema", "docs"}}
    for view in views:
        inner = getattr(view, "__wrapped__", view)
        assert issubclass(getattr(view, "cls", getattr(inner, "cls", None)), Api), view
