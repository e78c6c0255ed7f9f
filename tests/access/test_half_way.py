"""Half-way through signing in is not in: with the password alone, every route that asks for an account leads to login."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.accounts.operations import begin_authenticator, confirm_authenticator
from tests.access.table import EVERYONE, UNDER_WAY, every_route
from tests.access.test_matrix import meaning
from tests.access.world import NOW, build_world
from tests.foundation.test_second_factor import code_of

pytestmark = pytest.mark.django_db
PASSWORD = "half-way-2020-in"


@pytest.mark.parametrize("how", ["password", "session"])
def test_no_route_lets_in_who_lacks_the_second_factor(how: str, settings) -> None:
    world = build_world()
    settings.STAFF_SECOND_FACTOR = True
    wrong = []
    with time_machine.travel(NOW, tick=False):
        account = world.cast["bureau"]
        assert isinstance(account, User)
        account.set_password(PASSWORD)
        account.save()
        by = Actor(user=account)
        begin_authenticator(by=by, at=NOW)
        confirm_authenticator(by=by, at=NOW, code=code_of(account, NOW))
        client = Client(raise_request_exception=False)
        for name, route in every_route().items():
            if route.who in (EVERYONE, UNDER_WAY):
                continue
            url = reverse(name.partition(" ")[0], args=route.args(world))
            for method in ("get", "post"):
                if how == "session":
                    # A session of Django's own making, without the steps.
                    client.force_login(account)
                else:
                    form = {"username": account.username, "password": PASSWORD}
                    if "signing_in" not in client.session:
                        assert client.post("/login/", form)["Location"] == "/login/code/"
                found = meaning(getattr(client, method)(url))
                if found not in {"login", "404", "405"}:
                    wrong.append(f"{method} {url} → {found}")
    assert not wrong, "\n".join(wrong)
