"""The public record by the API: what the pages show, the same for everyone, kept by any cache."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from foundation.accounts.models import Role
from foundation.notices.models import Notice, NoticeKind
from foundation.public_record import FRESH_SECONDS
from tests import build
from tests.access.world import NOW, World, build_world
from tests.api.calling import problem
from vouchers.models import Batch

pytestmark = pytest.mark.django_db


def get(path: str, client: Client | None = None):
    return (client or Client()).get(f"/api/v1/{path}")


@pytest.fixture
def world():
    with time_machine.travel(NOW, tick=False):
        yield build_world()


def test_nobody_is_known_and_any_cache_may_keep_it(world: World) -> None:
    batch = world.pk["vouchers_batch"]
    signed_in = Client()
    signed_in.force_login(build.account(Role.ENTERPRISE))
    for path in (
        "batches/",
        f"batches/{batch}/",
        f"batches/{batch}/results/0/",
        f"batches/{batch}/results/0/download/",
        "products/",
        "notices/",
        "publicity/",
        "programmes/",
        "cities/",
    ):
        answers = [get(path), get(path, signed_in)]
        contents = [
            b"".join(one.streaming_content) if one.streaming else one.content for one in answers
        ]
        assert contents[0] == contents[1], path
        for answer in answers:
            assert answer["Cache-Control"] == f"public, max-age={FRESH_SECONDS}", path
            assert "Cookie" not in answer.get("Vary", ""), path
            assert not answer.cookies, path


@pytest.mark.rule("B7")
def test_no_result_before_its_moment() -> None:
    batch = build.batch()
    build.apply(batch, build.enterprise())
    build.decide(batch, publish=False)
    with time_machine.travel(build.RESULTS - timedelta(seconds=1), tick=False):
        shown = get(f"batches/{batch.pk}/").json()
        assert shown["batch"]["phase"] == "closed" and shown["results"] == []
        problem(get(f"batches/{batch.pk}/results/0/"), 404, "not-found")
        problem(get(f"batches/{batch.pk}/results/0/download/"), 404, "not-found")


@pytest.mark.rule("B8")
def test_results_and_the_download_that_the_digest_is_of(world: World) -> None:
    batch = world.pk["vouchers_batch"]
    told = get(f"batches/{batch}/").json()["results"][0]
    download = get(f"batches/{batch}/results/0/download/")
    content = b"".join(download.streaming_content)
    assert hashlib.sha256(content).hexdigest() == told["digest"]
    assert told["download"] == f"/api/v1/batches/{batch}/results/0/download/"
    row = get(f"batches/{batch}/results/0/").json()["items"][0]
    assert row["granted"] == "20000.00" and "****" in row["credit_code"]


def test_a_draft_batch_and_a_notice_of_tomorrow_are_nowhere(world: World) -> None:
    batch = Batch.objects.get(pk=world.pk["vouchers_batch"])
    draft = build.batch(batch.programme, state="draft", announced_at=None)
    problem(get(f"batches/{draft.pk}/"), 404, "not-found")
    assert draft.pk not in [one["id"] for one in get("batches/").json()["items"]]
    problem(get(f"notices/{world.more['coming'].pk}/"), 404, "not-found")
    listed = [one["id"] for one in get("notices/").json()["items"]]
    assert world.more["notice"].pk in listed
    assert world.more["coming"].pk not in listed


@pytest.mark.rule("P7")
def test_products_say_what_can_still_be_accepted(world: World) -> None:
    version = world.made.scene.version
    listed = get("products/?city=guangzhou&accepting=true").json()["items"]
    assert [one["version"] for one in listed] == [version.pk]
    told = get(f"products/{version.product_id}/").json()
    assert told["acceptances"][0]["city"]["slug"] == "guangzhou"
    assert told["acceptances"][0]["reasons"] == [] and told["price_min"] == "20000.00"
    assert get("products/?city=foshan").json()["items"] == []
    assert get("products/?city=nowhere").json()["items"] == []
    assert get(f"products/?provider={version.product.provider_id}").json()["items"]
    problem(get("products/?price_from=1e5"), 422, "invalid")


@pytest.mark.rule("R4")
def test_publicity_shows_no_more_than_the_page(world: World) -> None:
    publicity = get("publicity/").json()["items"][0]
    lines = get(f"publicity/{publicity['id']}/lines/").json()["items"]
    assert any(one["under_objection"] for one in lines)
    assert all("****" in one["credit_code"] for one in lines)
    assert "statement" not in str(lines)


class TestPaging:
    @pytest.fixture(autouse=True)
    def _notices(self) -> None:
        for number in range(7):
            Notice.objects.create(
                city=build.city(),
                kind=NoticeKind.GENERAL,
                title=f"公告 {number}",
                body="正文",
                publish_at=NOW,
            )

    def pages(self, limit: int) -> list[list[str]]:
        found, cursor = [], ""
        with time_machine.travel(NOW, tick=False):
            while True:
                page = get(f"notices/?limit={limit}{cursor}").json()
                found.append([one["title"] for one in page["items"]])
                if page["next"] is None:
                    return found
                cursor = f"&cursor={page['next']}"

    def test_every_row_once_and_no_empty_last_page(self) -> None:
        assert self.pages(3) == [
            ["公告 6", "公告 5", "公告 4"],
            ["公告 3", "公告 2", "公告 1"],
            ["公告 0"],
        ]
        assert [len(page) for page in self.pages(7)] == [7]

    def test_rows_added_meanwhile_move_nothing(self) -> None:
        with time_machine.travel(NOW, tick=False):
            first = get("notices/?limit=3").json()
            Notice.objects.create(
                city=build.city(),
                kind=NoticeKind.GENERAL,
                title="新公告",
                body="正文",
                publish_at=NOW,
            )
            second = get(f"notices/?limit=3&cursor={first['next']}").json()
        assert [one["title"] for one in second["items"]] == ["公告 3", "公告 2", "公告 1"]

    def test_a_page_takes_as_many_queries_for_many_rows_as_for_one(
        self, django_assert_num_queries
    ) -> None:
        with time_machine.travel(NOW, tick=False):
            for limit in (1, 7):
                with django_assert_num_queries(1):
                    get(f"notices/?limit={limit}")
