"""What the head of every page offers, by role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.http import HttpRequest

from foundation.accounts.models import Role
from foundation.notices.queries import unread_count


@dataclass(frozen=True)
class Entry:
    """One entry of the navigation; ``icon``: a Tabler icon, ``current``: the page shown lies below it."""

    url: str
    label: str
    icon: str = ""
    current: bool = False


MESSAGES = Entry("/messages/", "消息", "bell")
PUBLIC = [
    Entry("/batches/", "发券批次"),
    Entry("/products/", "服务产品"),
    Entry("/notices/", "通知公告"),
    Entry("/publicity/", "兑现公示"),
    Entry("/enterprise/size-test/", "企业规模自测"),
    Entry("/help/", "帮助"),
]
OWN = {
    Role.ENTERPRISE: [
        Entry("/enterprise/", "企业首页", "home"),
        Entry("/vouchers/", "我的服务券", "ticket"),
        Entry("/orders/", "我的订单", "clipboard-list"),
        MESSAGES,
    ],
    Role.PROVIDER: [
        Entry("/provider/", "机构首页", "home"),
        Entry("/provider/products/", "我的产品", "package"),
        Entry("/orders/", "订单", "clipboard-list"),
        Entry("/claims/", "兑现", "cash"),
        MESSAGES,
    ],
    Role.CONTRACTOR: [Entry("/admin/", "工作台", "layout-dashboard"), MESSAGES],
    Role.EXPERT: [Entry("/admin/", "评审工作台", "layout-dashboard"), MESSAGES],
    Role.BUREAU: [
        Entry("/admin/", "工作台", "layout-dashboard"),
        Entry("/dashboard/", "看板", "chart-bar"),
        MESSAGES,
    ],
    Role.DISTRICT: [Entry("/dashboard/", "看板", "chart-bar"), MESSAGES],
    Role.PROVINCE: [Entry("/dashboard/", "看板", "chart-bar"), MESSAGES],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the public entries, those of the signed-in role, and how many messages it has not read.

    The count is asked when a page shows it, once for each request.
    """
    user = getattr(request, "user", None)
    role = getattr(user, "role", "") if user is not None and user.is_authenticated else ""
    public, own = PUBLIC, OWN.get(role, [])
    # The entry with the longest address that the page lies below.
    here = max(
        (entry.url for entry in [*public, *own] if request.path.startswith(entry.url)),
        key=len,
        default="",
    )
    return {
        "public_navigation": [replace(entry, current=entry.url == here) for entry in public],
        "own_navigation": [replace(entry, current=entry.url == here) for entry in own],
        "unread_messages": cache(lambda: unread_count(user) if role else 0),
    }
