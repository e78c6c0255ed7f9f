"""Providers claim, the contractor reviews, the bureau approves, the public objects, the money is paid (R1–R7)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from foundation.accounts.actors import Actor
from foundation.moments import local_day, moment
from foundation.rosters.queries import sanction_in_force
from redemption.models import Claim, ClaimLine, ExpertOpinion, Objection
from redemption.operations.advising import assign_expert, give_opinion
from redemption.operations.approving import approve_claim, send_back_to_review
from redemption.operations.objecting import answer_objection, file_objection
from redemption.operations.preparing import attach_scan, give_up_claim, prepare_claim, submit_claim
from redemption.operations.publishing import publish_claims
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    reopen_line,
    request_more,
    supply_more,
)
from redemption.operations.settling import record_settlement
from redemption.policies import ClaimsStopped, UnableToApprove, UnableToObject, UnableToSettle
from redemption.queries import claimable_orders, open_objections, publicity_ends_at
from redemption.states import ClaimState, LineState, ObjectionState
from rehearsal.season.company import Company, ProviderPlayer

CLAIM_FATES = {
    "": 1,
    "more_asked": 1,
    "disallowed": 1,
    "sent_back": 1,
    "disallowed_by_bureau": 1,
    "given_up": 1,
    "expert": 1,
    "seconded": 1,
}
OBJECTION_FATES = {"upheld": 1, "rejected": 1, "": 2}
PUBLIC = Actor(address="203.0.113.9")
LINES_MAX = 60

_ROUNDS = ((8, 20), (10, 26), (12, 10))
_PUBLICITY = ((9, 7), (11, 16), (12, 18), (12, 22))


def plan_redeeming(company: Company) -> None:
    """Three rounds of claims; the desks of contractor and bureau on every working day from the first on."""
    year = company.plan.year
    for month, day in _ROUNDS:
        begin = moment(company.hours.workday_from(date(year, month, day)), 9)
        for player in company.providers:
            if player.popularity:
                when = company.hours.days_later(begin, 0, 2)
                company.go_on(when, partial(_claim, company, player, ""))
    for month, day in _PUBLICITY:
        on = company.hours.workday_from(date(year, month, day))
        company.agenda.at(moment(on, 10), partial(_publish, company))
    for day_of_work in company.hours.workdays(date(year, *_ROUNDS[0]), company.plan.ends):
        company.agenda.at(moment(day_of_work, 11), partial(_contractor_desk, company))
        company.agenda.at(moment(day_of_work, 14), partial(_paying_desk, company))
        company.agenda.at(moment(day_of_work, 15), partial(_bureau_desk, company))


# --- The provider --------------------------------------------------------------------------


def _claim(company: Company, player: ProviderPlayer, fate: str, at: datetime) -> None:
    """Gather what was accepted since the last claim, stamp the two papers, and hand them in (R1)."""
    if player.provider is None:
        return
    orders = list(
        claimable_orders(player.provider, company.programme, at).values_list("pk", flat=True)
    )[:LINES_MAX]
    if not orders:
        return
    claim = prepare_claim(by=player.actor, at=at, programme=company.programme, order_pks=orders)
    company.tally.count("claims_prepared")
    fate = fate or company.deck("claims", CLAIM_FATES).draw()
    if fate == "given_up":
        give_up_claim(by=player.actor, at=at, claim=claim)
        company.tally.count("claims_given_up")
        tomorrow = company.hours.days_later(at, 1, 1)
        company.go_on(tomorrow, partial(_claim, company, player, "plain"))
        return
    company.claim_fates[claim.pk] = fate
    for slot, title in (("form", "服务券兑现申请表"), ("detail", "服务券使用情况明细汇总表")):
        scan = company.papers.scan(title, player.part.name, claim.number)
        attach_scan(by=player.actor, at=at, claim=claim, slot=slot, file=scan)
    submit_claim(by=player.actor, at=at, claim=claim)
    company.tally.count("claims_submitted")
    if len(orders) == LINES_MAX:
        again = at + timedelta(minutes=5)
        company.go_on(again, partial(_claim, company, player, "plain"))


def _supply(company: Company, claim: Claim, at: datetime) -> None:
    """Answer everything first review asked for (R2)."""
    player = company.by_provider[claim.provider_id]
    for line in claim.lines.filter(state=LineState.MORE_ASKED).order_by("pk"):
        scan = company.papers.scan("服务验收单", player.part.name)
        supply_more(by=player.actor, at=at, line=line, answer="已补充服务验收单", file=scan)
        company.tally.count("supplements")


# --- The contractor's first review (R2) ----------------------------------------------------


def _claims(company: Company, state: ClaimState) -> list[Claim]:
    found = Claim.objects.filter(programme=company.programme, state=state)
    return list(found.select_related("provider", "publicity__programme").order_by("pk"))


def _contractor_desk(company: Company, at: datetime) -> None:
    for claim in _claims(company, ClaimState.SUBMITTED):
        if local_day(claim.submitted_at) < local_day(at):
            _first_review(company, claim, at)


def _first_review(company: Company, claim: Claim, at: datetime) -> None:
    """Line by line; a claim's fate decides what is found, once."""
    fate, office = company.claim_fates.get(claim.pk, ""), company.office
    by = office.seconded if fate == "seconded" else office.contractor
    if fate == "expert":
        _ask_the_expert(company, claim, at)
        return
    pending = list(claim.lines.filter(state=LineState.PENDING).order_by("pk"))
    if fate == "more_asked" and pending:
        company.claim_fates[claim.pk] = ""
        ask_more_on_line(by=by, at=at, line=pending[0], reason="请补充服务验收单")
        for line in pending[1:]:
            pass_line(by=by, at=at, line=line)
        request_more(by=by, at=at, claim=claim)
        company.tally.count("claims_asked_for_more")
        later = company.hours.days_later(at, 1, 2)
        company.agenda.at(later, partial(_supply, company, claim))
        return
    if fate == "disallowed" and pending:
        company.claim_fates[claim.pk] = ""
        disallow_line(by=by, at=at, line=pending.pop(), reason="服务成果与合同约定不符")
        company.tally.count("lines_disallowed_in_review")
    for line in pending:
        pass_line(by=by, at=at, line=line)
    company.tally.attempt(
        "claims_first_reviewed",
        partial(finish_first_review, by=by, at=at, claim=claim),
        ClaimsStopped,
    )


