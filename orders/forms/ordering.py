"""Placing an order, and the contract (O1, O3)."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.documents.fields import MaterialField
from foundation.money import spoken_money
from orders.forms.fields import AmountField, DayField
from providers.models import PriceKind, PriceTier, ProductVersion
from vouchers.models import Voucher
from vouchers.numbers import spoken_number


class VoucherChoice(forms.ModelChoiceField):
    """A choice of vouchers by number and free balance."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{spoken_number(obj.number)}（可用 {spoken_money(obj.free)}）"


class TierChoice(forms.ModelChoiceField):
    """A choice of price tiers by price and what it buys."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{spoken_money(obj.price)}：{obj.buys}"


class PlaceOrderForm(forms.Form):
    """Which voucher pays for a product, at which tier, and about how much (O1)."""

    voucher = VoucherChoice(
        label="使用的服务券",
        queryset=Voucher.objects.none(),
        empty_label=None,
        error_messages={
            "invalid_choice": "请从列出的服务券中选择；已用完或已过使用期限的不能下单。"
        },
    )
    price_tier = TierChoice(
        label="价格档",
        queryset=PriceTier.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "该产品为区间价，请选择价格档。"},
    )
    expected_amount = AmountField(
        "预计用券金额（元）",
        help_text="整数元。下单即从服务券和机构收券额度中预留，支付时可以少用，也可以用可用余额补足。",
    )

    def __init__(self, *args: Any, vouchers: Any, version: ProductVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["voucher"].queryset = vouchers  # type: ignore[attr-defined]
        if version.price_kind == PriceKind.RANGE:
            self.fields["price_tier"].queryset = version.tiers.all()  # type: ignore[attr-defined]
        else:
            del self.fields["price_tier"]


class ContractForm(forms.Form):
    """What the contract says, as it says it (O3)."""

    number = forms.CharField(
        label="合同编号", max_length=80, help_text="照合同填写；合同没有编号的，与机构约定一个。"
    )
    signed_on = DayField("签订日期")
    enterprise_name = forms.CharField(
        label="甲方（企业）名称", max_length=120, help_text="须与贵企业注册名称一致。"
    )
    provider_name = forms.CharField(
        label="乙方（服务机构）名称", max_length=120, help_text="须与该机构注册名称一致。"
    )
    total = AmountField("合同总额（元）")
    supported = AmountField(
        "其中可用券部分（元）",
        help_text="合同里与所下单产品无关的内容（如设备、差旅、其他服务）应从中剔除；没有的，与合同总额相同。",
    )
    service_from = DayField("服务开始日期")
    service_until = DayField("验收日期")
    contract_file = MaterialField(label="合同扫描件")
    not_funded_elsewhere = forms.BooleanField(
        label="该服务未获得科技创新券、上云上平台等其他财政资金或往年服务券支持",
        required=False,
    )
