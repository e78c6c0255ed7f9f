"""The shape of what is typed in on the order pages; rules are the operations' part."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from foundation.documents.fields import MaterialField, staged_in
from orders.policies.payments import MAX_PAPERS
from providers.models import PriceKind, PriceTier, ProductVersion
from vouchers.models import Voucher
from vouchers.numbers import spoken_number

BLANK_ROWS = 3


def _money(label: str, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal("0.01"), max_digits=12, decimal_places=2, **more
    )


def _day(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


class ReasonForm(forms.Form):
    """Why a step is taken."""

    reason = forms.CharField(label="原因", max_length=300, widget=forms.Textarea(attrs={"rows": 4}))


class OptionalReasonForm(forms.Form):
    """Why, if there is something to say."""

    reason = forms.CharField(
        label="说明", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class VoucherChoice(forms.ModelChoiceField):
    """A choice of vouchers by number and free balance."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{spoken_number(obj.number)}（可用 {obj.free:.0f} 元）"


class TierChoice(forms.ModelChoiceField):
    """A choice of price tiers by price and what it buys."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.price:.2f} 元：{obj.buys}"


class PlaceOrderForm(forms.Form):
    """Which voucher pays for a product, at which tier, and about how much (O1)."""

    voucher = VoucherChoice(label="使用的服务券", queryset=Voucher.objects.none(), empty_label=None)
    price_tier = TierChoice(
        label="价格档",
        queryset=PriceTier.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    expected_amount = _money(
        "预计用券金额（元）",
        help_text="整数元。下单即从服务券和机构收券额度中预留，支付时可以少用，也可以用可用余额补足。",
    )

    def __init__(self, *args: Any, vouchers: Any, version: ProductVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["voucher"].queryset = vouchers  # type: ignore[attr-defined]
        self.fields["expected_amount"].widget.attrs.update({"step": "1", "inputmode": "numeric"})
        if version.price_kind == PriceKind.RANGE:
            self.fields["price_tier"].queryset = version.tiers.all()  # type: ignore[attr-defined]
        else:
            del self.fields["price_tier"]


class ContractForm(forms.Form):
    """What the contract says, as it says it (O3)."""

    number = forms.CharField(label="合同编号", max_length=80)
    signed_on = _day("签订日期")
    total = _money("合同总额（元）")
    supported = _money(
        "可用券金额部分（元）",
        help_text="合同中与所下单产品无关的内容，应从中剔除；没有的，与合同总额相同。",
    )
    service_from = _day("服务开始日期")
    service_until = _day("验收日期")
    enterprise_name = forms.CharField(
        label="合同中的企业名称", max_length=120, help_text="须与贵企业注册名称一致。"
    )
    provider_name = forms.CharField(
        label="合同中的服务机构名称", max_length=120, help_text="须与该机构注册名称一致。"
    )
    contract_file = MaterialField(label="合同扫描件")
    not_funded_elsewhere = forms.BooleanField(
        label="该服务未获得科技创新券、上云上平台等其他财政资金或往年服务券支持",
        required=False,
    )


class PaymentForm(forms.Form):
    """How much of the voucher is paid, and the rating (O5)."""

    amount = _money("用券金额（元）", help_text="整数元。")
    stars = forms.TypedChoiceField(
        label="服务评分",
        choices=[
            (5, "5 星：很好"),
            (4, "4 星：好"),
            (3, "3 星：一般"),
            (2, "2 星：差"),
            (1, "1 星：很差"),
        ],
        coerce=int,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="服务评价",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="请如实评价。",
    )


class PaperForm(forms.Form):
    """One paper with its file; ``kept`` names a file that the order has already."""

    kept = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("kept") and "file" not in self.errors:
            self.add_error("file", "请上传文件。")
        return cleaned


class InvoiceForm(PaperForm):
    """One full invoice (O5)."""

    code = forms.CharField(
        label="发票代码",
        max_length=20,
        required=False,
        help_text="全面数字化电子发票没有代码，留空。",
    )
    number = forms.CharField(label="发票号码", max_length=30)
    issued_on = _day("开票日期")
    total = _money("价税合计（元）")
    buyer = forms.CharField(label="购买方名称", max_length=120)
    seller = forms.CharField(label="销售方名称", max_length=120)
    item = forms.CharField(label="项目名称或备注中的服务内容", max_length=200)
    file = MaterialField(label="发票文件", required=False)


class TransferForm(PaperForm):
    """One corporate bank transfer (O5)."""

    receipt_number = forms.CharField(label="回单号（流水号）", max_length=60)
    paid_on = _day("转账日期")
    amount = _money("金额（元）")
    payer = forms.CharField(label="付款方户名", max_length=120)
    payee = forms.CharField(label="收款方户名", max_length=120)
    file = MaterialField(label="转账凭证", required=False)


class PaperFormSet(BaseFormSet):
    """Rows of papers; a row nobody touched is left out, whether it was prefilled or blank."""

    def initial_form_count(self) -> int:
        """Every row may be left empty; what is too few or too many is said by the operation."""
        return 0

    @property
    def papers(self) -> list[dict[str, Any]]:
        """The cleaned rows that are filled in and not struck out."""
        return [
            {name: value for name, value in row.items() if name != "DELETE"}
            for row in self.cleaned_data
            if row and not row.get("DELETE")
        ]


def paper_formset(
    form: type[PaperForm],
    prefix: str,
    *,
    request: Any = None,
    initial: list[dict[str, Any]] | None = None,
    more: int = 0,
) -> PaperFormSet:
    """The rows of one kind of paper: bound to ``request``, or ``initial`` rows and some blank ones."""
    initial = initial or []
    blank = BLANK_ROWS + more if not initial else max(1, more)
    rows = min(len(initial) + blank, MAX_PAPERS)
    made: Any = formset_factory(
        form,
        formset=PaperFormSet,
        extra=rows,
        max_num=MAX_PAPERS,
        absolute_max=MAX_PAPERS,
        can_delete=bool(initial) or request is not None,
    )
    if request is not None:
        return made(request.POST, request.FILES, prefix=prefix)
    return made(initial=initial, prefix=prefix)


def typed_rows(form: type[PaperForm], prefix: str, data: Any) -> list[dict[str, Any]]:
    """What was typed into a formset's rows, unchecked, for showing it again with more rows; of files, those uploaded ahead."""
    try:
        rows = min(int(data.get(f"{prefix}-TOTAL_FORMS", 0)), MAX_PAPERS)
    except ValueError:
        rows = 0
    names = [name for name in form.base_fields if name != "file"]
    typed = [
        {name: data.get(f"{prefix}-{row}-{name}", "") for name in names}
        | {"file": staged_in(data, f"{prefix}-{row}-file")}
        for row in range(rows)
    ]
    return [row for row in typed if any(row.values())]
