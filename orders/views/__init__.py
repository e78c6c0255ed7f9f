"""The order pages of both sides."""

from orders.views.pages import (
    ContractView,
    OrderActView,
    OrderListView,
    OrderView,
    PlaceOrderView,
)
from orders.views.papers import CorrectionView, PaymentView

__all__ = [
    "ContractView",
    "CorrectionView",
    "OrderActView",
    "OrderListView",
    "OrderView",
    "PaymentView",
    "PlaceOrderView",
]
