"""The public catalogue: filters, sorting, whether a provider can still accept, ratings without persons (P5, P7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.accounts.models import User
from foundation.moments import moment
from foundation.rosters.models import Level, Measure, Sanction, Violation
from orders.catalogue.queries import shelf, without_personal_data
from orders.models import Order, ProviderAllowance, Rating
from orders.queries import left_to_accept
from providers.models import Category, PriceTier, ProductVersion
from providers.queries import can_accept
from providers.service_catalogue import SERVICE_TYPES
from providers.states import ProductState
from tests import build
from tests.markup import inline_parts
from vouchers.models import Programme, Voucher

pytestmark = pytest.mark.django_db

AT = moment(date(2020, 7, 1), 10)
LIST = "/products/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(autouse=True)
def _programme(db):
    return build.programme()


def text(response) -> str:
    return response.content.decode()


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def found(**filters) -> list[str]:
    page = Client().get(LIST, filters)
    assert page.status_code == 200
    return [row["version"].name for row in page.context["rows"]]


def rate(version: ProductVersion, *stars: int, comment: str = "服务很好", at=AT) -> None:
    """Ratings as rows: their orders are only a backdrop here."""
    voucher = Voucher.objects.select_related("enterprise").first() or build.voucher(
        of=build.batch(programme())
    )
    for number in stars:
        order = Order.objects.create(
            voucher=voucher,
            enterprise=voucher.enterprise,
            provider=version.product.provider,
            product_version=version,
            profile=voucher.enterprise.profiles.get(),
            expected_amount=Decimal(100),
            reserved=Decimal(100),
            placed_at=at,
        )
        Rating.objects.create(
            order=order,
            provider=version.product.provider,
            product=version.product,
            stars=number,
            comment=comment,
            rated_at=at,
        )


def programme() -> Programme:
    return Programme.objects.get(year=2020, city=build.city())


def use_up(provider) -> None:
    of = programme()
    cap = of.acceptance_cap
    ProviderAllowance.objects.create(programme=of, provider=provider, cap=cap, accepted=cap)


def test_it_is_public_filtered_and_paged() -> None:
    provider = build.provider()
    for place in range(19):
        build.version_on_sale(provider, name=f"产品编号{place:02d}")
    assert found()[0] == "产品编号18" and "产品编号00" not in found()
    assert found(page="2") == ["产品编号00"]
    assert found(text="编号00") == ["产品编号00"]
    assert found(category="training") == []
    assert found(service_type="财税") == []
    assert len(found(service_type="管理")) == 18
    assert found(city="zhuhai") == []
    assert "没有符合条件" in text(Client().get(LIST, {"city": "zhuhai"}))
    assert len(found(provider=str(provider.pk))) == 18
    assert found(provider=str(provider.pk + 1)) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"city": "x"},
        {"city": "9" * 5000},
        {"category": "y"},
        {"service_type": "z"},
        {"sort": "-pk"},
        {"rating": "NaN"},
        {"price_from": "1e400"},
        {"price_from": "300", "price_to": "200"},
        {"provider": "9" * 30},
        {"provider": "²"},
        {"accepting": "x" * 100},
        {"page": "-1"},
        {"page": "9" * 30},
        {"text": "字" * 61},
    ],
)
def test_what_makes_no_sense_is_said_and_filters_nothing(bad: dict[str, str]) -> None:
    build.version_on_sale(build.provider(), name="产品")
    assert found(**bad) == ["产品"]


def test_the_types_offered_are_those_of_the_category_chosen() -> None:
    page = Client().get(LIST, {"category": "training", "service_type": "管理"})
    form = page.context["form"]
    offered = [name for name, _label in form.fields["service_type"].choices]
    assert offered == ["", *SERVICE_TYPES["training"]]
    assert not form.errors and form.chosen()["service_type"] == "", "chosen for another category"
    assert "（已选 1 项）" in text(page)


def test_sorting() -> None:
    provider = build.provider()
    dear = build.version_on_sale(provider, name="贵", price=Decimal(30000))
    cheap = build.version_on_sale(provider, name="便宜", price=Decimal(10000))
    build.version_on_sale(provider, name="新", price=Decimal(20000))
    rate(dear, 3)
    rate(cheap, 5)
    assert found() == ["新", "便宜", "贵"]
    assert found(sort="price") == ["便宜", "新", "贵"]
    assert found(sort="price-down") == ["贵", "新", "便宜"]
    # What nobody has rated comes last.
    assert found(sort="rating") == ["便宜", "贵", "新"]


def test_the_least_rating() -> None:
    provider = build.provider()
    rate(build.version_on_sale(provider, name="四分"), 4, 4)
    rate(build.version_on_sale(provider, name="近四分"), 4, 4, 3)
    build.version_on_sale(provider, name="没有评价")
    assert found(rating="4") == ["四分"]
    assert set(found(rating="3")) == {"四分", "近四分"}
    assert found(rating="4.5") == []


@pytest.mark.rule("P7", "P1", "P2", "P3", "S1")
def test_who_can_still_accept_is_told_as_the_order_will_find_it() -> None:
    """The list's one reading and the checks of an order agree, for each reason there is."""
    free = build.provider(name="可以")
    full = build.provider(name="满了")
    use_up(full)
    lapsed = build.provider(name="认定过期")
    lapsed.accreditation.valid_until = date(2020, 6, 30)
    lapsed.accreditation.save()
    unsigned = build.provider(name="承诺书旧", committed_on=date(2019, 3, 1))
    barred = build.provider(name="被处理")
    bar(barred)
    wide = build.provider(name="省级", level=Level.PROVINCIAL, of=build.city("zhuhai"))
    for one in (free, full, lapsed, unsigned, barred):
        build.version_on_sale(one, name=one.name)
    build.version_on_sale(wide, name=wide.name).cities.set([build.city()])

    for version in shelf(at=AT, city=build.city()):
        provider = version.product.provider
        left = left_to_accept(provider.pk, build.city().pk, AT)
        really = not can_accept(provider, build.city().pk, AT) and left > 0
        assert bool(version.accepts) == really, provider.name
    assert set(found(accepting="on", city="guangzhou")) == {"可以", "省级"}
    # Without a city it is told for the provider's own, where the last one has no programme.
    assert found(accepting="on") == ["可以"]