def _ask_the_expert(company: Company, claim: Claim, at: datetime) -> None:
    """An expert is heard before the first review ends (R2)."""
    company.claim_fates[claim.pk] = ""
    opinion = assign_expert(
        by=company.office.contractor, at=at, claim=claim, expert=company.office.expert.user
    )
    company.agenda.at(at + timedelta(hours=4), partial(_advise, company, opinion))


def _advise(company: Company, opinion: ExpertOpinion, at: datetime) -> None:
    give_opinion(
        by=company.office.expert,
        at=at,
        opinion=opinion,
        advice=ExpertOpinion.Advice.SUPPORT,
        text="合同、发票与成果相互印证，建议通过。",
    )
    company.tally.count("expert_opinions")


# --- The bureau: approval, publicity, objections (R3, R4) ----------------------------------


def _bureau_desk(company: Company, at: datetime) -> None:
    for claim in _claims(company, ClaimState.FIRST_REVIEWED):
        _approve(company, claim, at)
    filed = Objection.objects.filter(
        line__claim__programme=company.programme, state=ObjectionState.FILED
    ).select_related("line__claim__publicity__programme")
    for objection in list(filed.order_by("pk")):
        _answer(company, objection, at)


def _approve(company: Company, claim: Claim, at: datetime) -> None:
    """Another person than those before; some go back, and the bureau may disallow a line itself (R3)."""
    office, tally = company.office, company.tally
    fate = company.claim_fates.get(claim.pk, "")
    approve = partial(approve_claim, at=at, claim=claim)
    by = office.bureau
    if fate == "seconded":
        tally.must_refuse(partial(approve, by=office.bureau), UnableToApprove)
        by = office.second_bureau
    elif fate == "sent_back":
        company.claim_fates[claim.pk] = ""
        send_back_to_review(by=by, at=at, claim=claim, reason="请复核第一条明细的发票")
        first = claim.lines.order_by("pk")[0]
        reopen_line(by=office.contractor, at=at, line=first)
        tally.count("claims_sent_back")
        return
    elif fate == "disallowed_by_bureau":
        company.claim_fates[claim.pk] = ""
        passed = claim.lines.filter(state=LineState.PASSED).order_by("pk")
        disallow_line(by=by, at=at, line=passed[0], reason="合同金额明显偏离市场价格")
        tally.count("lines_disallowed_by_bureau")
    tally.attempt("claims_approved", partial(approve, by=by), ClaimsStopped)


