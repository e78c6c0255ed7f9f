"""One of everything in Guangzhou, and a cast of accounts: those it belongs to, and strangers of every role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.api.operations import make_token
from foundation.documents.models import Document
from foundation.documents.operations import stage_files
from foundation.notices.models import Message, NoticeKind, OutboxEntry
from foundation.notices.operations import announce
from foundation.rosters.models import (
    BlacklistEntry,
    FundedMatter,
    PriorityEntry,
    RelatedParty,
    Sanction,
)
from foundation.rosters.operations.sanctioning import sanction_violation
from foundation.workdays.models import LoadedYear, WorkdayException
from orders.operations.returning import ask_payment_return
from providers.operations import request_change
from tests import build, scans
from tests.orders import build as orders
from tests.redemption import build as claims
from tests.rosters import build as rosters
from vouchers.models import LedgerEntry, ResultList

NOW = claims.SETTLED


@dataclass
class World:
    """``cast``: accounts by name, None for nobody. ``made``: the claim with all it stands on. ``pk``: by model."""

    made: claims.World
    cast: dict[str, User | None]
    pk: dict[str, int]
    more: dict[str, Any]


def build_world() -> World:
    """A claim on public view with a settled line and one under objection, and a row of every other model."""
    made = claims.world(3)
    asked = ask_payment_return(
        by=made.seller, at=orders.ACCEPTED, order=made.orders.pop(), reason="填错"
    )
    made.prepare()
    made.attach()
    made.submit()
    opinion = made.assign()
    made.pass_line(0)
    made.pass_line(1)
    made.finish()
    made.approve()
    publicity = made.publish()
    objection = made.object(1, evidence_files=[scans.sent("证据.pdf")])
    settlement = made.settle(0)
    scene = made.scene
    change = request_change(
        by=scene.seller,
        at=claims.PREPARED,
        provider=scene.provider,
        address="新址 1 号",
        materials=[scans.sent("授权.pdf")],
    )
    violation = rosters.violation(by=made.reviewer)
    decided = rosters.violation(by=made.reviewer)
    sanction = sanction_violation(
        by=made.approver, at=rosters.AT, violation=decided, measure="warning", reason="轻微"
    )
    checked = rosters.check(
        "related", [[build.credit_code(), build.credit_code(), "天眼查", ""]], by=made.approver
    )
    coming = announce(
        by=made.approver,
        at=NOW,
        kind=NoticeKind.GENERAL,
        title="明日公告",
        body="未到时间",
        publish_at=NOW.replace(day=NOW.day + 1),
        files=[scans.sent("附件.pdf")],
    )
    shown = announce(
        by=made.approver,
        at=claims.PREPARED,
        kind=NoticeKind.GENERAL,
        title="已发公告",
        body="正文",
        files=[scans.sent("附件.pdf")],
    )
    staged = stage_files(
        by=Actor(user=scene.enterprise.account),
        at=NOW,
        files=[scans.sent("待交.pdf")],
        merged=False,
    )
    assert isinstance(sanction, Sanction)
    exception = WorkdayException.objects.create(
        day=date(2020, 12, 31), is_workday=False, name="测试"
    )
    loaded = LoadedYear.objects.create(year=2099, loaded_at=NOW)
    code = build.credit_code()
    blacklisted = BlacklistEntry.objects.create(
        credit_code=code, name="甲", listed_on=date(2020, 1, 1)
    )
    low, high = sorted((build.credit_code(), build.credit_code()))
    related = RelatedParty.objects.create(code_a=low, code_b=high, source="测试")
    funded = FundedMatter.objects.create(kind="invoice", number_key="1", source="测试")
    listed: PriorityEntry = build.make_priority(scene.enterprise)
    message = Message.objects.filter(recipient=scene.enterprise.account).first()
    assert message is not None
    foshan = build.city("foshan")
    cast: dict[str, User | None] = {
        "nobody": None,
        "closed": build.account(Role.BUREAU, is_active=False),
        "enterprise": scene.enterprise.account,
        "provider": scene.provider.account,
        "contractor": made.contractor,
        "expert": made.expert,
        "bureau": made.bureau,
        "district": build.account(Role.DISTRICT, is_staff=False),
        "province": build.account(Role.PROVINCE),
        "other enterprise": build.enterprise(of=foshan).account,
        "other provider": build.provider(of=foshan).account,
        "other contractor": build.account(Role.CONTRACTOR, of=foshan),
        "province contractor": build.account(Role.CONTRACTOR, city=None),
        "other expert": build.account(Role.EXPERT),
        "other bureau": build.account(Role.BUREAU, of=foshan),
        "other district": build.account(Role.DISTRICT, of=foshan, is_staff=False),
        "no role": build.account("", is_superuser=True, is_staff=True),
    }
    voucher, batch = scene.voucher, scene.batch
    application = voucher.allocation.application
    from foundation.audit.models import AuditEntry

    audited = AuditEntry.objects.filter(actor=made.bureau).first()
    assert audited is not None
    pk = {
        "accounts_user": made.contractor.pk,
        "audit_auditentry": audited.pk,
        "regions_city": scene.programme.city_id,
        "regions_district": build.district().pk,
        "workdays_workdayexception": exception.pk,
        "workdays_loadedyear": loaded.pk,
        "rosters_rosterimport": checked.pk,
        "rosters_accreditation": scene.provider.accreditation_id,
        "rosters_priorityentry": listed.pk,
        "rosters_blacklistentry": blacklisted.pk,
        "rosters_relatedparty": related.pk,
        "rosters_fundedmatter": funded.pk,
        "rosters_violation": violation.pk,
        "rosters_sanction": sanction.pk,
        "notices_notice": coming.pk,
        "notices_outboxentry": OutboxEntry.objects.get(message=message).pk,
        "enterprises_qualification": scene.enterprise.qualifications.get().pk,
        "providers_provider": scene.provider.pk,
        "providers_changerequest": change.pk,
        "providers_productversion": scene.version.pk,
        "vouchers_programme": scene.programme.pk,
        "vouchers_batch": batch.pk,
        "vouchers_application": application.pk,
        "vouchers_voucher": voucher.pk,
        "vouchers_ledgerentry": LedgerEntry.objects.filter(voucher=voucher).earliest("pk").pk,
        "vouchers_resultlist": ResultList.objects.get(batch=batch).pk,
        "orders_order": made.orders[0].pk,
        "orders_paymentreturn": asked.pk,
        "redemption_claim": made.claim.pk,
        "redemption_claimline": made.line(1).pk,
        "redemption_expertopinion": opinion.pk,
        "redemption_settlement": settlement.pk,
        "redemption_publicitylist": publicity.pk,
        "redemption_objection": objection.pk,
    }
    draft = build.version_on_sale(scene.provider, state="draft")
    draft.product.current = None
    draft.product.save()
    evidence = draft.evidence.create(
        kind="qualification", set_number=0, document=build.document(scene.provider.account)
    )
    more = {
        "notice": shown,
        "coming": coming,
        "objection": objection,
        "message": message,
        "staged": staged,
        "draft": draft,
        "evidence": evidence,
        "licence": Document.objects.get(pk=scene.enterprise.qualifications.get().licence_id),
        "return": asked,
        "token": make_token(by=Actor(user=scene.enterprise.account), at=NOW, name="x", days=7)[0],
    }
    made.fresh()
    return World(made, cast, pk, more)
