"""What must be true when everything runs again: told is kept, the rest is whole or absent, and the books are right."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.storage import default_storage

from crash.clock import BEGINS
from crash.deeds import KEPT, REFUSED, UNANSWERED, WRONG, Deed
from enterprises.models import Qualification
from foundation.audit.models import AuditEntry
from foundation.audit.sealing.operations import seal_settled_rows
from foundation.audit.sealing.verifying import breaks as trail_breaks
from foundation.audit.sealing.verifying import unsealed
from foundation.audit.sealing.witness import testimony
from foundation.documents.models import Document
from foundation.notices.models import Message, Notice, NoticeKind, OutboxEntry
from foundation.notices.tasks import send_outbox
from orders.models import Contract, Order, Payment, PaymentReturn
from voucher_portal.jobs import run_jobs
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Allocation, Application, Batch, LedgerEntry, ResultList, Voucher
from vouchers.states import BatchState, EntryKind

# The record that an act is about, as the audit trail names it.
SUBJECTS = {
    "submit_application": Application,
    "withdraw_application": Application,
    "place_order": Order,
    "return_voucher": Voucher,
    "upload_contract": Order,
    "submit_payment": Order,
    "confirm_order": Order,
    "decline_order": Order,
    "confirm_contract": Order,
    "return_contract": Order,
    "accept_payment": Order,
    "ask_payment_return": PaymentReturn,
    "grant_payment_return": PaymentReturn,
    "refuse_payment_return": PaymentReturn,
    "pass_qualification": Qualification,
    "draft_batch": Batch,
    "announce_batch": Batch,
}
# Longer than a worker that was killed keeps its claim on a mail.
CLAIM = timedelta(minutes=11)


@dataclass
class Mailed:
    """What the mail server took: how often each message."""

    times: Counter[int]

    @property
    def twice(self) -> int:
        """How many mails were sent more than once."""
        return sum(count - 1 for count in self.times.values())


def settle(*, at: datetime) -> None:
    """Let everything that is due happen: the jobs, the mails whose sender was killed, the last seals."""
    for _ in range(2):
        run_jobs(at)
    while OutboxEntry.objects.filter(given_up_at=None).exists():
        at += CLAIM
        if not send_outbox(at) and not OutboxEntry.objects.filter(next_attempt_at__lte=at).exists():
            break
    seal_settled_rows(at=at, at_once=True, wait_seconds=1)


def faults(deeds: Sequence[Deed], mailed: Mailed, *, worker_kills: int) -> Iterator[str]:
    """Everything that is wrong, one sentence each."""
    yield from (
        f"wrong answer to {deed.action}: {deed.said}" for deed in deeds if deed.told == WRONG
    )
    yield from kept_and_whole(deeds)
    yield from unequal_traces()
    yield from (f"books: {one}" for one in all_breaks())
    yield from (f"trail: {one}" for one in trail_breaks(testimony(settings.SEAL_WITNESS)))
    yield from (
        f"trail: {count} rows of {name} unsealed" for name, count in unsealed().items() if count
    )
    yield from lost_files()
    yield from unmailed(mailed, worker_kills=worker_kills)


# --- Told and kept -------------------------------------------------------------------------


def kept_and_whole(deeds: Iterable[Deed]) -> Iterator[str]:
    """Every act that was told as done is in the trail, with its amount; no act is there that nobody asked for.

    An act that had no answer may be there or not, once at most.
    """
    asked: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    told: dict[tuple[int, str, int], list[Deed]] = defaultdict(list)
    for deed in deeds:
        asked[deed.actor, deed.action][deed.told] += 1
        if deed.told == KEPT and deed.subject:
            told[deed.actor, deed.action, deed.subject].append(deed)
    for (actor, action), counts in asked.items():
        entries = _entries(action, actor)
        found, least = len(entries), counts[KEPT]
        if not least <= found <= least + counts[UNANSWERED]:
            yield (
                f"{action} of account {actor}: told {least} times, unanswered {counts[UNANSWERED]}, "
                f"refused {counts[REFUSED]}, but kept {found} times"
            )
        kept: dict[int, list[AuditEntry]] = defaultdict(list)
        for entry in entries:
            kept[entry.subject_id].append(entry)
        for (who, what, subject), same in told.items():
            if (who, what) != (actor, action):
                continue
            if len(kept[subject]) < len(same):
                yield f"{action} of {subject}: told {len(same)} times, kept {len(kept[subject])} times"
            amounts = Counter(
                int(float(entry.details["amount"]))
                for entry in kept[subject]
                if "amount" in entry.details
            )
            missing = Counter(deed.amount for deed in same if deed.amount) - amounts
            if amounts and missing:
                yield f"{action} of {subject}: amounts told {missing}, kept {amounts}"


def _entries(action: str, actor: int) -> list[AuditEntry]:
    """The trail of one account's acts of one kind, those of the stage's making left out by their early moment."""
    label = SUBJECTS[action]._meta.label_lower
    return list(
        AuditEntry.objects.filter(
            actor=actor, action=action, subject_type=label, at__gte=BEGINS
        ).order_by("pk")
    )


# --- Whole or absent -----------------------------------------------------------------------


def unequal_traces() -> Iterator[str]:
    """What one act leaves in several tables is there in all of them, or in none."""
    for name, traces in _traces().items():
        if len(set(traces.values())) > 1:
            yield f"{name} is not whole: {traces}"


def _traces() -> dict[str, dict[str, int]]:
    def audits(action: str) -> int:
        label = SUBJECTS[action]._meta.label_lower
        return AuditEntry.objects.filter(action=action, subject_type=label).count()

    def told(*events: str) -> int:
        return Message.objects.filter(event__in=events).count()

    def moved(kind: EntryKind, **more: str) -> int:
        return LedgerEntry.objects.filter(kind=kind, **more).count()

    published = Batch.objects.filter(state=BatchState.PUBLISHED)
    counted = {"batch__in": published, "withdrawn_at": None}
    results = ("result_granted", "result_partial", "result_not_granted", "result_passed_over")
    return {
        "application": {
            "rows": Application.objects.count(),
            "trail": audits("submit_application"),
            "messages": told("application_submitted"),
        },
        "withdrawal": {
            "rows": Application.objects.exclude(withdrawn_at=None).count(),
            "trail": audits("withdraw_application"),
            "messages": told("application_withdrawn"),
        },
        "order": {
            "rows": Order.objects.count(),
            "trail": audits("place_order"),
            "ledger": moved(EntryKind.RESERVE),
            "messages": told("order_placed"),
        },
        "answer to an order": {
            "trail": audits("confirm_order") + audits("decline_order"),
            "messages": told("order_confirmed", "order_declined"),
            "rows": Order.objects.exclude(state="placed").exclude(state="lapsed").count(),
        },
        "contract": {
            "rows": Contract.objects.count(),
            "trail": audits("upload_contract"),
            "messages": told("contract_uploaded"),
        },
        "payment": {
            "rows": Payment.objects.count(),
            "trail": audits("submit_payment"),
            "ledger": moved(EntryKind.PAY),
            "messages": told("payment_submitted"),
        },
        "acceptance": {
            "trail": audits("accept_payment"),
            "messages": told("payment_accepted"),
        },
        "request to return": {
            "rows": PaymentReturn.objects.count(),
            "trail": audits("ask_payment_return"),
            "messages": told("payment_return_asked"),
        },
        "granted return": {
            "rows": PaymentReturn.objects.filter(state="granted").count(),
            "trail": audits("grant_payment_return"),
            "ledger": moved(EntryKind.REFUND),
            "messages to two": told("payment_return_granted") // 2,
        },
        "money given back": {
            "trail": audits("return_voucher"),
            "ledger": moved(EntryKind.RETURN),
            "messages": told("voucher_returned"),
        },
        "announced batch": {
            "rows": Batch.objects.exclude(state__in=("draft", "cancelled")).count(),
            "trail": audits("announce_batch"),
            "notices": Notice.objects.filter(kind=NoticeKind.BATCH).count(),
        },
        "published batch": {
            "rows": published.count(),
            "lists": ResultList.objects.count(),
            "trail": AuditEntry.objects.filter(action="publish_results").count(),
            "ranked": AuditEntry.objects.filter(action="rank_batch").count(),
            "notices": Notice.objects.filter(kind=NoticeKind.RESULTS).count(),
        },
        "result": {
            "applications": Application.objects.filter(**counted).count(),
            "allocations": Allocation.objects.filter(application__batch__in=published).count(),
            "messages": told(*results),
        },
        "voucher": {
            "rows": Voucher.objects.count(),
            "granted": Allocation.objects.filter(granted__gt=0).count(),
            "ledger": moved(EntryKind.ISSUE),
        },
    }


# --- Files and mails -----------------------------------------------------------------------


def lost_files() -> Iterator[str]:
    """Every file that a row names is in the store, byte for byte."""
    for document in Document.objects.iterator():
        if not default_storage.exists(document.storage_name):
            yield f"file {document.pk} is lost"
            continue
        with default_storage.open(document.storage_name) as stored:
            if hashlib.sha256(stored.read()).hexdigest() != document.sha256:
                yield f"file {document.pk} is not what was handed in"


def unmailed(mailed: Mailed, *, worker_kills: int) -> Iterator[str]:
    """Every message to an account with an address was mailed; twice only where its sender was killed (ADR 0038)."""
    waiting = OutboxEntry.objects.count()
    if waiting:
        yield f"{waiting} mails still wait"
    wanted = set(
        Message.objects.exclude(recipient__email="")
        # Whoever confirmed the address was asked at it before.
        .exclude(event="address_asked")
        .values_list("pk", flat=True)
    )
    lost = wanted - mailed.times.keys()
    if lost:
        yield f"{len(lost)} messages were never mailed: {sorted(lost)[:5]}"
    if mailed.twice > worker_kills:
        yield f"{mailed.twice} mails were sent twice, by {worker_kills} senders killed"
