"""Whose orders, files and requests an account sees."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.errors import OutOfReach
from orders.models import BankTransfer, Contract, Invoice, Order, PaymentReturn

# What every page about an order shows, and what its deadline is counted from.
RELATED = (
    "voucher__batch__programme__city",
    "enterprise",
    "provider",
    "profile",
    "product_version__product",
    "price_tier",
)


def orders_visible_to(user: User) -> QuerySet[Order]:
    """Each side sees its own orders; staff those of their city's programmes, a district its enterprises', the
    province all (rulebook section 1)."""
    orders = Order.objects.select_related(*RELATED)
    if user.role == Role.ENTERPRISE:
        return orders.filter(enterprise__account=user)
    if user.role == Role.PROVIDER:
        return orders.filter(provider__account=user)
    if user.role in {Role.CONTRACTOR, Role.BUREAU} and user.city_id is not None:
        return orders.filter(voucher__batch__programme__city_id=user.city_id)
    if user.role == Role.DISTRICT and user.district_id is not None:
        return orders.filter(profile__district_id=user.district_id)
    if user.role == Role.PROVINCE:
        return orders
    return orders.none()


def get_order_for(by: Actor, pk: int) -> Order:
    """An order in the actor's reach; OutOfReach beyond."""
    found = orders_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"order {pk}")
    return found


def payment_returns_visible_to(user: User) -> QuerySet[PaymentReturn]:
    """Requests to return a payment, for contractor and bureau of the enterprise's city (O8)."""
    requests = PaymentReturn.objects.select_related(
        "payment__order__voucher__batch__programme__city",
        "payment__order__enterprise",
        "payment__order__provider",
        "payment__order__product_version",
        "asked_by__person",
        "decided_by__person",
    )
    if user.role in {Role.CONTRACTOR, Role.BUREAU} and user.city_id is not None:
        return requests.filter(payment__order__enterprise__city_id=user.city_id)
    return requests.none()


def documents_in_reach(user: User) -> Q:
    """The files of every order the user is a side of, or staff that reviews it (F4); a Q over Document."""
    if user.role not in {Role.ENTERPRISE, Role.PROVIDER, Role.CONTRACTOR, Role.BUREAU}:
        return Q(pk__in=())
    orders = orders_visible_to(user).select_related(None).order_by().values("pk")
    return (
        Q(pk__in=Contract.objects.filter(order__in=orders).values("document"))
        | Q(pk__in=Invoice.objects.filter(payment__order__in=orders).values("document"))
        | Q(pk__in=BankTransfer.objects.filter(payment__order__in=orders).values("document"))
    )


def documents_of(order: Order) -> QuerySet[Document]:
    """Every file of an order, superseded ones included."""
    return Document.objects.filter(
        Q(pk__in=Contract.objects.filter(order=order).values("document"))
        | Q(pk__in=Invoice.objects.filter(payment__order=order).values("document"))
        | Q(pk__in=BankTransfer.objects.filter(payment__order=order).values("document"))
    )


def same_file_elsewhere(document: Document) -> QuerySet[Document]:
    """The same bytes handed in by another party; shown to reviewers only (O5)."""
    # What is only staged has been seen by nobody, and may never be handed in.
    others = Document.objects.filter(sha256=document.sha256, staged=None).exclude(pk=document.pk)
    return others.exclude(uploaded_by=document.uploaded_by_id).select_related("uploaded_by__person")
