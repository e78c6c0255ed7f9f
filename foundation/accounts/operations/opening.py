"""Opening and closing accounts."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from foundation.accounts import permissions, policies
from foundation.accounts.actors import Actor
from foundation.accounts.id_numbers import check_id_number
from foundation.accounts.models import STAFF_ROLES, Person, User
from foundation.accounts.operations.addresses import note_asked_address
from foundation.accounts.operations.passwords import set_sound_password
from foundation.accounts.policies import UnableToOpenAccount
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.names import same_name
from foundation.personal_data import lookup_key, lookup_keys
from foundation.regions.models import City, District

_USERNAME = re.compile(r"[\w.@+-]{2,60}")


def open_staff_account(
    *,
    by: Actor,
    at: datetime,
    username: str,
    password: str,
    role: str,
    person_name: str,
    id_number: str,
    city: City | None = None,
    district: District | None = None,
    email: str = "",
    password_temporary: bool = True,
) -> User:
    """Open an account for a member of staff, whose person is found or made by ID number.

    The bureau opens contractor, expert and district accounts of its own city; a job (command line) any staff
    account, a contractor without a city being the province's. Whoever opens it knows its password, so the owner has to
    choose another at the first sign-in (``password_temporary``). Raises UnableToOpenAccount, BadIdNumber (E2),
    UnableToSetPassword.
    """
    if role not in STAFF_ROLES:
        raise UnableToOpenAccount("请选择承办单位、评审专家、市局、区或省级角色。", field="role")
    permissions.require_may_open(by, role=role, city_id=city.pk if city else None)
    policies.check_reach(
        role,
        city_code=city.code if city else None,
        district_city_code=district.city.code if district else None,
        province_wide=by.role == "job" and city is None,
    )
    number = check_id_number(id_number, field="id_number", today=local_day(at))
    with transaction.atomic():
        person = _person(name=person_name, id_number=number)
        account = open_account(
            username=username,
            password=password,
            role=role,
            person=person,
            city=city,
            district=district,
            email=email,
            is_staff=role in policies.ADMIN_ROLES,
            password_temporary=password_temporary,
        )
        record(
            at=at,
            by=by,
            action="open_staff_account",
            subject=account,
            # reconcile holds the account to it; all but the role are numbers of rows.
            details={
                "role": role,
                "person": account.person_id,
                "city": account.city_id,
                "district": account.district_id,
            },
        )
    return account


def register_party_account(
    *,
    by: Actor,
    at: datetime,
    username: str,
    password: str | None,
    role: str,
    assurance_level: int,
    email: str = "",
) -> User:
    """Open an account for an enterprise or a provider that signs up itself (E1).

    ``password`` None: the account has none here and signs in elsewhere only. ``assurance_level`` is what the sign-up
    vouches for; below 1 the account may sign in, but the registration of an enterprise refuses it. ``email`` is in use
    once its owner has confirmed it. Raises UnableToOpenAccount, UnableToSetPassword, UnableToSetAddress.
    """
    if role not in policies.PARTY_ROLES:
        raise OutOfReach(f"{role} does not sign up")
    with transaction.atomic():
        account = open_account(
            username=username,
            password=password,
            role=role,
            assurance_level=assurance_level,
        )
        if email:
            address = policies.require_address(email, field="email")
            note_asked_address(account, address, at=at, field="email")
        record(
            at=at,
            by=by,
            action="register_party_account",
            subject=account,
            details={"role": role, "assurance_level": assurance_level},
        )
    return account


def close_account(*, by: Actor, at: datetime, account: User, reason: str) -> User:
    """Close a staff account at once, sessions included; what it did stays. Raises UnableToCloseAccount."""
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=account.pk)
        permissions.require_may_manage(by, account)
        policies.check_not_self(by.user.pk if by.user else None, account.pk)
        policies.check_open(account.is_active)
        account.is_active = False
        account.save(update_fields=["is_active"])
        record(at=at, by=by, action="close_account", subject=account, reason=reason)
    return account


def open_account(*, username: str, password: str | None, **fields: Any) -> User:
    """Save a new account in the caller's transaction; the unique constraint decides about the name."""
    name = unicodedata.normalize("NFKC", username).strip()
    if not _USERNAME.fullmatch(name):
        raise UnableToOpenAccount(
            "用户名应为 2 至 60 个字符，只能用文字、数字和 . @ + - _。", field="username"
        )
    # Two names that differ in case only would be taken for each other by people.
    if User.objects.filter(username__iexact=name).exists():
        raise UnableToOpenAccount("该用户名已被使用，请换一个用户名。", field="username")
    account = User(username=name, **fields)
    if password is None:
        account.set_unusable_password()
    else:
        set_sound_password(account, password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise UnableToOpenAccount("该用户名已被使用，请换一个用户名。", field="username") from None
    return account


def _person(*, name: str, id_number: str) -> Person:
    """The person with this number; one number has one name, whatever accounts they hold (R3)."""
    name = name.strip()
    if not name:
        raise UnableToOpenAccount("请填写使用人姓名。", field="person_name")
    person = Person.objects.filter(id_key__in=lookup_keys(id_number)).first()
    if person is None:
        person, _ = Person.objects.get_or_create(
            id_key=lookup_key(id_number), defaults={"name": name, "id_number": id_number}
        )
    if not same_name(person.name, name):
        raise UnableToOpenAccount(
            "该身份证号码已登记在另一姓名下，请核对姓名和号码。", rule="R3", field="person_name"
        )
    return person
