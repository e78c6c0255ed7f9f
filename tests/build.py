"""Builders for tests: plain functions that make one thing each, with the moment passed in.

What a rule is about is made through operations in the tests themselves; what is only a backdrop is written as rows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from unittest.mock import patch

from enterprises.models import Enterprise, Industry, Profile, Qualification, SizeClass
from enterprises.states import QualificationState
from foundation.accounts.actors import Actor
from foundation.accounts.models import Person, Role, User
from foundation.documents.models import Document
from foundation.moments import moment
from foundation.money import ZERO
from foundation.personal_data import lookup_key
from foundation.regions.models import City, District
from foundation.rosters.models import Accreditation, Level, PriorityCategory, PriorityEntry
from providers.models import Category, Product, ProductVersion, Provider
from providers.states import ProductState, ProviderState
from vouchers.entrance import Entrance, read_entrance
from vouchers.models import SHARDS, Application, Batch, DemandShard, Programme, Voucher
from vouchers.operations.applying import submit_application
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.policies import Demand
from vouchers.queries import results_due_at
from vouchers.states import BatchState

# The season most tests play in; nothing depends on today's date.
YEAR = 2020
OPENS = moment(date(2020, 6, 28), 15)
CLOSES = moment(date(2020, 6, 28), 17, 30)
RANKING = CLOSES + timedelta(minutes=6)
RESULTS = moment(date(2020, 6, 29), 9)
JOB = Actor(job="test")

_numbers = count(1)


def number() -> int:
    """A number no other builder has had in this run."""
    return next(_numbers)


_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code() -> str:
    """A valid unified social credit code (GB 32100-2015)."""
    body = f"91440101{number():09d}"
    weights = [pow(3, i, 31) for i in range(17)]
    rest = sum(_ALPHABET.index(c) * w for c, w in zip(body, weights, strict=True)) % 31
    return body + _ALPHABET[(31 - rest) % 31]


def id_number() -> str:
    """A valid resident ID number (GB 11643)."""
    days, serial = divmod(number(), 1000)
    months, day = divmod(days, 28)
    body = f"4401011980{months % 12 + 1:02d}{day + 1:02d}{serial:03d}"
    weights = [pow(2, 17 - i, 11) for i in range(17)]
    rest = sum(int(c) * w for c, w in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[rest]


def city(slug: str = "guangzhou") -> City:
    """A city as the data migration loads it."""
    return City.objects.get(slug=slug)


def district(of: City | None = None) -> District:
    """A district of a city, made when the city has none."""
    of = of or city()
    found = of.districts.first()
    return found or District.objects.create(city=of, code=f"{of.code[:4]}99", name="市区")


def person(name: str = "张三") -> Person:
    """A natural person."""
    value = id_number()
    return Person.objects.create(name=name, id_number=value, id_key=lookup_key(value))


def account(role: str, *, of: City | None = None, **fields: Any) -> User:
    """An account of a role; staff get a person and the city (Guangzhou unless said)."""
    if role in {Role.CONTRACTOR, Role.EXPERT, Role.BUREAU, Role.DISTRICT}:
        fields.setdefault("city", of or city())
        fields.setdefault("person", person())
        fields.setdefault("is_staff", True)
    if role == Role.DISTRICT:
        fields.setdefault("district", district(fields["city"]))
    fields.setdefault("assurance_level", 1)
    user = User(username=fields.pop("username", f"{role}{number()}"), role=role, **fields)
    user.set_password("a long password")
    user.save()
    return user


def actor(user: User) -> Actor:
    """The account acting."""
    return Actor(user=user, address="127.0.0.1")


def document(by: User | None = None, content: bytes = b"", name: str = "材料.pdf") -> Document:
    """A kept file, as a row only."""
    digest = f"{number():064x}" if not content else content.hex()[:64]
    return Document.objects.create(
        sha256=digest,
        storage_name=f"{digest[:2]}/{digest}",
        media_type="application/pdf",
        size=1000,
        name=name,
        uploaded_at=moment(date(2020, 4, 1), 10),
        uploaded_by=by,
    )


def enterprise(
    *,
    of: City | None = None,
    year: int = YEAR,
    priority: bool = False,
    passed: bool = True,
    **profile: Any,
) -> Enterprise:
    """An enterprise with its account and its file for ``year``, passed unless said otherwise."""
    of = of or city()
    user = account(Role.ENTERPRISE)
    at = moment(date(year, 4, 1), 10)
    name = profile.pop("name", f"广州测试企业{number()}有限公司")
    made = Enterprise.objects.create(
        account=user, city=of, credit_code=credit_code(), name=name, created_at=at
    )
    legal, handler = id_number(), id_number()
    fields: dict[str, Any] = {
        "name": name,
        "legal_representative": "李四",
        "legal_representative_id": legal,
        "legal_representative_id_key": lookup_key(legal),
        "is_legal_person": True,
        "address": "测试路 1 号",
        "district": district(of),
        "registered_capital": Decimal(100),
        "founded_on": date(2018, 1, 1),
        "industry": Industry.SOFTWARE,
        "employees": 20,
        "revenue": Decimal(300),
        "assets": Decimal(200),
        "size_class": SizeClass.SMALL,
        "handler": "王五",
        "handler_id": handler,
        "handler_id_key": lookup_key(handler),
        "handler_mobile": "13800000000",
    }
    row = Profile.objects.create(enterprise=made, version=1, frozen_at=at, **{**fields, **profile})
    Qualification.objects.create(
        enterprise=made,
        year=year,
        profile=row,
        state=QualificationState.PASSED if passed else QualificationState.DRAFT,
        licence=document(user),
        proof=document(user),
        declaration=document(user),
        declared_on=date(year, 4, 1),
        proof_kind="tax",
        submitted_at=at,
        decided_at=at if passed else None,
        decided_by=account(Role.CONTRACTOR, of=of) if passed else None,
    )
    if priority:
        make_priority(made, year)
    return made


def make_priority(of: Enterprise, year: int = YEAR) -> PriorityEntry:
    """Put an enterprise on a priority roster (E7)."""
    return PriorityEntry.objects.create(
        city=of.city,
        year=year,
        category=PriorityCategory.SPECIALISED,
        credit_code=of.credit_code,
        name=of.name,
    )


def provider(
    *, of: City | None = None, level: str = Level.STATION, year: int = YEAR, **fields: Any
) -> Provider:
    """An approved provider accredited for everything in ``year``."""
    of = of or city()
    user = account(Role.PROVIDER)
    name = fields.pop("name", f"广州测试服务机构{number()}有限公司")
    code = credit_code()
    accreditation = Accreditation.objects.create(
        name=name,
        name_key=name,
        credit_code=code,
        city=of,
        level=level,
        service_types=list(
            fields.pop("service_types", ["信息化应用", "质量控制和技术评价", "管理"])
        ),
        recognised_year=year - 1,
        valid_from=date(year - 1, 1, 1),
        valid_until=date(year + 1, 12, 31),
    )
    legal, contact = id_number(), id_number()
    values: dict[str, Any] = {
        "legal_representative": "赵六",
        "legal_representative_id": legal,
        "legal_representative_id_key": lookup_key(legal),
        "contact": "孙七",
        "contact_id": contact,
        "contact_id_key": lookup_key(contact),
        "contact_mobile": "13900000000",
        "address": "服务路 2 号",
        "bank_name": "测试银行广州分行",
        "bank_account": "6222000000000000",
        "state": ProviderState.APPROVED,
        "licence": document(user),
        "commitment": document(user),
        "committed_on": date(year, 3, 1),
        "decided_at": moment(date(year, 3, 2), 10),
        "decided_by": account(Role.CONTRACTOR, of=of),
    }
    return Provider.objects.create(
        account=user,
        accreditation=accreditation,
        city=of,
        credit_code=code,
        name=name,
        **{**values, **fields},
    )


def version_on_sale(
    of: Provider, *, price: Decimal = Decimal(20000), **fields: Any
) -> ProductVersion:
    """A published product of a provider, for everyone in its city."""
    at = moment(date(2020, 4, 2), 10)
    product = Product.objects.create(provider=of, created_at=at)
    values: dict[str, Any] = {
        "version": 1,
        "state": ProductState.PUBLISHED,
        "name": f"管理咨询 {number()}",
        "category": Category.INFORMATION,
        "service_type": "管理",
        "overview": "概述",
        "process": "流程",
        "cycle": "三十天",
        "results": "成果",
        "acceptance": "验收标准",
        "price_kind": "fixed",
        "price_min": price,
        "price_max": price,
        "price_basis": "market",
        "basis": {
            "comparisons": [{"provider": "甲", "price": "1"}, {"provider": "乙", "price": "2"}]
        },
        "delivery_kind": "report",
        "created_at": at,
    }
    version = ProductVersion.objects.create(product=product, **{**values, **fields})
    version.cities.set([of.city])
    product.current = version
    product.save(update_fields=["current"])
    return version


def programme(*, of: City | None = None, year: int = YEAR, **figures: Any) -> Programme:
    """The programme of a city and year, with the figures of Guangzhou 2020 unless said."""
    values: dict[str, Any] = {
        "total_amount": Decimal(6_000_000),
        "service_from": date(year - 1, 12, 1),
        "service_until": date(year, 11, 30),
        "created_at": moment(date(year, 3, 26), 9),
    }
    made = Programme.objects.create(city=of or city(), year=year, **{**values, **figures})
    made.refresh_from_db()
    return made


def batch(of: Programme | None = None, **fields: Any) -> Batch:
    """An announced batch, 2,000,000 yuan on 2020-06-28 from 15:00 to 17:30 unless said."""
    of = of or programme()
    values: dict[str, Any] = {
        "number": of.batches.count() + 1,
        "amount": Decimal(2_000_000),
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "valid_until": date(2020, 11, 30),
        "state": BatchState.ANNOUNCED,
        "announced_at": OPENS - timedelta(days=3),
    }
    made = Batch.objects.create(programme=of, **{**values, **fields})
    DemandShard.objects.bulk_create(DemandShard(batch=made, shard=shard) for shard in range(SHARDS))
    return made


def apply(
    of: Batch,
    by: Enterprise,
    amount: int = 20000,
    at: datetime | None = None,
    *,
    in_flight: bool = False,
) -> Application:
    """An application through the operation; ``in_flight``: it read the demand before the others had committed."""

    def nobody_ahead(**arguments: Any) -> Entrance | None:
        seen = read_entrance(**arguments)
        return (
            replace(seen, demand=Demand(priority=ZERO, other=ZERO)) if seen and in_flight else seen
        )

    with patch("vouchers.operations.applying.read_entrance", nobody_ahead):
        return submit_application(
            by=actor(by.account), at=at or of.opens_at, batch_pk=of.pk, amount=Decimal(amount)
        )


def decide(of: Batch, *, publish: bool = True) -> None:
    """Rank a batch, and publish it, each at its first possible moment."""
    assert rank_batch(by=JOB, at=of.closes_at + timedelta(minutes=6), batch_pk=of.pk)
    if publish:
        assert publish_results(by=JOB, at=results_due_at(of), batch_pk=of.pk)
    of.refresh_from_db()


def voucher(by: Enterprise | None = None, amount: int = 20000, of: Batch | None = None) -> Voucher:
    """A voucher granted and published through the operations; the batch is made for it unless given."""
    by = by or enterprise()
    of = of or batch()
    apply(of, by, amount)
    decide(of)
    return Voucher.objects.select_related("batch__programme", "enterprise").get(
        batch=of, enterprise=by
    )
