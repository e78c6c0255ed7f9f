"""Work on hostile bytes ends at its limits, and the caller goes on (F4)."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from foundation import bounded
from foundation.bounded import MIB, Limits, TooBusy, WorkerDied, run

WORKER = "tests.foundation.greedy_worker"
LIMITS = Limits(memory_bytes=256 * MIB, cpu_seconds=1, seconds=2, output_bytes=1 * MIB)

pytestmark = pytest.mark.rule("F4")


def test_bytes_go_in_and_come_out() -> None:
    assert run(WORKER, ["echo", "3"], b"content", LIMITS) == (3, b"content")


@pytest.mark.parametrize(
    "greed", ["memory", "cpu", "sleep", "output", "fork", "crash", "raise", "exit"]
)
def test_whatever_it_takes_too_much_of_ends_it(greed: str) -> None:
    with pytest.raises(WorkerDied):
        run(WORKER, [greed], b"", LIMITS)
    assert run(WORKER, ["echo", "0"], b"the next", LIMITS) == (0, b"the next")


def test_it_has_no_environment_and_no_files_of_the_portal() -> None:
    os.environ["ONLY_FOR_THIS_TEST"] = "a key"
    try:
        _, seen = run(WORKER, ["look"], b"", LIMITS)
    finally:
        del os.environ["ONLY_FOR_THIS_TEST"]
    assert b"a key" not in seen
    assert b"SECRET" not in seen
    assert b"django" not in seen


def test_no_work_sees_traces_of_another() -> None:
    assert run(WORKER, ["remember"], b"", LIMITS) == (0, b"first")
    assert run(WORKER, ["remember"], b"", LIMITS) == (0, b"first")


def test_a_parent_that_was_killed_is_started_again() -> None:
    run(WORKER, ["echo", "0"], b"", LIMITS)
    parent = bounded._parents[WORKER]
    os.kill(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    assert run(WORKER, ["echo", "0"], b"again", LIMITS) == (0, b"again")


def test_only_so_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(bounded, "WAIT_SECONDS", 0)
    with bounded._slots, pytest.raises(TooBusy):
        run(WORKER, ["echo", "0"], b"", LIMITS)
    assert run(WORKER, ["echo", "0"], b"", LIMITS) == (0, b"")
