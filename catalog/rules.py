"""When a cart may be paid and a thing be rented. Pure functions of what was read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from catalog import errors
from catalog.models import (
    LARGEST_QUANTITY,
    CartItem,
    Product,
    PurchaseOrder,
    Rental,
    RentalKind,
)
from gymsite.core import money
from gymsite.core.errors import DomainError
from gymsite.core.periods import day_name

FURTHEST_DAYS = 90  # a rental begins at most so many days ahead


def check_quantity(quantity: int) -> None:
    """Raises Invalid unless a line may hold so many."""
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise errors.invalid_quantity(quantity, LARGEST_QUANTITY)


def for_sale(items: Sequence[CartItem]) -> DomainError | None:
    """A cart is paid only while every product in it is sold."""
    if not items:
        return errors.CartEmpty(remedy="Put something in it first.")
    gone = [item for item in items if item.product.status != Product.Status.ON_SALE]
    if gone:
        names = ", ".join(item.name for item in gone)
        return errors.ProductWithdrawn(
            f"{names} {'is' if len(gone) == 1 else 'are'} not sold any more.",
            remedy="Take it out of the cart."
            if len(gone) == 1
            else "Take them out of the cart.",
            lines=[{"product_id": item.product_id, "name": item.name} for item in gone],
        )
    return None


def prices_stand(items: Sequence[CartItem]) -> DomainError | None:
    """Nobody pays a price that they did not see."""
    changed = [
        item
        for item in items
        if (item.price_minor, item.currency)
        != (item.product.price_minor, item.product.currency)
    ]
    if not changed:
        return None
    said = ", ".join(
        f"{item.name} costs "
        f"{money.shown(item.product.price_minor, item.product.currency)} now, "
        f"not {money.shown(item.price_minor, item.currency)}"
        for item in changed
    )
    lines = [
        {
            "product_id": item.product_id,
            "name": item.name,
            "quantity": item.quantity,
            "old_minor": item.price_minor,
            "new_minor": item.product.price_minor,
            "currency": item.product.currency,
        }
        for item in changed
    ]
    return errors.CartChanged(
        f"{said}. Nothing was charged.",
        remedy="Accept the new prices, then pay.",
        lines=lines,
    )


def total_stands(
    items: Sequence[CartItem], seen_minor: int | None
) -> DomainError | None:
    """Nobody pays another total than the one they saw, on whatever page."""
    total = sum(item.total_minor for item in items)
    if seen_minor is None or total == seen_minor:
        return None
    was, now = (
        money.shown(amount, items[0].currency) for amount in (seen_minor, total)
    )
    return errors.CartChanged(
        f"The cart comes to {now} now, not {was}. Nothing was charged.",
        remedy="Look at it again, then pay.",
        lines=[],
    )


def in_stock(
    items: Sequence[CartItem], on_hand: Mapping[int, int], held: Mapping[int, int]
) -> DomainError | None:
    """There is enough of everything that is counted, beside what other carts hold."""
    short = [
        (item, max(on_hand[item.product_id] - held.get(item.product_id, 0), 0))
        for item in items
        if item.product_id in on_hand
        and on_hand[item.product_id] - held.get(item.product_id, 0) < item.quantity
    ]
    if not short:
        return None
    said = " ".join(_short(item, left) for item, left in short)
    lines = [
        {
            "product_id": item.product_id,
            "name": item.name,
            "wanted": item.quantity,
            "available": left,
        }
        for item, left in short
    ]
    return errors.OutOfStock(
        f"{said} Nothing was charged.",
        remedy="Take fewer, or take it out.",
        lines=lines,
    )


def _short(item: CartItem, left: int) -> str:
    if left:
        return (
            f"Only {left} of {item.name} {'is' if left == 1 else 'are'} left, you "
            f"want {item.quantity}."
        )
    return f"{item.name} is sold out."


def rentable(
    kind: RentalKind, starts_on: date, ends_on: date, today: date
) -> DomainError | None:
    """A rental lies ahead, ends after it starts, and is not too long."""
    days = (ends_on - starts_on).days + 1
    if starts_on < today:
        return errors.RentalDates(
            f"{day_name(starts_on)} is over.", remedy="Choose a day from today on."
        )
    if days < 1:
        return errors.RentalDates(
            f"It would end on {day_name(ends_on)}, before it starts on "
            f"{day_name(starts_on)}.",
            remedy="Choose a later last day.",
        )
    if days > kind.longest_days:
        return errors.RentalDates(
            f"{kind.name} can be rented for {kind.longest_days} days, not {days}.",
            remedy="Choose fewer days.",
        )
    if starts_on > today + timedelta(days=FURTHEST_DAYS):
        return errors.RentalDates(
            f"{day_name(starts_on)} is more than {FURTHEST_DAYS} days ahead.",
            remedy="Choose an earlier day.",
        )
    return None


def rental_total(kind: RentalKind, starts_on: date, ends_on: date) -> int:
    """Fees of all days, in minor units, without the deposit."""
    return kind.day_fee_minor * ((ends_on - starts_on).days + 1)


def rental_price_stands(
    kind: RentalKind, starts_on: date, ends_on: date, seen_minor: int | None
) -> DomainError | None:
    """Nobody pays another price, deposit included, than the one they saw."""
    due = rental_total(kind, starts_on, ends_on) + kind.deposit_minor
    if seen_minor is None or due == seen_minor:
        return None
    was, now = money.shown(seen_minor, kind.currency), money.shown(due, kind.currency)
    return errors.PriceChanged(
        f"It costs {now} now, not {was}. Nothing was charged.",
        remedy="Look at it again, then pay.",
        old_minor=seen_minor,
        new_minor=due,
        currency=kind.currency,
    )


def lendable(rental: Rental, today: date) -> DomainError | None:
    """A unit is handed out on the rental's own days."""
    if today < rental.starts_on:
        return errors.WrongRentalState(
            f"This rental begins on {day_name(rental.starts_on)}.",
            remedy="Hand it out then.",
        )
    if today > rental.ends_on:
        return errors.WrongRentalState(
            f"This rental ended on {day_name(rental.ends_on)}.",
            remedy="Cancel it and rent anew.",
        )
    return None


def purchase_may_become(
    order: PurchaseOrder, status: PurchaseOrder.Status
) -> DomainError | None:
    """What was received in full or cancelled stays so."""
    if status in PurchaseOrder.TRANSITIONS[PurchaseOrder.Status(order.status)]:
        return None
    state = order.get_status_display().lower()
    return errors.WrongPurchaseState(
        f"Purchase order {order.reference} is {state} already."
    )


def days_late(ends_on: date, today: date) -> int:
    return max((today - ends_on).days, 0)
