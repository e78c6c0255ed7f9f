"""The shape of what is typed in; rules are the operations' part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from vouchers.models import Batch, Programme

# Wide enough for any scheme; far enough from where dates and columns end that deadlines can be counted.
YEARS = (2000, 2099)
DAYS = {"usage_days": 366, "publicity_days": 60, "correction_days": 60}


def check_year(day: date) -> None:
    """A slip of the finger in a year is named before deadlines are counted from it."""
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValidationError(f"年份应在 {YEARS[0]} 至 {YEARS[1]} 之间，请核对。")


class AmountForm(forms.Form):
    """One amount in yuan."""

    amount = forms.DecimalField(
        label="金额（元）", min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )


class ApplyForm(AmountForm):
    """How much to apply for."""

    def __init__(self, *args: object, batch: Batch, left: Decimal, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        step = batch.programme.application_step
        self.fields["amount"].label = "申领金额（元）"
        self.fields["amount"].help_text = f"{step:.0f} 元的整数倍，本年度还可申领 {left:.0f} 元。"
        self.fields["amount"].widget.attrs.update({"step": f"{step:.0f}", "inputmode": "numeric"})


class ProgrammeForm(forms.ModelForm):
    """Every figure of a programme (G2)."""

    class Meta:
        model = Programme
        fields = (
            "year",
            "total_amount",
            "enterprise_cap",
            "subsidy_ratio",
            "provider_cap",
            "provider_share",
            "usage_days",
            "service_from",
            "service_until",
            "publicity_days",
            "application_step",
            "correction_days",
            "waiting_list",
        )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name, most in DAYS.items():
            self.fields[name].validators += [MinValueValidator(0), MaxValueValidator(most)]
        for name in ("service_from", "service_until"):
            self.fields[name].validators.append(check_year)
        if "year" in self.fields:
            self.fields["year"].validators += [
                MinValueValidator(YEARS[0]),
                MaxValueValidator(YEARS[1]),
            ]

    def _post_clean(self) -> None:
        """Nothing is written into a model here: the operation takes the figures."""


class AmendForm(ProgrammeForm):
    """The figures of an existing programme, as they are now."""

    class Meta(ProgrammeForm.Meta):
        fields = ProgrammeForm.Meta.fields[1:]

    def bind_to(self, record: Programme, actor: object, at: object) -> None:
        """Start from the programme's present figures."""
        self.initial = {name: getattr(record, name) for name in self.fields}


class BatchForm(forms.Form):
    """A new batch of a programme (B1)."""

    amount = forms.DecimalField(
        label="发放金额（元）", min_value=1, max_digits=12, decimal_places=2
    )
    opens_at = forms.SplitDateTimeField(
        label="申领开始",
        help_text="日期与时间，例如 2020-06-28 和 15:00。",
        validators=[check_year],
    )
    closes_at = forms.SplitDateTimeField(label="申领截止", validators=[check_year])
    valid_until = forms.DateField(
        label="服务券有效期至", help_text="当日 24 时前支付有效。", validators=[check_year]
    )
