"""Everything that is forgotten when its time is over, for the nightly job and ``manage.py forget`` (docs/adr/0036)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from enterprises.operations.forgetting import forget_handlers, profiles_past_time
from foundation.accounts.actors import job
from foundation.accounts.operations.forgetting import (
    addresses_past_time,
    forget_addresses,
    forget_persons,
    forget_traces,
    persons_past_time,
    traces_past_time,
    unconfirmed_past_time,
)
from foundation.moments import SHANGHAI
from foundation.notices.operations import forget_messages, messages_past_time
from providers.operations.forgetting import (
    changes_past_time,
    forget_changed_contacts,
    forget_contacts,
    providers_past_time,
)
from redemption.operations.forgetting import forget_objectors, objections_past_time

log = logging.getLogger(__name__)

HOUR = 3
AT_MOST = 200


@dataclass(frozen=True)
class Kind:
    """A kind of personal data: what is past its time, and the operation that forgets it."""

    label: str
    past_time: Callable[[datetime], Sequence[QuerySet]]
    forget: Callable[..., int]

    def waiting(self, at: datetime) -> int:
        """How many rows are past their time."""
        return sum(rows.count() for rows in self.past_time(at))


KINDS = [
    Kind("企业经办人信息", lambda at: [profiles_past_time(at)], forget_handlers),
    Kind("服务机构联系人信息", lambda at: [providers_past_time(at)], forget_contacts),
    Kind("变更申请中的联系人信息", lambda at: [changes_past_time(at)], forget_changed_contacts),
    Kind("复核申请人信息", lambda at: [objections_past_time(at)], forget_objectors),
    Kind("离任人员身份证号码", lambda at: [persons_past_time(at)], forget_persons),
    Kind("停用账号的邮箱", lambda at: [addresses_past_time(at)], forget_addresses),
    Kind("站内消息", lambda at: [messages_past_time(at)], forget_messages),
    Kind(
        "登录痕迹",
        lambda at: [*traces_past_time(at), unconfirmed_past_time(at)],
        forget_traces,
    ),
]


def forget_at_night(at: datetime) -> int:
    """A few of each kind, each minute between three and four in the morning; how many. Lost or doubled, it does no harm."""
    if at.astimezone(SHANGHAI).hour != HOUR:
        return 0
    return sum(forget(kind, at) for kind in KINDS)


def forget(kind: Kind, at: datetime, *, at_most: int = AT_MOST) -> int:
    """Up to ``at_most`` of one kind; how many."""
    done = kind.forget(by=job("forget"), at=at, at_most=at_most)
    if done:
        log.info("forgot %d of %s", done, kind.forget.__name__)
    return done
