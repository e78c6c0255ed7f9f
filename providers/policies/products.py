"""Products: what a draft must hold to be saved, submitted, published, withdrawn (P3–P6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from foundation.errors import Refusal
from foundation.money import FEN, ZERO, spoken_money
from providers.models import (
    HISTORY_KINDS,
    SETS_MAX,
    DeliveryKind,
    EvidenceKind,
    PriceBasis,
    PriceKind,
)
from providers.policies.completeness import INTRODUCTION, PRICE_BOUND, as_amount
from providers.service_catalogue import TARGET_INDUSTRIES, TARGET_SIZES, category_of
from providers.states import PRODUCT_VERSION, ProductState

TIERS_MAX = 20


TEXT_MAX = 4000
TIER_TEXT_MAX = 200
NAME_MAX = 80


# What a reviewer can give a reason for.
REVIEW_ITEMS: dict[str, str] = {
    "name": "产品名称和服务类型",
    "introduction": "产品介绍",
    "price": "产品价格",
    "basis": "收费标准",
    "qualification": "服务资质证明",
    "history": "历史服务材料",
}


class UnableToSaveProduct(Refusal):
    """A draft that cannot be saved so (P5, P6)."""

    rule = "P5"


class UnableToSubmitProduct(Refusal):
    """A version that is not complete or not within the accreditation; the sentence names every lack (P4, P5)."""

    rule = "P5"


class UnableToPublishProduct(Refusal):
    """A version that cannot go on sale now (P4, P6)."""

    rule = "P6"


class UnableToWithdrawProduct(Refusal):
    """Nothing that could be withdrawn (P6)."""

    rule = "P6"


def require_complete(missing: Sequence[str]) -> None:
    """Raises UnableToSubmitProduct naming every missing item (P5)."""
    if missing:
        raise UnableToSubmitProduct(f"产品资料还不完整，缺少：{'；'.join(missing)}。")


def require_accredited_type(service_type: str, *, accredited: Collection[str]) -> None:
    """Only service types the provider is accredited for; no types on record means none (P4)."""
    if service_type not in accredited:
        listed = "、".join(accredited) or "无"
        raise UnableToSubmitProduct(
            f"贵机构未被认定可提供“{service_type}”服务（认定的服务类型：{listed}），不能发布该类产品。",
            rule="P4",
            field="service_type",
        )


def require_area_in_reach(outside: Sequence[str]) -> None:
    """The service area has no city the provider may not serve (P3); ``outside`` names those it has."""
    if outside:
        raise UnableToSubmitProduct(
            f"贵机构只能服务本市企业，服务区域不能包括：{'、'.join(outside)}。",
            rule="P3",
            field="cities",
        )


def require_in_standing(reasons: Sequence[str]) -> None:
    """Products are handed in by a checked provider whose year is in order (P1, P2)."""
    if reasons:
        raise UnableToSubmitProduct(f"暂不能提交产品：{'；'.join(reasons)}。", rule="P2")


def require_publishable(
    *,
    standing: Sequence[str],
    service_type: str,
    accredited: Collection[str],
    outside: Sequence[str],
) -> None:
    """On the day of publication provider, service type and area still stand; raises UnableToPublishProduct.

    Time passes between submission and review (P2, P3, P4). ``outside``: cities the provider may not serve.
    """
    if standing:
        raise UnableToPublishProduct(
            f"服务机构目前不能上架产品：{'；'.join(standing)}。", rule="P2"
        )
    if service_type not in accredited:
        raise UnableToPublishProduct(
            f"该机构未被认定可提供“{service_type}”服务，不能发布，请退回修改。", rule="P4"
        )
    if outside:
        raise UnableToPublishProduct(
            f"服务区域超出该机构的服务范围：{'、'.join(outside)}，不能发布，请退回修改。", rule="P3"
        )


def require_editable(state: str) -> None:
    """Only drafts and returned versions change; what was submitted stays as it is (P6)."""
    if state == ProductState.IN_REVIEW:
        raise UnableToSaveProduct("该版本正在审核，暂时不能修改，请等待审核结果。", rule="P6")
    if state not in {ProductState.DRAFT, ProductState.RETURNED}:
        raise UnableToSaveProduct("该版本已定稿，不能修改；请编辑产品以生成新版本。", rule="P6")


def require_move(state: str, verb: str) -> None:
    """Whether a version can make this move; raises IllegalMove."""
    PRODUCT_VERSION.target(state, verb)


def require_not_on_sale(state: str) -> None:
    """What is on sale is taken off as a product, not as a version (P6)."""
    if state == ProductState.PUBLISHED:
        raise UnableToWithdrawProduct("该版本在售，如需停止销售请下架产品。")


def can_withdraw(state: str) -> bool:
    """Whether a version in this state can be withdrawn (P6)."""
    return PRODUCT_VERSION.allows(state, "withdraw")


def require_something_to_withdraw(states: Iterable[str]) -> None:
    """At least one version is a draft, in review or on sale (P6)."""
    if not any(can_withdraw(state) for state in states):
        raise UnableToWithdrawProduct("该产品已经下架。")


def require_sound_draft(
    *, name: str, service_type: str, price_kind: str, price_min: Decimal, price_max: Decimal
) -> None:
    """The little a draft must have: a name, a type of the catalogue and a price in whole fen (P4, P5)."""
    if not name.strip():
        raise UnableToSaveProduct("请填写产品名称。", field="name")
    if not category_of(service_type):
        raise UnableToSaveProduct("请从服务目录中选择服务类型。", rule="P4", field="service_type")
    if price_kind not in PriceKind.values:
        raise UnableToSaveProduct("请选择价格形式：固定价或区间价。", field="price_kind")
    for price, key in ((price_min, "price_min"), (price_max, "price_max")):
        if not ZERO < price < PRICE_BOUND or price % FEN != ZERO:
            raise UnableToSaveProduct("价格应大于零，最多两位小数。", field=key)
    if price_kind == PriceKind.FIXED and price_max != price_min:
        raise UnableToSaveProduct("固定价产品不填写最高价格。", field="price_max")
    if price_kind == PriceKind.RANGE and price_max <= price_min:
        raise UnableToSaveProduct("区间价的最高价格应高于最低价格。", field="price_max")


def require_lengths(fields: Mapping[str, Any]) -> None:
    """No text is longer than its place; raises UnableToSaveProduct (P5)."""
    for key, label, longest in (
        ("name", "产品名称", NAME_MAX),
        ("cycle", "服务周期", 120),
        *(
            (key, INTRODUCTION[key], TEXT_MAX)
            for key in ("overview", "process", "results", "acceptance")
        ),
    ):
        if len(fields[key]) > longest:
            raise UnableToSaveProduct(f"{label}请控制在 {longest} 字以内。", field=key)
    if fields["delivery_kind"] not in DeliveryKind.values:
        raise UnableToSaveProduct("请选择历史材料类别。", field="delivery_kind")


def require_known_targets(sizes: Iterable[str], industries: Iterable[str]) -> None:
    """Target sizes and industries are of E4; large enterprises are no target (P5)."""
    if not set(sizes) <= TARGET_SIZES.keys():
        raise UnableToSaveProduct("服务对象规模只能是中型、小型、微型企业。", field="target_sizes")
    if not set(industries) <= TARGET_INDUSTRIES.keys():
        raise UnableToSaveProduct("请从 16 个行业中选择服务对象行业。", field="target_industries")


def clean_basis(price_basis: str, basis: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``basis`` belongs to this price basis, amounts as texts in yuan; raises UnableToSaveProduct (P5)."""
    if price_basis == PriceBasis.GUIDANCE:
        return {
            key: str(basis.get(key) or "").strip()[:200] for key in ("issuer", "document_number")
        }
    if price_basis == PriceBasis.MARKET:
        lines = [
            {
                "provider": str(line.get("provider") or "").strip()[:120],
                "price": _amount_text(line.get("price")),
            }
            for line in basis.get("comparisons") or ()
        ]
        return {"comparisons": [line for line in lines if line["provider"] or line["price"]]}
    if price_basis == PriceBasis.COSTING:
        return {key: _amount_text(basis.get(key)) for key in ("cost", "profit", "tax")}
    raise UnableToSaveProduct("请选择收费标准的依据。", field="price_basis")


