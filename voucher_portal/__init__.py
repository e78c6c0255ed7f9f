"""The roof over the apps: settings, addresses, and the entrances for web and workers."""

from voucher_portal.celery import app as celery_app

__all__ = ["celery_app"]
