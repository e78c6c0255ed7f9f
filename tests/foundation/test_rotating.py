"""Keys of personal data are changed beside a running portal, and no encrypted column is forgotten (F5)."""

from __future__ import annotations

import ast
import io
import re
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings as live_settings
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test import Client

from enterprises.models import Profile
from foundation import rotating
from foundation.accounts.actors import Actor, OwnMatter, job, require_not_party
from foundation.accounts.models import Person, Role
from foundation.accounts.operations import open_staff_account, verify_second_factor
from foundation.personal_data import EncryptedField, keys_of, lookup_key, lookup_keys
from foundation.rotating import encrypted_columns, rotate
from providers.models import Provider
from tests import build
from tests.access.world import build_world
from tests.concurrency.race import race
from tests.foundation.build import AT, PASSWORD, city, id_number
from tests.foundation.test_second_factor import enrolled

pytestmark = [pytest.mark.django_db, pytest.mark.rule("F5")]

ROOT = Path(__file__).resolve().parents[2]
NEW = urlsafe_b64encode(b"n" * 32).decode()
NEW_LOOKUP = "a-new-look-up-key-of-forty-characters-or-so"


def change_keys(settings) -> None:
    settings.FIELD_KEYS = [NEW, *settings.FIELD_KEYS]
    settings.LOOKUP_KEY_FALLBACKS = [settings.LOOKUP_KEY]
    settings.LOOKUP_KEY = NEW_LOOKUP


def drop_old_keys(settings) -> None:
    settings.FIELD_KEYS, settings.LOOKUP_KEY_FALLBACKS = [NEW], []


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out)
    return out.getvalue()


def everything() -> dict[str, list]:
    """Every encrypted value in clear and every look-up key, by column."""
    return {
        f"{model._meta.label}.{name}": list(
            model._base_manager.order_by("pk").values_list(name, flat=True)
        )
        for model, columns in encrypted_columns().items()
        for one in columns
        for name in (one.name, one.lookup)
        if name
    }


class TestNoneIsForgotten:
    def test_every_encrypted_field_in_the_code_is_rotated(self) -> None:
        """Read out of the source, not out of the models that the command itself asks."""
        written = set()
        for floor in ("foundation", "enterprises", "providers", "vouchers", "orders", "redemption"):
            for path in (ROOT / floor).rglob("*.py"):
                if "migrations" in path.parts:
                    continue
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                    if not isinstance(node, ast.ClassDef):
                        continue
                    for line in node.body:
                        value = getattr(line, "value", None)
                        if isinstance(value, ast.Call) and "EncryptedField" in ast.unparse(
                            value.func
                        ):
                            written.add((node.name, line.targets[0].id))
        found = {
            (model.__name__, one.name)
            for model, columns in encrypted_columns().items()
            for one in columns
        }
        assert len(written) >= 12
        assert found == written

    def test_every_look_up_column_is_known_to_its_field(self) -> None:
        for model, columns in encrypted_columns().items():
            known = {one.lookup for one in columns} - {""}
            beside = {
                one.name
                for one in model._meta.concrete_fields
                if isinstance(one, models.CharField)
                and one.max_length == 64
                and re.fullmatch(r"\w+_key", one.name)
            }
            assert beside == known, model

    def test_no_sealed_table_has_an_encrypted_column(self) -> None:
        """Rotation would break their seals, and their triggers refuse it."""
        sealed = {apps.get_model(label) for label in live_settings.SEALED_TABLES}
        assert not sealed & encrypted_columns().keys()

    def test_the_field_leaves_no_trace_in_migrations(self) -> None:
        assert "lookup" not in EncryptedField("x", lookup="x_key").deconstruct()[3]


