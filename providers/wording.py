"""How a product version is put into words, for its pages and the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from foundation.money import spoken_money
from providers.models import PriceBasis, PriceKind, ProductVersion
from providers.policies.completeness import as_amount
from providers.service_catalogue import TARGET_INDUSTRIES, TARGET_SIZES


def price_words(version: ProductVersion) -> str:
    """20,000 元, or 20,000 元 至 50,000 元 for a range."""
    if version.price_kind == PriceKind.RANGE:
        return f"{spoken_money(version.price_min)} 至 {spoken_money(version.price_max)}"
    return spoken_money(version.price_min)


def target_words(version: ProductVersion) -> str:
    """For which enterprises a product is (P5)."""
    sizes = "、".join(TARGET_SIZES.get(key, key) for key in version.target_sizes) or "中小微"
    industries = "；".join(TARGET_INDUSTRIES.get(key, key) for key in version.target_industries)
    return f"{sizes}企业；{industries or '行业不限'}"


def basis_words(price_basis: str, basis: Mapping[str, Any]) -> list[str]:
    """What the price rests on, a line for each fact (P5)."""
    if price_basis == PriceBasis.GUIDANCE:
        return [
            f"发布单位：{basis.get('issuer') or '未填写'}",
            f"文件名及文号：{basis.get('document_number') or '未填写'}",
        ]
    if price_basis == PriceBasis.MARKET:
        return [
            f"{line.get('provider') or '未填写机构'}：{_money(line.get('price'))}"
            for line in basis.get("comparisons") or ()
        ] or ["未填写比价"]
    labels = {"cost": "成本", "profit": "利润", "tax": "纳税"}
    return [f"{label}：{_money(basis.get(key))}" for key, label in labels.items()]


def _money(value: Any) -> str:
    amount = as_amount(value) if value else None
    return "未填写" if amount is None else spoken_money(amount)


def version_facts(version: ProductVersion) -> list[tuple[str, list[str]]]:
    """All that a version says, as (label, lines) in the manual's order (P5)."""
    return [
        ("产品名称", [version.name]),
        ("类别和服务类型", [f"{version.get_category_display()} / {version.service_type}"]),
        ("服务区域", ["、".join(city.name for city in version.cities.all()) or "未填写"]),
        ("服务对象", [target_words(version)]),
        ("服务概述", version.overview.splitlines()),
        ("服务流程", version.process.splitlines()),
        ("服务周期", [version.cycle]),
        ("服务成果", version.results.splitlines()),
        ("验收标准", version.acceptance.splitlines()),
        ("产品价格", [f"{price_words(version)}（{version.get_price_kind_display()}）"]),
        *(
            [("价格档", [f"{spoken_money(t.price)}：{t.buys}" for t in version.tiers.all()])]
            if version.price_kind == PriceKind.RANGE
            else []
        ),
        ("子产品", ["包含多个子产品" if version.has_sub_products else "单一产品"]),
        (
            f"收费标准（{version.get_price_basis_display()}）",
            basis_words(version.price_basis, version.basis),
        ),
        ("历史材料类别", [version.get_delivery_kind_display()]),
    ]
