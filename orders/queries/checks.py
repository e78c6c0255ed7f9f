"""What the portal can check about a contract and a payment by itself, with the evidence (O3, O4, O5, O9)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from foundation.checks import FAIL, PASS, WARN, Check, asked
from foundation.documents.models import Document
from foundation.moments import local_day, spoken_day
from foundation.money import ZERO, spoken_money
from foundation.names import normal_number
from foundation.rosters.models import FundedMatter
from foundation.rosters.queries import funded_matter
from orders.models import BankTransfer, Contract, Invoice, Order, Payment
from orders.policies import contracts as contract_policy
from orders.policies import papers as paper_policy
from orders.policies import payments as payment_policy
from orders.policies.contracts import ContractData
from orders.policies.papers import InvoiceData, TransferData
from orders.queries.bounds import (
    affiliation,
    payment_limits,
    years_supported,
)
from orders.queries.records import price_deviation, registered_names


def stated_in(contract: Contract) -> ContractData:
    """What was stated about a contract when it was uploaded."""
    return ContractData(**{name: getattr(contract, name) for name in ContractData.__annotations__})


def contract_checks(order: Order, contract: Contract, at: datetime) -> list[Check]:
    """What the provider looks at before it confirms a contract (O3, O4, O9)."""
    data, programme = stated_in(contract), order.voucher.batch.programme
    period = f"{spoken_day(programme.service_from)}至{spoken_day(programme.service_until)}"
    dates = f"{spoken_day(data.service_from)}至{spoken_day(data.service_until)}"
    deviation = price_deviation(contract).text
    left_out = data.total - data.supported
    listed = funded_matter(
        FundedMatter.Kind.CONTRACT, normal_number(data.number), order.enterprise.credit_code
    )
    return [
        asked(
            "双方名称与注册名称一致",
            f"{data.enterprise_name}；{data.provider_name}",
            contract_policy.require_names,
            data,
            enterprise=order.profile.name,
            provider=order.provider.name,
        ),
        asked(
            "服务时间在方案服务期内",
            f"{dates}；服务期{period}",
            contract_policy.require_service_days,
            data,
            period_from=programme.service_from,
            period_until=programme.service_until,
        ),
        asked(
            "签订日期合理",
            f"{spoken_day(data.signed_on)}签订",
            contract_policy.require_signing_day,
            data,
            today=local_day(contract.uploaded_at),
        ),
        Check(WARN, "合同总额与产品价格一致", deviation)
        if deviation
        else Check(PASS, "合同总额与产品价格一致", f"合同总额 {spoken_money(data.total)}"),
        Check(
            WARN if left_out else PASS,
            "可用券部分",
            f"合同总额 {spoken_money(data.total)}，其中 {spoken_money(left_out)} 与所下单产品无关，已剔除；"
            f"可用券部分 {spoken_money(data.supported)}，请与合同核对。"
            if left_out
            else f"合同全额 {spoken_money(data.supported)} 均为所下单产品的内容，请与合同核对。",
        ),
        asked(
            "双方无关联关系",
            "统一社会信用代码、法定代表人、经办人和已登记的关联关系中未发现",
            contract_policy.require_unaffiliated,
            **affiliation(order.enterprise, order.profile, order.provider),
        ),
        asked(
            "未获其他财政资金支持",
            "企业已声明；支持名单中没有该合同",
            contract_policy.require_not_funded,
            declared=contract.not_funded_elsewhere,
            listed=listed is not None,
            what="该合同",
        ),
        *_supported_before(order, contract),
        *_signed_late(order, data),
        *_file_checks([contract.document]),
    ]


def _supported_before(order: Order, contract: Contract) -> list[Check]:
    """An earlier year's voucher, which the portal knows of by itself, paid for a contract of this number (O9)."""
    years = years_supported(order, contract)
    if not years:
        return []
    said = "、".join(f"{year} 年度" for year in years)
    evidence = f"双方同一编号的合同已用{said}服务券支付；往年已获支持的内容不能再用券，请核对是否为同一事项"
    return [Check(WARN, "未获往年服务券支持", evidence)]


def _signed_late(order: Order, data: ContractData) -> list[Check]:
    """A contract signed after the usage window came in by the correction window: was there one in time (V4)?"""
    last = local_day(order.voucher.batch.usage_ends_at)
    if data.signed_on <= last:
        return []
    evidence = (
        f"使用期限至 {spoken_day(last)}，本合同 {spoken_day(data.signed_on)}才签订，是退回后补正上传的；"
        "请核对期限内上传的是否确为已签订的合同"
    )
    return [Check(WARN, "在使用期限内签订", evidence)]


