"""The product form in sections, its files, versions and list, as a provider's browser sees them (P4–P6)."""

from __future__ import annotations

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.rosters.models import Level
from providers.models import Product
from providers.operations import (
    amend_draft,
    begin_next_version,
    copy_product,
    publish_version,
    send_back_version,
    set_price_tiers,
)
from providers.states import ProductState
from tests import build, scans
from tests.markup import inline_parts
from tests.providers import build as make
from tests.providers.browsing import HTMX, client, text, url

pytestmark = pytest.mark.django_db

AT = make.AT
SLOTS = ("qualification:0", "report:0", "contract:1", "invoice:1", "result:1")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def started(**changes) -> dict:
    """What the first page of a new product sends."""
    return {
        "name": "企业管理诊断报告",
        "service_type": "管理",
        "delivery_kind": "report",
        "price_kind": "fixed",
        "price_min": "20000",
        **changes,
    }


INTRODUCTION = {
    "target_sizes": ["small"],
    "overview": "概述",
    "process": "流程",
    "cycle": "三十天",
    "results": "成果",
    "acceptance": "验收",
}
MARKET = {
    "price_basis": "market",
    "compared_1": "甲公司",
    "compared_price_1": "21000",
    "compared_2": "乙公司",
    "compared_price_2": "22000",
}


def begin(provider, **changes):
    """A product's form opened by the first page."""
    answer = client(provider.account).post(url("new_product"), started(**changes))
    product = Product.objects.latest("pk")
    assert answer["Location"] == url("edit_product", product.pk)
    return product


# --- the whole way -------------------------------------------------------------------------


@pytest.mark.rule("P5", "P6")
def test_a_product_from_the_first_page_to_the_catalogue_and_its_second_version() -> None:
    provider = make.approved()
    mine = client(provider.account)
    product = begin(provider)
    pk = product.pk
    page = text(mine.get(url("edit_product", pk)))
    assert "缺少" in page and "服务概述" in page and "已齐 0 套" in page
    assert not inline_parts(page)

    section = {**INTRODUCTION, "cities": [provider.city_id]}
    answer = mine.post(url("section", pk, "introduction"), section)
    assert answer["Location"].endswith("#section-introduction")
    mine.post(url("section", pk, "basis"), MARKET)
    refused = mine.post(url("submit_product", pk), follow=True)
    assert "产品资料还不完整" in text(refused)
    for slot in SLOTS:
        answer = mine.post(url("evidence", pk), {"slot": slot, "file": scans.sent()})
        assert answer["Location"].endswith(f"#slot-{slot.replace(':', '-')}")
    page = text(mine.get(url("edit_product", pk)))
    assert "缺少" not in page and "提交审核" in page
    assert "企业管理诊断报告" in text(mine.get(url("preview", pk)))
    mine.post(url("submit_product", pk))
    version = product.versions.get()
    assert version.state == ProductState.IN_REVIEW
    assert version.basis == {
        "comparisons": [
            {"provider": "甲公司", "price": "21000"},
            {"provider": "乙公司", "price": "22000"},
        ]
    }
    assert mine.get(url("edit_product", pk))["Location"] == url("product", pk)
    assert "正在审核" in text(mine.get(url("product", pk)))
    late = mine.post(url("section", pk, "name"), {"name": "晚了", "service_type": "管理"})
    assert late["Location"] == url("product", pk)
    version.refresh_from_db()
    assert version.name == "企业管理诊断报告"

    publish_version(by=make.reviewer(provider), at=AT, version=version)
    mine.post(url("next_version", pk))
    assert product.versions.count() == 2
    assert "在售版本继续有效" in text(mine.get(url("edit_product", pk)))
    mine.post(url("section", pk, "price"), {"price_kind": "fixed", "price_min": "25000"})
    public = text(Client().get(reverse("catalogue:product", args=[pk])))
    assert "20,000 元" in public and "25,000 元" not in public
    page = text(mine.get(url("version", pk, 2)))
    assert "与第 1 版相比" in page and "<del>" in page and "<ins>" in page
    assert "两版内容相同" not in page

    mine.post(url("discard", pk))
    assert "已有订单不受影响" in text(mine.get(url("withdraw", pk)))
    mine.post(url("withdraw", pk), {"reason": ""})
    states = set(product.versions.values_list("state", flat=True))
    assert states == {ProductState.WITHDRAWN}
    assert "已经下架" in text(mine.get(url("withdraw", pk)))
    assert Client().get(reverse("catalogue:product", args=[pk])).status_code == 404


# --- saved by itself -----------------------------------------------------------------------


