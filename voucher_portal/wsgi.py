"""The entrance for WSGI servers: ``granian --interface wsgi voucher_portal.wsgi:application``."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucher_portal.settings")

application = get_wsgi_application()

if settings.TRUSTED_PROXIES:
    # REMOTE_ADDR becomes the client's address, but only when a known proxy reports it.
    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=settings.TRUSTED_PROXIES)
