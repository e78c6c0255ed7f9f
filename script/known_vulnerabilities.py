"""Asks whether a pinned package has a known vulnerability (pip-audit), and never takes silence for a no.

    .venv/bin/python script/known_vulnerabilities.py

Exit status 0: every package was looked up, none is known to be vulnerable; 1: those that are, are named; 75: the service
did not answer, or did not know the packages, as behind a mirror that holds files only.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("requirements.txt", "requirements-dev.txt")
SECONDS_MAX = 180
NOT_CHECKED = 75


def asked() -> tuple[list[dict[str, Any]], str]:
    """What pip-audit says about each package, and what it said when it could not."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    # The lists are pinned and hashed to the last package: nothing has to be resolved.
    command += ["--disable-pip", "--require-hashes", "--timeout", "15"]
    for name in LISTS:
        command += ["--requirement", str(ROOT / name)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX)
        return json.loads(ran.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return [], f"no answer within {SECONDS_MAX} s"
    except (ValueError, KeyError):
        return [], (ran.stderr.strip().splitlines() or ["no answer"])[-1]


def told(packages: list[dict[str, Any]], error: str) -> tuple[int, str]:
    """The exit status and what to say."""
    found = [
        f"{one['name']} {one['version']}: {vulnerability['id']}"
        f" (fixed in {', '.join(vulnerability['fix_versions']) or 'no version yet'})"
        for one in packages
        for vulnerability in one.get("vulns", ())
    ]
    if found:
        return 1, "\n".join(found)
    unknown = sorted(one["name"] for one in packages if "skip_reason" in one)
    if not packages or len(unknown) == len(packages):
        return NOT_CHECKED, f"not reachable{f' ({error})' if error else ''}"
    if unknown:
        return NOT_CHECKED, f"not all could be looked up: {', '.join(unknown)}"
    return 0, f"{len(packages)} packages looked up"


if __name__ == "__main__":
    status, words = told(*asked())
    print(words)
    sys.exit(status)
