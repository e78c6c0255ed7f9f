"""What is checked about a line of a claim beside what was checked at its payment (R2, O4, O5, O9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from foundation.moments import local_day
from foundation.names import normal_number
from foundation.rosters.models import FundedMatter
from orders.models import BankTransfer, Contract, Invoice
from providers.models import Provider
from providers.states import ProviderState
from redemption.line_checks import DealHistory, history_checks, line_checks
from redemption.models import ClaimLine
from redemption.queries import papers_of
from tests.redemption import build as b

pytestmark = pytest.mark.rule("R2")
DAY = timedelta(days=1)


def checks_of(line: ClaimLine, **more) -> dict[str, tuple[str, str]]:
    line = ClaimLine.objects.select_related("claim__programme").get(pk=line.pk)
    papers = papers_of(ClaimLine.objects.filter(pk=line.pk))[line.order_id]
    found = line_checks(line, papers, b.REVIEWED, **more)
    return {one.label: (one.outcome, one.evidence) for one in found}


@pytest.mark.parametrize(
    ("total", "others", "deals", "expected"),
    [
        (13_000, 2, 0, ["pass", "pass"]),
        (13_001, 2, 0, ["warn", "pass"]),
        (99_000, 0, 2, ["pass", "pass"]),
        (9_000, 2, 3, ["pass", "warn"]),
    ],
)
def test_price_and_dealings_in_history(total: int, others: int, deals: int, expected: list[str]):
    history = DealHistory(Decimal(total), others, Decimal(10_000), deals, Decimal(5_000))
    assert [one.outcome for one in history_checks(history)] == expected


@pytest.mark.django_db
def test_a_plain_line_has_nothing_that_fails():
    made = b.at_step("submit", 2)
    found = checks_of(made.line())
    assert "fail" not in {outcome for outcome, _ in found.values()}, found
    assert {"双方无关联关系", "材料是否重复", "发票未获其他财政资金支持"} <= set(found)
    assert "另有 1 个已用券订单" in found["双方往来"][1]


@pytest.mark.django_db
@pytest.mark.rule("O5", "O9")
def test_files_and_invoices_seen_elsewhere():
    made = b.at_step("submit", 2)
    line = made.line()
    invoice = Invoice.objects.get(payment__order=line.order)
    document = invoice.document
    document.pk, document.uploaded_by = None, made.contractor
    document.save()
    FundedMatter.objects.create(
        kind="invoice", number_key=normal_number(invoice.code + invoice.number), source="科技创新券"
    )
    found = checks_of(line)
    assert (
        found["材料是否重复"][0] == "fail" and "发票（另有 1 个账号）" in found["材料是否重复"][1]
    )
    assert found["发票未获其他财政资金支持"][0] == "fail"
    assert "科技创新券" in found["发票未获其他财政资金支持"][1]
    assert "材料是否重复" not in checks_of(line, papers_only=True)


@pytest.mark.django_db
@pytest.mark.rule("O5")
@pytest.mark.parametrize("kind", [Invoice, BankTransfer])
def test_one_file_under_two_numbers_is_seen(kind: type[Invoice] | type[BankTransfer]):
    """The same enterprise, the same invoice, one digit typed otherwise: its number was never used before."""
    label = "发票和回单未被使用过"
    made = b.at_step("submit", 2)
    first, second = (kind.objects.get(payment__order=made.line(n).order) for n in (0, 1))
    assert checks_of(made.line(0))[label][0] == "pass"
    used = first.document
    used.pk = None
    used.save(force_insert=True)
    kind.objects.filter(pk=second.pk).update(document=used)
    for place in (0, 1):
        outcome, evidence = checks_of(made.line(place))[label]
        assert outcome == "warn" and "另外 1 个订单" in evidence
    # What was dropped, or never handed in for a payment, says nothing.
    kind.objects.filter(pk=second.pk).update(superseded_at=b.REVIEWED)
    assert checks_of(made.line(0))[label][0] == "pass"


@pytest.mark.django_db
@pytest.mark.rule("V4", "V5", "O7")
def test_what_was_put_in_only_to_be_in_time_is_seen():
    """A contract or a payment can be handed in as a placeholder, sent back by a friend, and made real afterwards."""
    made = b.at_step("submit", 1)
    order = made.line().order
    contract, transfer = (
        Contract.objects.get(order=order),
        BankTransfer.objects.get(payment__order=order),
    )
    labels = {"在使用期限内签订", "发票和转账不晚于支付提交日"}
    assert labels.isdisjoint(checks_of(made.line()))
    last = local_day(order.voucher.batch.usage_ends_at)
    for day, seen in ((last, set()), (last + DAY, {"在使用期限内签订"})):
        Contract.objects.filter(pk=contract.pk).update(signed_on=day)
        assert {label for label in labels if label in checks_of(made.line())} == seen
    handed_in = local_day(transfer.payment.submitted_at)
    for day, outcome in ((handed_in, None), (handed_in + DAY, "warn")):
        BankTransfer.objects.filter(pk=transfer.pk).update(paid_on=day)
        assert checks_of(made.line()).get("发票和转账不晚于支付提交日", (None,))[0] == outcome


@pytest.mark.django_db
@pytest.mark.rule("P2", "R5")
def test_data_of_the_provider_that_nobody_has_checked_is_pointed_out():
    """A registration that is renewed can name another bank account, which the claim's forms print."""
    made = b.at_step("submit", 1)
    label = "服务机构注册资料已核对"
    assert checks_of(made.line())[label][0] == "pass"
    Provider.objects.filter(pk=made.claim.provider_id).update(state=ProviderState.DRAFT)
    outcome, evidence = checks_of(made.line())[label]
    assert outcome == "warn" and "银行账号" in evidence
