"""Calling enterprises: a number in clear for one answer, and what came of the call (N3, F5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from dashboards.calls import calls, found_in
from dashboards.models import CallList, CallRecord
from dashboards.reach import Reach
from enterprises.models import Profile
from foundation.accounts.actors import Actor, require_role
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.errors import OutOfReach, Refusal

CALLERS = (Role.DISTRICT, Role.BUREAU)
DATE_IN_TEXT = re.compile(r"20\d\d[-./年]\d{1,2}[-./月]\d{1,2}")
NUMBER_IN_TEXT = re.compile(r"(?:\d[\s.-]*){7,}")


class UnableToRecordCall(Refusal):
    """A note of a call that cannot be kept (F5)."""

    rule = "F5"


@dataclass(frozen=True, repr=False)
class Handler:
    """The handler of an enterprise with the number in clear, for one answer only."""

    enterprise: str
    name: str
    mobile: str


def record_call(
    *, by: Actor, at: datetime, reach: Reach, call_list: str, credit_code: str, note: str
) -> CallRecord:
    """Keep that an enterprise of the list was called and what came of it.

    Raises OutOfReach for one that is not on the list within the reach, UnableToRecordCall for a note with a number.
    """
    require_role(by, *CALLERS)
    if NUMBER_IN_TEXT.search(DATE_IN_TEXT.sub("", note)):
        raise UnableToRecordCall(
            "联系情况里请不要写电话、证件等号码，只写结果，例如“已告知，下周申领”。", field="note"
        )
    with transaction.atomic():
        _require_listed(reach, call_list, credit_code, at)
        made = CallRecord.objects.create(
            programme=reach.programme,
            call_list=call_list,
            credit_code=credit_code,
            district=reach.district,
            note=note,
            called_at=at,
            called_by=by.user,
        )
        record(at=at, by=by, action="record_call", subject=made, details={"list": call_list})
        return made


def reveal_handler(
    *, by: Actor, at: datetime, reach: Reach, call_list: str, credit_code: str
) -> Handler:
    """The handler's mobile number of an enterprise on the list; each look is recorded (F5).

    Raises OutOfReach for one that is not on the list within the reach, or has not registered.
    """
    require_role(by, *CALLERS)
    with transaction.atomic():
        profile = _require_listed(reach, call_list, credit_code, at)
        if profile is None:
            raise OutOfReach("not registered")
        record(
            at=at,
            by=by,
            action="reveal_handler",
            subject=profile.enterprise,
            details={"list": call_list},
        )
        return Handler(profile.name, profile.handler, profile.handler_mobile)


def _require_listed(reach: Reach, call_list: str, credit_code: str, at: datetime) -> Profile | None:
    field = "credit_code" if call_list == CallList.NOT_REGISTERED else "enterprise__credit_code"
    found = found_in(reach, call_list, at).filter(**{field: credit_code})
    listed = calls(reach, call_list, found[:1], at)
    if not listed:
        raise OutOfReach("not on the list")
    return listed[0].profile
