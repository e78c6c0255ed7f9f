"""The contract of an order: uploaded by the enterprise, confirmed or sent back by the provider (O3, O4, V4)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.moments import local_day, spoken
from foundation.names import normal_number
from foundation.rosters.models import FundedMatter
from foundation.rosters.queries import are_related, funded_matter
from orders import permissions
from orders.models import Contract, Order, Party
from orders.operations.checking import require_alive, require_no_sanction
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.telling import tell
from orders.policies import contracts as policy
from orders.policies import ordering
from orders.queries import (
    correction_deadline,
    current_contract,
    enterprise_identity_keys,
    price_deviation,
    provider_identity_keys,
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
    data = policy.ContractData(
        number=number,
        signed_on=signed_on,
        total=total,
        supported=supported,
        service_from=service_from,
        service_until=service_until,
        enterprise_name=enterprise_name,
        provider_name=provider_name,
    )
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "upload_contract")
        require_alive(locked, at=at)
        require_move(locked, "upload_contract")
        require_no_sanction(locked, at=at)
        programme = locked.voucher.batch.programme
        policy.require_sound_contract(
            data,
            today=local_day(at),
            period_from=programme.service_from,
            period_until=programme.service_until,
            enterprise=locked.profile.name,
            provider=locked.provider.name,
        )
        _require_unaffiliated(locked)
        policy.require_not_funded(
            declared=not_funded_elsewhere,
            listed=_is_funded(locked, number),
            what="该合同",
        )
        last = current_contract(locked)
        contract = Contract.objects.create(
            order=locked,
            version=last.version + 1 if last else 1,
            not_funded_elsewhere=not_funded_elsewhere,
            document=keep_file(file=contract_file, by=by, at=at),
            uploaded_at=at,
            **vars(data),
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
        _require_unaffiliated(locked)
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


def _require_unaffiliated(order: Order) -> None:
    """No affiliation by code, by person, or by a relation on record (O3)."""
    policy.require_unaffiliated(
        same_code=order.enterprise.credit_code == order.provider.credit_code,
        enterprise_keys=enterprise_identity_keys(order),
        provider_keys=provider_identity_keys(order),
        known_relation=are_related(order.enterprise.credit_code, order.provider.credit_code),
    )


def _is_funded(order: Order, number: str) -> bool:
    """Whether an imported list says that this contract was supported by other money (O9)."""
    code = order.enterprise.credit_code
    return funded_matter(FundedMatter.Kind.CONTRACT, normal_number(number), code) is not None
