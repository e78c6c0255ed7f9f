from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "foundation.rosters"
    verbose_name = "名录与名单"
