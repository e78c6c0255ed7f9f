"""Lists of the API take as many queries for many rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import Role
from tests import build
from tests.api.calling import Program
from tests.orders import build as orders
from tests.redemption import build as redemption

pytestmark = pytest.mark.django_db


def assert_constant(program: Program, path: str, more: Callable[[], Any]) -> None:
    """``more`` adds rows to a list that has one already."""
    assert len(program.get(path).json()["items"]) == 1
    with CaptureQueriesContext(connection) as few:
        program.get(path)
    more()
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path).json()["items"]) > 1
    assert len(many) == len(few), path


def test_products_on_sale() -> None:
    build.version_on_sale(build.provider())
    nobody = Program(None, orders.PLACED)
    assert_constant(
        nobody, "products/", lambda: [build.version_on_sale(build.provider()) for _ in range(3)]
    )


def test_batches_and_results() -> None:
    batch = build.batch()
    nobody = Program(None, build.RESULTS)
    assert_constant(
        nobody, "batches/", lambda: [build.batch(batch.programme, amount=1000) for _ in range(3)]
    )


def test_a_desk_s_files() -> None:
    build.enterprise()
    contractor = Program(build.account(Role.CONTRACTOR), orders.PLACED)
    assert_constant(
        contractor,
        "staff/reviews/qualifications/",
        lambda: [build.enterprise() for _ in range(3)],
    )
    provider = build.provider()
    assert_constant(
        contractor, "staff/reviews/providers/", lambda: [build.provider() for _ in range(3)]
    )
    build.version_on_sale(provider)
    assert_constant(
        contractor,
        "staff/reviews/products/",
        lambda: [build.version_on_sale(build.provider()) for _ in range(3)],
    )


def test_own_products() -> None:
    provider = build.provider()
    build.version_on_sale(provider)
    program = Program(provider.account, orders.PLACED)
    assert_constant(
        program, "provider/products/", lambda: [build.version_on_sale(provider) for _ in range(3)]
    )


def test_lines_of_a_claim() -> None:
    world = redemption.world(3)
    world.prepare()
    program = Program(world.scene.provider.account, redemption.PREPARED)
    path = f"provider/claims/{world.claim.pk}/lines/"
    program.get(path)  # that the token was used is noted with the first call
    with CaptureQueriesContext(connection) as few:
        assert len(program.get(f"{path}?limit=1").json()["items"]) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(program.get(path).json()["items"]) == 3
    assert len(many) == len(few)
