"""A provider by the API: a product from its first draft to the shelf, and a claim from orders to the money."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.accounts.models import Role
from providers.models import Product, ProductVersion
from providers.operations import publish_version
from tests import build
from tests.api.calling import Program, problem
from tests.api.test_enterprise import done, upload
from tests.orders import build as orders
from tests.redemption import build as redemption

pytestmark = pytest.mark.django_db

DRAFT = {
    "name": "管理咨询",
    "service_type": "管理",
    "delivery_kind": "report",
    "price_kind": "fixed",
    "price_min": "20000.00",
    "price_basis": "market",
    "cities": ["guangzhou"],
}


@pytest.fixture
def program() -> Program:
    return Program(build.provider().account, orders.PLACED)


def amend(program: Program, product: int, **said: Any) -> Any:
    path = f"provider/products/{product}/draft/"
    return program.call("patch", path, said, {"If_Match": program.get(path)["ETag"]})


@pytest.mark.rule("P4", "P5", "P6")
def test_a_product_from_draft_to_shelf(program: Program) -> None:
    made = done(program.post("provider/products/", DRAFT), 201)
    product, path = made["id"], f"provider/products/{made['id']}/"
    assert made["on_sale"] is None and made["draft"]["cities"] == ["guangzhou"]
    told = problem(program.post(f"{path}submit/"), 422, "refused")
    assert told["rule"] == "P5"
    done(
        amend(
            program,
            product,
            overview="概述",
            process="流程",
            cycle="30 天",
            results="报告",
            acceptance="验收",
            basis={
                "comparisons": [
                    {"provider": "甲机构", "price": "21000"},
                    {"provider": "乙机构", "price": "22000.50"},
                ]
            },
        )
    )
    papers = [("qualification", 0), ("price_basis", 0), ("report", 0)]
    papers += [(kind, 1) for kind in ("contract", "invoice", "result")]
    for kind, place in papers:
        body = {"kind": kind, "set_number": place, "file": upload(program)}
        told = done(program.post(f"{path}evidence/", body))
    assert all(one["met"] for one in told["checks"]), told["checks"]
    assert done(program.post(f"{path}submit/"))["draft"]["state"]["value"] == "in_review"
    problem(amend(program, product, overview="改"), 422, "refused")
    reviewer = build.actor(build.account(Role.CONTRACTOR))
    publish_version(by=reviewer, at=orders.PLACED, version=ProductVersion.objects.get())
    told = program.get(path).json()
    assert told["draft"] is None and told["on_sale"]["state"]["value"] == "published"
    assert done(program.post(f"{path}next/"), 201)["draft"]["version"] == 2
    done(program.post(f"{path}discard/"))
    done(program.post(f"{path}withdraw/", {"reason": "停止提供"}))
    assert Product.objects.get().current is None


def test_a_draft_is_not_overwritten(program: Program) -> None:
    product = done(program.post("provider/products/", DRAFT), 201)["id"]
    path = f"provider/products/{product}/draft/"
    etag = program.get(path)["ETag"]
    problem(program.call("patch", path, {"overview": "甲"}), 428, "match-missing")
    first = program.call("patch", path, {"overview": "甲"}, {"If_Match": etag})
    assert done(first)["overview"] == "甲"
    problem(
        program.call("patch", path, {"overview": "乙"}, {"If_Match": etag}),
        412,
        "changed-meanwhile",
    )
    again = program.call("patch", path, {"overview": "乙"}, {"If_Match": first["ETag"]})
    assert done(again)["overview"] == "乙"


def test_another_s_product_is_not_there(program: Program) -> None:
    product = done(program.post("provider/products/", DRAFT), 201)["id"]
    other = Program(build.provider().account, orders.PLACED)
    for way in ("", "draft/"):
        problem(other.get(f"provider/products/{product}/{way}"), 404, "not-found")
    for way in ("submit/", "withdraw/", "copy/"):
        problem(other.post(f"provider/products/{product}/{way}"), 404, "not-found")


def test_what_is_wrong_with_a_draft(program: Program) -> None:
    told = problem(
        program.post("provider/products/", DRAFT | {"service_type": "法律"}), 422, "refused"
    )
    assert told["errors"][0]["field"] == "service_type"
    told = problem(
        program.post("provider/products/", DRAFT | {"cities": ["nowhere"], "price_min": 5}),
        422,
        "invalid",
    )
    assert {one["field"] for one in told["errors"]} == {"cities", "price_min"}


@pytest.mark.rule("R1", "R2")
def test_a_claim_from_orders_to_review() -> None:
    world = redemption.world(2)
    program = Program(world.scene.provider.account, redemption.PREPARED)
    ready = program.get("provider/claimable/").json()["programmes"]
    assert ready[0]["count"] == 2
    listed = program.get(f"provider/claimable/{ready[0]['programme']}/orders/").json()["items"]
    body = {"programme": ready[0]["programme"], "orders": [one["id"] for one in listed]}
    claim = done(program.post("provider/claims/", body), 201)
    assert claim["total"] == claim["sums"]["claimed"] == ready[0]["amount"]
    problem(program.post("provider/claims/", body), 422, "refused")
    path = f"provider/claims/{claim['id']}/"
    assert problem(program.post(f"{path}submit/"), 422, "refused")["rule"] == "R1"
    pdf = program.get(f"{path}form/")
    assert pdf.content.startswith(b"%PDF") and pdf["Cache-Control"] == "private, no-store"
    for slot in ("form", "detail"):
        done(program.post(f"{path}scans/{slot}/", {"file": upload(program)}))
    problem(program.post(f"{path}scans/else/", {"file": upload(program)}), 404, "not-found")
    assert done(program.post(f"{path}submit/"))["state"]["value"] == "submitted"

    world.claim = world.claim or type(world.orders[0].claim_lines.get().claim).objects.get()
    line = program.get(f"{path}lines/").json()["items"][0]
    reviewer = Program(world.contractor, redemption.REVIEWED)
    desk = f"staff/reviews/claims/{claim['id']}/"
    sheet = reviewer.get(f"{desk}?part={line['id']}").json()
    assert {one["key"] for one in sheet["decisions"]} == {"pass", "ask-more", "disallow"}
    verdict = {
        "decision": "ask-more",
        "seen": sheet["seen"],
        "part": sheet["part"],
        "reason": "请补充验收单",
    }
    done(reviewer.post(f"{desk}decide/", verdict))
    others = [one["id"] for one in program.get(f"{path}lines/").json()["items"][1:]]
    for other in others:
        sheet = reviewer.get(f"{desk}?part={other}").json()
        done(
            reviewer.post(
                f"{desk}decide/", {"decision": "pass", "seen": sheet["seen"], "part": str(other)}
            )
        )
    sheet = reviewer.get(f"{desk}?part=all").json()
    more = {"decision": "request-more", "seen": sheet["seen"], "part": "all"}
    done(reviewer.post(f"{desk}decide/", more))
    asked = program.get(f"provider/lines/{line['id']}/supply/").json()
    assert asked["open"] and asked["asked"] == "请补充验收单"
    answer = {"answer": "已补充", "file": upload(program)}
    assert not done(program.post(f"provider/lines/{line['id']}/supply/", answer))["open"]
    assert program.get(path).json()["state"]["value"] == "submitted"
