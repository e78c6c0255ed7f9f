"""What the institution does: register, hand in materials, submit, begin a new year (P1, P2)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from foundation.accounts.actors import Actor, require_role
from foundation.accounts.models import Role
from foundation.accounts.policies import require_vouched
from foundation.accounts.queries import vouched_code, vouched_elsewhere
from foundation.audit.operations import record
from foundation.credit_codes import check_credit_code
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file, look_into
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.rosters.models import Accreditation
from foundation.rosters.queries import find_accreditation, why_no_accreditation
from providers import permissions
from providers.models import Provider, ProviderRound
from providers.operations.files import lock_provider, move, tell_reviewers
from providers.policies import registering as policies
from providers.queries import accreditation_valid, published_beyond

# What a round keeps of the data; personal data and the bank account stay out (F5).
_KEPT = ("name", "credit_code", "legal_representative", "contact", "address", "bank_name")


def register_provider(
    *,
    by: Actor,
    at: datetime,
    name: str,
    credit_code: str,
    legal_representative: str,
    legal_representative_id: str,
    contact: str,
    contact_id: str,
    contact_mobile: str,
    address: str,
    bank_name: str,
    bank_account: str,
    introduction: str = "",
) -> Provider:
    """Register the actor's institution under its full name in the directory (P1).

    Raises OutOfReach for another role; UnableToRegister for a name the directory does not have valid today (saying
    why), another credit code than the directory's or the identity platform's (E1), an account or institution registered before, or wrong data;
    BadCreditCode and BadIdNumber (E2).
    """
    require_role(by, Role.PROVIDER)
    if by.user is None:
        raise OutOfReach("no account")
    today = local_day(at)
    accreditation = _accreditation(name, today)
    code = check_credit_code(credit_code, field="credit_code")
    policies.require_same_code(code, listed=accreditation.credit_code)
    require_vouched(
        code,
        vouched=vouched_code(by.user),
        elsewhere=vouched_elsewhere(code, account=by.user),
    )
    values = policies.require_sound_details(
        {
            "legal_representative": legal_representative,
            "legal_representative_id": legal_representative_id,
            "contact": contact,
            "contact_id": contact_id,
            "contact_mobile": contact_mobile,
            "address": address,
            "bank_name": bank_name,
            "bank_account": bank_account,
        },
        today=today,
    )
    try:
        with transaction.atomic():
            _require_unregistered(by, code)
            provider = Provider.objects.create(
                account=by.user,
                accreditation=accreditation,
                city_id=accreditation.city_id,
                credit_code=code,
                # The directory's spelling; what was typed may differ in width, brackets and spaces.
                name=accreditation.name,
                introduction=introduction.strip(),
                **values,
            )
            record(
                at=at,
                by=by,
                action="register_provider",
                subject=provider,
                to_state=provider.state,
                details={"accreditation": accreditation.pk, "level": accreditation.level},
            )
    except IntegrityError:
        # A twin was faster between the look and the insert; the unique constraints held the line.
        _require_unregistered(by, code)
        raise
    return provider


def amend_provider(
    *,
    by: Actor,
    at: datetime,
    provider: Provider,
    name: str,
    legal_representative: str,
    legal_representative_id: str,
    contact: str,
    contact_id: str,
    contact_mobile: str,
    address: str,
    bank_name: str,
    bank_account: str,
    introduction: str = "",
) -> Provider:
    """Change the data of a registration before it is submitted, or after it was sent back (P1, P2).

    Another name must be in the directory under the same credit code. Raises UnableToRegister, BadIdNumber, and
    UnableToAttach while it is being checked or once it is approved.
    """
    with transaction.atomic():
        provider = lock_provider(provider)
        permissions.require_owner(by, provider)
        policies.require_open_to_changes(provider.state)
        today = local_day(at)
        accreditation = _accreditation(name, today)
        policies.require_same_code(
            provider.credit_code, listed=accreditation.credit_code, field="name"
        )
        values = policies.require_sound_details(
            {
                "legal_representative": legal_representative,
                "legal_representative_id": legal_representative_id,
                "contact": contact,
                "contact_id": contact_id,
                "contact_mobile": contact_mobile,
                "address": address,
                "bank_name": bank_name,
                "bank_account": bank_account,
            },
            today=today,
        )
        values |= {"name": accreditation.name, "introduction": introduction.strip()}
        changed = sorted(key for key, value in values.items() if getattr(provider, key) != value)
        for key in changed:
            setattr(provider, key, values[key])
        provider.accreditation, provider.city_id = accreditation, accreditation.city_id
        provider.save(update_fields=[*changed, "accreditation", "city"])
        # The names of what changed; never the values, which hold personal data (F5).
        record(
            at=at, by=by, action="amend_provider", subject=provider, details={"changed": changed}
        )
        return provider


def attach_material(
    *,
    by: Actor,
    at: datetime,
    provider: Provider,
    kind: str,
    file: Material,
    committed_on: date | None = None,
) -> Provider:
    """Put the "licence" or the "commitment" with its date ``committed_on`` on the registration (P2).

    Raises UnableToAttach, and UnableToKeepFile for a file that F1 does not accept.
    """
    day = local_day(at)
    permissions.require_owner(by, provider)
    policies.require_open_to_changes(provider.state)
    policies.require_sound_material(kind, committed_on=committed_on, day=day)
    # Looking into a file can take seconds, so it is done before any row is locked.
    material = look_into(file)
    with transaction.atomic():
        provider = lock_provider(provider)
        permissions.require_owner(by, provider)
        policies.require_open_to_changes(provider.state)
        document = keep_file(file=material, by=by, at=at)
        setattr(provider, kind, document)
        touched = [kind]
        if kind == "commitment":
            provider.committed_on = committed_on
            touched.append("committed_on")
        provider.save(update_fields=touched)
        record(
            at=at,
            by=by,
            action="attach_material",
            subject=provider,
            details={"kind": kind, "document": document.pk},
        )
        return provider


def submit_provider(*, by: Actor, at: datetime, provider: Provider) -> Provider:
    """Hand the registration to the contractor of its level, and keep it as a new round (P2).

    Raises UnableToRegister when the accreditation has run out (P1), UnableToSubmitProvider naming what is missing or
    a commitment of another year (P2), IllegalMove.
    """
    with transaction.atomic():
        provider = lock_provider(provider)
        permissions.require_owner(by, provider)
        policies.require_move(provider.state, "submit")
        day = local_day(at)
        policies.require_accredited(
            found=accreditation_valid(provider, day),
            why=why_no_accreditation(provider.name, day),
            field="",
        )
        policies.require_complete(
            policies.missing_materials(
                has_licence=provider.licence_id is not None,
                has_commitment=provider.commitment_id is not None,
                committed_on=provider.committed_on,
                day=day,
            )
        )
        policies.require_types_kept(published_beyond(provider, provider.accreditation))
        number = (provider.rounds.aggregate(last=Max("number"))["last"] or 0) + 1
        ProviderRound.objects.create(
            provider=provider,
            number=number,
            licence_id=provider.licence_id,
            commitment_id=provider.commitment_id,
            committed_on=provider.committed_on,
            details={
                **{key: getattr(provider, key) for key in _KEPT},
                "accreditation": provider.accreditation_id,
                "level": provider.accreditation.level,
            },
            submitted_at=at,
        )
        provider.submitted_at = at
        provider.decided_at = provider.decided_by = None
        move(
            provider,
            "submit",
            by=by,
            at=at,
            action="submit_provider",
            fields=["submitted_at", "decided_at", "decided_by"],
            details={"round": number},
        )
        tell_reviewers(
            provider,
            "provider_submitted",
            at=at,
            link=f"/admin/providers/provider/{provider.pk}/change/",
        )
        return provider


def renew_provider(*, by: Actor, at: datetime, provider: Provider) -> Provider:
    """Open a registration for a new year, under the accreditation valid now; the commitment is due anew (P1, P2).

    Also after a refusal, and when the accreditation has run out within the year. The licence stays until another is
    attached. Raises UnableToRenew, UnableToRegister (P1), IllegalMove.
    """
    with transaction.atomic():
        provider = lock_provider(provider)
        permissions.require_owner(by, provider)
        policies.require_move(provider.state, "renew")
        day = local_day(at)
        policies.require_renewable(
            provider.state,
            committed_on=provider.committed_on,
            accredited=accreditation_valid(provider, day),
            day=day,
        )
        accreditation = _accreditation(provider.name, day)
        policies.require_same_code(provider.credit_code, listed=accreditation.credit_code, field="")
        provider.accreditation, provider.city_id = accreditation, accreditation.city_id
        if policies.commitment_fault(provider.committed_on, day=day):
            provider.commitment = provider.committed_on = None
        move(
            provider,
            "renew",
            by=by,
            at=at,
            action="renew_provider",
            fields=["accreditation", "city", "commitment", "committed_on"],
            details={"year": day.year, "accreditation": accreditation.pk},
        )
        return provider


def _accreditation(name: str, day: date) -> Accreditation:
    """The directory's line for the full name, valid on ``day``; raises UnableToRegister saying why not (P1)."""
    found = find_accreditation(name, day)
    if found is None:
        policies.require_accredited(found=False, why=why_no_accreditation(name, day))
        raise AssertionError("require_accredited raises")
    return found


def _require_unregistered(by: Actor, code: str) -> None:
    policies.require_unregistered(
        account_taken=Provider.objects.filter(account=by.user).exists(),
        code_taken=Provider.objects.filter(credit_code=code).exists(),
    )