def payment_checks(order: Order, payment: Payment, at: datetime) -> list[Check]:
    """What the provider looks at before it accepts a payment, with the numbers (O5, O7)."""
    invoices = [one for one in payment.invoices.all() if one.superseded_at is None]
    transfers = [one for one in payment.transfers.all() if one.superseded_at is None]
    contract, programme = payment.contract, order.voucher.batch.programme
    limits = payment_limits(order, contract, at=at, paid=payment.amount)
    documents = [one.document for one in invoices] + [one.document for one in transfers]
    invoiced = sum((one.total for one in invoices), ZERO)
    transferred = sum((one.amount for one in transfers), ZERO)
    data = (
        [
            InvoiceData(
                one.code, one.number, one.issued_on, one.total, one.buyer, one.seller, one.item
            )
            for one in invoices
        ],
        [
            TransferData(one.receipt_number, one.paid_on, one.amount, one.payer, one.payee)
            for one in transfers
        ],
    )
    own_share = invoiced - payment.amount
    missing = payment_policy.missing_transfers(
        invoiced=invoiced, transferred=transferred, amount=payment.amount
    )
    return [
        _within(
            f"用券不超过发票合计的 {limits.percent}",
            payment.amount,
            limits.by_invoices(invoiced),
            f"发票 {len(invoices)} 张，合计 {spoken_money(invoiced)}",
        ),
        _within(
            f"用券不超过合同可用券部分的 {limits.percent}",
            payment.amount,
            limits.by_contract,
            f"可用券部分 {spoken_money(contract.supported)}"
            + (
                f"，同一合同的其他订单已用 {spoken_money(limits.used_by_contract)}"
                if limits.used_by_contract
                else ""
            ),
        ),
        Check(
            FAIL if missing else PASS,
            "企业已付足自付部分",
            f"转账 {len(transfers)} 笔，合计 {spoken_money(transferred)}；应自付 {spoken_money(own_share)}"
            + (f"，还差 {spoken_money(missing)}" if missing else ""),
        ),
        _expected(order, payment.amount),
        _finished(contract.service_until, local_day(payment.submitted_at)),
        asked(
            "发票和转账日期在方案服务期内",
            f"服务期{spoken_day(programme.service_from)}至{spoken_day(programme.service_until)}",
            paper_policy.require_paper_days,
            *data,
            today=local_day(at),
            period_from=programme.service_from,
            period_until=programme.service_until,
        ),
        asked(
            "购销双方、收付双方与注册名称一致",
            f"{order.profile.name}；{order.provider.name}",
            paper_policy.require_paper_parties,
            *data,
            enterprise_names=registered_names(order),
            provider_names=[order.provider.name, contract.provider_name],
        ),
        *_dated_late(
            payment, [one.issued_on for one in invoices], [one.paid_on for one in transfers]
        ),
        _unused(order, documents),
        *_file_checks(documents),
    ]


def _dated_late(payment: Payment, issued: list[date], paid: list[date]) -> list[Check]:
    """Papers later than the payment came in by a correction: had the service been paid for in time (V5, O7)?"""
    handed_in = local_day(payment.submitted_at)
    late = sorted(day for day in (*issued, *paid) if day > handed_in)
    if not late:
        return []
    days = "、".join(dict.fromkeys(spoken_day(day) for day in late))
    evidence = (
        f"支付于 {spoken_day(handed_in)}提交，补正的发票或转账日期在其后（{days}）；"
        "请核对提交支付时是否确已开票和付款"
    )
    return [Check(WARN, "发票和转账不晚于支付提交日", evidence)]


def _unused(order: Order, documents: list[Document]) -> Check:
    """The numbers are used once by force; one file under two numbers is for people to see, whoever handed it in."""
    label = "发票和回单未被使用过"
    handed_in = {"document__sha256__in": {one.sha256 for one in documents}}
    elsewhere: set[int] = set()
    for paper in (Invoice, BankTransfer):
        found = paper.objects.filter(**handed_in, superseded_at__isnull=True)
        others = found.exclude(payment__order=order)
        elsewhere |= set(others.values_list("payment__order_id", flat=True))
    if elsewhere:
        return Check(
            WARN,
            label,
            f"号码没有重复，但同一文件还用于另外 {len(elsewhere)} 个订单，请对照文件核对号码是否属实",
        )
    return Check(PASS, label, "每张发票、每个回单号在全系统只能使用一次；文件也没有用于其他订单")


def _within(label: str, amount: Decimal, most: Decimal, basis: str) -> Check:
    return Check(
        PASS if amount <= most else FAIL,
        label,
        f"用券 {spoken_money(amount)}，最多 {spoken_money(most)}；{basis}",
    )


def _expected(order: Order, amount: Decimal) -> Check:
    """Expected against actual: less or more than ordered is allowed, and worth a look."""
    expected = order.expected_amount
    text = f"下单时预计 {spoken_money(expected)}，实际用券 {spoken_money(amount)}"
    if amount == expected:
        return Check(PASS, "实际用券与预计一致", text)
    more = "多用" if amount > expected else "少用"
    return Check(
        WARN, "实际用券与预计一致", f"{text}，{more} {spoken_money(abs(amount - expected))}"
    )


def _finished(service_until: date, paid_on: date) -> Check:
    """Whether the service was to be finished when it was paid: the plan may be late, the papers prove it (O5, ADR 0010)."""
    label = "支付时服务已到约定的验收日期"
    if paid_on >= service_until:
        return Check(PASS, label, f"合同约定 {spoken_day(service_until)} 验收")
    return Check(
        WARN,
        label,
        f"合同约定 {spoken_day(service_until)} 验收，企业于 {spoken_day(paid_on)} 支付，请确认服务确已完成",
    )


def _file_checks(documents: list[Any]) -> list[Check]:
    """The warnings that came with the files, which both sides see (F3)."""
    return [
        Check(WARN, f"文件“{document.name}”", str(warning))
        for document in documents
        for warning in document.warnings
    ]
