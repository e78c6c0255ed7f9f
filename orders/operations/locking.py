"""Locking an order: the voucher row first, then the order row; state is read after that."""

from __future__ import annotations

from foundation.errors import OutOfReach
from orders.models import Order
from vouchers.models import Voucher
from vouchers.operations.ledger import lock_voucher


def lock_order(pk: int) -> Order:
    """The order with its voucher's and its own row locked until the transaction ends; OutOfReach without one."""
    voucher_pk = Order.objects.filter(pk=pk).values_list("voucher_id", flat=True).first()
    if voucher_pk is None:
        raise OutOfReach(f"no order {pk}")
    return order_under(lock_voucher(voucher_pk), pk)


def order_under(voucher: Voucher, pk: int) -> Order:
    """The order locked and read under a voucher that the caller has locked; OutOfReach when it is another's."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related(
            "enterprise", "provider", "profile", "product_version__product", "price_tier"
        )
        .filter(pk=pk, voucher=voucher)
        .first()
    )
    if order is None:
        raise OutOfReach(f"no order {pk} on voucher {voucher.pk}")
    order.voucher = voucher
    return order
