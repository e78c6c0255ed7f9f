"""The filters of the dashboards' lists; anything unknown counts as not chosen."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from dashboards.figures import PLACES, SEVERAL, STAGES
from dashboards.groupings import GROUPINGS
from dashboards.operations.refreshing import DAY_KINDS
from dashboards.reach import Reach
from enterprises.models import Industry, SizeClass
from foundation.requests import DIGITS_MAX
from orders.states import OrderState
from providers.models import Category

ALL = ("", "全部")
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ReachForm(forms.Form):
    """A filter within a reach: the fields of the province's year or of a city's programme."""

    def __init__(self, data: Any, *, reach: Reach) -> None:
        super().__init__(data)
        self.reach = reach
        key, label = ("programme", "year")[reach.programme is None], ""
        value = reach.programme.pk if reach.programme else reach.year
        self.fields[key] = forms.CharField(
            label=label, required=False, widget=forms.HiddenInput(), initial=value
        )
        self.data = {**data.dict(), key: value}
        if "district" in self.fields:
            self._districts()
        if "batch" in self.fields:
            words = GROUPINGS["batch"].words(reach)
            self.fields["batch"].choices = [ALL, *words.items()]  # type: ignore[attr-defined]

    def _districts(self) -> None:
        if self.reach.district or self.reach.programme is None:
            # A district official has one, and the province chooses a city first.
            del self.fields["district"]
        else:
            words = GROUPINGS["district"].words(self.reach)
            self.fields["district"].choices = [ALL, *words.items()]  # type: ignore[attr-defined]

    def chosen(self) -> dict[str, Any]:
        """What was chosen and is known, by field."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value}


class ProfileFilterForm(ReachForm):
    """District, size and industry, as the enterprise's profile has them."""

    district = forms.ChoiceField(label="区", required=False)
    size = forms.ChoiceField(label="规模", required=False, choices=[ALL, *SizeClass.choices])
    industry = forms.ChoiceField(label="行业", required=False, choices=[ALL, *Industry.choices])


class EnterpriseFilterForm(ProfileFilterForm):
    """Stage, district, size, industry and words of the name, or the beginning of the credit code."""

    field_order = ("stage", "district", "size", "industry", "text")

    stage = forms.ChoiceField(label="环节", required=False, choices=[ALL, *STAGES.items()])
    text = forms.CharField(label="企业名称或信用代码", required=False, max_length=60)


class VoucherFilterForm(ProfileFilterForm):
    """Batch, place of the money, district, size and industry."""

    field_order = ("batch", "place", "district", "size", "industry")

    batch = forms.ChoiceField(label="批次", required=False)
    place = forms.ChoiceField(
        label="资金去向",
        required=False,
        choices=[ALL, *PLACES.items(), *((key, words) for key, (words, _) in SEVERAL.items())],
    )


def _week() -> forms.DateField:
    words = "请选择 2000 年至 2099 年的日期。"
    return forms.DateField(
        label="自此日起一周",
        required=False,
        widget=DATE,
        validators=[
            MinValueValidator(date(2000, 1, 1), words),
            MaxValueValidator(date(2099, 12, 31), words),
        ],
    )


class ApplicationFilterForm(ProfileFilterForm):
    """Batch, district, size, industry, and a week by its first day."""

    field_order = ("batch", "district", "size", "industry", "week")

    batch = forms.ChoiceField(label="批次", required=False)
    week = _week()


class EntryFilterForm(ReachForm):
    """Kind of movement, district, and a week by its first day."""

    kind = forms.ChoiceField(
        label="类别",
        required=False,
        choices=[ALL, *((kind.value, kind.label) for kind in DAY_KINDS.values())],
    )
    district = forms.ChoiceField(label="区", required=False)
    week = _week()


class OrderFilterForm(ReachForm):
    """Category, state, provider's name and district."""

    category = forms.ChoiceField(label="服务类别", required=False, choices=[ALL, *Category.choices])
    state = forms.ChoiceField(label="状态", required=False, choices=[ALL, *OrderState.choices])
    district = forms.ChoiceField(label="区", required=False)
    live = forms.BooleanField(label="只看有效订单", required=False)
    text = forms.CharField(label="服务机构名称", required=False, max_length=60)
    provider = forms.IntegerField(
        required=False, min_value=1, max_value=10**DIGITS_MAX - 1, widget=forms.HiddenInput()
    )


class CallFilterForm(ReachForm):
    """Who has been called already."""

    called = forms.ChoiceField(
        label="联系情况", required=False, choices=[ALL, ("no", "尚未联系"), ("yes", "已联系")]
    )


class CallForm(forms.Form):
    """What came of a call."""

    credit_code = forms.CharField(max_length=18)
    note = forms.CharField(label="联系情况", required=False, max_length=200)
