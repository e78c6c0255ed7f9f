from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class VoucherPortalConfig(AppConfig):
    name = "voucher_portal"

    def ready(self) -> None:
        from voucher_portal import checks  # noqa: F401  registers them

        # As Django keeps its own permissions: after each migrate. Apps without models hear nothing of it.
        post_migrate.connect(_after_migrate, sender=apps.get_app_config("accounts"))


def _after_migrate(using: str, **kwargs: Any) -> None:
    from voucher_portal.role_groups import bring_in_line

    bring_in_line(using)
