"""Locking and moving claims, lines and objections; for the operations of this app only.

The claim row is the lock for everything in the claim: lines, opinions, objections and payments. Vouchers are locked
after it, ascending, then their orders.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enterprises.queries import identity_keys_of
from foundation.accounts.actors import Actor, require_not_party
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.rosters.queries import sanction_in_force
from orders.models import Order
from redemption import policies
from redemption.models import Claim, ClaimLine, Involvement, Objection
from redemption.queries import line_states
from redemption.states import CLAIM, CLAIM_LINE, OBJECTION, LineState

Part = Involvement.Part
MAKER_PARTS = (Part.PREPARED, Part.REVIEWED, Part.ADVISED)


def lock_claim(pk: int) -> Claim:
    """The claim with its row locked until the transaction ends; OutOfReach when there is none."""
    # Locked without joins: were the list it is published on set while this waits, the joined row would be lost.
    if Claim.objects.select_for_update().filter(pk=pk).first() is None:
        raise OutOfReach(f"no claim {pk}")
    return Claim.objects.select_related("programme__city", "provider", "publicity__programme").get(
        pk=pk
    )


def lock_line(line: ClaimLine) -> tuple[Claim, ClaimLine]:
    """A line's claim, locked, and the line read anew under that lock."""
    claim = lock_claim(line.claim_id)
    fresh = ClaimLine.objects.select_related("order").get(pk=line.pk)
    return claim, fresh


def move_claim(
    claim: Claim, verb: str, *, by: Actor, at: datetime, why: str = "", **fields: Any
) -> None:
    """Move a locked claim along its table, with the fields that go with the move, and audit it."""
    _move(claim, CLAIM.target(claim.state, verb), f"{verb}_claim", by, at, why, fields)


def move_line(line: ClaimLine, verb: str, *, by: Actor, at: datetime, **fields: Any) -> None:
    """Move a line whose claim is locked along its table, and audit it with the ``reason`` field if there is one."""
    why = fields.get("reason", "")
    _move(line, CLAIM_LINE.target(line.state, verb), f"{verb}_claim_line", by, at, why, fields)


def move_objection(
    objection: Objection, verb: str, *, by: Actor, at: datetime, **fields: Any
) -> None:
    """Move an objection whose claim is locked along its table, and audit it with the ``answer``."""
    target = OBJECTION.target(objection.state, verb)
    _move(objection, target, f"{verb}_objection", by, at, fields.get("answer", ""), fields)


def _move(
    subject: Claim | ClaimLine | Objection,
    target: str,
    action: str,
    by: Actor,
    at: datetime,
    why: str,
    fields: dict[str, Any],
) -> None:
    source = subject.state
    for name, value in {**fields, "state": target}.items():
        setattr(subject, name, value)
    subject.save(update_fields=[*fields, "state"])
    record(
        at=at,
        by=by,
        action=action,
        subject=subject,
        from_state=source,
        to_state=target,
        reason=why,
    )


def note_hand(claim: Claim, part: Involvement.Part, *, by: Actor, at: datetime) -> None:
    """Keep that this account, and the person behind it now, had a hand in the claim (R3)."""
    if by.user is not None:
        Involvement.objects.get_or_create(
            claim=claim,
            account=by.user,
            person_id=by.person_id,
            part=part,
            defaults={"first_at": at},
        )


def hands_in(claim: Claim, *parts: Involvement.Part) -> list[policies.Hand]:
    """Everyone who had one of these parts in a claim, with the person as of the act and as of now (R3)."""
    hands = []
    for hand in Involvement.objects.filter(claim=claim, part__in=parts).select_related("account"):
        hands.append(policies.Hand(hand.account_id, hand.person_id))
        hands.append(policies.Hand(hand.account_id, hand.account.person_id))
    return hands


def require_impartial(by: Actor, claim: Claim) -> None:
    """Nobody decides about a claim of the institution, or about orders of an enterprise, that they represent (R3)."""
    if by.person_id is not None:
        require_not_party(by, *_party_keys(claim))


def _party_keys(claim: Claim) -> set[str]:
    """Look-up keys of the persons on both sides of a claim: as the orders were placed, and now."""
    orders = Order.objects.filter(claim_lines__claim=claim)
    as_ordered = orders.values_list(
        "profile__legal_representative_id_key", "profile__handler_id_key"
    )
    return {
        claim.provider.legal_representative_id_key,
        claim.provider.contact_id_key,
        *(key for pair in as_ordered for key in pair),
        *identity_keys_of(orders.values("enterprise")),
    }


def require_claims_go_on(claim: Claim, *, at: datetime) -> None:
    """Raises ClaimsStopped while the provider is under a sanction in the claim's city (S1).

    A claim whose every line is disallowed brings the provider nothing, so it can be brought to its end.
    """
    if claim.pk and set(line_states(claim)) == {LineState.DISALLOWED}:
        return
    sanction = sanction_in_force(claim.provider.credit_code, claim.programme.city_id, at)
    policies.require_not_sanctioned(
        provider_name=claim.provider.name,
        measure=sanction.get_measure_display() if sanction else "",
        until=sanction.until if sanction else None,
    )
