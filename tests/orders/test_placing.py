"""Placing an order and the provider's answer (O1, O2, P1, P3, P4, P6, P7, S1, V1, V4)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from enterprises.models import Profile
from enterprises.states import QualificationState
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.moments import local_day
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from foundation.regions.models import City
from foundation.rosters.models import Accreditation, Level, RelatedParty
from orders.models import Order, ProviderAllowance
from orders.operations.cancelling import (
    agree_cancellation,
    ask_cancellation,
    cancel_order,
    withdraw_cancellation,
)
from orders.operations.placing import decline_order
from orders.policies.contracts import Affiliated
from orders.policies.ordering import (
    AllowanceExceeded,
    OrderLapsed,
    UnableToCancel,
    UnableToOrder,
    UnderSanction,
)
from orders.queries import left_to_accept, room_in
from orders.states import OrderState
from providers.models import PriceTier, Provider
from providers.operations import amend_provider, renew_provider
from tests import build
from tests.orders import build as orders
from tests.providers import build as make

pytestmark = pytest.mark.django_db


@pytest.mark.rule("O1", "P7", "V2", "N2")
def test_an_order_reserves_voucher_and_allowance_and_tells_the_provider():
    scene = orders.scene()
    order = scene.place(5000)
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.reserved) == (15000, 5000)
    assert (scene.allowance().reserved, scene.allowance().accepted) == (5000, 0)
    assert order.profile == scene.enterprise.profiles.get()
    entry = AuditEntry.objects.get(action="place_order")
    assert (entry.to_state, entry.subject_id) == (OrderState.PLACED, order.pk)
    message = Message.objects.get(recipient=scene.provider.account, event="order_placed")
    assert message.params["order"] == order.number
    orders.assert_books_balance(scene)


@pytest.mark.rule("O1", "V1")
def test_only_the_vouchers_own_enterprise_orders_with_it():
    scene = orders.scene()
    for stranger in (
        build.enterprise().account,
        scene.provider.account,
        build.account("contractor"),
    ):
        with pytest.raises(OutOfReach):
            scene.place(by=build.actor(stranger))
    with pytest.raises(OutOfReach):
        scene.place(by=build.Actor())
    assert not Order.objects.exists()


@pytest.mark.rule("O1", "V4")
def test_the_last_moment_of_the_window_is_in_time_and_one_microsecond_later_is_not():
    scene = orders.scene()
    assert scene.voucher.batch.usage_ends_at == orders.WINDOW_ENDS
    scene.place(at=orders.WINDOW_ENDS)
    with pytest.raises(UnableToOrder, match="使用期限已于 2020年7月28日"):
        scene.place(at=orders.WINDOW_ENDS + orders.MICROSECOND)


@pytest.mark.rule("O1")
@pytest.mark.parametrize(
    ("amount", "allowed"),
    [
        ("20000", True),
        ("20001", False),
        ("1", True),
        ("0", False),
        ("-5", False),
        ("100.50", False),
    ],
)
def test_the_amount_is_whole_yuan_within_the_free_balance(amount, allowed):
    scene = orders.scene()
    sentence = orders.refused(scene.place, amount)
    assert (sentence == "") is allowed
    if not allowed:
        orders.assert_books_balance_of_voucher(scene.voucher)


@pytest.mark.rule("O1")
def test_two_orders_share_one_balance():
    scene = orders.scene()
    scene.place(15000)
    with pytest.raises(UnableToOrder, match="可用余额 5,000 元"):
        scene.place(5001)
    scene.place(5000)
    assert scene.fresh().voucher.free == 0


@pytest.mark.rule("P7")
def test_reserved_and_accepted_never_pass_the_provider_cap():
    scene = orders.scene(provider_cap=Decimal(12000))
    scene.place(7000)
    assert left_to_accept(scene.provider.pk, build.city().pk, orders.PLACED) == 5000
    with pytest.raises(AllowanceExceeded, match="还可收券 5,000 元") as refusal:
        scene.place(5001)
    assert (refusal.value.rule, refusal.value.field) == ("P7", "expected_amount")
    scene.place(5000)
    assert room_in(scene.provider.pk, scene.programme).left == 0
    orders.assert_books_balance(scene)


@pytest.mark.rule("P7")
def test_the_cap_is_the_lower_of_the_two_and_rounded_down():
    scene = orders.scene(total_amount=Decimal(2_000_005), provider_share=Decimal("0.0025"))
    # A quarter per cent of 2,000,005 is 5,000.0125 yuan: 5,000.01 after rounding down.
    assert room_in(scene.provider.pk, scene.programme).left == Decimal("5000.01")
    with pytest.raises(AllowanceExceeded):
        scene.place(5001)
    scene.place(5000)


@pytest.mark.rule("P7")
def test_a_raised_cap_counts_at_once():
    scene = orders.scene(provider_cap=Decimal(5000))
    scene.place(5000)
    with pytest.raises(AllowanceExceeded):
        scene.place(1)
    scene.programme.provider_cap = Decimal(6000)
    scene.programme.save()
    assert room_in(scene.provider.pk, scene.programme).left == 1000
    scene.place(1000)
    assert scene.allowance().cap == 6000


@pytest.mark.rule("P7")
def test_no_programme_means_nothing_to_accept():
    provider = build.provider()
    assert left_to_accept(provider.pk, build.city().pk, orders.PLACED) == 0


@pytest.mark.rule("P7")
def test_the_database_holds_the_cap_itself():
    from django.db import IntegrityError, transaction

    scene = orders.at_step("place")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderAllowance.objects.update(accepted=scene.programme.acceptance_cap)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderAllowance.objects.update(reserved=Decimal(-1))


@pytest.mark.rule("O1", "P6")
def test_only_a_version_on_sale_is_ordered():
    scene = orders.scene()
    for state in ("draft", "in_review", "superseded", "withdrawn"):
        type(scene.version).objects.filter(pk=scene.version.pk).update(state=state)
        with pytest.raises(UnableToOrder, match="已下架"):
            scene.place()


@pytest.mark.rule("O1", "P5")
def test_a_range_price_asks_for_one_of_its_own_tiers():
    scene = orders.scene()
    version = build.version_on_sale(
        scene.provider, price_kind="range", price_min=Decimal(1000), price_max=Decimal(9000)
    )
    tier = PriceTier.objects.create(version=version, position=1, price=Decimal(3000), buys="基础版")
    other = build.version_on_sale(scene.provider, price_kind="range", price_max=Decimal(90000))
    foreign = PriceTier.objects.create(version=other, position=1, price=Decimal(3000), buys="其他")
    with pytest.raises(UnableToOrder, match="请选择价格档"):
        scene.place(version=version)
    with pytest.raises(UnableToOrder, match="不属于该产品"):
        scene.place(version=version, price_tier=foreign)
    with pytest.raises(UnableToOrder, match="不属于该产品"):
        scene.place(price_tier=tier)
    assert scene.place(version=version, price_tier=tier).price_tier == tier


@pytest.mark.rule("P3")
def test_a_municipal_provider_serves_its_own_city_only_a_provincial_one_all():
    zhuhai = City.objects.get(slug="zhuhai")
    scene = orders.scene()
    local = build.version_on_sale(build.provider(of=zhuhai, level=Level.MUNICIPAL))
    wide = build.version_on_sale(build.provider(of=zhuhai, level=Level.PROVINCIAL))
    for version in (local, wide):
        version.cities.add(build.city())
    with pytest.raises(UnableToOrder, match="服务区域") as refusal:
        scene.place(version=local)
    assert refusal.value.rule == "P3"
    assert scene.place(version=wide).provider.city == zhuhai


@pytest.mark.rule("P3")
def test_a_product_is_ordered_only_where_it_is_offered():
    scene = orders.scene()
    scene.version.cities.clear()
    with pytest.raises(UnableToOrder, match="服务区域"):
        scene.place()


@pytest.mark.rule("P1")
def test_a_provider_whose_accreditation_ended_takes_no_orders():
    scene = orders.at_step("place")
    scene.provider.accreditation.valid_until = orders.PLACED.date()
    scene.provider.accreditation.save()
    scene.place(100)
    with pytest.raises(UnableToOrder, match="不能收券"):
        scene.place(100, at=orders.CONFIRMED)
    with pytest.raises(UnableToOrder, match="不能收券"):
        scene.confirm()


@pytest.mark.rule("O1", "P4")
def test_the_enterprise_must_be_in_the_products_target():
    scene = orders.scene()
    medium = build.version_on_sale(scene.provider, target_sizes=["medium"])
    farms = build.version_on_sale(scene.provider, target_industries=["agriculture"])
    for version in (medium, farms):
        assert orders.refused(scene.place, version=version)
    startup = build.version_on_sale(scene.provider, category="startup")
    profile = scene.enterprise.profiles.get()
    Profile.objects.filter(pk=profile.pk).update(founded_on=date(2017, 7, 1))
    assert "3 年" in orders.refused(scene.place, version=startup)
    Profile.objects.filter(pk=profile.pk).update(founded_on=date(2017, 7, 2))
    scene.place(version=startup)


@pytest.mark.rule("S1")
def test_a_sanction_on_either_side_stops_new_orders_at_once():
    scene = orders.scene()
    on_enterprise = orders.sanction(scene.enterprise.credit_code, at=orders.PLACED)
    scene.place(100, at=orders.PLACED - orders.MICROSECOND)
    with pytest.raises(UnderSanction, match="企业正处于"):
        scene.place(100)
    on_enterprise.delete()
    orders.sanction(scene.provider.credit_code, at=orders.PLACED)
    with pytest.raises(UnderSanction, match="服务机构正处于"):
        scene.place(100)


@pytest.mark.rule("S1")
def test_a_sanction_in_another_city_does_not_stop_an_order_here():
    scene = orders.scene()
    orders.sanction(scene.provider.credit_code, city=City.objects.get(slug="zhuhai"))
    scene.place(100)


@pytest.mark.rule("E6")
def test_the_order_records_the_information_checked_for_the_year():
    scene = orders.scene()
    old = scene.enterprise.profiles.get()
    qualification = scene.enterprise.qualifications.get()
    newer = Profile.objects.get(pk=old.pk)
    newer.pk, newer.version, newer.name = None, 2, "更名后的有限公司"
    newer.save()
    qualification.profile = newer
    qualification.save()
    assert scene.place(100).profile == newer
    qualification.state = QualificationState.DRAFT
    qualification.save()
    assert scene.place(100).profile == old, "as it applied, while the new file is not checked"


# --- the provider's answer, and cancelling -------------------------------------------------


@pytest.mark.rule("O2")
def test_a_declined_order_gives_everything_back():
    scene = orders.at_step("place")
    with pytest.raises(UnableToCancel, match="请填写"):
        decline_order(by=scene.seller, at=orders.CONFIRMED, order=scene.order, reason="  ")
    decline_order(by=scene.seller, at=orders.CONFIRMED, order=scene.order, reason="排期已满")
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.reserved) == (20000, 0)
    assert (scene.order.reserved, scene.order.end_reason) == (0, "排期已满")
    assert scene.allowance().reserved == 0
    assert Message.objects.filter(
        recipient=scene.enterprise.account, event="order_declined"
    ).exists()
    orders.assert_books_balance(scene)


@pytest.mark.rule("O2")
@pytest.mark.parametrize("step", ["place", "confirm", "upload"])
def test_the_enterprise_cancels_alone_before_the_contract_is_confirmed(step):
    scene = orders.at_step(step)
    cancel_order(by=scene.buyer, at=orders.CONTRACTED, order=scene.order, reason="不需要了")
    scene.fresh()
    assert scene.order.state == OrderState.CANCELLED
    assert scene.voucher.free == 20000
    orders.assert_books_balance(scene)


@pytest.mark.rule("O2")
def test_after_the_contract_is_confirmed_it_takes_both_sides():
    scene = orders.at_step("agree")
    act = {"at": orders.CONTRACTED, "order": scene.order}
    with pytest.raises(Refusal):
        cancel_order(by=scene.buyer, reason="不需要了", **act)
    with pytest.raises(UnableToCancel, match="对方尚未提出"):
        agree_cancellation(by=scene.seller, **act)
    ask_cancellation(by=scene.buyer, reason="不需要了", **act)
    with pytest.raises(UnableToCancel, match="由您提出"):
        agree_cancellation(by=scene.buyer, **act)
    with pytest.raises(UnableToCancel, match="您已提出"):
        ask_cancellation(by=scene.buyer, reason="再次", **act)
    with pytest.raises(UnableToCancel, match="可以直接同意"):
        ask_cancellation(by=scene.seller, reason="也想取消", **act)
    with pytest.raises(UnableToCancel, match="没有待对方同意"):
        withdraw_cancellation(by=scene.seller, **act)
    assert scene.fresh().reserved == 5000, "asking moves nothing"
    withdraw_cancellation(by=scene.buyer, **act)
    with pytest.raises(UnableToCancel, match="对方尚未提出"):
        agree_cancellation(by=scene.seller, **act)
    ask_cancellation(by=scene.seller, reason="无法履约", **act)
    agree_cancellation(by=scene.buyer, **act)
    scene.fresh()
    assert (scene.order.state, scene.order.end_reason) == (OrderState.CANCELLED, "无法履约")
    assert (scene.voucher.free, scene.voucher.reserved) == (20000, 0)
    orders.assert_books_balance(scene)


@pytest.mark.rule("O2", "O6", "V6")
def test_what_is_released_after_the_window_is_reclaimed_at_once():
    scene = orders.at_step("agree")
    late = orders.WINDOW_ENDS + orders.MICROSECOND
    ask_cancellation(by=scene.buyer, at=late, order=scene.order, reason="不需要了")
    agree_cancellation(by=scene.seller, at=late, order=scene.order)
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.reclaimed) == (0, 20000)
    orders.assert_books_balance(scene)


@pytest.mark.rule("V4")
def test_the_clock_ends_an_order_whether_or_not_the_job_has_run():
    late = orders.WINDOW_ENDS + orders.MICROSECOND
    scene = orders.at_step("place")
    for step, by in ((decline_order, scene.seller), (cancel_order, scene.buyer)):
        with pytest.raises(OrderLapsed):
            step(by=by, at=late, order=scene.order, reason="晚了")
    with pytest.raises(OrderLapsed):
        scene.confirm(at=late)
    scene.confirm(at=orders.WINDOW_ENDS)


@pytest.mark.rule("S1")
def test_a_sanction_stops_confirming_but_not_declining():
    scene = orders.at_step("place")
    orders.sanction(scene.provider.credit_code)
    with pytest.raises(UnderSanction):
        scene.confirm()
    decline_order(by=scene.seller, at=orders.CONFIRMED, order=scene.order, reason="暂停接单")


@pytest.mark.rule("P4")
def test_a_type_that_the_directory_has_taken_away_is_not_ordered_any_more():
    scene = orders.scene()
    accredited = Accreditation.objects.filter(pk=scene.provider.accreditation_id)
    accredited.update(service_types=["质量控制和技术评价"])
    with pytest.raises(UnableToOrder, match="认定不包括“管理”服务") as refusal:
        scene.place()
    assert refusal.value.rule == "P4"
    accredited.update(service_types=["管理"])
    assert scene.place()


# --- O3: the parties are strangers to each other -----------------------------------------------


def _share_a_person(
    scene, ours="legal_representative_id_key", theirs="legal_representative_id_key"
):
    shared = lookup_key(build.id_number())
    Profile.objects.filter(enterprise=scene.enterprise).update(**{ours: shared})
    Provider.objects.filter(pk=scene.provider.pk).update(**{theirs: shared})


@pytest.mark.rule("O3")
@pytest.mark.parametrize("ours", ["legal_representative_id_key", "handler_id_key"])
@pytest.mark.parametrize("theirs", ["legal_representative_id_key", "contact_id_key"])
def test_no_order_between_affiliated_parties(ours, theirs):
    scene = orders.scene()
    _share_a_person(scene, ours, theirs)
    with pytest.raises(Affiliated, match="同一人"):
        scene.place()


@pytest.mark.rule("O3")
def test_no_order_where_a_relation_is_on_record():
    scene = orders.scene()
    low, high = sorted((scene.enterprise.credit_code, scene.provider.credit_code))
    RelatedParty.objects.create(code_a=low, code_b=high, source="股权登记")
    with pytest.raises(Affiliated, match="投资或产权"):
        scene.place()


@pytest.mark.rule("O3")
def test_a_renewal_that_nobody_has_checked_does_not_hide_an_affiliation():
    """The way round: order, renew, put in somebody else, let the contract pass, put the true person back."""
    scene = orders.scene()
    _share_a_person(scene)
    with pytest.raises(Affiliated):
        scene.place()
    name, code = scene.provider.name, scene.provider.credit_code
    ends = {"valid_until": local_day(orders.PLACED)}
    Accreditation.objects.filter(pk=scene.provider.accreditation_id).update(**ends)
    make.accreditation(name, credit_code=code, recognised_year=2020)
    begun = renew_provider(by=scene.seller, at=orders.CONFIRMED, provider=scene.provider)
    amend_provider(
        by=scene.seller, at=orders.CONFIRMED, provider=begun, name=name, **make.details()
    )
    with pytest.raises(Refusal, match="已下架"):
        scene.place(at=orders.CONFIRMED)
