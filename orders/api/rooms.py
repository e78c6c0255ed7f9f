"""How much a provider can still accept (P7)."""

from __future__ import annotations

from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.fields import Out, YuanOut
from foundation.api.views import Api, Call, reads
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.regions.api import CityOut
from orders.queries import rooms_of
from orders.queries.room import Room
from providers.queries import provider_of


class RoomOut(Out):
    """What can still be accepted in one programme (P7)."""

    programme = serializers.IntegerField(source="programme.pk", help_text="年度方案编号")
    city = CityOut(source="programme.city")
    year = serializers.IntegerField(source="programme.year")
    cap = YuanOut(source="programme.acceptance_cap", help_text="收券上限（元）")
    reserved = YuanOut(help_text="已预留（元）")
    accepted = YuanOut(help_text="已收券（元）")
    left = YuanOut(help_text="还能收券（元）")


class RoomsOut(Out):
    """What can still be accepted in each programme of the year with orders."""

    rooms = RoomOut(many=True, source="*")


class Rooms(Api):
    """The provider's room in the programmes of this year."""

    roles = frozenset({Role.PROVIDER})

    @reads("收券额度", gives=RoomsOut, description="本年度有订单的各方案的收券上限和余额。")
    def get(self, call: Call) -> list[Room]:
        provider = provider_of(call.user)
        if provider is None:
            raise OutOfReach("not registered")
        return rooms_of(provider.pk, local_day(call.at).year)
