"""An enterprise's applications and vouchers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers
from django.views import View

from enterprises.queries import eligibility
from foundation.accounts.models import Role
from foundation.accounts.sessions import account_named_by, sign_in_as_read
from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.money import spoken_money
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint
from foundation.requests import RoleRequired, actor_of, attempt
from vouchers import policies
from vouchers.entrance import Entrance, read_entrance
from vouchers.forms import ApplicationFilter, ApplyForm, ReturnForm, quick_choices
from vouchers.models import Application, Voucher
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.reclaiming import return_voucher
from vouchers.outcomes import explained_results, place_in_waiting_list
from vouchers.printing import receipt_pdf
from vouchers.queries import (
    applications_visible_to,
    get_application_for,
    get_batch,
    get_voucher_for,
    programme_of,
    results_shown_at,
    usable_balance,
    vouchers_visible_to,
)
from vouchers.states import BatchState
from vouchers.wallet import allowance_of, movement_of, places_of

VOUCHERS_A_PAGE = 10
APPLICATIONS_SHOWN = 5
APPLICATIONS_A_PAGE = 20
ENTRIES_A_PAGE = 30


class EnterprisePage(RoleRequired, View):
    """A page for enterprise accounts."""

    roles = frozenset({Role.ENTERPRISE})


class WalletView(EnterprisePage):
    """The vouchers with where their money is and what can be done, what is left of the yearly cap, and the latest
    applications."""

    def get(self, request: HttpRequest) -> HttpResponse:
        at = request.at
        enterprise = getattr(request.user, "enterprise", None)
        programme = programme_of(enterprise.city_id, local_day(at).year) if enterprise else None
        # Those that can still be used come first.
        vouchers = vouchers_visible_to(request.user).order_by("-batch__valid_until", "-pk")
        page = Paginator(vouchers, VOUCHERS_A_PAGE).get_page(request.GET.get("page"))
        rows = [_voucher_row(voucher, at) for voucher in page]
        return render(
            request,
            "vouchers/wallet.html",
            {
                "enterprise": enterprise,
                "page_obj": page,
                "live": [row for row in rows if row["is_live"]],
                "ended": [row for row in rows if not row["is_live"]],
                "applications": applications_visible_to(request.user).order_by("-pk")[
                    :APPLICATIONS_SHOWN
                ],
                "programme": programme,
                "allowance": allowance_of(enterprise.pk, programme) if programme else None,
            },
        )


def _voucher_row(voucher: Voucher, at: datetime) -> dict[str, Any]:
    """A voucher for its card: the places of its money, its deadlines, and whether anything is still to come."""
    batch = voucher.batch
    return {
        "voucher": voucher,
        "places": places_of([voucher], at),
        "usable": usable_balance(voucher, at),
        "in_window": at <= batch.usage_ends_at,
        "payable": bool(voucher.reserved) and at <= batch.expires_at,
        "is_live": at <= batch.expires_at
        and bool(voucher.reserved or voucher.paid or usable_balance(voucher, at)),
    }


class ApplicationsView(EnterprisePage):
    """Every application, newest first, filtered by how it ended."""

    def get(self, request: HttpRequest) -> HttpResponse:
        filters = ApplicationFilter(request.GET)
        applications = filters.narrow(applications_visible_to(request.user).order_by("-pk"))
        page = Paginator(applications, APPLICATIONS_A_PAGE).get_page(request.GET.get("page"))
        return render(request, "vouchers/applications.html", {"page_obj": page, "filters": filters})


def _submit_or_full(**arguments: Any) -> Application | policies.BatchFull:
    """A full batch is an answer like an application: those who come too late are many (B4)."""
    try:
        return submit_application(**arguments)
    except policies.BatchFull as refusal:
        return refusal


class ApplyView(EnterprisePage):
    """Apply for a batch: eligibility, what is left, one amount (B2–B4, E5)."""

    seen: Entrance | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Thousands press the button at once: the account is read with all that decides, not before it."""
        account = account_named_by(request) if request.method == "POST" else None
        if account is not None:
            self.seen = read_entrance(
                account_pk=account, batch_pk=kwargs["batch_pk"], at=request.at
            )
            if self.seen is not None:
                sign_in_as_read(request, self.seen.account)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, batch_pk: int) -> HttpResponse:
        response = self._page(request, batch_pk, None)
        # Its countdown starts at the moment of the answer: an old answer shown again would open too late.
        add_never_cache_headers(response)
        return response

    def post(self, request: HttpRequest, batch_pk: int) -> HttpResponse:
        batch = self.seen.batch if self.seen else get_batch(batch_pk)
        form = ApplyForm(request.POST, batch=batch)
        if form.is_valid():
            done = attempt(
                form,
                _submit_or_full,
                by=actor_of(request),
                at=request.at,
                batch_pk=batch_pk,
                amount=form.cleaned_data["amount"],
                seen=self.seen,
            )
            if isinstance(done, policies.BatchFull):
                # In the rush not even the count of unread messages is asked for.
                context = {"batch": batch, "refusal": done, "unread_messages": 0}
                return render(request, "vouchers/full.html", context)
            if done is not None:
                return redirect("vouchers:application", pk=done.pk)
        return self._page(request, batch_pk, form)

    def _page(self, request: HttpRequest, batch_pk: int, form: ApplyForm | None) -> HttpResponse:
        batch = get_batch(batch_pk)
        enterprise = getattr(request.user, "enterprise", None)
        if enterprise is None:
            messages.info(request, "请先完成企业注册并通过核对。")
            return redirect("enterprises:home")
        if enterprise.city_id != batch.programme.city_id:
            raise OutOfReach("G3: another city's batch")
        allowance = allowance_of(enterprise.pk, batch.programme)
        conditions = eligibility(
            enterprise,
            city_id=batch.programme.city_id,
            year=batch.programme.year,
            at=request.at,
        )
        form = form or ApplyForm(batch=batch)
        failing = [one for one in conditions if not one.met]
        closed_reason = why_not(policies.require_open, batch=batch, at=request.at)
        is_coming = batch.state == BatchState.ANNOUNCED and request.at < batch.opens_at
        step = batch.programme.application_step
        return render(
            request,
            "vouchers/apply.html",
            {
                "batch": batch,
                "conditions": conditions,
                "failing": failing,
                "allowance": allowance,
                "most": allowance.left // step * step,
                "choices": quick_choices(allowance.left, step),
                "closed_reason": closed_reason,
                "is_coming": is_coming,
                # Filled in while one waits; a form that came back keeps what was typed.
                "shows_form": form.is_bound
                or (allowance.left >= step and (is_coming or not (closed_reason or failing))),
                "live": Application.objects.filter(
                    batch=batch, enterprise=enterprise, withdrawn_at=None
                ).first(),
                "form": form,
            },
        )


