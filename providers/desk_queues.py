"""The desk's queues of institutions, change requests and products, by the level one checks (P2, P6)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import Queue, queue
from providers.queries import change_requests_visible_to, providers_visible_to, versions_visible_to
from providers.states import ChangeState, ProductState, ProviderState


def queues(user: User, at: datetime) -> list[Queue]:
    """What waits for the contractor of the level; the bureau sees the same as waiting on it (P2)."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU}:
        return []
    checks = user.role == Role.CONTRACTOR
    on = "" if checks else "承办单位"
    found = []
    for label, model, records, state in (
        ("服务机构待核对", "provider", providers_visible_to(user), ProviderState.SUBMITTED),
        ("服务产品待审核", "productversion", versions_visible_to(user), ProductState.IN_REVIEW),
        (
            "机构变更待审核",
            "changerequest",
            change_requests_visible_to(user),
            ChangeState.SUBMITTED,
        ),
    ):
        found.append(
            queue(
                label,
                records.filter(state=state),
                since="submitted_at",
                at=at,
                url=f"{reverse(f'admin:providers_{model}_changelist')}?state__exact={state}",
                on=on,
                start_url=reverse(f"admin:providers_{model}_next") if checks else "",
            )
        )
    for label, model, records, state in (
        ("服务机构退回补正", "provider", providers_visible_to(user), ProviderState.RETURNED),
        ("服务产品退回修改", "productversion", versions_visible_to(user), ProductState.RETURNED),
    ):
        found.append(
            queue(
                label,
                records.filter(state=state),
                since="decided_at",
                at=at,
                url=f"{reverse(f'admin:providers_{model}_changelist')}?state__exact={state}",
                on="服务机构",
            )
        )
    return found
