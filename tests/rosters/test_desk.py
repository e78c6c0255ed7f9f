"""The desk of the rosters: who sees what, and every act from the page down to the row (E8, S1)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from foundation.accounts.models import Role, User
from foundation.moments import local_day
from foundation.rosters import forms
from foundation.rosters.admin.imports import ROWS_PER_PAGE
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    Measure,
    PriorityEntry,
    RelatedParty,
    RosterImport,
    RosterKind,
    Sanction,
    Violation,
)
from foundation.rosters.operations import importing
from foundation.rosters.states import ImportState, ViolationState
from foundation.rosters.tasks import work_off_imports
from tests import build
from tests.markup import inline_parts
from tests.rosters.build import (
    AT,
    HEADERS,
    accreditation_row,
    bureau,
    check,
    contractor,
    csv_file,
    evidence,
    load,
    violation,
)

# The addresses of the floors above play no part here.
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

MODELS = (
    Accreditation,
    PriorityEntry,
    BlacklistEntry,
    RelatedParty,
    FundedMatter,
    RosterImport,
    Violation,
    Sanction,
)


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(model, name: str, *args) -> str:
    return reverse(f"admin:rosters_{model._meta.model_name}_{name}", args=args)


def text_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def one_of_each() -> dict[type, object]:
    by, code, other = bureau(), build.credit_code(), build.credit_code()
    load("accreditation", [accreditation_row()], by=by)
    load("priority", [[code, "甲", "2020", "专精特新", ""]], by=by)
    load("blacklist", [[code, "甲", "失信", "2020-01-15", ""]], by=by)
    load("related", [[code, other, "公示系统", ""]], by=by)
    load("funded", [["发票", "01234567", "", "省科技创新券", ""]], by=by)
    found = violation()
    Sanction.objects.create(
        violation=found,
        city=found.city,
        credit_code=found.credit_code,
        measure=Measure.DISQUALIFICATION,
        from_at=found.reported_at,
        money_to_recover=Decimal("1234.50"),
    )
    return {model: model.objects.first() for model in MODELS}


class TestLists:
    def test_bureau_and_contractor_read_every_list_and_record(self):
        records = one_of_each()
        for user in (bureau().user, contractor().user):
            client = at_desk(user)
            for model, record in records.items():
                assert "result_list" in text_of(client.get(page(model, "changelist")))
                text_of(client.get(page(model, "change", record.pk)))
                assert client.get(page(model, "add")).status_code == 404
                assert client.get(page(model, "delete", record.pk)).status_code == 404

    def test_search_and_filters_work(self):
        one_of_each()
        client = at_desk(bureau().user)
        for model in MODELS:
            model_admin = admin.site.get_model_admin(model)
            if model_admin.search_fields:
                text_of(client.get(page(model, "changelist"), {"q": "9144"}))
            for name in filter(lambda one: isinstance(one, str), model_admin.list_filter):
                text_of(client.get(page(model, "changelist"), {f"{name}__exact": "2020"}))

    def test_another_city_finds_nothing_of_its_neighbour(self):
        records = one_of_each()
        client = at_desk(bureau(build.city("foshan")).user)
        for model in (Accreditation, PriorityEntry, RosterImport, Violation, Sanction):
            record = records[model]
            assert client.get(page(model, "change", record.pk)).status_code == 404
            assert f"/{record.pk}/change/" not in text_of(client.get(page(model, "changelist")))
        pk = records[RosterImport].pk
        assert client.get(reverse("admin:rosters_rosterimport_rows", args=[pk])).status_code == 404
        for model, act in [(RosterImport, "apply"), (Violation, "sanction"), (Sanction, "lift")]:
            address = page(model, "record_act", records[model].pk, act)
            assert client.post(address, {"reason": "无"}).status_code == 404

    def test_other_staff_find_no_list(self):
        records = one_of_each()
        client = at_desk(build.account(Role.EXPERT))
        for model, record in records.items():
            assert client.get(page(model, "changelist")).status_code == 404
            assert client.get(page(model, "change", record.pk)).status_code == 404
        blank = reverse("admin:rosters_rosterimport_blank", args=["priority"])
        assert client.get(blank).status_code == 404


@pytest.mark.rule("E8")
class TestImports:
    def test_from_upload_to_import(self):
        client = at_desk(bureau().user)
        upload = page(RosterImport, "list_act", "check")
        shown = text_of(client.get(upload))
        assert reverse("admin:rosters_rosterimport_blank", args=["priority"]) in shown
        good, bad = build.credit_code(), "9144"
        rows = [[good, "甲<b>", "2020", "专精特新", ""], [bad, "乙", "2020", "专精特新", ""]]
        file = csv_file([HEADERS[RosterKind.PRIORITY], *rows])
        response = client.post(upload, {"kind": "priority", "file": file}, follow=True)
        roster_import = RosterImport.objects.get()
        record = page(RosterImport, "change", roster_import.pk)
        assert response.redirect_chain[-1][0] == record
        shown = text_of(response)
        assert "共 2 行：新增 1，有误 1" in shown
        assert "18 位" in shown
        assert "甲&lt;b&gt;" in text_of(client.get(record, {"outcome": "new"}))
        assert f"/files/{roster_import.document_id}/" in shown
        assert not PriorityEntry.objects.exists()

        act = page(RosterImport, "record_act", roster_import.pk, "apply")
        assert "有误的行共 1 行：3" in text_of(client.get(act))
        refused = text_of(client.post(act, {"skipped_rows": ""}))
        assert "第 3 行有误" in refused
        assert not PriorityEntry.objects.exists()
        assert client.post(act, {"skipped_rows": "3"}).status_code == 302
        assert PriorityEntry.objects.get().credit_code == good
        roster_import.refresh_from_db()
        assert roster_import.state == ImportState.APPLIED
        assert "当前状态为“已导入”" in text_of(client.get(record))
        again = text_of(client.post(act, {"skipped_rows": "3"}))
        assert "当前状态为“已导入”" in again

    def test_discarding(self):
        roster_import = check("priority", [[build.credit_code(), "", "2020", "监测企业", ""]])
        act = page(RosterImport, "record_act", roster_import.pk, "discard")
        assert at_desk(bureau().user).post(act).status_code == 302
        roster_import.refresh_from_db()
        assert roster_import.state == ImportState.DISCARDED

    def test_a_file_that_cannot_be_read_is_told_at_its_field(self):
        client = at_desk(bureau().user)
        data = {"kind": "priority", "file": csv_file([["甲"], ["乙"]])}
        response = client.post(page(RosterImport, "list_act", "check"), data)
        assert "缺少“统一社会信用代码”" in response.context["form"].errors["file"][0]

    def test_the_contractor_reads_and_changes_nothing(self):
        roster_import = check("priority", [[build.credit_code(), "", "2020", "监测企业", ""]])
        client = at_desk(contractor().user)
        text_of(client.get(page(RosterImport, "change", roster_import.pk)))
        for address in (
            page(RosterImport, "list_act", "check"),
            page(RosterImport, "record_act", roster_import.pk, "apply"),
            page(RosterImport, "record_act", roster_import.pk, "discard"),
        ):
            assert client.get(address).status_code == 404
            assert client.post(address).status_code == 404

    def test_rows_are_on_pages_by_outcome_and_all_in_the_file(self, django_assert_max_num_queries):
        count = ROWS_PER_PAGE + 5
        rows = [[build.credit_code(), "", "2020", "监测企业", ""] for _ in range(count)]
        rows += [["x", "", "2020", "监测企业", ""] for _ in range(count)]
        roster_import = check("priority", rows)
        client = at_desk(bureau().user)
        record = page(RosterImport, "change", roster_import.pk)
        shown = text_of(client.get(record, {"outcome": "new"}))
        assert shown.count('<th scope="row">') == ROWS_PER_PAGE
        assert f"新增 {count}" in shown
        assert "第 1 页，共 2 页（105 行）" in shown
        with django_assert_max_num_queries(12):
            shown = text_of(client.get(record, {"outcome": "bad", "page": 2}))
        assert shown.count('<th scope="row">') == 5
        assert "18 位" in shown
        response = client.get(reverse("admin:rosters_rosterimport_rows", args=[roster_import.pk]))
        assert "attachment" in response["Content-Disposition"]
        assert load_workbook(BytesIO(b"".join(response))).active.max_row == 2 * count + 1

    def test_a_large_file_shows_how_far_it_is_and_ends_by_itself(self, monkeypatch):
        monkeypatch.setattr(importing, "BYTES_AT_ONCE", 10)
        client = at_desk(bureau().user)
        row = [build.credit_code(), "甲", "2020", "专精特新", ""]
        file = csv_file([HEADERS[RosterKind.PRIORITY], row])
        upload = page(RosterImport, "list_act", "check")
        shown = text_of(client.post(upload, {"kind": "priority", "file": file}, follow=True))
        roster_import = RosterImport.objects.get()
        asked = reverse("admin:rosters_rosterimport_progress", args=[roster_import.pk])
        assert f'data-progress="{asked}"' in shown
        assert "刷新查看进度" in shown
        assert not inline_parts(shown)
        RosterImport.objects.update(rows_total=9000, rows_done=4500)
        assert 'max="9000" value="4500"' in text_of(client.get(asked))
        assert work_off_imports(AT) == 1
        assert "data-finished" in text_of(client.get(asked))
        shown = text_of(client.get(page(RosterImport, "change", roster_import.pk)))
        assert "data-progress" not in shown
        assert "共 1 行：新增 1" in shown

    def test_what_was_imported_is_put_back_from_its_page(self):
        code = build.credit_code()
        done = load("priority", [[code, "甲", "2020", "专精特新", ""]])
        client = at_desk(bureau().user)
        undo = reverse("admin:rosters_rosterimport_undo", args=[done.pk])
        assert undo in text_of(client.get(page(RosterImport, "change", done.pk)))
        sheet = load_workbook(BytesIO(b"".join(client.get(undo)))).active
        assert [cell.value for cell in sheet[2]] == [
            code, "甲", "2020", "国家、省专精特新企业（含小巨人）", "移除",
        ]  # fmt: skip
        response = client.post(page(RosterImport, "record_act", done.pk, "undo"), follow=True)
        shown = text_of(response)
        assert "名单尚未改动" in shown
        assert "移除 1" in shown
        assert PriorityEntry.objects.exists()
        undoing = RosterImport.objects.get(undoes=done)
        client.post(page(RosterImport, "record_act", undoing.pk, "apply"), {"skipped_rows": ""})
        assert not PriorityEntry.objects.exists()

    def test_what_was_not_imported_has_nothing_to_put_back(self):
        checked = check("priority", [[build.credit_code(), "", "2020", "监测企业", ""]])
        client = at_desk(bureau().user)
        undo = reverse("admin:rosters_rosterimport_undo", args=[checked.pk])
        assert client.get(undo).status_code == 404
        shown = text_of(client.post(page(RosterImport, "record_act", checked.pk, "undo")))
        assert "只有已导入的名单可以撤销" in shown

    def test_empty_files_are_offered_for_every_kind(self):
        client = at_desk(contractor().user)
        for kind in RosterKind.values:
            response = client.get(reverse("admin:rosters_rosterimport_blank", args=[kind]))
            sheet = load_workbook(BytesIO(response.content)).worksheets[0]
            assert tuple(cell.value for cell in sheet[1]) == HEADERS[RosterKind(kind)]
            assert sheet["A2"].number_format == "@"
        missing = reverse("admin:rosters_rosterimport_blank", args=["other"])
        assert client.get(missing).status_code == 404

    @pytest.mark.parametrize(
        ("text", "rows"),
        [("", []), ("3、5，8-10", [3, 5, 8, 9, 10]), (" 4 4;2 ", [2, 4]), ("7至8", [7, 8])],
    )
    def test_row_numbers_as_people_write_them(self, text, rows):
        form = forms.ApplyImportForm({"skipped_rows": text})
        assert form.is_valid()
        assert form.cleaned_data["skipped_rows"] == rows

    @pytest.mark.parametrize("text", ["三", "5-3", "1-999999", "-3", "3.5", "1234567"])
    def test_what_is_no_row_number_is_told(self, text):
        assert "skipped_rows" in forms.ApplyImportForm({"skipped_rows": text}).errors


@pytest.mark.rule("S1")
class TestViolations:
    def test_from_report_to_recovered_money(self):
        reporter, decider = at_desk(contractor().user), at_desk(bureau().user)
        data = {
            "credit_code": build.credit_code(),
            "party_name": "广州某某有限公司",
            "description": "虚开发票",
            "evidence": [evidence("一.png"), evidence("二.png")],
        }
        assert reporter.post(page(Violation, "list_act", "report"), data).status_code == 302
        found = Violation.objects.get()
        shown = text_of(decider.get(page(Violation, "change", found.pk)))
        for document in found.evidence.all():
            assert f"/files/{document.pk}/" in shown
            assert decider.get(f"/files/{document.pk}/").status_code == 200

        act = page(Violation, "record_act", found.pk, "sanction")
        data = {"measure": "suspension", "reason": "属实", "money_to_recover": "100"}
        assert "暂停至哪一天" in text_of(decider.post(act, data))
        response = decider.post(act, {**data, "until": "2099-12-31"}, follow=True)
        assert "暂停资格" in text_of(response)
        sanction = Sanction.objects.get()
        assert page(Sanction, "change", sanction.pk) in text_of(response)

        shown = text_of(decider.get(page(Sanction, "change", sanction.pk)))
        assert "属实" in shown
        assert "100 元" in shown
        act = page(Sanction, "record_act", sanction.pk, "recover")
        assert "待追回 100 元" in text_of(decider.get(act))
        day = local_day(sanction.from_at)
        data = {"amount": "100.01", "received_on": day.isoformat()}
        assert "超过待追回的 100 元" in text_of(decider.post(act, data))
        early = {"amount": "100", "received_on": (day - timedelta(days=1)).isoformat()}
        assert "不能早于" in text_of(decider.post(act, early))
        data = {**data, "amount": "100", "reference": "回单 7", "receipt": evidence("回单.png")}
        shown = text_of(decider.post(act, data, follow=True))
        assert "回单 7" in shown
        receipt = sanction.recoveries.get().receipt
        assert f"/files/{receipt.pk}/" in shown
        assert decider.get(f"/files/{receipt.pk}/").status_code == 200
        due = page(Sanction, "changelist")
        assert page(Sanction, "change", sanction.pk) not in text_of(
            decider.get(due, {"money": "due"})
        )
        assert page(Sanction, "change", sanction.pk) in text_of(decider.get(due, {"money": "done"}))
        act = page(Sanction, "record_act", sanction.pk, "lift")
        assert decider.post(act, {"reason": "已整改"}).status_code == 302
        sanction.refresh_from_db()
        assert sanction.lifted_at is not None
        assert sanction.money_recovered == Decimal(100)
        assert "已经解除" in text_of(decider.get(page(Sanction, "change", sanction.pk)))

    def test_nothing_to_recover_may_be_left_empty(self):
        found = violation()
        data = {"measure": "warning", "reason": "首次", "money_to_recover": "", "until": ""}
        act = page(Violation, "record_act", found.pk, "sanction")
        assert at_desk(bureau().user).post(act, data).status_code == 302
        assert Sanction.objects.get().money_to_recover == 0

    def test_dismissing(self):
        found = violation()
        act = page(Violation, "record_act", found.pk, "dismiss")
        assert at_desk(bureau().user).post(act, {"reason": "证据不足"}).status_code == 302
        found.refresh_from_db()
        assert found.state == ViolationState.DISMISSED

    def test_each_side_has_only_its_own_acts(self):
        found = violation()
        report = page(Violation, "list_act", "report")
        decide = page(Violation, "record_act", found.pk, "sanction")
        assert at_desk(bureau().user).get(report).status_code == 404
        assert at_desk(contractor().user).get(decide).status_code == 404

    @pytest.mark.rule("R3")
    def test_the_reporter_is_told_why_the_act_is_not_offered(self):
        reporter = contractor()
        found = violation(reporter)
        client = at_desk(bureau(person=reporter.user.person).user)
        shown = text_of(client.get(page(Violation, "change", found.pk)))
        assert "报告人与决定人不能是同一人" in shown
        act = page(Violation, "record_act", found.pk, "dismiss")
        assert "报告人与决定人不能是同一人" in text_of(client.post(act, {"reason": "无"}))
        found.refresh_from_db()
        assert found.state == ViolationState.REPORTED
