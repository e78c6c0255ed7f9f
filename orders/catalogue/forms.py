"""The filters of the public catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse

from foundation.regions.models import City
from foundation.regions.queries import all_cities
from providers.forms.fields import price_field
from providers.models import Category
from providers.service_catalogue import SERVICE_TYPES

RATINGS = [("", "不限"), ("4.5", "4.5 分及以上"), ("4", "4 分及以上"), ("3", "3 分及以上")]
SORTS = [
    ("", "最新发布"),
    ("rating", "评分从高到低"),
    ("price", "价格从低到高"),
    ("price-down", "价格从高到低"),
]


def _types_by_category(category: str = "") -> list[tuple[str, Any]]:
    """The service types of a category, of all categories for what is none."""
    if category in SERVICE_TYPES:
        return [("", "全部"), *((name, name) for name in SERVICE_TYPES[category])]
    groups: list[tuple[str, Any]] = [
        (Category(key).label, [(name, name) for name in names])
        for key, names in SERVICE_TYPES.items()
    ]
    return [("", "全部"), *groups]


class CatalogueForm(forms.Form):
    """Every filter is optional; what makes no sense is said at its field and filters nothing."""

    text = forms.CharField(label="关键词", required=False, max_length=60)
    city = forms.ModelChoiceField(
        City.objects.none(),
        label="服务城市",
        required=False,
        to_field_name="slug",
        empty_label="全部",
    )
    category = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部"), *Category.choices]
    )
    service_type = forms.ChoiceField(label="服务类型", required=False, choices=_types_by_category)
    sort = forms.ChoiceField(label="排序", required=False, choices=SORTS)
    price_from = price_field("价格不低于（元）", required=False, min_value=0)
    price_to = price_field("价格不高于（元）", required=False, min_value=0)
    rating = forms.ChoiceField(label="评分", required=False, choices=RATINGS)
    accepting = forms.BooleanField(label="只看还能收券的", required=False)
    # A provider's page links here; whoever filters by hand types its name as a word.
    provider = forms.IntegerField(
        required=False, min_value=1, max_value=10**15, widget=forms.HiddenInput
    )

    ALWAYS_SHOWN = ("city", "category", "service_type", "sort")

    def __init__(self, data: QueryDict) -> None:
        category = data.get("category", "")
        types = [name for names in SERVICE_TYPES.values() for name in names]
        asked = data.get("service_type")
        if asked in types and asked not in SERVICE_TYPES.get(category, types):
            # Chosen before the category was changed.
            data = data.copy()
            data["service_type"] = ""
        super().__init__(data)
        self.fields["city"].queryset = all_cities()  # type: ignore[attr-defined]
        self.fields["service_type"].choices = _types_by_category(category)  # type: ignore[attr-defined]
        # The list itself knows the types of a category.
        self.fields["category"].widget.attrs |= {
            "hx-get": reverse("catalogue:list"),
            "hx-include": "closest form",
            "hx-select": "#id_service_type",
            "hx-target": "#id_service_type",
            "hx-swap": "outerHTML",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        low, high = cleaned.get("price_from"), cleaned.get("price_to")
        if low is not None and high is not None and low > high:
            self.add_error("price_to", "最高价低于最低价，已忽略；请改正后再筛选。")
        return cleaned

    @property
    def always_shown(self) -> list[forms.BoundField]:
        """The filters that stand in the first row on a wide page."""
        return [self[name] for name in self.ALWAYS_SHOWN]

    @property
    def more(self) -> list[forms.BoundField]:
        """The filters that are folded away until one is used."""
        shown = {"text", *self.ALWAYS_SHOWN}
        return [field for field in self.visible_fields() if field.name not in shown]

    @property
    def uses_more(self) -> bool:
        """Whether a folded filter is set, or wrong."""
        return any(self.data.get(field.name) or field.errors for field in self.more)

    @property
    def count(self) -> int:
        """How many filters are set, without the word and the order."""
        return sum(
            bool(self.data.get(field.name))
            for field in self.visible_fields()
            if field.name not in {"text", "sort"}
        )

    @property
    def has_folded_errors(self) -> bool:
        """Whether something is wrong in what a phone folds away."""
        return any(field.errors for field in self.visible_fields() if field.name != "text")

    def chosen(self) -> dict[str, Any]:
        """The sound filters, as ``orders.catalogue.queries.shelf`` takes them."""
        self.is_valid()
        sound = self.cleaned_data
        return {
            "text": sound.get("text") or "",
            "category": sound.get("category") or "",
            "service_type": sound.get("service_type") or "",
            "city": sound.get("city"),
            "provider_id": sound.get("provider"),
            "price_from": sound.get("price_from"),
            "price_to": sound.get("price_to"),
            "rating": Decimal(sound["rating"]) if sound.get("rating") else None,
            "accepting": bool(sound.get("accepting")),
            "sort": sound.get("sort") or "",
        }
