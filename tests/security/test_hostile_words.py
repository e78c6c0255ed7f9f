"""What people type is text on every page: each free text of the database is made hostile, and every route opened (ASVS 1.2.1)."""

from __future__ import annotations

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import reverse

from tests.access.table import EVERYONE, every_route
from tests.access.test_matrix import answer
from tests.access.world import NOW, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOSTILE = "\"'><img src=x onerror=alert(1)>{{7*7}}"
ROLES = ("enterprise", "provider", "contractor", "bureau", "district")
TYPED = frozenset(
    {
        *(
            "name",
            "title",
            "body",
            "reason",
            "statement",
            "answer",
            "address",
            "introduction",
            "text",
        ),
        *(
            "handler",
            "contact",
            "legal_representative",
            "comment",
            "item",
            "note",
            "source",
            "advice_text",
        ),
        *(
            "buyer",
            "seller",
            "payer",
            "payee",
            "overview",
            "process",
            "cycle",
            "results",
            "acceptance",
        ),
        *(
            "target",
            "description",
            "bank_name",
            "first_name",
            "last_name",
            "actor_label",
            "basis_text",
        ),
    }
)


def poison() -> int:
    """Make every column that holds what somebody typed hostile; how many."""
    done = 0
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            typed = isinstance(field, (models.CharField, models.TextField)) and not field.choices
            if not typed or field.name not in TYPED or field.unique:
                continue
            if field.max_length and field.max_length < len(HOSTILE):
                continue
            # Sealed tables refuse, and some names are unique together.
            try:
                with transaction.atomic():
                    done += bool(model._base_manager.update(**{field.name: HOSTILE}))
            except IntegrityError:
                continue
    return done


def test_a_hostile_word_is_text_on_every_page() -> None:
    world = build_world()
    assert poison() > 25
    wrong, shown, seen = [], 0, 0
    with time_machine.travel(NOW, tick=False):
        for who in (*ROLES, "nobody"):
            client = Client(raise_request_exception=False)
            if world.cast[who] is not None:
                client.force_login(world.cast[who])
            for name, route in every_route().items():
                if who not in route.who and route.who != EVERYONE:
                    continue
                url = reverse(name.partition(" ")[0], args=route.args(world))
                page = answer(client, "get", url)
                if page.status_code >= 500:
                    wrong.append(f"{who}: {url} → {page.status_code}")
                if page.streaming or not page.get("Content-Type", "").startswith("text/html"):
                    continue
                seen += 1
                text = page.content.decode()
                shown += "&lt;img src=x onerror=alert(1)&gt;" in text
                if "<img src=x" in text or (
                    "49</" in text and "{{7*7}}" not in text and "alert(1)" in text
                ):
                    wrong.append(f"{who}: {url}")
    print(f"{seen} pages, {shown} with hostile words")
    assert shown > 60
    assert not wrong, "\n".join(wrong)
