"""Filters of a desk list that are small forms: many values to choose from, and days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest


@dataclass(frozen=True)
class FilterField:
    """A field of a filter's form; without choices, a day."""

    name: str
    label: str
    value: str
    choices: list[tuple[str, str]]


class FormFilter(admin.ListFilter):
    """A filter that is a small form: what it asks, it takes out of the address itself."""

    template = "admin/desk/choice_filter.html"
    names: tuple[str, ...] = ()

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.user: Any = request.user
        for name in self.names:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]

    def asked(self, name: str) -> str:
        return str(self.used_parameters.get(name, ""))

    @property
    def value(self) -> bool:
        return any(self.asked(name) for name in self.names)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """Nothing to click; the form keeps what the other filters ask."""
        self.others = [
            (name, value)
            for name, value in changelist.params.items()
            if name not in (*self.names, "p", "e") and isinstance(value, str)
        ] + [
            (name, values[-1])
            for name, values in changelist.filter_params.items()
            if name not in (*self.names, "p", "e") and name not in changelist.params
        ]
        return iter(())