class ApplicationView(EnterprisePage):
    """One application: receipt, withdrawal, and the result once it is public (B7)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        batch = application.batch
        published = batch.state == BatchState.PUBLISHED
        shown = published and application.withdrawn_at is None
        return render(
            request,
            "vouchers/application.html",
            {
                "application": application,
                "batch": batch,
                "results": explained_results(application) if shown else [],
                "waiting": place_in_waiting_list(application, request.at) if shown else None,
                "results_at": None if published else results_shown_at(batch),
                "withdrawable": _may_withdraw(application, request.at),
                "reapply": bool(application.withdrawn_at)
                and not why_not(policies.require_open, batch=batch, at=request.at),
            },
        )


class ReceiptView(EnterprisePage):
    """The receipt of an application as PDF (B2)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        try:
            content = receipt_pdf(application, at=request.at)
        except UnableToPrint as refusal:
            messages.error(request, refusal.sentence)
            return redirect("vouchers:application", pk=pk)
        name = f"服务券申领回执 {application.number}.pdf"
        return download(content, name=name, content_type=PDF)


def _may_withdraw(application: Application, at: datetime) -> bool:
    return application.withdrawn_at is None and not why_not(
        policies.require_withdrawable, batch=application.batch, at=at
    )


class WithdrawView(EnterprisePage):
    """Withdraw an application, once one has read what that means (B4)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        if not _may_withdraw(application, request.at):
            return redirect("vouchers:application", pk=pk)
        return render(
            request,
            "vouchers/withdraw.html",
            {"application": application, "batch": application.batch, "form": forms.Form()},
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        form = forms.Form({})
        done = attempt(
            form, withdraw_application, by=actor_of(request), at=request.at, application=application
        )
        if done is None:
            messages.error(request, " ".join(form.non_field_errors()))
        else:
            messages.success(request, "申领已撤回，额度已释放；再次申领将重新排队。")
        return redirect("vouchers:application", pk=pk)


class VoucherView(EnterprisePage):
    """One voucher: every yuan explained, its ledger, and voluntary return in two steps (V1–V3)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, pk, ReturnForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        voucher = get_voucher_for(actor_of(request), pk)
        form = ReturnForm(request.POST)
        if form.is_valid():
            amount = form.cleaned_data["amount"]
            if not form.cleaned_data["understood"]:
                # The same check as the operation's, before one is asked whether it is meant.
                if attempt(form, _returnable, voucher=voucher, at=request.at, amount=amount):
                    return self._confirmation(request, voucher, amount)
            elif attempt(
                form,
                return_voucher,
                by=actor_of(request),
                at=request.at,
                voucher=voucher,
                amount=amount,
            ):
                messages.success(
                    request, f"已退回 {spoken_money(amount)}，退回金额不占用本年度申领额度。"
                )
                return redirect("vouchers:voucher", pk=pk)
        return self._page(request, pk, form)

    def _confirmation(
        self, request: HttpRequest, voucher: Voucher, amount: Decimal
    ) -> HttpResponse:
        programme = voucher.batch.programme
        allowance = allowance_of(voucher.enterprise_id, programme)
        return render(
            request,
            "vouchers/return.html",
            {
                "voucher": voucher,
                "batch": voucher.batch,
                "amount": amount,
                "free_after": voucher.free - amount,
                "allowance": allowance,
                "left_after": allowance.left + amount,
                "form": ReturnForm(initial={"amount": amount, "understood": "yes"}),
            },
        )

    def _page(self, request: HttpRequest, pk: int, form: ReturnForm) -> HttpResponse:
        voucher = get_voucher_for(actor_of(request), pk)
        entries = voucher.entries.select_related("provider").order_by("-id")
        page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
        return render(
            request,
            "vouchers/voucher.html",
            {
                **_voucher_row(voucher, request.at),
                "movements": [movement_of(entry) for entry in page],
                "page_obj": page,
                "form": form,
            },
        )


def _returnable(*, voucher: Voucher, at: datetime, amount: Decimal) -> bool:
    policies.require_returnable(voucher.batch, at=at, amount=amount, free=voucher.free)
    return True
