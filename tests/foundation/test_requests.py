"""From a request to an act: one reading of the clock, the actor, and the answer to a refusal."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views import View

from foundation.accounts.models import Role, User
from foundation.desk import why_not
from foundation.errors import OutOfReach, Refusal
from foundation.requests import ActMiddleware, RoleRequired, actor_of, attempt
from tests.foundation.build import AT

pytestmark = pytest.mark.urls("tests.foundation.urls")


class AmountForm(forms.Form):
    amount = forms.DecimalField()


def refuse(field: str = "") -> None:
    raise Refusal("超过限额。", rule="B2", field=field)


class TestAttempt:
    @pytest.mark.parametrize(
        ("field", "where"), [("amount", "amount"), ("", "__all__"), ("elsewhere", "__all__")]
    )
    def test_a_refusal_stands_where_it_belongs(self, field: str, where: str) -> None:
        form = AmountForm({"amount": "1"})
        assert attempt(form, refuse, field=field) is None
        assert form.errors[where] == ["超过限额。"]

    def test_a_result_comes_back(self) -> None:
        assert attempt(AmountForm({}), lambda amount: amount + 1, amount=1) == 2

    def test_out_of_reach_is_no_refusal(self) -> None:
        def beyond() -> None:
            raise OutOfReach

        with pytest.raises(OutOfReach):
            attempt(AmountForm({}), beyond)


class TestTheMiddleware:
    def test_the_clock_is_read_once_the_form_has_arrived(self, rf, time_machine) -> None:
        time_machine.move_to(AT, tick=False)
        request = rf.post("/", {"amount": "1"})
        seen = []

        class Slow(type(request)):
            @property
            def POST(self):
                time_machine.move_to(AT.replace(hour=2), tick=False)
                return {}

        request.__class__ = Slow
        ActMiddleware(lambda r: seen.append(r.at) or HttpResponse())(request)
        assert seen == [AT.replace(hour=2)] == [timezone.now()]

    @pytest.mark.parametrize("method", ["post", "put", "patch"])
    def test_the_clock_is_read_once_the_json_has_arrived(self, method, rf, time_machine) -> None:
        time_machine.move_to(AT, tick=False)
        request = getattr(rf, method)("/", "{}", content_type="application/json")
        seen = []

        class Slow(type(request)):
            @property
            def body(self):
                time_machine.move_to(AT.replace(hour=2), tick=False)
                return b"{}"

        request.__class__ = Slow
        ActMiddleware(lambda r: seen.append(r.at) or HttpResponse())(request)
        assert seen == [AT.replace(hour=2)]

    def test_a_number_that_no_database_counts_is_no_address(self, rf) -> None:
        middleware = ActMiddleware(lambda r: HttpResponse())
        middleware.process_view(rf.get("/"), HttpResponse, (), {"pk": 10**18 - 1})
        with pytest.raises(Http404):
            middleware.process_view(rf.get("/"), HttpResponse, (), {"pk": 10**18})

    def test_out_of_reach_is_404(self, rf) -> None:
        middleware = ActMiddleware(lambda r: HttpResponse())
        with pytest.raises(Http404):
            middleware.process_exception(rf.get("/"), OutOfReach())
        assert middleware.process_exception(rf.get("/"), ValueError()) is None


class TestRoleRequired:
    class Page(RoleRequired, View):
        roles = frozenset({Role.ENTERPRISE})

        def get(self, request: object) -> HttpResponse:
            return HttpResponse("ok")

    def get(self, rf, user: object) -> HttpResponse:
        request = rf.get("/orders/?page=2")
        request.user = user
        return self.Page.as_view()(request)

    def test_the_role_gets_in(self, rf) -> None:
        assert self.get(rf, User(role=Role.ENTERPRISE)).content == b"ok"

    def test_strangers_sign_in(self, rf) -> None:
        assert self.get(rf, AnonymousUser())["Location"] == "/login/?next=/orders/%3Fpage%3D2"

    @pytest.mark.parametrize("role", [*list(Role)[1:], ""])
    def test_others_find_nothing(self, rf, role: str) -> None:
        with pytest.raises(Http404):
            self.get(rf, User(role=role, is_superuser=True, is_staff=True))


def test_the_actor_of_a_request(rf) -> None:
    request = rf.get("/", REMOTE_ADDR="203.0.113.1")
    request.user = AnonymousUser()
    assert (actor_of(request).role, actor_of(request).address) == ("public", "203.0.113.1")
    request.user = User(role=Role.BUREAU)
    assert actor_of(request).user is request.user


def test_the_reason_of_a_disabled_button() -> None:
    def beyond() -> None:
        raise OutOfReach

    assert why_not(refuse) == "超过限额。"
    assert why_not(beyond) == "您无权进行此操作。"
    assert why_not(lambda: None) == ""
