"""Paying, correcting and accepting (O5, O6, O7, O9, V5, P7, S1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import moment
from foundation.names import normal_number, same_name
from foundation.notices.models import Message
from foundation.rosters.models import FundedMatter
from orders.models import BankTransfer, Contract, Invoice, Order, Payment, Rating
from orders.operations.cancelling import ask_cancellation
from orders.policies.contracts import FundedElsewhere
from orders.policies.ordering import OrderLapsed, UnableToCancel, UnableToOrder, UnderSanction
from orders.policies.papers import MAX_PAPERS, UnableToPay, UsedBefore, invoice_key, receipt_key
from orders.queries import rating_of_provider
from orders.queries.checks import contract_checks
from orders.states import OrderState, PaymentState
from providers.models import Provider
from tests import build, scans
from tests.orders import build as orders
from vouchers.models import Batch

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2019, 12, 1), date(2020, 11, 30)


def no_payment(scene) -> None:
    """Nothing of the payment is left behind."""
    assert not Payment.objects.exists()
    assert not Invoice.objects.exists()
    assert not Rating.objects.exists()
    orders.assert_books_balance(scene)


# --- money ---------------------------------------------------------------------------------


@pytest.mark.rule("O5", "V5", "P7", "N2")
def test_a_payment_moves_the_money_when_it_is_submitted():
    scene = orders.at_step("agree")
    payment = scene.pay(5000)
    order = scene.fresh()
    assert (order.state, order.reserved, order.paid) == (OrderState.PAID, 0, 5000)
    assert (scene.voucher.paid, scene.voucher.reserved) == (5000, 0)
    assert (scene.allowance().reserved, scene.allowance().accepted) == (0, 5000)
    assert (payment.state, payment.submitted_at) == (PaymentState.SUBMITTED, orders.PAID)
    message = Message.objects.get(recipient=scene.provider.account, event="payment_submitted")
    assert (message.params["amount"], message.params["expected"]) == ("5,000 元", "5,000 元")
    orders.assert_books_balance(scene)


@pytest.mark.rule("V5")
def test_in_time_until_the_end_of_the_last_valid_day():
    scene = orders.at_step("agree")
    with pytest.raises(OrderLapsed, match="有效期内未支付"):
        scene.pay(at=orders.EXPIRES + orders.MICROSECOND)
    no_payment(scene)
    scene.pay(at=orders.EXPIRES)


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("invoiced", "supported", "amount", "allowed"),
    [
        ("10000", "20000", "5000", True),
        ("10000", "20000", "5001", False),
        ("9999.99", "20000", "4999", True),
        ("9999.99", "20000", "5000", False),
        ("20000", "9999", "4999", True),
        ("20000", "9999", "5000", False),
        ("10000", "20000", "0", False),
        ("10000", "20000", "-1", False),
        ("10000", "20000", "4999.50", False),
    ],
)
def test_half_of_the_smaller_of_invoices_and_supported_part(invoiced, supported, amount, allowed):
    scene = orders.at_step("upload")
    Contract.objects.update(supported=Decimal(supported))
    scene.agree()
    sentence = orders.refused(
        scene.pay, amount, invoices=[scene.invoice(invoiced)], transfers=[scene.transfer(30000)]
    )
    assert (sentence == "") is allowed, sentence
    if not allowed:
        no_payment(scene)


@pytest.mark.rule("O5", "G2")
def test_the_ratio_is_the_programmes():
    scene = orders.at_step("agree", subsidy_ratio=Decimal("0.4"))
    with pytest.raises(UnableToPay, match="40%") as refusal:
        scene.pay(4001)
    assert refusal.value.field == "amount"
    scene.pay(4000, transfers=[scene.transfer(6000)])


@pytest.mark.rule("O5")
def test_several_invoices_and_transfers_add_up():
    scene = orders.at_step("agree")
    scene.pay(
        5000,
        invoices=[scene.invoice("3333.33"), scene.invoice("3333.33"), scene.invoice("3333.34")],
        transfers=[scene.transfer(2500), scene.transfer("2500.00")],
    )
    assert (Invoice.objects.count(), BankTransfer.objects.count()) == (3, 2)


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("transferred", "allowed"), [("5000", True), ("4999.99", False), ("10000", True)]
)
def test_transfers_cover_what_the_voucher_does_not(transferred, allowed):
    scene = orders.at_step("agree")
    sentence = orders.refused(scene.pay, 5000, transfers=[scene.transfer(transferred)])
    assert (sentence == "") is allowed, sentence


@pytest.mark.rule("O5")
def test_the_less_voucher_the_more_transfer():
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay, match="少于企业应自付的 7,000 元"):
        scene.pay(3000, transfers=[scene.transfer("6999.99")])
    scene.pay(3000, transfers=[scene.transfer(7000)])


@pytest.mark.rule("O5")
def test_above_the_reserve_the_free_balance_tops_up_while_the_window_is_open():
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay, match="预留 5,000 元加服务券可用余额 0 元"):
        scene.pay(5001, at=orders.WINDOW_ENDS + orders.MICROSECOND, **_july(scene, 19999))
    scene.pay(9999, at=orders.WINDOW_ENDS, **_july(scene, 19999))
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.paid, scene.voucher.reserved) == (10001, 9999, 0)
    orders.assert_books_balance(scene)


def _july(scene, invoiced) -> dict:
    return {
        "invoices": [scene.invoice(invoiced, issued_on=date(2020, 7, 8))],
        "transfers": [scene.transfer(invoiced, paid_on=date(2020, 7, 8))],
    }


@pytest.mark.rule("O5")
def test_never_more_than_reserve_and_free_balance():
    scene = orders.scene()
    scene.place(5000)
    scene.place(15000 - 1)
    scene.confirm()
    scene.upload(total=Decimal(90000), supported=Decimal(90000))
    scene.agree()
    with pytest.raises(UnableToPay, match="预留 14,999 元加服务券可用余额 1 元"):
        scene.pay(15001, at=orders.CONTRACTED + timedelta(days=1), **_july(scene, 90000))
    scene.pay(15000, at=orders.CONTRACTED + timedelta(days=1), **_july(scene, 90000))
    assert scene.fresh().voucher.free == 0


@pytest.mark.rule("P7")
def test_a_top_up_stays_within_the_provider_cap():
    scene = orders.at_step("agree", provider_cap=Decimal(6000))
    with pytest.raises(UnableToPay, match="只能再收 1,000 元") as refusal:
        scene.pay(6001, at=orders.CONTRACTED + timedelta(days=1), **_july(scene, 19999))
    assert refusal.value.rule == "P7"
    scene.pay(6000, at=orders.CONTRACTED + timedelta(days=1), **_july(scene, 19999))
    assert scene.allowance().left == 0
    orders.assert_books_balance(scene)


@pytest.mark.rule("O6")
def test_what_is_left_of_the_reserve_is_free_again_in_the_window():
    scene = orders.at_step("agree")
    scene.pay(2000, at=orders.WINDOW_ENDS, **_july(scene, 19999))
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.reclaimed, scene.voucher.paid) == (18000, 0, 2000)
    assert (scene.allowance().reserved, scene.allowance().accepted) == (0, 2000)
    orders.assert_books_balance(scene)


@pytest.mark.rule("O6", "V6")
def test_what_is_left_of_the_reserve_is_reclaimed_after_the_window():
    scene = orders.at_step("agree")
    scene.pay(2000, at=orders.WINDOW_ENDS + orders.MICROSECOND, **_july(scene, 19999))
    scene.fresh()
    # The 15,000 that were never ordered go with it: their time is over too.
    assert (scene.voucher.free, scene.voucher.reclaimed, scene.voucher.paid) == (0, 18000, 2000)
    orders.assert_books_balance(scene)


@pytest.mark.rule("O5")
def test_two_orders_of_one_contract_share_its_half():
    scene = orders.scene()
    for _ in range(2):
        scene.place(6000)
        scene.confirm()
        scene.upload(number="HT-同一份", total=Decimal(20000), supported=Decimal(20000))
        scene.agree()
    scene.pay(
        6000,
        order=Order.objects.earliest("pk"),
        invoices=[scene.invoice(12000)],
        transfers=[scene.transfer(6000)],
    )
    with pytest.raises(UnableToPay, match="目前最多 4,000 元"):
        scene.pay(4001, invoices=[scene.invoice(12000)], transfers=[scene.transfer(8000)])
    scene.pay(4000, invoices=[scene.invoice(12000)], transfers=[scene.transfer(8000)])
    orders.assert_books_balance(scene)


@pytest.mark.rule("O9")
def test_a_contract_paid_with_an_earlier_years_voucher_is_shown():
    """The enterprise declares that it was not; the portal itself knows better."""
    scene, label = orders.scene(10000), "未获往年服务券支持"
    later = build.voucher(scene.enterprise, 5000, build.batch(scene.programme))
    for number in ("HT-同一份a", " HT-同一份A"):
        order = scene.place(4000)
        scene.confirm()
        scene.upload(number=number)
        scene.agree()
    first = Order.objects.earliest("pk")
    scene.pay(4000, order=first, invoices=[scene.invoice(12000)], transfers=[scene.transfer(8000)])
    Order.objects.filter(pk=order.pk).update(voucher=later)

    def shown() -> dict[str, str]:
        order = scene.fresh()
        contract = order.contracts.get()
        return {one.label: one.evidence for one in contract_checks(order, contract, orders.PAID)}

    # Two vouchers of one year may pay for one contract.
    assert label not in shown()
    earlier = build.programme(year=build.YEAR - 1)
    Batch.objects.filter(pk=scene.batch.pk).update(programme=earlier)
    assert f"{build.YEAR - 1} 年度" in shown()[label]
    Order.objects.filter(pk=first.pk).update(paid=0, disallowed=4000)
    assert label not in shown()


# --- papers --------------------------------------------------------------------------------


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("code", "number", "key"),
    [
        ("044002000111", "12345678", "04400200011112345678"),
        (" 04400200０111", " 1234 5678 ", "04400200011112345678"),
        ("", "23440000000012345678", "23440000000012345678"),
        ("", "２３440000 000012345678", "23440000000012345678"),
        ("044002000111", "23440000000012345678", "23440000000012345678"),
        ("3301a", "000001234b", "3301A000001234B"),
    ],
)
def test_the_key_of_an_invoice(code, number, key):
    assert invoice_key(code, number) == key


@pytest.mark.rule("O5")
def test_the_same_digits_split_elsewhere_or_typed_without_a_code_are_the_same_invoice():
    key = invoice_key("044002000111", "12345678")
    assert invoice_key("04400200011", "112345678") == key
    assert invoice_key("", "04400200011112345678") == key


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("code", "number", "words"),
    [
        ("", "12345678", "请填写发票代码"),
        ("", "2344000000001234567", "请填写发票代码"),
        ("", "234400000000123456789", "不正确"),
        ("044002000111", "1234-5678", "不正确"),
        ("44002000111", "12345678", "10 位或 12 位"),
        ("0440/0111", "12345678", "代码"),
        # The same paper again, with a digit put before its number, or split where no tax office splits.
        ("044002000111", "012345678", "应为 8 位"),
        ("0440020001", "1112345678", "应为 8 位"),
        ("044002000111", "  ", "请填写发票号码"),
    ],
)
def test_numbers_that_cannot_be_told_apart_are_refused(code, number, words):
    with pytest.raises(UnableToPay, match=words):
        invoice_key(code, number)


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"total": Decimal(0)}, "应大于零"),
        ({"issued_on": FIRST - timedelta(days=1)}, "服务期内"),
        ({"issued_on": LAST + timedelta(days=1)}, "服务期内"),
        ({"issued_on": date(2020, 9, 2)}, "不能晚于今天"),
        ({"buyer": "别的有限公司"}, "购买方名称"),
        ({"seller": "别的机构"}, "销售方名称"),
        ({"item": "  "}, "项目名称"),
        ({"file": None}, "没有上传文件"),
        ({"file": None, "kept": 999999}, "没有上传文件"),
    ],
)
def test_what_is_wrong_with_an_invoice_is_said(changes, words):
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay, match=words) as refusal:
        scene.pay(
            5000,
            invoices=[scene.invoice(), scene.invoice(**changes)],
            transfers=[scene.transfer(15000)],
        )
    assert "第 2 张发票" in refusal.value.sentence
    no_payment(scene)


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": Decimal(0)}, "应大于零"),
        ({"paid_on": FIRST - timedelta(days=1)}, "服务期内"),
        ({"paid_on": LAST + timedelta(days=1)}, "服务期内"),
        ({"paid_on": date(2020, 9, 2)}, "不能晚于今天"),
        ({"payer": "张三"}, "付款方名称"),
        ({"payee": "别的机构"}, "收款方名称"),
        ({"file": None}, "没有上传文件"),
    ],
)
def test_what_is_wrong_with_a_transfer_is_said(changes, words):
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay, match=words) as refusal:
        scene.pay(transfers=[scene.transfer(), scene.transfer(**changes)])
    assert "第 2 笔转账" in refusal.value.sentence
    no_payment(scene)


@pytest.mark.rule("O5")
def test_the_first_and_last_day_of_the_service_period_count():
    scene = orders.at_step("agree")
    scene.pay(
        at=orders.EXPIRES,
        invoices=[scene.invoice(5000, issued_on=FIRST), scene.invoice(5000, issued_on=LAST)],
        transfers=[scene.transfer(2500, paid_on=FIRST), scene.transfer(2500, paid_on=LAST)],
    )


@pytest.mark.rule("O5")
def test_no_payment_without_papers_nor_with_too_many():
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay, match="至少填写一张"):
        scene.pay(invoices=[])
    with pytest.raises(UnableToPay, match="至少填写一笔"):
        scene.pay(transfers=[])
    with pytest.raises(UnableToPay, match=f"最多填写 {MAX_PAPERS} 张"):
        scene.pay(invoices=[scene.invoice() for _ in range(MAX_PAPERS + 1)])


@pytest.mark.rule("O5", "P2")
def test_a_provider_that_changed_its_name_may_have_either_on_its_papers():
    scene = orders.at_step("agree")
    Provider.objects.filter(pk=scene.provider.pk).update(name="更名后的服务机构")
    scene.pay(
        invoices=[scene.invoice(5000), scene.invoice(5000, seller="更名后的服务机构")],
        transfers=[scene.transfer(5000, payee="更名后的服务机构")],
    )


@pytest.mark.rule("F1", "O5")
def test_a_bad_file_refuses_the_whole_payment():
    from django.core.files.uploadedfile import SimpleUploadedFile

    scene = orders.at_step("agree")
    with pytest.raises(UnableToKeepFile):
        scene.pay(transfers=[scene.transfer(file=SimpleUploadedFile("a.pdf", b"MZ"))])
    no_payment(scene)


@pytest.mark.rule("O5")
@pytest.mark.parametrize(("stars", "comment"), [(0, "好"), (6, "好"), (5, "  ")])
def test_the_rating_is_required(stars, comment):
    scene = orders.at_step("agree")
    with pytest.raises(UnableToPay):
        scene.pay(stars=stars, comment=comment)
    no_payment(scene)


@pytest.mark.rule("O5")
def test_ratings_are_averaged_per_provider():
    scene, first, second = two_orders(version=lambda scene: build.version_on_sale(scene.provider))
    assert rating_of_provider(scene.provider.pk).average is None
    scene.pay(order=first, stars=4)
    scene.pay(1000, order=second, stars=5, transfers=[scene.transfer(9000)])
    summary = rating_of_provider(scene.provider.pk)
    assert (summary.average, summary.ratings) == (Decimal("4.5"), 2)


# --- once, ever ----------------------------------------------------------------------------


def two_orders(version=None):
    """A scene and two contracted orders of its voucher."""
    scene = orders.at_step("agree")
    first = scene.order
    scene.place(2000, version=version(scene) if version else scene.version)
    scene.confirm()
    scene.upload()
    scene.agree()
    return scene, first, scene.order


@pytest.mark.rule("O5")
def test_an_invoice_is_used_once_in_the_whole_system():
    scene, first, _second = two_orders()
    paper = scene.invoice(number="00000001")
    scene.pay(order=first, invoices=[paper])
    again = scene.invoice(number=" 0000 0001")
    with pytest.raises(UsedBefore, match=r"第 1 张发票.*已被使用"):
        scene.pay(1000, invoices=[again], transfers=[scene.transfer(9000)])
    digital = scene.invoice(code="", number="23440000000012345678")
    scene.pay(1000, invoices=[digital], transfers=[scene.transfer(9000)])
    assert Invoice.objects.get(number="00000001").payment.order_id != scene.order.pk


@pytest.mark.rule("O5")
def test_a_receipt_is_used_once_in_the_whole_system():
    scene, first, _second = two_orders()
    scene.pay(order=first, transfers=[scene.transfer(receipt_number="Hd-0001")])
    with pytest.raises(UsedBefore, match=r"第 1 笔转账.*已被使用"):
        scene.pay(1000, transfers=[scene.transfer(9000, receipt_number="ＨD-00 01")])
    assert receipt_key("ＨD-00 01") == receipt_key("Hd-0001")


@pytest.mark.rule("O5")
@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u202e", "\ufe0f", "\x1f"]
)
def test_what_nobody_sees_makes_no_other_receipt_and_no_other_contract(unseen):
    assert receipt_key(f"HD00{unseen}01") == receipt_key("HD0001")
    assert normal_number(f"HT-1{unseen}") == normal_number("HT-1")
    assert same_name(f"广州甲{unseen}公司", "广州甲公司") and not same_name(unseen, unseen)


@pytest.mark.rule("O2", "O5")
def test_words_of_unseen_characters_say_nothing():
    scene, unseen = orders.at_step("agree"), "\u200b \u2060"
    with pytest.raises(UnableToPay, match="评价"):
        scene.pay(comment=unseen)
    with pytest.raises(UnableToPay, match="项目名称"):
        scene.pay(invoices=[scene.invoice(item=unseen)])
    with pytest.raises(UnableToCancel, match="原因"):
        ask_cancellation(by=scene.buyer, at=orders.PAID, order=scene.order, reason=unseen)


@pytest.mark.rule("O5")
@pytest.mark.parametrize("twin", ["НD0001", "HDО001", "ΗD0001", "ㅤHD0001", "回单HD0001"])
def test_letters_that_only_look_like_ours_are_no_receipt(twin):
    with pytest.raises(UnableToPay, match="英文字母"):
        receipt_key(twin)


@pytest.mark.rule("O5")
def test_the_same_paper_twice_in_one_payment_is_refused():
    scene = orders.at_step("agree")
    paper, receipt = scene.invoice(5000), scene.transfer(2500)
    with pytest.raises(UsedBefore, match="第 2 张发票与第 1 张发票"):
        scene.pay(invoices=[paper, replace(paper, file=scans.sent())])
    with pytest.raises(UsedBefore, match="第 2 笔转账与第 1 笔转账"):
        scene.pay(transfers=[receipt, replace(receipt, file=scans.sent())])


@pytest.mark.rule("O5")
def test_the_database_refuses_a_second_live_use_and_it_becomes_a_refusal(monkeypatch):
    scene, first, _second = two_orders()
    paper, receipt = scene.invoice(), scene.transfer()
    scene.pay(order=first, invoices=[paper], transfers=[receipt])
    row = Invoice.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    # As a race would have it: the look-up saw nothing, the index says no.
    monkeypatch.setattr("orders.queries.refusals.require_unused", lambda *args: None)
    with pytest.raises(UsedBefore, match="有发票已被使用过"):
        scene.pay(
            1000, invoices=[replace(paper, file=scans.sent())], transfers=[scene.transfer(9000)]
        )
    with pytest.raises(UsedBefore, match="有转账凭证已被使用过"):
        scene.pay(1000, transfers=[replace(receipt, amount=Decimal(9000), file=scans.sent())])
    orders.assert_books_balance(scene)


@pytest.mark.rule("O9")
@pytest.mark.parametrize(
    ("listed", "code", "of_ours"),
    [
        ("044002000111-00000009", "", True),
        ("04400200011100000009", "", True),
        ("00000009", "ours", True),
        ("00000009", "", False),
        ("00000009", "theirs", False),
    ],
)
def test_an_invoice_on_the_funded_list_is_refused(listed, code, of_ours):
    scene = orders.at_step("agree")
    credit_code = {"": "", "ours": scene.enterprise.credit_code, "theirs": build.credit_code()}[
        code
    ]
    FundedMatter.objects.create(
        kind="invoice", number_key=listed, credit_code=credit_code, source="上云上平台"
    )
    invoices = [scene.invoice(code="044002000111", number="00000009")]
    if of_ours:
        with pytest.raises(FundedElsewhere, match="已列入"):
            scene.pay(invoices=invoices)
        no_payment(scene)
    else:
        scene.pay(invoices=invoices)


# --- correcting and accepting --------------------------------------------------------------


@pytest.mark.rule("O7")
def test_corrected_papers_replace_the_old_ones_for_the_same_amount():
    scene, first, second = two_orders()
    scene.order = first
    kept = scene.invoice(number="00000001")
    scene.pay(invoices=[kept], transfers=[scene.transfer(receipt_number="A1")])
    scene.ask_correction(reason="回单不清晰")
    payment = Payment.objects.get()
    assert (payment.state, payment.correction_reason) == (PaymentState.CORRECTION, "回单不清晰")
    document = Invoice.objects.get().document_id
    again = replace(kept, file=None, kept=document, item="改正后的项目")
    scene.correct(invoices=[again], transfers=[scene.transfer(receipt_number="A2")])
    payment.refresh_from_db()
    assert (payment.state, payment.amount) == (PaymentState.SUBMITTED, 5000)
    live = Invoice.objects.get(superseded_at=None)
    assert (live.item, live.document_id) == ("改正后的项目", document)
    assert set(BankTransfer.objects.values_list("receipt_number", "superseded_at")) == {
        ("A1", orders.PAID),
        ("A2", None),
    }
    assert scene.fresh().state == OrderState.PAID
    orders.assert_books_balance(scene)
    # What was dropped before acceptance may be used elsewhere.
    scene.pay(1000, order=second, transfers=[scene.transfer(9000, receipt_number="A1")])


@pytest.mark.rule("O7", "O5")
def test_corrected_papers_meet_the_same_limits():
    scene = orders.at_step("agree")
    scene.pay()
    scene.ask_correction()
    with pytest.raises(UnableToPay, match=r"目前最多 4,999.99 元"):
        scene.correct(invoices=[scene.invoice("9999.99")])
    with pytest.raises(UnableToPay, match="少于企业应自付"):
        scene.correct(transfers=[scene.transfer("4999.99")])
    with pytest.raises(UnableToPay, match="购买方名称"):
        scene.correct(invoices=[scene.invoice(buyer="别的")])
    assert Invoice.objects.get().superseded_at is None


@pytest.mark.rule("O7", "F4")
def test_another_orders_file_cannot_be_kept():
    scene, first, _second = two_orders()
    scene.pay(order=first)
    foreign = Invoice.objects.get().document_id
    with pytest.raises(UnableToPay, match="没有上传文件"):
        scene.pay(
            1000,
            invoices=[scene.invoice(file=None, kept=foreign)],
            transfers=[scene.transfer(9000)],
        )


@pytest.mark.rule("V5", "O7")
def test_a_payment_in_time_may_be_corrected_and_accepted_after_expiry():
    scene = orders.at_step("agree")
    scene.pay(at=orders.EXPIRES)
    late = orders.EXPIRES + timedelta(days=3)
    scene.ask_correction(at=late)
    scene.correct(at=late)
    scene.accept(at=late)
    assert scene.fresh().state == OrderState.ACCEPTED
    assert scene.voucher.paid == 5000


@pytest.mark.rule("O7", "N2")
def test_acceptance_is_recorded_and_told():
    scene = orders.at_step("pay")
    scene.accept()
    order = scene.fresh()
    payment = Payment.objects.get()
    assert (order.state, order.accepted_at) == (OrderState.ACCEPTED, orders.ACCEPTED)
    assert (payment.state, payment.accepted_at) == (PaymentState.ACCEPTED, orders.ACCEPTED)
    assert Message.objects.filter(
        recipient=scene.enterprise.account, event="payment_accepted"
    ).exists()
    orders.assert_books_balance(scene)


@pytest.mark.rule("S1")
@pytest.mark.parametrize("side", ["enterprise", "provider"])
def test_a_sanction_stops_paying_correcting_and_accepting(side):
    scene = orders.at_step("agree")
    sanction = orders.sanction(getattr(scene, side).credit_code)
    with pytest.raises(UnderSanction):
        scene.pay()
    sanction.delete()
    scene.pay()
    scene.ask_correction()
    sanction = orders.sanction(getattr(scene, side).credit_code)
    with pytest.raises(UnderSanction):
        scene.correct()
    sanction.delete()
    scene.correct()
    sanction = orders.sanction(getattr(scene, side).credit_code)
    with pytest.raises(UnderSanction):
        scene.accept()
    sanction.delete()
    scene.accept()


@pytest.mark.rule("P1")
def test_nothing_is_paid_to_a_provider_whose_accreditation_has_ended():
    scene = orders.at_step("agree")
    scene.provider.accreditation.valid_until = orders.PAID.date() - timedelta(days=1)
    scene.provider.accreditation.save()
    with pytest.raises(UnableToOrder, match="到期"):
        scene.pay()
    no_payment(scene)


@pytest.mark.rule("O5")
def test_a_second_click_pays_nothing_twice():
    scene = orders.at_step("pay")
    with pytest.raises(IllegalMove):
        scene.pay()
    assert Payment.objects.count() == 1
    orders.assert_books_balance(scene)


@pytest.mark.rule("O2", "O5")
def test_paying_ends_a_pending_request_to_cancel():
    scene = orders.at_step("agree")
    ask_cancellation(by=scene.seller, at=orders.CONTRACTED, order=scene.order, reason="无法履约")
    scene.pay()
    assert scene.fresh().cancellation_asked_by == ""


@pytest.mark.rule("O5")
def test_only_the_two_sides_take_part():
    scene = orders.at_step("agree")
    stranger = build.actor(build.enterprise().account)
    with pytest.raises(OutOfReach):
        scene.pay(by=stranger)
    with pytest.raises(OutOfReach):
        scene.pay(by=scene.seller)


@pytest.mark.rule("O5")
def test_one_invoice_split_another_way_is_still_used():
    scene = orders.at_step("agree")
    first = scene.order
    scene.place(5000)
    for step in ("confirm", "upload", "agree"):
        getattr(scene, step)()
    assert scene.order != first
    scene.pay(order=first, invoices=[scene.invoice(code="044002000111", number="12345678")])
    with pytest.raises(UsedBefore):
        scene.pay(invoices=[scene.invoice(code="", number="04400200011112345678")])


@pytest.mark.rule("O5")
def test_payment_is_never_before_the_service_begins():
    scene = orders.at_step("confirm")
    scene.upload(service_from=date(2020, 9, 2), service_until=date(2020, 9, 30))
    scene.agree()
    with pytest.raises(UnableToPay, match="服务尚未开始"):
        scene.pay(at=moment(date(2020, 9, 1), 23, 59))
    scene.pay(at=moment(date(2020, 9, 2), 0))


@pytest.mark.rule("O5", "E6")
def test_papers_may_carry_the_name_as_checked_after_the_order():
    scene = orders.at_step("agree")
    qualification = scene.enterprise.qualifications.get()
    renamed = qualification.profile
    renamed.pk, renamed.version, renamed.name = None, 2, "广州改名后有限公司"
    renamed.save()
    scene.enterprise.qualifications.update(profile=renamed)
    scene.pay(
        invoices=[scene.invoice(buyer="广州改名后有限公司")],
        transfers=[scene.transfer(payer="广州改名后有限公司")],
    )


@pytest.mark.rule("V5", "P2")
def test_a_provider_in_renewal_does_not_cost_the_enterprise_its_voucher():
    scene = orders.at_step("agree")
    type(scene.provider).objects.filter(pk=scene.provider.pk).update(state="draft")
    assert scene.pay()
