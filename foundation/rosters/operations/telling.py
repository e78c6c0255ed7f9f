"""Messages about violations and sanctions, written in the transaction of the act they tell of (S1, N2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.queries import accounts_of_code, bureau_accounts_of
from foundation.moments import spoken, spoken_day
from foundation.money import ZERO, spoken_money
from foundation.notices.operations import post_message, post_messages
from foundation.rosters.models import Measure, Sanction, Violation


def tell_bureau(violation: Violation, *, at: datetime) -> None:
    """A report waits for the bureau's decision."""
    post_messages(
        at=at,
        to=bureau_accounts_of(violation.city_id).values_list("pk", flat=True),
        event="violation_reported",
        params={"party": violation.party_name},
        link=_page(violation),
    )


def tell_reporter(violation: Violation, event: str, *, at: datetime, **params: str) -> None:
    """What became of the report."""
    post_message(
        at=at,
        to=violation.reported_by_id,
        event=event,
        params={"party": violation.party_name, **params},
        link=_page(violation),
    )


def tell_party(sanction: Sanction, event: str, *, at: datetime, **params: Any) -> None:
    """The accounts of the organisation, an enterprise's and a provider's alike; nobody when it has none here."""
    words = {
        "party": sanction.violation.party_name,
        "city": sanction.city.name,
        "measure": sanction.get_measure_display(),
        "since": spoken(at),
        **params,
    }
    post_messages(
        at=at, to=accounts_of_code(sanction.credit_code), event=event, params=words, link="/home/"
    )


def tell_of_sanction(sanction: Sanction, *, reason: str, at: datetime) -> None:
    """The party and the reporter learn of the measure at once, for it is in force at once (S1)."""
    is_warning = sanction.measure == Measure.WARNING
    recover = sanction.money_to_recover
    tell_party(
        sanction,
        "sanction_warned" if is_warning else "sanction_imposed",
        at=at,
        period=_period(sanction),
        money="" if recover == ZERO else f"应追回服务券资金 {spoken_money(recover)}。",
        reason=reason,
    )
    tell_reporter(
        sanction.violation,
        "violation_sanctioned",
        at=at,
        measure=sanction.get_measure_display(),
        period=_period(sanction),
    )


def _period(sanction: Sanction) -> str:
    return f"（至{spoken_day(sanction.until)}）" if sanction.until else ""


def _page(violation: Violation) -> str:
    return f"/admin/rosters/violation/{violation.pk}/change/"