@pytest.mark.rule("P5")
def test_a_section_saves_itself_and_answers_with_the_check_list_only() -> None:
    product = begin(make.approved())
    mine = client(product.provider.account)
    address = url("section", product.pk, "introduction")
    page = text(mine.post(address, {"overview": "概述写了一半"}, **HTMX))
    assert "已自动保存" in page and 'id="checks"' in page and "hx-swap-oob" in page
    # The fields themselves are not sent back, so nothing typed meanwhile is lost.
    assert "<textarea" not in page
    assert product.versions.get().overview == "概述写了一半"
    assert not inline_parts(page)


@pytest.mark.rule("P5")
def test_what_cannot_be_saved_is_said_and_the_stored_draft_stands() -> None:
    product = begin(make.approved())
    mine = client(product.provider.account)
    wrong = {"price_kind": "range", "price_min": "20000", "price_max": "10000"}
    page = text(mine.post(url("section", product.pk, "price"), wrong, **HTMX))
    assert "还没有保存" in page and "最高价格应高于最低价格" in page and "#id_price_max" in page
    page = text(mine.post(url("section", product.pk, "price"), wrong))
    assert "最高价格应高于最低价格" in page and 'value="10000"' in page
    page = text(mine.post(url("section", product.pk, "name"), {"name": "", "service_type": "管理"}))
    assert "field--wrong" in page
    version = product.versions.get()
    assert (version.name, version.price_kind) == ("企业管理诊断报告", "fixed")
    assert mine.post(url("section", product.pk, "qualification"), {}).status_code == 404
    assert mine.post(url("section", product.pk, "nothing"), {}).status_code == 404


def test_saving_what_is_already_saved_leaves_no_trace_in_the_audit() -> None:
    product = begin(make.approved())
    mine = client(product.provider.account)
    same = {"name": "企业管理诊断报告", "service_type": "管理"}
    mine.post(url("section", product.pk, "name"), same, **HTMX)
    assert not AuditEntry.objects.filter(action="amend_draft").exists()
    mine.post(url("section", product.pk, "name"), {**same, "name": "新名"}, **HTMX)
    entry = AuditEntry.objects.get(action="amend_draft")
    assert entry.details["changed"] == ["name"]


@pytest.mark.rule("P5")
def test_changing_ones_mind_about_price_and_basis_loses_nothing_until_submission() -> None:
    provider = make.approved()
    version = make.complete_draft(provider)
    by = make.owner(provider)

    def amend(**changes):
        return amend_draft(by=by, at=AT, version=version, **changes)

    amend(
        price_kind="range",
        price_min=Decimal(10000),
        price_max=Decimal(30000),
        tiers=[(Decimal(30000), "全面"), (Decimal(10000), "专项")],
    )
    amend(price_kind="fixed", price_min=Decimal(20000), price_max=None)
    amend(price_basis="costing", basis={"cost": "15000", "profit": "4000", "tax": "1000"})
    version.refresh_from_db()
    assert version.tiers.count() == 2 and len(version.basis["comparisons"]) == 2
    page = text(client(provider.account).get(url("edit_product", version.product_id)))
    assert "甲咨询公司" in page and "全面" in page
    client(provider.account).post(url("submit_product", version.product_id))
    version.refresh_from_db()
    assert version.state == ProductState.IN_REVIEW
    assert version.basis == {"cost": "15000", "profit": "4000", "tax": "1000"}
    assert not version.tiers.exists()


@pytest.mark.rule("P5")
def test_price_rows_come_back_as_typed_and_are_kept_in_order_of_price() -> None:
    product = begin(make.approved(), price_kind="range", price_max="30000")
    mine = client(product.provider.account)
    price = {"price_kind": "range", "price_min": "20000", "price_max": "30000"}
    address = url("section", product.pk, "price")
    wrong = text(mine.post(address, {**price, "buys_7": "没有价格"}))
    assert "请填写第 7 档的价格" in wrong and "没有价格" in wrong
    many = {f"price_{row}": "20001" for row in range(1, 40)}
    assert mine.post(address, {**price, **many}).status_code == 302
    assert product.versions.get().tiers.count() == 20
    mine.post(
        address, {**price, "price_1": "30000", "buys_1": "全面", "price_9": "20000", "buys_9": ""}
    )
    tiers = [(tier.price, tier.buys) for tier in product.versions.get().tiers.all()]
    assert tiers == [(Decimal(20000), ""), (Decimal(30000), "全面")]
    page = text(mine.get(url("edit_product", product.pk)))
    assert "20,000 元价格档的服务内容" in page


