"""What another amount, cap or roster would have granted; for the bureau, by GET, writing nothing (B5, B6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.scenarios import compared, size_of, spread
from dashboards.views.base import DashboardPage
from dashboards.what_if_forms import WhatIfForm
from enterprises.models import SizeClass
from foundation.accounts.models import Role
from foundation.printing.answers import EXCEL, download
from foundation.spreadsheets import workbook
from vouchers.what_if import applicants_of, batches_to_try, real, try_out


class WhatIfView(DashboardPage):
    """Scenarios on the applications of a closed batch, side by side."""

    roles = frozenset({Role.BUREAU})
    tab = "what-if"

    def get(self, request: HttpRequest) -> HttpResponse:
        reach = self.required_reach(request)
        asked = "batch" in request.GET
        form = WhatIfForm(
            request.GET if asked else None,
            reach=reach,
            batches=batches_to_try(reach.programme.city_id, request.at),
        )
        more: dict[str, Any] = {}
        if asked and form.is_valid():
            batch = form.cleaned_data["batch"]
            applicants = applicants_of(batch, request.at)
            base = real(batch, applicants)
            tried = [
                try_out(scenario, applicants)
                for scenario in form.scenarios(batch.programme.enterprise_cap)
            ]
            more = {
                "batch": batch,
                "tables": [
                    compared(applicants, base, tried),
                    spread(
                        applicants,
                        [base, *tried],
                        key="size",
                        heading="规模",
                        group=size_of,
                        order=SizeClass.labels,
                    ),
                    spread(
                        applicants,
                        [base, *tried],
                        key="district",
                        heading="区",
                        group=lambda one: one.district,
                    ),
                ],
            }
            if "excel" in request.GET:
                book = workbook([table.sheet() for table in more["tables"]])
                return download(book, name="发放测算.xlsx", content_type=EXCEL)
        return render(
            request, "dashboards/what_if.html", self.context(request, reach, form=form, **more)
        )
