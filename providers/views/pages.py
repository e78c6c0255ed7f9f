"""What every page of a provider account shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.views import View

from foundation.accounts.models import Role
from foundation.errors import OutOfReach
from foundation.requests import RoleRequired, actor_of, attempt
from providers.models import Provider
from providers.queries import provider_of


class ProviderPage(RoleRequired, View):
    """A page for provider accounts."""

    roles = frozenset({Role.PROVIDER})

    @property
    def at(self) -> datetime:
        """The moment of this act."""
        return self.request.at

    def provider(self) -> Provider:
        """The account's provider; OutOfReach (404) before registration."""
        found = provider_of(self.request.user)
        if found is None:
            raise OutOfReach("not registered")
        return found

    def done(self, form: forms.Form, operation: Any, **arguments: Any) -> Any:
        """What the operation made of a sound form; None when it was refused, which then stands in the form."""
        if not form.is_valid():
            return None
        by = actor_of(self.request)
        return attempt(form, operation, by=by, at=self.at, **arguments, **form.cleaned_data)

    def act(self, done: str, operation: Any, **arguments: Any) -> Any:
        """One operation of a button without a form; None when it was refused, which the next page then says."""
        form = forms.Form({})
        request = self.request
        result = attempt(form, operation, by=actor_of(request), at=self.at, **arguments)
        if result is None:
            for sentence in form.non_field_errors():
                messages.error(request, sentence)
        else:
            messages.success(request, done)
        return result
