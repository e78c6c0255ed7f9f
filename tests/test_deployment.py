"""What production is started from holds together: Dockerfile, docker-compose.yml, .env.example, nginx, alerts, settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_settings import FIT, load_settings

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT = re.compile(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


def check_for_production(**values: str) -> str:
    """What `manage.py check --deploy` says under these settings, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        env={"PATH": os.environ["PATH"], **FIT, **values},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


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


@pytest.mark.rule("E1")
def test_mails_files_and_enterprises_that_get_nowhere_are_told_of(tmp_path: Path) -> None:
    metrics = str(tmp_path)

    said = check_for_production(METRICS_FOLDER=metrics)
    assert "EMAIL_URL" in said and "S3_BUCKET" in said
    # E1 asks for L1, which neither the platform nor an account opened here would give.
    assert "SIGN_UP_ASSURANCE_LEVEL" in said

    store = {"S3_BUCKET": "files", "S3_ACCESS_KEY": "name", "S3_SECRET_KEY": "secret-of-it"}
    varied = "".join(map(chr, range(48, 98)))
    said = check_for_production(
        METRICS_FOLDER=metrics,
        SECRET_KEY=varied,
        EMAIL_URL="smtp://mail:25",
        **store,
        SIGN_UP_ASSURANCE_LEVEL="1",
    )
    assert "no issues" in said


def test_the_template_of_env_becomes_production_by_filling_it_in(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    """.env.example with its blanks filled as it says, and nothing else, starts; compose asks for nothing it lacks."""
    template = (ROOT / ".env.example").read_text("utf-8")
    values = dict(ASSIGNMENT.findall(template))
    live = dict(re.findall(r"^([A-Z][A-Z0-9_]+)=(.*)$", template, re.MULTILINE))
    blanks = (
        "SECRET_KEY FIELD_KEYS LOOKUP_KEY SEAL_KEYS POSTGRES_PASSWORD S3_ACCESS_KEY S3_SECRET_KEY"
    )
    for name in blanks.split():
        assert live[name] == "", name
        live[name] = FIT.get(name, "x" * 48)
    done = load_settings({**live, "METRICS_FOLDER": str(tmp_path)})
    assert done.returncode == 0, done.stderr

    asked = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    assert asked - set(values) <= {"PYTHON_IMAGE"}
    address = compose["services"]["nginx"]["networks"]["front"]["ipv4_address"]
    assert live["TRUSTED_PROXIES"] == address
    volume = compose["services"]["worker"]["volumes"][0].partition(":")[2]
    assert live["SEAL_WITNESS"].startswith(volume)


def test_every_setting_of_the_template_is_described() -> None:
    described = (ROOT / "README.md").read_text("utf-8") + (ROOT / "docs/operations.md").read_text(
        "utf-8"
    )
    names = {name for name, _ in ASSIGNMENT.findall((ROOT / ".env.example").read_text("utf-8"))}

    assert {name for name in names if f"`{name}`" not in described} <= {"POSTGRES_PASSWORD"}


def test_root_leaves_nothing_in_the_image_that_its_user_has_to_write() -> None:
    """The settings make METRICS_FOLDER, and collectstatic is run by root: who runs worker and migrate could not write there."""
    lines = (ROOT / "Dockerfile").read_text("utf-8")
    collected = lines.index("collectstatic")

    assert collected < lines.index('rm -rf "$METRICS_FOLDER"') < lines.index("USER portal")


def test_alerts_ask_for_figures_that_exist() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus-rules.yml").read_text("utf-8"))
    source = "".join(
        path.read_text("utf-8") for path in (ROOT / "voucher_portal/metrics").glob("*.py")
    )
    for rule in [rule for group in rules["groups"] for rule in group["rules"]]:
        assert ("alert" in rule) != ("record" in rule)
        for name in re.findall(r"\bportal_[a-z_]+", rule["expr"]):
            stem = re.sub(r"_(total|bucket)$", "", name)
            assert f'"{stem}"' in source or f'"{stem.removeprefix("portal_")}"' in source, name
