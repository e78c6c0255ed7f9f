"""The staff desk takes the place of Django's admin site."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    default_site = "voucher_portal.desk_site.DeskSite"
