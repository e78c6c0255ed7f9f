"""The provider's home page: what to do next over everything, and how it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from foundation.moments import local_day
from foundation.todos import todos_of
from providers.models import Provider
from providers.progress import STATE_TONES
from providers.queries import product_counts, provider_of, why_not_in_standing
from providers.states import ProviderState
from providers.views.pages import ProviderPage

TODOS_SHOWN = 10


def _figures_of(provider: Provider, at: datetime) -> Any:
    """Caps, amounts, rating and response times, known on a higher floor (P7)."""
    return import_string(settings.PROVIDER_FIGURES_QUERY)(provider, at)


class HomeView(ProviderPage):
    """The next thing to do in one sentence, then money, orders, products and the registration."""

    def get(self, request: HttpRequest) -> HttpResponse:
        provider = provider_of(request.user)
        todos = todos_of(request.user, self.at)
        context: dict[str, Any] = {
            "provider": provider,
            "first": todos[0] if todos else None,
            "others": todos[1:TODOS_SHOWN],
        }
        if provider is not None:
            accreditation = provider.accreditation
            context |= {
                "tone": STATE_TONES.get(provider.state, "neutral"),
                "standing": why_not_in_standing(provider, self.at),
                "is_waiting": provider.state == ProviderState.SUBMITTED,
                "is_approved": provider.state == ProviderState.APPROVED,
                "days_left": (accreditation.valid_until - local_day(self.at)).days,
                "products": product_counts(provider),
                "figures": _figures_of(provider, self.at)
                if provider.state == ProviderState.APPROVED
                else None,
            }
        return render(request, "providers/home.html", context)
