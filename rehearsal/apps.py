from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "rehearsal"
    verbose_name = "演练"
