"""What of the shop hangs on an account, a branch, a product or a thing to rent."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from catalog.models import HOLDS_UNIT, Cart, CartItem, Order, PurchaseOrder, Rental
from gymsite.core.dependents import Dependent, declare
from gymsite.payments.models import Payment

FIRST = "to be ended first"
TO_COLLECT = Q(status__in=(Order.Status.PAID, Order.Status.READY))


def register() -> None:
    declare(
        "core.user",
        Dependent("Rentals booked", "cancelled, what was paid goes back", booked_by),
        Dependent(
            "Rentals handed out", "stay until the desk takes them back", out_with
        ),
        Dependent("Late fees to take at the desk", "stay owed", owed_by),
        Dependent("Orders to collect", "stay theirs to collect", to_collect),
    )
    declare(
        "core.branch",
        Dependent("Rentals booked or handed out", FIRST, held_at, refuses=True),
        Dependent("Orders to collect", FIRST, collected_at, refuses=True),
        Dependent("Purchases expected", FIRST, expected_at, refuses=True),
    )
    declare(
        "catalog.product",
        Dependent("In open carts", "can't be paid until it is taken out", in_carts),
    )
    declare(
        "catalog.rentalkind",
        Dependent(
            "Rentals booked", "stay, they are handed out as agreed", booked_of_kind
        ),
        Dependent(
            "Rentals handed out", "stay until the desk takes them back", out_of_kind
        ),
    )
    declare(
        "catalog.rentalunit",
        Dependent(
            "Rentals booked", "cancelled and told, what was paid goes back", booked_unit
        ),
        Dependent(
            "Rentals handed out", "stay until the desk takes them back", out_unit
        ),
    )


def in_carts(products: Sequence[int], now: datetime) -> QuerySet[CartItem]:
    lines = CartItem.objects.filter(product__in=products)
    return lines.filter(cart__status=Cart.Status.OPEN)


def booked_of_kind(kinds: Sequence[int], now: datetime) -> QuerySet[Rental]:
    return Rental.objects.filter(unit__kind__in=kinds, status=Rental.Status.BOOKED)


def out_of_kind(kinds: Sequence[int], now: datetime) -> QuerySet[Rental]:
    return Rental.objects.filter(unit__kind__in=kinds, status=Rental.Status.OUT)


def booked_unit(units: Sequence[int], now: datetime) -> QuerySet[Rental]:
    """catalog_rental_unit_free"""
    return Rental.objects.filter(unit__in=units, status=Rental.Status.BOOKED)


def out_unit(units: Sequence[int], now: datetime) -> QuerySet[Rental]:
    return Rental.objects.filter(unit__in=units, status=Rental.Status.OUT)


def held_at(branches: Sequence[int], now: datetime) -> QuerySet[Rental]:
    """catalog_rental_branch_due"""
    return Rental.objects.filter(branch__in=branches, status__in=HOLDS_UNIT)


def collected_at(branches: Sequence[int], now: datetime) -> QuerySet[Order]:
    return Order.objects.filter(TO_COLLECT, branch__in=branches)


def expected_at(branches: Sequence[int], now: datetime) -> QuerySet[PurchaseOrder]:
    ordered, in_part = PurchaseOrder.Status.ORDERED, PurchaseOrder.Status.PART_RECEIVED
    expected = PurchaseOrder.objects.filter(status__in=(ordered, in_part))
    return expected.filter(branch__in=branches)


def booked_by(members: Sequence[int], now: datetime) -> QuerySet[Rental]:
    """What they have booked and not been handed out (catalog_rental_member)."""
    return Rental.objects.filter(member__in=members, status=Rental.Status.BOOKED)


def out_with(members: Sequence[int], now: datetime) -> QuerySet[Rental]:
    return Rental.objects.filter(member__in=members, status=Rental.Status.OUT)


def owed_by(members: Sequence[int], now: datetime) -> QuerySet[Rental]:
    late = Rental.objects.filter(late_payment__status=Payment.Status.PENDING)
    return late.filter(member__in=members)


def to_collect(members: Sequence[int], now: datetime) -> QuerySet[Order]:
    return Order.objects.filter(TO_COLLECT, member__in=members)
