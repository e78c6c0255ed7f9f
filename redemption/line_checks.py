"""What the portal checks about a line of a claim, beside what was checked when the order was paid (R2, O3–O5, O9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Avg, Count, Sum

from foundation.checks import FAIL, PASS, WARN, Check, beside, fails_if, warns_if
from foundation.documents.models import Document
from foundation.documents.queries import uploaded_elsewhere
from foundation.moments import local_day
from foundation.money import ZERO, spoken_money
from foundation.rosters.models import FundedMatter
from foundation.rosters.queries import funded_matter, is_blacklisted, sanction_in_force
from orders.models import Contract, Order
from orders.queries import live_payment_of
from orders.queries.checks import contract_checks, payment_checks
from providers.states import ProviderState
from redemption.models import ClaimLine
from redemption.queries import Papers

# From how much on a total is pointed out, as a share of the mean of the same product's other contracts (ADR 0023).
ABOVE_MEAN_WORTH_A_LOOK = Decimal("0.30")
DEALS_WORTH_A_LOOK = 3


@dataclass(frozen=True)
class DealHistory:
    """What came before, in yuan: other confirmed contracts of the same product, and deals of the same two parties."""

    total: Decimal
    others: int
    mean: Decimal
    deals: int
    dealt: Decimal


def line_checks(
    line: ClaimLine, papers: Papers, at: datetime, *, papers_only: bool = False
) -> list[Check]:
    """Every check of a line for its reviewer; with ``papers_only``, those that look at this order's papers alone."""
    order = order_of(line)
    checks: list[Check] = []
    contract = papers.contract
    if contract is not None:
        checks += contract_checks(order, contract, at)
    payment = live_payment_of(order)
    if payment is not None:
        checks += payment_checks(order, payment, at)
    if papers_only:
        return checks
    checks += funded_checks(papers, order.enterprise.credit_code)
    if contract is not None:
        checks += history_checks(deal_history(order, contract))
    checks += seen_elsewhere_checks(documents_of_line(papers))
    return [*checks, *_standing(line, order, at)]


def order_of(line: ClaimLine) -> Order:
    """The line's order with everything the checks look at."""
    return Order.objects.select_related(
        "enterprise",
        "profile",
        "provider__accreditation",
        "product_version",
        "price_tier",
        "voucher__batch__programme__city",
    ).get(pk=line.order_id)


def documents_of_line(papers: Papers) -> dict[str, Document]:
    """The files of a line under the names a reviewer knows."""
    found: dict[str, Document] = {}
    if papers.contract is not None:
        found["合同"] = papers.contract.document
    rows: tuple[tuple[str, list[Document]], ...] = (
        ("发票", [one.document for one in papers.invoices]),
        ("转账凭证", [one.document for one in papers.transfers]),
    )
    for kind, documents in rows:
        for place, document in enumerate(documents, start=1):
            found[f"{kind} {place}" if len(documents) > 1 else kind] = document
    return found


def funded_checks(papers: Papers, credit_code: str) -> list[Check]:
    """Invoices on the lists of what other funds supported already (O9)."""
    hits = []
    for invoice in papers.invoices:
        # A list may give the number alone, or the code before it.
        keys = dict.fromkeys((invoice.code + invoice.number, invoice.number))
        found = (funded_matter(FundedMatter.Kind.INVOICE, key, credit_code) for key in keys)
        listed = next((one for one in found if one is not None), None)
        if listed is not None:
            hits.append(f"{invoice.number}（{listed.source}）")
    return [
        fails_if(
            hits,
            "发票未获其他财政资金支持",
            f"支持名单中已有：{'、'.join(hits)}" if hits else "支持名单中没有这些发票",
        )
    ]