def _amount_text(value: Any) -> str:
    if value is None or not str(value).strip():
        return ""
    amount = as_amount(value)
    if amount is None or amount < ZERO:
        raise UnableToSaveProduct("定价依据中的金额应为不小于零的数字（元）。", field="price_basis")
    return str(amount)


def require_sound_tiers(
    tiers: Sequence[tuple[Decimal, str]],
    *,
    price_kind: str,
    price_min: Decimal,
    price_max: Decimal,
) -> None:
    """Tiers belong to a range price, lie within it and say what each price buys; raises UnableToSaveProduct (P5)."""
    if tiers and price_kind != PriceKind.RANGE:
        raise UnableToSaveProduct("固定价产品不需要价格档，请先把价格形式改为区间价。")
    if len(tiers) > TIERS_MAX:
        raise UnableToSaveProduct(f"价格档最多 {TIERS_MAX} 档。")
    for place, (price, buys) in enumerate(tiers, start=1):
        if price % FEN != ZERO or not price_min <= price <= price_max:
            raise UnableToSaveProduct(
                f"第 {place} 档价格应在 {spoken_money(price_min)}至 {spoken_money(price_max)}之间。"
            )
        if not buys.strip():
            raise UnableToSaveProduct(f"请填写第 {place} 档价格对应的服务内容。")
        if len(buys.strip()) > TIER_TEXT_MAX:
            raise UnableToSaveProduct(f"第 {place} 档的服务内容请控制在 {TIER_TEXT_MAX} 字以内。")


