"""ID numbers and phone numbers: encrypted at rest, masked on screen, never logged (F5)."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from cryptography.fernet import InvalidToken
from django.db import connection

from foundation.accounts.models import Person
from foundation.personal_data import lookup_key, mask_credit_code, mask_id_number, mask_mobile
from tests.foundation.build import id_number

pytestmark = pytest.mark.rule("F5")

OLD, NEW = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM accounts_person")
        return cursor.fetchone()[0]


@pytest.mark.django_db
class TestAtRest:
    @pytest.fixture
    def person(self) -> Person:
        number = id_number()
        return Person.objects.create(name="张三", id_number=number, id_key=lookup_key(number))

    def test_the_database_sees_no_part_of_it(self, person: Person) -> None:
        raw = stored()
        assert all(id_number()[n : n + 4] not in raw for n in range(14))
        assert Person.objects.get().id_number == id_number()

    def test_equal_numbers_look_different(self, person: Person) -> None:
        first = stored()
        person.save()
        assert stored() != first

    def test_it_is_found_by_its_key_only(self, person: Person) -> None:
        assert Person.objects.get(id_key=lookup_key(f" {id_number().lower()} ")) == person
        assert not Person.objects.filter(id_number=id_number()).exists()

    def test_the_key_depends_on_the_secret(self, settings) -> None:
        before = lookup_key("x")
        settings.LOOKUP_KEY = "another key that is long enough 123"
        assert lookup_key("x") != before

    def test_keys_can_be_rotated(self, settings) -> None:
        settings.FIELD_KEYS = [OLD]
        Person.objects.create(name="张三", id_number=id_number(), id_key="k")
        settings.FIELD_KEYS = [NEW, OLD]
        person = Person.objects.get()
        assert person.id_number == id_number()
        person.save()
        settings.FIELD_KEYS = [NEW]
        assert Person.objects.get().id_number == id_number()
        settings.FIELD_KEYS = [OLD]
        with pytest.raises(InvalidToken):
            Person.objects.get()

    def test_empty_stays_empty(self) -> None:
        Person.objects.create(name="张三", id_number="", id_key="k")
        assert stored() == ""
        assert Person.objects.get().id_number == ""


class TestMasks:
    def test_id_number(self) -> None:
        assert mask_id_number("11010519491231002X") == "110*************2X"
        assert mask_id_number("") == ""

    def test_mobile(self) -> None:
        assert mask_mobile("13812345678") == "138****5678"
        assert mask_mobile("") == ""

    @pytest.mark.rule("B7")
    def test_credit_code(self) -> None:
        assert mask_credit_code("91110000600037341L") == "9111**********341L"
        assert mask_credit_code("") == ""
