"""The offices of a city: who sits in them, and opening their accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from foundation.accounts.actors import Actor, job
from foundation.accounts.confirmation import make_token
from foundation.accounts.models import Role, User
from foundation.accounts.operations import (
    confirm_address,
    open_staff_account,
    register_party_account,
)
from foundation.regions.models import City
from rehearsal.cast import Cast, PersonPart

Tick = Callable[[], datetime]
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Office:
    """The staff of one city's rehearsal. ``seconded`` is a second account, as contractor, of the ``bureau`` person."""

    bureau: Actor
    second_bureau: Actor
    contractor: Actor
    second_contractor: Actor
    seconded: Actor
    province_contractor: Actor
    expert: Actor
    district: Actor
    province: Actor


def open_office(*, tick: Tick, cast: Cast, password: str, names: dict[str, str]) -> Office:
    """Open every staff account of the cast's city; ``names`` gives the user name of each field of Office.

    The command line opens bureau and province, the bureau the rest, as in a real city.
    """
    city = cast.city

    def opened(field: str, role: Role, by: Actor, person: PersonPart, **reach: object) -> Actor:
        reach.setdefault("city", city)
        return actor(
            open_staff_account(
                by=by,
                at=tick(),
                username=names[field],
                password=password,
                role=role,
                person_name=person.name,
                id_number=person.id_number,
                email=f"{names[field]}@example.org",
                password_temporary=False,
                **reach,  # type: ignore[arg-type]
            )
        )

    line = job("rehearsal")
    chief = cast.person()
    bureau = opened("bureau", Role.BUREAU, line, chief)
    return Office(
        bureau=bureau,
        second_bureau=opened("second_bureau", Role.BUREAU, line, cast.person()),
        contractor=opened("contractor", Role.CONTRACTOR, bureau, cast.person()),
        second_contractor=opened("second_contractor", Role.CONTRACTOR, bureau, cast.person()),
        seconded=opened("seconded", Role.CONTRACTOR, bureau, chief),
        province_contractor=opened(
            "province_contractor", Role.CONTRACTOR, line, cast.person(), city=None
        ),
        expert=opened("expert", Role.EXPERT, bureau, cast.person()),
        district=opened(
            "district", Role.DISTRICT, bureau, cast.person(), district=_busy_district(city)
        ),
        province=opened("province", Role.PROVINCE, line, cast.person(), city=None),
    )


def sign_up(
    *, tick: Tick, username: str, role: Role, password: str | None = None, assurance_level: int = 1
) -> Actor:
    """An account for an enterprise or a provider; without ``password`` it signs in by the identity platform (E1)."""
    account = register_party_account(
        by=Actor(address=ADDRESS),
        at=tick(),
        username=username,
        password=password,
        role=role,
        assurance_level=assurance_level,
        email=f"{username}@example.org",
    )
    signed_up = actor(account)
    confirm_address(by=signed_up, at=tick(), token=make_token(account))
    return signed_up


def actor(user: User) -> Actor:
    """The account acting."""
    return Actor(user=user, address=ADDRESS)


def _busy_district(city: City) -> object:
    """The district whose official watches: the second of the city, or its only one."""
    districts = list(city.districts.order_by("code")[:2])
    return districts[-1]
