"""Drafts, evidence, submission, review and versions of products (P3–P6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enterprises.models import Industry, SizeClass
from foundation.accounts.models import Role
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import start_of_day
from foundation.notices.models import Message
from foundation.rosters.models import Level
from providers.models import Evidence, Product, ProductVersion, Provider
from providers.operations import (
    attach_evidence,
    publish_version,
    remove_evidence,
    save_draft,
    send_back_version,
    set_price_tiers,
    submit_version,
    withdraw_product,
    withdraw_version,
)
from providers.policies import (
    UnableToPublishProduct,
    UnableToReview,
    UnableToSaveProduct,
    UnableToSubmitProduct,
    UnableToWithdrawProduct,
)
from providers.queries import versions_on_sale
from providers.service_catalogue import SERVICE_TYPES, TARGET_INDUSTRIES, TARGET_SIZES
from providers.states import ProductState, ProviderState
from tests import build, scans
from tests.providers import build as make

pytestmark = pytest.mark.django_db

AT, LATER = make.AT, make.LATER


def _submit(version: ProductVersion, *, at=AT) -> ProductVersion:
    return submit_version(by=make.owner(version.product.provider), at=at, version=version)


# --- drafts -----------------------------------------------------------------------------------


@pytest.mark.rule("P4")
def test_every_service_type_belongs_to_one_category() -> None:
    names = [name for types in SERVICE_TYPES.values() for name in types]
    assert len(names) == len(set(names))


@pytest.mark.rule("E4", "P5")
def test_targets_speak_of_the_enterprises_own_sizes_and_industries() -> None:
    assert dict(Industry.choices) == TARGET_INDUSTRIES
    sizes = dict(SizeClass.choices)
    assert {key: sizes[key] for key in TARGET_SIZES} == TARGET_SIZES
    assert SizeClass.LARGE not in TARGET_SIZES


@pytest.mark.rule("P5")
def test_a_draft_may_lack_what_only_submission_demands() -> None:
    provider = make.approved()

    version = make.draft(provider, overview="", cities=[], basis={})

    assert version.state == ProductState.DRAFT
    assert version.version == 1
    assert (version.price_min, version.price_max) == (Decimal("20000.00"), Decimal("20000.00"))
    assert version.category == "information"


@pytest.mark.rule("P5")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"service_type": "算命"}, "service_type"),
        ({"price_kind": "free"}, "price_kind"),
        ({"price_min": Decimal(0)}, "price_min"),
        ({"price_min": Decimal("0.001")}, "price_min"),
        ({"price_max": Decimal(30000)}, "price_max"),
        ({"price_kind": "range", "price_max": Decimal(20000)}, "price_max"),
        ({"price_basis": "guess"}, "price_basis"),
        ({"price_basis": "costing", "basis": {"cost": "很多"}}, "price_basis"),
        ({"price_basis": "costing", "basis": {"cost": "NaN"}}, "price_basis"),
        ({"delivery_kind": "magic"}, "delivery_kind"),
        ({"target_sizes": ["large"]}, "target_sizes"),
        ({"target_industries": ["mining"]}, "target_industries"),
        ({"overview": "长" * 4001}, "overview"),
    ],
)
def test_a_draft_that_makes_no_sense_is_not_saved(changes, field) -> None:
    provider = make.approved()

    with pytest.raises(UnableToSaveProduct) as caught:
        make.draft(provider, **changes)
    assert caught.value.field == field
    assert not Product.objects.exists()


def test_an_account_without_an_institution_has_no_products() -> None:
    stranger = build.actor(build.account(Role.PROVIDER))
    with pytest.raises(OutOfReach):
        save_draft(by=stranger, at=AT, **make.draft_fields())

    other = make.registered()
    mine = make.draft(make.registered())
    with pytest.raises(OutOfReach):
        make.draft(other, product=mine.product)


@pytest.mark.rule("P5")
def test_only_what_belongs_to_the_basis_is_kept() -> None:
    version = make.draft(
        make.registered(),
        price_basis="costing",
        basis={"cost": "100", "profit": 20, "tax": "6.5", "issuer": "某局"},
    )
    assert version.basis == {"cost": "100", "profit": "20", "tax": "6.5"}


@pytest.mark.rule("P5")
def test_tiers_belong_to_a_range_and_lie_within_it() -> None:
    provider = make.registered()
    fixed = make.draft(provider)
    by = make.owner(provider)
    with pytest.raises(UnableToSaveProduct, match="固定价"):
        set_price_tiers(by=by, at=AT, version=fixed, tiers=[(Decimal(20000), "报告")])

    ranged = make.draft(provider, price_kind="range", price_max=Decimal(30000))
    for tiers in (
        [(Decimal("19999.99"), "少")],
        [(Decimal("30000.01"), "多")],
        [(Decimal(20000), " ")],
        [(Decimal(20000), "字" * 201)],
        [(Decimal(20000), "档")] * 21,
    ):
        with pytest.raises(UnableToSaveProduct):
            set_price_tiers(by=by, at=AT, version=ranged, tiers=tiers)
    set_price_tiers(
        by=by,
        at=AT,
        version=ranged,
        tiers=[(Decimal(30000), "全面诊断"), (Decimal(20000), "专项诊断")],
    )
    assert [(t.position, t.price, t.buys) for t in ranged.tiers.all()] == [
        (1, Decimal("20000.00"), "专项诊断"),
        (2, Decimal("30000.00"), "全面诊断"),
    ]

    make.draft(provider, product=ranged.product)
    assert not ranged.tiers.exists()


@pytest.mark.rule("P5", "F1")
def test_evidence_is_one_file_of_a_kind_and_sets_go_from_one_to_five() -> None:
    provider = make.registered()
    version = make.draft(provider)
    make.attach(version, "qualification")
    first = version.evidence.get().document_id
    make.attach(version, "qualification")
    assert version.evidence.get().document_id != first

    by = make.owner(provider)
    for kind, number in (("contract", 0), ("contract", 6), ("qualification", 1), ("poem", 0)):
        with pytest.raises(UnableToSaveProduct):
            attach_evidence(
                by=by, at=AT, version=version, kind=kind, set_number=number, file=scans.sent()
            )
    for number in (1, 5):
        make.attach(version, "contract", number)
    assert version.evidence.count() == 3

    remove_evidence(by=by, at=AT, evidence=version.evidence.get(kind="qualification"))
    assert version.evidence.count() == 2


@pytest.mark.rule("P5")
def test_the_database_holds_the_shape_of_evidence_too() -> None:
    version = make.draft(make.registered())
    document = build.document()
    for kind, number in (("contract", 0), ("contract", 6), ("qualification", 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Evidence.objects.create(
                version=version, kind=kind, set_number=number, document=document
            )


# --- submission -------------------------------------------------------------------------------


@pytest.mark.rule("P5")
def test_a_complete_version_is_handed_in_and_its_reviewer_told() -> None:
    provider = make.approved()
    version = make.complete_draft(provider)

    version = _submit(version)

    assert version.state == ProductState.IN_REVIEW
    assert version.submitted_at == AT
    message = Message.objects.get(event="product_submitted")
    assert message.recipient == make.reviewer(provider).user


@pytest.mark.rule("P5")
def test_every_missing_item_is_named() -> None:
    provider = make.approved()
    version = make.draft(provider, cities=[], acceptance="", basis={})

    with pytest.raises(UnableToSubmitProduct) as caught:
        _submit(version)

    for name in (
        "服务区域",
        "验收标准",
        "市场同类产品比价",
        "服务资质证明",
        "历史服务材料",
        "完整报告",
    ):
        assert name in caught.value.sentence
    version.refresh_from_db()
    assert version.state == ProductState.DRAFT


@pytest.mark.rule("P4")
def test_only_service_types_the_provider_is_accredited_for() -> None:
    provider = make.approved(make.accreditation(service_types=["财税"]))
    nothing = make.approved(make.accreditation(service_types=[]))

    for one in (provider, nothing):
        version = make.complete_draft(one)
        with pytest.raises(UnableToSubmitProduct) as caught:
            _submit(version)
        assert (caught.value.rule, caught.value.field) == ("P4", "service_type")
    fits = make.complete_draft(provider, service_type="财税")
    assert _submit(fits).state == ProductState.IN_REVIEW


@pytest.mark.rule("P3")
@pytest.mark.parametrize(
    ("level", "fits"),
    [
        (Level.NATIONAL, True),
        (Level.PROVINCIAL, True),
        (Level.MUNICIPAL, False),
        (Level.STATION, False),
    ],
)
def test_the_service_area_is_within_the_providers_reach(level, fits) -> None:
    provider = make.approved(make.accreditation(level=level))
    version = make.complete_draft(provider, cities=[build.city(), build.city("zhuhai")])

    if fits:
        assert _submit(version).state == ProductState.IN_REVIEW
    else:
        with pytest.raises(UnableToSubmitProduct, match="珠海") as caught:
            _submit(version)
        assert caught.value.rule == "P3"


@pytest.mark.rule("P2")
def test_only_a_checked_provider_whose_year_is_in_order_hands_in() -> None:
    unchecked = make.complete_draft(make.submitted())
    with pytest.raises(UnableToSubmitProduct, match="未核对通过"):
        _submit(unchecked)

    version = make.complete_draft(make.approved())
    with pytest.raises(UnableToSubmitProduct, match="2021 年度"):
        _submit(version, at=start_of_day(date(2021, 1, 1)))


@pytest.mark.rule("P6")
def test_what_was_handed_in_does_not_change() -> None:
    provider = make.approved()
    version = make.in_review(provider)
    by = make.owner(provider)

    for attempt in (
        lambda: make.draft(provider, product=version.product),
        lambda: make.attach(version, "contract", 2),
        lambda: remove_evidence(by=by, at=AT, evidence=version.evidence.first()),
        lambda: set_price_tiers(by=by, at=AT, version=version, tiers=[]),
    ):
        with pytest.raises(UnableToSaveProduct) as caught:
            attempt()
        assert caught.value.rule == "P6"


# --- review and versions ----------------------------------------------------------------------


@pytest.mark.rule("P6")
def test_a_published_version_is_on_sale_and_dated() -> None:
    provider = make.approved()
    version = make.in_review(provider)
    reviewer = make.reviewer(provider)

    publish_version(by=reviewer, at=LATER, version=version, seen=AT)

    version.refresh_from_db()
    assert version.state == ProductState.PUBLISHED
    assert (version.decided_at, version.decided_by) == (LATER, reviewer.user)
    assert Product.objects.get().current == version
    assert list(versions_on_sale()) == [version]
    assert Message.objects.filter(event="product_published", recipient=provider.account).exists()


@pytest.mark.rule("P6")
def test_the_old_version_stays_on_sale_until_the_new_one_is_published() -> None:
    provider = make.approved()
    old = make.published(provider)
    by, reviewer = make.owner(provider), make.reviewer(provider)

    new = make.draft(provider, product=old.product, name="升级版", price_min=Decimal(25000))

    assert (new.pk, new.version, new.state) != (old.pk, old.version, old.state)
    assert new.version == 2
    assert set(new.evidence.values_list("kind", "set_number", "document_id")) == set(
        old.evidence.values_list("kind", "set_number", "document_id")
    )
    assert list(versions_on_sale()) == [old]
    submit_version(by=by, at=AT, version=new)
    assert list(versions_on_sale()) == [old]
    send_back_version(by=reviewer, at=AT, version=new, item_reasons={"price": "请说明涨价原因"})
    assert list(versions_on_sale()) == [old]
    same = make.draft(provider, product=old.product, name="升级版", price_min=Decimal(22000))
    assert same.pk == new.pk
    submit_version(by=by, at=LATER, version=same)
    publish_version(by=reviewer, at=LATER, version=same)

    assert list(versions_on_sale()) == [new]
    old.refresh_from_db()
    assert old.state == ProductState.SUPERSEDED
    assert (old.name, old.price_min) == ("企业管理诊断报告", Decimal("20000.00"))
    assert Product.objects.get().current_id == new.pk


@pytest.mark.rule("P6")
def test_a_failed_publication_leaves_the_old_version_on_sale(monkeypatch) -> None:
    provider = make.approved()
    old = make.published(provider)
    new = make.draft(provider, product=old.product)
    submit_version(by=make.owner(provider), at=AT, version=new)

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("providers.operations.publishing.tell_provider", broken)
    with pytest.raises(RuntimeError):
        publish_version(by=make.reviewer(provider), at=LATER, version=new)

    assert list(versions_on_sale()) == [old]
    assert Product.objects.get().current_id == old.pk


@pytest.mark.rule("P6")
def test_the_database_lets_one_version_be_on_sale_and_one_be_open() -> None:
    version = make.published(make.approved())
    twin = {
        field.name: getattr(version, field.name)
        for field in ProductVersion._meta.concrete_fields
        if not field.primary_key
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductVersion.objects.create(**{**twin, "version": 2})
    ProductVersion.objects.create(**{**twin, "version": 2, "state": "draft"})
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductVersion.objects.create(**{**twin, "version": 3, "state": "returned"})


@pytest.mark.rule("P6")
def test_sending_back_needs_a_reason_for_a_known_item() -> None:
    provider = make.approved()
    version = make.in_review(provider)
    by = make.reviewer(provider)

    for reasons in ({}, {"price": " "}, {"colour": "x"}):
        with pytest.raises(UnableToReview):
            send_back_version(by=by, at=AT, version=version, item_reasons=reasons)
    with pytest.raises(UnableToReview, match="重新提交"):
        send_back_version(
            by=by, at=LATER, version=version, item_reasons={"price": "偏高"}, seen=LATER
        )
    send_back_version(by=by, at=LATER, version=version, item_reasons={"price": "偏高", "basis": ""})
    version.refresh_from_db()
    assert version.item_reasons == {"price": "偏高"}
    assert Message.objects.get(event="product_returned").params["items"] == "产品价格"


@pytest.mark.rule("P2", "P3", "P4")
def test_publication_looks_again_at_provider_type_and_area() -> None:
    provider = make.approved(make.accreditation(level=Level.PROVINCIAL))
    version = make.in_review(provider, cities=[build.city(), build.city("zhuhai")])
    by = make.reviewer(provider)

    with pytest.raises(UnableToPublishProduct) as caught:
        publish_version(by=by, at=start_of_day(date(2021, 1, 1)), version=version)
    assert caught.value.rule == "P2"

    listed = provider.accreditation
    listed.service_types = ["财税"]
    listed.save(update_fields=["service_types"])
    with pytest.raises(UnableToPublishProduct) as caught:
        publish_version(by=by, at=LATER, version=version)
    assert caught.value.rule == "P4"

    listed.service_types = ["管理"]
    listed.level = Level.MUNICIPAL
    listed.save(update_fields=["service_types", "level"])
    provider = Provider.objects.get(pk=provider.pk)
    with pytest.raises(UnableToPublishProduct) as caught:
        publish_version(by=make.reviewer(provider), at=LATER, version=version)
    assert caught.value.rule == "P3"


@pytest.mark.rule("P6")
def test_withdrawing_takes_a_product_off_sale_with_its_draft() -> None:
    provider = make.approved()
    old = make.published(provider)
    new = make.draft(provider, product=old.product)
    by = make.owner(provider)

    withdraw_product(by=by, at=LATER, product=old.product, reason="停止服务")

    assert not versions_on_sale().exists()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == (ProductState.WITHDRAWN, ProductState.WITHDRAWN)
    assert Product.objects.get().current is None
    with pytest.raises(UnableToWithdrawProduct):
        withdraw_product(by=by, at=LATER, product=old.product)


@pytest.mark.rule("P6")
def test_a_withdrawn_product_comes_back_as_a_new_version_through_review() -> None:
    provider = make.approved()
    old = make.published(provider)
    withdraw_product(by=make.owner(provider), at=AT, product=old.product)

    new = make.draft(provider, product=Product.objects.get())

    assert (new.version, new.state) == (2, ProductState.DRAFT)
    assert new.evidence.count() == old.evidence.count()
    assert not versions_on_sale().exists()


@pytest.mark.rule("P6")
def test_a_draft_can_be_given_up_while_the_other_stays_on_sale() -> None:
    provider = make.approved()
    old = make.published(provider)
    new = make.draft(provider, product=old.product)
    by = make.owner(provider)

    with pytest.raises(UnableToWithdrawProduct, match="下架产品"):
        withdraw_version(by=by, at=AT, version=old)
    withdraw_version(by=by, at=AT, version=new)

    assert list(versions_on_sale()) == [old]
    with pytest.raises(IllegalMove):
        withdraw_version(by=by, at=AT, version=new)


@pytest.mark.rule("P6")
def test_nothing_of_a_provider_that_is_not_approved_is_on_sale() -> None:
    provider = make.approved()
    make.published(provider)
    for state in ProviderState.values:
        Provider.objects.filter(pk=provider.pk).update(state=state)
        assert versions_on_sale().exists() == (state == ProviderState.APPROVED)
