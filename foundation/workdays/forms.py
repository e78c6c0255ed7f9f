"""The shape of the desk's acts on the calendar."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms


class DayListField(forms.CharField):
    """Dates such as 2027-02-05, separated by blanks, commas or lines; a range is 2027-02-05~2027-02-11."""

    widget = forms.Textarea
    RANGE_DAYS_MAX = 31

    def to_python(self, value: Any) -> list[date]:  # type: ignore[override]
        words = re.split(r"[\s,，、;；]+", super().to_python(value) or "")
        days: list[date] = []
        for word in filter(None, words):
            first, *rest = re.split(r"[~～至]", word)
            try:
                start = date.fromisoformat(first)
                end = date.fromisoformat(rest[0]) if rest else start
            except ValueError:
                raise forms.ValidationError(
                    f"“{word}”不是日期，请写成 2027-02-05 或 2027-02-05~2027-02-11。"
                ) from None
            if len(rest) > 1 or not 0 <= (end - start).days < self.RANGE_DAYS_MAX:
                raise forms.ValidationError(f"“{word}”的起止日期有误，请核对。")
            days += [date.fromordinal(n) for n in range(start.toordinal(), end.toordinal() + 1)]
        return days

    def validate(self, value: list[date]) -> None:  # type: ignore[override]
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The length limits of text do not apply to a list of days."""


class ExceptionForm(forms.Form):
    """One day that differs from the calendar."""

    day = forms.DateField(label="日期", widget=forms.DateInput(attrs={"type": "date"}))
    is_workday = forms.TypedChoiceField(
        label="当日",
        choices=[("yes", "上班"), ("no", "放假")],
        coerce=lambda word: word == "yes",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label="说明", max_length=60, help_text="例如：国庆节调休上班。")


class LoadYearForm(forms.Form):
    """The State Council's calendar of one year."""

    year = forms.IntegerField(label="年份", min_value=2000, max_value=2100)
    days_off = DayListField(
        label="放假日期",
        help_text="按国务院办公厅通知填写，可写区间，例如 2027-02-05~2027-02-11，用空格或换行分隔。",
    )
    makeup_days = DayListField(
        label="调休上班日期", required=False, help_text="周六、周日上班的日期；没有则不填。"
    )
