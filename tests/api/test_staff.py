"""Staff by the API: the same queues, ticks, four eyes and proofs as at the desk."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from enterprises.models import Qualification
from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.rosters.models import PriorityEntry
from redemption.models import Claim
from tests import build
from tests.api.calling import Program, problem
from tests.api.test_enterprise import APRIL, done, hand_in, register, upload
from tests.foundation.build import PASSWORD
from tests.orders import build as orders
from tests.redemption import build as redemption

pytestmark = pytest.mark.django_db


@pytest.fixture
def file() -> Qualification:
    """A file that waits for the contractor, handed in by the API."""
    owner = Program(build.account(Role.ENTERPRISE), APRIL)
    register(owner)
    hand_in(owner)
    return Qualification.objects.get()


@pytest.fixture
def reviewer() -> Program:
    return Program(build.account(Role.CONTRACTOR), APRIL)


class TestReview:
    @pytest.mark.rule("E6")
    def test_a_file_is_taken_ticked_and_passed(
        self, file: Qualification, reviewer: Program
    ) -> None:
        queues = reviewer.get("staff/queues/").json()["queues"]
        assert {one["label"]: one["count"] for one in queues}["企业资料待核对"] == 1
        row = reviewer.get("staff/reviews/qualifications/?waiting=true").json()["items"][0]
        assert row["id"] == file.pk and row["holder"] is None
        path = f"staff/reviews/qualifications/{file.pk}/"
        assert done(reviewer.post(f"{path}take/"))["holder"]["is_mine"]
        sheet = reviewer.get(path).json()
        assert "13800000000" not in str(sheet), "masked as on the screen (F5)"
        verdict: dict[str, Any] = {"decision": "pass", "seen": sheet["seen"]}
        told = problem(reviewer.post(f"{path}decide/", verdict), 422, "refused")
        assert "没有核对" in told["detail"]
        ticks = {one["key"]: "ok" for one in sheet["items"]}
        told = problem(
            reviewer.post(f"{path}decide/", verdict | {"ticks": {"nothing": "ok"}}), 422, "refused"
        )
        assert told["errors"][0]["field"] == "ticks.nothing"
        done(reviewer.post(f"{path}decide/", verdict | {"ticks": ticks}))
        assert Qualification.objects.get().state == "passed"
        entry = AuditEntry.objects.get(action="pass_qualification")
        assert entry.role == "contractor" and entry.actor_id

    def test_what_was_submitted_since_is_not_decided_unseen(
        self, file: Qualification, reviewer: Program
    ) -> None:
        path = f"staff/reviews/qualifications/{file.pk}/decide/"
        body = {"decision": "pass", "seen": "0", "rest_ok": True}
        told = problem(reviewer.post(path, body), 422, "refused")
        assert "新的提交或变动" in told["detail"]
        assert Qualification.objects.get().state == "submitted"

    def test_faults_go_back_item_by_item(self, file: Qualification, reviewer: Program) -> None:
        path = f"staff/reviews/qualifications/{file.pk}/decide/"
        body = {"decision": "send-back", "seen": "1", "ticks": {"address": "fault"}}
        told = problem(reviewer.post(path, body), 422, "refused")
        assert told["errors"][0]["field"] == "notes.address"
        done(reviewer.post(path, body | {"notes": {"address": "与执照不一致"}}))
        assert Qualification.objects.get().state == "returned"

    def test_a_file_in_other_hands(self, file: Qualification, reviewer: Program) -> None:
        path = f"staff/reviews/qualifications/{file.pk}/"
        done(reviewer.post(f"{path}take/"))
        other = Program(build.account(Role.CONTRACTOR), APRIL)
        problem(other.post(f"{path}take/"), 422, "refused")
        body = {"decision": "pass", "seen": "1", "rest_ok": True}
        problem(other.post(f"{path}decide/", body), 422, "refused")
        assert done(other.post(f"{path}take/", {"take_over": True}))["holder"]["is_mine"]
        assert done(other.post(f"{path}release/"))["holder"] is None

    def test_another_city_s_file_is_not_there(self, file: Qualification) -> None:
        stranger = Program(build.account(Role.CONTRACTOR, of=build.city("foshan")), APRIL)
        path = f"staff/reviews/qualifications/{file.pk}/"
        assert stranger.get("staff/reviews/qualifications/").json()["items"] == []
        problem(stranger.get(path), 404, "not-found")
        problem(stranger.post(f"{path}take/"), 404, "not-found")
        problem(
            stranger.post(f"{path}decide/", {"decision": "pass", "seen": "1"}), 404, "not-found"
        )

    def test_the_bureau_reads_and_does_not_decide(self, file: Qualification) -> None:
        bureau = Program(build.account(Role.BUREAU), APRIL)
        path = f"staff/reviews/qualifications/{file.pk}/"
        assert bureau.get(path).json()["decisions"] == []
        problem(bureau.post(f"{path}decide/", {"decision": "pass", "seen": "1"}), 404, "not-found")


def session_of(account: User) -> Client:
    """A browser signed in by the pages' own steps."""
    account.set_password(PASSWORD)
    account.save()
    client = Client()
    client.post("/login/", {"username": account.username, "password": PASSWORD})
    return client


