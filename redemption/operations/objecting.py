"""Objections (复核申请) by anyone during the publicity period, and the bureau's answer (R4)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.accounts.queries import bureau_accounts_of, contractor_accounts_of
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message, post_messages
from orders.operations.claiming import disallow_order
from redemption import policies
from redemption.models import ClaimLine, Objection
from redemption.operations.moving import (
    MAKER_PARTS,
    hands_in,
    lock_claim,
    lock_line,
    move_line,
    move_objection,
    require_impartial,
)
from redemption.operations.settling import settle_claim_if_done
from redemption.permissions import require_bureau_of, require_city_staff
from redemption.queries import publicity_ends_at
from redemption.states import LineState, ObjectionState
from vouchers.operations.ledger import lock_vouchers

# 16 of 32 characters, without 0, 1, I and O: 80 bits nobody can guess.
RECEIPT_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RECEIPT_GROUPS = 4
UPHELD = "公示期复核申请成立"


def file_objection(
    *,
    by: Actor,
    at: datetime,
    line: ClaimLine,
    name: str,
    contact: str,
    statement: str,
    evidence_files: Iterable[Material] = (),
) -> Objection:
    """Object to a line on public view, without login; the receipt number is how one follows it (R4).

    Raises UnableToObject outside the period or when incomplete, OutOfReach for a line that is not public.
    """
    files = list(evidence_files)
    with transaction.atomic():
        claim, fresh = lock_line(line)
        if claim.publicity is None:
            raise OutOfReach(f"line {line.pk} is not public")
        policies.require_in_publicity(
            at=at,
            published_at=claim.publicity.published_at,
            ends_at=publicity_ends_at(claim.publicity),
        )
        policies.require_objectionable(fresh.state)
        name = policies.require_written(
            name,
            what="姓名或单位名称",
            field="name",
            error=policies.UnableToObject,
            longest=policies.NAME_MAX,
        )
        statement = policies.require_written(
            statement, what="异议内容", field="statement", error=policies.UnableToObject
        )
        contact = policies.require_contact(contact)
        policies.require_few_files(len(files))
        objection = Objection.objects.create(
            line=fresh,
            receipt=new_receipt(),
            name=name,
            contact=contact,
            statement=statement,
            filed_at=at,
            filed_by=by.user,
        )
        objection.evidence.set([keep_file(file=file, by=by, at=at) for file in files])
        record(
            at=at,
            by=by,
            action="file_objection",
            subject=objection,
            to_state=ObjectionState.FILED,
            details={"line": fresh.pk, "claim": claim.number, "files": len(files)},
        )
        post_messages(
            at=at,
            to=bureau_accounts_of(claim.programme.city_id).values_list("pk", flat=True),
            event="objection_filed",
            params={"number": claim.number, "provider": claim.provider.name},
            link=f"/admin/redemption/objection/{objection.pk}/change/",
        )
        # Who objects and why is not told: the bureau's answer will be.
        post_message(
            at=at,
            to=claim.provider.account_id,
            event="claim_objected",
            params={"number": claim.number, "order": fresh.order.number},
            link=f"/claims/{claim.pk}/",
        )
        return objection


def answer_objection(
    *, by: Actor, at: datetime, objection: Objection, uphold: bool, answer: str
) -> Objection:
    """The bureau answers; an upheld objection disallows the line at once (R4, R7).

    The approver may answer, one who had a hand in first review or filed the objection may not (R3). An upheld
    objection to a line that is disallowed already moves no money.
    """
    with transaction.atomic():
        claim = lock_claim(objection.line.claim_id)
        fresh = Objection.objects.select_related("filed_by", "line__order").get(pk=objection.pk)
        decider = require_bureau_of(by, claim)
        require_impartial(by, claim)
        objector = [
            policies.Hand(user.pk, user.person_id) for user in [fresh.filed_by] if user is not None
        ]
        policies.require_not_maker(
            account_id=decider.pk,
            person_id=by.person_id,
            makers=[*hands_in(claim, *MAKER_PARTS), *objector],
            error=policies.UnableToAnswer,
        )
        answer = policies.require_written(
            answer, what="答复", field="answer", error=policies.UnableToAnswer
        )
        move_objection(
            fresh,
            "uphold" if uphold else "reject",
            by=by,
            at=at,
            answer=answer,
            answered_at=at,
            answered_by=decider,
        )
        line = fresh.line
        if uphold and line.state == LineState.PASSED:
            voucher = lock_vouchers({line.order.voucher_id})[line.order.voucher_id]
            move_line(line, "disallow", by=by, at=at, reason=f"{UPHELD}：{answer}")
            disallow_order(voucher=voucher, order_pk=line.order_id, by=by, at=at, reason=UPHELD)
        params = {
            "number": claim.number,
            "order": line.order.number,
            "result": ObjectionState(fresh.state).label,
        }
        post_message(
            at=at,
            to=claim.provider.account_id,
            event="objection_answered",
            params=params,
            link=f"/claims/{claim.pk}/",
        )
        post_messages(
            at=at,
            to=contractor_accounts_of(claim.programme.city_id).values_list("pk", flat=True),
            event="objection_answered",
            params=params,
            link=f"/admin/redemption/claim/{claim.pk}/change/",
        )
        # The public follows by receipt number; one who was signed in is told as well.
        post_message(
            at=at,
            to=fresh.filed_by_id,
            event="objection_result",
            params={"receipt": fresh.receipt, "result": params["result"]},
            link=f"/publicity/objections/{fresh.receipt}/",
        )
        settle_claim_if_done(claim, by=by, at=at)
        return fresh


def reveal_contact(*, by: Actor, at: datetime, objection: Objection, reason: str) -> str:
    """How to reach the objector, in clear, for contractor or bureau of the city; who asked and why is kept (F5)."""
    with transaction.atomic():
        claim = objection.line.claim
        require_city_staff(by, claim.programme.city_id)
        reason = policies.require_written(
            reason,
            what="查看原因",
            field="reason",
            error=policies.UnableToAnswer,
            longest=policies.REASON_MAX,
        )
        record(at=at, by=by, action="reveal_contact", subject=objection, reason=reason)
        return objection.contact


def new_receipt() -> str:
    """A receipt number that cannot be guessed, in four groups of four."""
    groups = (
        "".join(secrets.choice(RECEIPT_ALPHABET) for _ in range(4)) for _ in range(RECEIPT_GROUPS)
    )
    return "-".join(groups)
