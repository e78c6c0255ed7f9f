"""The whole API against bodies and addresses made from its own description: never a 5xx, never an undocumented answer.

As nobody, as an enterprise and as a contractor, with the records that are theirs, in process. The same examples each
time; API_FUZZ_EXAMPLES asks for more of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.api.operations import make_token
from tests.access.api_table import API
from tests.access.table import EVERYONE
from tests.access.world import NOW, World, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "3"))
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def world() -> Iterator[World]:
    with time_machine.travel(NOW, tick=False):
        yield build_world()


@pytest.fixture
def schema() -> Iterator[Any]:
    # As Django's own client does: a request of a test leaves the connection of the test alone.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", WSGIHandler())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@dataclass(frozen=True)
class Known:
    """An operation of the access table, about a record that is there."""

    name: str
    method: str
    path: str


def known_operations(world: World) -> list[Known]:
    found = []
    for name, operation in API.items():
        route, _, method = name.partition(" ")
        found.append(Known(name, method, reverse(route, args=operation.args(world))))
    return found


def record_of(operation: Any, known: list[Known]) -> tuple[Known, dict[str, str]]:
    """The entry of the access table that an operation is, and what stands in its address."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.full_path))
    for one in known:
        match = pattern.fullmatch(one.path) if one.method == operation.method.upper() else None
        if match:
            return one, match.groupdict()
    raise AssertionError(f"{operation.method} {operation.path} is not in tests/access/api_table.py")


class Caller:
    """Somebody who calls, and what was wrong with the answers."""

    def __init__(self, who: str, account: User | None) -> None:
        self.who, self.headers = who, {}
        if account is not None:
            _, text = make_token(by=Actor(user=account), at=NOW, name="x", days=7)
            self.headers = {"Authorization": f"Bearer {text}"}
        self.faults: dict[str, str] = {}
        self.answers: Counter[int] = Counter()

    def tries(self, operation: Any, known: list[Known]) -> None:
        """Examples of an operation: sound ones about a record that is there, and unsound ones."""
        record, path_parameters = record_of(operation, known)
        who = API[record.name].who
        # One look is enough at a door that is shut.
        examples = EXAMPLES if who == EVERYONE or self.who in who else 1
        for mode in MODES:
            more = {"path_parameters": path_parameters} if mode == MODES[0] else {}
            strategy = operation.as_strategy(mode, **more)

            @settings(
                max_examples=examples,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def run(case: Any) -> None:
                self._call(case)

            # Where nothing is asked for, nothing can be asked wrongly.
            with suppress(Unsatisfiable):
                run()

    def _call(self, case: Any) -> None:
        cache.clear()  # the throttle is not what is tried here
        with transaction.atomic():
            response = case.call(headers=self.headers)
            transaction.set_rollback(True)
        self.answers[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            told = getattr(failure, "exceptions", [failure])
            self.faults[f"{self.who}: {case.operation.label}"] = "; ".join(
                f"{one}: {response.text[:300]}" for one in told
            )


def test_no_5xx_and_no_undocumented_answer(world: World, schema: Any) -> None:
    known = known_operations(world)
    operations = [found.ok() for found in schema.get_all_operations()]
    faults: dict[str, str] = {}
    for who in ("nobody", "enterprise", "contractor"):
        caller = Caller(who, world.cast[who])
        for operation in operations:
            caller.tries(operation, known)
        print(f"{who}: {caller.answers.total()} requests, {dict(sorted(caller.answers.items()))}")
        assert caller.answers.total() > len(operations)
        faults |= caller.faults
    assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())


def test_control_a_fault_is_found(world: World, schema: Any, monkeypatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("vouchers.api.enterprise.vouchers_visible_to", broken)
    caller = Caller("enterprise", world.cast["enterprise"])
    known = known_operations(world)
    caller.tries(schema["/api/v1/enterprise/vouchers/"]["GET"], known)
    assert "enterprise: GET /api/v1/enterprise/vouchers/" in caller.faults
