"""An enterprise's applications and vouchers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from enterprises.queries import eligibility
from foundation.accounts.models import Role
from foundation.accounts.sessions import account_named_by, sign_in_as_read
from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint
from foundation.requests import RoleRequired, actor_of, attempt
from vouchers import policies
from vouchers.entrance import Entrance, read_entrance
from vouchers.forms import AmountForm, ApplyForm
from vouchers.models import Application
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.reclaiming import return_voucher
from vouchers.printing import receipt_pdf
from vouchers.queries import (
    allowance_left,
    applications_visible_to,
    get_application_for,
    get_batch,
    get_voucher_for,
    programme_of,
    results_due_at,
    usable_balance,
    vouchers_visible_to,
)
from vouchers.states import BatchState


class EnterprisePage(RoleRequired, View):
    """A page for enterprise accounts."""

    roles = frozenset({Role.ENTERPRISE})


class WalletView(EnterprisePage):
    """Vouchers and applications, newest first, and what is left of the yearly cap."""

    def get(self, request: HttpRequest) -> HttpResponse:
        enterprise = getattr(request.user, "enterprise", None)
        programme = (
            programme_of(enterprise.city_id, local_day(request.at).year) if enterprise else None
        )
        return render(
            request,
            "vouchers/wallet.html",
            {
                "vouchers": [
                    {"voucher": voucher, "usable": usable_balance(voucher, request.at)}
                    for voucher in vouchers_visible_to(request.user)[:100]
                ],
                "applications": applications_visible_to(request.user).order_by("-pk")[:100],
                "programme": programme,
                "left": allowance_left(enterprise.pk, programme) if programme else None,
            },
        )


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
        return self._page(request, batch_pk, None)

    def post(self, request: HttpRequest, batch_pk: int) -> HttpResponse:
        batch = self.seen.batch if self.seen else get_batch(batch_pk)
        form = ApplyForm(request.POST, batch=batch, left=batch.programme.enterprise_cap)
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
        left = allowance_left(enterprise.pk, batch.programme)
        return render(
            request,
            "vouchers/apply.html",
            {
                "batch": batch,
                "conditions": eligibility(
                    enterprise,
                    city_id=batch.programme.city_id,
                    year=batch.programme.year,
                    at=request.at,
                ),
                "left": left,
                "closed_reason": why_not(policies.require_open, batch=batch, at=request.at),
                "live": Application.objects.filter(
                    batch=batch, enterprise=enterprise, withdrawn_at=None
                ).first(),
                "form": form or ApplyForm(batch=batch, left=left),
            },
        )


class ApplicationView(EnterprisePage):
    """One application: receipt, withdrawal, and the result once it is public (B7)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        batch = application.batch
        published = batch.state == BatchState.PUBLISHED
        return render(
            request,
            "vouchers/application.html",
            {
                "application": application,
                "batch": batch,
                "allocations": application.allocations.order_by("round").select_related("voucher")
                if published
                else [],
                "results_at": None if published else results_due_at(batch),
                "withdrawable": application.withdrawn_at is None
                and not why_not(policies.require_withdrawable, batch=batch, at=request.at),
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


class WithdrawView(EnterprisePage):
    """Withdraw an application (B4)."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        application = get_application_for(actor_of(request), pk)
        form = AmountForm({"amount": "1"})
        form.full_clean()
        done = attempt(
            form, withdraw_application, by=actor_of(request), at=request.at, application=application
        )
        if done is None:
            messages.error(request, " ".join(form.non_field_errors()))
        else:
            messages.success(request, "申领已撤回，额度已释放；再次申领将重新排队。")
        return redirect("vouchers:application", pk=pk)


class VoucherView(EnterprisePage):
    """One voucher: every yuan explained, its ledger, and voluntary return (V1–V3)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, pk, AmountForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        voucher = get_voucher_for(actor_of(request), pk)
        form = AmountForm(request.POST)
        if form.is_valid():
            done = attempt(
                form,
                return_voucher,
                by=actor_of(request),
                at=request.at,
                voucher=voucher,
                amount=form.cleaned_data["amount"],
            )
            if done is not None:
                messages.success(request, "已退回，退回金额不占用本年度申领额度。")
                return redirect("vouchers:voucher", pk=pk)
        return self._page(request, pk, form)

    def _page(self, request: HttpRequest, pk: int, form: AmountForm) -> HttpResponse:
        voucher = get_voucher_for(actor_of(request), pk)
        form.fields["amount"].label = "退回金额（元）"
        return render(
            request,
            "vouchers/voucher.html",
            {
                "voucher": voucher,
                "usable": usable_balance(voucher, request.at),
                "entries": voucher.entries.select_related("provider"),
                "form": form,
            },
        )
