"""A user sees at once everything that is wrong with a contract or a payment (O3, O5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foundation.documents.models import StagedFile
from orders.models import Contract, Payment
from orders.policies.papers import UnableToPay
from tests.orders import build as orders
from tests.orders.browsing import contract_data, payment_data, post, text

pytestmark = pytest.mark.django_db


@pytest.mark.rule("O3", "O9")
def test_everything_wrong_with_a_contract_is_said_at_once_and_its_file_stays():
    scene = orders.at_step("confirm")
    data = contract_data(
        scene,
        total="一万",
        service_until="2020-06-01",
        enterprise_name="别的公司",
        signed_on="2020-12-24",
    )
    del data["not_funded_elsewhere"]
    page = post(scene.buyer.user, orders.UPLOADED, "contract", scene.order.pk, **data)
    form = page.context["contract_form"]
    assert set(form.errors) == {
        "total",
        "service_until",
        "enterprise_name",
        "signed_on",
        "not_funded_elsewhere",
    }
    staged = StagedFile.objects.get()
    assert f'name="contract_file-staged" value="{staged.pk}"' in text(page)
    assert not Contract.objects.exists()


@pytest.mark.rule("O5")
def test_everything_wrong_with_a_payment_is_said_at_once():
    scene = orders.at_step("agree")
    data = payment_data(scene, invoices=2, transfers=2, amount="", comment="")
    data |= {
        "invoice-0-total": "很多",
        "invoice-0-buyer": "别的公司",
        "invoice-1-code": "",
        "invoice-1-number": "12345678",
        "transfer-1-receipt_number": data["transfer-0-receipt_number"],
        "transfer-1-paid_on": "2019-01-01",
    }
    page = post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data)
    papers = page.context["papers"]
    assert [set(row.errors) for row in papers.invoices.forms[:2]] == [{"total", "buyer"}, {"code"}]
    assert [set(row.errors) for row in papers.transfers.forms[:2]] == [
        set(),
        {"receipt_number", "paid_on"},
    ]
    assert set(papers.form.errors) == {"amount", "comment"}
    assert StagedFile.objects.count() == 4, "no file has to be chosen again"
    assert not Payment.objects.exists()


@pytest.mark.rule("O5")
def test_an_operation_names_everything_that_it_refuses():
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay) as caught:
        scene.pay(
            6000,
            invoices=[replace(scene.invoice(), buyer="别的公司")],
            transfers=[scene.transfer(1)],
        )
    assert [one.field for one in caught.value.all] == ["invoices.0.buyer", "amount", ""]