class TestRotating:
    def test_a_whole_portal_goes_over_and_the_old_keys_can_go(self, settings) -> None:
        world = build_world()
        before = everything()
        assert all(
            before[f"{label}"]
            for label in ("redemption.Objection.contact", "enterprises.Profile.handler_id")
        )
        change_keys(settings)
        with pytest.raises(CommandError, match="仍在旧密钥下"):
            run("--check")
        said = run("--batch", "2")
        assert "旧密钥可以移除" in said
        drop_old_keys(settings)
        after = everything()
        for column, values in before.items():
            if column.endswith("_key"):
                assert [bool(value) for value in after[column]] == [bool(value) for value in values]
                assert not set(filter(None, after[column])) & set(values)
            else:
                assert after[column] == values, column
        for model, columns in encrypted_columns().items():
            for one in columns:
                for record in model._base_manager.all():
                    if one.lookup and getattr(record, one.lookup):
                        assert getattr(record, one.lookup) == lookup_key(getattr(record, one.name))
        client = Client()
        client.force_login(world.cast["bureau"])
        assert (
            client.get(
                f"/admin/redemption/objection/{world.pk['redemption_objection']}/change/"
            ).status_code
            == 200
        )

    def test_twice_changes_nothing(self, settings) -> None:
        build.person("甲")
        change_keys(settings)
        assert "accounts.Person：1 行，重新加密 1 项，重算检索值 1 项" in run()
        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number, id_key FROM accounts_person")
            first = cursor.fetchall()
        assert "accounts.Person：1 行，重新加密 0 项，重算检索值 0 项" in run()
        with connection.cursor() as cursor:
            cursor.execute("SELECT id_number, id_key FROM accounts_person")
            assert cursor.fetchall() == first
        assert "旧密钥可以移除" in run("--check")

    def test_a_run_that_is_broken_off_goes_on(self, settings, monkeypatch) -> None:
        for index in range(5):
            build.person(f"人{index}")
        change_keys(settings)
        seen, real = [], rotating._count

        def dies(*arguments):
            seen.append(arguments)
            if len(seen) == 3:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(rotating, "_count", dies)
        with pytest.raises(KeyboardInterrupt):
            run("--batch", "2")
        monkeypatch.setattr(rotating, "_count", real)
        # The first batch is kept, the one that died is whole or absent.
        assert rotate(Person).encrypted == 3

    def test_memory_and_queries_are_bounded_by_the_batch(self, settings) -> None:
        for index in range(7):
            build.person(f"人{index}")
        change_keys(settings)
        rotate(Person)
        sizes = []

        def watch(execute, sql, params, many, context):
            if sql.startswith("SELECT") and "accounts_person" in sql:
                sizes.append("LIMIT 3" in sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            assert rotate(Person, batch=3).rows == 7
        assert all(sizes)
        assert len(sizes) == 4, "rows that need nothing are read once and locked never"

    def test_what_no_key_reads_is_named_and_left_as_it_is(self, settings) -> None:
        kept, lost = build.person("甲"), build.person("乙")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_person SET id_number = 'gAAAAAnot' WHERE id = %s", [lost.pk]
            )
        change_keys(settings)
        out = io.StringIO()
        with pytest.raises(CommandError, match="1 行无法解密"):
            call_command("rotate_keys", stdout=out)
        assert f"accounts.Person {lost.pk}：现有密钥都无法解密" in out.getvalue()
        drop_old_keys(settings)
        assert Person.objects.get(pk=kept.pk).id_number == kept.id_number


class TestBesideARunningPortal:
    """Half-way through, some rows stand under the old key and some under the new; every comparison still meets."""

    def test_a_person_is_still_one_person(self, settings) -> None:
        person = build.person("王五")
        change_keys(settings)
        account = open_staff_account(
            by=job("test"),
            at=AT,
            username="second",
            password=PASSWORD,
            role=Role.EXPERT,
            person_name="王五",
            id_number=person.id_number,
            city=city(),
        )
        assert account.person == person
        assert Person.objects.count() == 1

    @pytest.mark.parametrize("moved", ["person", "party", "both", "neither"])
    def test_who_sits_on_both_sides_is_seen(self, settings, moved: str) -> None:
        number = id_number(5)
        person = Person.objects.create(name="甲", id_number=number, id_key=lookup_key(number))
        account = build.account(Role.CONTRACTOR, person=person)
        stored = lookup_key(number)
        change_keys(settings)
        if moved in ("person", "both"):
            rotate(Person)
        if moved in ("party", "both"):
            stored = lookup_key(number)
        account.person.refresh_from_db()
        with pytest.raises(OwnMatter):
            require_not_party(Actor(user=account), stored, "")

    @pytest.mark.rule("O3")
    @pytest.mark.parametrize("first", [Profile, Provider])
    def test_affiliation_is_seen(self, settings, first: type[models.Model]) -> None:
        enterprise, provider = build.enterprise(), build.provider()
        profile = Profile.objects.get(enterprise=enterprise)
        shared = id_number(9)
        Profile.objects.filter(pk=profile.pk).update(
            handler_id=shared, handler_id_key=lookup_key(shared)
        )
        Provider.objects.filter(pk=provider.pk).update(
            contact_id=shared, contact_id_key=lookup_key(shared)
        )
        change_keys(settings)
        rotate(first)
        profile.refresh_from_db()
        provider.refresh_from_db()
        assert profile.handler_id_key != provider.contact_id_key
        assert keys_of(profile, "handler_id") & keys_of(provider, "contact_id")

    def test_recovery_codes_of_before_are_still_taken(self, settings) -> None:
        account, codes = enrolled()
        change_keys(settings)
        verify_second_factor(by=Actor(user=account), at=AT, code=codes[0])
        assert "1 个账号有未用的恢复码" in run()

    def test_empty_values_have_no_keys(self, settings) -> None:
        change_keys(settings)
        assert keys_of(Person(name="x", id_number="", id_key=""), "id_number") == set()
        assert len(lookup_keys("x")) == 2

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    def test_a_row_that_somebody_holds_is_left_and_taken_later(self, settings) -> None:
        build.person("甲")
        change_keys(settings)
        with transaction.atomic():
            Person.objects.select_for_update().get()
            # One call: what counts is that it has a connection of its own.
            [done] = race(lambda: rotate(Person))
            assert (done.encrypted, done.held) == (0, 1)
        assert rotate(Person).is_done


class TestTheSecretKey:
    def test_sessions_and_links_live_on_under_a_former_key(self, settings) -> None:
        client = Client()
        client.force_login(build.account(Role.ENTERPRISE))
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-of-fifty-characters-or-even-more"
        assert client.get("/messages/").status_code == 200
        # The session was signed anew; so the former key can go after the longest session.
        settings.SECRET_KEY_FALLBACKS = []
        assert client.get("/messages/").status_code == 200

    def test_without_it_they_end(self, settings) -> None:
        client = Client()
        client.force_login(build.account(Role.ENTERPRISE))
        settings.SECRET_KEY = "another-secret-key-of-fifty-characters-or-even-more"
        assert client.get("/messages/").status_code == 302
