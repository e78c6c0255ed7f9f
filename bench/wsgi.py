"""The portal's entrance, under the settings of a measurement."""

from voucher_portal.wsgi import application

__all__ = ["application"]
