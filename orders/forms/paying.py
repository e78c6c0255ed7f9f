"""The payment and its papers: rows of invoices and transfers that work with and without scripts (O5, O7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.http import QueryDict

from foundation.documents.fields import MaterialField
from foundation.requests import whole_number
from orders.forms.fields import AmountField, DayField
from orders.policies.papers import MAX_PAPERS

BLANK_ROWS = 2
STARS = [(1, "很差"), (2, "差"), (3, "一般"), (4, "好"), (5, "很好")]


class _Quiet(forms.Form):
    """A form that can show what was posted without judging it yet."""

    def __init__(self, *args: Any, quiet: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quiet = quiet

    def full_clean(self) -> None:
        if not self.quiet:
            super().full_clean()
            return
        self._errors, self.cleaned_data = ErrorDict(), {}


class PaymentForm(_Quiet):
    """How much of the voucher is paid, and the rating (O5)."""

    amount = AmountField(
        "用券金额（元）",
        help_text="整数元。默认填入下单时预留的金额，在最多可用券以内可以改多或改少。",
    )
    stars = forms.TypedChoiceField(
        label="服务评分",
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "请为服务机构评分，此项为必填。"},
    )
    comment = forms.CharField(
        label="服务评价",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="请如实评价；评分计入产品和机构的公开评分。",
    )


class PaperForm(_Quiet):
    """One paper with its file; ``kept`` names a file that the order has already.

    ``assumed``: fields filled in for the user, which alone do not make a row.
    """

    prefix_of_rows = ""
    assumed: tuple[str, ...] = ()

    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_kept(self) -> int | None:
        """The number of a file, None for what is none; whose file it is, the operation asks."""
        return whole_number(self.cleaned_data["kept"])

    def has_changed(self) -> bool:
        return bool(set(self.changed_data) - {*self.assumed, "kept", "DELETE"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("file") and not cleaned.get("kept") and "file" not in self.errors:
            self.add_error("file", "请上传文件。")
        return cleaned


class InvoiceForm(PaperForm):
    """One full invoice (O5)."""

    prefix_of_rows = "invoice"
    assumed = ("buyer", "seller")

    number = forms.CharField(
        label="发票号码", max_length=30, help_text="全面数字化的电子发票（数电票）为 20 位数字。"
    )
    code = forms.CharField(
        label="发票代码",
        max_length=20,
        required=False,
        help_text="10 位或 12 位，印在发票左上角；数电票没有代码，留空。",
    )
    issued_on = DayField("开票日期")
    total = AmountField("价税合计（元）")
    buyer = forms.CharField(label="购买方名称", max_length=120)
    seller = forms.CharField(label="销售方名称", max_length=120)
    item = forms.CharField(
        label="项目名称",
        max_length=200,
        help_text="照发票填写；与合同内容不一致的，填备注栏中的服务内容。",
    )
    file = MaterialField(label="发票文件（必填）", required=False)


class TransferForm(PaperForm):
    """One corporate bank transfer (O5)."""

    prefix_of_rows = "transfer"
    assumed = ("payer", "payee")

    receipt_number = forms.CharField(label="回单号（流水号）", max_length=60)
    paid_on = DayField("转账日期")
    amount = AmountField("金额（元）")
    payer = forms.CharField(label="付款方户名", max_length=120)
    payee = forms.CharField(label="收款方户名", max_length=120)
    file = MaterialField(label="转账凭证（必填）", required=False)


class PaperFormSet(BaseFormSet):
    """Rows of papers; a row nobody touched is left out, whether it was prefilled or blank."""

    default_error_messages = {
        "missing_management_form": "页面内容不完整，请刷新页面后重新填写。",
        "too_many_forms": f"一次最多填写 {MAX_PAPERS} 行。",
        "too_few_forms": "请至少填写一行。",
    }

    def initial_form_count(self) -> int:
        """Every row may be left empty; what is too few or too many is said by the operation."""
        return 0

    @property
    def filled(self) -> list[PaperForm]:
        """The rows that are filled in and not struck out."""
        return [
            form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]

    @property
    def papers(self) -> list[dict[str, Any]]:
        """What the filled rows say."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.filled
        ]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "删除这一行"


def _made(form: type[PaperForm], rows: int) -> Any:
    return formset_factory(
        form,
        formset=PaperFormSet,
        extra=rows,
        max_num=MAX_PAPERS,
        absolute_max=MAX_PAPERS,
        can_delete=True,
    )


def blank_rows(
    form: type[PaperForm], prefix: str, assumed: dict[str, str], *, rows: int = BLANK_ROWS
) -> PaperFormSet:
    """Blank rows with the names that are known already."""
    return _made(form, rows)(initial=[assumed] * rows, prefix=prefix)


def filled_in_rows(
    form: type[PaperForm], prefix: str, stated: list[dict[str, Any]]
) -> PaperFormSet:
    """Rows filled with papers handed in before, whose files can stay."""
    return _made(form, len(stated))(initial=stated, prefix=prefix)


def posted_rows(
    form: type[PaperForm], prefix: str, data: QueryDict, files: Any, *, quiet: bool = False
) -> PaperFormSet:
    """The rows as posted; ``quiet``: shown again without being judged."""
    return _made(form, BLANK_ROWS)(data, files, prefix=prefix, form_kwargs={"quiet": quiet})


def with_more_rows(data: QueryDict, prefix: str, assumed: dict[str, str]) -> QueryDict:
    """What was posted, with one more row of ``prefix`` behind it, as far as there is room."""
    more = data.copy()
    said = data.get(f"{prefix}-TOTAL_FORMS", "")
    rows = int(said) if said.isascii() and said.isdecimal() and len(said) < 3 else 0
    if rows < MAX_PAPERS:
        more[f"{prefix}-TOTAL_FORMS"] = str(rows + 1)
        for name, value in assumed.items():
            more[f"{prefix}-{rows}-{name}"] = value
    return more


def typed_amounts(data: QueryDict, prefix: str, name: str) -> tuple[list[Decimal], list[int]]:
    """The amounts typed into the rows so far, and the numbers (from 1) of rows whose amount cannot be read.

    Rows that are struck out or have no amount yet are left out; nothing else in them is looked at.
    """
    said = data.get(f"{prefix}-TOTAL_FORMS", "")
    rows = int(said) if said.isascii() and said.isdecimal() and len(said) < 4 else 0
    field, amounts, unreadable = AmountField(""), [], []
    for row in range(min(rows, MAX_PAPERS)):
        typed = data.get(f"{prefix}-{row}-{name}", "").strip()
        if not typed or data.get(f"{prefix}-{row}-DELETE"):
            continue
        try:
            amounts.append(field.clean(typed))
        except forms.ValidationError:
            unreadable.append(row + 1)
    return amounts, unreadable
