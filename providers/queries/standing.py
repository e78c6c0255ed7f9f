"""Who a provider is, whether it is in standing, and where it may accept (P1–P3, S1)."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet

from foundation.accounts.models import User
from foundation.moments import local_day, spoken_day
from foundation.regions.models import City
from foundation.regions.queries import all_cities
from foundation.rosters.models import Accreditation
from foundation.rosters.queries import sanction_in_force
from providers.models import Provider, ProviderRound
from providers.states import ChangeState, ProviderState


def provider_of(user: User) -> Provider | None:
    """The one provider of an account; None before it has registered (P1)."""
    return (
        Provider.objects.select_related("accreditation", "city", "account", "licence", "commitment")
        .filter(account_id=user.pk)
        .first()
    )


def serves_city(provider: Provider, city_id: int) -> bool:
    """National and provincial platforms serve every participating city, the rest only their own (P3)."""
    return provider.accreditation.is_province_wide or provider.city_id == city_id


def cities_served(provider: Provider) -> list[City]:
    """The cities whose enterprises the provider serves (P3)."""
    return list(all_cities()) if provider.accreditation.is_province_wide else [provider.city]


def accreditation_valid(provider: Provider, day: date) -> bool:
    """Whether the accreditation the provider registered with is valid on ``day`` (P1)."""
    return Accreditation.objects.valid_on(day).filter(pk=provider.accreditation_id).exists()


def why_not_in_standing(provider: Provider, at: datetime) -> list[str]:
    """Why the provider is not a checked provider at ``at``, as Chinese reasons; empty when it is (P1, P2)."""
    day = local_day(at)
    reasons = []
    if provider.state != ProviderState.APPROVED:
        reasons.append(f"服务机构注册资料未核对通过（{ProviderState(provider.state).label}）")
    if provider.committed_on is None or provider.committed_on.year != day.year:
        reasons.append(f"服务机构承诺书不是 {day.year} 年度的")
    if not accreditation_valid(provider, day):
        reasons.append(f"机构的认定在{spoken_day(day)}不在有效期内")
    return reasons


def in_standing(at: datetime, provider: str = "") -> Q:
    """``why_not_in_standing`` has nothing to say, as a filter; ``provider``: the path to it, ending in ``__``."""
    day = local_day(at)
    return Q(
        **{
            f"{provider}state": ProviderState.APPROVED,
            f"{provider}committed_on__year": day.year,
            f"{provider}accreditation__valid_from__lte": day,
            f"{provider}accreditation__valid_until__gte": day,
        }
    )


def can_accept(provider: Provider, city_id: int, at: datetime) -> list[str]:
    """Why the provider cannot accept orders and vouchers of ``city_id`` at ``at``; empty when it can.

    P1 accreditation, P2 check and commitment of the year, P3 scope, S1 sanctions in that city. The cap (P7) is the
    orders floor's.
    """
    reasons = why_not_in_standing(provider, at)
    if not serves_city(provider, city_id):
        reasons.append(f"该机构只接收{provider.city}企业的服务券")
    if sanction_in_force(provider.credit_code, city_id, at):
        reasons.append("该机构因违规处理，暂停或取消收券资格")
    return reasons


def reviewer_city_id(provider: Provider) -> int | None:
    """The city whose contractor checks the provider; None is the province contractor (P2)."""
    return None if provider.accreditation.is_province_wide else provider.city_id


def last_round(provider: Provider) -> ProviderRound | None:
    """The newest round of a provider's check; None before the first submission (P2)."""
    return provider.rounds.order_by("-number").first()


def rounds_of(provider: Provider) -> QuerySet[ProviderRound]:
    """Every round of a provider's check with its files, the newest first (P2)."""
    return provider.rounds.select_related("licence", "commitment").order_by("-number")


def has_open_change(provider: Provider) -> bool:
    """Whether a change request waits for its reviewer (P2)."""
    return provider.change_requests.filter(state=ChangeState.SUBMITTED).exists()
