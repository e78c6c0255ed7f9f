"""Changing name, user or contact of a checked provider, on the reviewer's word (P2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_not_party
from foundation.accounts.models import User
from foundation.assignments.operations import finish_file
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file, look_into
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.personal_data import lookup_key, lookup_keys
from foundation.rosters.models import Accreditation
from foundation.rosters.queries import find_accreditation, why_no_accreditation
from providers import permissions
from providers.models import ChangeRequest, Provider
from providers.operations.files import (
    lock_provider,
    require_impartial,
    tell_provider,
    tell_reviewers,
)
from providers.policies import registering as policies
from providers.queries import has_open_change, published_beyond
from providers.states import CHANGE_REQUEST

PAGE = "/provider/change/"


def request_change(
    *,
    by: Actor,
    at: datetime,
    provider: Provider,
    materials: Sequence[Material],
    name: str = "",
    address: str = "",
    contact: str = "",
    contact_id: str = "",
    contact_mobile: str = "",
    username: str = "",
) -> ChangeRequest:
    """Ask the reviewer to change what is given; empty means unchanged (P2).

    A new name must be in the directory under the same credit code, a new contact comes with ID number and mobile, a
    new user name must be free. Raises UnableToChange, UnableToRegister (P1), BadIdNumber, UnableToKeepFile.
    """
    permissions.require_owner(by, provider)
    values = {
        "name": name,
        "address": address,
        "contact": contact,
        "contact_id": contact_id,
        "contact_mobile": contact_mobile,
        "username": username,
    }
    _sound(values, provider, at=at)
    policies.require_change_materials(len(materials))
    # Looking into files can take seconds, so it is done before any row is locked.
    looked_into = [look_into(file) for file in materials]
    try:
        with transaction.atomic():
            provider = lock_provider(provider)
            permissions.require_owner(by, provider)
            changes, personal = _sound(values, provider, at=at)
            documents = [keep_file(file=file, by=by, at=at) for file in looked_into]
            request = ChangeRequest.objects.create(
                provider=provider, changes=changes, submitted_at=at, **personal
            )
            request.materials.set(documents)
            record(
                at=at,
                by=by,
                action="request_change",
                subject=request,
                to_state=request.state,
                details={
                    "fields": sorted([*changes, *personal]),
                    "documents": [document.pk for document in documents],
                },
            )
            tell_reviewers(
                provider,
                "change_requested",
                at=at,
                link=f"/admin/providers/changerequest/{request.pk}/change/",
            )
            return request
    except IntegrityError as error:
        raise policies.UnableToChange(
            "已有一份变更申请正在审核，请等待审核结果后再提交新的申请。"
        ) from error


def apply_change(*, by: Actor, at: datetime, change_request: ChangeRequest) -> ChangeRequest:
    """The reviewer has found the materials in order: the provider is changed (P2).

    The directory and the user name are looked up again. Raises OutOfReach, UnableToChange, UnableToRegister (P1),
    IllegalMove. Earlier contracts and orders keep what they recorded.
    """
    try:
        with transaction.atomic():
            provider, request = _lock_for_review(change_request, "apply", by=by, at=at)
            fields = _put(request, provider, at=at)
            provider.save(update_fields=fields)
            _move(request, "apply", by=by, at=at, action="apply_change")
            tell_provider(provider, "change_applied", at=at, link=PAGE)
            return request
    except IntegrityError as error:
        raise policies.UnableToChange(
            "该用户名刚刚被其他账号使用，请不予变更并请机构换一个用户名。"
        ) from error


def refuse_change(
    *, by: Actor, at: datetime, change_request: ChangeRequest, reason: str
) -> ChangeRequest:
    """The reviewer refuses a change with a reason (P2). Raises OutOfReach, UnableToReview, IllegalMove."""
    with transaction.atomic():
        provider, request = _lock_for_review(change_request, "refuse", by=by, at=at)
        request.reason = policies.plain_reason(reason)
        _move(request, "refuse", by=by, at=at, action="refuse_change", reason=request.reason)
        tell_provider(provider, "change_refused", at=at, link=PAGE)
        return request


def _sound(
    values: dict[str, str], provider: Provider, *, at: datetime
) -> tuple[dict[str, str], dict[str, str]]:
    """The change as it may be asked for: (plain fields, personal fields) (P2)."""
    today = local_day(at)
    policies.require_changeable(
        provider.state,
        has_open_request=has_open_change(provider),
    )
    changes, personal = policies.require_sound_change(
        values,
        current={
            "name": provider.name,
            "address": provider.address,
            "contact": provider.contact,
            "username": provider.account.username,
        },
        today=today,
    )
    if "name" in changes:
        changes["name"] = _listed(changes["name"], provider, today).name
    if "username" in changes:
        policies.require_username_free(_username_taken(changes["username"], provider))
    return changes, personal


def _put(request: ChangeRequest, provider: Provider, *, at: datetime) -> list[str]:
    """Write the change into a locked provider, not yet saved, and its account; the names of what changed."""
    changes = request.changes
    fields = []
    if "name" in changes:
        accreditation = _listed(changes["name"], provider, local_day(at))
        policies.require_types_kept(published_beyond(provider, accreditation))
        provider.name, provider.accreditation = accreditation.name, accreditation
        provider.city_id = accreditation.city_id
        fields += ["name", "accreditation", "city"]
    for key in ("address", "contact"):
        if key in changes:
            setattr(provider, key, changes[key])
            fields.append(key)
    if request.contact_id:
        provider.contact_id = request.contact_id
        provider.contact_id_key = lookup_key(request.contact_id)
        fields += ["contact_id", "contact_id_key"]
    if request.contact_mobile:
        provider.contact_mobile = request.contact_mobile
        fields.append("contact_mobile")
    if "username" in changes:
        policies.require_username_free(_username_taken(changes["username"], provider))
        account = User.objects.select_for_update(of=("self",)).get(pk=provider.account_id)
        account.username = changes["username"]
        account.save(update_fields=["username"])
    return fields


def _listed(name: str, provider: Provider, day: date) -> Accreditation:
    """The directory's line for a new name, valid on ``day``, under the provider's credit code (P1, P2)."""
    found = find_accreditation(name, day)
    if found is None:
        raise policies.UnableToChange(why_no_accreditation(name, day), rule="P1", field="name")
    policies.require_same_code(provider.credit_code, listed=found.credit_code, field="name")
    return found


def _username_taken(username: str, provider: Provider) -> bool:
    return User.objects.filter(username__iexact=username).exclude(pk=provider.account_id).exists()


def _lock_for_review(
    change_request: ChangeRequest, verb: str, *, by: Actor, at: datetime
) -> tuple[Provider, ChangeRequest]:
    provider = lock_provider(change_request.provider)
    request = (
        ChangeRequest.objects.select_for_update(of=("self",)).filter(pk=change_request.pk).first()
    )
    if request is None:
        raise OutOfReach(f"change request {change_request.pk}")
    permissions.require_reviewer(by, provider)
    require_impartial(by, provider)
    # Nobody puts themselves in as an institution's contact either (R3).
    if request.contact_id:
        require_not_party(by, *lookup_keys(request.contact_id))
    CHANGE_REQUEST.target(request.state, verb)
    finish_file(by=by, at=at, subject=request)
    return provider, request


def _move(
    request: ChangeRequest, verb: str, *, by: Actor, at: datetime, action: str, reason: str = ""
) -> None:
    """The one way a change request's state changes, saved with the decision and recorded."""
    before = request.state
    request.state = CHANGE_REQUEST.target(before, verb)
    request.decided_at, request.decided_by = at, by.user
    request.save(update_fields=["state", "reason", "decided_at", "decided_by"])
    record(
        at=at,
        by=by,
        action=action,
        subject=request,
        from_state=before,
        to_state=request.state,
        reason=reason,
        details={"provider": request.provider_id, "fields": sorted(request.changes)},
    )