def _publish(company: Company, at: datetime) -> None:
    """One public list of everything approved, without those whose claims a sanction stops (R4, S1)."""
    ready = [
        claim
        for claim in _claims(company, ClaimState.APPROVED)
        if not sanction_in_force(claim.provider.credit_code, company.city.pk, at)
    ]
    if not ready:
        return
    publicity = publish_claims(
        by=company.office.bureau, at=at, programme=company.programme, claims=ready
    )
    company.tally.count("publicity_lists")
    company.tally.count("claims_published", len(ready))
    ends_at = publicity_ends_at(publicity)
    for claim in ready:
        fate = company.deck("objections", OBJECTION_FATES).draw()
        line = claim.lines.filter(state=LineState.PASSED).order_by("pk").first()
        if fate and line is not None:
            when = company.hours.days_later(at, 1, 3)
            company.agenda.at(min(when, ends_at), partial(_object, company, line, fate))
    first = ready[0].lines.order_by("pk")[0]
    late = ends_at + timedelta(microseconds=1)
    company.agenda.at(late, partial(_object_too_late, company, first))


def _object(company: Company, line: ClaimLine, fate: str, at: datetime) -> None:
    """Somebody objects, with evidence, without a login (R4)."""
    objection = file_objection(
        by=PUBLIC,
        at=at,
        line=line,
        name="热心市民",
        contact="objector@example.org",
        statement="据了解该项服务并未按合同完成，请予核查。",
        evidence_files=[company.papers.scan("情况说明")],
    )
    company.objection_fates[objection.pk] = fate
    company.tally.count("objections_filed")


def _object_too_late(company: Company, line: ClaimLine, at: datetime) -> None:
    company.tally.must_refuse(
        partial(
            file_objection,
            by=PUBLIC,
            at=at,
            line=line,
            name="热心市民",
            contact="objector@example.org",
            statement="公示期已过，仍有异议。",
        ),
        UnableToObject,
    )


def _answer(company: Company, objection: Objection, at: datetime) -> None:
    """Upheld ones within the period; the others are looked into until it is over, and hold their line (R4)."""
    fate = company.objection_fates.get(objection.pk, "rejected")
    if fate == "rejected" and at <= publicity_ends_at(objection.line.claim.publicity):
        return
    uphold = fate == "upheld"
    answer = "经核查，异议成立，该笔不予兑现。" if uphold else "经核查，服务已按合同完成。"
    answer_objection(
        by=company.office.second_bureau, at=at, objection=objection, uphold=uphold, answer=answer
    )
    company.tally.count("objections_upheld" if uphold else "objections_rejected")


# --- Payment (R5) --------------------------------------------------------------------------


def _paying_desk(company: Company, at: datetime) -> None:
    """What was on public view and is not objected to is paid; a line under objection waits (R4, R5)."""
    for claim in _claims(company, ClaimState.PUBLISHED):
        if at <= publicity_ends_at(claim.publicity):
            continue
        held = set(open_objections(claim).values_list("line_id", flat=True))
        passed = list(
            claim.lines.filter(state=LineState.PASSED).order_by("pk").values_list("pk", flat=True)
        )
        if held and passed:
            company.tally.must_refuse(
                partial(_settle, company, claim, passed, at), UnableToSettle, ClaimsStopped
            )
        payable = [pk for pk in passed if pk not in held]
        if payable:
            company.tally.attempt(
                "settlements", partial(_settle, company, claim, payable, at), ClaimsStopped
            )


def _settle(company: Company, claim: Claim, lines: list[int], at: datetime) -> object:
    number = company.numbers.payout()
    return record_settlement(
        by=company.office.contractor,
        at=at,
        claim=claim,
        line_pks=lines,
        paid_on=local_day(at),
        receipt_number=number,
        receipt_file=company.papers.scan("银行转账回单", number),
    )
