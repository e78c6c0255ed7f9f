"""The proof of the whole portal's books, floor by floor (V2)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import dashboards.reconciliation
import foundation.documents.reconciliation
import orders.reconciliation
import redemption.reconciliation
import vouchers.reconciliation
from foundation.reconciliation import Break
from voucher_portal import trail


def all_breaks() -> Iterator[Break]:
    """Every place where the books do not add up."""
    return chain(
        vouchers.reconciliation.breaks(),
        vouchers.reconciliation.changed_results(),
        orders.reconciliation.breaks(),
        redemption.reconciliation.breaks(),
        dashboards.reconciliation.breaks(),
        trail.breaks(),
        foundation.documents.reconciliation.breaks(),
    )
