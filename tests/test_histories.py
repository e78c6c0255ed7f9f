"""Random histories over the operations, all roles, under a moving clock; the books are proved after every step.

A step that a rule refuses is fine; anything else that goes wrong is not. After each step: every yuan is in exactly one
place, no cap is exceeded, nothing happened after its deadline, no state went backwards except where the rulebook
says so, and the proof of the books finds no break.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils.module_loading import import_string
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.moments import end_of_day, local_day, moment
from foundation.rosters.models import BlacklistEntry
from foundation.rosters.operations.sanctioning import (
    lift_sanction,
    report_violation,
    sanction_violation,
)
from orders.models import Order, PaymentReturn, ProviderAllowance
from orders.operations.cancelling import agree_cancellation, ask_cancellation, cancel_order
from orders.operations.contracts import confirm_contract, return_contract, upload_contract
from orders.operations.paying import (
    accept_payment,
    ask_payment_correction,
    correct_payment,
    submit_payment,
)
from orders.operations.placing import confirm_order, decline_order, place_order
from orders.operations.returning import (
    ask_payment_return,
    grant_payment_return,
    refuse_payment_return,
)
from orders.policies.papers import InvoiceData, TransferData
from orders.states import OrderState
from redemption.models import Claim, ClaimLine, Objection, PublicityList
from redemption.operations.approving import approve_claim, send_back_to_review
from redemption.operations.objecting import answer_objection, file_objection
from redemption.operations.preparing import attach_scan, give_up_claim, prepare_claim, submit_claim
from redemption.operations.publishing import publish_claims
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    request_more,
    supply_more,
)
from redemption.operations.settling import record_settlement
from redemption.queries import publicity_ends_at
from redemption.states import ClaimState, LineState, ObjectionState
from tests import build, scans
from voucher_portal.jobs import JOBS
from voucher_portal.reconciliation import all_breaks
from voucher_portal.state_machines import MACHINES
from vouchers.models import Application, Batch, EnterpriseAllowance, LedgerEntry, Voucher
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.issuing import announce_batch, draft_batch
from vouchers.operations.reclaiming import return_voucher
from vouchers.queries import results_due_at
from vouchers.states import EntryKind

pytestmark = pytest.mark.django_db
SWEEPERS = [path for path in JOBS if not path.startswith("foundation.")]
START = moment(date(2020, 6, 22), 9)
S = OrderState


def vouchers_in_hand() -> Any:
    return Voucher.objects.filter(free__gt=0)


def live_orders() -> Any:
    return Order.objects.exclude(
        state__in=["cancelled", "declined", "lapsed", "settled", "disallowed"]
    )


def live_claims() -> Any:
    return Claim.objects.exclude(state__in=["settled", "given_up"])


class History(RuleBasedStateMachine):
    """One city, two providers with a small cap, five enterprises, batches that are always too small."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.at = START
        self.programme = build.programme(
            total_amount=Decimal(200_000),
            provider_cap=Decimal(25_000),
            provider_share=Decimal(1),
            waiting_list=True,
        )
        self.enterprises = [build.enterprise(priority=index == 0) for index in range(5)]
        self.providers = [build.provider() for _ in range(2)]
        self.versions = [build.version_on_sale(provider) for provider in self.providers]
        self.bureau, self.checker = (build.actor(build.account(Role.BUREAU)) for _ in range(2))
        self.contractor = build.actor(build.account(Role.CONTRACTOR))
        self.tried = 0
        self.done = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # -- helpers of the walk ------------------------------------------------------------

    def act(self, operation: Any, **arguments: Any) -> Any:
        """Try one operation now; a refusal is an answer like any other."""
        self.tried += 1
        try:
            with transaction.atomic():
                result = operation(at=self.at, **arguments)
        except (Refusal, OutOfReach):
            return None
        self.done += 1
        return result

    def pick(self, data: Any, rows: Any) -> Any:
        found = list(rows.order_by("pk") if hasattr(rows, "order_by") else rows)
        return data.draw(st.sampled_from(found)) if found else None

    def owner(self, order: Order) -> Actor:
        return build.actor(order.enterprise.account)

    def seller(self, order: Order) -> Actor:
        return build.actor(order.provider.account)

    # -- the clock ----------------------------------------------------------------------

    def time_passes(self, data: Any) -> None:
        hours = data.draw(st.sampled_from([1, 6, 24]))
        self.at += timedelta(hours=hours)
        self.sweep()

    def time_comes_to_a_deadline(self, data: Any) -> None:
        moments: list[datetime] = []
        for batch in Batch.objects.select_related("programme"):
            moments += [batch.opens_at, batch.closes_at, batch.usage_ends_at, batch.expires_at]
        moments += [publicity_ends_at(published) for published in PublicityList.objects.all()]
        coming = sorted({at for at in moments if at >= self.at})[:1]
        if coming:
            self.at = data.draw(st.sampled_from(coming)) + data.draw(
                st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(minutes=6)])
            )

    def sweep(self) -> None:
        for path in SWEEPERS:
            import_string(path)(self.at)

    # -- batches and applications -------------------------------------------------------

    @initialize(data=st.data())
    def a_first_batch_is_issued(self, data: Any) -> None:
        self.announce(40_000)
        self.everybody_applies(data)
        self.results_come(data)

    @rule(data=st.data())
    def something_happens(self, data: Any) -> None:
        """One of what is possible now; likelier things stand in the table more often."""
        possible = [action for action, when in POSSIBLE if when is None or when().exists()]
        getattr(self, data.draw(st.sampled_from(possible)))(data)

    def another_batch(self, data: Any) -> None:
        amount = data.draw(st.sampled_from([10_000, 25_000]))
        self.announce(amount)
        self.everybody_applies(data)

    def announce(self, amount: int) -> None:
        day = local_day(self.at) + timedelta(days=1)
        batch = self.act(
            draft_batch,
            by=self.bureau,
            programme=self.programme,
            amount=Decimal(amount),
            opens_at=moment(day, 9),
            closes_at=moment(day, 17),
            valid_until=day + timedelta(days=75),
        )
        if batch:
            self.act(announce_batch, by=self.bureau, batch=batch)
            self.at = moment(day, 9)

    def everybody_applies(self, data: Any) -> None:
        amount = data.draw(st.sampled_from([100, 5000, 10_000, 20_000, 20_100, 50]))
        batch = Batch.objects.filter(state="announced").order_by("-pk").first()
        for enterprise in self.enterprises if batch else []:
            self.act(
                submit_application,
                by=build.actor(enterprise.account),
                batch_pk=batch.pk,
                amount=Decimal(amount),
            )

    def withdraw(self, data: Any) -> None:
        application = self.pick(data, Application.objects.filter(withdrawn_at=None))
        if application:
            by = build.actor(application.enterprise.account)
            self.act(withdraw_application, by=by, application=application)

    def results_come(self, data: Any) -> None:
        """The way to the next result, which a random clock would seldom hit."""
        for batch in Batch.objects.filter(state__in=["announced", "ranked"]):
            self.at = max(self.at, batch.closes_at + timedelta(minutes=6))
            self.sweep()
            self.at = max(self.at, results_due_at(batch))
            self.sweep()

    def give_back(self, data: Any) -> None:
        amount = data.draw(st.sampled_from(["0.01", "1", "100", "5000", "20000"]))
        voucher = self.pick(data, Voucher.objects.filter(free__gt=0))
        if voucher:
            by = build.actor(voucher.enterprise.account)
            self.act(return_voucher, by=by, voucher=voucher, amount=Decimal(amount))

    # -- orders -------------------------------------------------------------------------

    def an_order_is_placed(self, data: Any) -> None:
        amount = data.draw(st.sampled_from([100, 4000, 9000, 20_000]))
        voucher = self.pick(data, vouchers_in_hand())
        order = self.act(
            place_order,
            by=build.actor(voucher.enterprise.account),
            voucher=voucher,
            version=data.draw(st.sampled_from(self.versions)),
            price_tier=None,
            expected_amount=min(Decimal(amount), voucher.free.to_integral_value()),
        )
        self.go_on(order, data.draw(st.sampled_from([0, 1, 2, 3, 4, 5, 5, 5])), data)

    def an_order_goes_on(self, data: Any) -> None:
        self.go_on(self.pick(data, live_orders()), data.draw(st.integers(1, 7)), data)

    def go_on(self, order: Order | None, steps: int, data: Any) -> None:
        for _ in range(steps if order else 0):
            self.at += timedelta(hours=2)
            if not self.next_step(order, data):
                break

    def next_step(self, order: Order, data: Any) -> Any:
        order = Order.objects.select_related("profile", "provider", "voucher__batch").get(
            pk=order.pk
        )
        if order.state == S.PLACED:
            return self.act(confirm_order, by=self.seller(order), order=order)
        if order.state in {S.CONFIRMED, S.CONTRACT_RETURNED}:
            return self.upload(order)
        if order.state == S.CONTRACT_SUBMITTED:
            return self.act(confirm_contract, by=self.seller(order), order=order)
        if order.state == S.CONTRACTED:
            return self.pay(order, data.draw(st.sampled_from([100, 4000, 9000])))
        if order.state == S.PAYMENT_CORRECTION:
            return self.correct(order)
        if order.state == S.PAID:
            return self.act(accept_payment, by=self.seller(order), order=order)
        return None

    def upload(self, order: Order) -> Any:
        day = local_day(self.at)
        return self.act(
            upload_contract,
            by=self.owner(order),
            order=order,
            number=f"HT{build.number()}",
            signed_on=day,
            total=Decimal(20_000),
            supported=Decimal(20_000),
            service_from=day,
            service_until=min(day + timedelta(days=20), date(2020, 11, 30)),
            enterprise_name=order.profile.name,
            provider_name=order.provider.name,
            not_funded_elsewhere=True,
            contract_file=scans.looked_into(),
        )

    def papers(self, order: Order, amount: Decimal) -> dict[str, Any]:
        day, number = local_day(self.at), build.number()
        invoice = InvoiceData(
            code="044002000111",
            number=f"{number:08d}",
            issued_on=day,
            total=2 * amount,
            buyer=order.profile.name,
            seller=order.provider.name,
            item="咨询服务",
            file=scans.looked_into(),
        )
        transfer = TransferData(
            receipt_number=f"HD{number:012d}",
            paid_on=day,
            amount=amount,
            payer=order.profile.name,
            payee=order.provider.name,
            file=scans.looked_into(),
        )
        return {"invoices": [invoice], "transfers": [transfer]}

    def pay(self, order: Order, amount: int) -> Any:
        return self.act(
            submit_payment,
            by=self.owner(order),
            order=order,
            amount=Decimal(amount),
            stars=4,
            comment="满意",
            **self.papers(order, Decimal(amount)),
        )

    def correct(self, order: Order) -> Any:
        amount = order.payments.exclude(state="returned").get().amount
        return self.act(
            correct_payment, by=self.owner(order), order=order, **self.papers(order, amount)
        )

    def something_else_happens_to_an_order(self, data: Any) -> None:
        what = data.draw(
            st.sampled_from(
                [
                    "decline",
                    "cancel",
                    "ask_cancel",
                    "agree_cancel",
                    "send_back",
                    "ask_correction",
                    "ask_return",
                    "grant_return",
                    "refuse_return",
                    "upload",
                    "pay",
                    "accept",
                    "confirm",
                ]
            )
        )
        order = self.pick(
            data, Order.objects.select_related("profile", "provider", "voucher__batch")
        )
        if order is None:
            return
        owner, seller = self.owner(order), self.seller(order)
        asked = PaymentReturn.objects.filter(payment__order=order, state="asked").first()
        if what == "decline":
            self.act(decline_order, by=seller, order=order, reason="排期已满")
        elif what == "cancel":
            self.act(cancel_order, by=owner, order=order, reason="计划变更")
        elif what == "ask_cancel":
            self.act(ask_cancellation, by=seller, order=order, reason="无法履约")
        elif what == "agree_cancel":
            self.act(agree_cancellation, by=owner, order=order)
        elif what == "send_back":
            self.act(return_contract, by=seller, order=order, reason="缺骑缝章")
        elif what == "ask_correction":
            self.act(ask_payment_correction, by=seller, order=order, reason="发票不清晰")
        elif what == "ask_return":
            self.act(ask_payment_return, by=seller, order=order, reason="金额有误")
        elif what == "grant_return" and asked:
            self.act(grant_payment_return, by=self.contractor, payment_return=asked, reason="同意")
        elif what == "refuse_return" and asked:
            self.act(
                refuse_payment_return, by=self.contractor, payment_return=asked, reason="理由不足"
            )
        elif what == "upload":
            self.upload(order)
        elif what == "pay":
            self.pay(order, 4000)
        elif what == "accept":
            self.act(accept_payment, by=seller, order=order)
        elif what == "confirm":
            self.act(confirm_order, by=seller, order=order)

    # -- redemption ---------------------------------------------------------------------

    def orders_are_claimed(self, data: Any) -> None:
        steps = data.draw(st.sampled_from([0, 1, 3, 5, 6]))
        provider = self.pick(data, Order.objects.filter(state=S.ACCEPTED)).provider
        by = build.actor(provider.account)
        orders = Order.objects.filter(provider=provider, state=S.ACCEPTED).values_list(
            "pk", flat=True
        )
        claim = self.act(prepare_claim, by=by, programme=self.programme, order_pks=list(orders))
        for slot in ("form", "detail") if claim else ():
            self.act(attach_scan, by=by, claim=claim, slot=slot, file=scans.looked_into())
        self.claim_goes_on(claim, steps, data)

    def a_claim_goes_on(self, data: Any) -> None:
        steps = data.draw(st.integers(1, 6))
        self.claim_goes_on(self.pick(data, live_claims()), steps, data)

    def claim_goes_on(self, claim: Claim | None, steps: int, data: Any) -> None:
        for _ in range(steps if claim else 0):
            self.at += timedelta(hours=3)
            self.next_claim_step(Claim.objects.get(pk=claim.pk), data)

    def next_claim_step(self, claim: Claim, data: Any) -> None:
        by = build.actor(claim.provider.account)
        if claim.state == ClaimState.DRAFT:
            self.act(submit_claim, by=by, claim=claim)
        elif claim.state == ClaimState.SUBMITTED:
            for line in claim.lines.filter(state=LineState.PENDING):
                verdict = data.draw(st.sampled_from(["pass", "pass", "pass", "disallow", "more"]))
                if verdict == "pass":
                    self.act(pass_line, by=self.contractor, line=line)
                elif verdict == "disallow":
                    self.act(disallow_line, by=self.contractor, line=line, reason="材料不实")
                else:
                    self.act(ask_more_on_line, by=self.contractor, line=line, reason="补充成果")
            self.act(request_more, by=self.contractor, claim=claim)
            self.act(finish_first_review, by=self.contractor, claim=claim)
        elif claim.state == ClaimState.MORE_ASKED:
            for line in claim.lines.filter(state=LineState.MORE_ASKED):
                self.act(supply_more, by=by, line=line, answer="已补充", file=scans.looked_into())
        elif claim.state == ClaimState.FIRST_REVIEWED:
            if data.draw(st.integers(0, 4)) == 0:
                self.act(send_back_to_review, by=self.bureau, claim=claim, reason="请再核")
            else:
                self.act(approve_claim, by=self.bureau, claim=claim)
        elif claim.state == ClaimState.APPROVED:
            self.act(publish_claims, by=self.checker, programme=self.programme, claims=[claim])
        elif claim.state == ClaimState.PUBLISHED:
            self.settle(claim, data)

    def settle(self, claim: Claim, data: Any) -> None:
        if data.draw(st.booleans()):
            self.at = max(self.at, publicity_ends_at(claim.publicity) + timedelta(hours=9))
        lines = claim.lines.filter(state=LineState.PASSED).values_list("pk", flat=True)
        if lines:
            self.act(
                record_settlement,
                by=self.contractor,
                claim=claim,
                line_pks=list(lines),
                paid_on=local_day(self.at),
                receipt_number=f"BF{build.number()}",
                receipt_file=scans.looked_into(),
            )

    def object(self, data: Any) -> None:
        line = self.pick(data, ClaimLine.objects.filter(claim__state=ClaimState.PUBLISHED))
        if line:
            self.act(
                file_objection,
                by=Actor(),
                line=line,
                name="市民",
                contact="13800000000",
                statement="服务与合同不符",
            )

    def answer(self, data: Any) -> None:
        uphold = data.draw(st.booleans())
        objection = self.pick(data, Objection.objects.filter(state=ObjectionState.FILED))
        if objection:
            self.act(
                answer_objection,
                by=self.checker,
                objection=objection,
                uphold=uphold,
                answer="经复核",
            )

    def give_up_claim(self, data: Any) -> None:
        claim = self.pick(data, Claim.objects.filter(state=ClaimState.DRAFT))
        if claim:
            self.act(give_up_claim, by=build.actor(claim.provider.account), claim=claim)

    # -- sanctions and rosters ----------------------------------------------------------

    def sanction(self, data: Any) -> None:
        lifts = data.draw(st.booleans())
        party = data.draw(st.sampled_from([self.enterprises[4], self.providers[1]]))
        violation = self.act(
            report_violation,
            by=self.contractor,
            credit_code=party.credit_code,
            party_name=party.name,
            description="虚开发票",
            evidence=[scans.looked_into()],
        )
        measure = violation and self.act(
            sanction_violation,
            by=self.bureau,
            violation=violation,
            measure="suspension",
            until=local_day(self.at) + timedelta(days=10),
            reason="查实",
        )
        if measure and lifts:
            self.at += timedelta(hours=1)
            self.act(lift_sanction, by=self.bureau, sanction=measure, reason="整改完成")

    def blacklist(self, data: Any) -> None:
        BlacklistEntry.objects.get_or_create(
            credit_code=self.enterprises[3].credit_code, listed_on=local_day(self.at)
        )

    # -- what must always hold ----------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        assert [str(found) for found in all_breaks()] == []

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        for allowance in ProviderAllowance.objects.all():
            assert allowance.reserved + allowance.accepted <= self.programme.acceptance_cap
        for allowance in EnterpriseAllowance.objects.all():
            assert allowance.left >= 0
        for batch in Batch.objects.all():
            first = Voucher.objects.filter(batch=batch, allocation__round=0)
            assert sum(voucher.amount for voucher in first) <= batch.amount

    @invariant()
    def nothing_happens_after_its_deadline(self) -> None:
        entries = LedgerEntry.objects.select_related("voucher__batch__programme").exclude(
            kind=EntryKind.ISSUE
        )
        for entry in entries:
            batch = entry.voucher.batch
            if entry.kind in {EntryKind.RETURN}:
                assert entry.at <= batch.usage_ends_at
            elif entry.kind in {EntryKind.PAY, EntryKind.REFUND}:
                assert entry.at <= batch.expires_at
            elif entry.kind == EntryKind.RECLAIM:
                assert entry.at > batch.usage_ends_at
        for order in Order.objects.select_related("voucher__batch__programme"):
            batch = order.voucher.batch
            assert order.placed_at <= batch.usage_ends_at
            if order.contract_uploaded_at:
                assert order.contract_uploaded_at <= batch.usage_ends_at
            if order.paid_at:
                assert order.paid_at <= end_of_day(batch.valid_until)

    @invariant()
    def states_move_only_as_the_tables_say(self) -> None:
        legal = {
            (str(source), str(target))
            for _title, machine in MACHINES
            for sources, target in machine.moves.values()
            for source in sources
        }
        moves = AuditEntry.objects.exclude(from_state="").exclude(to_state="")
        for source, target in moves.values_list("from_state", "to_state").distinct():
            assert source == target or (source, target) in legal, (source, target)


