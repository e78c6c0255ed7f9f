"""Static files that come in packages: named one by one, so that nothing else of a package is served."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage, Storage

PACKAGES = Path(settings.BASE_DIR) / "node_modules"
ICONS = PACKAGES / "@tabler/icons/icons"
# Address below /static/ → file in a package.
FILES = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    # Named at the end of the stylesheet; hashed names are given only to files that are there.
    "tabler/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "echarts/echarts.common.min.js": "echarts/dist/echarts.common.min.js",
}
# The same for files of a Python package.
SWAGGER = Path(drf_spectacular_sidecar.__file__).parent / (
    "static/drf_spectacular_sidecar/swagger-ui-dist"
)
SWAGGER_FILES = {
    f"swagger/{name}": SWAGGER / name
    for name in ("swagger-ui.css", "swagger-ui.css.map", "swagger-ui-bundle.js")
}


class PackageStorage(FileSystemStorage):
    """The files of FILES and SWAGGER_FILES under their addresses."""

    def __init__(self) -> None:
        super().__init__(location=PACKAGES)

    def path(self, name: str) -> str:
        if name in SWAGGER_FILES:
            return str(SWAGGER_FILES[name])
        return super().path(FILES[name])


class PackageFinder(BaseFinder):
    """Finds what FILES and SWAGGER_FILES name."""

    storage = PackageStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to check: script/setup installs the packages."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file for an address; an empty list when there is none."""
        is_named = path in FILES or path in SWAGGER_FILES
        found = [self.storage.path(path)] if is_named and self.storage.exists(path) else []
        return found if find_all or not found else found[0]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every address that collectstatic takes along."""
        for address in (*FILES, *SWAGGER_FILES):
            if not matches_patterns(address, list(ignore_patterns or [])):
                yield address, self.storage


@cache
def icon_markup(name: str, style: str = "outline") -> str:
    """The drawing of one Tabler icon, hidden from screen readers: the words beside it speak.

    Raises FileNotFoundError for a name that the package does not have.
    """
    # Put together as text: a path does not take a template's SafeString as a part.
    drawing = Path(f"{ICONS}/{style}/{name}.svg").read_text("utf-8")
    inside = re.sub(
        r"^.*?<svg[^>]*>|</svg>\s*$|\s*<path stroke=\"none\"[^>]*/>", "", drawing, flags=re.S
    )
    colours = 'fill="currentColor"' if style == "filled" else 'fill="none" stroke="currentColor"'
    return (
        f'<svg class="icon" viewBox="0 0 24 24" width="24" height="24" {colours} stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{' '.join(inside.split())}</svg>"
    )
