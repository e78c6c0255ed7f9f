"""The records against the sealed trail: what the database's owner changed in SQL and no balance shows (V2, R3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection

from foundation.accounts.operations.opening import close_account, open_staff_account
from foundation.audit.append_only import guarded_tables
from foundation.documents.checks import StagedChoice
from foundation.documents.models import KeptFile
from foundation.documents.operations import keep_file, stage_files
from foundation.rosters.operations.sanctioning import (
    lift_sanction,
    record_recovery,
    report_violation,
    sanction_violation,
)
from tests import build, scans
from tests.orders import build as orders
from tests.redemption import build as redemption
from voucher_portal.reconciliation import all_breaks
from vouchers.models import ResultList
from vouchers.operations.issuing import (
    amend_programme,
    announce_batch,
    create_programme,
    draft_batch,
)
from vouchers.results import digest_of

pytestmark = [pytest.mark.django_db, pytest.mark.rule("V2")]


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0, statement


def faults() -> list[str]:
    return [str(one) for one in all_breaks()]


def found(statement: str, says: str) -> None:
    """What the owner does is named; before, everything was in order."""
    assert faults() == []
    sql(statement)
    named = faults()
    assert any(says in one for one in named), named


def test_a_line_that_nobody_passed_is_found():
    redemption.at_step("submit").disallow()
    found("UPDATE redemption_claimline SET state = 'passed', reason = ''", "办理记录")


def test_a_line_that_nobody_looked_at_is_found():
    redemption.at_step("submit")
    found("UPDATE redemption_claimline SET state = 'passed'", "办理记录")


def test_a_claim_that_nobody_sent_back_is_found():
    redemption.at_step("submit")
    found("UPDATE redemption_claim SET state = 'more_asked'", "办理记录")


def test_an_objection_that_vanished_is_found():
    redemption.at_step("publish").object()
    found("DELETE FROM redemption_objection", "记录已不存在")


class TestRecordsThatBelongTogether:
    def test_a_voucher_that_changed_hands(self):
        """With the yearly counters moved along, every sum still agrees."""
        voucher, other = build.voucher(), build.enterprise()
        assert faults() == []
        sql(f"UPDATE vouchers_voucher SET enterprise_id = {other.pk}")
        sql(f"UPDATE vouchers_enterpriseallowance SET enterprise_id = {other.pk}")
        assert any("不是申领企业" in one for one in faults())
        assert voucher.enterprise_id != other.pk

    def test_an_order_that_changed_hands(self):
        orders.at_step("accept")
        other = build.provider()
        assert faults() == []
        sql(f"UPDATE orders_order SET provider_id = {other.pk}")
        sql(f"UPDATE orders_providerallowance SET provider_id = {other.pk}")
        assert any("台账记在" in one for one in faults())

    def test_a_claim_of_another_provider(self):
        redemption.at_step("submit")
        found(f"UPDATE redemption_claim SET provider_id = {build.provider().pk}", "其他机构")

    def test_a_payment_of_another_claim(self):
        made = redemption.at_step("settle")
        other = redemption.Claim.objects.get(pk=made.claim.pk)
        other.pk, other.state = None, "given_up"
        other.publicity = other.approved_at = other.approved_by = other.settled_at = None
        other.save()
        found(f"UPDATE redemption_settlement SET claim_id = {other.pk}", "其他申请")


class TestResults:
    @pytest.mark.rule("B8")
    def test_a_list_that_was_changed_with_its_digest(self):
        build.voucher()
        assert faults() == []
        sql("UPDATE vouchers_application SET submitted_at = '2020-06-15 00:00:00+00:00'")
        for results in ResultList.objects.all():
            ResultList.objects.filter(pk=results.pk).update(digest=digest_of(results))
        assert any("公布时的摘要" in one for one in faults())

    @pytest.mark.rule("B8")
    def test_a_list_that_was_taken_away(self):
        build.voucher()
        found("DELETE FROM vouchers_resultlist", "结果名单已不存在")


def announced() -> None:
    """A programme that was changed once, and its batch, by the bureau."""
    bureau = build.actor(build.account("bureau"))
    early = build.OPENS - timedelta(days=9)
    programme = create_programme(
        by=bureau,
        at=early,
        city=build.city(),
        year=2020,
        total_amount=Decimal(6_000_000),
        service_from=date(2019, 12, 1),
        service_until=date(2020, 11, 30),
    )
    amend_programme(by=bureau, at=early, programme=programme, total_amount=Decimal(7_000_000))
    batch = draft_batch(
        by=bureau,
        at=early,
        programme=programme,
        amount=Decimal(2_000_000),
        opens_at=build.OPENS,
        closes_at=build.CLOSES,
        valid_until=date(2020, 11, 30),
    )
    announce_batch(by=bureau, at=early, batch=batch)


class TestDecisions:
    @pytest.mark.rule("G2")
    @pytest.mark.parametrize("planted", ["publicity_days = 1", "total_amount = total_amount * 2"])
    def test_a_figure_that_nobody_decided(self, planted: str):
        announced()
        found(f"UPDATE vouchers_programme SET {planted}", "办理记录")

    @pytest.mark.rule("B1")
    def test_a_batch_that_lasts_longer_than_announced(self):
        announced()
        found("UPDATE vouchers_batch SET valid_until = '2021-06-30'", "发布时")

    @pytest.mark.rule("R4")
    def test_a_publicity_that_began_earlier(self):
        redemption.at_step("publish")
        found(
            "UPDATE redemption_publicitylist SET published_at = '2020-09-01 00:00:00+00:00'",
            "公示时间",
        )

    @pytest.mark.rule("R5")
    @pytest.mark.parametrize("planted", ["paid_on = '2020-10-09'", "receipt_number = 'X'"])
    def test_a_payment_that_was_written_anew(self, planted: str):
        redemption.at_step("settle")
        found(f"UPDATE redemption_settlement SET {planted}", "登记时")

    @pytest.mark.rule("R3")
    def test_a_hand_that_was_wiped_off(self):
        redemption.at_step("finish")
        found("DELETE FROM redemption_involvement WHERE part = 'reviewed'", "经手记录")

    @pytest.mark.rule("R3")
    def test_an_expert_that_was_wiped_off(self):
        made = redemption.at_step("submit")
        made.advise(made.assign())
        found("DELETE FROM redemption_involvement WHERE part = 'advised'", "经手记录")


@pytest.mark.rule("R3")
class TestAccounts:
    @pytest.fixture(autouse=True)
    def opened(self):
        self.bureau = build.actor(build.account("bureau"))
        self.account = open_staff_account(
            by=self.bureau,
            at=build.OPENS,
            username="经办人甲",
            password="correct horse battery",
            role="contractor",
            person_name="某甲",
            id_number=build.id_number(),
            city=build.city(),
        )

    def test_one_that_was_promoted(self):
        found(f"UPDATE accounts_user SET role = 'bureau' WHERE id = {self.account.pk}", "角色")

    def test_one_that_became_somebody_else(self):
        """Four eyes count persons: another person behind the account, and they see nobody."""
        other = build.person()
        found(
            f"UPDATE accounts_user SET person_id = {other.pk} WHERE id = {self.account.pk}",
            "使用人",
        )

    def test_one_that_was_opened_again(self):
        close_account(by=self.bureau, at=build.OPENS, account=self.account, reason="离职")
        found(f"UPDATE accounts_user SET is_active = TRUE WHERE id = {self.account.pk}", "停用")


@pytest.mark.rule("S1")
class TestSanctions:
    @pytest.fixture(autouse=True)
    def sanction(self):
        bureau = build.actor(build.account("bureau"))
        violation = report_violation(
            by=build.actor(build.account("contractor")),
            at=build.OPENS,
            credit_code=build.enterprise().credit_code,
            party_name="某单位",
            description="虚假材料",
            evidence=[scans.sent()],
        )
        made = sanction_violation(
            by=bureau,
            at=build.OPENS,
            violation=violation,
            measure="disqualification",
            money_to_recover=Decimal(100),
            reason="重",
        )
        record_recovery(by=bureau, at=build.OPENS, sanction=made, amount=Decimal(40))
        self.bureau, self.made = bureau, made

    @pytest.mark.parametrize(
        "planted",
        [
            "lifted_at = from_at",
            "money_to_recover = 0, money_recovered = 0",
            "money_recovered = money_to_recover",
            "measure = 'warning'",
            "credit_code = '91440101MA59000000'",
        ],
    )
    def test_one_that_was_softened(self, planted: str):
        found(f"UPDATE rosters_sanction SET {planted}", "办理记录")

    def test_one_that_was_put_back_in_force(self):
        lift_sanction(
            by=self.bureau, at=build.OPENS + timedelta(days=1), sanction=self.made, reason="改正"
        )
        found("UPDATE rosters_sanction SET lifted_at = NULL", "办理记录")

    def test_one_that_vanished(self):
        assert faults() == []
        sql("DELETE FROM rosters_recovery")
        sql("DELETE FROM rosters_sanction")
        assert any("记录已不存在" in one for one in faults())


@pytest.mark.rule("F4")
class TestDocuments:
    def test_one_that_was_exchanged(self):
        """The bytes, the digest and the size beside them: only the sealed digest remembers."""
        redemption.at_step("submit")
        found(f"UPDATE documents_document SET sha256 = '{'0' * 64}'", "提交时的摘要")

    def test_what_was_handed_in_is_noted_once_and_what_was_only_picked_is_not(self):
        redemption.at_step("submit")
        owner = build.account("provider")
        assert not KeptFile.objects.filter(kept_at=build.OPENS).exists()
        staged = stage_files(
            by=build.actor(owner), at=build.OPENS, files=[scans.sent()], merged=False
        )
        assert not KeptFile.objects.filter(document_id=staged.pk).exists()
        kept = keep_file(file=StagedChoice(staged.pk), by=build.actor(owner), at=build.OPENS)
        noted = KeptFile.objects.get(document_id=kept.pk)
        assert (noted.sha256, noted.size, noted.kept_at) == (kept.sha256, kept.size, build.OPENS)

    def test_the_notes_are_sealed(self):
        assert "documents.KeptFile" in settings.SEALED_TABLES
        assert "documents_keptfile" in guarded_tables()
