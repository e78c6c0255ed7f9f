"""The shape of what is typed in; rules are the operations' part."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.money import spoken_money
from vouchers.models import Allocation, Application, Batch, Programme
from vouchers.states import BatchState

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


class ReturnForm(AmountForm):
    """How much to give back; ``understood`` once one has read what that means."""

    understood = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["amount"].label = "退回金额（元）"
        self.fields["amount"].widget.attrs["inputmode"] = "numeric"


class ApplyForm(AmountForm):
    """How much to apply for."""

    def __init__(self, *args: object, batch: Batch, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        step = batch.programme.application_step
        self.fields["amount"].label = "申领金额（元）"
        self.fields["amount"].help_text = f"{spoken_money(step)}的整数倍。"
        self.fields["amount"].widget.attrs.update({"step": f"{step:.0f}", "inputmode": "numeric"})


def quick_choices(left: Decimal, step: Decimal) -> list[Decimal]:
    """Amounts to choose by one press: a quarter, a half and all of what is left, on the step, none twice."""
    parts = (left / 4, left / 2, left)
    return sorted({part // step * step for part in parts if part >= step})


class ApplicationFilter(forms.Form):
    """Narrows a list of applications."""

    OUTCOMES = (
        ("", "全部"),
        ("waiting", "待公布"),
        ("granted", "已获券"),
        ("none", "未获券"),
        ("withdrawn", "已撤回"),
    )
    outcome = forms.ChoiceField(label="结果", choices=OUTCOMES, required=False)

    def narrow(self, applications: QuerySet[Application]) -> QuerySet[Application]:
        """The applications that match; nothing of a result shows before it is published (B7)."""
        chosen = self.cleaned_data.get("outcome") if self.is_valid() else ""
        live = applications.filter(withdrawn_at=None)
        published = Q(batch__state=BatchState.PUBLISHED)
        granted = Exists(Allocation.objects.filter(application=OuterRef("pk"), granted__gt=0))
        if chosen == "waiting":
            return live.exclude(published)
        if chosen == "granted":
            return live.filter(published, granted)
        if chosen == "none":
            return live.filter(published, ~granted)
        return applications.exclude(withdrawn_at=None) if chosen == "withdrawn" else applications


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


def _day_and_time(label: str) -> forms.SplitDateTimeWidget:
    """Two inputs, each with a name of its own for who does not see that they stand together."""
    return forms.SplitDateTimeWidget(
        date_attrs={"aria-label": f"{label}日期", "class": "form-control", "type": "date"},
        time_attrs={"aria-label": f"{label}时间", "class": "form-control", "type": "time"},
    )


class BatchForm(forms.Form):
    """A new batch of a programme (B1)."""

    amount = forms.DecimalField(
        label="发放金额（元）", min_value=1, max_digits=12, decimal_places=2
    )
    opens_at = forms.SplitDateTimeField(
        label="申领开始",
        widget=_day_and_time("申领开始"),
        help_text="日期与时间，例如 2020-06-28 和 15:00。",
        validators=[check_year],
    )
    closes_at = forms.SplitDateTimeField(
        label="申领截止", widget=_day_and_time("申领截止"), validators=[check_year]
    )
    valid_until = forms.DateField(
        label="服务券有效期至", help_text="当日 24 时前支付有效。", validators=[check_year]
    )
