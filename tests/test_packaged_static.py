"""What pages load from packages: named files only, and icons that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from voucher_portal.packaged_static import FILES, SWAGGER_FILES, PackageFinder, icon_markup

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_named_files_are_found_and_nothing_else_of_the_packages():
    for address in (*FILES, *SWAGGER_FILES):
        assert Path(finders.find(address)).is_file()
    assert finders.find("tabler/tabler.css") is None
    assert finders.find("tabler/../package.json") is None
    assert finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css") is None
    assert {address for address, _ in PackageFinder().list([])} == {*FILES, *SWAGGER_FILES}


@pytest.mark.once
@pytest.mark.django_db
def test_names_with_digests_lead_to_files_as_in_production(settings, tmp_path, client: Client):
    """Development knows no digests: a name that production cannot resolve is an error page there, and only there."""
    settings.STATIC_ROOT = tmp_path
    backend = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    # A file that names another one, which is not there, ends the collecting.
    call_command("collectstatic", interactive=False, verbosity=0)

    for page in TEMPLATES.rglob("*.html"):
        for name in re.findall(r"{%\s*static\s+['\"]([^'\"]+)['\"]", page.read_text("utf-8")):
            assert (tmp_path / staticfiles_storage.stored_name(name)).is_file(), page
    described = client.get(reverse("api:docs"))
    assert described.status_code == 200
    assert staticfiles_storage.url("swagger/swagger-ui-bundle.js") in described.content.decode()


def test_an_icon_is_hidden_from_screen_readers_and_has_no_inline_style():
    drawn = icon_markup("calendar")
    assert 'aria-hidden="true"' in drawn
    assert "style=" not in drawn


def test_every_icon_that_a_template_names_exists():
    used = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{%\s*icon\s+"([\w-]+)"', page.read_text("utf-8"))
    }
    for name in used:
        icon_markup(name)


def test_an_icon_that_the_package_does_not_have_is_an_error():
    with pytest.raises(FileNotFoundError):
        icon_markup("no-such-icon")