def post(client: Client, path: str, body: dict[str, Any], key: str) -> Any:
    return client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


@pytest.mark.rule("F5")
def test_personal_data_in_clear_asks_for_a_recent_proof(
    file: Qualification, reviewer: Program, settings
) -> None:
    path = f"staff/reviews/qualifications/{file.pk}/reveal/"
    body = {"reason": "核对身份"}
    problem(reviewer.post(path, body), 403, "proof-required")
    assert not AuditEntry.objects.filter(action="reveal_personal_data").exists()
    settings.PROOF_MINUTES = 15
    account = User.objects.get(access_tokens__isnull=False, role=Role.CONTRACTOR)
    with time_machine.travel(APRIL, tick=False) as clock:
        client = session_of(account)
        told = done(post(client, path, body, "k-1"))
        assert "13800000000" in [one["value"] for one in told["lines"]]
        problem(post(client, path, body, "k-1"), 409, "answer-not-repeated")
        clock.shift(timedelta(minutes=16))
        problem(post(client, path, body, "k-2"), 403, "proof-required")
    entry = AuditEntry.objects.get(action="reveal_personal_data")
    assert entry.reason == "核对身份" and entry.actor == account


class TestClaims:
    @pytest.fixture
    def world(self) -> redemption.World:
        made = redemption.world(2)
        made.prepare()
        made.attach()
        made.submit()
        made.pass_line(0)
        made.pass_line(1)
        made.finish()
        return made

    def approve(self, world: redemption.World, client: Client, key: str) -> Any:
        path = f"staff/reviews/claims/{world.claim.pk}/"
        sheet = client.get(f"/api/v1/{path}?part=all").json()
        body = {"decision": "approve", "seen": sheet["seen"], "part": "all"}
        return post(client, f"{path}decide/", body, key)

    @pytest.mark.rule("R3")
    def test_approval_asks_for_a_recent_proof_on_the_api_and_on_the_screen(
        self, world: redemption.World, settings
    ) -> None:
        program = Program(world.bureau, redemption.APPROVED)
        path = f"staff/reviews/claims/{world.claim.pk}/"
        sheet = program.get(f"{path}?part=all").json()
        body = {"decision": "approve", "seen": sheet["seen"], "part": "all"}
        problem(program.post(f"{path}decide/", body), 403, "proof-required")
        settings.PROOF_MINUTES = 15
        with time_machine.travel(redemption.APPROVED, tick=False) as clock:
            client = session_of(world.bureau)
            clock.shift(timedelta(minutes=16))
            problem(self.approve(world, client, "k-1"), 403, "proof-required")
            screen = f"/admin/redemption/claim/{world.claim.pk}/review/?part=all"
            page = client.post(screen, body | {"part": "all"}).content.decode()
            assert "验证身份" in page
            assert Claim.objects.get().state == "first_reviewed"
            client.post("/login/again/", {"password": PASSWORD})
            done(self.approve(world, client, "k-2"))
        assert Claim.objects.get().state == "approved"

    @pytest.mark.rule("R3")
    def test_four_eyes_are_counted_in_persons(self, world: redemption.World) -> None:
        twin = build.account(Role.BUREAU, person=world.contractor.person)
        with time_machine.travel(redemption.APPROVED, tick=False):
            told = problem(self.approve(world, session_of(twin), "k-1"), 422, "refused")
        assert told["rule"] == "R3" and Claim.objects.get().state == "first_reviewed"

    @pytest.mark.rule("R4", "R5")
    def test_published_and_settled(self, world: redemption.World) -> None:
        world.approve()
        bureau = Program(world.bureau, redemption.PUBLISHED)
        body = {"programme": world.claim.programme_id, "claims": [world.claim.pk]}
        told = problem(
            bureau.post("staff/publicity/publish/", body | {"claims": [999]}), 422, "invalid"
        )
        assert told["errors"][0]["field"] == "claims"
        published = done(bureau.post("staff/publicity/publish/", body), 201)
        assert published["ends_at"].startswith("2020-09-28T23:59:59")
        lines = [world.line(0).pk, world.line(1).pk]
        payment = {"line_pks": lines, "paid_on": "2020-09-29", "receipt_number": "R-1"}
        program = Program(world.contractor, redemption.SETTLED)
        path = f"staff/claims/{world.claim.pk}/settle/"
        scan = upload(program)
        problem(program.post(path, payment | {"receipt_file": scan}), 403, "proof-required")
        with time_machine.travel(redemption.SETTLED, tick=False):
            client = session_of(world.contractor)
            done(post(client, path, payment | {"receipt_file": scan}, "k-1"), 201)
        assert Claim.objects.get().state == "settled"
        program = Program(world.contractor, redemption.SETTLED)
        assert program.get("staff/settlements/").json()["items"][0]["receipt_number"] == "R-1"
        archive = program.get(f"staff/claims/{world.claim.pk}/archive/")
        assert b"".join(archive.streaming_content).startswith(b"PK")
        report = program.get(f"staff/reports/{world.claim.programme_id}/")
        assert report.content.startswith(b"PK")
        assert AuditEntry.objects.filter(action="hand_over_archive").count() == 1


