"""Change requests of a checked provider: what changes beside what stands, state and history (P2)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.desk import why_not
from foundation.personal_data import mask_id_number, mask_mobile
from providers.forms import ChangeForm
from providers.models import ChangeRequest, Provider
from providers.operations import request_change
from providers.policies import registering as rules
from providers.queries import change_requests_visible_to, has_open_change
from providers.states import ChangeState
from providers.views.pages import ProviderPage

PAGE_SIZE = 10
TONES: dict[str, str] = {
    ChangeState.SUBMITTED: "brand",
    ChangeState.APPLIED: "good",
    ChangeState.REFUSED: "bad",
}


class ChangeView(ProviderPage):
    """Ask for a change of name, user or contact, and see what became of earlier requests (P2)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, ChangeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ChangeForm(request.POST, request.FILES)
        if self.done(form, request_change, provider=self.provider()):
            messages.success(request, "变更申请已提交，审核后将通知您。")
            return redirect("providers:change")
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: ChangeForm) -> HttpResponse:
        provider = self.provider()
        requests = change_requests_visible_to(request.user).prefetch_related("materials")
        page = Paginator(requests, PAGE_SIZE).get_page(request.GET.get("page"))
        return render(
            request,
            "providers/change.html",
            {
                "form": form,
                "provider": provider,
                "pairs": [
                    {"label": label, "now": now, "field": form[name]}
                    for name, label, now in standing_values(provider)
                ],
                "locked": why_not(
                    rules.require_changeable,
                    state=provider.state,
                    has_open_request=has_open_change(provider),
                ),
                "page_obj": page,
                "requests": [
                    {
                        "request": one,
                        "lines": change_lines(one),
                        "tone": TONES.get(one.state, "neutral"),
                    }
                    for one in page
                ],
            },
        )


def standing_values(provider: Provider) -> list[tuple[str, str, str]]:
    """Field, label and the value in use of all that can be changed, personal data masked (F5)."""
    return [
        ("name", "机构名称", provider.name),
        ("address", "地址", provider.address),
        ("contact", "联系人", provider.contact),
        ("contact_id", "联系人身份证号码", mask_id_number(provider.contact_id)),
        ("contact_mobile", "联系人手机", mask_mobile(provider.contact_mobile)),
        ("username", "登录用户名", provider.account.username),
    ]


def change_lines(request: ChangeRequest) -> list[tuple[str, Any]]:
    """What a change request asks for: (label, value), personal data masked (F5)."""
    return [
        *((rules.CHANGE_FIELDS[key], value) for key, value in request.changes.items()),
        *request.masked_personal_changes(),
    ]
