"""Public notices, and one's own messages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, ListView

from foundation.documents.views import serve
from foundation.notices.formatting import body_of, plain_text_of
from foundation.notices.forms import InboxFilterForm, NoticeFilterForm
from foundation.notices.models import Message, Notice
from foundation.notices.operations import read_all_messages, read_message
from foundation.notices.queries import (
    corrections_shown,
    get_attachment,
    messages_of,
    notices_visible,
)
from foundation.notices.words import words_of
from foundation.requests import actor_of
from foundation.searching import holding

PAGE_SIZE = 20


class NoticeListView(ListView):
    """What the public can see now, by city and kind (N1)."""

    template_name = "notices/list.html"
    paginate_by = PAGE_SIZE
    context_object_name = "notices"

    def get_queryset(self) -> QuerySet[Notice]:
        self.filter = NoticeFilterForm(self.request.GET or None)
        found = notices_visible(self.request.at).select_related("city")  # type: ignore[attr-defined]
        if self.filter.is_bound:
            self.filter.is_valid()
            for field in ("city", "kind"):
                if value := self.filter.cleaned_data.get(field):
                    found = found.filter(**{field: value})
            for word in (self.filter.cleaned_data.get("text") or "").split():
                found = found.filter(holding(word, "title", "body"))
        return found

    def paginate_queryset(self, queryset: Any, page_size: int) -> Any:
        """A page that is not there is the nearest one that is, as in every public list."""
        page = Paginator(queryset, page_size).get_page(self.request.GET.get("page"))
        return page.paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(filter=self.filter, **kwargs)


class NoticeDetailView(DetailView):
    """One notice with its attachments (N1); 404 before its time."""

    template_name = "notices/detail.html"
    context_object_name = "notice"

    def get_queryset(self) -> QuerySet[Notice]:
        return notices_visible(self.request.at).select_related("city")  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        notice = self.object
        corrections = [
            (correction, body_of(notice, correction.body))
            for correction in corrections_shown(notice)
        ]
        return super().get_context_data(
            attachments=notice.attachments.order_by("pk"),
            body=body_of(notice),
            words=plain_text_of(notice),
            corrections=corrections,
            **kwargs,
        )


@require_safe
def attachment(request: HttpRequest, pk: int, document_pk: int) -> FileResponse | HttpResponse:
    """A file of a notice that the public can see; 404 for any other (N1, F4)."""
    found = get_attachment(notice_pk=pk, document_pk=document_pk, at=request.at)  # type: ignore[attr-defined]
    return serve(request, found)


class InboxView(LoginRequiredMixin, ListView):
    """One's own messages, newest first: all or unread, with a search (N2)."""

    template_name = "notices/inbox.html"
    paginate_by = PAGE_SIZE

    def get_queryset(self) -> QuerySet[Message]:
        self.filter = InboxFilterForm(self.request.GET or None)
        chosen = self.filter.cleaned_data if self.filter.is_bound and self.filter.is_valid() else {}
        self.filtered = bool(chosen.get("show") or chosen.get("q"))
        return messages_of(
            self.request.user,
            unread=chosen.get("show") == "unread",
            words=chosen.get("q", ""),
        )

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Any, Any, Any, bool]:
        """The nearest page there is: a list of unread messages grows shorter while one reads."""
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get(self.page_kwarg))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        rows = [{"message": message, "words": words_of(message)} for message in context["page_obj"]]
        return {**context, "rows": rows, "filter": self.filter, "filtered": self.filtered}


class MessageView(LoginRequiredMixin, View):
    """One message in full, with the link to where to act; opening it is reading it (N2)."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = read_message(by=actor_of(request), at=request.at, pk=pk)
        context = {"message": message, "words": words_of(message)}
        return render(request, "notices/message.html", context)


class ReadMessageView(LoginRequiredMixin, View):
    """Marks a message as read, and stays at the list (N2)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        read_message(by=actor_of(request), at=request.at, pk=pk)
        back = request.POST.get("back", "")
        # The list as it was filtered; only its own query string comes back.
        return redirect(f"{reverse('notices:inbox')}{back if back.startswith('?') else ''}")


class ReadAllView(LoginRequiredMixin, View):
    """Marks all messages as read (N2)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        count = read_all_messages(by=actor_of(request), at=request.at)  # type: ignore[attr-defined]
        messages.success(request, f"已将 {count} 条消息标为已读。")
        return redirect("notices:inbox")
