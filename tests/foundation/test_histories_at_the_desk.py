"""The audit trail as people read it: the history of each record, and the list with its filters."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.accounts.operations import close_account
from foundation.audit.filters import SUBJECTS
from foundation.audit.models import AuditEntry
from foundation.audit.operations import record
from foundation.audit.words import ACTIONS, UNMASKING, action_words, state_words, subject_model
from tests import build
from tests.access.world import build_world
from tests.foundation.build import AT, city, staff
from tests.markup import inline_parts
from tests.messages.table import TOLD
from voucher_portal.state_machines import MACHINES

ROOT = Path(__file__).resolve().parents[2]
FLOORS = (
    "foundation",
    "enterprises",
    "providers",
    "vouchers",
    "orders",
    "redemption",
    "dashboards",
)
# Acts that leave no entry of their own name.
SILENT = {
    *("begin_authenticator", "note_sign_in", "sign_on", "verify_second_factor"),
    *("finish_file", "keep_file_in_hand", "work_on_file"),
    *("read_roster_import", "undo_roster_import", "write_roster_import"),
}


def literal_actions() -> set[str]:
    return {
        action
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if "management" not in path.parts
        for action in re.findall(r'\baction="([a-z_]+)"', path.read_text(encoding="utf-8"))
    }


def test_every_act_has_words() -> None:
    acts = {name.partition(".")[2] for name in TOLD} - SILENT
    assert (acts | literal_actions()) - set(ACTIONS) == set()
    assert set(ACTIONS) >= UNMASKING
    assert {one for one in literal_actions() if one.startswith("reveal_")} == UNMASKING


def test_every_move_of_a_table_has_words() -> None:
    """These are recorded under the verb of the move and what is moved."""
    named = {"claim", "claim_line", "objection", "roster_import", "violation", "payment_return"}
    for _, machine in MACHINES:
        if machine.name in named:
            assert {f"{verb}_{machine.name}" for verb in machine.moves} <= set(ACTIONS)


@pytest.mark.django_db
def test_what_a_season_records_has_words() -> None:
    build_world()
    for entry in AuditEntry.objects.all():
        assert entry.action in ACTIONS, entry.action
        assert entry.subject_type in SUBJECTS or entry.action == "load_regions"
        for state in (entry.from_state, entry.to_state):
            assert not state or state_words(entry.subject_type, state) != state, state


def test_every_object_that_can_be_asked_for_exists() -> None:
    assert all(subject_model(one) for one in SUBJECTS)


def test_what_is_no_longer_in_the_code_is_still_shown() -> None:
    assert action_words("gone_by") == "gone_by"
    assert state_words("gone.model", "x") == "x"
    assert state_words("enterprises.qualification", "passed") == "核对通过"


@pytest.fixture
def bureau() -> Client:
    client = Client()
    client.force_login(staff(Role.BUREAU, name="陈局"))
    return client


@pytest.mark.django_db
class TestHistory:
    def test_a_record_tells_who_when_from_where_what_and_why(self, bureau: Client) -> None:
        chief = staff(Role.BUREAU, name="李局")
        account = staff(Role.CONTRACTOR)
        by = Actor(user=chief, address="203.0.113.7")
        close_account(by=by, at=AT, account=account, reason="调离<b>岗位</b>")
        page = bureau.get(reverse("admin:accounts_user_history", args=[account.pk]))
        text = page.content.decode()
        for said in ("李局", "停用账号", "203.0.113.7", "2020-06-01 09:00:00", "开设账号"):
            assert said in text
        assert "调离&lt;b&gt;岗位" in text
        assert text.index("停用账号") < text.index("开设账号")
        assert not inline_parts(text)

    def test_states_are_named(self, bureau: Client) -> None:
        file = build.enterprise().qualifications.get()
        by = Actor(user=staff(Role.CONTRACTOR, name="张承办"), address="203.0.113.8")
        record(
            at=AT,
            by=by,
            action="pass_qualification",
            subject=file,
            from_state="submitted",
            to_state="passed",
        )
        there = reverse("admin:enterprises_qualification_history", args=[file.pk])
        text = bureau.get(there).content.decode()
        assert "待核对 → 核对通过" in text
        assert "203.0.113.8" in text
        client = Client()
        client.force_login(by.user)
        text = client.get(there).content.decode()
        assert "核对通过" in text
        assert "203.0.113.8" not in text
        client.force_login(staff(Role.CONTRACTOR, slug="zhuhai"))
        assert client.get(there).status_code == 404

    def test_long_histories_are_paged_with_as_many_queries(
        self, bureau: Client, django_assert_max_num_queries
    ) -> None:
        account = staff(Role.CONTRACTOR)
        by = Actor(user=staff(Role.BUREAU))
        for _ in range(120):
            record(at=AT, by=by, action="reset_password", subject=account)
        there = reverse("admin:accounts_user_history", args=[account.pk])
        with django_assert_max_num_queries(7):
            page = bureau.get(there)
        assert page.content.decode().count("重置密码") == 50
        for number in ("3", "99", "x", "-1"):
            assert bureau.get(f"{there}?p={number}").status_code == 200

    def test_djangos_own_log_shows_nothing_and_stays_empty(self, bureau: Client) -> None:
        account = staff(Role.CONTRACTOR)
        there = reverse("admin:accounts_user_record_act", args=[account.pk, "close"])
        bureau.post(there, {"reason": "离岗"})
        assert not LogEntry.objects.exists()
        assert LogEntry not in admin.site._registry


@pytest.mark.django_db
class TestTheList:
    def entry(self, action: str, who: str = "", **fields: object) -> AuditEntry:
        fields.setdefault("at", AT)
        user = fields.pop("user", None) or staff(Role.CONTRACTOR, name=who)
        return record(by=Actor(user=user), action=action, subject=city(), **fields)

    def shown(self, client: Client, query: str) -> set[int]:
        page = client.get(f"/admin/audit/auditentry/?{query}")
        assert page.status_code == 200, query
        return {entry.pk for entry in page.context["cl"].result_list}

    def test_who_looked_at_personal_data(self, bureau: Client) -> None:
        one, other = self.entry("reveal_personal_data"), self.entry("reveal_contact")
        self.entry("pass_line")
        assert self.shown(bureau, "about=unmasking") == {one.pk, other.pk}

    @pytest.mark.rule("F5")
    def test_parties_of_the_city_who_looked_stand_there_too(self, bureau: Client) -> None:
        party = build.enterprise().account
        far = build.enterprise(of=build.city("zhuhai")).account
        seen = record(at=AT, by=Actor(user=party), action="reveal_contact", subject=city())
        record(at=AT, by=Actor(user=far), action="reveal_contact", subject=city())
        assert self.shown(bureau, "about=unmasking") == {seen.pk}

    def test_by_person_object_act_and_days(self, bureau: Client) -> None:
        one = self.entry("pass_line", "甲")
        two = self.entry("disallow_line", "乙", at=AT + timedelta(days=2))
        assert self.shown(bureau, f"person={one.actor_id}&act=pass_line") == {one.pk}
        assert self.shown(bureau, "act=disallow_line") == {two.pk}
        assert self.shown(bureau, "act=disallow_line&object=orders.order") == set()
        assert self.shown(bureau, "object=regions.city&from=2020-06-03") == {two.pk}
        assert self.shown(bureau, "object=regions.city&until=2020-06-02") == {one.pk}
        assert self.shown(bureau, "object=regions.city&from=2020-06-01&until=2020-06-03") == {
            one.pk,
            two.pk,
        }

    def test_nonsense_is_no_error(self, bureau: Client) -> None:
        for query in (
            "person=x",
            f"person={'9' * 40}",
            "from=x&until=0001-01-01",
            "until=9999-12-31",
            "act=x&object=y",
            "about=z",
        ):
            self.shown(bureau, query)

    def test_the_list_speaks_chinese_and_links_to_histories(
        self, bureau: Client, django_assert_max_num_queries
    ) -> None:
        account = staff(Role.CONTRACTOR)
        for _ in range(30):
            record(at=AT, by=Actor(user=account), action="sign_in", subject=account)
        with django_assert_max_num_queries(8):
            text = bureau.get("/admin/audit/auditentry/?about=signing-in").content.decode()
        assert "登录" in text
        assert reverse("admin:accounts_user_history", args=[account.pk]) in text
        assert not inline_parts(text)

    def test_a_filter_keeps_what_the_others_ask(self, bureau: Client) -> None:
        page = bureau.get("/admin/audit/auditentry/?about=unmasking&from=2020-06-01")
        text = page.content.decode()
        assert '<input type="hidden" name="about" value="unmasking">' in text
        assert '<input type="hidden" name="from" value="2020-06-01">' in text
