"""The Celery application; what it runs and when stands in settings (CELERY_*)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucher_portal.settings")

app = Celery("voucher_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
