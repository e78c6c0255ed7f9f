"""The clock of the crash test: every process of it lives in the same autumn of 2020, and its seconds are real ones.

So the test does not depend on the day it is run on. Importing this sets the clock where VARIABLE is in the environment.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta

import time_machine

from foundation.moments import moment

VARIABLE = "CRASH_CLOCK_AHEAD"
BEGINS = moment(date(2020, 10, 15), 10)


def ahead_of_now() -> str:
    """What ``VARIABLE`` has to say so that it is BEGINS now: seconds."""
    return str(BEGINS.timestamp() - time.time())


def set_clock() -> None:
    """Let this process live then, from now on."""
    ahead = timedelta(seconds=float(os.environ[VARIABLE]))
    time_machine.travel(datetime.now(UTC) + ahead, tick=True).start()


if VARIABLE in os.environ:
    set_clock()
