"""Personal data in clear at the desk: once per recorded request, after a recent proof (F5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from foundation.accounts.reauthentication import ask_again
from foundation.accounts.sessions import proved_lately
from foundation.errors import OutOfReach
from foundation.requests import actor_of, attempt
from foundation.reviewing.screen import ReviewAdmin

REASON_MAX = 500


class RevealForm(forms.Form):
    """Why personal data is to be seen in clear (F5)."""

    reason = forms.CharField(
        label="查看原因",
        max_length=REASON_MAX,
        help_text="查看人、时间和原因将被记录。请勿填写身份证号码或手机号码。",
    )


class RevealingAdmin(ReviewAdmin):
    """A desk whose records hold personal data, shown masked everywhere else.

    ``reveal``: the operation, which takes the record under ``reveal_subject`` and returns what ``revealed_labels``
    names, attribute by attribute.
    """

    reveal: Callable[..., Any]
    reveal_subject: str = ""
    revealed_labels: Mapping[str, str] = {}

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_reveal"
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<path:object_id>/reveal/", view, name=name), *super().get_urls()]

    def may_reveal(self, request: HttpRequest, record: Any) -> bool:
        """Whether the account may see this record's personal data."""
        raise NotImplementedError

    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Personal data in clear, never by GET and never kept."""
        record = self._record(request, object_id)
        if not self.may_reveal(request, record):
            raise Http404
        at = request.at  # type: ignore[attr-defined]
        if not proved_lately(request, at=at):
            return ask_again(request)
        form = RevealForm(request.POST or None)
        revealed = None
        if form.is_valid():
            subject = {self.reveal_subject: record}
            try:
                revealed = attempt(
                    form,
                    type(self).reveal,
                    by=actor_of(request),
                    at=at,
                    **subject,
                    **form.cleaned_data,
                )
            except OutOfReach as error:
                raise Http404 from error
        response = TemplateResponse(
            request,
            "admin/desk/reveal.html",
            {
                **self.admin_site.each_context(request),
                "title": "查看完整个人信息",
                "opts": self.opts,
                "record": record,
                "form": form,
                "revealed": revealed is not None
                and [
                    (label, getattr(revealed, key)) for key, label in self.revealed_labels.items()
                ],
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response
