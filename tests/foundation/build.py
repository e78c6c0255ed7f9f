"""Builders for the tests of the foundation: numbers that are valid, and accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from stdnum.cn import ric, uscc

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role, User
from foundation.accounts.operations import open_staff_account, register_party_account
from foundation.regions.models import City, District

AT = datetime(2020, 6, 1, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
PASSWORD = "tested-and-true-2020"
_next = count(1)


def id_number(serial: int = 1, place: str = "440103", born: str = "19800229") -> str:
    """A resident identity number with the right check digit."""
    body = f"{place}{born}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


def credit_code(serial: int = 1, prefix: str = "91", place: str = "440101") -> str:
    """A unified social credit code with the right check character."""
    body = f"{prefix}{place}MA{serial:07d}"
    return body + uscc.calc_check_digit(body)


def city(slug: str = "guangzhou") -> City:
    return City.objects.get(slug=slug)


def district(code: str = "440106") -> District:
    return District.objects.get(code=code)


def staff(
    role: Role,
    *,
    slug: str = "guangzhou",
    username: str = "",
    number: str = "",
    name: str = "",
    email: str = "",
) -> User:
    """A staff account opened on the command line; each call makes another person unless ``number`` is given."""
    serial = next(_next)
    place = None if role == Role.PROVINCE or not slug else city(slug)
    return open_staff_account(
        by=job("test"),
        at=AT,
        username=username or f"{role}{serial}",
        password=PASSWORD,
        role=role,
        person_name=name or f"测试{serial}",
        id_number=number or id_number(serial % 1000),
        city=place,
        district=place.districts.first() if role == Role.DISTRICT and place else None,
        email=email,
        password_temporary=False,
    )


def party(role: Role = Role.ENTERPRISE, *, email: str = "", level: int = 1) -> User:
    """The account of an enterprise or a provider, signed up locally; its address is confirmed."""
    account = register_party_account(
        by=Actor(address="203.0.113.9"),
        at=AT,
        username=f"party{next(_next)}",
        password=PASSWORD,
        role=role,
        assurance_level=level,
    )
    if email:
        User.objects.filter(pk=account.pk).update(email=email)
        account.refresh_from_db()
    return account
