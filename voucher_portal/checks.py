"""What `manage.py check --deploy` says beside Django's own: what a portal starts without, and would be missed too late."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register("portal", deploy=True)
def mails_reach_somebody(**kwargs: Any) -> list[CheckMessage]:
    """Mails that are written to files count as sent, and nobody reads them."""
    if not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return []
    return [
        Warning(
            f"Mails are written to files in {settings.EMAIL_FILE_PATH}: nobody gets them.",
            hint="Name a mail server in EMAIL_URL.",
            id="portal.W001",
        )
    ]


@register("portal", deploy=True)
def files_outlive_the_process(**kwargs: Any) -> list[CheckMessage]:
    """A folder beside the code goes with the container, and no other node sees it."""
    store = settings.STORAGES["default"]
    folder = store.get("OPTIONS", {}).get("location", "")
    if not folder or not folder.startswith(str(settings.BASE_DIR)):
        return []
    return [
        Warning(
            f"Uploaded files are kept in {folder}, beside the code.",
            hint="Name a store in S3_BUCKET, or in FILE_ROOT a folder that lasts and that web and workers share.",
            id="portal.W002",
        )
    ]


@register("portal", deploy=True)
def enterprises_can_register(**kwargs: Any) -> list[CheckMessage]:
    """Registration asks for assurance level L1 (E1): from the identity platform, or by the city's own decision."""
    if settings.SSO_ISSUER or settings.SIGN_UP_ASSURANCE_LEVEL >= 1:
        return []
    return [
        Warning(
            "No enterprise can register: accounts opened here have assurance level L0, and there is no identity platform.",
            hint="Set SSO_ISSUER and what belongs to it, or SIGN_UP_ASSURANCE_LEVEL=1 (docs/operations.md).",
            id="portal.W003",
        )
    ]
