"""The staff desk: everything by acts, nothing beyond one's reach (R2–R6)."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from foundation.audit.models import AuditEntry
from redemption.archive_check import verify_archive
from redemption.models import ExpertOpinion, Objection, PublicityList, Settlement
from redemption.states import ClaimState, LineState, ObjectionState
from tests import build, scans
from tests.redemption import build as b
from tests.redemption.test_pages import browser, said

pytestmark = pytest.mark.django_db
DESK = "/admin/redemption"


def act(client, model: str, pk: int, name: str, **data):
    return client.post(f"{DESK}/{model}/{pk}/act/{name}/", data, follow=True)


@pytest.mark.rule("R2", "R3", "R4", "R5")
def test_a_claim_walks_over_the_desk_from_first_review_to_payment():
    made = b.at_step("submit", 2)
    claim, (first, second) = made.claim, made.lines()
    with browser(made.contractor, b.REVIEWED) as client:
        assert claim.number in said(client.get(f"{DESK}/claim/"))
        page = said(client.get(f"{DESK}/claim/{claim.pk}/change/"))
        assert made.orders[0].number in page
        assert f"/files/{claim.form_scan_id}/" in page
        page = said(client.get(f"{DESK}/claimline/{first.pk}/change/"))
        assert f"/files/{made.orders[0].contracts.get().document_id}/" in page
        said(act(client, "claimline", first.pk, "pass"))
        said(act(client, "claimline", second.pk, "ask-more", reason="缺验收单"))
        said(act(client, "claim", claim.pk, "request-more"))
        assert made.fresh().state == ClaimState.MORE_ASKED
        made.supply(1)
        said(act(client, "claim", claim.pk, "expert", expert=made.expert.pk))
        said(act(client, "claimline", second.pk, "pass"))
    opinion = ExpertOpinion.objects.get()
    with browser(made.expert, b.REVIEWED) as client:
        page = said(client.get(f"{DESK}/claim/{claim.pk}/change/"))
        assert "登记拨付" not in page
        said(act(client, "expertopinion", opinion.pk, "give", advice="support", text="材料齐全"))
    opinion.refresh_from_db()
    assert opinion.advice == "support"
    with browser(made.contractor, b.REVIEWED) as client:
        assert "材料齐全" in said(client.get(f"{DESK}/claim/{claim.pk}/change/"))
        said(act(client, "claim", claim.pk, "finish"))
    with browser(made.bureau, b.APPROVED) as client:
        said(act(client, "claim", claim.pk, "approve"))
        assert claim.number in said(client.get(f"{DESK}/publicitylist/act/publish/"))
    with browser(made.bureau, b.PUBLISHED) as client:
        client.post(
            f"{DESK}/publicitylist/act/publish/",
            {"programme": made.programme.pk, "claims": [claim.pk]},
        )
        publicity = PublicityList.objects.get()
        assert "2020年9月28日" in said(client.get(f"{DESK}/publicitylist/{publicity.pk}/change/"))
    objection = made.object(1, evidence_files=[scans.sent()])
    with browser(made.bureau, b.SETTLED) as client:
        page = said(client.get(f"{DESK}/objection/{objection.pk}/change/"))
        assert "13812345678" not in page
        assert f"/files/{objection.evidence.get().pk}/" in page
        said(act(client, "objection", objection.pk, "answer", uphold="uphold", answer="属实"))
    with browser(made.contractor, b.SETTLED) as client:
        page = said(client.get(f"{DESK}/claim/{claim.pk}/act/settle/"))
        assert made.orders[0].number in page
        assert made.orders[1].number not in page
        said(
            act(
                client,
                "claim",
                claim.pk,
                "settle",
                line_pks=[first.pk],
                paid_on="2020-09-29",
                receipt_number="BF1",
                receipt_file=scans.sent("回单.pdf"),
            )
        )
        settlement = Settlement.objects.get()
        page = said(client.get(f"{DESK}/settlement/{settlement.pk}/change/"))
        assert f"/files/{settlement.receipt_id}/" in page
    assert made.fresh().state == ClaimState.SETTLED
    assert Objection.objects.get().state == ObjectionState.UPHELD


@pytest.mark.rule("R3")
def test_the_desk_shows_why_a_button_is_off_and_a_post_meets_the_same_sentence():
    made = b.at_step("finish")
    maker = b.another_account(made.contractor.person, "bureau")
    with browser(maker, b.APPROVED) as client:
        assert "制审分离" in said(client.get(f"{DESK}/claim/{made.claim.pk}/change/"))
        assert "制审分离" in said(act(client, "claim", made.claim.pk, "approve"))
    assert made.fresh().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R4")
def test_an_objection_is_not_upheld_by_a_form_without_a_conclusion():
    made = b.at_step("publish")
    objection = made.object()
    with browser(made.bureau, b.SETTLED) as client:
        said(act(client, "objection", objection.pk, "answer", answer="属实"))
        objection.refresh_from_db()
        assert objection.state == ObjectionState.FILED
        said(act(client, "objection", objection.pk, "answer", uphold="reject", answer="不属实"))
    objection.refresh_from_db()
    assert objection.state == ObjectionState.REJECTED
    assert made.line().state == LineState.PASSED


@pytest.mark.rule("F5")
def test_the_contact_is_shown_by_post_with_a_reason_only():
    made = b.at_step("publish")
    address = f"{DESK}/objection/{made.object().pk}/contact/"
    with browser(made.bureau, b.SETTLED) as client:
        assert "13812345678" not in said(client.get(address))
        assert "13812345678" not in said(client.post(address, {"reason": ""}))
        assert "13812345678" in said(client.post(address, {"reason": "电话核实"}))
    assert AuditEntry.objects.filter(action="reveal_contact").count() == 1


MODELS = ("claim", "claimline", "expertopinion", "settlement", "publicitylist", "objection")


def _records(made: b.World) -> dict[str, int]:
    return {
        "claim": made.claim.pk,
        "claimline": made.line().pk,
        "expertopinion": made.claim.opinions.get().pk,
        "settlement": made.claim.settlements.get().pk,
        "publicitylist": made.claim.publicity_id,
        "objection": made.line().objections.get().pk,
    }


@pytest.fixture
def made() -> b.World:
    world = b.at_step("submit")
    world.assign()
    world.pass_line()
    world.finish()
    world.approve()
    world.publish()
    world.answer(world.object(), uphold=False)
    world.settle()
    world.fresh()
    return world


def test_every_record_opens_for_the_citys_staff(made):
    for user in (made.contractor, made.bureau):
        with browser(user, b.SETTLED) as client:
            for model, pk in _records(made).items():
                said(client.get(f"{DESK}/{model}/"))
                said(client.get(f"{DESK}/{model}/{pk}/change/"))


def test_beyond_ones_reach_every_record_act_and_download_is_404(made):
    foshan = build.city("foshan")
    # A claim of one's own city to be seen beside it would change nothing.
    for user in (
        build.account("contractor", of=foshan),
        build.account("bureau", of=foshan),
        build.account("contractor", city=None),
        build.account("expert"),
    ):
        with browser(user, b.SETTLED) as client:
            for model, pk in _records(made).items():
                answer = client.get(f"{DESK}/{model}/{pk}/change/")
                assert answer.status_code == 404, (user.role, model)
            for name in ("approve", "settle", "finish"):
                answer = client.post(f"{DESK}/claim/{made.claim.pk}/act/{name}/")
                assert answer.status_code == 404, (user.role, name)
            for address in (
                f"{DESK}/claim/{made.claim.pk}/archive/",
                f"{DESK}/claim/report/{made.programme.pk}/",
            ):
                assert client.get(address).status_code == 404, (user.role, address)
            assert made.claim.number not in client.get(f"{DESK}/claim/").content.decode()


@pytest.mark.rule("R2")
def test_an_expert_sees_the_assigned_claim_and_nothing_else(made):
    records = _records(made)
    with browser(made.expert, b.SETTLED) as client:
        for model in ("claim", "claimline", "expertopinion"):
            said(client.get(f"{DESK}/{model}/{records[model]}/change/"))
        for model in ("settlement", "publicitylist", "objection"):
            assert client.get(f"{DESK}/{model}/{records[model]}/change/").status_code == 404
        assert client.get(f"{DESK}/claim/{made.claim.pk}/archive/").status_code == 404
        assert client.get(f"{DESK}/claim/report/{made.programme.pk}/").status_code == 404
        answer = client.post(f"{DESK}/claimline/{records['claimline']}/act/pass/")
        assert answer.status_code == 404


def test_nothing_is_added_changed_or_deleted_past_the_acts(made):
    superuser = build.account("bureau", is_superuser=True)
    with browser(superuser, b.SETTLED) as client:
        for model, pk in _records(made).items():
            for address in ("add/", f"{pk}/delete/"):
                assert client.get(f"{DESK}/{model}/{address}").status_code in {403, 404}
            answer = client.post(f"{DESK}/{model}/{pk}/change/", {"state": "draft"})
            assert answer.status_code == 403
    assert made.fresh().state == ClaimState.SETTLED


@pytest.mark.rule("R6")
def test_report_and_archive_are_downloads_that_leave_a_trace(made):
    with browser(made.bureau, b.SETTLED) as client:
        answer = client.get(f"{DESK}/claim/report/{made.programme.pk}/")
        assert load_workbook(BytesIO(answer.content)).sheetnames == [
            "兑现结果汇总",
            "兑现结果明细",
        ]
        answer = client.get(f"{DESK}/claim/{made.claim.pk}/archive/")
        content = BytesIO(b"".join(answer.streaming_content))
        assert verify_archive(content).is_sound
        assert "claim.json" in ZipFile(content).namelist()
        assert made.claim.number in answer["Content-Disposition"]
        assert f"report/{made.programme.pk}/" in said(client.get(f"{DESK}/claim/"))
    actions = AuditEntry.objects.filter(actor=made.bureau).values_list("action", flat=True)
    assert {"hand_over_report", "hand_over_archive"} <= set(actions)


@pytest.mark.rule("R6")
def test_a_broken_archive_is_a_sentence_not_an_error(made):
    type(made.claim.form_scan).objects.filter(pk=made.claim.form_scan_id).update(sha256="0" * 64)
    with browser(made.bureau, b.SETTLED) as client:
        page = said(client.get(f"{DESK}/claim/{made.claim.pk}/archive/", follow=True))
        assert "与上传时不一致" in page