@pytest.mark.rule("P4", "P3")
def test_the_form_offers_accredited_types_and_served_cities_only() -> None:
    local = make.approved(make.accreditation(service_types=["财税"]))
    page = text(client(local.account).get(url("new_product")))
    assert "财税" in page and "工业设计" not in page
    answer = client(local.account).post(url("new_product"), started(service_type="管理"))
    assert answer.status_code == 200 and not Product.objects.exists()
    product = begin(local, service_type="财税")
    mine = client(local.account)
    assert "珠海" not in text(mine.get(url("edit_product", product.pk)))
    beyond = {**INTRODUCTION, "cities": [build.city("zhuhai").pk]}
    page = text(mine.post(url("section", product.pk, "introduction"), beyond, **HTMX))
    assert "还没有保存" in page
    wide = make.approved(make.accreditation(level=Level.PROVINCIAL))
    product = begin(wide)
    assert "珠海" in text(client(wide.account).get(url("edit_product", product.pk)))


def test_a_provider_without_service_types_is_told_before_it_types() -> None:
    provider = make.approved(make.accreditation(service_types=[]))
    assert "没有认定的服务类型" in text(client(provider.account).get(url("new_product")))


# --- files ---------------------------------------------------------------------------------


@pytest.mark.rule("P5")
def test_each_kind_of_service_names_what_the_manual_asks_of_it() -> None:
    product = begin(make.approved(), delivery_kind="report")
    mine = client(product.provider.account)
    assert "完整报告，或体现报告价值的内容节选" in text(mine.get(url("edit_product", product.pk)))
    page = text(
        mine.post(url("section", product.pk, "history"), {"delivery_kind": "system"}, **HTMX)
    )
    assert 'id="history-files"' in page and "界面截图" in page and "验收" in page
    assert "体现报告价值" not in page


@pytest.mark.rule("P5")
def test_a_range_asks_for_three_sets_and_says_how_many_are_there() -> None:
    provider = make.approved()
    version = make.complete_draft(provider)
    mine = client(provider.account)
    address = url("section", version.product_id, "price")
    assert "已齐 1 套，需要 1 套" in text(mine.get(url("edit_product", version.product_id)))
    wide = {"price_kind": "range", "price_min": "20000", "price_max": "30000"}
    page = text(mine.post(address, wide, **HTMX))
    assert "已齐 1 套，需要 3 至 5 套" in page


def test_a_refused_file_says_why_at_its_place() -> None:
    product = begin(make.approved())
    mine = client(product.provider.account)
    page = text(
        mine.post(
            url("evidence", product.pk), {"slot": "contract:1", "file": scans.sent("合同.exe")}
        )
    )
    place = page[page.index('id="slot-contract-1"') :]
    assert "扩展名" in place[: place.index("slot-invoice-1")]
    empty = text(mine.post(url("evidence", product.pk), {"slot": "contract:1"}))
    assert "data-focus" in empty
    odd = mine.post(url("evidence", product.pk), {"slot": "x", "file": scans.sent()}, follow=True)
    assert "材料没有保存" in text(odd)
    assert not product.versions.get().evidence.exists()


@pytest.mark.rule("P6")
def test_reasons_stand_at_the_section_they_belong_to_and_files_can_be_removed() -> None:
    provider = make.approved()
    version = make.in_review(provider)
    send_back_version(
        by=make.reviewer(provider), at=AT, version=version, item_reasons={"history": "合同缺页"}
    )
    mine = client(provider.account)
    page = text(mine.get(url("edit_product", version.product_id)))
    assert page.count("合同缺页") == 1
    assert page.index('id="section-history"') < page.index("合同缺页")
    assert "合同缺页" in text(mine.get(url("product", version.product_id)))
    assert "被退回修改" in text(mine.get(url("home")))
    item = version.evidence.get(kind="contract")
    mine.post(url("remove_evidence", version.product_id, item.pk))
    assert not version.evidence.filter(kind="contract").exists()


# --- versions and copies -------------------------------------------------------------------


@pytest.mark.rule("P6")
def test_a_copy_is_a_new_draft_without_the_history_of_the_other_product() -> None:
    provider = make.approved()
    version = make.published(provider)
    answer = client(provider.account).post(url("copy_product", version.product_id))
    copied = Product.objects.latest("pk")
    assert answer["Location"] == url("edit_product", copied.pk)
    draft = copied.versions.get()
    assert draft.state == ProductState.DRAFT and draft.name == "企业管理诊断报告（副本）"
    assert set(draft.evidence.values_list("kind", flat=True)) == {"qualification"}
    assert list(draft.cities.all()) == list(version.cities.all())
    again = copy_product(by=make.owner(provider), at=AT, product=copied)
    assert again.name == "企业管理诊断报告（副本）"
    long = make.published(provider, name="长" * 80)
    assert len(copy_product(by=make.owner(provider), at=AT, product=long.product).name) == 80