@pytest.mark.rule("P7")
def test_a_raised_cap_counts_at_once() -> None:
    provider = build.provider()
    build.version_on_sale(provider, name="产品")
    use_up(provider)
    assert found(accepting="on") == []
    Programme.objects.update(provider_cap=Decimal(600_000))
    assert found(accepting="on") == ["产品"]


def bar(provider) -> None:
    violation = Violation.objects.create(
        city=build.city(),
        credit_code=provider.credit_code,
        party_name=provider.name,
        description="违规",
        reported_at=AT - timedelta(days=2),
        reported_by=build.account("contractor"),
    )
    Sanction.objects.create(
        violation=violation,
        city=build.city(),
        credit_code=provider.credit_code,
        measure=Measure.DISQUALIFICATION,
        from_at=AT - timedelta(days=1),
    )


def test_a_list_asks_the_same_for_one_and_for_many() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = Client().get(LIST)
        assert page.status_code == 200
        return len(queries)

    rate(build.version_on_sale(build.provider()), 4)
    one = asked()
    for _ in range(30):
        build.version_on_sale(build.provider())
    assert asked() == one
    assert one <= 6


def test_an_enterprise_starts_with_its_own_city() -> None:
    build.version_on_sale(build.provider(), name="广州的")
    build.version_on_sale(build.provider(of=build.city("zhuhai")), name="珠海的")
    mine = client(build.enterprise(of=build.city("zhuhai")).account)
    assert [row["version"].name for row in mine.get(LIST).context["rows"]] == ["珠海的"]
    assert len(mine.get(LIST, {"city": ""}).context["rows"]) == 2


@pytest.mark.rule("P7")
def test_a_product_page_shows_whether_and_how_much_can_still_be_accepted() -> None:
    provider = build.provider()
    there = reverse("catalogue:product", args=[build.version_on_sale(provider).product_id])
    page = text(Client().get(there))
    assert "可以收券" in page and "500,000 元" in page and "还没有评价" in page
    assert "登录后下单" in page
    elsewhere = text(Client().get(there, {"city": "zhuhai"}))
    assert "不能收券" in elsewhere and "只接收广州市企业" in elsewhere
    assert "登录后下单" not in elsewhere
    use_up(provider)
    assert "暂无收券额度" in text(Client().get(there))
    with time_machine.travel(moment(date(2021, 1, 4), 9), tick=False):
        assert "承诺书不是 2021 年度的" in text(Client().get(there))


@pytest.mark.rule("P5")
def test_a_product_page_says_all_of_it() -> None:
    version = build.version_on_sale(
        build.provider(),
        name="长" * 80,
        overview="概述甲",
        process="流程乙",
        cycle="周期丙",
        results="成果丁",
        acceptance="标准戊",
        price_kind="range",
        price_max=Decimal(50000),
        target_sizes=["micro"],
    )
    PriceTier.objects.create(version=version, position=1, price=Decimal(20000), buys="基础版")
    PriceTier.objects.create(version=version, position=2, price=Decimal(50000), buys="完整版")
    page = Client().get(reverse("catalogue:product", args=[version.product_id]))
    for words in [
        "概述甲",
        "流程乙",
        "周期丙",
        "成果丁",
        "标准戊",
        "基础版",
        "完整版",
        "市场同类产品比价",
        "甲：",
        "微型企业",
        "50,000",
    ]:
        assert words in text(page), words
    assert not inline_parts(text(page))
    assert f'rel="canonical" href="http://127.0.0.1:8000/products/{version.product_id}/"' in text(
        page
    )


@pytest.mark.rule("P5")
def test_own_costing_is_not_shown_to_the_public() -> None:
    version = build.version_on_sale(
        build.provider(),
        price_basis="costing",
        basis={"cost": "13131", "profit": "100", "tax": "6"},
    )
    page = text(Client().get(reverse("catalogue:product", args=[version.product_id])))
    assert "企业内部定价依据" in page and "13,131" not in page


