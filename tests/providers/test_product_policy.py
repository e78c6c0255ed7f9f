"""What P5 demands of a version, item by item; and for whom a product is (P4, O1). No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from providers.models import DeliveryKind, EvidenceKind, ProductVersion
from providers.policies import (
    PARTICULAR_MATERIALS,
    Dossier,
    OutsideTarget,
    checklist,
    missing_items,
    require_target,
)
from providers.service_catalogue import MAX_AGE_YEARS

pytestmark = pytest.mark.rule("P5")


def _sets(*numbers: int) -> frozenset[tuple[str, int]]:
    return frozenset((kind, n) for kind in ("contract", "invoice", "result") for n in numbers)


BASE = frozenset({("qualification", 0), ("report", 0)})
COMPLETE = Dossier(
    provider_name="测试服务机构",
    name="诊断报告",
    category="information",
    service_type="管理",
    has_area=True,
    introduction=dict.fromkeys(("overview", "process", "cycle", "results", "acceptance"), "有"),
    price_kind="fixed",
    price_min=Decimal(100),
    price_max=Decimal(100),
    has_sub_products=False,
    price_basis="guidance",
    basis={"issuer": "省物价局", "document_number": "粤价〔2019〕1号"},
    delivery_kind="report",
    evidence=BASE | _sets(1),
)
RANGE = replace(
    COMPLETE,
    price_kind="range",
    price_max=Decimal(300),
    tiers=((Decimal(100), "基础"), (Decimal(300), "全面")),
    evidence=BASE | _sets(1, 2, 3),
)


def test_complete_versions_lack_nothing() -> None:
    assert missing_items(COMPLETE) == []
    assert missing_items(RANGE) == []
    assert all(item.met for item in checklist(RANGE))


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("overview", "服务概述"),
        ("process", "服务流程"),
        ("cycle", "服务周期"),
        ("results", "服务成果"),
        ("acceptance", "验收标准"),
    ],
)
def test_each_part_of_the_introduction(key, label) -> None:
    lacking = replace(COMPLETE, introduction={**COMPLETE.introduction, key: " "})
    assert missing_items(lacking) == [label]


def test_name_and_area() -> None:
    assert missing_items(replace(COMPLETE, name=" ")) == ["产品名称"]
    assert "服务区域" in missing_items(replace(COMPLETE, has_area=False))[0]


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    ("category", "service_type"), [("technology", "管理"), ("information", "算命"), ("", "")]
)
def test_the_type_is_of_the_catalogue_under_its_category(category, service_type) -> None:
    lacking = missing_items(replace(COMPLETE, category=category, service_type=service_type))
    assert "服务类型" in lacking[0]


@pytest.mark.parametrize(
    ("tiers", "name"),
    [
        ((), "区间价的价格档"),
        (((Decimal(100), "基础"),), "区间价的价格档"),
        (((Decimal("100.01"), "基础"), (Decimal(300), "全面")), "最低价 100 元"),
        (((Decimal(100), "基础"), (Decimal("299.99"), "全面")), "最高价 300 元"),
        (((Decimal(100), "基础"), (Decimal(300), " ")), "300 元价格档的服务内容"),
    ],
)
def test_a_range_says_what_each_price_buys_from_lowest_to_highest(tiers, name) -> None:
    lacking = missing_items(replace(RANGE, tiers=tiers))
    assert len(lacking) == 1
    assert name in lacking[0]


@pytest.mark.parametrize(
    ("basis", "names"),
    [
        ({}, ["指导价发布单位", "指导价文件名及文号"]),
        ({"issuer": "省物价局"}, ["指导价文件名及文号"]),
        ({"document_number": "粤价〔2019〕1号"}, ["指导价发布单位"]),
    ],
)
def test_guidance_comes_with_its_document_number(basis, names) -> None:
    assert missing_items(replace(COMPLETE, basis=basis)) == names


@pytest.mark.parametrize(
    ("lines", "fits"),
    [
        ([], False),
        ([("甲", "1")], False),
        ([("甲", "1"), ("乙", "2")], True),
        ([("甲", "1"), ("甲 ", "2")], False),
        ([("甲", "1"), ("乙", "0")], False),
        ([("甲", "1"), ("乙", "")], False),
        ([("甲", "1"), ("", "2")], False),
        ([("甲", "1"), ("测试服务机构", "2")], False),
        ([("甲", "1"), ("乙", "不详")], False),
    ],
)
def test_market_prices_of_at_least_two_other_providers(lines, fits) -> None:
    basis = {"comparisons": [{"provider": name, "price": price} for name, price in lines]}
    lacking = missing_items(replace(COMPLETE, price_basis="market", basis=basis))
    assert (lacking == []) == fits
    if not fits:
        assert "市场同类产品比价（不少于 2 家" in lacking[0]


@pytest.mark.parametrize(
    ("basis", "names"),
    [
        ({"cost": "100", "profit": "20", "tax": "6"}, []),
        ({"cost": "100", "profit": "0", "tax": "0"}, []),
        ({"profit": "20", "tax": "6"}, ["内部定价依据的成本"]),
        ({"cost": "0", "profit": "20", "tax": "6"}, ["内部定价依据的成本"]),
        ({"cost": "100", "tax": "6"}, ["内部定价依据的利润"]),
        ({"cost": "100", "profit": "-1", "tax": "6"}, ["内部定价依据的利润"]),
        ({"cost": "100", "profit": "20"}, ["内部定价依据的纳税"]),
    ],
)
def test_costing_has_cost_profit_and_tax(basis, names) -> None:
    assert missing_items(replace(COMPLETE, price_basis="costing", basis=basis)) == names


def test_without_any_basis() -> None:
    assert "收费标准" in missing_items(replace(COMPLETE, price_basis=""))[0]


def test_proof_of_qualification() -> None:
    lacking = replace(COMPLETE, evidence=COMPLETE.evidence - {("qualification", 0)})
    assert missing_items(lacking) == ["服务资质证明"]


@pytest.mark.parametrize(
    ("changes", "sets", "fits"),
    [
        ({}, (), False),
        ({}, (1,), True),
        ({}, (4,), True),
        ({"has_sub_products": True}, (1, 2), False),
        ({"has_sub_products": True}, (1, 2, 3), True),
        ({"has_sub_products": True}, (1, 2, 3, 4, 5), True),
    ],
)
def test_history_is_one_set_or_three_for_sub_products(changes, sets, fits) -> None:
    lacking = missing_items(replace(COMPLETE, evidence=BASE | _sets(*sets), **changes))
    assert (lacking == []) == fits


@pytest.mark.parametrize(("sets", "fits"), [((1, 2), False), ((1, 2, 3), True), ((1, 3, 5), True)])
def test_history_is_three_sets_for_a_range_price(sets, fits) -> None:
    lacking = missing_items(replace(RANGE, evidence=BASE | _sets(*sets)))
    assert (lacking == []) == fits
    if not fits:
        assert "3 至 5 套，现有完整 2 套" in lacking[0]


def test_an_unfinished_set_is_named_even_when_others_suffice() -> None:
    lacking = missing_items(replace(COMPLETE, evidence=COMPLETE.evidence | {("contract", 2)}))
    assert lacking == ["第 2 套历史材料的历史发票、历史成果"]


@pytest.mark.parametrize("kind", DeliveryKind.values)
def test_each_kind_of_service_has_its_particular_materials(kind) -> None:
    bare = replace(
        COMPLETE, delivery_kind=kind, evidence=frozenset({("qualification", 0)}) | _sets(1)
    )
    asked = PARTICULAR_MATERIALS[kind]

    assert missing_items(bare) == [EvidenceKind(item).label for item in asked]
    given = replace(bare, evidence=bare.evidence | {(item, 0) for item in asked})
    assert missing_items(given) == []


def test_what_the_manual_asks_of_each_kind() -> None:
    assert PARTICULAR_MATERIALS == {
        "report": ("report",),
        "daily": ("service_record",),
        "system": ("screenshot", "acceptance"),
        "application": ("screenshot", "acceptance"),
        "ip": ("ip_notice",),
        "training": ("training_set",),
        "other": (),
    }


def test_training_is_shown_by_its_training_set() -> None:
    training = replace(
        COMPLETE, category="training", service_type="技术培训", delivery_kind="other"
    )
    assert "培训服务" in missing_items(training)[0]


# --- for whom a product is ---------------------------------------------------------------------


def _version(**fields) -> ProductVersion:
    return ProductVersion(**{"category": "information", **fields})


def _check(version: ProductVersion, **enterprise) -> None:
    values = {
        "size_class": "small",
        "industry": "software",
        "founded_on": date(2010, 1, 1),
        "day": date(2020, 6, 28),
    }
    require_target(version, **{**values, **enterprise})


@pytest.mark.rule("O1")
def test_empty_targets_mean_all() -> None:
    for size in ("micro", "small", "medium"):
        _check(_version(), size_class=size, industry="other")


@pytest.mark.rule("O1")
def test_size_and_industry_are_those_of_the_product() -> None:
    version = _version(target_sizes=["micro"], target_industries=["software", "retail"])
    _check(version, size_class="micro", industry="retail")
    with pytest.raises(OutsideTarget, match="微型"):
        _check(version, size_class="small")
    with pytest.raises(OutsideTarget, match="软件"):
        _check(version, size_class="micro", industry="catering")


@pytest.mark.rule("P4")
@pytest.mark.parametrize(
    ("founded_on", "day", "fits"),
    [
        (date(2017, 6, 29), date(2020, 6, 28), True),
        (date(2017, 6, 28), date(2020, 6, 28), False),
        (date(2017, 6, 27), date(2020, 6, 28), False),
        (date(2016, 2, 29), date(2019, 2, 28), True),
        (date(2016, 2, 29), date(2019, 3, 1), False),
    ],
)
def test_startup_services_are_for_enterprises_less_than_three_years_old(
    founded_on, day, fits
) -> None:
    assert MAX_AGE_YEARS == 3
    version = _version(category="startup")
    if fits:
        _check(version, founded_on=founded_on, day=day)
    else:
        with pytest.raises(OutsideTarget) as caught:
            _check(version, founded_on=founded_on, day=day)
        assert caught.value.rule == "P4"
    _check(_version(category="training"), founded_on=founded_on, day=day)
