from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "foundation.notices"
    verbose_name = "公告与消息"
