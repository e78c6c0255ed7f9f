"""Handing over the report to the province and the archive of a claim; each download is audited (R6)."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.errors import OutOfReach, Refusal
from redemption.archive import ArchiveIncomplete, build_archive
from redemption.archive_check import sha256_of
from redemption.models import Claim
from redemption.permissions import require_city_staff
from redemption.printing import province_pdf
from redemption.queries import UNSEEN_BY_STAFF
from redemption.sheets import province_report
from vouchers.models import Programme


class UnableToHandOver(Refusal):
    """An archive that cannot be made because a stored file is not what was uploaded (R6)."""

    rule = "R6"


def hand_over_archive(*, by: Actor, at: datetime, claim: Claim, target: IO[bytes]) -> str:
    """Write a claim's archive to ``target`` for contractor or bureau of its city; the manifest's SHA-256, hex.

    Its digest and the archive's own are kept in the audit trail, so that the bureau can verify a copy later. Raises UnableToHandOver.
    """
    require_city_staff(by, claim.programme.city_id)
    if claim.state in UNSEEN_BY_STAFF:
        raise OutOfReach(f"claim {claim.pk} was not submitted")
    try:
        digest = build_archive(claim, target)
    except ArchiveIncomplete as error:
        raise UnableToHandOver(f"{error}请联系系统管理员恢复后再导出档案。") from error
    with transaction.atomic():
        record(
            at=at,
            by=by,
            action="hand_over_archive",
            subject=claim,
            details={"manifest_sha256": digest, "archive_sha256": sha256_of(target)},
        )
    return digest


def hand_over_report(
    *, by: Actor, at: datetime, programme: Programme, printed: bool = False
) -> bytes:
    """The report of a programme to the province, for contractor or bureau of its city (R6).

    An Excel file, or with ``printed`` a PDF to be stamped; raises UnableToPrint.
    """
    require_city_staff(by, programme.city_id)
    content = province_pdf(programme, at=at) if printed else province_report(programme)
    with transaction.atomic():
        record(
            at=at,
            by=by,
            action="hand_over_report",
            subject=programme,
            details={"form": "pdf" if printed else "xlsx"},
        )
    return content
