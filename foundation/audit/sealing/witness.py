"""What a seal leaves outside the database: a line in a file, and in the log.

The owner of the database can cut off the last rows together with their seals; the witness still knows of them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from foundation.audit.models import Seal

log = logging.getLogger(__name__)


def testify(seals: Iterable[Seal]) -> None:
    """Write each seal's number and digest to the log and to the end of the witness file, down to the disk."""
    lines = [f"{seal.number} {seal.digest} {seal.sealed_at.isoformat()}" for seal in seals]
    for line in lines:
        log.info("sealed %s", line)
    if not settings.SEAL_WITNESS or not lines:
        return
    path = Path(settings.SEAL_WITNESS)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640), "a") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def testimony(path: str | Path) -> dict[int, str]:
    """What a witness file says: digest by number; a line that was torn off while it was written says nothing."""
    file = Path(path)
    if not path or not file.exists():
        return {}
    says = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        number, _, rest = line.partition(" ")
        digest = rest.partition(" ")[0]
        if number.isascii() and number.isdecimal() and len(digest) == 64:
            says[int(number)] = digest
    return says
