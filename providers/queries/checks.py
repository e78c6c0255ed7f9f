"""What the portal checks for the reviewer; it asks for a closer look and decides nothing (P1, P2, P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from foundation.documents.models import Document
from foundation.moments import local_day, spoken_day
from foundation.names import same_name
from foundation.rosters.queries import find_accreditation, is_blacklisted, sanction_in_force
from providers.models import HISTORY_KINDS, ProductVersion, Provider
from providers.policies.registering import MATERIALS, commitment_fault
from providers.queries.products import check_list_of
from providers.queries.standing import accreditation_valid, why_not_in_standing


@dataclass(frozen=True)
class AutomaticCheck:
    """One check; ``ok`` False asks the reviewer to look closer."""

    label: str
    ok: bool
    note: str


def provider_checks(provider: Provider, at: datetime) -> list[AutomaticCheck]:
    """Directory, dates, rosters and files of a registration."""
    day = local_day(at)
    listed = find_accreditation(provider.name, day)
    accreditation = provider.accreditation
    fault = commitment_fault(provider.committed_on, day=day)
    sanction = sanction_in_force(provider.credit_code, provider.city_id, at)
    blacklisted = is_blacklisted(provider.credit_code, day)
    same = listed is not None and same_name(listed.name, provider.name)
    return [
        AutomaticCheck(
            "服务机构名录", same, listed.name if listed else "名录中没有该名称的有效认定"
        ),
        AutomaticCheck(
            "统一社会信用代码",
            listed is not None and listed.credit_code == provider.credit_code,
            "与名录一致"
            if listed and listed.credit_code == provider.credit_code
            else "与名录不一致",
        ),
        AutomaticCheck(
            "认定有效期",
            accreditation_valid(provider, day),
            f"{accreditation.get_level_display()}，{spoken_day(accreditation.valid_from)}至"
            f"{spoken_day(accreditation.valid_until)}",
        ),
        AutomaticCheck(
            "承诺书日期",
            not fault,
            fault or f"{spoken_day(provider.committed_on)}，在 {day.year} 年内",  # type: ignore[arg-type]
        ),
        AutomaticCheck("失信联合惩戒名单", not blacklisted, "已列入" if blacklisted else "未列入"),
        AutomaticCheck("违规处理（所在地市）", sanction is None, str(sanction or "无")),
        *(
            _seen_elsewhere(document, label, provider)
            for kind, label in MATERIALS.items()
            if (document := getattr(provider, kind)) is not None
        ),
    ]


def version_checks(version: ProductVersion, at: datetime) -> list[AutomaticCheck]:
    """Standing of the provider, completeness, and history files that another account uploaded too."""
    provider = version.product.provider
    standing = why_not_in_standing(provider, at)
    checks = [AutomaticCheck("机构年度资料", not standing, "；".join(standing) or "有效")]
    checks += [
        AutomaticCheck(item.label, item.met, "；".join(item.missing) or "齐全")
        for item in check_list_of(version)
    ]
    history = version.evidence.filter(kind__in=HISTORY_KINDS).select_related("document")
    checks += [
        check
        for item in history.order_by("set_number", "pk")
        if not (
            check := _seen_elsewhere(
                item.document, f"{item.get_kind_display()}第 {item.set_number} 套", provider
            )
        ).ok
    ]
    return checks


def _seen_elsewhere(document: Document, label: str, provider: Provider) -> AutomaticCheck:
    """Whether another account has uploaded the same bytes; who it was stays unnamed."""
    others = (
        Document.objects.filter(sha256=document.sha256, uploaded_by__isnull=False)
        .exclude(uploaded_by_id=provider.account_id)
        .values("uploaded_by")
        .distinct()
        .count()
    )
    note = f"另有 {others} 个账号上传过同一文件" if others else "未见其他账号上传过同一文件"
    return AutomaticCheck(f"{label}是否重复", not others, note)
