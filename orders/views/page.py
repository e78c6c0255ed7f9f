"""The one page of an order: where it stands, whose turn it is, and the act itself (O1–O8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.errors import Refusal
from foundation.requests import actor_of, attempt
from orders.models import Contract, Order
from orders.operations.contacting import Telephone, reveal_contact
from orders.operations.telling import other_side
from orders.queries import get_order_for, payment_returns_of, price_deviation
from orders.queries.checks import contract_checks, payment_checks
from orders.queries.contacts import contact_of
from orders.queries.history import history_of_order
from orders.states import OrderState, PaymentState
from orders.views.prefilled import Papers, contract_form_for, papers_for
from orders.views.reckoning import Reckoning, reckon
from orders.views.standing import OrderPage, facts_of
from orders.views.steps import BY_KEY, Step, steps_for


def order_page(
    request: HttpRequest,
    pk: int,
    *,
    contract: BaseForm | None = None,
    papers: Papers | None = None,
    reckoning: Reckoning | None = None,
    act: tuple[str, BaseForm] | None = None,
    telephone: Telephone | None = None,
) -> HttpResponse:
    """The page of an order as it is now; a form that came back with errors stands where the act belongs.

    What came back for a step that is not possible any more (a second click, a stale page, a late clock) is said at
    the head of the page, and the page shows how the order stands instead.
    """
    by, at = actor_of(request), request.at
    order = get_order_for(by, pk)
    steps = {step.key: step for step in steps_for(order, by, at)}
    facts = facts_of(request, order)
    problems: list[str] = []
    if contract is not None and "contract" not in steps:
        problems += _said(contract)
    if papers is not None and papers.step not in steps:
        problems += _refused(papers)
        papers = reckoning = None
    if act is not None and act[0] not in steps:
        problems += _said(act[1])
    context = {
        **facts,
        "problems": problems,
        "contacts": _contacts(order, facts),
        "telephone": telephone,
        "history": history_of_order(order),
        "returns": payment_returns_of(order),
        "rating": getattr(order, "rating", None),
        "contracts": _contracts(order, facts),
        "payments": order.payments.prefetch_related(
            "invoices__document", "transfers__document"
        ).order_by("-pk"),
        "acts": [one for one in _acts(steps, act) if not one["step"].is_other],
        "others": [one for one in _acts(steps, act) if one["step"].is_other],
    }
    if "contract" in steps:
        context["contract_form"] = contract or contract_form_for(order)
    if {"payment", "correction"} & set(steps):
        context["papers"] = papers or papers_for(order, at)
        context["reckoning"] = reckoning or reckon(order, at)
    if facts["is_provider"] and not facts["ended"]:
        context |= _checks(order, at)
    response = render(request, "orders/order.html", context)
    if telephone is not None:
        response["Cache-Control"] = "private, no-store"
    return response


def _said(form: BaseForm | None) -> list[str]:
    if form is None:
        return []
    return [str(error) for errors in form.errors.values() for error in errors]


def _refused(papers: Papers) -> list[str]:
    """Why papers of a stale page were not taken; what was wrong in their fields does not matter any more."""
    return list(papers.form.non_field_errors() if papers.form is not None else ()) or [
        f"该订单现在不能{BY_KEY[papers.step].label}，请看下方的最新状态。"
    ]


def _acts(steps: dict[str, Step], act: tuple[str, BaseForm] | None) -> Iterator[dict[str, Any]]:
    """The steps that are one small form each; one that came back with errors, or was asked for, is open."""
    for step in steps.values():
        if step.operation is None:
            continue
        asked = act is not None and act[0] == step.key
        form = act[1] if act is not None and asked else step.form(auto_id=f"{step.key}_%s")
        yield {"step": step, "form": form, "is_open": asked}


def _contracts(order: Order, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The uploads of the contract, newest first; the deviation from the price is for the provider (O4)."""
    contracts = order.contracts.select_related("document").order_by("-version")
    return [
        {"contract": one, "deviation": _deviation(order, one) if facts["is_provider"] else ""}
        for one in contracts
    ]


def _deviation(order: Order, contract: Contract) -> str:
    contract.order = order
    return price_deviation(contract).text


def _checks(order: Order, at: Any) -> dict[str, Any]:
    """The automatic checks of what the provider has to look at now."""
    if order.state == OrderState.CONTRACT_SUBMITTED:
        contract = order.contracts.select_related("document").order_by("-version")[0]
        contract.order = order
        return {
            "checks": contract_checks(order, contract, at),
            "checked_files": [("合同", contract.document)],
        }
    if order.state == OrderState.PAID:
        payment = (
            order.payments.exclude(state=PaymentState.RETURNED)
            .select_related("contract")
            .prefetch_related("invoices__document", "transfers__document")
            .get()
        )
        invoices = [one for one in payment.invoices.all() if one.superseded_at is None]
        transfers = [one for one in payment.transfers.all() if one.superseded_at is None]
        return {
            "checks": payment_checks(order, payment, at),
            "checked_files": [(f"发票 {one.number}", one.document) for one in invoices]
            + [(f"转账凭证 {one.receipt_number}", one.document) for one in transfers],
        }
    return {}


def _contacts(order: Order, facts: dict[str, Any]) -> Any:
    """The other side's person in charge while the order is under way; the number masked (F5)."""
    if facts["ended"] or facts["side"] is None:
        return None
    return contact_of(order, other_side(facts["side"]))


class OrderView(OrderPage):
    """One order."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return order_page(request, pk)


class OrderActView(OrderPage):
    """One step: GET shows the order with the step opened, POST does it."""

    def get(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        step = self._step(act)
        return order_page(request, pk, act=(act, step.form(auto_id=f"{act}_%s")))

    def post(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        by, at = actor_of(request), request.at
        order, step = get_order_for(by, pk), self._step(act)
        form = step.form(request.POST, auto_id=f"{act}_%s")
        if form.is_valid() and (
            attempt(form, step.operation, by=by, at=at, order=order, **form.cleaned_data)  # type: ignore[misc]
            is not None
        ):
            messages.success(request, step.done)
            return redirect("orders:order", pk=pk)
        return order_page(request, pk, act=(act, form))

    def _step(self, act: str) -> Step:
        step = BY_KEY.get(act)
        if step is None or step.operation is None:
            raise Http404
        return step


class ContactView(OrderPage):
    """The other side's telephone number, shown once per recorded request, never by GET and never kept (F5)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = actor_of(request)
        order = get_order_for(by, pk)
        try:
            telephone = reveal_contact(by=by, at=request.at, order=order)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return redirect("orders:order", pk=pk)
        return order_page(request, pk, telephone=telephone)
