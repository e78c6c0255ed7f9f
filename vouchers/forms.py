"""The shape of what is typed in; rules are the operations' part."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from vouchers.models import Batch, Programme


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
        label="申领开始", help_text="日期与时间，例如 2020-06-28 和 15:00。"
    )
    closes_at = forms.SplitDateTimeField(label="申领截止")
    valid_until = forms.DateField(label="服务券有效期至", help_text="当日 24 时前支付有效。")
