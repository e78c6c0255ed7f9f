"""The contract: uploaded, sent back, corrected, confirmed (O3, O4, O9, V4, S1)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enterprises.models import Enterprise, Profile
from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove
from foundation.moments import end_of_day, moment
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from foundation.rosters.models import FundedMatter, RelatedParty
from foundation.workdays.models import WorkdayException
from foundation.workdays.queries import CalendarUnknown
from orders.models import Contract
from orders.policies.contracts import Affiliated, FundedElsewhere, UnableToUseContract
from orders.policies.ordering import OrderLapsed, UnableToCancel, UnderSanction
from orders.queries import (
    correction_deadline,
    dates_depending_on_workdays,
    order_deadline,
    price_deviation,
)
from orders.states import OrderState
from providers.models import PriceTier, Provider
from tests import build
from tests.orders import build as orders

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2019, 12, 1), date(2020, 11, 30)


@pytest.mark.rule("O3", "N2")
def test_a_contract_is_kept_as_stated_and_the_provider_told():
    scene = orders.at_step("confirm")
    contract = scene.upload(number=" HT－1 ", total=Decimal("20000.50"))
    assert (contract.version, contract.total) == (1, Decimal("20000.50"))
    assert contract.document.uploaded_by == scene.enterprise.account
    order = scene.fresh()
    assert (order.state, order.contract_uploaded_at) == (
        OrderState.CONTRACT_SUBMITTED,
        orders.UPLOADED,
    )
    assert Message.objects.filter(
        recipient=scene.provider.account, event="contract_uploaded"
    ).exists()


@pytest.mark.rule("O3", "V4")
def test_in_time_until_the_end_of_the_window_and_not_a_microsecond_longer():
    scene = orders.at_step("confirm")
    with pytest.raises(OrderLapsed, match="使用期限内未上传服务合同"):
        scene.upload(at=orders.WINDOW_ENDS + orders.MICROSECOND)
    scene.upload(at=orders.WINDOW_ENDS)


@pytest.mark.rule("O3")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "　 "}, "number"),
        ({"total": Decimal(0), "supported": Decimal(0)}, "total"),
        ({"supported": Decimal(0)}, "supported"),
        ({"supported": Decimal("20000.01")}, "supported"),
        ({"enterprise_name": "别的有限公司"}, "enterprise_name"),
        ({"enterprise_name": ""}, "enterprise_name"),
        ({"provider_name": "别的机构"}, "provider_name"),
        ({"service_from": FIRST - timedelta(days=1)}, "service_from"),
        ({"service_until": LAST + timedelta(days=1)}, "service_until"),
        ({"service_from": date(2020, 8, 2), "service_until": date(2020, 8, 1)}, "service_until"),
        ({"signed_on": orders.UPLOADED.date() + timedelta(days=1)}, "signed_on"),
        (
            {
                "signed_on": date(2020, 7, 5),
                "service_from": date(2020, 7, 1),
                "service_until": date(2020, 7, 4),
            },
            "signed_on",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes, field):
    scene = orders.at_step("confirm")
    with pytest.raises(UnableToUseContract) as refusal:
        scene.upload(**changes)
    assert (refusal.value.field, refusal.value.rule) == (field, "O3")
    assert not Contract.objects.exists()


@pytest.mark.rule("O3")
def test_the_first_and_last_day_of_the_service_period_and_the_day_itself_are_fine():
    scene = orders.at_step("confirm")
    scene.upload(
        service_from=FIRST,
        service_until=LAST,
        signed_on=orders.UPLOADED.date(),
        total=Decimal("0.01"),
        supported=Decimal("0.01"),
    )


@pytest.mark.rule("O3")
def test_names_are_compared_without_width_brackets_and_spaces_and_nothing_else():
    scene = orders.at_step("confirm")
    Profile.objects.filter(enterprise=scene.enterprise).update(name="广州（天河）甲乙有限公司")
    for wrong in ("广州天河甲乙有限公司", "广州(天河)甲乙有限责任公司", "广州(天河)甲丙有限公司"):
        assert "不一致" in orders.refused(scene.upload, enterprise_name=wrong)
    scene.upload(enterprise_name="广州 (天河) 甲乙有限公司　")


@pytest.mark.rule("O3", "E6")
def test_a_later_change_of_the_profile_does_not_alter_the_registered_name_of_the_order():
    scene = orders.at_step("confirm")
    Enterprise.objects.filter(pk=scene.enterprise.pk).update(name="自称的新名称有限公司")
    assert "不一致" in orders.refused(scene.upload, enterprise_name="自称的新名称有限公司")
    scene.upload()


@pytest.mark.rule("O3")
def test_the_same_organisation_is_refused():
    scene = orders.at_step("confirm")
    Provider.objects.filter(pk=scene.provider.pk).update(credit_code=scene.enterprise.credit_code)
    with pytest.raises(Affiliated, match="同一单位"):
        scene.upload()


@pytest.mark.rule("O3")
@pytest.mark.parametrize("ours", ["legal_representative_id_key", "handler_id_key"])
@pytest.mark.parametrize("theirs", ["legal_representative_id_key", "contact_id_key"])
def test_the_same_person_on_both_sides_is_refused(ours, theirs):
    scene = orders.at_step("confirm")
    shared = lookup_key(build.id_number())
    Profile.objects.filter(enterprise=scene.enterprise).update(**{ours: shared})
    Provider.objects.filter(pk=scene.provider.pk).update(**{theirs: shared})
    with pytest.raises(Affiliated, match="同一人"):
        scene.upload()


@pytest.mark.rule("O3")
def test_unknown_persons_are_no_affiliation():
    scene = orders.at_step("confirm")
    Profile.objects.filter(enterprise=scene.enterprise).update(handler_id_key="")
    Provider.objects.filter(pk=scene.provider.pk).update(contact_id_key="")
    scene.upload()


@pytest.mark.rule("O3")
def test_a_person_who_came_in_after_the_order_counts_too():
    scene = orders.at_step("confirm")
    newer = scene.enterprise.profiles.get()
    newer.pk, newer.version = None, 2
    newer.legal_representative_id_key = scene.provider.legal_representative_id_key
    newer.save()
    with pytest.raises(Affiliated):
        scene.upload()


@pytest.mark.rule("O3")
def test_a_relation_on_record_is_refused_at_upload_and_at_confirmation():
    scene = orders.at_step("upload")
    low, high = sorted((scene.enterprise.credit_code, scene.provider.credit_code))
    RelatedParty.objects.create(code_a=low, code_b=high, source="股权登记")
    with pytest.raises(Affiliated, match="投资或产权"):
        scene.agree()
    scene.send_back()
    with pytest.raises(Affiliated):
        scene.upload(at=orders.CONTRACTED)


@pytest.mark.rule("O9")
def test_the_matter_must_be_declared_not_funded_elsewhere():
    scene = orders.at_step("confirm")
    with pytest.raises(FundedElsewhere) as refusal:
        scene.upload(not_funded_elsewhere=False)
    assert refusal.value.field == "not_funded_elsewhere"


@pytest.mark.rule("O9")
@pytest.mark.parametrize("code", ["", "own"])
def test_a_contract_on_the_funded_list_is_refused(code):
    scene = orders.at_step("confirm")
    FundedMatter.objects.create(
        kind="contract",
        number_key="HT-2020-1",
        credit_code=scene.enterprise.credit_code if code else "",
        source="科技创新券",
    )
    with pytest.raises(FundedElsewhere, match="已列入"):
        scene.upload(number="ht-2020-1 ")


@pytest.mark.rule("O9")
def test_another_enterprises_funded_contract_is_none_of_ours():
    scene = orders.at_step("confirm")
    FundedMatter.objects.create(
        kind="contract",
        number_key="HT-2020-1",
        credit_code=build.credit_code(),
        source="科技创新券",
    )
    scene.upload(number="HT-2020-1")


@pytest.mark.rule("F1")
def test_a_file_that_is_no_document_is_refused_and_nothing_moves():
    scene = orders.at_step("confirm")
    with pytest.raises(UnableToKeepFile):
        scene.upload(contract_file=SimpleUploadedFile("合同.pdf", b"MZ not a pdf"))
    assert scene.fresh().state == OrderState.CONFIRMED


@pytest.mark.rule("S1")
def test_a_sanction_stops_uploading_and_confirming_but_not_sending_back():
    scene = orders.at_step("confirm")
    sanction = orders.sanction(scene.enterprise.credit_code)
    with pytest.raises(UnderSanction):
        scene.upload()
    sanction.delete()
    scene.upload()
    orders.sanction(scene.provider.credit_code)
    with pytest.raises(UnderSanction):
        scene.agree()
    scene.send_back()


# --- sending back and the correction window ------------------------------------------------


@pytest.mark.rule("O4")
def test_a_contract_is_sent_back_with_a_reason_and_comes_again_as_a_new_version():
    scene = orders.at_step("upload")
    with pytest.raises(UnableToCancel, match="请填写"):
        scene.send_back(reason="")
    scene.send_back(reason="缺骑缝章")
    first = Contract.objects.get()
    assert (first.return_reason, first.returned_at) == ("缺骑缝章", orders.CONTRACTED)
    second = scene.upload(at=orders.CONTRACTED)
    assert (second.version, second.returned_at) == (2, None)
    assert scene.fresh().contract_uploaded_at == orders.UPLOADED, (
        "the first upload is what counts for V4"
    )
    scene.agree()
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.confirmed_at, second.confirmed_at) == (None, orders.CONTRACTED)


@pytest.mark.rule("V4")
def test_sent_back_late_it_may_be_corrected_within_five_working_days():
    scene = orders.at_step("confirm")
    scene.upload(at=orders.WINDOW_ENDS)
    # Friday, 31 July: the fifth working day after it is Friday, 7 August.
    scene.send_back(at=moment(date(2020, 7, 31), 16))
    deadline = end_of_day(date(2020, 8, 7))
    assert correction_deadline(scene.fresh()) == deadline
    with pytest.raises(OrderLapsed, match="补正期限"):
        scene.upload(at=deadline + orders.MICROSECOND)
    scene.upload(at=deadline)


@pytest.mark.rule("V4", "B7")
def test_make_up_workdays_count_and_a_later_exception_moves_the_deadline():
    scene = orders.at_step("confirm")
    scene.upload(at=orders.WINDOW_ENDS)
    # Friday, 25 September 2020: Sunday the 27th was a workday, 1 to 8 October were off, Saturday the 10th was not.
    scene.send_back(at=moment(date(2020, 9, 25), 10))
    assert correction_deadline(scene.fresh()) == end_of_day(date(2020, 9, 30)) + timedelta(days=9)
    WorkdayException.objects.create(day=date(2020, 9, 29), is_workday=False, name="台风停工")
    assert correction_deadline(scene.order) == end_of_day(date(2020, 10, 10))
    shown = dates_depending_on_workdays(orders.CONTRACTED)
    assert shown == [(f"订单 {scene.order.number} 合同补正截止", end_of_day(date(2020, 10, 10)))]
    assert not dates_depending_on_workdays(end_of_day(date(2020, 10, 10)) + orders.MICROSECOND)


@pytest.mark.rule("V4")
def test_sent_back_early_the_window_itself_still_counts():
    scene = orders.at_step("upload")
    scene.send_back(at=orders.CONTRACTED)
    assert correction_deadline(scene.fresh()) == orders.WINDOW_ENDS


@pytest.mark.rule("V4", "V5")
def test_never_after_expiry():
    scene = orders.at_step("confirm")
    scene.upload(at=orders.WINDOW_ENDS)
    scene.send_back(at=orders.EXPIRES)
    assert correction_deadline(scene.fresh()) == orders.EXPIRES
    with pytest.raises(OrderLapsed):
        scene.upload(at=orders.EXPIRES + orders.MICROSECOND, service_until=date(2020, 8, 31))


@pytest.mark.rule("V4")
def test_the_correction_window_is_the_programmes():
    scene = orders.at_step("upload", correction_days=30)
    scene.send_back(at=orders.CONTRACTED)
    # Tuesday, 7 July: thirty working days later is Tuesday, 18 August.
    assert correction_deadline(scene.fresh()) == end_of_day(date(2020, 8, 18))


@pytest.mark.rule("B7")
def test_a_year_without_calendar_stops_the_send_back_with_a_clear_request(monkeypatch):
    def unknown(day):
        raise NotImplementedError

    scene = orders.at_step("upload")
    monkeypatch.setattr("chinese_calendar.is_workday", unknown)
    with pytest.raises(CalendarUnknown, match="2020 年"):
        scene.send_back()
    assert scene.fresh().state == OrderState.CONTRACT_SUBMITTED
    assert order_deadline(scene.order) == orders.EXPIRES


@pytest.mark.rule("V4", "V5")
def test_the_provider_may_take_until_expiry_to_check_a_contract_uploaded_in_time():
    scene = orders.at_step("upload")
    with pytest.raises(OrderLapsed, match="有效期内未支付"):
        scene.agree(at=orders.EXPIRES + orders.MICROSECOND)
    with pytest.raises(OrderLapsed):
        scene.send_back(at=orders.EXPIRES + orders.MICROSECOND)
    scene.agree(at=orders.EXPIRES)


def test_a_contract_is_confirmed_once():
    scene = orders.at_step("agree")
    with pytest.raises(IllegalMove):
        scene.agree()
    with pytest.raises(IllegalMove):
        scene.send_back()
    with pytest.raises(IllegalMove):
        scene.upload()


# --- price ---------------------------------------------------------------------------------


@pytest.mark.rule("O4")
@pytest.mark.parametrize(
    ("total", "difference", "words"),
    [
        ("20000", "0", ""),
        ("20000.01", "0.01", "高出 0.01 元"),
        ("22000", "2000", "高出 2,000 元（10.0%）"),
        ("15000", "-5000", "低于 5,000 元（25.0%）"),
    ],
)
def test_the_total_is_compared_with_a_fixed_price(total, difference, words):
    scene = orders.at_step("confirm")
    found = price_deviation(scene.upload(total=Decimal(total), supported=Decimal(100)))
    assert found.difference == Decimal(difference)
    assert words in found.text
    assert bool(found.text) is bool(words)
    told = Message.objects.get(event="contract_uploaded")
    assert told.params["deviation"] == found.text


@pytest.mark.rule("O4")
def test_the_total_is_compared_with_the_tier_or_the_range():
    scene = orders.scene()
    version = build.version_on_sale(
        scene.provider, price_kind="range", price_min=Decimal(1000), price_max=Decimal(9000)
    )
    tier = PriceTier.objects.create(version=version, position=1, price=Decimal(3000), buys="基础版")
    scene.place(version=version, price_tier=tier)
    scene.confirm()
    contract = scene.upload(total=Decimal(3500), supported=Decimal(3500))
    assert "价格档 3,000 元" in price_deviation(contract).text
    contract.order.price_tier = None
    assert price_deviation(contract).text == ""
    contract.total = Decimal("999.99")
    assert "1,000 元至9,000 元" in price_deviation(contract).text
