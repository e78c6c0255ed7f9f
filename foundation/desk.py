"""The staff desk in Django admin: records are read-only, and every write is an act that calls one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from foundation.accounts.models import Role
from foundation.accounts.reauthentication import ask_again, prove_first
from foundation.accounts.sessions import proved_lately
from foundation.audit.history import line_of
from foundation.audit.queries import history_of
from foundation.desk_filters import FormFilter
from foundation.errors import OutOfReach, Refusal
from foundation.list_exports import ListExport
from foundation.requests import actor_of, attempt

HISTORY_PER_PAGE = 50
# How Django's list filters ask about a field.
FILTER_LOOKUPS = ("", "__exact", "__id__exact", "__isnull", "__gte", "__lt")


@dataclass(frozen=True)
class Act:
    """A button of the desk.

    ``operation`` is called with ``by``, ``at``, the form's cleaned data and, for acts on one record, that record
    under the keyword ``subject`` names. ``why_not(record, actor, at)`` returns a Chinese reason to hide the button,
    or "" when the act is possible; it asks the same policy the operation asks. ``sensitive``: who acts has proved
    lately who they are.
    """

    label: str
    operation: Callable[..., Any]
    form: type[forms.Form] = forms.Form
    roles: frozenset[str] = frozenset()
    subject: str = ""
    why_not: Callable[[Any, Any, Any], str] | None = None
    done: str = "已完成。"
    template: str = "admin/desk/act.html"
    sensitive: bool = False


class DeskAdmin(ListExport):
    """Read-only lists and records with acts.

    ``desk_roles``: who may look. ``visible_to(user)``: the records in the user's reach, from the app's queries.
    ``record_acts`` act on one record, ``list_acts`` make a new one. Forms may take ``record``, ``actor`` and ``at``
    by defining ``bind_to(record, actor, at)``.
    """

    desk_roles: frozenset[str] = frozenset()
    record_acts: dict[str, Act] = {}
    list_acts: dict[str, Act] = {}
    actions = None
    change_form_template = "admin/desk/record.html"
    change_list_template = "admin/desk/list.html"

    def visible_to(self, user: Any) -> QuerySet[Any]:
        """The records ``user`` may see; everything else is 404."""
        raise NotImplementedError

    def _may_look(self, request: HttpRequest) -> bool:
        return getattr(request.user, "role", "") in self.desk_roles

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = self.visible_to(request.user)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_look(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask.

        Django lets any field of the model itself be asked in the address, ``?password__startswith=`` too: one who
        may not see a field would learn it letter by letter.
        """
        offered = {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
        if lookup in offered and len(value) > len("2020"):
            return False
        for item in self.get_list_filter(request):  # type: ignore[arg-type]
            if isinstance(item, type) and issubclass(item, FormFilter):
                offered |= set(item.names)
                continue
            own = isinstance(item, type) and issubclass(item, SimpleListFilter)
            name = item.parameter_name if own else item
            offered |= {f"{name}{way}" for way in FILTER_LOOKUPS}
        return lookup in offered and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        acts = [
            path(
                "act/<slug:act>/",
                self.admin_site.admin_view(self.list_act_view),
                name=f"{name}_list_act",
            ),
            path(
                "<path:object_id>/act/<slug:act>/",
                self.admin_site.admin_view(self.record_act_view),
                name=f"{name}_record_act",
            ),
        ]
        return acts + super().get_urls()

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A moment that no calendar has in UTC is a wrong question like any other, which Django does not see."""
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters from error

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self._may_look(request):
            raise Http404
        role = getattr(request.user, "role", "")
        offered = [(key, act.label) for key, act in self.list_acts.items() if role in act.roles]
        return super().changelist_view(request, {**(extra_context or {}), "desk_acts": offered})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self._record(request, object_id)
        role = getattr(request.user, "role", "")
        offered = []
        for key, act in self.record_acts.items():
            if role in act.roles:
                reason = act.why_not(record, actor_of(request), request.at) if act.why_not else ""  # type: ignore[attr-defined]
                offered.append({"key": key, "label": act.label, "why_not": reason})
        return super().change_view(
            request,
            object_id,
            form_url,
            {**(extra_context or {}), "desk_acts": offered, "record": record},
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Everything that happened to the record, out of the audit trail; Django's own log holds nothing of it.

        Where from an act came only the bureau sees.
        """
        record = self._record(request, object_id)
        entries = history_of(record).reverse()
        page = Paginator(entries, HISTORY_PER_PAGE).get_page(request.GET.get("p"))
        return TemplateResponse(
            request,
            "admin/desk/history.html",
            {
                **self.admin_site.each_context(request),
                "title": "办理记录",
                "opts": self.opts,
                "record": record,
                "page": page,
                "lines": [line_of(entry) for entry in page],
                "shows_addresses": getattr(request.user, "role", "") == Role.BUREAU,
            },
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """There is no such page: new records come from acts."""
        raise Http404

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """There is no such page: what was recorded stays."""
        raise Http404

    def _record(self, request: HttpRequest, object_id: str) -> Any:
        record = self.get_object(request, object_id) if self._may_look(request) else None
        if record is None:
            raise Http404
        return record

    def record_act_view(self, request: HttpRequest, object_id: str, act: str) -> HttpResponse:
        record = self._record(request, object_id)
        return self._act(request, self.record_acts.get(act), record)

    def list_act_view(self, request: HttpRequest, act: str) -> HttpResponse:
        return self._act(request, self.list_acts.get(act), None)

    def _act(
        self, request: HttpRequest, act: Act | None, record: models.Model | None
    ) -> HttpResponse:
        if act is None or getattr(request.user, "role", "") not in act.roles:
            raise Http404
        actor, at = actor_of(request), request.at  # type: ignore[attr-defined]
        posted = request.method == "POST"
        proved = not act.sensitive or proved_lately(request, at=at)
        if not proved and not posted:
            return ask_again(request)
        form = act.form(request.POST, request.FILES) if posted else act.form()
        if hasattr(form, "bind_to"):
            form.bind_to(record, actor, at)
        here = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        try:
            if posted and not proved:
                # What was typed stays in the form while the proof is given in another window.
                form.full_clean()
                form.add_error(None, prove_first(request))
            elif posted and form.is_valid():
                subject = {act.subject: record} if record is not None else {}
                done = attempt(form, act.operation, by=actor, at=at, **subject, **form.cleaned_data)
                if done is not None:
                    messages.success(request, act.done)
                    # An act that makes a new record of the kind leads to it.
                    target = done if isinstance(done, self.model) else record
                    if (
                        isinstance(target, self.model)
                        and self.get_queryset(request).filter(pk=target.pk).exists()
                    ):
                        return HttpResponseRedirect(reverse(f"{here}_change", args=[target.pk]))
                    return HttpResponseRedirect(reverse(f"{here}_changelist"))
        except OutOfReach as error:
            raise Http404 from error
        reason = act.why_not(record, actor, at) if act.why_not and record is not None else ""
        return TemplateResponse(
            request,
            act.template,
            {
                **self.admin_site.each_context(request),
                "title": act.label,
                "opts": self.opts,
                "form": form,
                "record": record,
                "why_not": reason,
            },
        )


def why_not(check: Callable[..., Any], **arguments: Any) -> str:
    """The sentence of the Refusal that ``check`` raises, or "" when it passes."""
    try:
        check(**arguments)
    except Refusal as refusal:
        return refusal.sentence
    except OutOfReach:
        return "您无权进行此操作。"
    return ""


def person_column(field: str, description: str) -> Any:
    """A field of a record that names an account, by the person's name and without a link to the account."""

    @admin.display(description=description)
    def column(self: Any, record: Any) -> str:
        account = getattr(record, field)
        return account.shown_name if account is not None else "—"

    return column
