"""Proof of the records against the sealed trail: what was changed in SQL, where no balance would show it (docs/adr/0032).

Every act is in the trail, and the trail is sealed. So each record must still be as its last act left it. What was
never the subject of an act, data from outside for instance, is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from enterprises.models import Qualification
from enterprises.states import QUALIFICATION
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from foundation.money import spoken_money
from foundation.reconciliation import Break, wrong_rows
from foundation.rosters.models import RosterImport, Sanction, Violation
from foundation.rosters.states import ROSTER_IMPORT, VIOLATION
from foundation.states import StateMachine
from orders.models import Order, Payment, PaymentReturn
from orders.states import ORDER, PAYMENT, PAYMENT_RETURN
from providers.models import ChangeRequest, ProductVersion, Provider
from providers.states import CHANGE_REQUEST, PRODUCT_VERSION, PROVIDER
from redemption.models import (
    Claim,
    ClaimLine,
    ExpertOpinion,
    Involvement,
    Objection,
    PublicityList,
    Settlement,
)
from redemption.states import CLAIM, CLAIM_LINE, OBJECTION
from vouchers.models import Application, Batch, Programme, ResultList
from vouchers.operations.issuing import FIGURES
from vouchers.states import APPLICATION, BATCH

TRAIL = AuditEntry._meta.db_table

MACHINES: dict[type[models.Model], StateMachine] = {
    Qualification: QUALIFICATION,
    Provider: PROVIDER,
    ChangeRequest: CHANGE_REQUEST,
    ProductVersion: PRODUCT_VERSION,
    Batch: BATCH,
    Application: APPLICATION,
    Order: ORDER,
    Payment: PAYMENT,
    PaymentReturn: PAYMENT_RETURN,
    Claim: CLAIM,
    ClaimLine: CLAIM_LINE,
    Objection: OBJECTION,
    RosterImport: ROSTER_IMPORT,
    Violation: VIOLATION,
}
# No act removes one of these.
LASTING: tuple[type[models.Model], ...] = (*MACHINES, Programme, PublicityList, Sanction)
# Whose acts on a claim or its lines leave a hand in it (R3).
HANDS = "'provider', 'contractor'"


def breaks() -> Iterator[Break]:
    """Every record that is not as its last act left it."""
    for model, machine in MACHINES.items():
        yield from _states(model, machine)
    for lasting in LASTING:
        yield from _missing(lasting)
    yield from _results()
    yield from _programmes()
    yield from _moments()
    yield from _sanctions()
    yield from _settlements()
    yield from _hands()
    yield from _accounts()


def _name(model: type[models.Model], pk: Any) -> str:
    return f"{model._meta.verbose_name} {pk}"


def _states(model: type[models.Model], machine: StateMachine) -> Iterator[Break]:
    """Each state is the one that the last move in the trail led to."""
    known = ", ".join(f"'{state}'" for state in machine.states.values)
    # Lines come with their claim's entry; what never moved is where it began.
    joined, last, only = "JOIN", "e.to_state", ""
    if model is ClaimLine:
        joined, last = "LEFT JOIN", f"COALESCE(e.to_state, '{machine.initial.value}')"
        only = f"AND r.claim_id IN (SELECT subject_id FROM {TRAIL} WHERE subject_type = '{Claim._meta.label_lower}')"  # nosec B608 # our own names only, values by parameter
    for pk, state, told in wrong_rows(
        f"SELECT r.id, r.state, {last} FROM {model._meta.db_table} r {joined} ("
        f"SELECT subject_id, MAX(id) AS last FROM {TRAIL} WHERE subject_type = '{model._meta.label_lower}' "
        f"AND to_state IN ({known}) GROUP BY subject_id) m ON m.subject_id = r.id "
        f"{joined} {TRAIL} e ON e.id = m.last WHERE {last} <> r.state {only}"  # nosec B608 # our own names only, values by parameter
    ):
        words = dict(machine.states.choices)
        yield Break(
            _name(model, pk),
            f"状态为“{words.get(state, state)}”，办理记录中最后是“{words.get(told, told)}”",
        )


def _missing(model: type[models.Model]) -> Iterator[Break]:
    """What an act was about is still there."""
    for (pk,) in wrong_rows(
        f"SELECT DISTINCT e.subject_id FROM {TRAIL} e LEFT JOIN {model._meta.db_table} r ON r.id = e.subject_id "
        f"WHERE e.subject_type = '{model._meta.label_lower}' AND r.id IS NULL"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(_name(model, pk), "有办理记录，但记录已不存在")


def _acts(*actions: str) -> Iterator[AuditEntry]:
    return AuditEntry.objects.filter(action__in=actions).order_by("pk").iterator()


def _results() -> Iterator[Break]:
    """Each list that was published is there, with the digest it was published with (B8)."""
    for entry in _acts("publish_results", "grant_from_waiting_list"):
        digest, number = entry.details.get("digest"), entry.details.get("round", 0)
        if digest is None:
            continue
        found = ResultList.objects.filter(batch=entry.subject_id, round=number).first()
        where = f"批次 {entry.subject_id} 第 {number} 轮"
        if found is None:
            yield Break(where, "已公布，但结果名单已不存在")
        elif found.digest != digest:
            yield Break(where, f"名单摘要 {found.digest}，公布时的摘要 {digest}")


def _programmes() -> Iterator[Break]:
    """Each figure of a programme was decided: at its creation, by a change since, or it is the default (G2)."""
    decided: dict[int, dict[str, Any]] = {}
    for entry in _acts("create_programme", "amend_programme"):
        if entry.action == "create_programme":
            decided[entry.subject_id] = dict(entry.details)
        elif entry.subject_id in decided:
            changes = {name: values[1] for name, values in entry.details.items()}
            decided[entry.subject_id] |= changes
    for programme in Programme.objects.filter(pk__in=decided):
        for name in FIGURES:
            field = Programme._meta.get_field(name)
            said = decided[programme.pk].get(name)
            figure = field.to_python(said) if said is not None else field.get_default()  # type: ignore[union-attr]
            if getattr(programme, name) != figure:
                yield Break(
                    _name(Programme, programme.pk),
                    f"{field.verbose_name}：{getattr(programme, name)}，办理记录中为 {figure}",  # type: ignore[union-attr]
                )


def _moments() -> Iterator[Break]:
    """What deadlines are counted from is as it was when it became public (B1, R4)."""
    for entry in _acts("announce_batch"):
        batch = Batch.objects.filter(pk=entry.subject_id).first()
        for name, said in entry.details.items():
            if batch is not None and _text(getattr(batch, name)) != said:
                label = Batch._meta.get_field(name).verbose_name  # type: ignore[union-attr]
                yield Break(
                    _name(Batch, batch.pk),
                    f"{label}：{_text(getattr(batch, name))}，发布时为 {said}",
                )
    for entry in _acts("publish_claims"):
        publicity = PublicityList.objects.filter(pk=entry.subject_id).first()
        if publicity is not None and publicity.published_at != entry.at:
            yield Break(
                _name(PublicityList, publicity.pk),
                f"公示时间为 {publicity.published_at}，办理记录中为 {entry.at}",
            )


def _sanctions() -> Iterator[Break]:
    """Each sanction is as it was imposed, lifted and recovered (S1)."""
    acts: dict[int, list[AuditEntry]] = {}
    for entry in _acts("impose_sanction", "lift_sanction", "record_recovery"):
        acts.setdefault(entry.subject_id, []).append(entry)
    for sanction in Sanction.objects.filter(pk__in=acts):
        own = {entry.action: entry for entry in acts[sanction.pk]}
        imposed, lifted = own.get("impose_sanction"), own.get("lift_sanction")
        if imposed is None:
            continue
        recovered = (
            own["record_recovery"].details["money_recovered"] if "record_recovery" in own else "0"
        )
        said = (
            imposed.to_state,
            imposed.at,
            imposed.details["credit_code"],
            imposed.details["until"],
            Decimal(imposed.details["money_to_recover"]),
            Decimal(recovered),
            lifted.at if lifted else None,
        )
        now = (
            sanction.measure,
            sanction.from_at,
            sanction.credit_code,
            sanction.until.isoformat() if sanction.until else "",
            sanction.money_to_recover,
            sanction.money_recovered,
            sanction.lifted_at,
        )
        if now != said:
            yield Break(
                _name(Sanction, sanction.pk), "措施、对象、期限、追回金额或解除与办理记录不符"
            )


def _settlements() -> Iterator[Break]:
    """Each payment is as it was recorded, over the lines it was recorded for (R5)."""
    for entry in _acts("record_settlement"):
        said = entry.details
        found = Settlement.objects.filter(pk=said["settlement"]).select_related("receipt").first()
        if found is None:
            yield Break(_name(Settlement, said["settlement"]), "有办理记录，但记录已不存在")
            continue
        now = {
            "amount": str(found.amount),
            "lines": sorted(found.lines.values_list("pk", flat=True)),
            "paid_on": found.paid_on.isoformat(),
            "receipt_number": found.receipt_number,
            "receipt_sha256": found.receipt.sha256,
        }
        then = {**said, "amount": str(Decimal(said["amount"]).quantize(found.amount))}
        then["lines"] = sorted(said["lines"])
        different = [name for name, value in now.items() if then.get(name, value) != value]
        if different or found.claim_id != entry.subject_id:
            yield Break(
                _name(Settlement, found.pk),
                f"拨付 {spoken_money(found.amount)} 的明细、日期、回单与登记时不符",
            )


def _hands() -> Iterator[Break]:
    """Whoever acted on a claim is known to have had a hand in it, or four eyes would not see them (R3)."""
    claim, line = Claim._meta.label_lower, ClaimLine._meta.label_lower
    for pk, actor in wrong_rows(
        f"SELECT DISTINCT x.claim_id, x.actor_id FROM ("
        f"SELECT e.subject_id AS claim_id, e.actor_id FROM {TRAIL} e WHERE e.subject_type = '{claim}' "
        f"AND e.role IN ({HANDS}) AND (e.to_state <> '' OR e.action = 'assign_expert') "
        f"AND e.to_state <> 'settled' AND e.action NOT LIKE 'give_up%' UNION "
        f"SELECT l.claim_id, e.actor_id FROM {TRAIL} e JOIN {ClaimLine._meta.db_table} l ON l.id = e.subject_id "
        f"WHERE e.subject_type = '{line}' AND e.role IN ({HANDS}) AND e.to_state NOT IN ('', 'settled', 'given_up') "
        f"UNION SELECT o.claim_id, e.actor_id FROM {TRAIL} e JOIN {ExpertOpinion._meta.db_table} o ON o.id = e.subject_id "
        f"WHERE e.subject_type = '{ExpertOpinion._meta.label_lower}' AND e.action = 'give_opinion'"
        f") x LEFT JOIN {Involvement._meta.db_table} i ON i.claim_id = x.claim_id AND i.account_id = x.actor_id "
        f"WHERE i.id IS NULL AND x.actor_id IS NOT NULL"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(_name(Claim, pk), f"账号 {actor} 办理过，经手记录却没有")


def _accounts() -> Iterator[Break]:
    """Each account has the role, city, district and person it was opened with, and what was closed is closed (R3).

    No act changes them: another is a new account.
    """
    closed = set(entry.subject_id for entry in _acts("close_account"))
    opened = {
        entry.subject_id: entry.details
        for entry in _acts("open_staff_account", "register_party_account", "open_vouched_account")
    }
    for account in User.objects.iterator(chunk_size=2_000):
        now = {
            "role": account.role,
            "person": account.person_id,
            "city": account.city_id,
            "district": account.district_id,
        }
        said = opened.get(account.pk, {})
        if any(now[name] != said[name] for name in now if name in said):
            yield Break(_name(User, account.pk), "角色、使用人或管辖范围与开设时的办理记录不符")
        if account.is_active and account.pk in closed:
            yield Break(_name(User, account.pk), "办理记录中已停用，现在却可以使用")


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
