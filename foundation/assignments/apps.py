from django.apps import AppConfig


class AssignmentsConfig(AppConfig):
    name = "foundation.assignments"
    verbose_name = "办理分工"
