"""States of providers, their change requests and their products (P1, P2, P6)."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class ProviderState(TextChoices):
    """Where a provider's registration stands."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "待核对"
    RETURNED = "returned", "退回补正"
    APPROVED = "approved", "核对通过"
    REFUSED = "refused", "不予通过"


PROVIDER = StateMachine(
    name="provider",
    states=ProviderState,
    initial=ProviderState.DRAFT,
    moves={
        "submit": ((ProviderState.DRAFT, ProviderState.RETURNED), ProviderState.SUBMITTED),
        "approve": ((ProviderState.SUBMITTED,), ProviderState.APPROVED),
        "send_back": ((ProviderState.SUBMITTED,), ProviderState.RETURNED),
        "refuse": ((ProviderState.SUBMITTED,), ProviderState.REFUSED),
        # A new year asks for a new commitment letter (P2).
        "renew": ((ProviderState.APPROVED, ProviderState.REFUSED), ProviderState.DRAFT),
    },
)


class ChangeState(TextChoices):
    """Where a change request stands."""

    SUBMITTED = "submitted", "待审核"
    APPLIED = "applied", "已变更"
    REFUSED = "refused", "不予变更"


CHANGE_REQUEST = StateMachine(
    name="change_request",
    states=ChangeState,
    initial=ChangeState.SUBMITTED,
    moves={
        "apply": ((ChangeState.SUBMITTED,), ChangeState.APPLIED),
        "refuse": ((ChangeState.SUBMITTED,), ChangeState.REFUSED),
    },
)


class ProductState(TextChoices):
    """Where one version of a product stands."""

    DRAFT = "draft", "草稿"
    IN_REVIEW = "in_review", "审核中"
    RETURNED = "returned", "退回修改"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已被新版本替代"
    WITHDRAWN = "withdrawn", "已下架"


PRODUCT_VERSION = StateMachine(
    name="product_version",
    states=ProductState,
    initial=ProductState.DRAFT,
    moves={
        "submit": ((ProductState.DRAFT, ProductState.RETURNED), ProductState.IN_REVIEW),
        "publish": ((ProductState.IN_REVIEW,), ProductState.PUBLISHED),
        "send_back": ((ProductState.IN_REVIEW,), ProductState.RETURNED),
        "supersede": ((ProductState.PUBLISHED,), ProductState.SUPERSEDED),
        "withdraw": (
            (
                ProductState.DRAFT,
                ProductState.IN_REVIEW,
                ProductState.RETURNED,
                ProductState.PUBLISHED,
            ),
            ProductState.WITHDRAWN,
        ),
    },
)
