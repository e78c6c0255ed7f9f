"""What waits on a provider account by its own registration and products (P1, P2, P6); see foundation/todos.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.moments import end_of_day, local_day, spoken_day
from foundation.todos import Todo
from providers.models import ProductVersion, Provider
from providers.progress import missing_of, reasons_of
from providers.queries import provider_of, why_not_in_standing
from providers.states import ProductState, ProviderState

# How long before its end an accreditation is spoken of.
RUNS_OUT_SOON = timedelta(days=90)


def todos(user: User, at: datetime) -> list[Todo]:
    """Registration first; then what a reviewer sent back; then an accreditation that runs out."""
    if user.role != Role.PROVIDER:
        return []
    provider = provider_of(user)
    registering = _registering(provider, at)
    if provider is None or provider.state != ProviderState.APPROVED:
        return [registering] if registering else []
    return [
        *([registering] if registering else []),
        *_products(provider),
        *_accreditation(provider, at),
    ]


def _registering(provider: Provider | None, at: datetime) -> Todo | None:
    """The one next act of the registration; None when there is nothing to do but wait or work."""
    if provider is None:
        return Todo(
            "请先查询机构是否在服务机构名录内，然后登记。",
            reverse("providers:register"),
            "开始登记",
        )
    if provider.state == ProviderState.RETURNED:
        asked = "、".join(one.label for one in reasons_of(provider))
        return Todo(
            f"资料被退回补正，请按原因修改{asked}后重新提交。",
            reverse("providers:review"),
            "查看原因并修改",
        )
    if provider.state == ProviderState.REFUSED:
        return Todo(
            "资料核对不予通过。如情况已改变，可重新办理。", reverse("providers:review"), "查看原因"
        )
    if provider.state == ProviderState.DRAFT:
        if missing_of(provider, at):
            return Todo("请补齐材料后提交核对。", reverse("providers:check"), "查看还缺什么")
        return Todo("材料已齐，请检查后提交核对。", reverse("providers:check"), "检查与提交")
    if provider.state == ProviderState.APPROVED and why_not_in_standing(provider, at):
        return Todo(
            "本年度需要重新办理：签署本年度承诺书并经核对后，才能继续接单收券。",
            reverse("providers:review"),
            "办理年度续期",
        )
    return None


def _products(provider: Provider) -> list[Todo]:
    versions = ProductVersion.objects.filter(product__provider=provider)
    returned = list(versions.filter(state=ProductState.RETURNED).order_by("decided_at", "pk")[:1])
    if returned:
        first = returned[0]
        return [
            Todo(
                f"产品“{first.name}”被退回修改，请按原因修改后重新提交。",
                reverse("providers:edit_product", args=[first.product_id]),
                "修改产品",
            )
        ]
    if not versions.exists():
        return [
            Todo(
                "还没有服务产品：填写产品并经审核后，企业即可下单。",
                reverse("providers:new_product"),
                "新增产品",
            )
        ]
    return []


def _accreditation(provider: Provider, at: datetime) -> list[Todo]:
    until = provider.accreditation.valid_until
    if not local_day(at) <= until <= local_day(at + RUNS_OUT_SOON):
        return []
    return [
        Todo(
            f"机构的{provider.accreditation.get_level_display()}认定将于{spoken_day(until)}到期，"
            "到期后不能接单收券；如已重新认定，请联系市工业和信息化局更新名录。",
            reverse("providers:review"),
            "查看认定信息",
            until=end_of_day(until),
        )
    ]
