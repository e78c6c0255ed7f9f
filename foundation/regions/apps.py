from django.apps import AppConfig


class RegionsConfig(AppConfig):
    name = "foundation.regions"
    verbose_name = "地区"
