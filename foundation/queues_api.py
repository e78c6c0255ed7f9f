"""What waits at the desk, by the API."""

from __future__ import annotations

from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.fields import Out
from foundation.api.views import Api, Call, reads
from foundation.queues import Queue, queues_of


class QueueOut(Out):
    """Files that wait."""

    label = serializers.CharField(help_text="事项")
    count = serializers.IntegerField(help_text="件数")
    late = serializers.IntegerField(help_text="其中已拖延的件数")
    oldest_at = serializers.DateTimeField(allow_null=True, help_text="最早一件的时间")
    on = serializers.CharField(help_text="等待谁办理；空为本账号")


class QueuesOut(Out):
    """Every queue of the account."""

    queues = QueueOut(many=True, source="*")


class Queues(Api):
    """What waits for the account, and for others in its reach."""

    roles = frozenset({Role.CONTRACTOR, Role.BUREAU, Role.EXPERT})

    @reads("工作台待办", gives=QueuesOut)
    def get(self, call: Call) -> list[Queue]:
        return queues_of(call.user, call.at)
