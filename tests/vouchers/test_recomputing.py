"""What anyone can recompute from a published list, and what does not pass (B7, B8, B9)."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from enterprises.models import Profile
from foundation.audit.models import AuditEntry
from foundation.moments import moment
from foundation.rosters.models import BlacklistEntry
from tests import build
from vouchers.models import ResultList, Voucher
from vouchers.operations.reclaiming import return_voucher
from vouchers.tasks import grant_waiting

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
MARK = b"\xef\xbb\xbf"
CELLS = 10


def fetch(client, batch, round_number=0) -> bytes:
    address = reverse("batches:round-download", args=[batch.pk, round_number])
    return b"".join(client.get(address).streaming_content)


def verify(folder: Path, content: bytes, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the script alone in a folder of its own: no project, no packages."""
    (folder / "list.csv").write_bytes(content)
    script = folder / "verify_results.py"
    script.write_bytes((ROOT / "script" / "verify_results").read_bytes())
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script), "list.csv", *more],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture
def decided():
    """A batch with both tiers, a partial grant, some who got nothing and one passed over."""
    batch = build.batch(build.programme(waiting_list=True), amount=Decimal(20000))
    shuffled = random.Random(5)
    for index in range(9):
        amount = shuffled.randrange(20, 60) * 100
        build.apply(batch, build.enterprise(priority=index % 4 == 0), amount, in_flight=True)
    gone = build.enterprise()
    build.apply(batch, gone, 1000, in_flight=True)
    BlacklistEntry.objects.create(credit_code=gone.credit_code, listed_on=date(2020, 6, 1))
    build.decide(batch)
    return batch


@pytest.mark.rule("B8")
def test_the_download_recomputes_and_its_digest_is_kept(client, decided, tmp_path):
    content = fetch(client, decided)
    results = ResultList.objects.get(batch=decided)
    assert content.startswith(MARK + b"#")
    assert hashlib.sha256(content).hexdigest() == results.digest
    assert results.digest in client.get(results_page(decided)).content.decode()
    entry = AuditEntry.objects.get(action="publish_results", subject_id=decided.pk)
    assert entry.details["digest"] == results.digest
    said = verify(tmp_path, content, "--digest", results.digest)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("相符：10 行")


def results_page(batch) -> str:
    return reverse("batches:results", args=[batch.pk])


def split(content: bytes) -> tuple[list[str], list[str]]:
    lines = content.decode().splitlines(keepends=True)
    head = next(i for i, line in enumerate(lines) if not line.lstrip("\ufeff").startswith("#")) + 1
    return lines[:head], lines[head:]


@pytest.mark.rule("B8")
@pytest.mark.parametrize("row", [0, 6, 9])
@pytest.mark.parametrize("column", range(CELLS))
def test_one_changed_cell_is_refused_and_named(client, decided, tmp_path, row, column):
    head, rows = split(fetch(client, decided))
    cells = rows[row].rstrip("\n").split(",")
    other = {0: "99", 1: {"1": "2", "2": "1"}.get(cells[1], "1"), 7: "partial", 9: "large"}
    was = cells[column]
    if column == 7 and was == "partial":
        other[7] = "granted"
    cells[column] = other.get(column) or {2: "999999", 3: "昨天", 4: "9144", 8: "77"}.get(
        column, f"{Decimal(was or 0) + 100}" if column in (5, 6) else ""
    )
    if column == 9 and was:
        cells[column] = ""
    assert cells[column] != was
    changed = "".join([*head, *rows[:row], ",".join(cells) + "\n", *rows[row + 1 :]])
    digest = ResultList.objects.get(batch=decided).digest
    said = verify(tmp_path, changed.encode(), "--digest", digest)
    assert said.returncode == 1 and "摘要不符" in said.stdout
    recomputed = verify(tmp_path, changed.encode())
    if column in (2, 5):
        # A sequence that keeps the order, or a request that got nothing anyway: only the digest tells.
        return
    assert recomputed.returncode == 1, recomputed.stdout
    assert "行" in recomputed.stdout


@pytest.mark.rule("B8")
def test_a_dropped_row_and_a_swapped_pair_are_refused(client, decided, tmp_path):
    head, rows = split(fetch(client, decided))
    for index in range(len(rows)):
        dropped = "".join([*head, *rows[:index], *rows[index + 1 :]])
        assert verify(tmp_path, dropped.encode()).returncode == 1, index
    for index in range(len(rows) - 1):
        swapped = [*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :]]
        said = verify(tmp_path, "".join([*head, *swapped]).encode())
        assert said.returncode == 1 and f"第 {index + 1} 行“排名”" in said.stdout
    more = [line.replace("#可发金额,20000", "#可发金额,30000") for line in head]
    assert verify(tmp_path, "".join([*more, *rows]).encode()).returncode == 1


