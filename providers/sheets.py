"""How registrations, changes and products stand on the review screen (P2, P6)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.moments import spoken, spoken_day
from foundation.personal_data import mask_id_number, mask_mobile
from foundation.reviewing.sheets import Decision, Fact, File, Item, Sheet
from providers import operations
from providers.models import ChangeRequest, Evidence, ProductVersion, Provider
from providers.policies import products as product_rules
from providers.policies import registering as rules
from providers.queries import (
    change_checks,
    evidence_of,
    former_version_of,
    provider_checks,
    rounds_of,
    version_checks,
)
from providers.review_reasons import (
    CHANGE_REFUSALS,
    PROVIDER_REASONS,
    PROVIDER_REFUSALS,
    VERSION_REASONS,
)
from providers.states import ChangeState, ProductState, ProviderState
from providers.wording import version_facts

# --- Registrations (P2) ---------------------------------------------------------------------


def sheet_of_provider(provider: Provider, *, at: datetime, decides: bool) -> Sheet:
    """A registration as it was handed in last."""
    files = [
        File(label, document)
        for kind, label in rules.MATERIALS.items()
        if (document := getattr(provider, kind)) is not None
    ]
    waiting = provider.state == ProviderState.SUBMITTED
    rounds = list(rounds_of(provider))
    former = rounds[1] if len(rounds) > 1 else None
    return Sheet(
        items=_provider_items(provider),
        checks=provider_checks(provider, at),
        files=files,
        decisions=_provider_decisions(provider) if decides and waiting else (),
        seen=_moment(provider.submitted_at),
        lead=f"{provider.credit_code}，{provider.accreditation.get_level_display()}，第 {len(rounds)} 轮提交",
        facts=[
            Fact("认定的服务类型", "、".join(provider.accreditation.service_types) or "无"),
            Fact(
                "个人信息",
                "已遮盖，查看完整信息将被记录",
                url=reverse("admin:providers_provider_reveal", args=[provider.pk]),
            ),
        ],
        notes=_told(former.item_reasons if former else {}, rules.REVIEW_ITEMS),
    )


def _provider_items(provider: Provider) -> list[Item]:
    facts = {
        "details": [
            Fact("机构名称", provider.name),
            Fact("统一社会信用代码", provider.credit_code),
            Fact("法定代表人", provider.legal_representative),
            Fact("身份证号码", mask_id_number(provider.legal_representative_id)),
            Fact("地址", provider.address),
            Fact("机构简介", provider.introduction or "未填写"),
        ],
        "contact": [
            Fact("联系人", provider.contact),
            Fact("身份证号码", mask_id_number(provider.contact_id)),
            Fact("手机", mask_mobile(provider.contact_mobile)),
            Fact("用户名", provider.account.username),
        ],
        "bank": [
            Fact("开户银行", provider.bank_name),
            Fact("银行账号", f"****{provider.bank_account[-4:]}"),
        ],
        "commitment": [
            Fact(
                "承诺书日期",
                spoken_day(provider.committed_on) if provider.committed_on else "未填写",
            )
        ],
    }
    items = []
    for key, label in rules.REVIEW_ITEMS.items():
        kind = "licence" if key == "details" else key
        document = getattr(provider, kind) if kind in rules.MATERIALS else None
        shown = facts.get(key) or ([Fact("文件", document.name)] if document else [])
        file = document.pk if document is not None else 0
        items.append(Item(key, label, shown, PROVIDER_REASONS[key], file))
    return items


def _provider_decisions(provider: Provider) -> list[Decision]:
    arguments = {"provider": provider, "seen": provider.submitted_at}
    return [
        Decision(
            "approve",
            "核对通过",
            operations.approve_provider,
            needs="ticks",
            tone="primary",
            key_letter="p",
            done="已核对通过，机构已收到消息。",
            arguments=arguments,
        ),
        Decision(
            "send-back",
            "退回补正",
            operations.send_back_provider,
            needs="faults",
            key_letter="b",
            done="已退回机构补正。",
            arguments=arguments,
        ),
        Decision(
            "refuse",
            "不予通过",
            operations.refuse_provider,
            needs="reason",
            key_letter="x",
            done="已记录不予通过，机构已收到消息。",
            reasons=PROVIDER_REFUSALS,
            arguments=arguments,
        ),
    ]


# --- Changes (P2) ---------------------------------------------------------------------------


def sheet_of_change(request: ChangeRequest, *, at: datetime, decides: bool) -> Sheet:
    """A change request: each new value beside the present one."""
    materials = list(request.materials.order_by("pk"))
    first = materials[0].pk if materials else 0
    waiting = request.state == ChangeState.SUBMITTED
    return Sheet(
        items=[
            Item(f"change-{place}", label, [Fact("变更为", new, now)], (), first)
            for place, (label, now, new) in enumerate(change_lines(request))
        ],
        checks=change_checks(request, at),
        files=[File(f"证明材料 {place}", one) for place, one in enumerate(materials, start=1)],
        decisions=_change_decisions(request) if decides and waiting else (),
        lead=f"{request.provider.name}，{spoken(request.submitted_at)} 提交",
    )


def change_lines(request: ChangeRequest) -> list[tuple[str, str, str]]:
    """What changes: label, present value, new value; personal data masked (F5)."""
    provider = request.provider
    current = {
        "name": provider.name,
        "address": provider.address,
        "contact": provider.contact,
        "username": provider.account.username,
    }
    masked = {
        "联系人身份证号码": mask_id_number(provider.contact_id),
        "联系人手机": mask_mobile(provider.contact_mobile),
    }
    lines = [
        (rules.CHANGE_FIELDS[key], current[key], value) for key, value in request.changes.items()
    ]
    return lines + [
        (label, masked[label], value) for label, value in request.masked_personal_changes()
    ]


def _change_decisions(request: ChangeRequest) -> list[Decision]:
    arguments = {"change_request": request}
    return [
        Decision(
            "apply",
            "同意变更",
            operations.apply_change,
            needs="ticks",
            tone="primary",
            key_letter="p",
            done="已变更，机构已收到消息。",
            arguments=arguments,
        ),
        Decision(
            "refuse",
            "不予变更",
            operations.refuse_change,
            needs="reason",
            key_letter="x",
            done="已记录不予变更，机构已收到消息。",
            reasons=CHANGE_REFUSALS,
            arguments=arguments,
        ),
    ]


# --- Products (P6) --------------------------------------------------------------------------

# Under which review item each fact of the manual's order stands; the rest belongs to the introduction.
_PARTS = {
    "产品名称": "name",
    "类别和服务类型": "name",
    "产品价格": "price",
    "价格档": "price",
    "子产品": "price",
    "历史材料类别": "history",
}
_PROOF = {"qualification": "qualification", "price_basis": "basis"}


def sheet_of_version(version: ProductVersion, *, at: datetime, decides: bool) -> Sheet:
    """A version beside the one on sale, else beside the version before it."""
    current = version.product.current
    on_sale = current if current is not None and current.pk != version.pk else None
    former = on_sale or former_version_of(version)
    evidence = list(evidence_of(version))
    waiting = version.state == ProductState.IN_REVIEW
    return Sheet(
        items=_version_items(version, former, evidence),
        checks=version_checks(version, at),
        files=[File(_evidence_label(one), one.document) for one in evidence],
        decisions=_version_decisions(version) if decides and waiting else (),
        seen=_moment(version.submitted_at),
        lead=f"{version.product.provider.name}，第 {version.version} 版"
        + (f"，与{'在售的' if on_sale else ''}第 {former.version} 版比较" if former else ""),
        facts=[
            Fact(
                "服务机构",
                version.product.provider.name,
                url=reverse("admin:providers_provider_change", args=[version.product.provider_id]),
            )
        ],
        notes=_told(
            former.item_reasons if former and not on_sale else {}, product_rules.REVIEW_ITEMS
        ),
    )


def _evidence_label(one: Evidence) -> str:
    number = f" 第 {one.set_number} 套" if one.set_number else ""
    return f"{one.get_kind_display()}{number}"


def _version_items(
    version: ProductVersion, former: ProductVersion | None, evidence: list[Evidence]
) -> list[Item]:
    before = dict(version_facts(former)) if former else {}
    facts: dict[str, list[Fact]] = {key: [] for key in product_rules.REVIEW_ITEMS}
    for label, lines in version_facts(version):
        part = "basis" if label.startswith("收费标准") else _PARTS.get(label, "introduction")
        was = before.get(label, [])
        changed = former is not None and was != lines
        facts[part].append(
            Fact(
                label,
                "\n".join(lines) or "未填写",
                ("\n".join(was) or "没有此项") if changed else "",
            )
        )
    files: dict[str, int] = {}
    for one in evidence:
        key = _PROOF.get(one.kind, "history")
        files.setdefault(key, one.document_id)
        facts[key].append(Fact(_evidence_label(one), one.document.name))
    return [
        Item(key, label, facts[key], VERSION_REASONS[key], files.get(key, 0))
        for key, label in product_rules.REVIEW_ITEMS.items()
    ]


def _version_decisions(version: ProductVersion) -> list[Decision]:
    arguments = {"version": version, "seen": version.submitted_at}
    return [
        Decision(
            "publish",
            "审核通过并发布",
            operations.publish_version,
            needs="ticks",
            tone="primary",
            key_letter="p",
            done="已发布，机构已收到消息。",
            arguments=arguments,
        ),
        Decision(
            "send-back",
            "退回修改",
            operations.send_back_version,
            needs="faults",
            key_letter="b",
            done="已退回机构修改。",
            arguments=arguments,
        ),
    ]


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _told(item_reasons: dict[str, str], items: dict[str, str]) -> list[str]:
    """What was sent back last time: the first thing to look at."""
    words = [f"{items[item]}：{text}" for item, text in item_reasons.items() if item in items]
    return [f"上一轮退回的事项——{'；'.join(words)}"] if words else []