@pytest.mark.rule("E8")
def test_a_roster_is_tried_and_then_imported() -> None:
    from foundation.rosters.columns import ROSTERS

    headings = [column.header for column in ROSTERS["priority"].columns]
    program = Program(build.account(Role.BUREAU), orders.PLACED)
    book = Workbook()
    book.active.append(headings)
    code = build.credit_code()
    known = {"统一社会信用代码": code, "企业名称": "甲公司", "年度": "2020"}
    row = [known.get(one, "") for one in headings]
    book.active.append(row)
    out = BytesIO()
    book.save(out)
    sent = SimpleUploadedFile("优先名单.xlsx", out.getvalue())
    made = done(program.upload("staff/rosters/check/", kind="priority", file=sent), 201)
    assert made["state"]["value"] == "checked"
    rows = program.get(f"staff/rosters/{made['id']}/rows/").json()["items"]
    assert rows[0]["outcome"]["value"] == "bad" and rows[0]["problems"]
    told = problem(program.post(f"staff/rosters/{made['id']}/apply/"), 422, "refused")
    assert told["rule"] == "E8" and not PriorityEntry.objects.exists()
    assert (
        done(program.post(f"staff/rosters/{made['id']}/discard/"))["state"]["value"] == "discarded"
    )
    problem(program.post(f"staff/rosters/{made['id']}/apply/"), 409, "conflict")
    fake = SimpleUploadedFile("名单.xlsx", b"nonsense")
    problem(program.upload("staff/rosters/check/", kind="priority", file=fake), 422, "refused")


@pytest.mark.rule("N3")
def test_figures_within_one_s_reach() -> None:
    build.voucher()
    bureau = Program(build.account(Role.BUREAU), orders.PLACED)
    covered = bureau.get("staff/figures/").json()["programmes"]
    told = bureau.get(f"staff/figures/batches/?programme={covered[0]['id']}").json()
    assert [one["kind"] for one in told["columns"]] and told["taken_at"] is None
    problem(bureau.get("staff/figures/nothing/"), 404, "not-found")
    stranger = Program(build.account(Role.BUREAU, of=build.city("foshan")), orders.PLACED)
    problem(stranger.get(f"staff/figures/batches/?programme={covered[0]['id']}"), 404, "not-found")