POSSIBLE: list[tuple[str, Any]] = [
    ("time_passes", None),
    ("another_batch", None),
    ("everybody_applies", lambda: Batch.objects.filter(state="announced")),
    ("withdraw", lambda: Application.objects.filter(withdrawn_at=None, batch__state="announced")),
    ("results_come", lambda: Batch.objects.filter(state__in=["announced", "ranked"])),
    ("give_back", vouchers_in_hand),
    *3 * [("an_order_is_placed", vouchers_in_hand)],
    *3 * [("an_order_goes_on", live_orders)],
    *3 * [("something_else_happens_to_an_order", live_orders)],
    ("time_comes_to_a_deadline", live_orders),
    *2 * [("orders_are_claimed", lambda: Order.objects.filter(state=S.ACCEPTED))],
    *3 * [("a_claim_goes_on", live_claims)],
    *2 * [("object", lambda: ClaimLine.objects.filter(claim__state=ClaimState.PUBLISHED))],
    *2 * [("answer", lambda: Objection.objects.filter(state=ObjectionState.FILED))],
    ("give_up_claim", lambda: Claim.objects.filter(state=ClaimState.DRAFT)),
    ("sanction", lambda: Order.objects.filter(state__in=[S.CLAIMED, S.CONTRACTED])),
    ("blacklist", lambda: Batch.objects.filter(state="announced")),
]


@pytest.mark.rule("V2", "B1", "B3", "P7", "V4", "V5", "O6", "R7")
def test_random_histories_keep_the_books(settings_for_histories):
    run_state_machine_as_test(History, settings=settings_for_histories)


@pytest.fixture
def settings_for_histories() -> settings:
    return settings(
        max_examples=12,
        stateful_step_count=35,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
