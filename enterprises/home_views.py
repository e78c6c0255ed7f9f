"""The page an enterprise begins with: what is to be done next, and everything else in short."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string

from enterprises.completeness import address_of
from enterprises.models import Qualification
from enterprises.progress import STEPS, next_step, steps_of
from enterprises.queries import (
    eligibility,
    enterprise_of,
    items_returned,
    last_round,
    qualification_of,
)
from enterprises.states import QualificationState
from enterprises.views import TONES, EnterprisePage
from foundation.notices.queries import messages_of
from foundation.notices.words import words_of
from foundation.rosters.queries import is_priority
from foundation.todos import todos_of

TODOS_SHOWN = 6
LETTERS_SHOWN = 4


class HomeView(EnterprisePage):
    """The next thing to do and until when, then the vouchers, what happened, and where the year's file stands."""

    def get(self, request: HttpRequest) -> HttpResponse:
        at, year = request.at, self.year
        enterprise = enterprise_of(request.user)
        qualification = qualification_of(enterprise, year) if enterprise else None
        state = qualification.state if qualification else ""
        conditions = (
            eligibility(enterprise, city_id=enterprise.city_id, year=year, at=at)
            if enterprise and state == QualificationState.PASSED
            else []
        )
        todos = todos_of(request.user, at)
        # The wallet is of a higher floor, which settings name.
        wallet = import_string(settings.WALLET_QUERY)(enterprise, at) if enterprise else None
        refused = (
            last_round(qualification)
            if qualification and state == QualificationState.REFUSED
            else None
        )
        return render(
            request,
            "enterprises/home.html",
            {
                "enterprise": enterprise,
                "qualification": qualification,
                "year": year,
                "tone": TONES.get(qualification.state, "neutral") if qualification else "",
                "steps": steps_of(
                    qualification,
                    registered=enterprise is not None,
                    current=_step_in_hand(qualification, registered=enterprise is not None, at=at),
                    at=at,
                ),
                "conditions": conditions,
                "failing": [one for one in conditions if not one.met],
                "is_priority": bool(
                    enterprise and is_priority(enterprise.credit_code, enterprise.city_id, year)
                ),
                "reasons": [
                    {"label": label, "text": text, "url": address_of(item)}
                    for item, label, text in items_returned(qualification)
                ],
                "last_round": refused,
                "todo": todos[0] if todos else None,
                "other_todos": todos[1 : 1 + TODOS_SHOWN],
                "todos_left": max(len(todos) - 1 - TODOS_SHOWN, 0),
                "step": None
                if todos
                else (wallet.waiting if wallet else None)
                or next_step(
                    enterprise=enterprise,
                    qualification=qualification,
                    has_earlier_file=False,
                    conditions=conditions,
                    year=year,
                    at=at,
                ),
                "wallet": wallet,
                "letters": [
                    {"message": message, "subject": words_of(message).subject}
                    for message in messages_of(request.user)[:LETTERS_SHOWN]
                ],
            },
        )


def _step_in_hand(qualification: Qualification | None, *, registered: bool, at: datetime) -> str:
    """The step of the stepper that the home page marks: the first one that is not done."""
    steps = steps_of(qualification, registered=registered, current="", at=at)
    todo = (key for (key, *_), step in zip(STEPS, steps, strict=True) if step["state"] == "todo")
    return next(todo, "")
