"""A signed-in browser without scripts, for the page tests of this area."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from foundation.accounts.models import User

HTMX = {"HTTP_HX_REQUEST": "true"}


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def url(name: str, *args) -> str:
    return reverse(f"providers:{name}", args=args)


def text(response) -> str:
    return response.content.decode()
