"""The list of one's orders by what is to do."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.accounts.models import Role
from foundation.moments import local_day
from foundation.requests import actor_of
from orders.queries import deadlines_of, rooms_of
from orders.queries.desk import counts_by_tab, listed_orders, tab_of
from orders.views.standing import OrderPage, row_of

PAGE_SIZE = 20
SEARCH_MAX = 60


class OrderListView(OrderPage):
    """One's orders; ``tab`` narrows the list to what is to do, ``q`` to a number or a name."""

    def get(self, request: HttpRequest) -> HttpResponse:
        by, at = actor_of(request), request.at
        tab = tab_of(by.role, request.GET.get("tab", ""))
        search = request.GET.get("q", "").strip()[:SEARCH_MAX]
        tabs = counts_by_tab(by.user, at)
        orders = listed_orders(by.user, tab, at, search=search)
        paginator = Paginator(orders, PAGE_SIZE)
        if not search:
            # Counted already, together with the other tabs.
            paginator.count = dict(tabs)[tab]
        page = paginator.get_page(request.GET.get("page"))
        listed = list(page.object_list)
        deadlines = deadlines_of(listed)
        is_provider = by.role == Role.PROVIDER
        provider = getattr(by.user, "provider", None)
        return render(
            request,
            "orders/list.html",
            {
                "page_obj": page,
                "rows": [row_of(order, deadlines[order.pk], by, at) for order in listed],
                "tabs": tabs,
                "tab": tab,
                "search": search,
                "is_provider": is_provider,
                "other": "企业" if is_provider else "服务机构",
                "rooms": rooms_of(provider.pk, local_day(at).year) if provider else [],
            },
        )
