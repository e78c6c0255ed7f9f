"""What the enterprise does: register, fill in, hand in (E1, E2, E3, E4, E6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from enterprises import permissions, policies
from enterprises.models import Enterprise, Profile, Qualification, QualificationRound
from enterprises.operations.drafting import drop_draft
from enterprises.operations.files import (
    lock_enterprise,
    lock_file,
    lock_file_of,
    move,
    next_number,
    tell_enterprise,
)
from enterprises.queries import credit_code_taken, latest_qualification, profile_in_use
from enterprises.size_classes import size_class
from enterprises.states import QUALIFICATION, QualificationState
from foundation.accounts.actors import Actor, require_role
from foundation.accounts.models import Role
from foundation.accounts.policies import require_vouched
from foundation.accounts.queries import vouched_code, vouched_elsewhere
from foundation.audit.operations import record
from foundation.credit_codes import check_credit_code
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file, look_into
from foundation.errors import OutOfReach
from foundation.regions.models import City, District


def register_enterprise(*, by: Actor, at: datetime, city: City, credit_code: str) -> Enterprise:
    """Register the actor's enterprise in the city where it is registered (E1, G3).

    Raises OutOfReach for another role; UnableToRegister for an assurance level below L1, an account that has an
    enterprise, or a credit code that has an account; NotVouchedFor for another code than the identity platform's;
    BadCreditCode (E2).
    """
    require_role(by, Role.ENTERPRISE)
    if by.user is None:
        raise OutOfReach("no account")
    policies.require_assurance(by.user.assurance_level)
    code = check_credit_code(credit_code, field="credit_code")
    require_vouched(
        code,
        vouched=vouched_code(by.user),
        elsewhere=vouched_elsewhere(code, account=by.user),
    )
    try:
        with transaction.atomic():
            policies.require_unregistered(
                credit_code_taken=credit_code_taken(code),
                account_taken=Enterprise.objects.filter(account=by.user).exists(),
            )
            enterprise = Enterprise.objects.create(
                account=by.user, city=city, credit_code=code, name="", created_at=at
            )
            record(at=at, by=by, action="register_enterprise", subject=enterprise)
    except IntegrityError:
        # A twin was faster between the look and the insert; the unique constraints held the line.
        policies.require_unregistered(
            credit_code_taken=credit_code_taken(code),
            account_taken=Enterprise.objects.filter(account=by.user).exists(),
        )
        raise
    return enterprise


def save_profile(
    *,
    by: Actor,
    at: datetime,
    enterprise: Enterprise,
    year: int,
    name: str,
    legal_representative: str,
    legal_representative_id: str,
    is_legal_person: bool,
    address: str,
    district: District,
    registered_capital: Decimal,
    founded_on: date,
    industry: str,
    employees: int,
    revenue: Decimal,
    assets: Decimal,
    handler: str,
    handler_id: str,
    handler_mobile: str,
    figures_confirmed: bool = False,
) -> Qualification:
    """Save the basic information of E2 for ``year``, beginning the year's file when there is none.

    Capital, revenue and assets are in 万元. A version that was submitted is never changed: other data make a new
    version, and a file that was passed or refused goes back to DRAFT (E6); equal data change nothing. A declaration
    that no longer says the same is taken off the file. The size class is computed here (E4). Raises
    UnableToSaveProfile (E2, E4 for figures that look like 元 and are not confirmed, E6 while it is being checked).
    """
    with transaction.atomic():
        enterprise = lock_enterprise(enterprise)
        permissions.require_own(by, enterprise)
        qualification = lock_file_of(enterprise, year)
        if qualification is not None:
            policies.require_open_to_changes(qualification.state)
        values = policies.require_sound_profile(
            {
                "name": name,
                "legal_representative": legal_representative,
                "legal_representative_id": legal_representative_id,
                "is_legal_person": is_legal_person,
                "address": address,
                "district": district,
                "registered_capital": registered_capital,
                "founded_on": founded_on,
                "industry": industry,
                "employees": employees,
                "revenue": revenue,
                "assets": assets,
                "handler": handler,
                "handler_id": handler_id,
                "handler_mobile": handler_mobile,
            },
            city_id=enterprise.city_id,
            at=at,
        )
        policies.require_figures_meant(values, confirmed=figures_confirmed)
        drop_draft(enterprise)
        stored = {
            **values,
            **policies.lookup_keys(values),
            "size_class": size_class(industry, employees, revenue, assets),
            "figures_year": year - 1,
        }
        if qualification is None:
            profile = _new_version(enterprise, stored)
            qualification = Qualification.objects.create(
                enterprise=enterprise, year=year, profile=profile
            )
            changed = frozenset(policies.PROFILE_FIELDS)
        else:
            changed = policies.changed_fields(qualification.profile, values)
            if not changed and qualification.profile.figures_year == year - 1:
                return qualification
            _change_data(qualification, stored, changed, by=by, at=at)
        record(
            at=at,
            by=by,
            action="save_profile",
            subject=qualification,
            # The names of what changed; never the values, which hold personal data (F5).
            details={"version": qualification.profile.version, "changed": sorted(changed)},
        )
        return qualification


def start_year(*, by: Actor, at: datetime, enterprise: Enterprise, year: int) -> Qualification:
    """Begin the file of a new year with the data of the last one; materials are due anew (E3).

    The figures wait to be confirmed: last year's revenue is another year's now. Begun twice, it stays as it is.
    Raises UnableToSaveProfile when there is nothing to carry over.
    """
    with transaction.atomic():
        enterprise = lock_enterprise(enterprise)
        permissions.require_own(by, enterprise)
        qualification = lock_file_of(enterprise, year)
        if qualification is not None:
            return qualification
        earlier = latest_qualification(enterprise, before=year)
        if earlier is None:
            raise policies.UnableToSaveProfile("没有往年资料可以沿用，请填写基本信息。")
        source = earlier.profile
        carried = {field: getattr(source, field) for field in policies.PROFILE_FIELDS}
        profile = _new_version(
            enterprise,
            {
                **carried,
                **policies.lookup_keys(carried),
                "size_class": source.size_class,
                "figures_year": None,
            },
        )
        qualification = Qualification.objects.create(
            enterprise=enterprise, year=year, profile=profile
        )
        record(
            at=at,
            by=by,
            action="start_year",
            subject=qualification,
            details={"version": profile.version, "from_year": earlier.year},
        )
        return qualification


def attach_material(
    *,
    by: Actor,
    at: datetime,
    qualification: Qualification,
    slot: str,
    file: Material,
    proof_kind: str = "",
    declared_on: date | None = None,
) -> Qualification:
    """Put a material into ``slot`` ("licence", "proof" with ``proof_kind``, "declaration" with ``declared_on``) (E3).

    A refused file goes back to DRAFT with it (E6). Raises UnableToAttach, and UnableToKeepFile for a file that F1
    does not accept.
    """
    permissions.require_own(by, qualification.enterprise)
    policies.require_open_to_materials(qualification.state)
    policies.require_sound_material(
        slot=slot, proof_kind=proof_kind, declared_on=declared_on, year=qualification.year, at=at
    )
    # Looking into a file can take seconds, so it is done before any row is locked.
    material = look_into(file)
    with transaction.atomic():
        qualification = lock_file(qualification)
        permissions.require_own(by, qualification.enterprise)
        policies.require_open_to_materials(qualification.state)
        document = keep_file(file=material, by=by, at=at)
        setattr(qualification, slot, document)
        touched = [slot]
        if slot == "proof":
            qualification.proof_kind = proof_kind
            touched.append("proof_kind")
        elif slot == "declaration":
            qualification.declared_on = declared_on
            touched.append("declared_on")
        qualification.save(update_fields=touched)
        if qualification.state == QualificationState.REFUSED:
            move(qualification, "reopen", by=by, at=at, action="reopen_qualification")
        record(
            at=at,
            by=by,
            action="attach_material",
            subject=qualification,
            details={"slot": slot, "document": document.pk},
        )
        return qualification


def submit_qualification(*, by: Actor, at: datetime, qualification: Qualification) -> Qualification:
    """Hand the year's file to the contractor: freeze its data, keep it as a new round, adopt the name (E3, E6).

    Raises UnableToSubmit naming what is missing (E2, E3) or for a large enterprise (E4), UnableToRegister for an
    account whose assurance level has fallen (E1), IllegalMove.
    """
    with transaction.atomic():
        enterprise = lock_enterprise(qualification.enterprise)
        qualification = lock_file(qualification)
        permissions.require_own(by, enterprise)
        policies.require_assurance(by.user.assurance_level)
        policies.require_move(qualification.state, "submit")
        policies.require_complete(qualification, at=at)
        policies.require_not_large(qualification.profile.size_class)
        profile = qualification.profile
        if profile.frozen_at is None:
            profile.frozen_at = at
            profile.save(update_fields=["frozen_at"])
        newest = profile_in_use(enterprise)
        if newest is not None and enterprise.name != newest.name:
            enterprise.name = newest.name
            enterprise.save(update_fields=["name"])
        number = next_number(qualification)
        QualificationRound.objects.create(
            qualification=qualification,
            number=number,
            profile=profile,
            licence=qualification.licence,
            proof=qualification.proof,
            proof_kind=qualification.proof_kind,
            declaration=qualification.declaration,
            declared_on=qualification.declared_on,
            submitted_at=at,
        )
        qualification.submitted_at = at
        qualification.decided_at = qualification.decided_by = None
        move(
            qualification,
            "submit",
            by=by,
            at=at,
            action="submit_qualification",
            fields=["submitted_at", "decided_at", "decided_by"],
            details={"round": number, "version": profile.version},
        )
        tell_enterprise(qualification, "qualification_submitted", at=at)
        return qualification


def _new_version(enterprise: Enterprise, values: Mapping[str, Any]) -> Profile:
    """A new version of the data; the caller holds the enterprise's lock, so numbers do not clash."""
    last = enterprise.profiles.aggregate(last=Max("version"))["last"] or 0
    return Profile.objects.create(enterprise=enterprise, version=last + 1, **values)


def _change_data(
    qualification: Qualification,
    stored: Mapping[str, Any],
    changed: frozenset[str],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Put other data on a locked file: the draft version changes, a frozen one gets a successor (E6)."""
    profile = qualification.profile
    if profile.frozen_at is None:
        for field, value in stored.items():
            setattr(profile, field, value)
        profile.save(update_fields=list(stored))
    else:
        qualification.profile = _new_version(qualification.enterprise, stored)
    if changed - policies.NOT_DECLARED:
        qualification.declaration = qualification.declared_on = None
    if QUALIFICATION.allows(qualification.state, "reopen"):
        move(
            qualification,
            "reopen",
            by=by,
            at=at,
            action="reopen_qualification",
            fields=["profile", "declaration", "declared_on"],
        )
    else:
        qualification.save(update_fields=["profile", "declaration", "declared_on"])