@pytest.mark.rule("B8")
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"#\n", "排名\n1\n".encode()])
def test_what_is_no_list_is_said_to_be_none(tmp_path, content):
    said = verify(tmp_path, content)
    assert said.returncode == 2 and "不是结果名单" in said.stderr
    assert not re.search("[a-z]{3}", said.stderr.replace("list.csv", "")), "told in Chinese"


@pytest.mark.rule("B8")
@pytest.mark.parametrize(
    ("was", "put", "told"),
    [
        ("\n", "\r\n", "换行被改动过"),
        (".00,granted", "e0,granted", "不是数"),
        (".00,granted", "NaN,granted", "不是数"),
        ("1,1,", "１,1,", "不是数"),
        (",granted,", ",granted,,", "列"),
        ("排名", "名次", "表头不符"),
        ("启用递补,是", "启用递补,有", "不认识“有”"),
    ],
)
def test_what_was_rewritten_is_told_in_words(client, decided, tmp_path, was, put, told):
    said = verify(tmp_path, fetch(client, decided).decode().replace(was, put).encode())
    assert (said.returncode, said.stdout) == (2, "")
    assert told in said.stderr and "Traceback" not in said.stderr


@pytest.mark.rule("B8")
def test_without_the_published_digest_it_says_what_it_did_not_compare(client, decided, tmp_path):
    content = fetch(client, decided)
    said = verify(tmp_path, content)
    assert said.returncode == 0 and "只复算了排名和金额" in said.stdout
    told = verify(tmp_path, content, "--digest", hashlib.sha256(content).hexdigest())
    assert told.returncode == 0 and "只复算了" not in told.stdout


@pytest.mark.rule("B8", "B9")
def test_the_waiting_list_recomputes_round_by_round(client, tmp_path):
    batch = build.batch(build.programme(waiting_list=True), amount=Decimal(40000))
    first, second, half, barred, last = (build.enterprise() for _ in range(5))
    for one, amount in (
        (first, 20000),
        (second, 15000),
        (half, 20000),
        (barred, 900),
        (last, 9000),
    ):
        build.apply(batch, one, amount, in_flight=True)
    build.decide(batch)
    BlacklistEntry.objects.create(credit_code=barred.credit_code, listed_on=date(2020, 7, 1))
    later = build.batch(
        batch.programme,
        opens_at=moment(date(2020, 7, 1), 9),
        closes_at=moment(date(2020, 7, 1), 17),
    )
    build.apply(later, half, 13000)
    for one, amount, day in ((first, 8000, 3), (half, 100, 6), (second, 5000, 6)):
        voucher = Voucher.objects.filter(batch=batch, enterprise=one).first()
        at = moment(date(2020, 7, day), 16)
        return_voucher(by=build.actor(one.account), at=at, voucher=voucher, amount=Decimal(amount))
        grant_waiting(moment(date(2020, 7, day + 3 if day == 3 else day + 1), 9))
    lists = {
        one.round: fetch(client, batch, one.round) for one in ResultList.objects.filter(batch=batch)
    }
    assert len(lists) >= 2
    for number, content in lists.items():
        (tmp_path / f"{number}.csv").write_bytes(content)
    for number in range(1, len(lists)):
        earlier = [f"{one}.csv" for one in range(number)]
        said = verify(tmp_path, lists[number], "--earlier", *earlier)
        assert said.returncode == 0, said.stdout + said.stderr
        assert verify(tmp_path, lists[number]).returncode == 2, "the earlier lists are needed"
        head, rows = split(lists[number])
        for index in range(len(rows)):
            dropped = "".join([*head, *rows[:index], *rows[index + 1 :]]).encode()
            assert verify(tmp_path, dropped, "--earlier", *earlier).returncode == 1
    head, rows = split(lists[0])
    (tmp_path / "0.csv").write_bytes("".join([*head, rows[1], rows[0], *rows[2:]]).encode())
    forged = verify(tmp_path, lists[1], "--earlier", "0.csv")
    assert forged.returncode == 1 and "第 0 轮名单：" in forged.stdout, "no base is taken on trust"
    assert verify(tmp_path, lists[0], "--earlier", "1.csv").returncode == 2
    assert b"cap_used" in lists[1] and b"blacklisted" in lists[1]
    assert b"left_line" in lists[2]


@pytest.mark.rule("B7", "B8", "F5")
def test_a_download_and_its_page_hold_nothing_personal(client, decided):
    page = client.get(results_page(decided)).content.decode()
    text = fetch(client, decided).decode() + page
    for profile in Profile.objects.select_related("enterprise"):
        hidden = (
            profile.name,
            profile.enterprise.credit_code,
            profile.handler,
            profile.legal_representative,
            profile.handler_mobile,
            profile.handler_id,
        )
        for value in hidden:
            assert value not in text


@pytest.mark.rule("B8")
def test_the_page_for_citizens_offers_the_script_itself(client):
    page = client.get(reverse("batches:recompute")).content.decode()
    assert reverse("batches:verifier") in page
    script = b"".join(client.get(reverse("batches:verifier")).streaming_content)
    assert script == (ROOT / "script" / "verify_results").read_bytes()
