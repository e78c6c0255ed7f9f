"""The declaration to print, sign and stamp: as a page and as PDF (E3)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from enterprises.models import SizeClass
from enterprises.operations import fill_in_declaration
from enterprises.views import EnterprisePage
from foundation.printing.answers import PDF, download
from foundation.printing.typesetting import UnableToPrint, print_form
from foundation.requests import actor_of


class DeclarationView(EnterprisePage):
    """The declaration filled in from E2, for the browser to print."""

    def get(self, request: HttpRequest) -> HttpResponse:
        qualification = self.qualification()
        letter = fill_in_declaration(by=actor_of(request), at=self.at, qualification=qualification)
        response = render(
            request,
            "enterprises/declaration.html",
            {
                "letter": letter,
                "unconfirmed": qualification.profile.figures_year != self.year - 1,
                "is_large": qualification.profile.size_class == SizeClass.LARGE,
            },
        )
        # The sheet holds ID numbers in clear, as it has to be signed (F5).
        response["Cache-Control"] = "private, no-store"
        return response


class DeclarationPdfView(EnterprisePage):
    """The same as a PDF with its font."""

    def get(self, request: HttpRequest) -> HttpResponse:
        letter = fill_in_declaration(
            by=actor_of(request), at=self.at, qualification=self.qualification()
        )
        try:
            content = print_form("printing/letter.typ", letter.as_data(), at=self.at)
        except UnableToPrint as refusal:
            messages.error(request, refusal.sentence)
            return redirect("enterprises:declaration")
        return download(content, name=f"{letter.title}.pdf", content_type=PDF)
