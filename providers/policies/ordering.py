"""What an order asks of a provider and its product (O1, P1–P4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from foundation.errors import Refusal
from providers.models import Category, ProductVersion
from providers.service_catalogue import (
    MAX_AGE_YEARS,
    TARGET_INDUSTRIES,
    TARGET_SIZES,
    too_old_from,
)


class ProviderNotActive(Refusal):
    """A provider that cannot accept in a city now (P1, P2, P3, S1)."""

    rule = "P2"


class OutsideTarget(Refusal):
    """An enterprise the product is not for (O1, P4)."""

    rule = "O1"


def require_provider_active(reasons: Sequence[str]) -> None:
    """Raises ProviderNotActive naming every reason that ``queries.can_accept`` found."""
    if reasons:
        raise ProviderNotActive(f"该服务机构目前不能接单收券：{'；'.join(reasons)}。")


def require_target(
    version: ProductVersion, *, size_class: str, industry: str, founded_on: date, day: date
) -> None:
    """Raises OutsideTarget unless the product is for such an enterprise (O1), startup services by age (P4).

    ``day`` is the day of order; empty targets mean all.
    """
    if version.target_sizes and size_class not in version.target_sizes:
        words = "、".join(TARGET_SIZES.get(size, size) for size in version.target_sizes)
        raise OutsideTarget(f"该产品只面向{words}企业，请选择其他产品。")
    if version.target_industries and industry not in version.target_industries:
        words = "；".join(TARGET_INDUSTRIES.get(key, key) for key in version.target_industries)
        raise OutsideTarget(f"该产品只面向以下行业的企业：{words}。请选择其他产品。")
    if version.category == Category.STARTUP and day >= too_old_from(founded_on):
        raise OutsideTarget(
            f"创业服务只面向创办未满 {MAX_AGE_YEARS} 年的企业，请选择其他类别的产品。", rule="P4"
        )