def deal_history(order: Order, contract: Contract) -> DealHistory:
    """Other contracts of the same product, and other orders of the same enterprise and provider; two queries."""
    others = (
        Contract.objects.filter(
            order__product_version__product=order.product_version.product_id,
            confirmed_at__isnull=False,
        )
        .exclude(order=order)
        .aggregate(count=Count("pk"), mean=Avg("total"))
    )
    deals = (
        Order.objects.filter(enterprise=order.enterprise_id, provider=order.provider_id, paid__gt=0)
        .exclude(pk=order.pk)
        .aggregate(count=Count("pk"), paid=Sum("paid"))
    )
    return DealHistory(
        total=contract.total,
        others=others["count"],
        mean=Decimal(others["mean"] or 0).quantize(Decimal("0.01")),
        deals=deals["count"],
        dealt=deals["paid"] or ZERO,
    )


def history_checks(history: DealHistory) -> list[Check]:
    """The contract's total against the same product's others, and how often the two have dealt. Pure."""
    if history.others and history.mean:
        above = (history.total - history.mean) / history.mean
        words = (
            f"本合同 {spoken_money(history.total)}；同一产品的其他 {history.others} 份合同平均 "
            f"{spoken_money(history.mean)}，本合同{beside(above)}"
        )
        price = warns_if(above > ABOVE_MEAN_WORTH_A_LOOK, "合同总额与同一产品的其他合同", words)
    else:
        price = Check(PASS, "合同总额与同一产品的其他合同", "没有其他合同可比对")
    deals = warns_if(
        history.deals >= DEALS_WORTH_A_LOOK,
        "双方往来",
        f"该企业与该机构另有 {history.deals} 个已用券订单，合计 {spoken_money(history.dealt)}"
        if history.deals
        else "双方没有其他已用券订单",
    )
    return [price, deals]


def seen_elsewhere_checks(documents: Mapping[str, Document]) -> list[Check]:
    """Files of the same content that another party handed in; one query."""
    owners = {one.uploaded_by_id for one in documents.values()}
    own = owners.pop() if len(owners) == 1 else None
    elsewhere = uploaded_elsewhere(documents.values(), own_account=own)
    found = {
        label: len(elsewhere[one.pk] - {one.uploaded_by_id}) for label, one in documents.items()
    }
    hits = [f"{label}（另有 {count} 个账号）" for label, count in found.items() if count]
    twice = _twice(documents)
    evidence = "；".join(
        [
            *([f"其他单位上传过同一文件：{'、'.join(hits)}"] if hits else []),
            *([f"同一文件重复作为：{'、'.join(twice)}"] if twice else []),
        ]
    )
    outcome = FAIL if hits else WARN if twice else PASS
    return [Check(outcome, "材料是否重复", evidence or "各份材料都没有在别处出现")]


def _twice(documents: Mapping[str, Document]) -> Sequence[str]:
    labels: dict[str, list[str]] = {}
    for label, one in documents.items():
        labels.setdefault(one.sha256, []).append(label)
    return ["和".join(names) for names in labels.values() if len(names) > 1]


def _standing(line: ClaimLine, order: Order, at: datetime) -> list[Check]:
    """The provider's registration, and blacklist and sanctions of both sides, as of now (P2, E5, S1)."""
    day, city = local_day(at), line.claim.programme.city_id
    state = ProviderState(order.provider.state)
    checks = [
        # One that renews its registration changes its data by itself until it hands it in; forms print it as it is.
        Check(
            WARN,
            "服务机构注册资料已核对",
            f"目前为“{state.label}”，法定代表人、开户银行和银行账号可能已改动而未经核对，付款前请与盖章的申请表核对",
        )
        if state != ProviderState.APPROVED
        else Check(PASS, "服务机构注册资料已核对", "已核对通过")
    ]
    for side, party in (("企业", order.enterprise), ("服务机构", order.provider)):
        listed = is_blacklisted(party.credit_code, day)
        sanction = sanction_in_force(party.credit_code, city, at)
        words = [
            *(["列入失信联合惩戒名单"] if listed else []),
            *([str(sanction)] if sanction else []),
        ]
        checks.append(
            warns_if(words, f"{side}现在的名单和处理情况", "；".join(words) or "未列入，无处理")
        )
    return checks
