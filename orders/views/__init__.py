"""The order pages of both sides."""

from orders.views.contracts import ContractHintView, ContractView
from orders.views.listing import OrderListView
from orders.views.page import ContactView, OrderActView, OrderView
from orders.views.papers import CorrectionView, LimitsView, PaymentView
from orders.views.placing import PlaceCheckView, PlaceOrderView

__all__ = [
    "ContactView",
    "ContractHintView",
    "ContractView",
    "CorrectionView",
    "LimitsView",
    "OrderActView",
    "OrderListView",
    "OrderView",
    "PaymentView",
    "PlaceCheckView",
    "PlaceOrderView",
]
