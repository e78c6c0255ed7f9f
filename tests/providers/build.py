"""Builders of this area: providers and products, made step by step through the operations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.moments import moment
from foundation.names import normal_name
from foundation.rosters.models import (
    Accreditation,
    Level,
    Measure,
    Sanction,
    Violation,
)
from foundation.rosters.states import ViolationState
from providers.models import HISTORY_KINDS, Product, ProductVersion, Provider
from providers.operations import (
    approve_provider,
    attach_evidence,
    attach_material,
    publish_version,
    register_provider,
    save_draft,
    submit_provider,
    submit_version,
)
from providers.queries import reviewer_city_id
from tests import build, scans

AT = moment(date(2020, 4, 10), 10)
LATER = moment(date(2020, 4, 20), 10)
YEAR = 2020
SERVICE_TYPES = ("管理", "信息化应用", "技术培训", "创业辅导")


def accreditation(
    name: str = "",
    *,
    level: str = Level.MUNICIPAL,
    slug: str = "guangzhou",
    service_types: Iterable[str] = SERVICE_TYPES,
    **fields: Any,
) -> Accreditation:
    """A line of the directory, valid from 2019 to 2021 unless said."""
    name = name or f"广州示范平台{build.number()}有限公司"
    values = {
        "name": name,
        "name_key": normal_name(name),
        "credit_code": build.credit_code(),
        "city": build.city(slug),
        "level": level,
        "service_types": list(service_types),
        "recognised_year": 2019,
        "valid_from": date(2019, 1, 1),
        "valid_until": date(2021, 12, 31),
    }
    return Accreditation.objects.create(**{**values, **fields})


def details(**changes: Any) -> dict[str, Any]:
    """Sound data of a registration, beside name and credit code."""
    return {
        "legal_representative": "赵六",
        "legal_representative_id": build.id_number(),
        "contact": "孙七",
        "contact_id": build.id_number(),
        "contact_mobile": "13912345678",
        "address": "服务路 2 号",
        "bank_name": "测试银行广州分行",
        "bank_account": "6222000000000000",
        **changes,
    }


def registered(
    listed: Accreditation | None = None, *, user: User | None = None, at: datetime = AT
) -> Provider:
    """A provider that has only registered."""
    listed = listed or accreditation()
    user = user or build.account(Role.PROVIDER)
    return register_provider(
        by=build.actor(user),
        at=at,
        name=listed.name,
        credit_code=listed.credit_code,
        **details(),
    )


def owner(of: Provider) -> Actor:
    """The provider's own account acting."""
    return build.actor(User.objects.get(pk=of.account_id))


def reviewer(of: Provider) -> Actor:
    """A contractor account that checks this provider."""
    city_id = reviewer_city_id(of)
    if city_id is None:
        return build.actor(province_contractor())
    found = User.objects.filter(role=Role.CONTRACTOR, city_id=city_id).first()
    return build.actor(found or build.account(Role.CONTRACTOR, of=of.city))


def province_contractor() -> User:
    """The contractor account without a city."""
    found = User.objects.filter(role=Role.CONTRACTOR, city=None).first()
    if found is not None:
        return found
    user = build.account(Role.CONTRACTOR)
    user.city = None
    user.save(update_fields=["city"])
    return user


def with_materials(
    of: Provider, *, at: datetime = AT, committed_on: date | None = None
) -> Provider:
    """Licence and commitment attached."""
    by = owner(of)
    attach_material(by=by, at=at, provider=of, kind="licence", file=scans.looked_into("执照.pdf"))
    return attach_material(
        by=by,
        at=at,
        provider=of,
        kind="commitment",
        file=scans.looked_into("承诺书.pdf"),
        committed_on=committed_on or date(at.year, 3, 1),
    )


def submitted(listed: Accreditation | None = None, *, at: datetime = AT) -> Provider:
    """A provider that waits for its check."""
    provider = with_materials(registered(listed, at=at), at=at)
    return submit_provider(by=owner(provider), at=at, provider=provider)


def approved(listed: Accreditation | None = None, *, at: datetime = AT) -> Provider:
    """A provider that was checked."""
    provider = submitted(listed, at=at)
    return approve_provider(by=reviewer(provider), at=at, provider=provider)


def draft_fields(**changes: Any) -> dict[str, Any]:
    """A complete draft of a fixed-price management report for small enterprises of Guangzhou."""
    return {
        "name": "企业管理诊断报告",
        "service_type": "管理",
        "cities": [build.city()],
        "target_sizes": ["small", "micro"],
        "target_industries": [],
        "overview": "对企业管理现状进行诊断。",
        "process": "访谈、分析、出具报告。",
        "cycle": "三十个工作日",
        "results": "诊断报告一份",
        "acceptance": "报告经企业签收",
        "price_kind": "fixed",
        "price_min": Decimal("20000.00"),
        "price_basis": "market",
        "basis": {
            "comparisons": [
                {"provider": "甲咨询公司", "price": "21000"},
                {"provider": "乙咨询公司", "price": "22000"},
            ]
        },
        "delivery_kind": "report",
        **changes,
    }


def draft(
    of: Provider, *, at: datetime = AT, product: Product | None = None, **changes: Any
) -> ProductVersion:
    """A saved draft without evidence."""
    return save_draft(by=owner(of), at=at, product=product, **draft_fields(**changes))


def attach(version: ProductVersion, kind: str, set_number: int = 0, *, at: datetime = AT) -> None:
    """One more file."""
    attach_evidence(
        by=owner(version.product.provider),
        at=at,
        version=version,
        kind=kind,
        set_number=set_number,
        file=scans.looked_into(),
    )


def attach_set(version: ProductVersion, set_number: int = 1, *, at: datetime = AT) -> None:
    """A whole set of contract, invoice and result."""
    for kind in HISTORY_KINDS:
        attach(version, kind, set_number, at=at)


def complete_draft(of: Provider, *, at: datetime = AT, **changes: Any) -> ProductVersion:
    """A draft with all that P5 demands of a fixed-price report."""
    version = draft(of, at=at, **changes)
    attach(version, "qualification", at=at)
    attach(version, "report", at=at)
    attach_set(version, at=at)
    return version


def in_review(of: Provider, *, at: datetime = AT, **changes: Any) -> ProductVersion:
    """A version that waits for its review."""
    version = complete_draft(of, at=at, **changes)
    return submit_version(by=owner(of), at=at, version=version)


def published(of: Provider, *, at: datetime = AT, **changes: Any) -> ProductVersion:
    """A version on sale."""
    version = in_review(of, at=at, **changes)
    return publish_version(by=reviewer(of), at=at, version=version)


def sanction(
    of: Provider, *, slug: str = "guangzhou", from_at: datetime = AT, until: date | None = None
) -> Sanction:
    """A suspension of the provider in a city, or for good without ``until``."""
    city = build.city(slug)
    bureau = build.account(Role.BUREAU, of=city)
    violation = Violation.objects.create(
        city=city,
        credit_code=of.credit_code,
        party_name=of.name,
        description="虚高价格",
        state=ViolationState.SANCTIONED,
        reported_at=from_at,
        reported_by=build.account(Role.CONTRACTOR, of=city),
        decided_at=from_at,
        decided_by=bureau,
    )
    return Sanction.objects.create(
        violation=violation,
        city=city,
        credit_code=of.credit_code,
        measure=Measure.SUSPENSION if until else Measure.DISQUALIFICATION,
        from_at=from_at,
        until=until,
    )
