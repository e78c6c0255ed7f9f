"""Who sees which orders and files; everything else does not exist for them (rulebook section 1, F4)."""

from __future__ import annotations

import pytest

from foundation.accounts.models import Role
from foundation.documents.models import Document, StagedFile
from foundation.documents.queries import documents_visible_to
from foundation.errors import OutOfReach
from foundation.regions.models import City, District
from orders.models import BankTransfer, Contract, Invoice
from orders.queries import (
    documents_in_reach,
    documents_of,
    get_order_for,
    orders_visible_to,
    same_file_elsewhere,
)
from tests import build
from tests.orders import build as orders

pytestmark = pytest.mark.django_db


def people(scene):
    zhuhai = City.objects.get(slug="zhuhai")
    district = scene.order.profile.district
    elsewhere = District.objects.exclude(pk=district.pk).first()
    return {
        "enterprise": (scene.enterprise.account, True),
        "provider": (scene.provider.account, True),
        "another enterprise": (build.enterprise().account, False),
        "another provider": (build.provider().account, False),
        "contractor": (build.account(Role.CONTRACTOR), True),
        "bureau": (build.account(Role.BUREAU), True),
        "contractor elsewhere": (build.account(Role.CONTRACTOR, of=zhuhai), False),
        "bureau elsewhere": (build.account(Role.BUREAU, of=zhuhai), False),
        "province contractor": (build.account(Role.CONTRACTOR, city=None), False),
        "expert": (build.account(Role.EXPERT), False),
        "district": (build.account(Role.DISTRICT, district=district), True),
        "another district": (build.account(Role.DISTRICT, district=elsewhere), False),
        "province": (build.account(Role.PROVINCE), True),
        "superuser without a role": (build.account("", is_superuser=True), False),
    }


def test_everyone_sees_what_is_theirs_and_nothing_else():
    scene = orders.at_step("accept")
    for who, (user, sees) in people(scene).items():
        assert orders_visible_to(user).filter(pk=scene.order.pk).exists() is sees, who
        by = build.actor(user)
        if sees:
            assert get_order_for(by, scene.order.pk).pk == scene.order.pk
        else:
            with pytest.raises(OutOfReach):
                get_order_for(by, scene.order.pk)
    with pytest.raises(OutOfReach):
        get_order_for(build.Actor(), scene.order.pk)
    with pytest.raises(OutOfReach):
        get_order_for(scene.buyer, scene.order.pk + 1000)


@pytest.mark.rule("F4")
def test_the_files_of_an_order_reach_both_sides_and_its_reviewers():
    scene = orders.at_step("accept")
    papers = {
        Contract.objects.get().document_id,
        Invoice.objects.get().document_id,
        BankTransfer.objects.get().document_id,
    }
    assert set(documents_of(scene.order).values_list("pk", flat=True)) == papers
    # Officials who watch, and experts, who see the claims assigned to them, have no reach here.
    watching = {"district", "province"}
    for who, (user, sees) in people(scene).items():
        reached = set(
            Document.objects.filter(documents_in_reach(user)).values_list("pk", flat=True)
        )
        assert reached == (papers if sees and who not in watching else set()), who
        if user.role in {Role.PROVIDER, Role.ENTERPRISE}:
            visible = set(documents_visible_to(user).values_list("pk", flat=True))
            assert papers <= visible if sees else not papers & visible


@pytest.mark.rule("O5")
def test_the_same_file_uploaded_by_another_party_is_found_for_reviewers():
    orders.at_step("accept")
    document = Invoice.objects.get().document
    own = Document.objects.get(pk=document.pk)
    own.pk = None
    own.save()
    assert not same_file_elsewhere(document).exists(), "one's own second upload is no alarm"
    foreign = Document.objects.get(pk=document.pk)
    foreign.pk, foreign.uploaded_by = None, build.enterprise().account
    foreign.save()
    assert list(same_file_elsewhere(document)) == [foreign]


@pytest.mark.rule("O5")
def test_a_file_that_another_party_never_handed_in_is_no_alarm():
    orders.at_step("accept")
    document = Invoice.objects.get().document
    foreign = Document.objects.get(pk=document.pk)
    foreign.pk, foreign.uploaded_by = None, build.enterprise().account
    foreign.save()
    staged = StagedFile.objects.create(
        document=foreign, user=foreign.uploaded_by, staged_at=orders.PAID
    )
    assert not same_file_elsewhere(document).exists()
    staged.delete()
    assert list(same_file_elsewhere(document)) == [foreign]
