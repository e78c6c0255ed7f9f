"""An enterprise's whole year by the API alone: registered, checked, applied, ordered, contracted, paid."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Enterprise, Profile, Qualification
from enterprises.operations import pass_qualification, send_back_qualification
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.documents.models import Document, StagedFile
from foundation.moments import moment
from orders.models import Order
from tests import build, scans
from tests.api.calling import Program, problem
from tests.concurrency.race import race
from tests.foundation.build import id_number
from tests.orders import build as orders
from vouchers.models import Voucher

pytestmark = pytest.mark.django_db

APRIL = moment(date(2020, 4, 1), 10)


def profile(**more: Any) -> dict[str, Any]:
    return {
        "name": "广州示例科技有限公司",
        "legal_representative": "张三",
        "legal_representative_id": id_number(1),
        "is_legal_person": True,
        "address": "示例路 1 号",
        "district": "440106",
        "registered_capital": "100.00",
        "founded_on": "2018-01-01",
        "industry": "software",
        "employees": 20,
        "revenue": "300.00",
        "assets": "200.00",
        "handler": "李四",
        "handler_id": id_number(2),
        "handler_mobile": "13800000000",
        **more,
    }


def upload(program: Program, **form: Any) -> int:
    answer = program.upload("files/", file=scans.sent(), **form)
    assert answer.status_code == 201, answer.content.decode()
    return int(answer.json()["id"])


def save(program: Program, **more: Any) -> Any:
    etag = program.get("enterprise/profile/")["ETag"]
    return program.put("enterprise/profile/", profile(**more), If_Match=etag)


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def register(program: Program) -> None:
    code = build.credit_code()
    told = done(
        program.post("enterprise/register/", {"city": "guangzhou", "credit_code": code}), 201
    )
    assert told["credit_code"] == code and told["city"]["slug"] == "guangzhou"


def hand_in(program: Program) -> None:
    """Fill in, upload and submit; each material is a file uploaded before."""
    done(save(program))
    slots = {
        "licence": {},
        "proof": {"proof_kind": "tax"},
        "declaration": {"declared_on": "2020-04-01"},
    }
    for slot, said in slots.items():
        body = {"file": upload(program), **said}
        done(program.post(f"enterprise/qualification/materials/{slot}/", body))
    assert not StagedFile.objects.exists()
    assert program.get("enterprise/qualification/").json()["blocked"] == ""
    assert done(program.post("enterprise/qualification/submit/"))["state"]["value"] == "submitted"


@pytest.mark.rule("E2", "E3", "E6", "B2", "B7", "O1", "O3", "O5")
def test_a_year(monkeypatch) -> None:
    program = Program(build.account(Role.ENTERPRISE), APRIL)
    reviewer = build.actor(build.account(Role.CONTRACTOR))
    problem(program.get("enterprise/"), 404, "not-found")
    register(program)
    hand_in(program)
    file = Qualification.objects.get()
    send_back_qualification(
        by=reviewer, at=APRIL, qualification=file, item_reasons={"address": "与执照不一致"}
    )
    told = program.get("enterprise/qualification/").json()
    assert told["returned"] == [
        {"item": "address", "label": "地址和所在区", "reason": "与执照不一致"}
    ]
    done(save(program, address="示例路 2 号"))
    body = {"file": upload(program), "declared_on": "2020-04-01"}
    done(program.post("enterprise/qualification/materials/declaration/", body))
    done(program.post("enterprise/qualification/submit/"))
    rounds = program.get("enterprise/qualification/rounds/").json()["items"]
    assert [one["number"] for one in rounds] == [2, 1] and rounds[1]["outcome"] == "returned"

    batch = build.batch()
    program.at = build.OPENS
    standing = program.get(f"enterprise/batches/{batch.pk}/eligibility/").json()
    assert not standing["may_apply"]
    assert [one["met"] for one in standing["conditions"]] == [True, False, True, True, True, True]
    path = f"enterprise/batches/{batch.pk}/apply/"
    assert problem(program.post(path, {"amount": "20000"}), 422, "refused")["rule"] == "E5"
    pass_qualification(by=reviewer, at=APRIL, qualification=Qualification.objects.get())
    assert program.get(f"enterprise/batches/{batch.pk}/eligibility/").json()["may_apply"]
    made = done(program.post(path, {"amount": "20000"}), 201)
    assert program.get(f"enterprise/applications/{made['id']}/").json()["results"] == []
    build.decide(batch)

    program.at = orders.PLACED
    told = program.get(f"enterprise/applications/{made['id']}/").json()
    assert told["results"][0]["outcome"]["value"] == "granted"
    voucher = program.get("enterprise/vouchers/").json()["items"][0]
    assert voucher["usable"] == voucher["amount"] == "20000.00"
    provider = build.provider()
    version = build.version_on_sale(provider)
    body = {"voucher": voucher["id"], "version": version.pk, "expected_amount": "10000"}
    order = done(program.post("orders/place/", body), 201)
    assert order["reserved"] == "10000.00" and order["turn"]["party"] == "provider"
    assert "cancel" in order["steps"]

    seller = Program(provider.account, orders.CONFIRMED)
    assert "confirm" in seller.get(f"orders/{order['id']}/").json()["steps"]
    done(seller.post(f"orders/{order['id']}/confirm/"))
    problem(seller.post(f"orders/{order['id']}/confirm/"), 409, "conflict")
    program.at = orders.UPLOADED
    contract = {
        "number": "HT-2020-001",
        "signed_on": "2020-07-03",
        "enterprise_name": "广州示例科技有限公司",
        "provider_name": provider.name,
        "total": "20000.00",
        "supported": "20000.00",
        "service_from": "2020-07-03",
        "service_until": "2020-08-31",
        "contract_file": upload(program),
        "not_funded_elsewhere": True,
    }
    done(program.post(f"orders/{order['id']}/contract/", contract))
    seller.at = orders.CONTRACTED
    done(seller.post(f"orders/{order['id']}/contract/confirm/"))

    program.at = orders.PAID
    payment = {
        "amount": "10000",
        "stars": 5,
        "comment": "服务及时",
        "invoices": [
            {
                "number": "20442000000012345678",
                "issued_on": "2020-08-20",
                "total": "20000.00",
                "buyer": "广州示例科技有限公司",
                "seller": provider.name,
                "item": "管理咨询",
                "file": upload(program),
            }
        ],
        "transfers": [
            {
                "receipt_number": "R1",
                "paid_on": "2020-08-20",
                "amount": "9999.99",
                "payer": "广州示例科技有限公司",
                "payee": "别的机构",
                "file": upload(program),
            }
        ],
    }
    path = f"orders/{order['id']}/payment/"
    told = problem(program.post(path, payment), 422, "refused")
    fields = {one["field"] for one in told["errors"]}
    assert "transfers.0.payee" in fields and len(told["errors"]) >= 2, "all at once"
    payment["transfers"][0] |= {"amount": "10000.00", "payee": provider.name}
    paid = done(program.post(path, payment))
    assert paid["paid"] == "10000.00" and paid["payments"][0]["state"]["value"] == "submitted"
    seller.at = orders.ACCEPTED
    assert done(seller.post(f"{path}accept/"))["state"]["value"] == "accepted"
    ledger = program.get(f"enterprise/vouchers/{voucher['id']}/ledger/").json()["items"]
    assert {one["kind"]["value"] for one in ledger} >= {"pay", "reserve", "issue"}


class TestProfile:
    @pytest.fixture
    def program(self) -> Program:
        made = Program(build.account(Role.ENTERPRISE), APRIL)
        register(made)
        return made

    def test_an_edit_names_the_version_it_is_of(self, program: Program) -> None:
        problem(program.put("enterprise/profile/", profile()), 428, "match-missing")
        problem(program.put("enterprise/profile/", profile(), If_Match="*"), 428, "match-missing")
        etag = program.get("enterprise/profile/")["ETag"]
        saved = program.put("enterprise/profile/", profile(), If_Match=etag)
        assert done(saved)["version"] == 1
        assert saved["ETag"] == program.get("enterprise/profile/")["ETag"] != etag
        problem(
            program.put("enterprise/profile/", profile(), If_Match=etag), 412, "changed-meanwhile"
        )

    @pytest.mark.rule("F5")
    def test_personal_data_is_masked_and_still_makes_another_version(
        self, program: Program
    ) -> None:
        done(save(program))
        told = program.get("enterprise/profile/")
        assert told.json()["handler_mobile"] == "138****0000"
        assert id_number(1) not in told.content.decode()
        assert set(told.json()["legal_representative_id"][3:-2]) == {"*"}
        # 138****0000 as well: the mask is the same, the data are not.
        other = save(program, handler_mobile="13811110000")
        assert done(other)["handler_mobile"] == "138****0000" and other["ETag"] != told["ETag"]

    def test_personal_data_left_out_stays(self, program: Program) -> None:
        done(save(program))
        body = {key: value for key, value in profile(address="新址").items() if "_id" not in key}
        etag = program.get("enterprise/profile/")["ETag"]
        done(program.put("enterprise/profile/", body, If_Match=etag))
        assert Profile.objects.get().legal_representative_id == id_number(1)
        assert Profile.objects.get().address == "新址"

    @pytest.mark.rule("E2")
    def test_what_is_wrong_is_said_at_its_field(self, program: Program) -> None:
        told = problem(save(program, handler_id="123"), 422, "refused")
        assert told["errors"][0]["field"] == "handler_id" and told["rule"]
        wrong = {"employees": -1, "industry": "nothing", "founded_on": "x", "revenue": 300}
        told = problem(save(program, **wrong, district="000000"), 422, "invalid")
        assert {one["field"] for one in told["errors"]} == {*wrong, "district"}

    def test_a_checked_file_is_reopened_by_intent_only(self) -> None:
        enterprise = build.enterprise()
        program = Program(enterprise.account, APRIL)
        told = problem(save(program), 422, "invalid")
        assert told["errors"][0]["field"] == "reopening_understood"
        assert Qualification.objects.get().state == "passed"
        done(save(program, reopening_understood=True))
        assert Qualification.objects.get().state == "draft"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestLostUpdates:
    """Two who have read the same version: one saves, the other is told."""

    @pytest.fixture
    def saves(self) -> Any:
        program = Program(build.account(Role.ENTERPRISE), APRIL)
        register(program)
        etag = program.get("enterprise/profile/")["ETag"]

        def saving(address: str) -> Any:
            def call() -> Any:
                twin = Program(None, APRIL)
                twin.text = program.text
                return twin.put("enterprise/profile/", profile(address=address), If_Match=etag)

            return call

        return [saving("甲路"), saving("乙路")]

    def test_one_of_two_wins(self, saves: Any) -> None:
        answers = race(*saves, meet_at="enterprises.api.own.save_profile")
        assert sorted(one.status_code for one in answers) == [200, 412]

    def test_control_without_locks_the_last_one_wins_silently(self, saves: Any) -> None:
        done(saves[0]())
        answers = race(
            *saves,
            meet_at="enterprises.api.own.save_profile",
            locks=False,
            without={"foundation.api.views.require_same": lambda *args: None},
        )
        assert [one.status_code for one in answers] == [200, 200]


class TestFiles:
    @pytest.fixture
    def program(self) -> Program:
        return Program(build.enterprise().account, orders.PLACED)

    @pytest.mark.rule("F1", "F4")
    def test_a_file_goes_up_comes_back_and_is_taken_back(self, program: Program) -> None:
        number = upload(program)
        told = program.get(f"files/{number}/").json()
        content = program.get(f"files/{number}/content/")
        assert len(b"".join(content.streaming_content)) == told["bytes"]
        assert content["Cache-Control"] == "private, no-store"
        assert content["Content-Disposition"].startswith("attachment")
        assert [one["id"] for one in program.get("files/").json()["items"]] == [number]
        stranger = Program(build.enterprise().account, orders.PLACED)
        problem(stranger.get(f"files/{number}/content/"), 404, "not-found")
        problem(stranger.post(f"files/{number}/discard/"), 404, "not-found")
        assert done(program.post(f"files/{number}/discard/")) == {"id": number}
        problem(program.get(f"files/{number}/"), 404, "not-found")

    def test_what_is_no_paper_is_refused(self, program: Program) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        fake = SimpleUploadedFile("合同.pdf", b"just text", "application/pdf")
        assert problem(program.upload("files/", file=fake), 422, "refused")["rule"] == "F1"
        empty = SimpleUploadedFile("合同.pdf", b"", "application/pdf")
        problem(program.upload("files/", file=empty), 422, "refused")
        problem(program.upload("files/"), 422, "invalid")
        two = [scans.sent(), scans.sent()]
        problem(program.upload("files/", file=two), 422, "refused")

    def test_the_same_upload_again_is_one_file(self, program: Program) -> None:
        paper = scans.sent()
        first = program.upload("files/", file=paper, key="up-1")
        paper.seek(0)
        again = program.upload("files/", file=paper, key="up-1")
        assert again.content == first.content and again["Idempotent-Replayed"] == "true"
        assert Document.objects.filter(staged__isnull=False).count() == 1
        problem(program.upload("files/", file=scans.sent(), key="up-1"), 422, "key-reused")

    def test_another_s_file_cannot_be_handed_in(self, program: Program) -> None:
        number = upload(Program(build.enterprise().account, orders.PLACED))
        Qualification.objects.update(state="draft")
        body = {"file": number}
        told = program.post("enterprise/qualification/materials/licence/", body)
        problem(told, 422, "refused")


class TestOrders:
    @pytest.mark.rule("F5")
    def test_a_telephone_number_is_told_once_for_each_asking(self) -> None:
        scene = orders.scene()
        scene.place()
        program = Program(scene.enterprise.account, orders.PLACED)
        path = f"orders/{scene.order.pk}/contact/"
        told = program.post(path, key="look-1")
        assert done(told)["mobile"] == "13900000000"
        problem(program.post(path, key="look-1"), 409, "answer-not-repeated")
        assert AuditEntry.objects.filter(action="reveal_contact").count() == 1
        done(program.post(path, key="look-2"))
        assert AuditEntry.objects.filter(action="reveal_contact").count() == 2
        stranger = Program(build.enterprise().account, orders.PLACED)
        problem(stranger.post(path), 404, "not-found")

    @pytest.mark.rule("V4")
    def test_the_clock_ends_an_order_before_a_job_says_so(self) -> None:
        scene = orders.scene()
        scene.place()
        program = Program(scene.enterprise.account, orders.WINDOW_ENDS)
        assert program.get("orders/").json()["items"][0]["lapsed"] is False
        program.at += orders.MICROSECOND
        told = program.get(f"orders/{scene.order.pk}/").json()
        assert told["lapsed"] and told["state"]["value"] == "placed" and told["steps"] == []

    def test_a_step_of_the_other_side_is_not_there(self) -> None:
        scene = orders.scene()
        scene.place()
        buyer = Program(scene.enterprise.account, orders.CONFIRMED)
        problem(buyer.post(f"orders/{scene.order.pk}/confirm/"), 404, "not-found")
        seller = Program(scene.provider.account, orders.CONFIRMED)
        problem(seller.post(f"orders/{scene.order.pk}/cancel/", {"reason": "x"}), 404, "not-found")
        problem(seller.post(f"orders/{scene.order.pk}/decline/", {}), 422, "invalid")

    def test_a_list_takes_as_many_queries_for_many_orders_as_for_one(
        self, django_assert_num_queries
    ) -> None:
        scene = orders.scene()
        scene.place(1000)
        program = Program(scene.enterprise.account, orders.PLACED)
        program.get("orders/")
        with CaptureQueriesContext(connection) as for_one:
            program.get("orders/")
        for _ in range(4):
            scene.place(1000)
        with django_assert_num_queries(len(for_one)):
            assert len(program.get("orders/").json()["items"]) == 5

    def test_another_s_voucher_is_said_at_its_field(self) -> None:
        voucher = build.voucher()
        stranger = Program(build.enterprise().account, orders.PLACED)
        version = build.version_on_sale(build.provider())
        body = {"voucher": voucher.pk, "version": version.pk, "expected_amount": "100"}
        told = problem(stranger.post("orders/place/", body), 422, "invalid")
        assert told["errors"][0]["field"] == "voucher"
        assert not Order.objects.exists() and Voucher.objects.get().reserved == 0


def test_a_return_is_counted(db) -> None:
    voucher = build.voucher()
    program = Program(voucher.enterprise.account, build.RESULTS + timedelta(hours=1))
    path = f"enterprise/vouchers/{voucher.pk}/return/"
    told = problem(program.post(path, {"amount": "20000.01"}), 422, "refused")
    assert told["rule"] == "V3"
    assert done(program.post(path, {"amount": "5000.00"}))["returned"] == "5000.00"
    entry = AuditEntry.objects.get(action="return_voucher")
    assert entry.actor == voucher.enterprise.account and entry.address == "127.0.0.1"
    assert Enterprise.objects.get().allowances.get().returned == 5000
