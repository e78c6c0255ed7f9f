"""The contract of an order: uploaded by the enterprise, confirmed or sent back by the provider (O3, O4, V4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.errors import refuse
from foundation.moments import spoken
from orders import permissions
from orders.models import Contract, Order, Party
from orders.operations.checking import require_alive
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.telling import tell
from orders.policies import ordering
from orders.queries import (
    contract_refusals,
    correction_deadline,
    current_contract,
    price_deviation,
    require_no_sanction,
    require_unaffiliated,
)


def upload_contract(
    *,
    by: Actor,
    at: datetime,
    order: Order,
    number: str,
    signed_on: date,
    total: Decimal,
    supported: Decimal,
    service_from: date,
    service_until: date,
    enterprise_name: str,
    provider_name: str,
    not_funded_elsewhere: bool,
    contract_file: Material,
) -> Contract:
    """Upload the contract, or a corrected one, amounts in yuan (O3, O9).

    In time until the usage window ends, after a send-back until ``correction_deadline`` (V4). Raises
    UnableToUseContract (O3), FundedElsewhere (O9), OrderLapsed (V4), UnderSanction (S1), UnableToKeepFile (F1).
    """
    stated = {
        "number": number,
        "signed_on": signed_on,
        "total": total,
        "supported": supported,
        "service_from": service_from,
        "service_until": service_until,
        "enterprise_name": enterprise_name,
        "provider_name": provider_name,
        "not_funded_elsewhere": not_funded_elsewhere,
    }
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "upload_contract")
        require_alive(locked, at=at)
        require_move(locked, "upload_contract")
        refuse(contract_refusals(locked, stated, at=at))
        last = current_contract(locked)
        contract = Contract.objects.create(
            order=locked,
            version=last.version + 1 if last else 1,
            document=keep_file(file=contract_file, by=by, at=at),
            uploaded_at=at,
            **stated,
        )
        move_state(
            locked,
            "upload_contract",
            by=by,
            at=at,
            action="upload_contract",
            details={"contract": contract.pk, "version": contract.version, "total": str(total)},
            contract_uploaded_at=locked.contract_uploaded_at or at,
        )
        tell(
            locked,
            "contract_uploaded",
            Party.PROVIDER,
            at=at,
            deadline=spoken(locked.voucher.batch.expires_at),
            deviation=price_deviation(contract).text,
        )
        return contract


def confirm_contract(*, by: Actor, at: datetime, order: Order) -> Order:
    """The provider confirms the contract; from here on only both sides together cancel (O2, O4)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "confirm_contract")
        require_alive(locked, at=at)
        require_move(locked, "confirm_contract")
        require_no_sanction(locked, at=at)
        # A relation may have come on record since the upload (O3).
        require_unaffiliated(locked)
        contract = current_contract(locked)
        assert contract is not None, "a submitted contract exists"
        contract.confirmed_at = at
        contract.save(update_fields=["confirmed_at"])
        move_state(
            locked,
            "confirm_contract",
            by=by,
            at=at,
            action="confirm_contract",
            details={"contract": contract.pk},
            contracted_at=at,
        )
        deadline = spoken(locked.voucher.batch.expires_at)
        tell(locked, "contract_confirmed", Party.ENTERPRISE, at=at, deadline=deadline)
        return locked


def return_contract(*, by: Actor, at: datetime, order: Order, reason: str) -> Order:
    """The provider sends the contract back; it may be corrected within the correction window (O4, V4)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "return_contract")
        require_alive(locked, at=at)
        require_move(locked, "return_contract")
        ordering.require_reason(reason, what="退回的原因")
        contract = current_contract(locked)
        assert contract is not None, "a submitted contract exists"
        contract.returned_at, contract.return_reason = at, reason
        contract.save(update_fields=["returned_at", "return_reason"])
        move_state(
            locked,
            "return_contract",
            by=by,
            at=at,
            action="return_contract",
            reason=reason,
            details={"contract": contract.pk},
            contract_returned_at=at,
        )
        deadline = spoken(correction_deadline(locked))
        tell(locked, "contract_returned", Party.ENTERPRISE, at=at, reason=reason, deadline=deadline)
        return locked
