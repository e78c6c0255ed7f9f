"""The filters of the public lists; anything unknown counts as not chosen."""

from __future__ import annotations

from django import forms

from foundation.regions.models import City


class CityFilterForm(forms.Form):
    """One city's lists."""

    city = forms.ModelChoiceField(
        City.objects.order_by("code"),
        label="地市",
        required=False,
        to_field_name="slug",
        empty_label="全部地市",
    )


class WordsFilterForm(forms.Form):
    """Words that a line has."""

    text = forms.CharField(label="机构、企业或产品名称", required=False, max_length=60)


class ResultsFilterForm(CityFilterForm):
    """Settlement results by city and provider."""

    text = forms.CharField(label="服务机构名称", required=False, max_length=60)
