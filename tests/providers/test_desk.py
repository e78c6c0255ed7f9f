"""The desk: queues by level and city, records with everything, acts, masks (P2, P6, F5)."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.rosters.models import Level
from providers.models import ChangeRequest, ProductVersion, Provider
from providers.operations import request_change, send_back_version, submit_version
from providers.states import ChangeState, ProductState, ProviderState
from tests import build, scans
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT = make.AT
MODELS = ("provider", "changerequest", "productversion")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def listed(model: str) -> str:
    return reverse(f"admin:providers_{model}_changelist")


def record(subject) -> str:
    return reverse(f"admin:providers_{subject._meta.model_name}_change", args=[subject.pk])


def act(subject, verb: str) -> str:
    name = f"admin:providers_{subject._meta.model_name}_record_act"
    return reverse(name, args=[subject.pk, verb])


def text(response) -> str:
    return response.content.decode()


def changed(provider: Provider) -> ChangeRequest:
    return request_change(
        by=make.owner(provider),
        at=AT,
        provider=provider,
        materials=[scans.sent("授权书.pdf")],
        contact="周八",
        contact_id=build.id_number(),
        contact_mobile="13800001111",
    )


@pytest.mark.rule("P2")
def test_each_contractor_has_the_queue_of_its_level_and_city() -> None:
    local = make.submitted()
    wide = make.submitted(make.accreditation(level=Level.PROVINCIAL))
    far = make.submitted(make.accreditation(slug="zhuhai"))
    rows = {
        build.account(Role.CONTRACTOR): {local},
        make.province_contractor(): {wide},
        build.account(Role.CONTRACTOR, of=build.city("zhuhai")): {far},
        build.account(Role.BUREAU): {local, wide},
    }
    for user, expected in rows.items():
        desk = client(user)
        page = text(desk.get(listed("provider")))
        for provider in (local, wide, far):
            seen = provider in expected
            assert (provider.name in page) == seen
            assert desk.get(record(provider)).status_code == (200 if seen else 404)
            # Neither search nor filters reach further.
            found = text(desk.get(listed("provider"), {"q": provider.name}))
            assert (record(provider) in found) == seen


def test_other_roles_have_no_desk() -> None:
    provider = make.submitted()
    for role in (Role.EXPERT, Role.PROVIDER, Role.ENTERPRISE, Role.PROVINCE):
        desk = client(build.account(role))
        for there in (*(listed(model) for model in MODELS), record(provider)):
            assert desk.get(there).status_code in {302, 403, 404}


@pytest.mark.rule("P2", "F5")
def test_a_registration_shows_everything_masked_and_is_approved() -> None:
    provider = make.submitted()
    desk = client(make.reviewer(provider).user)
    page = text(desk.get(record(provider)))
    for document in (provider.licence_id, provider.commitment_id):
        assert reverse("documents:document", args=[document]) in page
    for word in ("自动核对", "与名录一致", "认定的服务类型", "第 1 轮", "139****5678"):
        assert word in page
    for secret in (provider.contact_id, provider.contact_mobile, provider.bank_account):
        assert secret not in page
    form = desk.get(act(provider, "approve"))
    assert AT.astimezone().isoformat()[:10] in text(form)
    answer = desk.post(act(provider, "approve"), {"seen": provider.submitted_at.isoformat()})
    assert answer.status_code == 302
    provider.refresh_from_db()
    assert provider.state == ProviderState.APPROVED


@pytest.mark.rule("P2")
def test_a_stale_page_decides_nothing() -> None:
    provider = make.submitted()
    desk = client(make.reviewer(provider).user)
    page = desk.post(act(provider, "approve"), {"seen": "2020-01-01T00:00:00+08:00"})
    assert "重新提交" in text(page)
    provider.refresh_from_db()
    assert provider.state == ProviderState.SUBMITTED


@pytest.mark.rule("P2")
def test_sending_back_and_refusing_at_the_desk() -> None:
    provider, other = make.submitted(), make.submitted()
    desk = client(make.reviewer(provider).user)
    assert "至少对一项" in text(desk.post(act(provider, "send-back"), {"licence": ""}))
    phone = desk.post(act(provider, "send-back"), {"contact": "打 13912345678 无人接听"})
    assert "请勿填写" in text(phone)
    desk.post(act(provider, "send-back"), {"licence": "不清晰"})
    assert "不清晰" in text(desk.get(record(provider)))
    desk.post(act(other, "refuse"), {"reason": "资料不实"})
    assert "资料不实" in text(desk.get(record(other)))
    provider.refresh_from_db()
    other.refresh_from_db()
    assert (provider.state, other.state) == (ProviderState.RETURNED, ProviderState.REFUSED)


@pytest.mark.rule("P2")
def test_the_bureau_reads_and_the_wrong_contractor_finds_nothing() -> None:
    provider = make.submitted()
    assert (
        "核对通过"
        not in text(client(build.account(Role.BUREAU)).get(record(provider))).split("desk-acts")[-1]
    )
    for user in (
        build.account(Role.BUREAU),
        make.province_contractor(),
        build.account(Role.CONTRACTOR, of=build.city("zhuhai")),
    ):
        for verb in ("approve", "send-back", "refuse"):
            assert client(user).post(act(provider, verb), {}).status_code == 404
    provider.refresh_from_db()
    assert provider.state == ProviderState.SUBMITTED


@pytest.mark.rule("F5")
def test_personal_data_are_revealed_on_a_recorded_reason_only() -> None:
    provider = make.submitted()
    desk = client(make.reviewer(provider).user)
    there = reverse("admin:providers_provider_reveal", args=[provider.pk])
    for page in (desk.get(there), desk.post(there, {"reason": " "})):
        assert provider.contact_id not in text(page)
    page = desk.post(there, {"reason": "核对授权人证明"})
    for secret in (
        provider.contact_id,
        provider.legal_representative_id,
        provider.contact_mobile,
        provider.bank_account,
    ):
        assert secret in text(page)
    assert "no-store" in page["Cache-Control"]
    entry = AuditEntry.objects.get(action="reveal_personal_data")
    assert (entry.reason, entry.subject_id) == ("核对授权人证明", provider.pk)
    for user in (build.account(Role.BUREAU), make.province_contractor()):
        assert client(user).post(there, {"reason": "看看"}).status_code == 404


@pytest.mark.rule("P2", "F5")
def test_a_change_is_compared_and_applied() -> None:
    request = changed(make.approved())
    desk = client(make.reviewer(request.provider).user)
    page = text(desk.get(record(request)))
    for word in ("孙七", "周八", "139****5678", "138****1111", "授权书.pdf"):
        assert word in page
    assert request.contact_id not in page
    desk.post(act(request, "apply"), {})
    request.refresh_from_db()
    assert request.state == ChangeState.APPLIED
    assert Provider.objects.get().contact == "周八"
    assert "当前状态为" in text(desk.get(record(request)))


@pytest.mark.rule("P2")
def test_a_change_is_refused_with_a_reason() -> None:
    request = changed(make.approved())
    desk = client(make.reviewer(request.provider).user)
    assert desk.post(act(request, "refuse"), {"reason": ""}).status_code == 200
    desk.post(act(request, "refuse"), {"reason": "缺授权书"})
    request.refresh_from_db()
    assert (request.state, request.reason) == (ChangeState.REFUSED, "缺授权书")
    assert request.provider.name in text(desk.get(listed("changerequest")))


@pytest.mark.rule("P6")
def test_a_version_shows_all_it_says_its_files_and_what_differs() -> None:
    provider = make.approved()
    old = make.published(provider)
    new = make.draft(provider, product=old.product, overview="全新的概述")
    new = submit_version(by=make.owner(provider), at=AT, version=new)
    desk = client(make.reviewer(provider).user)

    page = text(desk.get(record(new)))

    for item in new.evidence.all():
        assert reverse("documents:document", args=[item.document_id]) in page
    for word in (
        "全新的概述",
        "对企业管理现状进行诊断",
        "甲咨询公司：21,000 元",
        "有变动",
        "自动核对",
    ):
        assert word in page
    assert page.count("有变动</strong>") == 1
    desk.post(act(new, "send-back"), {"seen": new.submitted_at.isoformat(), "price": "偏高"})
    new.refresh_from_db()
    assert (new.state, new.item_reasons) == (ProductState.RETURNED, {"price": "偏高"})
    assert "偏高" in text(desk.get(record(new)))


@pytest.mark.rule("P6")
def test_a_version_is_published_at_the_desk() -> None:
    version = make.in_review(make.approved())
    desk = client(make.reviewer(version.product.provider).user)
    assert version.name in text(desk.get(listed("productversion")))
    desk.post(act(version, "publish"), {"seen": version.submitted_at.isoformat()})
    version.refresh_from_db()
    assert version.state == ProductState.PUBLISHED


@pytest.mark.rule("O5", "P5")
def test_history_files_that_another_account_uploaded_are_flagged() -> None:
    file = scans.sent().read()
    from django.core.files.uploadedfile import SimpleUploadedFile

    from providers.operations import attach_evidence

    versions = []
    for _ in range(2):
        provider = make.approved()
        version = make.complete_draft(provider)
        attach_evidence(
            by=make.owner(provider),
            at=AT,
            version=version,
            kind="invoice",
            set_number=1,
            file=SimpleUploadedFile("发票.pdf", file, content_type="application/pdf"),
        )
        versions.append(submit_version(by=make.owner(provider), at=AT, version=version))
    desk = client(make.reviewer(versions[1].product.provider).user)
    page = text(desk.get(record(versions[1])))
    assert "历史发票第 1 套是否重复" in page
    assert "另有 1 个账号上传过同一文件" in page


def test_drafts_are_not_at_the_desk() -> None:
    draft = make.complete_draft(make.approved())
    desk = client(build.account(Role.CONTRACTOR))
    assert desk.get(record(draft)).status_code == 404
    waiting = make.in_review(make.approved())
    send_back_version(
        by=make.reviewer(waiting.product.provider),
        at=AT,
        version=waiting,
        item_reasons={"price": "偏高"},
    )
    assert desk.get(record(waiting)).status_code == 200
    assert ProductVersion.objects.count() == 2
