"""Builders of this area: files of an enterprise, made step by step through the operations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from enterprises.models import Enterprise, Industry, Qualification
from enterprises.operations import (
    attach_material,
    pass_qualification,
    register_enterprise,
    save_profile,
    submit_qualification,
)
from foundation.accounts.models import Role, User
from foundation.moments import moment
from tests import build, scans

AT = moment(date(2020, 4, 10), 10)
LATER = moment(date(2020, 4, 20), 10)
YEAR = 2020

_count = iter(range(1, 1_000_000))


@cache
def _people() -> tuple[str, str]:
    return build.id_number(), build.id_number()


def data(**changes: Any) -> dict[str, Any]:
    """Sound basic information of a small software enterprise; figures in 万元."""
    legal, handler = _people()
    return {
        "name": "广州晨光软件有限公司",
        "legal_representative": "李四",
        "legal_representative_id": legal,
        "is_legal_person": True,
        "address": "天河区测试路 1 号",
        "district": build.district(),
        "registered_capital": Decimal("100.00"),
        "founded_on": date(2018, 1, 1),
        "industry": Industry.SOFTWARE,
        "employees": 20,
        "revenue": Decimal("300.00"),
        "assets": Decimal("200.00"),
        "handler": "王五",
        "handler_id": handler,
        "handler_mobile": "13812345678",
        **changes,
    }


def registered(
    user: User | None = None, *, at: datetime = AT, slug: str = "guangzhou"
) -> Enterprise:
    """An enterprise that has only registered."""
    user = user or build.account(Role.ENTERPRISE)
    return register_enterprise(
        by=build.actor(user), at=at, city=build.city(slug), credit_code=build.credit_code()
    )


def owner(enterprise: Enterprise) -> Any:
    """The enterprise's account acting."""
    return build.actor(enterprise.account)


def filled(
    enterprise: Enterprise | None = None, *, at: datetime = AT, year: int = YEAR, **changes: Any
) -> Qualification:
    """A file with basic information and no materials."""
    enterprise = enterprise or registered(at=at)
    if "district" not in changes:
        changes["district"] = build.district(enterprise.city)
    return save_profile(
        by=owner(enterprise), at=at, enterprise=enterprise, year=year, **data(**changes)
    )


def with_materials(of: Qualification, *, at: datetime = AT, slots: str = "lpd") -> Qualification:
    """The file with the materials named by their first letters: licence, proof, declaration."""
    by = owner(of.enterprise)
    if "l" in slots:
        of = attach_material(
            by=by, at=at, qualification=of, slot="licence", file=scans.looked_into()
        )
    if "p" in slots:
        of = attach_material(
            by=by, at=at, qualification=of, slot="proof", file=scans.looked_into(), proof_kind="tax"
        )
    if "d" in slots:
        of = attach_material(
            by=by,
            at=at,
            qualification=of,
            slot="declaration",
            file=scans.looked_into(),
            declared_on=date(of.year, 4, 1),
        )
    return of


def submitted(
    enterprise: Enterprise | None = None, *, at: datetime = AT, year: int = YEAR, **changes: Any
) -> Qualification:
    """A complete file in the contractor's queue."""
    file = with_materials(filled(enterprise, at=at, year=year, **changes), at=at)
    return submit_qualification(by=owner(file.enterprise), at=at, qualification=file)


def contractor(slug: str = "guangzhou") -> Any:
    """The contractor of a city acting."""
    return build.actor(build.account(Role.CONTRACTOR, of=build.city(slug)))


def passed(
    enterprise: Enterprise | None = None, *, at: datetime = AT, year: int = YEAR, **changes: Any
) -> Qualification:
    """A file the contractor has passed."""
    file = submitted(enterprise, at=at, year=year, **changes)
    return pass_qualification(by=contractor(file.enterprise.city.slug), at=at, qualification=file)
