"""Opening and sending the order pages at a moment of the scene, and what a browser sends."""

from __future__ import annotations

import re
from datetime import datetime

import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import User
from tests import scans


def client(user: User | None) -> Client:
    made = Client()
    if user is not None:
        made.force_login(user)
    return made


def get(user: User | None, at: datetime, name: str, *args):
    with time_machine.travel(at, tick=False):
        return client(user).get(reverse(f"orders:{name}", args=args))


def post(user: User | None, at: datetime, name: str, *args, **data):
    with time_machine.travel(at, tick=False):
        return client(user).post(reverse(f"orders:{name}", args=args), data)


def text(response) -> str:
    return response.content.decode()


def done(response) -> None:
    """The step was taken: the answer is a redirect, not the form again."""
    assert response.status_code == 302, re.findall(
        r"(?:field__error|alert-danger)[^>]*>(.*?)</", text(response), re.S
    )


def contract_data(scene, **changes) -> dict:
    data = scene.contract_terms(contract_file=scans.sent(), not_funded_elsewhere="on")
    return {**data, **changes}


def payment_data(scene, *, invoices=1, transfers=1, files=True, **changes) -> dict:
    """What a browser sends: the filled rows, and blank ones behind them."""
    data: dict = {"amount": "5000", "stars": "5", "comment": "服务专业", "confirmed": "1"}
    for prefix, count, row in (
        ("invoice", invoices, invoice_row),
        ("transfer", transfers, transfer_row),
    ):
        data[f"{prefix}-TOTAL_FORMS"] = count + 2
        data[f"{prefix}-INITIAL_FORMS"] = 0
        for place in range(count):
            fields = row(scene, count)
            if not files:
                fields.pop("file")
            data |= {f"{prefix}-{place}-{name}": value for name, value in fields.items()}
        for place in range(count, count + 2):
            data |= {f"{prefix}-{place}-{name}": "" for name in row(scene, 1) if name != "file"}
    return {**data, **changes}


def invoice_row(scene, count: int) -> dict:
    paper = scene.invoice(10000 // count)
    return {
        "code": paper.code,
        "number": paper.number,
        "issued_on": paper.issued_on,
        "total": paper.total,
        "buyer": paper.buyer,
        "seller": paper.seller,
        "item": paper.item,
        "file": scans.sent(),
    }


def transfer_row(scene, count: int) -> dict:
    paper = scene.transfer(5000 // count)
    return {
        "receipt_number": paper.receipt_number,
        "paid_on": paper.paid_on,
        "amount": paper.amount,
        "payer": paper.payer,
        "payee": paper.payee,
        "file": scans.sent(),
    }
