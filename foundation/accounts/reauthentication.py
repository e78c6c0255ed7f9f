"""Asking for a proof before a sensitive act: personal data in clear, approving money, changing accounts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString


def ask_again(request: HttpRequest) -> HttpResponse:
    """To the page that asks for a proof, and from there back here."""
    return redirect(again_url(request.get_full_path()))


def again_url(back_to: str) -> str:
    """The address of the page that asks for a proof before ``back_to``."""
    return f"{reverse('accounts:again')}?{urlencode({'next': back_to})}"


def prove_first(request: HttpRequest) -> SafeString:
    """What a form says that was sent too long after the last proof; the link opens beside it."""
    return format_html(
        '为确认是您本人操作，请先<a href="{}" target="_blank" rel="noopener">验证身份</a>，'
        "完成后回到本页再次提交，已填写的内容不会丢失。",
        again_url(reverse("accounts:proved")),
    )
