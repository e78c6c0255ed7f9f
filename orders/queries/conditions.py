"""What placing an order asks for, condition by condition: the page shows them, the operation requires them (O1)."""

from __future__ import annotations

from datetime import datetime

from enterprises.models import Profile, Qualification
from enterprises.states import QualificationState
from foundation.errors import OutOfReach
from foundation.moments import local_day
from orders.policies import contracts as contract_policy
from orders.policies import ordering
from orders.policies.ordering import Condition, condition
from orders.queries.bounds import (
    affiliation,
    sanctions_between,
)
from providers.models import ProductVersion
from providers.policies import require_target
from providers.queries import can_accept, get_version_on_sale, serves_city
from vouchers.models import Voucher


def placing_conditions(
    voucher: Voucher, version: ProductVersion, *, at: datetime, profile: Profile
) -> list[Condition]:
    """Everything but the price tier and the amount, each with the refusal that stands against it (O1, O3, P1–P4, S1, V4)."""
    try:
        # As it is now, provider included: the caller may have read it before the lock.
        version, on_sale = get_version_on_sale(version.pk), True
    except OutOfReach:
        on_sale = False
    provider, city_id = version.product.provider, voucher.batch.programme.city_id
    enterprise_sanctioned, provider_sanctioned = sanctions_between(
        voucher.enterprise.credit_code, provider.credit_code, city_id, at
    )
    return [
        condition(
            "服务券在使用期限内",
            ordering.require_usage_open,
            usage_ends_at=voucher.batch.usage_ends_at,
            at=at,
        ),
        condition("产品在售，版本未更新", ordering.require_on_sale, on_sale=on_sale),
        condition(
            "双方均不在违规处理期",
            ordering.require_no_sanction,
            enterprise=enterprise_sanctioned,
            provider=provider_sanctioned,
        ),
        condition(
            "机构和产品服务本市，机构目前可以接单",
            ordering.require_can_serve,
            reasons=can_accept(provider, city_id, at),
            serves=serves_city(provider, city_id) and version.cities.filter(pk=city_id).exists(),
        ),
        # The directory may say less by now than when the product was published.
        condition(
            "产品属于机构认定的服务类型",
            ordering.require_type_accredited,
            service_type=version.service_type,
            accredited=provider.accreditation.service_types,
        ),
        condition(
            "贵企业属于产品的服务对象",
            require_target,
            version=version,
            size_class=profile.size_class,
            industry=profile.industry,
            founded_on=profile.founded_on,
            day=local_day(at),
        ),
        # Asked again with the contract. Here the provider's persons are those that were checked: one that renews its
        # registration meanwhile can put in others unseen.
        condition(
            "双方没有关联关系",
            contract_policy.require_unaffiliated,
            **affiliation(voucher.enterprise, profile, provider),
        ),
    ]


def profile_to_order_with(voucher: Voucher) -> Profile:
    """The enterprise's information as checked for the programme's year, else as it applied with (E6)."""
    passed = (
        Qualification.objects.filter(
            enterprise_id=voucher.enterprise_id,
            year=voucher.batch.programme.year,
            state=QualificationState.PASSED,
        )
        .select_related("profile")
        .first()
    )
    return passed.profile if passed else voucher.allocation.application.profile
