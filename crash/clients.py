"""The people: each chooses what to do next from how things stand, and does it over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from crash.deeds import KEPT, Browser
from crash.stage import PRICE, Stage
from enterprises.models import Enterprise, Qualification
from enterprises.states import QualificationState
from foundation.accounts.models import User
from foundation.moments import local_day
from orders.models import Order, PaymentReturn
from orders.states import OrderState, ReturnState
from providers.models import Provider
from rehearsal.papers import Papers
from vouchers.models import Application, Batch, Voucher
from vouchers.states import ApplicationState, BatchState

PAUSE_SECONDS = 0.05
OUTAGE_SECONDS = 0.3
Choice = Callable[[], Any]


class Player:
    """One account that acts until it is told to stop."""

    def __init__(self, browser: Browser, chance: Random, stage: Stage) -> None:
        self.browser, self.chance, self.stage = browser, chance, stage
        self.stopped = threading.Event()

    def choices(self) -> list[Choice]:
        """What can be done now, of which one is done."""
        raise NotImplementedError

    def run(self) -> None:
        """Act, and act again; while nothing answers, wait a little."""
        while not self.stopped.is_set():
            wait = PAUSE_SECONDS
            try:
                choices = self.choices()
                if choices:
                    deed = self.chance.choice(choices)()
                    wait = wait if deed.told == KEPT else OUTAGE_SECONDS
                else:
                    wait = OUTAGE_SECONDS
            except DatabaseError:
                # The database is down: what to do next is asked of it, here in the test.
                wait = OUTAGE_SECONDS
                connections.close_all()
            self.stopped.wait(wait)
        connections.close_all()


class Buyer(Player):
    """An enterprise: applies, withdraws, orders, hands in contracts, pays, returns (B2, V3, O1, O3, O5)."""

    def __init__(self, browser: Browser, chance: Random, stage: Stage, of: Enterprise) -> None:
        super().__init__(browser, chance, stage)
        self.enterprise = of
        # Every player makes papers of its own, no two alike.
        self.papers = Papers(f"crash-{of.pk}")
        self.serial = 0

    def choices(self) -> list[Choice]:
        found: list[Choice] = []
        mine = Application.objects.filter(enterprise=self.enterprise)
        live = mine.filter(state=ApplicationState.SUBMITTED, batch__state=BatchState.ANNOUNCED)
        now = timezone.now()
        batches = list(
            Batch.objects.filter(
                state=BatchState.ANNOUNCED, opens_at__lte=now, closes_at__gt=now
            ).values_list("pk", flat=True)
        )
        open_live = list(live.filter(batch__in=batches).values_list("pk", flat=True))
        free = sorted(set(batches) - set(live.values_list("batch", flat=True)))
        if free:
            found.append(lambda: self.apply(self.chance.choice(free)))
        if open_live:
            found.append(lambda: self.withdraw(self.chance.choice(open_live)))
        vouchers = list(
            Voucher.objects.filter(enterprise=self.enterprise, free__gt=3000).order_by("-pk")[:5]
        )
        orders = list(Order.objects.filter(enterprise=self.enterprise).order_by("-pk")[:40])
        busy = sum(order.state not in ENDED for order in orders)
        if vouchers and busy < 6:
            found += 3 * [lambda: self.order(self.chance.choice(vouchers))]
        if vouchers:
            found.append(lambda: self.give_back(self.chance.choice(vouchers)))
        for order in orders:
            if order.state in (OrderState.CONFIRMED, OrderState.CONTRACT_RETURNED):
                found += 3 * [lambda order=order: self.contract(order)]
            elif order.state == OrderState.CONTRACTED:
                found += 3 * [lambda order=order: self.pay(order)]
        return found

    def number(self) -> int:
        """A number no other paper has."""
        self.serial += 1
        return self.enterprise.pk * 100_000 + self.serial

    def apply(self, batch: int) -> Any:
        amount = self.chance.randrange(1, 60) * 100
        return self.browser.act(
            "submit_application",
            f"/vouchers/apply/{batch}/",
            {"amount": amount},
            amount=amount,
            leads_to="/vouchers/applications/",
        )

    def withdraw(self, application: int) -> Any:
        path = f"/vouchers/applications/{application}/withdraw/"
        return self.browser.act("withdraw_application", path, {}, subject=application)

    def order(self, voucher: Voucher) -> Any:
        amount = self.chance.randrange(100, 2500)
        version = self.chance.choice(self.stage.versions)
        return self.browser.act(
            "place_order",
            f"/orders/new/{version.pk}/",
            {"voucher": voucher.pk, "expected_amount": amount},
            amount=amount,
            leads_to="/orders/",
        )

    def give_back(self, voucher: Voucher) -> Any:
        amount = self.chance.randrange(1, 60)
        return self.browser.act(
            "return_voucher",
            f"/vouchers/{voucher.pk}/",
            {"amount": amount, "understood": "yes"},
            subject=voucher.pk,
            amount=amount,
        )

    def contract(self, order: Order) -> Any:
        today = local_day(timezone.now()).isoformat()
        number = f"HT-{self.number()}"
        fields = {
            "number": number,
            "signed_on": today,
            "total": PRICE,
            "supported": PRICE,
            "service_from": today,
            "service_until": today,
            "enterprise_name": self.enterprise.name,
            "provider_name": order.provider.name,
            "contract_file": self.papers.scan("服务合同", number),
            "not_funded_elsewhere": "on",
        }
        path = f"/orders/{order.pk}/contract/"
        return self.browser.act("upload_contract", path, fields, subject=order.pk)

    def pay(self, order: Order) -> Any:
        amount = min(order.reserved, PRICE // 2)
        today, number = local_day(timezone.now()).isoformat(), self.number()
        buyer, seller = self.enterprise.name, order.provider.name
        fields: dict[str, Any] = {
            "amount": amount,
            "stars": 5,
            "comment": "服务专业",
            "confirmed": "1",
            "invoice-TOTAL_FORMS": 1,
            "invoice-INITIAL_FORMS": 0,
            "invoice-0-code": "044002000111",
            "invoice-0-number": f"{number:012d}",
            "invoice-0-issued_on": today,
            "invoice-0-total": PRICE,
            "invoice-0-buyer": buyer,
            "invoice-0-seller": seller,
            "invoice-0-item": "咨询服务",
            "invoice-0-file": self.papers.scan("发票", str(number)),
            "transfer-TOTAL_FORMS": 1,
            "transfer-INITIAL_FORMS": 0,
            "transfer-0-receipt_number": f"HD{number:012d}",
            "transfer-0-paid_on": today,
            "transfer-0-amount": PRICE - amount,
            "transfer-0-payer": buyer,
            "transfer-0-payee": seller,
            "transfer-0-file": self.papers.scan("回单", str(number)),
        }
        path = f"/orders/{order.pk}/payment/"
        return self.browser.act(
            "submit_payment", path, fields, subject=order.pk, amount=int(amount)
        )


ENDED = {
    OrderState.DECLINED,
    OrderState.CANCELLED,
    OrderState.ACCEPTED,
    OrderState.LAPSED,
}
# What a provider does with an order in a state: the step on its page, its name in the trail, and how often.
ANSWERS = {
    OrderState.PLACED: (("confirm", "confirm_order", 9), ("decline", "decline_order", 1)),
    OrderState.CONTRACT_SUBMITTED: (
        ("confirm-contract", "confirm_contract", 9),
        ("return-contract", "return_contract", 1),
    ),
    OrderState.PAID: (("accept", "accept_payment", 9), ("ask-return", "ask_payment_return", 1)),
}


class Seller(Player):
    """A provider: confirms orders and contracts, accepts payments, asks to return some (O2, O4, O7, O8)."""

    def __init__(self, browser: Browser, chance: Random, stage: Stage, of: Provider) -> None:
        super().__init__(browser, chance, stage)
        self.provider = of

    def choices(self) -> list[Choice]:
        waiting = Order.objects.filter(provider=self.provider, state__in=list(ANSWERS))
        return [lambda order=order: self.answer(order) for order in waiting.order_by("pk")[:10]]

    def answer(self, order: Order) -> Any:
        steps = ANSWERS[OrderState(order.state)]
        step, action, _ = self.chance.choices(steps, [weight for *_, weight in steps])[0]
        path = f"/orders/{order.pk}/act/{step}/"
        # The request to return is a record of its own.
        subject = 0 if action == "ask_payment_return" else order.pk
        return self.browser.act(action, path, {"reason": "演练说明"}, subject=subject)


class Contractor(Player):
    """The desk of the contractor: returns of payments, and files of enterprises (O8, E6)."""

    def choices(self) -> list[Choice]:
        asked = PaymentReturn.objects.filter(state=ReturnState.ASKED).order_by("pk")[:5]
        filed = Qualification.objects.filter(state=QualificationState.SUBMITTED).order_by("pk")[:5]
        return [
            *(lambda one=one: self.decide(one) for one in asked),
            *(lambda one=one: self.check(one) for one in filed),
        ]

    def decide(self, asked: PaymentReturn) -> Any:
        act = self.chance.choice(("grant", "refuse"))
        path = f"/admin/orders/paymentreturn/{asked.pk}/act/{act}/"
        action = f"{act}_payment_return"
        return self.browser.act(action, path, {"reason": "演练决定"}, subject=asked.pk)

    def check(self, filed: Qualification) -> Any:
        path = f"/admin/enterprises/qualification/{filed.pk}/act/pass/"
        return self.browser.act("pass_qualification", path, {"round_number": 1}, subject=filed.pk)


class Bureau(Player):
    """The desk of the bureau: drafts batches and announces them (B1)."""

    def choices(self) -> list[Choice]:
        drafts = list(Batch.objects.filter(state=BatchState.DRAFT).order_by("pk")[:3])
        found: list[Choice] = [lambda one=one: self.announce(one) for one in drafts]
        return found if len(drafts) > 2 or self.chance.random() < 0.8 else [*found, self.draft]

    def draft(self) -> Any:
        fields = {
            "amount": 1000,
            "opens_at_0": "2020-10-20",
            "opens_at_1": "09:00",
            "closes_at_0": "2020-10-21",
            "closes_at_1": "17:00",
            "valid_until": "2020-12-31",
        }
        path = f"/admin/vouchers/programme/{self.stage.programme.pk}/act/batch/"
        return self.browser.act("draft_batch", path, fields)

    def announce(self, batch: Batch) -> Any:
        path = f"/admin/vouchers/batch/{batch.pk}/act/announce/"
        return self.browser.act("announce_batch", path, {}, subject=batch.pk)


def players(stage: Stage, port: int, notes: Any, chance: Random) -> list[Player]:
    """Everybody, each with a chance of their own."""

    def browser(user: User | None) -> Browser:
        assert user is not None
        return Browser(user, port, notes)

    def own() -> Random:
        return Random(chance.random())

    found: list[Player] = [
        Buyer(browser(one.account), own(), stage, one) for one in stage.enterprises
    ]
    found += [Seller(browser(one.account), own(), stage, one) for one in stage.providers]
    found.append(Contractor(browser(stage.office.contractor.user), own(), stage))
    found.append(Bureau(browser(stage.office.bureau.user), own(), stage))
    return found
