"""Every list of the desk as Excel: what the list shows, and no more (N3, F5)."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import results
from django.test import Client
from django.utils.html import strip_tags
from openpyxl import load_workbook

from foundation import list_exports
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.desk import DeskAdmin
from foundation.rosters.models import BlacklistEntry
from tests import build
from tests.access.world import NOW, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N3")]


def sheet_of(response: Any) -> Any:
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return load_workbook(BytesIO(b"".join(response))).active


def address(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def shown(cell: str) -> str:
    return " ".join(unescape(strip_tags(cell)).split())


def test_every_list_gives_what_it_shows_to_each_who_sees_it() -> None:
    """Bureau, contractor and expert, of this city and another: the same rows and words as on the page."""
    world, compared = build_world(), 0
    with time_machine.travel(NOW, tick=False):
        for who in ("bureau", "contractor", "expert", "other bureau"):
            client = Client()
            client.force_login(world.cast[who])
            for model, model_admin in admin.site._registry.items():
                assert isinstance(model_admin, DeskAdmin), f"{model} is not a list of the desk"
                page = client.get(address(model))
                answer = client.get(f"{address(model)}export.xlsx")
                assert answer.status_code == page.status_code
                if page.status_code == 404:
                    continue
                assert 'href="export.xlsx' in page.content.decode()
                cl, sheet = page.context["cl"], sheet_of(answer)
                lines = list(sheet.iter_rows(min_row=2))
                assert len(lines) == cl.result_count, model
                # The page shows the first hundred.
                for line, cells in zip(lines, results(cl), strict=False):
                    for cell, said in zip(line, cells, strict=True):
                        assert cell.data_type != "f"
                        if cell.data_type in {"s", "inlineStr"} and "<img" not in said:
                            compared += 1
                            ours, theirs = " ".join(cell.value.split()), shown(said)
                            assert ours == theirs or is_moment(ours), (model, ours, theirs)
    assert compared > 100


def is_moment(text: str) -> bool:
    return len(text) == len("2020-06-28 15:00") and text[4] == text[7] == "-"


@pytest.fixture
def bureau() -> Client:
    client = Client()
    client.force_login(build.account(Role.BUREAU))
    return client


def listed(number: int, **fields: Any) -> None:
    for _ in range(number):
        BlacklistEntry.objects.create(
            credit_code=build.credit_code(), listed_on="2020-01-15", **fields
        )


def test_filters_and_search_narrow_the_file_as_they_narrow_the_list(bureau: Client) -> None:
    listed(2, name="甲公司")
    listed(1, name='=HYPERLINK("http://x")')
    file = sheet_of(bureau.get(f"{address(BlacklistEntry)}export.xlsx", {"q": "HYPERLINK"}))
    (line,) = file.iter_rows(min_row=2)
    assert line[1].value == '=HYPERLINK("http://x")'
    assert line[1].data_type != "f"
    assert line[1].quotePrefix
    assert line[0].number_format == "@"
    refused = bureau.get(f"{address(BlacklistEntry)}export.xlsx", {"reason__startswith": "a"})
    assert refused.status_code == 400


def test_too_many_rows_are_told_not_cut(bureau: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_exports, "ROWS_MAX", 2)
    listed(3)
    answer = bureau.get(f"{address(BlacklistEntry)}export.xlsx?q=9", follow=True)
    assert "共 3 行，一次最多导出 2 行" in answer.content.decode()
    assert answer.request["QUERY_STRING"] == "q=9"


def test_the_file_is_kept_in_the_audit_trail_without_the_words(bureau: Client) -> None:
    listed(1, name="张三")
    bureau.get(f"{address(BlacklistEntry)}export.xlsx", {"q": "张三"})
    entry = AuditEntry.objects.get(action="export_list")
    assert entry.details == {
        "list": "rosters.blacklistentry",
        "filters": {},
        "searched": True,
        "rows": 1,
    }


def test_the_number_of_queries_does_not_grow(
    bureau: Client, django_assert_max_num_queries: Any
) -> None:
    listed(40)
    with django_assert_max_num_queries(12):
        answer = bureau.get(f"{address(BlacklistEntry)}export.xlsx")
    assert "失信联合惩戒名单" in unquote(answer["Content-Disposition"])