def require_storable_tiers(tiers: Sequence[tuple[Decimal, str]]) -> None:
    """The little that tiers of a draft must have; what else P5 asks of them is asked at submission."""
    if len(tiers) > TIERS_MAX:
        raise UnableToSaveProduct(f"价格档最多 {TIERS_MAX} 档。")
    for place, (price, buys) in enumerate(tiers, start=1):
        if not ZERO < price < PRICE_BOUND or price % FEN != ZERO:
            raise UnableToSaveProduct("价格应大于零，最多两位小数。", field=f"price_{place}")
        if len(buys.strip()) > TIER_TEXT_MAX:
            raise UnableToSaveProduct(
                f"服务内容请控制在 {TIER_TEXT_MAX} 字以内。", field=f"buys_{place}"
            )


def require_no_open_version(is_open: bool) -> None:
    """A product has one version being written or reviewed at a time; raises UnableToSaveProduct (P6)."""
    if is_open:
        raise UnableToSaveProduct("该产品已有一个版本正在填写或审核，请在该版本上继续。", rule="P6")


def name_of_copy(name: str) -> str:
    """The name of a copied product, within its length, so that the two can be told apart."""
    mark = "（副本）"
    return name.removesuffix(mark)[: NAME_MAX - len(mark)] + mark


def require_sound_evidence(kind: str, set_number: int) -> None:
    """A known kind; contract, invoice and result in a set of 1 to 5, the rest in none (P5)."""
    if kind not in EvidenceKind.values:
        raise UnableToSaveProduct("没有这一类材料，请刷新页面后重试。", field="kind")
    if kind in HISTORY_KINDS and not 1 <= set_number <= SETS_MAX:
        raise UnableToSaveProduct(
            f"历史合同、发票、成果请注明第几套（1 至 {SETS_MAX}）。", field="set_number"
        )
    if kind not in HISTORY_KINDS and set_number != 0:
        raise UnableToSaveProduct("只有历史合同、发票、成果需要注明第几套。", field="set_number")
