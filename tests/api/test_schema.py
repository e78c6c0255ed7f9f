"""The description: complete, without a warning, in Chinese, with every error (OpenAPI 3.1)."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from foundation.api.problems import MEDIA_TYPE
from tests.access.api_table import API
from tests.markup import inline_parts
from voucher_portal.api_docs import description

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    description.cache_clear()
    GENERATOR_STATS.reset()
    found: dict[str, Any] = json.loads(description())
    assert not GENERATOR_STATS, "the schema generates with warnings"
    return found


def operations(schema: dict[str, Any]):
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_a_sound_document_of_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)


def test_it_describes_every_operation_of_the_access_table(schema: dict[str, Any]) -> None:
    described = len(list(operations(schema)))
    assert described == len(set(API) - {"api:schema GET", "api:docs GET"})


def test_every_operation_speaks_chinese_and_names_its_errors(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema):
        assert CHINESE.search(operation["summary"]), name
        assert operation["tags"] and CHINESE.match(operation["tags"][0]), name
        told = operation["responses"]
        assert {"400", "404", "422", "429", "500"} <= set(told), name
        for status, answer in told.items():
            if int(status) >= 400:
                kept = answer["$ref"].rpartition("/")[2]
                problem = schema["components"]["responses"][kept]["content"][MEDIA_TYPE]
                assert problem["schema"]["$ref"].endswith("/Problem"), name
                assert problem["examples"], name
        if not name.startswith("GET"):
            asked = {one["name"] for one in operation["parameters"] if one["required"]}
            assert "Idempotency-Key" in asked, name
            assert {"409", "403", "401", "415"} <= set(told), name


def test_every_good_answer_shows_a_real_one(schema: dict[str, Any]) -> None:
    """A shape that changed, or an operation that was added, asks for a new recording (tests/api/examples.py)."""
    for name, operation in operations(schema):
        good = next(iter(operation["responses"].values()))["content"]
        if "application/json" not in good:
            continue
        said = good["application/json"]
        assert "examples" in said, f"{name}: record its answer (tests/api/examples.py)"
        shape = {**said["schema"], "components": schema["components"]}
        for fault in Draft202012Validator(shape).iter_errors(said["examples"]["示例"]["value"]):
            raise AssertionError(f"{name} {fault.json_path}: {fault.message}")


def test_money_is_nowhere_a_number(schema: dict[str, Any]) -> None:
    words = ("amount", "price", "total", "paid", "granted", "free", "reserved", "settled_total")
    for name, component in schema["components"]["schemas"].items():
        for field, described in component.get("properties", {}).items():
            if field in words:
                assert described.get("type") != "number", f"{name}.{field}"


def test_the_page_has_nothing_inline() -> None:
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    assert inline_parts(page.content.decode()) == []
    script = Client().get("/api/v1/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert script["Cross-Origin-Resource-Policy"] == "same-origin", "it holds a CSRF token"
    odd = Client().get('/api/v1/docs/?"><script>alert(1)</script>')
    assert "alert" not in odd.content.decode()