@pytest.mark.rule("P3", "P7")
def test_an_enterprise_orders_in_its_own_city_only() -> None:
    build.programme(of=build.city("zhuhai"))
    wide = build.provider(level=Level.PROVINCIAL)
    version = build.version_on_sale(wide)
    version.cities.set([build.city(), build.city("zhuhai")])
    there = reverse("catalogue:product", args=[version.product_id])
    place = f'href="{reverse("orders:place", args=[version.pk])}"'
    buyer = client(build.enterprise(of=build.city("zhuhai")).account)
    page = text(buyer.get(there))
    assert "珠海市本年度还可收券" in page and place in page
    assert place not in text(Client().get(there))
    assert place not in text(buyer.get(there, {"city": "guangzhou"}))
    assert place not in text(client(wide.account).get(there))
    narrow = build.version_on_sale(wide)
    page = text(buyer.get(reverse("catalogue:product", args=[narrow.product_id])))
    assert "服务区域不包括珠海市" in page and place not in page


@pytest.mark.rule("O5")
def test_ratings_are_shown_with_their_spread_and_without_who_wrote_them() -> None:
    version = build.version_on_sale(build.provider())
    rate(version, 5, 5, 3, comment="电话 13800000000，邮箱 a.b@example.com，很好")
    page = Client().get(reverse("catalogue:product", args=[version.product_id]))
    assert page.context["spread"].average == Decimal("4.3")
    assert page.context["spread"].rows[:3] == ((5, 2, 67), (4, 0, 0), (3, 1, 33))
    assert "3 条评价" in text(page) and "很好" in text(page)
    for rating in Rating.objects.select_related("order__enterprise"):
        assert rating.order.enterprise.name not in text(page)
    assert "13800000000" not in text(page) and "example.com" not in text(page)


def test_comments_are_paged_and_the_page_asks_the_same() -> None:
    version = build.version_on_sale(build.provider())
    there = reverse("catalogue:product", args=[version.product_id])

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            Client().get(there)
        return len(queries)

    rate(version, 5)
    one = asked()
    rate(version, *[4] * 10)
    assert asked() == one
    assert len(Client().get(there, {"page": "2"}).context["comments"]) == 1
    assert Client().get(there, {"page": "x"}).status_code == 200


def test_what_is_struck_out_of_a_comment() -> None:
    assert without_personal_data("30天完成，2020年，100000元") == "30天完成，2020年，100000元"
    assert without_personal_data("身份证44010119800101001X") == "身份证＊＊＊"


@pytest.mark.rule("F5")
@pytest.mark.parametrize(
    "number",
    [
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "138 - 1234 - 5678",
        "138－1234—5678",
        "１３８　１２３４　５６７８",
        "020-8765 4321",
        "44010119800101001X",
        "440101 19800101 001X",
        "440101-1980-01-01-001 x",
        "4401 0119 8001 0100 11",
        "6222 0200 0000 0000 000",
        "someone@example.com",
    ],
)
def test_numbers_typed_in_groups_are_struck_out_and_the_words_around_them_stay(number: str) -> None:
    said = without_personal_data(f"很好 {number} 联系我，Xi 推荐")
    assert said == "很好 ＊＊＊ 联系我，Xi 推荐"
    assert without_personal_data(f"2020-07-01 {number}") == "2020-07-01 ＊＊＊"


@pytest.mark.parametrize(
    "comment",
    [
        "2020年7月1日签约，2020 年 7 月 31 日完成",
        "2020-07-01 至 2020-07-31，2020/7/1",
        "3,000 元，20,000.00 元，100000元",
        "价格 3000-5000 元，市场价20000—30000元",
        "2019-2020年都做过",
        "30 天 2 人 5 星",
    ],
)
def test_ordinary_prices_and_days_stay_readable(comment: str) -> None:
    assert without_personal_data(comment) == comment


def test_a_providers_public_page_shows_what_is_public() -> None:
    provider = build.provider()
    version = build.version_on_sale(provider)
    rate(version, 4)
    page = text(Client().get(reverse("catalogue:provider", args=[provider.pk])))
    for words in (provider.name, version.name, "市中小企业服务站", "4.0", "质量控制和技术评价"):
        assert words in page
    for secret in (
        provider.contact_mobile,
        provider.contact_id,
        provider.legal_representative_id,
        provider.bank_account,
        provider.contact,
    ):
        assert secret not in page
    waiting = build.provider(state="submitted")
    assert Client().get(reverse("catalogue:provider", args=[waiting.pk])).status_code == 404
    ProductVersion.objects.filter(pk=version.pk).update(state=ProductState.WITHDRAWN)
    page = Client().get(reverse("catalogue:provider", args=[provider.pk]))
    assert "目前没有在售产品" in text(page)
    there = reverse("catalogue:product", args=[version.product_id])
    assert Client().get(there).status_code == 404
    assert Category.TRAINING.label in text(Client().get(LIST))
