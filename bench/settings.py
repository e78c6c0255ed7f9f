"""The portal's own settings with one address and one table more: the minimal view to compare with."""

from voucher_portal.settings import *  # noqa: F403
from voucher_portal.settings import INSTALLED_APPS as PORTAL_APPS

INSTALLED_APPS = [*PORTAL_APPS, "bench"]
ROOT_URLCONF = "bench.urls"
