"""The entrance for ASGI servers; the portal itself is served over WSGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucher_portal.settings")

application = get_asgi_application()
