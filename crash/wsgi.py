"""The portal's entrance, under the clock of the crash test."""

import crash.clock  # noqa: F401
from voucher_portal.wsgi import application

__all__ = ["application"]
