"""The unfinished form: kept as it is typed, encrypted, nobody else's, and never data of a file (E2, E6, F5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client

from enterprises.models import Profile, ProfileDraft, Qualification
from enterprises.operations import discard_draft, keep_draft, send_back_qualification
from enterprises.states import QualificationState
from enterprises.tasks import remove_old_drafts
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.moments import moment
from tests import build
from tests.enterprises.build import (
    AT,
    contractor,
    data,
    filled,
    owner,
    passed,
    registered,
    submitted,
)
from tests.enterprises.test_pages import at_time, client, posted, text, url

pytestmark = pytest.mark.django_db


def typed(**changes) -> dict[str, str]:
    """What a browser sends of a form that is half done."""
    return {"name": "广州半途有限公司", "address": "半途路 3 号", "revenue": "12", **changes}


@pytest.mark.rule("E2")
def test_coming_back_goes_on_where_one_was() -> None:
    mine = client(registered().account)
    with at_time():
        answer = mine.post(url("draft"), typed(industry="software"), headers={"hx-request": "true"})
        assert text(answer).strip() == "已自动保存 10:00"
        page = text(mine.get(url("profile")))
        assert "已恢复您 2020年4月10日 10:00 自动保存的内容" in page
        assert "广州半途有限公司" in page and "半途路 3 号" in page
        assert '<option value="software" selected>' in page
    assert not Profile.objects.exists() and not Qualification.objects.exists()


@pytest.mark.rule("F5")
def test_a_draft_is_encrypted_and_its_personal_data_never_comes_back_in_clear() -> None:
    mine = client(registered().account)
    secrets = data()["legal_representative_id"], "13812345678"
    with at_time():
        mine.post(
            url("draft"),
            typed(legal_representative_id=secrets[0], handler_mobile="138 1234 5678"),
        )
        page = text(mine.get(url("profile")))
        assert not [one for one in secrets if one in page]
        assert "138****5678" in page
        with connection.cursor() as cursor:
            cursor.execute("SELECT content FROM enterprises_profiledraft")
            (kept,) = cursor.fetchone()
        assert not [one for one in (*secrets, "半途") if one in kept]
        # Left empty, what the draft holds is taken.
        sent = posted(legal_representative_id="", handler_mobile="")
        assert mine.post(url("profile"), sent).status_code == 302
    profile = Profile.objects.get()
    assert (profile.legal_representative_id, profile.handler_mobile) == secrets


@pytest.mark.rule("F5")
def test_personal_data_that_the_page_sends_empty_stays_in_the_draft() -> None:
    mine = client(registered().account)
    number = data()["handler_id"]
    with at_time():
        mine.post(url("draft"), typed(handler_id=number))
        mine.post(url("draft"), typed(address="又一处", handler_id=""))
        assert mine.post(url("profile"), posted(handler_id="")).status_code == 302
    assert Profile.objects.get().handler_id == number


@pytest.mark.rule("F5")
def test_half_an_id_number_is_not_kept() -> None:
    enterprise = registered()
    mine = client(enterprise.account)
    with at_time():
        mine.post(url("draft"), typed(handler_id="44010119", handler_mobile="138"))
        assert "已填写" not in text(mine.get(url("profile")))


@pytest.mark.rule("E6")
def test_saving_ends_the_draft_and_a_late_autosave_brings_nothing_back() -> None:
    enterprise = registered()
    mine = client(enterprise.account)
    with at_time():
        mine.post(url("draft"), typed())
        assert mine.post(url("profile"), posted()).status_code == 302
        assert not ProfileDraft.objects.exists()
        # The request that was on its way when the button was pressed.
        mine.post(url("draft"), {**posted(), "registered_capital": "100"})
        assert not ProfileDraft.objects.exists()
        assert "已恢复" not in text(mine.get(url("profile")))
        mine.post(url("draft"), {**posted(), "address": "又改了"})
        assert "已恢复" in text(mine.get(url("profile")))


@pytest.mark.rule("E6")
def test_a_draft_is_no_data_of_the_file() -> None:
    file = passed()
    version, entries = file.profile.version, AuditEntry.objects.count()
    keep_draft(
        by=owner(file.enterprise), at=AT, enterprise=file.enterprise, year=2020, typed=typed()
    )
    file.refresh_from_db()
    assert (file.state, file.profile.version) == (QualificationState.PASSED, version)
    assert Profile.objects.count() == 1 and AuditEntry.objects.count() == entries
    assert file.profile.name != typed()["name"]


@pytest.mark.rule("E6")
def test_nothing_is_kept_while_the_file_is_being_checked() -> None:
    file = submitted()
    with at_time():
        answer = client(file.enterprise.account).post(url("draft"), typed())
    assert answer.status_code == 200 and "资料正在核对" in text(answer)
    assert not ProfileDraft.objects.exists()
    with pytest.raises(Refusal):
        keep_draft(
            by=owner(file.enterprise), at=AT, enterprise=file.enterprise, year=2020, typed={}
        )


def test_the_last_one_kept_is_the_one_there_is() -> None:
    enterprise = registered()
    for minute, name in enumerate(("甲", "乙", "丙")):
        keep_draft(
            by=owner(enterprise),
            at=AT + timedelta(minutes=minute),
            enterprise=enterprise,
            year=2020,
            typed={"name": name},
        )
    kept = ProfileDraft.objects.get()
    assert "丙" in kept.content and kept.saved_at == AT + timedelta(minutes=2)


def test_a_draft_is_bounded_and_holds_the_forms_fields_only() -> None:
    mine = client(registered().account)
    with at_time():
        answer = mine.post(
            url("draft"),
            {"name": "长" * 5000, "anything": "x", "address": "a\0b", "district": "😀"},
        )
        assert answer.status_code == 200
        assert mine.get(url("profile")).status_code == 200
    kept = ProfileDraft.objects.get().content
    assert len(kept) < 500 and "anything" not in kept and "\\u0000" not in kept


def test_a_draft_of_last_year_is_not_shown_in_the_new_one() -> None:
    old = passed()
    keep_draft(by=owner(old.enterprise), at=AT, enterprise=old.enterprise, year=2020, typed=typed())
    new_year = moment(date(2021, 1, 5), 10)
    mine = client(old.enterprise.account, new_year)
    with at_time(new_year):
        mine.post(url("start_year"))
        assert "已恢复" not in text(mine.get(url("profile")))


def test_nobody_elses_draft() -> None:
    enterprise, other = registered(), registered()
    with pytest.raises(OutOfReach):
        keep_draft(by=owner(other), at=AT, enterprise=enterprise, year=2020, typed=typed())
    keep_draft(by=owner(enterprise), at=AT, enterprise=enterprise, year=2020, typed=typed())
    with pytest.raises(OutOfReach):
        discard_draft(by=owner(other), at=AT, enterprise=enterprise)
    with at_time():
        assert "广州半途有限公司" not in text(client(other.account).get(url("profile")))
        for role in (Role.PROVIDER, Role.CONTRACTOR):
            assert client(build.account(role)).post(url("draft"), typed()).status_code == 404
        # Before registration there is nothing to keep.
        assert client(build.account(Role.ENTERPRISE)).post(url("draft")).status_code == 404
        assert Client().post(url("draft"), typed()).status_code == 302
        assert client(enterprise.account).get(url("draft")).status_code == 405


def test_the_draft_can_be_given_up() -> None:
    file = filled()
    mine = client(file.enterprise.account)
    with at_time():
        mine.post(url("draft"), typed())
        assert "广州半途有限公司" in text(mine.get(url("profile")))
        assert "尚未保存的修改" in text(mine.get(url("submit")))
        done = mine.post(url("discard_draft"), follow=True)
        assert "广州半途有限公司" not in text(done) and "已放弃" in text(done)
        assert "尚未保存的修改" not in text(mine.get(url("submit")))
        assert mine.post(url("discard_draft")).status_code == 302


@pytest.mark.rule("E6")
def test_what_was_typed_before_the_file_came_back_is_still_there() -> None:
    file = filled()
    mine = client(file.enterprise.account)
    with at_time():
        mine.post(url("draft"), {**posted(), "address": "想改的地址"})
    file = submitted(file.enterprise)
    ProfileDraft.objects.all().delete()
    send_back_qualification(
        by=contractor(), at=AT, qualification=file, item_reasons={"address": "与执照不符"}
    )
    with at_time():
        mine.post(url("draft"), {**posted(), "address": "改对的地址"})
        assert "改对的地址" in text(mine.get(url("profile")))


@pytest.mark.rule("F5")
def test_a_draft_of_a_year_that_is_over_is_removed() -> None:
    mine = client(registered().account)
    with at_time():
        mine.post(url("draft"), typed())
    assert remove_old_drafts(moment(date(2020, 12, 31), 23)) == 0
    assert remove_old_drafts(moment(date(2021, 1, 1), 0)) == 1
    assert not ProfileDraft.objects.exists()
