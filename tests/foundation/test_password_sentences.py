"""What is wrong with a password is said in Chinese, by Django's own validators too."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from foundation.accounts.models import User

pytestmark = pytest.mark.once


@pytest.mark.parametrize("password", ["k7#mQ", "73910482756173", "qwertyuiop", "liuyang-huaxing"])
def test_every_refusal_is_chinese(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="liuyang-huaxin"))

    for sentence in refused.value.messages:
        assert re.search(r"[一-鿿]", sentence) and not re.search(r"[A-Za-z]{4}", sentence), sentence
