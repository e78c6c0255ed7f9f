"""Enterprises and institutions register and hand in their files (E1–E3, P1, P2)."""

from __future__ import annotations

from datetime import date

from enterprises.models import Enterprise, Qualification
from enterprises.operations import (
    attach_material,
    register_enterprise,
    save_profile,
    submit_qualification,
)
from foundation.accounts.actors import Actor
from providers.models import Provider
from providers.operations import attach_material as attach_provider_material
from providers.operations import register_provider, submit_provider
from rehearsal.cast import Cast, EnterprisePart, ProviderPart
from rehearsal.papers import Papers
from rehearsal.steps.staffing import Tick


def enter_enterprise(part: EnterprisePart, by: Actor, *, tick: Tick, cast: Cast) -> Enterprise:
    """Register the enterprise in the cast's city (E1)."""
    return register_enterprise(by=by, at=tick(), city=cast.city, credit_code=part.credit_code)


def fill_in(
    part: EnterprisePart, enterprise: Enterprise, by: Actor, *, tick: Tick, year: int
) -> Qualification:
    """Save the basic information for ``year`` (E2)."""
    return save_profile(
        by=by,
        at=tick(),
        enterprise=enterprise,
        year=year,
        name=part.name,
        legal_representative=part.legal.name,
        legal_representative_id=part.legal.id_number,
        is_legal_person=True,
        address=part.address,
        district=part.district,
        registered_capital=part.capital,
        founded_on=part.founded_on,
        industry=part.industry,
        employees=part.employees,
        revenue=part.revenue,
        assets=part.assets,
        handler=part.handler.name,
        handler_id=part.handler.id_number,
        handler_mobile=part.handler.mobile,
    )


def attach_materials(
    part: EnterprisePart,
    qualification: Qualification,
    by: Actor,
    *,
    tick: Tick,
    papers: Papers,
    declared_on: date,
) -> Qualification:
    """Licence, proof and declaration (E3)."""
    proof = ("tax", "上年度完税证明")
    if part.serial % 3 == 0:
        proof = ("social_insurance", "社保缴费证明")
    qualification = attach_material(
        by=by,
        at=tick(),
        qualification=qualification,
        slot="licence",
        file=papers.scan("营业执照副本", part.name),
    )
    qualification = attach_material(
        by=by,
        at=tick(),
        qualification=qualification,
        slot="proof",
        file=papers.scan(proof[1], part.name),
        proof_kind=proof[0],
    )
    return attach_declaration(
        part, qualification, by, tick=tick, papers=papers, declared_on=declared_on
    )


def attach_declaration(
    part: EnterprisePart,
    qualification: Qualification,
    by: Actor,
    *,
    tick: Tick,
    papers: Papers,
    declared_on: date,
) -> Qualification:
    """The signed declaration (E3)."""
    return attach_material(
        by=by,
        at=tick(),
        qualification=qualification,
        slot="declaration",
        file=papers.scan("中小微企业声明函", part.name, declared_on.isoformat()),
        declared_on=declared_on,
    )


def hand_in(
    part: EnterprisePart,
    enterprise: Enterprise,
    by: Actor,
    *,
    tick: Tick,
    papers: Papers,
    year: int,
    declared_on: date,
) -> Qualification:
    """Fill in, attach and submit in one sitting; raises what ``submit_qualification`` does (E3, E4)."""
    qualification = fill_in(part, enterprise, by, tick=tick, year=year)
    qualification = attach_materials(
        part, qualification, by, tick=tick, papers=papers, declared_on=declared_on
    )
    return submit_qualification(by=by, at=tick(), qualification=qualification)


def enter_provider(part: ProviderPart, by: Actor, *, tick: Tick) -> Provider:
    """Register the institution under its name in the directory (P1)."""
    return register_provider(
        by=by,
        at=tick(),
        name=part.name,
        credit_code=part.credit_code,
        legal_representative=part.legal.name,
        legal_representative_id=part.legal.id_number,
        contact=part.contact.name,
        contact_id=part.contact.id_number,
        contact_mobile=part.contact.mobile,
        address=part.address,
        bank_name="示范银行营业部",
        bank_account=part.bank_account,
        introduction=f"{part.name}为中小微企业提供{'、'.join(part.service_types)}等服务。",
    )


def commit(
    provider: Provider, by: Actor, *, tick: Tick, papers: Papers, committed_on: date
) -> Provider:
    """Attach the commitment of the year and submit (P2)."""
    provider = attach_provider_material(
        by=by,
        at=tick(),
        provider=provider,
        kind="commitment",
        file=papers.scan("服务机构承诺书", provider.name, committed_on.isoformat()),
        committed_on=committed_on,
    )
    return submit_provider(by=by, at=tick(), provider=provider)


def hand_in_provider(
    provider: Provider, by: Actor, *, tick: Tick, papers: Papers, committed_on: date
) -> Provider:
    """Attach licence and commitment, and submit (P2)."""
    provider = attach_provider_material(
        by=by,
        at=tick(),
        provider=provider,
        kind="licence",
        file=papers.scan("营业执照副本", provider.name),
    )
    return commit(provider, by, tick=tick, papers=papers, committed_on=committed_on)
