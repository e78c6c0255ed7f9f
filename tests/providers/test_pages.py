"""The provider's pages and the public catalogue: each address, each step, and who may open them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from urllib.parse import unquote

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.moments import moment
from foundation.rosters.models import Level
from providers.models import Product, Provider
from providers.operations import (
    approve_provider,
    publish_version,
    refuse_provider,
    send_back_provider,
    send_back_version,
)
from providers.states import ProductState, ProviderState
from tests import build
from tests.pdfs import HOSTILE, flat, words
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT, LATER = make.AT, make.LATER
PAGES = [
    "home",
    "register",
    "details",
    "materials",
    "commitment",
    "commitment_pdf",
    "change",
    "products",
    "new_product",
]
POSTED = ["submit", "renew"]


def left(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """Stands for the orders floor."""
    return Decimal(12345)


def nothing_left(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """Stands for the orders floor."""
    return Decimal(0)


def rating(product_id: int) -> tuple[Decimal | None, int]:
    """Stands for the orders floor."""
    return Decimal("4.5"), 8


def no_rating(product_id: int) -> tuple[Decimal | None, int]:
    """Stands for the orders floor."""
    return None, 0


@pytest.fixture(autouse=True)
def _upper_floor(settings) -> None:
    settings.ACCEPTANCE_QUERY = "tests.providers.test_pages.left"
    settings.RATINGS_QUERY = "tests.providers.test_pages.rating"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def url(name: str, *args) -> str:
    return reverse(f"providers:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def posted(**changes) -> dict:
    """A complete draft as a browser sends it."""
    return {
        "name": "企业管理诊断报告",
        "service_type": "管理",
        "cities": [build.city().pk],
        "target_sizes": ["small"],
        "overview": "概述",
        "process": "流程",
        "cycle": "三十天",
        "results": "成果",
        "acceptance": "验收",
        "price_kind": "fixed",
        "price_min": "20000",
        "price_basis": "market",
        "compared_1": "甲公司",
        "compared_price_1": "21000",
        "compared_2": "乙公司",
        "compared_price_2": "22000",
        "delivery_kind": "report",
        **changes,
    }


# --- who may open what --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PAGES, *POSTED])
def test_strangers_sign_in_and_other_roles_find_nothing(name: str) -> None:
    response = Client().get(url(name))
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")
    for role in Role:
        if role != Role.PROVIDER:
            extra = {"district": build.district()} if role == Role.DISTRICT else {}
            assert client(build.account(role, **extra)).get(url(name)).status_code == 404


def test_before_registration_only_home_and_registration_open() -> None:
    mine = client(build.account(Role.PROVIDER))
    opened = [name for name in PAGES if mine.get(url(name)).status_code == 200]
    assert opened == ["home", "register"]


def test_another_providers_product_is_not_found() -> None:
    version = make.in_review(make.approved())
    theirs = client(make.approved().account)
    pk = version.product_id
    for name in ("product", "edit_product"):
        assert theirs.get(url(name, pk)).status_code == 404
    for name in ("tiers", "evidence", "submit_product", "discard", "withdraw"):
        assert theirs.post(url(name, pk), posted()).status_code == 404
    item = version.evidence.first()
    assert theirs.post(url("remove_evidence", pk, item.pk)).status_code == 404
    assert version.evidence.filter(pk=item.pk).exists()


# --- registration -------------------------------------------------------------------------------


@pytest.mark.rule("P1")
def test_registration_begins_with_the_name_and_stops_saying_why() -> None:
    mine = client(build.account(Role.PROVIDER))
    page = mine.get(url("register"), {"name": "没有的机构"})
    assert page.status_code == 200
    assert "名录中没有该机构" in text(page)
    assert "法定代表人" not in text(page)


@pytest.mark.rule("P1", "P2")
def test_the_whole_way_from_the_name_to_submission() -> None:
    listed = make.accreditation("广州测试平台")
    user = build.account(Role.PROVIDER)
    mine = client(user)
    there = f"{url('register')}?name=广州测试平台"
    page = mine.get(there)
    assert "第 2 步" in text(page)
    assert "技术培训" in text(page)

    data = {**make.details(), "credit_code": build.credit_code()}
    assert "与服务机构名录登记的不一致" in text(mine.post(there, data))
    answer = mine.post(there, {**data, "credit_code": listed.credit_code})
    assert answer["Location"] == url("materials")
    assert mine.get(url("register"))["Location"] == url("home")

    assert "请上传营业执照副本" in text(mine.get(url("materials")))
    wrong = mine.post(
        url("material", "commitment"), {"file": make.scan(), "committed_on": "2019-12-31"}
    )
    assert "2020 年内" in text(wrong)
    mine.post(url("material", "commitment"), {"file": make.scan(), "committed_on": "2020-04-01"})
    refused = mine.post(url("material", "licence"), {"file": make.scan("执照.exe")})
    assert "扩展名" in text(refused)
    mine.post(url("material", "licence"), {"file": make.scan("执照.pdf")})
    assert "材料已齐" in text(mine.get(url("materials")))
    assert mine.post(url("submit"))["Location"] == url("home")

    provider = Provider.objects.get(account=user)
    assert provider.state == ProviderState.SUBMITTED
    assert "正在核对" in text(mine.get(url("home")))
    assert mine.get(url("material", "nothing")).status_code == 404


@pytest.mark.rule("P2")
def test_submission_that_is_not_complete_says_so_on_the_page() -> None:
    provider = make.registered()
    page = client(provider.account).post(url("submit"), follow=True)
    assert "资料还不完整" in text(page)


@pytest.mark.rule("P2")
def test_the_printed_commitment_is_filled_in() -> None:
    provider = make.registered()
    page = text(client(provider.account).get(url("commitment")))
    for word in (provider.name, provider.credit_code, provider.contact, "2020 年度", "盖章"):
        assert word in page


@pytest.mark.rule("P2")
def test_the_commitment_is_a_pdf_with_the_same_words_as_the_page() -> None:
    provider = make.registered()
    Provider.objects.filter(pk=provider.pk).update(name=HOSTILE)
    mine = client(provider.account)
    letter = mine.get(url("commitment")).context["letter"]
    answer = mine.get(url("commitment_pdf"))
    said = words(answer.content)
    for sentence in (*letter.paragraphs, letter.contact):
        assert flat("".join(part.text for part in sentence)) in said
    for word in (HOSTILE, provider.credit_code, provider.contact_mobile, *letter.signatures):
        assert flat(word) in said
    assert "服务机构承诺书.pdf" in unquote(answer["Content-Disposition"])
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.rule("P2")
def test_reasons_of_a_send_back_are_shown_and_data_can_be_amended() -> None:
    provider = make.submitted()
    send_back_provider(
        by=make.reviewer(provider),
        at=AT,
        provider=provider,
        item_reasons={"contact": "手机无人接听"},
    )
    mine = client(provider.account)
    for name in ("home", "details", "materials"):
        assert "手机无人接听" in text(mine.get(url(name)))
    data = {**make.details(contact="周八"), "name": provider.name}
    assert mine.post(url("details"), data)["Location"] == url("home")
    provider.refresh_from_db()
    assert provider.contact == "周八"


def test_what_is_locked_says_why() -> None:
    provider = make.submitted()
    mine = client(provider.account)
    for name, args in (("details", ()), ("materials", ()), ("material", ("licence",))):
        assert "正在核对" in text(mine.get(url(name, *args)))
    assert "直接修改注册资料" in text(mine.get(url("change")))


@pytest.mark.rule("P2")
def test_a_refused_provider_sees_the_reason_and_starts_anew() -> None:
    provider = make.submitted()
    refuse_provider(by=make.reviewer(provider), at=AT, provider=provider, reason="资料不实")
    mine = client(provider.account)
    assert "资料不实" in text(mine.get(url("home")))
    mine.post(url("renew"))
    provider.refresh_from_db()
    assert provider.state == ProviderState.DRAFT


@pytest.mark.rule("P2")
def test_in_the_new_year_the_home_page_asks_for_renewal() -> None:
    provider = make.approved()
    assert "可以发布服务产品" in text(client(provider.account).get(url("home")))
    with time_machine.travel(moment(date(2021, 1, 4), 9), tick=False):
        mine = client(provider.account)
        page = text(mine.get(url("home")))
        assert "办理年度续期" in page and "2021 年度" in page
        mine.post(url("renew"))
    provider.refresh_from_db()
    assert provider.state == ProviderState.DRAFT


@pytest.mark.rule("P2", "F5")
def test_a_change_is_asked_for_and_listed_with_masks() -> None:
    provider = make.approved()
    mine = client(provider.account)
    contact_id = build.id_number()
    data = {"contact": "周八", "contact_id": contact_id, "contact_mobile": "13800001111"}
    assert "至少上传一份证明材料" in text(mine.post(url("change"), data))
    answer = mine.post(
        url("change"), {**data, "authorisation": make.scan(), "licence": make.scan()}
    )
    assert answer["Location"] == url("change")

    page = text(mine.get(url("change")))
    assert "周八" in page and "138****1111" in page
    assert contact_id not in page and "13800001111" not in page
    assert "正在审核" in page
    assert provider.change_requests.get().materials.count() == 2


def test_no_page_shows_personal_data_in_clear() -> None:
    provider = make.approved()
    mine = client(provider.account)
    for name in ("home", "change", "materials"):
        page = text(mine.get(url(name)))
        assert provider.contact_mobile not in page
        assert provider.contact_id not in page


# --- products -----------------------------------------------------------------------------------


@pytest.mark.rule("P5", "P6")
def test_a_product_from_the_first_draft_to_the_catalogue_and_its_second_version() -> None:
    provider = make.approved()
    mine = client(provider.account)
    answer = mine.post(url("new_product"), posted())
    product = Product.objects.get()
    assert answer["Location"] == url("product", product.pk)
    page = text(mine.get(url("product", product.pk)))
    assert "缺少：服务资质证明" in page
    assert "现有完整 0 套" in page

    refused = mine.post(url("submit_product", product.pk), follow=True)
    assert "产品资料还不完整" in text(refused)
    for slot in ("qualification:0", "report:0", "contract:1", "invoice:1", "result:1"):
        mine.post(url("evidence", product.pk), {"slot": slot, "file": make.scan()})
    page = text(mine.get(url("product", product.pk)))
    assert "缺少" not in page.replace("：缺少</span>", "")
    mine.post(url("submit_product", product.pk))
    version = product.versions.get()
    assert version.state == ProductState.IN_REVIEW
    assert "正在审核" in text(mine.get(url("edit_product", product.pk)))
    assert "正在审核" in text(mine.post(url("edit_product", product.pk), posted()))

    publish_version(by=make.reviewer(provider), at=AT, version=version)
    edit = text(mine.get(url("edit_product", product.pk)))
    assert "在售版本继续有效" in edit and "甲公司" in edit
    mine.post(url("edit_product", product.pk), posted(price_min="25000"))
    assert product.versions.count() == 2
    public = text(Client().get(reverse("catalogue:product", args=[product.pk])))
    assert "20,000 元" in public and "25,000 元" not in public

    mine.post(url("discard", product.pk))
    mine.post(url("withdraw", product.pk), {"reason": ""})
    states = list(product.versions.order_by("version").values_list("state", flat=True))
    assert states == [ProductState.WITHDRAWN, ProductState.WITHDRAWN]
    assert "已下架" in text(mine.get(url("product", product.pk)))
    assert Client().get(reverse("catalogue:product", args=[product.pk])).status_code == 404


@pytest.mark.rule("P5")
def test_price_tiers_on_the_page() -> None:
    provider = make.approved()
    mine = client(provider.account)
    mine.post(url("new_product"), posted(price_kind="range", price_max="30000"))
    product = Product.objects.get()
    wrong = mine.post(url("tiers", product.pk), {"buys_1": "没有价格"})
    assert "请填写第 1 档的价格" in text(wrong)
    outside = mine.post(url("tiers", product.pk), {"price_1": "1", "buys_1": "太便宜"})
    assert "第 1 档价格应在" in text(outside)
    mine.post(
        url("tiers", product.pk),
        {"price_1": "30000", "buys_1": "全面", "price_3": "20000", "buys_3": "专项"},
    )
    assert [tier.buys for tier in product.versions.get().tiers.all()] == ["专项", "全面"]
    assert "全面" in text(mine.get(url("product", product.pk)))


@pytest.mark.rule("P4")
def test_the_form_offers_accredited_types_and_served_cities_only() -> None:
    local = make.approved(make.accreditation(service_types=["财税"]))
    page = text(client(local.account).get(url("new_product")))
    assert "财税" in page and "工业设计" not in page
    assert "珠海" not in page
    wide = make.approved(make.accreditation(level=Level.PROVINCIAL))
    assert "珠海" in text(client(wide.account).get(url("new_product")))
    answer = client(local.account).post(url("new_product"), posted(service_type="管理"))
    assert answer.status_code == 200
    assert not Product.objects.exists()


@pytest.mark.rule("P6")
def test_reasons_of_a_version_are_shown_and_evidence_can_be_removed() -> None:
    provider = make.approved()
    version = make.in_review(provider)
    send_back_version(
        by=make.reviewer(provider), at=AT, version=version, item_reasons={"history": "合同缺页"}
    )
    mine = client(provider.account)
    page = text(mine.get(url("product", version.product_id)))
    assert page.count("合同缺页") == 2
    item = version.evidence.get(kind="contract")
    mine.post(url("remove_evidence", version.product_id, item.pk))
    assert not version.evidence.filter(kind="contract").exists()
    assert "企业管理诊断报告" in text(mine.get(url("products")))


def test_acts_are_posted() -> None:
    version = make.complete_draft(make.approved())
    mine = client(version.product.provider.account)
    for name in POSTED:
        assert mine.get(url(name)).status_code == 405
    for name in ("submit_product", "discard"):
        assert mine.get(url(name, version.product_id)).status_code == 405


# --- the public catalogue -----------------------------------------------------------------------


def _catalogue(**filters) -> str:
    return text(Client().get(reverse("catalogue:list"), filters))


def test_the_catalogue_is_public_filtered_and_paged() -> None:
    provider = make.approved()
    for place in range(21):
        make.published(provider, name=f"产品编号{place:02d}")
    first = _catalogue()
    assert "产品编号20" in first and "产品编号00" not in first
    assert "共 21 个产品" in first
    assert "产品编号00" in _catalogue(page="2")
    assert "产品编号00" in _catalogue(text="编号00")
    assert "没有符合条件" in _catalogue(category="training")
    assert "没有符合条件" in _catalogue(city=build.city("zhuhai").pk)
    # What makes no sense filters nothing, and breaks nothing.
    assert "共 21 个产品" in _catalogue(city="x", category="y", price_from="z", page="w")


@pytest.mark.rule("P7")
def test_a_product_page_shows_whether_and_how_much_can_still_be_accepted(settings) -> None:
    provider = make.approved()
    version = make.published(provider)
    there = reverse("catalogue:product", args=[version.product_id])

    page = text(Client().get(there))
    assert "可以收券" in page and "12,345 元" in page
    assert "评分 4.5 / 5（8 条评价）" in page
    elsewhere = text(Client().get(there, {"city": build.city("zhuhai").pk}))
    assert "不能收券" in elsewhere and "只接收广州市企业" in elsewhere
    settings.ACCEPTANCE_QUERY = "tests.providers.test_pages.nothing_left"
    settings.RATINGS_QUERY = "tests.providers.test_pages.no_rating"
    page = text(Client().get(there))
    assert "暂无收券额度" in page and "还没有评价" in page
    with time_machine.travel(moment(date(2021, 1, 4), 9), tick=False):
        assert "承诺书不是 2021 年度的" in text(Client().get(there))


@pytest.mark.rule("P7")
def test_an_enterprise_sees_its_own_city_and_may_order(settings) -> None:
    provider = make.approved(make.accreditation(level=Level.PROVINCIAL))
    version = make.published(provider, cities=[build.city(), build.city("zhuhai")])
    there = reverse("catalogue:product", args=[version.product_id])
    buyer = build.enterprise(of=build.city("zhuhai"))

    page = text(client(buyer.account).get(there))
    assert "珠海市本年度还可收券" in page
    assert reverse("orders:place", args=[version.pk]) in page
    assert reverse("orders:place", args=[version.pk]) not in text(Client().get(there))
    narrow = make.published(provider)
    page = text(client(buyer.account).get(reverse("catalogue:product", args=[narrow.product_id])))
    assert "服务区域不包括珠海市" in page


def test_a_providers_public_page_shows_what_is_public() -> None:
    provider = make.approved()
    version = make.published(provider)
    page = text(Client().get(reverse("catalogue:provider", args=[provider.pk])))
    assert provider.name in page and version.name in page
    for secret in (
        provider.contact_mobile,
        provider.contact_id,
        provider.legal_representative_id,
        provider.bank_account,
        provider.contact,
    ):
        assert secret not in page
    waiting = make.submitted()
    assert Client().get(reverse("catalogue:provider", args=[waiting.pk])).status_code == 404
    approve_provider(by=make.reviewer(waiting), at=AT, provider=waiting)
    assert Client().get(reverse("catalogue:provider", args=[waiting.pk])).status_code == 200


def test_own_costing_is_not_shown_to_the_public() -> None:
    version = make.published(
        make.approved(),
        price_basis="costing",
        basis={"cost": "13131", "profit": "100", "tax": "6"},
    )
    page = text(Client().get(reverse("catalogue:product", args=[version.product_id])))
    assert "企业内部定价依据" in page
    assert "13,131" not in page