@pytest.mark.rule("P6")
def test_one_version_is_open_at_a_time_and_only_for_its_owner() -> None:
    provider, stranger = make.approved(), make.approved()
    version = make.published(provider)
    with pytest.raises(OutOfReach):
        begin_next_version(by=make.owner(stranger), at=AT, product=version.product)
    with pytest.raises(OutOfReach):
        copy_product(by=make.owner(stranger), at=AT, product=version.product)
    made = begin_next_version(by=make.owner(provider), at=AT, product=version.product)
    assert made.evidence.count() == version.evidence.count()
    with pytest.raises(OutOfReach):
        amend_draft(by=make.owner(stranger), at=AT, version=made, name="别人的")
    with pytest.raises(Refusal):
        begin_next_version(by=make.owner(provider), at=AT, product=version.product)
    again = client(provider.account).post(url("next_version", version.product_id), follow=True)
    assert "已有一个版本" in text(again)
    with pytest.raises(Refusal):
        amend_draft(by=make.owner(provider), at=AT, version=version, name="在售的")


@pytest.mark.rule("P6")
def test_the_difference_between_versions_names_texts_prices_and_files() -> None:
    provider = make.approved()
    version = make.published(provider)
    made = begin_next_version(by=make.owner(provider), at=AT, product=version.product)
    mine = client(provider.account)
    assert "两版内容相同" in text(mine.get(url("version", version.product_id, 2)))
    amend_draft(
        by=make.owner(provider),
        at=AT,
        version=made,
        overview="对企业财务现状进行诊断。",
        price_kind="range",
        price_max=Decimal(30000),
    )
    set_price_tiers(by=make.owner(provider), at=AT, version=made, tiers=[(Decimal(20000), "专项")])
    make.attach(made, "price_basis")
    page = text(mine.get(url("version", version.product_id, 2)))
    assert "<del>管理</del>" in page and "<ins>财务</ins>" in page
    for words in ("价格档", "专项", "定价依据证明"):
        assert words in page
    assert mine.get(url("version", version.product_id, 3)).status_code == 404


@pytest.mark.rule("P6")
def test_the_preview_keeps_own_costing_from_the_public() -> None:
    provider = make.approved()
    version = make.draft(
        provider, price_basis="costing", basis={"cost": "13131", "profit": "1", "tax": "1"}
    )
    page = text(client(provider.account).get(url("preview", version.product_id)))
    assert "预览，尚未发布" in page and "13,131" not in page


# --- the list ------------------------------------------------------------------------------


def test_the_list_is_filtered_by_state_and_name_and_paged() -> None:
    provider = make.approved()
    make.published(provider, name="在售的产品")
    make.in_review(provider, name="审核的产品")
    for place in range(20):
        make.draft(provider, name=f"草稿{place:02d}")
    mine = client(provider.account)
    first = text(mine.get(url("products")))
    assert "草稿19" in first and "在售的产品" not in first
    assert "在售的产品" in text(mine.get(url("products"), {"page": 2}))
    on_sale = text(mine.get(url("products"), {"state": "on_sale"}))
    assert "在售的产品" in on_sale and "草稿19" not in on_sale
    found = text(mine.get(url("products"), {"text": "审核", "state": "in_review"}))
    assert "审核的产品" in found
    assert "没有符合条件" in text(mine.get(url("products"), {"text": "没有这个"}))
    # What makes no sense filters nothing.
    assert "草稿19" in text(mine.get(url("products"), {"state": "x", "page": "y"}))
    other = make.approved()
    assert "还没有服务产品" in text(client(other.account).get(url("products")))


def test_list_and_form_take_the_same_queries_for_one_row_and_many() -> None:
    provider = make.approved()
    version = make.complete_draft(provider)
    mine = client(provider.account)

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert mine.get(address).status_code == 200
        return len(queries)

    addresses = [
        url("products"),
        url("edit_product", version.product_id),
        url("product", version.product_id),
        url("preview", version.product_id),
    ]
    mine.get(addresses[0])
    one = [asked(address) for address in addresses]
    for _ in range(4):
        make.draft(provider)
    for number in (2, 3, 4, 5):
        make.attach_set(version, number)
    assert [asked(address) for address in addresses] == one
    assert max(one) < 25
