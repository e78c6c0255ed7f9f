"""The job that works off large roster files (E8)."""

from __future__ import annotations

import logging
from datetime import datetime

from foundation.accounts.actors import job
from foundation.documents.errors import BytesMissing, StoreUnavailable
from foundation.rosters.models import RosterImport
from foundation.rosters.operations.working_off import read_roster_import, write_roster_import
from foundation.rosters.states import ImportState

log = logging.getLogger(__name__)


def work_off_imports(at: datetime) -> int:
    """Read the files that wait for their dry run, and write those the bureau wants imported; how many were done."""
    done = 0
    waiting = RosterImport.objects.filter(state__in=(ImportState.READING, ImportState.APPLYING))
    for roster_import in list(waiting.order_by("pk")):
        work = (
            read_roster_import
            if roster_import.state == ImportState.READING
            else write_roster_import
        )
        try:
            done += work(by=job("work_off_imports"), at=at, roster_import=roster_import)
        except (BytesMissing, StoreUnavailable):
            log.warning("roster file %s waits for the file store", roster_import.pk)
    return done
