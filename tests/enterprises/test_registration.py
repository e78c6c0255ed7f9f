"""E1: one account with assurance, one enterprise, one credit code."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from enterprises.models import Enterprise
from enterprises.operations import register_enterprise, submit_qualification
from enterprises.policies import UnableToRegister
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.credit_codes import BadCreditCode
from foundation.errors import OutOfReach
from tests import build
from tests.enterprises.build import AT, filled, owner, registered, with_materials

pytestmark = pytest.mark.django_db


def register(user, code=None):
    return register_enterprise(
        by=build.actor(user), at=AT, city=build.city(), credit_code=code or build.credit_code()
    )


@pytest.mark.rule("E1")
def test_an_account_of_level_one_registers() -> None:
    user = build.account(Role.ENTERPRISE, assurance_level=1)
    code = build.credit_code()
    made = register(user, f" {code[:9].lower()} {code[9:]}")
    assert (made.account, made.credit_code, made.city) == (user, code, build.city())
    assert str(made) == code
    entry = AuditEntry.objects.get(action="register_enterprise", subject_id=made.pk)
    assert (entry.actor, entry.at) == (user, AT)


@pytest.mark.rule("E1")
def test_a_lower_level_is_refused_with_a_clear_message() -> None:
    user = build.account(Role.ENTERPRISE, assurance_level=0)
    with pytest.raises(UnableToRegister, match="L1") as refused:
        register(user)
    assert refused.value.rule == "E1"
    assert not Enterprise.objects.exists()


@pytest.mark.rule("E1")
def test_a_level_that_fell_later_stops_the_submission() -> None:
    file = with_materials(filled())
    file.enterprise.account.assurance_level = 0
    with pytest.raises(UnableToRegister):
        submit_qualification(by=owner(file.enterprise), at=AT, qualification=file)


@pytest.mark.rule("E1")
def test_a_second_account_for_the_same_credit_code_is_refused() -> None:
    first = registered()
    with pytest.raises(UnableToRegister, match="已由其他账号登记") as refused:
        register(build.account(Role.ENTERPRISE), first.credit_code.lower())
    assert refused.value.field == "credit_code"
    assert Enterprise.objects.count() == 1


@pytest.mark.rule("E1")
def test_a_second_enterprise_for_the_same_account_is_refused() -> None:
    first = registered()
    with pytest.raises(UnableToRegister, match="一个账号"):
        register(first.account)


@pytest.mark.rule("E1")
def test_a_twin_that_was_faster_meets_the_unique_constraint() -> None:
    first = registered()
    # As both look before either has written.
    with (
        patch("enterprises.operations.filing.credit_code_taken", side_effect=[False, True]),
        pytest.raises(UnableToRegister, match="已由其他账号登记"),
    ):
        register(build.account(Role.ENTERPRISE), first.credit_code)
    assert Enterprise.objects.count() == 1


@pytest.mark.rule("E2")
def test_a_wrong_check_character_is_refused() -> None:
    code = build.credit_code()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    with pytest.raises(BadCreditCode) as refused:
        register(build.account(Role.ENTERPRISE), wrong)
    assert refused.value.field == "credit_code"


@pytest.mark.rule("E1")
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ENTERPRISE])
def test_other_roles_register_nothing(role: str) -> None:
    with pytest.raises(OutOfReach):
        register(build.account(role))


@pytest.mark.rule("E1")
@pytest.mark.parametrize("by", [Actor(), Actor(job="test")])
def test_the_public_and_jobs_register_nothing(by: Actor) -> None:
    with pytest.raises(OutOfReach):
        register_enterprise(by=by, at=AT, city=build.city(), credit_code=build.credit_code())
