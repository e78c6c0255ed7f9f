"""The roads beside the straight one, each taken by a call: withdrawing, declining, sending back, handing over."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from foundation.accounts.models import Role, User
from foundation.rosters.models import PriorityEntry
from tests import build
from tests.api.calling import Program, problem
from tests.api.test_enterprise import done, upload
from tests.api.test_staff import post, session_of
from tests.enterprises import build as enterprises
from tests.orders import build as orders
from tests.providers import build as providers
from tests.providers.test_changes import _ask as ask_for_change
from tests.redemption import build as redemption
from tests.rosters import build as rosters

pytestmark = pytest.mark.django_db

REASON = {"reason": "服务排期已满"}


class Sides:
    """Both sides of an order, calling."""

    def __init__(self, step: str) -> None:
        self.scene = orders.at_step(step)
        self.buyer = Program(self.scene.enterprise.account, orders.CONFIRMED)
        self.seller = Program(self.scene.provider.account, orders.CONFIRMED)

    def step(self, side: Program, verb: str, body: Any = None, at: Any = orders.CONFIRMED) -> str:
        """Take a step; the state the order is in then."""
        side.at = at
        told = done(side.post(f"orders/{self.scene.order.pk}/{verb}/", body))
        return str(told["state"]["value"])


@pytest.mark.rule("B4")
def test_an_application_is_withdrawn_and_made_again() -> None:
    batch = build.batch()
    program = Program(build.enterprise().account, build.OPENS)
    path = f"enterprise/batches/{batch.pk}/apply/"
    first = done(program.post(path, {"amount": "20000"}), 201)
    told = done(program.post(f"enterprise/applications/{first['id']}/withdraw/"))
    assert told["state"]["value"] == "withdrawn"
    problem(program.post(f"enterprise/applications/{first['id']}/withdraw/"), 409, "conflict")
    again = done(program.post(path, {"amount": "10000"}), 201)
    assert again["id"] > first["id"], "at the end of the line"
    pdf = program.get(f"enterprise/applications/{again['id']}/receipt/")
    assert pdf.content.startswith(b"%PDF")


class TestOrders:
    @pytest.mark.rule("O2")
    def test_declined(self) -> None:
        sides = Sides("place")
        assert sides.step(sides.seller, "decline", REASON) == "declined"

    @pytest.mark.rule("O2")
    def test_cancelled_by_the_enterprise_alone(self) -> None:
        sides = Sides("confirm")
        assert sides.step(sides.buyer, "cancel", REASON) == "cancelled"

    @pytest.mark.rule("O2")
    def test_cancelled_by_both(self) -> None:
        sides = Sides("agree")
        at = orders.CONTRACTED
        assert sides.step(sides.buyer, "cancellation/ask", REASON, at) == "contracted"
        assert sides.step(sides.buyer, "cancellation/withdraw", at=at) == "contracted"
        sides.step(sides.seller, "cancellation/ask", REASON, at)
        assert sides.step(sides.buyer, "cancellation/agree", at=at) == "cancelled"

    @pytest.mark.rule("V4", "O3")
    def test_a_contract_sent_back(self) -> None:
        sides = Sides("upload")
        at = orders.CONTRACTED
        state = sides.step(sides.seller, "contract/return", {"reason": "缺骑缝章"}, at)
        assert state == "contract_returned"

    @pytest.mark.rule("O7")
    def test_payment_papers_corrected(self) -> None:
        sides = Sides("pay")
        scene, at = sides.scene, orders.ACCEPTED
        reason = {"reason": "发票不清晰"}
        assert sides.step(sides.seller, "payment/ask-correction", reason, at) == (
            "payment_correction"
        )
        sides.buyer.at = at
        told = sides.buyer.get(f"orders/{scene.order.pk}/").json()["payments"][0]
        bill, sent = told["invoices"][0], told["transfers"][0]
        papers = {
            "invoices": [
                {key: bill[key] for key in ("code", "number", "issued_on", "total", "item")}
                | {"buyer": scene.enterprise.name, "seller": scene.provider.name}
                | {"file": upload(sides.buyer)}
            ],
            "transfers": [
                {key: sent[key] for key in ("receipt_number", "paid_on", "amount")}
                | {"payer": scene.enterprise.name, "payee": scene.provider.name}
                | {"kept": sent["file"]["id"]}
            ],
        }
        assert sides.step(sides.buyer, "payment/correct", papers, at) == "paid"

    @pytest.mark.rule("O8")
    def test_a_payment_asked_back(self) -> None:
        sides = Sides("accept")
        at = orders.ACCEPTED
        assert sides.step(sides.seller, "payment/ask-return", {"reason": "填错"}, at) == "accepted"
        staff = Program(build.account(Role.CONTRACTOR), at)
        assert len(staff.get("staff/payment-returns/").json()["items"]) == 1


class TestReviews:
    """Taken, handed over to a colleague, decided by them."""

    def review(self, word: str, pk: int, account: User, at: Any, decision: str) -> None:
        first, colleague = Program(account, at), build.account(account.role, of=account.city)
        colleague.city = account.city
        colleague.save()
        second = Program(colleague, at)
        path = f"staff/reviews/{word}/{pk}/"
        assert done(first.post(f"{path}take/"))["holder"]["is_mine"]
        told = done(first.post(f"{path}hand-over/", {"colleague": colleague.pk}))
        assert not told["holder"]["is_mine"]
        sheet = second.get(path).json()
        assert sheet["holder"]["is_mine"]
        body = {"decision": decision, "seen": sheet["seen"], "part": sheet["part"], "rest_ok": True}
        problem(first.post(f"{path}decide/", body), 422, "refused")
        done(second.post(f"{path}decide/", body))

    @pytest.mark.rule("P2")
    def test_a_provider_and_its_change(self) -> None:
        provider = providers.submitted()
        account = providers.reviewer(provider).user
        assert account is not None
        self.review("providers", provider.pk, account, providers.LATER, "approve")
        provider.refresh_from_db()
        assert provider.state == "approved"
        change = ask_for_change(provider, address="新址 9 号")
        self.review("changes", change.pk, account, providers.LATER, "apply")
        change.refresh_from_db()
        assert change.state == "applied"

    @pytest.mark.rule("P6")
    def test_a_product(self) -> None:
        version = providers.in_review(providers.approved())
        account = providers.reviewer(version.product.provider).user
        assert account is not None
        self.review("products", version.pk, account, providers.LATER, "publish")
        version.refresh_from_db()
        assert version.state == "published"

    @pytest.mark.rule("R2")
    def test_a_claim_with_an_expert_s_opinion(self) -> None:
        world = redemption.at_step("submit")
        opinion = world.assign()
        expert = Program(world.expert, redemption.REVIEWED)
        body = {"advice": "support", "text": "材料齐全，金额合理。"}
        told = done(expert.post(f"staff/opinions/{opinion.pk}/give/", body))
        assert told["advice"] == "support"
        problem(expert.post(f"staff/opinions/{opinion.pk}/give/", body), 422, "refused")
        self.review(
            "claims", world.claim.pk, world.contractor, redemption.REVIEWED, decision="pass"
        )

    def test_a_file_of_a_year(self) -> None:
        file = enterprises.submitted()
        reviewer = enterprises.contractor().user
        self.review("qualifications", file.pk, reviewer, enterprises.LATER, "pass")
        file.refresh_from_db()
        assert file.state == "passed"


@pytest.mark.rule("R1")
def test_a_claim_is_given_up_before_it_is_handed_in() -> None:
    world = redemption.at_step("prepare")
    program = Program(world.scene.provider.account, redemption.PREPARED)
    path = f"provider/claims/{world.claim.pk}/"
    for paper in ("form/", "detail/"):
        assert program.get(path + paper).content.startswith(b"%PDF")
        assert program.get(f"{path}{paper}workbook/").content.startswith(b"PK")
    assert done(program.post(f"{path}give-up/"))["state"]["value"] == "given_up"


@pytest.mark.rule("E8")
def test_an_import_is_undone_by_a_dry_run_first() -> None:
    bureau = rosters.bureau()
    row = [build.credit_code(), "甲公司", "2020", "专精特新", ""]
    loaded = rosters.load("priority", [row], by=bureau)
    program = Program(bureau.user, rosters.AT)
    undoing = done(program.post(f"staff/rosters/{loaded.pk}/undo/"), 201)
    assert undoing["state"]["value"] == "checked"
    done(program.post(f"staff/rosters/{undoing['id']}/apply/"))
    assert not PriorityEntry.objects.exists()


@pytest.mark.rule("R6")
def test_a_report_is_printed() -> None:
    world = redemption.at_step("settle")
    program = Program(world.bureau, redemption.SETTLED)
    printed = program.get(f"staff/reports/{world.programme.pk}/printed/")
    assert printed.content.startswith(b"%PDF")


@pytest.mark.rule("R3")
def test_a_claim_goes_back_to_its_review_by_a_fresh_proof() -> None:
    world = redemption.at_step("finish")
    path = f"staff/reviews/claims/{world.claim.pk}/"
    with time_machine.travel(redemption.APPROVED, tick=False):
        client = session_of(world.bureau)
        sheet = client.get(f"/api/v1/{path}?part=all").json()
        keys = {one["key"] for one in sheet["decisions"]}
        assert keys == {"approve", "send-back"}
        body = {"decision": "send-back", "seen": sheet["seen"], "part": "all", "reason": "请复查"}
        told = done(post(client, f"{path}decide/", body, "k-1"))
    assert told["holder"] is None
