"""What the portal checks for the reviewer of an institution, a change or a product (P1–P6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Avg, Count, Q

from foundation.checks import Check, fails_if, file_warnings, warns_if
from foundation.credit_codes import BadCreditCode, check_credit_code
from foundation.documents.models import Document
from foundation.documents.queries import uploaded_elsewhere
from foundation.moments import local_day, spoken_day
from foundation.names import same_name
from foundation.personal_data import keys_of
from foundation.rosters.queries import find_accreditation, is_blacklisted, sanction_in_force
from providers.models import ChangeRequest, ProductVersion, Provider
from providers.policies.prices import PriceHistory, price_checks
from providers.policies.registering import MATERIALS, commitment_fault
from providers.queries.products import check_list_of, evidence_of, former_version_of
from providers.queries.standing import accreditation_valid, why_not_in_standing
from providers.states import ProductState

# Which item of a registration a check speaks about; of products the parts have the items' names already.
DETAILS, CONTACT = "details", "contact"
NAMED_MAX = 3


def provider_checks(provider: Provider, at: datetime) -> list[Check]:
    """Directory, dates, rosters, persons and files of a registration."""
    day = local_day(at)
    listed = find_accreditation(provider.name, day)
    accreditation = provider.accreditation
    fault = commitment_fault(provider.committed_on, day=day)
    sanction = sanction_in_force(provider.credit_code, provider.city_id, at)
    blacklisted = is_blacklisted(provider.credit_code, day)
    same = listed is not None and same_name(listed.name, provider.name)
    same_code = listed is not None and listed.credit_code == provider.credit_code
    persons = _same_persons(provider)
    try:
        check_credit_code(provider.credit_code)
        code_fault = ""
    except BadCreditCode as refusal:
        code_fault = refusal.sentence
    code_words = "与名录一致，校验码正确" if same_code else "与名录不一致"
    documents = {
        kind: document for kind in MATERIALS if (document := getattr(provider, kind)) is not None
    }
    return [
        fails_if(
            not same,
            "服务机构名录",
            listed.name if listed else "名录中没有该名称的有效认定",
            item=DETAILS,
        ),
        fails_if(
            not same_code or code_fault, "统一社会信用代码", code_fault or code_words, item=DETAILS
        ),
        fails_if(
            not accreditation_valid(provider, day),
            "认定有效期",
            f"{accreditation.get_level_display()}，{spoken_day(accreditation.valid_from)}至"
            f"{spoken_day(accreditation.valid_until)}",
        ),
        fails_if(
            fault,
            "承诺书日期",
            fault or f"{spoken_day(provider.committed_on)}，在 {day.year} 年内",  # type: ignore[arg-type]
            item="commitment",
        ),
        fails_if(blacklisted, "失信联合惩戒名单", "已列入" if blacklisted else "未列入"),
        fails_if(sanction is not None, "违规处理（所在地市）", str(sanction or "无")),
        warns_if(
            persons,
            "法定代表人、联系人是否重复",
            f"同一法定代表人或联系人还出现在：{'、'.join(persons)}"
            if persons
            else "未出现在其他服务机构",
            item=CONTACT,
        ),
        *_files({MATERIALS[kind]: document for kind, document in documents.items()}, provider),
    ]


def change_checks(request: ChangeRequest, at: datetime) -> list[Check]:
    """As for a registration, with what the new name and the handed-in files say (P2)."""
    provider = request.provider
    checks = provider_checks(provider, at)
    if "name" in request.changes:
        new = request.changes["name"]
        listed = find_accreditation(new, local_day(at))
        fits = listed is not None and listed.credit_code == provider.credit_code
        checks.insert(
            0,
            fails_if(
                not fits,
                "新名称在名录中",
                f"{listed.name}，{listed.get_level_display()}"
                if listed and fits
                else "名录中没有该名称，或信用代码不同",
            ),
        )
    materials = {f"证明材料“{one.name}”": one for one in request.materials.order_by("pk")}
    return checks + _files(materials, provider)


def version_checks(version: ProductVersion, at: datetime) -> list[Check]:
    """Standing of the provider, completeness, price beside its history and the market, and files seen elsewhere."""
    provider = version.product.provider
    standing = why_not_in_standing(provider, at)
    checks = [fails_if(standing, "机构年度资料", "；".join(standing) or "有效")]
    checks += [
        fails_if(not one.met, one.label, "；".join(one.missing) or "齐全", item=one.section)
        for one in check_list_of(version)
    ]
    checks += price_checks(price_history(version))
    documents = {
        f"{one.get_kind_display()}{f'第 {one.set_number} 套' if one.set_number else ''}": one.document
        for one in evidence_of(version)
    }
    return checks + [check for check in _files(documents, provider) if check.outcome != "pass"]


def price_history(version: ProductVersion) -> PriceHistory:
    """The version's price beside its own former one and what others ask for the same type of service, yuan."""
    former = former_version_of(version)
    others = (
        ProductVersion.objects.filter(
            state=ProductState.PUBLISHED, service_type=version.service_type
        )
        .exclude(product_id=version.product_id)
        .aggregate(count=Count("pk"), low=Avg("price_min"), high=Avg("price_max"))
    )
    return PriceHistory(
        low=version.price_min,
        high=version.price_max,
        former_low=former.price_min if former else None,
        former_high=former.price_max if former else None,
        others=others["count"],
        others_low=Decimal(others["low"] or 0).quantize(Decimal("0.01")),
        others_high=Decimal(others["high"] or 0).quantize(Decimal("0.01")),
        service_type=version.service_type,
    )


def _same_persons(provider: Provider) -> list[str]:
    """Other providers with the same representative or contact, by name; some of them."""
    keys = keys_of(provider, "legal_representative_id", "contact_id")
    return list(
        Provider.objects.filter(
            Q(legal_representative_id_key__in=keys) | Q(contact_id_key__in=keys),
            submitted_at__isnull=False,
        )
        .exclude(pk=provider.pk)
        .order_by("pk")
        .values_list("name", flat=True)[:NAMED_MAX]
    )


def _files(documents: dict[str, Document], provider: Provider) -> list[Check]:
    """Whether other accounts have uploaded the same bytes, who stays unnamed; and what was noticed at the upload."""
    elsewhere = uploaded_elsewhere(documents.values(), own_account=provider.account_id)
    checks = []
    items = {label: kind for kind, label in MATERIALS.items()}
    for label, document in documents.items():
        others, item = len(elsewhere[document.pk]), items.get(label, "")
        note = f"另有 {others} 个账号上传过同一文件" if others else "未见其他账号上传过同一文件"
        checks.append(warns_if(others, f"{label}是否重复", note, item=item))
        checks += file_warnings(label, document.warnings, item=item)
    return checks
