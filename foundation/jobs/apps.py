from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "foundation.jobs"
    verbose_name = "定时任务"
