"""Where an account's mail goes: asked for, confirmed out of the mailbox, changed, switched off (N2)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail, signing

from foundation.accounts.actors import Actor
from foundation.accounts.confirmation import VALID_FOR, make_token
from foundation.accounts.models import MailChoice, Role, User
from foundation.accounts.operations import (
    ask_address,
    choose_mail,
    confirm_address,
    drop_address,
    register_party_account,
)
from foundation.accounts.policies import UnableToConfirmAddress, UnableToSetAddress
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.moments import ONE_MICROSECOND
from foundation.notices.models import OutboxEntry
from foundation.notices.queries import unread_count
from foundation.notices.tasks import send_outbox
from tests.foundation.build import AT, PASSWORD, party, staff

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.foundation.urls"),
    pytest.mark.rule("N2"),
]

MINUTE = timedelta(minutes=1)


def ask(user: User, address: str = "new@example.com", *, at=AT) -> User:
    return ask_address(by=Actor(user=user), at=at, address=address)


def confirm(token: str, *, at=AT) -> User:
    return confirm_address(by=Actor(), at=at, token=token)


def test_a_new_address_is_used_once_its_owner_has_confirmed_it() -> None:
    user = ask(party(email="old@example.com"))
    assert (user.email, user.email_asked) == ("old@example.com", "new@example.com")
    assert send_outbox(AT) == 1
    (sent,) = mail.outbox
    assert sent.to == ["new@example.com"]
    token = re.search(r"/mail/confirm/([^/\s]+)/", sent.body)[1]
    assert "example.com" not in signing.b64_decode(token.split(":")[0].encode()).decode("latin1")
    assert unread_count(user) == 1
    user = confirm(token)
    assert (user.email, user.email_asked, user.email_asked_at) == ("new@example.com", "", None)
    assert unread_count(user) == 0, "nothing is to be done any more"
    assert AuditEntry.objects.filter(action="confirm_address", subject_id=str(user.pk)).exists()


def test_the_link_ends() -> None:
    token = make_token(ask(party()))
    with pytest.raises(UnableToConfirmAddress, match="失效"):
        confirm(token, at=AT + VALID_FOR + ONE_MICROSECOND)
    assert confirm(token, at=AT + VALID_FOR).email == "new@example.com"
    with pytest.raises(UnableToConfirmAddress, match="已使用"):
        confirm(token)


def test_only_our_newest_link_for_the_very_address_confirms() -> None:
    user, other = ask(party()), ask(party(), "other@example.com")
    first = make_token(user)
    pk, digest = signing.loads(make_token(other), salt="foundation.accounts.confirmation")
    newer = ask(user, "newest@example.com", at=AT + 3 * MINUTE)
    forged = signing.dumps([user.pk, digest], salt="another")
    crossed = signing.dumps([user.pk, digest], salt="foundation.accounts.confirmation")
    for token in (first, forged, crossed, "", "x:y:z", first + "x"):
        with pytest.raises(UnableToConfirmAddress):
            confirm(token, at=AT + 3 * MINUTE)
    assert confirm(make_token(newer), at=AT + 3 * MINUTE).email == "newest@example.com"
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(UnableToConfirmAddress):
        confirm(make_token(other))
    assert pk == other.pk


def test_what_was_asked_for_before_is_not_mailed_any_more() -> None:
    user = party()
    ask(user, "first@example.com")
    ask(user, "second@example.com", at=AT + 2 * MINUTE)
    send_outbox(AT + 2 * MINUTE)
    assert [sent.to for sent in mail.outbox] == [["second@example.com"]]
    drop_address(by=Actor(user=user), at=AT + 3 * MINUTE)
    ask(user, "third@example.com", at=AT + 5 * MINUTE)
    drop_address(by=Actor(user=user), at=AT + 5 * MINUTE)
    assert send_outbox(AT + 5 * MINUTE) == 0
    assert not OutboxEntry.objects.exists()


def test_nobody_is_flooded_from_here() -> None:
    user, at = party(), AT
    ask(user, at=at)
    with pytest.raises(UnableToSetAddress, match="两分钟"):
        ask(user, at=at + 2 * MINUTE - ONE_MICROSECOND)
    for _ in range(4):
        at += 2 * MINUTE
        ask(user, at=at)
    with pytest.raises(UnableToSetAddress, match="5 次"):
        ask(user, at=at + 2 * MINUTE)
    ask(user, at=AT + timedelta(days=1))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "a@example.com\nBcc: b@example.com",
        "张三@example.com",
        "a" * 250 + "@a.cn",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UnableToSetAddress) as refused:
        ask(party(), address)
    assert refused.value.field == "address"
    assert not OutboxEntry.objects.exists()


def test_an_address_in_use_needs_no_second_confirmation() -> None:
    with pytest.raises(UnableToSetAddress, match="无需重新确认"):
        ask(party(email="a@example.com"), " a@example.com ")


def test_sign_up_asks_for_the_address_it_was_given() -> None:
    account = register_party_account(
        by=Actor(),
        at=AT,
        username="newcomer",
        password=PASSWORD,
        role=Role.ENTERPRISE,
        assurance_level=1,
        email="n@example.com",
    )
    assert (account.email, account.email_asked) == ("", "n@example.com")
    assert send_outbox(AT) == 1
    assert "newcomer" in mail.outbox[0].body


def test_everybody_sets_their_own_and_the_public_none() -> None:
    for act in (
        lambda by: ask_address(by=by, at=AT, address="a@example.com"),
        lambda by: drop_address(by=by, at=AT),
        lambda by: choose_mail(by=by, at=AT, choice=MailChoice.NONE),
    ):
        with pytest.raises(OutOfReach):
            act(Actor())
    user = choose_mail(by=Actor(user=staff(Role.EXPERT)), at=AT, choice="important")
    assert user.mail_choice == MailChoice.IMPORTANT
    with pytest.raises(UnableToSetAddress):
        choose_mail(by=Actor(user=user), at=AT, choice="sometimes")


def test_the_page(client, time_machine) -> None:
    time_machine.move_to(AT, tick=False)
    user = party(email="old@example.com")
    client.force_login(user)
    page = client.get("/mail/").content.decode()
    assert "old@example.com" in page
    page = client.post("/mail/", {"act": "ask", "address": "nobody"}).content.decode()
    assert "请填写有效的电子邮箱" in page
    page = client.post("/mail/", {"act": "ask", "address": "new@example.com"}, follow=True)
    assert "确认邮件已安排发送" in page.content.decode()
    assert "2020年6月3日 09:00" in page.content.decode()
    page = client.post("/mail/", {"act": "choose", "choice": "important"}, follow=True)
    assert "设置已保存" in page.content.decode()
    page = client.post("/mail/", {"act": "choose", "choice": "sometimes"}).content.decode()
    assert "field__error" in page
    assert client.post("/mail/", {"act": "nonsense"}).status_code == 200
    user.refresh_from_db()
    assert (user.email, user.email_asked) == ("old@example.com", "new@example.com")

    client.logout()
    where = f"/mail/confirm/{make_token(user)}/"
    assert "确认使用该邮箱" in client.get(where).content.decode()
    user.refresh_from_db()
    assert user.email == "old@example.com", "a program that opens the link confirms nothing"
    assert "邮箱已确认" in client.post(where).content.decode()
    assert "无效或已使用过" in client.post(where).content.decode()

    client.force_login(user)
    assert "已停用" in client.post("/mail/", {"act": "drop"}, follow=True).content.decode()
    user.refresh_from_db()
    assert user.email == ""
    assert user.mail_choice == MailChoice.IMPORTANT
