"""The shape of the desk's acts (P2, P6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime

from foundation.accounts.actors import Actor
from providers.policies import products as product_rules
from providers.policies import registering as rules


class ReviewForm(forms.Form):
    """An act on the submission that the reviewer has looked at (P2, P6)."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def bind_to(self, record: Any, actor: Actor, at: datetime) -> None:
        """Remember which submission the page showed."""
        self.initial["seen"] = record.submitted_at.isoformat() if record.submitted_at else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            seen = parse_datetime(cleaned.get("seen") or "")
        except ValueError:
            seen = None
        return {**cleaned, "seen": seen}


class RefuseForm(forms.Form):
    """Refuse with a reason."""

    reason = forms.CharField(
        label="原因",
        max_length=rules.REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="对方将看到该原因；请勿填写身份证号码或手机号码。",
    )


class RefuseProviderForm(RefuseForm, ReviewForm):
    """Refuse the submission that was looked at."""


class _ItemsForm(ReviewForm):
    """Send back with a reason for each item that needs correcting."""

    items: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item, label in self.items.items():
            self.fields[item] = forms.CharField(
                label=label,
                required=False,
                max_length=rules.REASON_MAX,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        return {
            "seen": cleaned.get("seen"),
            "item_reasons": {item: cleaned.get(item) or "" for item in self.items},
        }


class SendBackProviderForm(_ItemsForm):
    """The items of a registration (P2)."""

    items = rules.REVIEW_ITEMS


class SendBackVersionForm(_ItemsForm):
    """The items of a product (P6)."""

    items = product_rules.REVIEW_ITEMS
