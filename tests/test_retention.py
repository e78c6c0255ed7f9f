"""Personal data past its time is forgotten; books, audit trail, seals and results stay as they were (F5, ADR 36)."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as live_settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from enterprises.models import Profile
from foundation.accounts.actors import Actor, OwnMatter, job, require_not_party
from foundation.accounts.models import (
    Authenticator,
    ConfirmationMail,
    Person,
    RecoveryCode,
    Role,
    User,
)
from foundation.accounts.operations import begin_authenticator, close_account
from foundation.audit.models import AuditEntry
from foundation.audit.sealing.operations import seal_settled_rows
from foundation.audit.sealing.verifying import breaks
from foundation.errors import OutOfReach
from foundation.notices.models import Message
from foundation.personal_data import lookup_key
from providers.models import ChangeRequest, Provider, ProviderRound
from providers.operations import refuse_change
from redemption.models import Objection
from tests import build
from tests.access.world import NOW, build_world
from tests.foundation.build import AT, id_number, party, staff
from voucher_portal.reconciliation import all_breaks
from voucher_portal.retention import KINDS, forget, forget_at_night
from vouchers.models import Allocation, LedgerEntry, ResultList

pytestmark = [pytest.mark.django_db, pytest.mark.rule("F5")]

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Everything of 2020 is kept for ten years after its end.
LAST_MOMENT = datetime(2030, 12, 31, 23, 59, 59, 999_999, SHANGHAI)
FIRST_MOMENT = datetime(2031, 1, 1, 0, 0, tzinfo=SHANGHAI)
BY = job("test")


def forget_all(at: datetime) -> dict[str, int]:
    return {kind.forget.__name__: forget(kind, at) for kind in KINDS}


def of_numbers(at: datetime) -> int:
    return sum(
        forget_all(at)[name]
        for name in ("forget_handlers", "forget_contacts", "forget_changed_contacts")
    )


def world_of_2020():
    """The world, its request for a change decided and its accreditation run out with the year."""
    world = build_world()
    change = ChangeRequest.objects.get()
    refuse_change(
        by=build.actor(world.cast["contractor"]), at=NOW, change_request=change, reason="材料不全"
    )
    ChangeRequest.objects.filter(pk=change.pk).update(
        contact_id=id_number(4),
        contact_mobile="13800138000",
        changes={"contact": "新人", "address": "新址"},
    )
    provider = world.made.scene.provider
    Provider.objects.filter(pk=provider.pk).update(submitted_at=AT)
    type(provider.accreditation).objects.update(
        valid_from=AT.date(), valid_until=datetime(2020, 12, 31).date()
    )
    for profile in Profile.objects.all():
        profile.enterprise.created_at = AT
        profile.enterprise.save()
    return world


class TestThePeriods:
    def test_nothing_of_a_year_goes_in_the_ten_years_after_it(self) -> None:
        world_of_2020()
        assert of_numbers(LAST_MOMENT) == 0
        assert of_numbers(FIRST_MOMENT) > 0
        assert of_numbers(FIRST_MOMENT) == 0

    def test_the_city_may_keep_longer(self, settings) -> None:
        world_of_2020()
        settings.KEEP_PERSONAL_DATA_YEARS = 12
        assert of_numbers(FIRST_MOMENT) == 0

    def test_who_still_takes_part_keeps_what_is_in_use(self) -> None:
        world = world_of_2020()
        enterprise = world.made.scene.enterprise
        file = enterprise.qualifications.get()
        file.year = 2025
        file.save()
        forget_all(FIRST_MOMENT)
        file.profile.refresh_from_db()
        assert file.profile.handler_id

    def test_an_institution_with_a_valid_accreditation_is_kept(self) -> None:
        world = world_of_2020()
        provider = world.made.scene.provider
        type(provider.accreditation).objects.update(valid_until=datetime(2031, 6, 30).date())
        forget_all(FIRST_MOMENT)
        provider.refresh_from_db()
        assert provider.contact_id


class TestWhatGoesAndWhatStays:
    def test_the_numbers_go_and_the_books_stay(self, client: Client) -> None:
        world = world_of_2020()
        with time_machine.travel(NOW, tick=False):
            seal_settled_rows(at=NOW, wait_seconds=0, at_once=True)
        tables = (LedgerEntry, Allocation, ResultList)
        kept = {model: list(model.objects.order_by("pk").values()) for model in tables}
        trail = list(AuditEntry.objects.order_by("pk").values())
        rows = {
            model: model.objects.count()
            for model in (Profile, Provider, ChangeRequest, Objection, Person, User)
        }
        done = forget_all(FIRST_MOMENT)
        assert done["forget_handlers"] == Profile.objects.count()
        for profile in Profile.objects.all():
            assert not any(
                (
                    profile.handler,
                    profile.handler_id,
                    profile.handler_id_key,
                    profile.handler_mobile,
                )
            )
            assert not any((profile.legal_representative_id, profile.legal_representative_id_key))
            assert profile.name and profile.legal_representative and profile.employees
        provider = Provider.objects.get(pk=world.made.scene.provider.pk)
        assert not any(
            (provider.contact, provider.contact_id, provider.contact_mobile, provider.bank_account)
        )
        assert provider.name and provider.credit_code
        assert not any(
            "contact" in one.details for one in ProviderRound.objects.filter(provider=provider)
        )
        change = ChangeRequest.objects.get()
        assert (change.contact_id, change.contact_mobile, change.changes) == (
            "",
            "",
            {"address": "新址"},
        )
        # Nothing is deleted, nothing of the books is touched, and the trail only grew.
        assert rows == {model: model.objects.count() for model in rows}
        assert kept == {model: list(model.objects.order_by("pk").values()) for model in tables}
        assert list(AuditEntry.objects.order_by("pk").values())[: len(trail)] == trail
        assert (
            AuditEntry.objects.filter(action="forget_handlers", role="job").count()
            == done["forget_handlers"]
        )
        assert list(breaks({})) == []
        assert list(all_breaks()) == []

    def test_pages_still_open(self) -> None:
        world = world_of_2020()
        forget_all(FIRST_MOMENT)
        desk, seller, buyer = Client(), Client(), Client()
        desk.force_login(world.cast["bureau"])
        seller.force_login(world.cast["provider"])
        buyer.force_login(world.cast["enterprise"])
        with time_machine.travel(NOW, tick=False):
            for model in (
                "enterprises_qualification",
                "providers_provider",
                "providers_changerequest",
                "orders_order",
                "redemption_claim",
                "redemption_objection",
            ):
                app, name = model.split("_", 1)
                address = f"/admin/{app}/{name}/{world.pk[model]}/change/"
                assert desk.get(address).status_code == 200, address
            for address in ("/enterprise/", "/enterprise/profile/", "/enterprise/history/"):
                assert buyer.get(address).status_code == 200, address
            assert seller.get("/provider/").status_code == 200

    def test_who_comes_back_is_asked_anew(self) -> None:
        world = world_of_2020()
        forget_all(FIRST_MOMENT)
        buyer = Client()
        buyer.force_login(world.cast["enterprise"])
        with time_machine.travel(NOW, tick=False):
            form = buyer.get("/enterprise/profile/").context["form"]
        assert form.fields["handler_id"].required
        assert form.fields["handler_mobile"].required

    def test_forgotten_numbers_match_nobody(self) -> None:
        """Empty keys are no common person: O3 and R3 compare only what is there."""
        world_of_2020()
        forget_all(FIRST_MOMENT)
        person = build.person()
        account = build.account(Role.CONTRACTOR, person=person)
        require_not_party(Actor(user=account), "", "")


class TestObjectors:
    def test_name_and_contact_go_three_years_after_the_answer(self) -> None:
        world = build_world()
        objection = Objection.objects.get()
        assert forget_all(FIRST_MOMENT)["forget_objectors"] == 0, "not answered yet"
        Objection.objects.update(
            state="rejected", answered_at=NOW, answered_by=world.cast["bureau"], answer="不成立"
        )
        three_years = NOW.replace(year=NOW.year + 3)
        assert forget_all(three_years)["forget_objectors"] == 0
        assert forget_all(three_years + timedelta(seconds=1))["forget_objectors"] == 1
        after = Objection.objects.get()
        assert (after.name, after.contact) == ("", "")
        assert (after.statement, after.receipt) == (objection.statement, objection.receipt)


class TestAccounts:
    def test_the_number_of_who_left_goes_and_four_eyes_stay(self) -> None:
        number = id_number(7)
        account = staff(Role.EXPERT, number=number, name="李四", email="li@example.com")
        stays = staff(Role.EXPERT)
        boss = staff(Role.BUREAU)
        close_account(by=Actor(user=boss), at=AT, account=account, reason="离任")
        assert forget_all(LAST_MOMENT)["forget_persons"] == 0
        assert forget_all(FIRST_MOMENT)["forget_persons"] == 1
        person = Person.objects.get(pk=account.person_id)
        assert (person.name, person.id_number) == ("李四", "")
        assert person.id_key == lookup_key(number)
        assert Person.objects.get(pk=stays.person_id).id_number
        account.refresh_from_db()
        with pytest.raises(OwnMatter):
            require_not_party(Actor(user=account), lookup_key(number))

    def test_one_who_holds_another_open_account_is_kept(self) -> None:
        number = id_number(7)
        closed = staff(Role.EXPERT, number=number, name="李四")
        staff(Role.CONTRACTOR, number=number, name="李四")
        boss = staff(Role.BUREAU)
        close_account(by=Actor(user=boss), at=AT, account=closed, reason="换岗")
        assert forget_all(FIRST_MOMENT)["forget_persons"] == 0

    def test_addresses_of_accounts_that_nobody_uses_go(self) -> None:
        old, used = party(email="old@example.com"), party(email="new@example.com")
        User.objects.filter(pk=old.pk).update(date_joined=AT, last_login=AT)
        User.objects.filter(pk=used.pk).update(date_joined=AT, last_login=LAST_MOMENT)
        forget_all(FIRST_MOMENT)
        old.refresh_from_db()
        used.refresh_from_db()
        assert (old.email, used.email) == ("", "new@example.com")
        assert old.username, "one account per enterprise, kept for good (E1)"


class TestTraces:
    def test_what_has_done_its_service_goes(self) -> None:
        account = staff(Role.EXPERT)
        begin_authenticator(by=Actor(user=account), at=AT)
        used = RecoveryCode.objects.create(account=account, digest="a" * 64, used_at=AT)
        open_code = RecoveryCode.objects.create(account=account, digest="b" * 64)
        ConfirmationMail.objects.create(address_key="k", at=AT)
        Session.objects.create(session_key="gone", session_data="x", expire_date=AT)
        Session.objects.create(
            session_key="stays", session_data="x", expire_date=AT + timedelta(days=500)
        )
        User.objects.filter(pk=account.pk).update(email_asked="x@example.com", email_asked_at=AT)
        forget_all(AT + timedelta(hours=1))
        assert Authenticator.objects.count() == ConfirmationMail.objects.count() == 1
        forget_all(AT + timedelta(days=366))
        assert not Authenticator.objects.exists()
        assert not ConfirmationMail.objects.exists()
        assert list(Session.objects.values_list("session_key", flat=True)) == ["stays"]
        assert list(RecoveryCode.objects.all()) == [open_code]
        assert used.pk
        account.refresh_from_db()
        assert account.email_asked == ""

    def test_messages_go_after_two_years(self) -> None:
        build_world()
        count = Message.objects.count()
        oldest = Message.objects.order_by("created_at").first().created_at
        newest = Message.objects.order_by("-created_at").first().created_at
        assert forget_all(oldest + timedelta(days=24 * 31))["forget_messages"] == 0
        assert forget_all(newest + timedelta(days=24 * 31, seconds=1))["forget_messages"] == count


class TestRunning:
    def test_at_night_a_few_at_a_time_and_never_twice(self, monkeypatch) -> None:
        for index in range(5):
            ConfirmationMail.objects.create(address_key=str(index), at=AT)
        night = datetime(2031, 1, 1, 3, 30, tzinfo=SHANGHAI)
        assert forget_at_night(night.replace(hour=4)) == 0
        assert forget_at_night(night) == 5
        assert forget_at_night(night) == 0

    def test_the_command_counts_first(self) -> None:
        world_of_2020()
        with time_machine.travel(FIRST_MOMENT, tick=False):
            out = io.StringIO()
            call_command("forget", "--check", stdout=out)
            due = Profile.objects.count()
            assert f"企业经办人信息：{due} 项已到期" in out.getvalue()
            assert Profile.objects.exclude(handler="").count() == due
            out = io.StringIO()
            call_command("forget", stdout=out)
            assert f"企业经办人信息：已清除 {due} 项" in out.getvalue()
            out = io.StringIO()
            call_command("forget", "--check", stdout=out)
            assert "企业经办人信息：0 项已到期" in out.getvalue()

    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.forget.__name__)
    def test_nobody_forgets_at_a_page(self, kind) -> None:
        for by in (Actor(), Actor(user=staff(Role.BUREAU))):
            with pytest.raises(OutOfReach):
                kind.forget(by=by, at=FIRST_MOMENT, at_most=1)

    def test_sealed_tables_are_never_among_what_is_written(self) -> None:
        assert "audit.AuditEntry" in live_settings.SEALED_TABLES
        for kind in KINDS:
            for rows in kind.past_time(FIRST_MOMENT):
                assert rows.model._meta.label not in live_settings.SEALED_TABLES
