"""What production is started from holds together: Dockerfile, docker-compose.yml, .env.example, nginx, alerts, settings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_settings import FIT, load_settings

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return loaded


def test_who_serves_may_read_what_was_collected() -> None:
    show = (
        "import django; django.setup(); "
        "from django.contrib.staticfiles.storage import staticfiles_storage as kept; "
        "print(oct(kept.file_permissions_mode), oct(kept.directory_permissions_mode))"
    )
    done = subprocess.run(
        [sys.executable, "-c", show],
        env={**FIT, "DJANGO_SETTINGS_MODULE": "voucher_portal.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split() == ["0o644", "0o755"], done.stderr
