"""What waits on a provider in its claims (R1, R2); see foundation/todos.py."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.money import spoken_money, total
from foundation.todos import Todo
from providers.queries import provider_of
from redemption.models import Claim
from redemption.queries import claimable_by_programme
from redemption.states import ClaimState, LineState


def todos(user: User, at: datetime) -> list[Todo]:
    """Requests for more first, then drafts to hand in, then accepted orders that no claim has taken."""
    provider = provider_of(user) if user.role == Role.PROVIDER else None
    if provider is None:
        return []
    found = []
    waiting = (
        Claim.objects.filter(provider=provider, state__in=(ClaimState.MORE_ASKED, ClaimState.DRAFT))
        .annotate(asked=Count("lines", filter=Q(lines__state=LineState.MORE_ASKED)))
        .annotate(amount=total("lines__amount"))
        .order_by("-state", "pk")[:10]
    )
    for claim in waiting:
        where = reverse("redemption:claim", args=[claim.pk])
        if claim.state == ClaimState.MORE_ASKED:
            found.append(
                Todo(
                    f"兑现申请 {claim.number} 有 {claim.asked} 条明细要求补充材料。", where, "补充"
                )
            )
        else:
            found.append(
                Todo(
                    f"兑现申请 {claim.number}（{spoken_money(claim.amount)}）还没有提交："
                    "打印表格，盖章扫描上传后提交。",
                    where,
                    "继续办理",
                )
            )
    for one in claimable_by_programme(provider, at):
        found.append(
            Todo(
                f"{one.programme}有 {one.count} 个已收券的订单可申请兑现，"
                f"共 {spoken_money(one.amount)}。",
                reverse("redemption:prepare", args=[one.programme.pk]),
                "申请兑现",
            )
        )
    return found
