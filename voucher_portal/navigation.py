"""What the head of every page offers, by role."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest

from foundation.accounts.models import Role
from foundation.notices.queries import unread_count

PUBLIC = [
    ("/batches/", "发券批次"),
    ("/products/", "服务产品"),
    ("/notices/", "通知公告"),
    ("/publicity/", "兑现公示"),
    ("/enterprise/size-test/", "企业规模自测"),
]
OWN = {
    Role.ENTERPRISE: [
        ("/enterprise/", "企业首页"),
        ("/vouchers/", "我的服务券"),
        ("/orders/", "我的订单"),
        ("/messages/", "消息"),
    ],
    Role.PROVIDER: [
        ("/provider/", "机构首页"),
        ("/provider/products/", "我的产品"),
        ("/orders/", "订单"),
        ("/claims/", "兑现"),
        ("/messages/", "消息"),
    ],
    Role.CONTRACTOR: [("/admin/", "工作台"), ("/messages/", "消息")],
    Role.EXPERT: [("/admin/", "评审工作台"), ("/messages/", "消息")],
    Role.BUREAU: [("/admin/", "工作台"), ("/dashboard/", "看板"), ("/messages/", "消息")],
    Role.DISTRICT: [("/dashboard/", "看板"), ("/messages/", "消息")],
    Role.PROVINCE: [("/dashboard/", "看板"), ("/messages/", "消息")],
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the public entries, those of the signed-in role, and how many messages it has not read.

    The count is asked when a page shows it, once for each request.
    """
    user = getattr(request, "user", None)
    role = getattr(user, "role", "") if user is not None and user.is_authenticated else ""
    return {
        "public_navigation": PUBLIC,
        "own_navigation": OWN.get(role, []),
        "unread_messages": cache(lambda: unread_count(user) if role else 0),
    }
