"""The look-up of vulnerable packages: what is found fails, and what was not asked is never called sound."""

from __future__ import annotations

import pytest

from script.known_vulnerabilities import NOT_CHECKED, told

pytestmark = pytest.mark.once

SOUND = {"name": "django", "version": "5.2", "vulns": []}
UNKNOWN = {"name": "vine", "skip_reason": "Dependency not found"}
BAD = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"], "aliases": []}],
}


def test_a_known_vulnerability_fails_whatever_else_is_unknown() -> None:
    status, words = told([SOUND, BAD, UNKNOWN], "")
    assert status == 1
    assert words == "pillow 1.0: PYSEC-1 (fixed in 2.0)"


@pytest.mark.parametrize("packages", [[], [UNKNOWN], [SOUND, UNKNOWN]])
def test_what_was_not_looked_up_is_not_called_sound(packages: list) -> None:
    assert told(packages, "")[0] == NOT_CHECKED


def test_all_looked_up_and_nothing_found() -> None:
    assert told([SOUND], "") == (0, "1 packages looked up")
