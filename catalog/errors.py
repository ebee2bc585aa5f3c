"""What the shop says no with. The docstring is the title; details come with values."""

from gymsite.core import money
from gymsite.core.errors import DomainError, Invalid, for_constraint, misfit
from gymsite.payments.errors import RefundTooMuch


class ProductNotFound(DomainError):
    """There is no such product."""

    code = "product_not_found"
    status = 404


class ProductWithdrawn(DomainError):
    """This product is not sold any more."""

    code = "product_withdrawn"


class OutOfStock(DomainError):
    """There is not enough of this left.

    ``lines`` lists every product that is short: {"product_id", "name", "wanted",
    "available"}. Not final: what others hold while they pay is free again within
    minutes.
    """

    code = "out_of_stock"
    is_final = False


class CartNotFound(DomainError):
    """There is no such cart."""

    code = "cart_not_found"
    status = 404


class CartEmpty(DomainError):
    """This cart is empty."""

    code = "cart_empty"


class CartOrdered(DomainError):
    """This cart was ordered already."""

    code = "cart_ordered"


class BranchClosed(DomainError):
    """This branch is closed."""

    code = "branch_closed"


class OtherCurrency(DomainError):
    """This is sold in another currency than what is in your cart."""

    code = "other_currency"


class CartChanged(DomainError):
    """A price has changed since you put this in the cart. Nothing was charged.

    ``lines`` lists every change: {"product_id", "name", "quantity", "old_minor",
    "new_minor", "currency"}.
    """

    code = "cart_changed"


class OrderNotFound(DomainError):
    """There is no such order."""

    code = "order_not_found"
    status = 404


class WrongOrderState(DomainError):
    """This order is in another state by now."""

    code = "wrong_order_state"


class NotBought(DomainError):
    """Only what you bought can be reviewed."""

    code = "not_bought"
    status = 403


class AlreadyReviewed(DomainError):
    """You have reviewed this product."""

    code = "already_reviewed"


class ReviewNotFound(DomainError):
    """There is no such review."""

    code = "review_not_found"
    status = 404


class RentalKindNotFound(DomainError):
    """There is nothing of this kind to rent."""

    code = "rental_kind_not_found"
    status = 404


class RentalNotFound(DomainError):
    """There is no such rental."""

    code = "rental_not_found"
    status = 404


class RentalDates(DomainError):
    """These days can't be rented."""

    code = "rental_dates"


class NothingToRent(DomainError):
    """Nothing of this kind is free on all of these days."""

    code = "nothing_to_rent"


class PriceChanged(DomainError):
    """The price has changed since you looked. Nothing was charged.

    Values: ``old_minor``, ``new_minor``, ``currency``.
    """

    code = "price_changed"


class WrongRentalState(DomainError):
    """This rental is in another state by now."""

    code = "wrong_rental_state"


class UnitIsOut(DomainError):
    """This unit is still out with somebody else."""

    code = "unit_is_out"


class PurchaseNotFound(DomainError):
    """There is no such purchase order."""

    code = "purchase_not_found"
    status = 404


class WrongPurchaseState(DomainError):
    """This purchase order is in another state by now."""

    code = "wrong_purchase_state"


class DeliveredTooMuch(DomainError):
    """More was delivered than was ordered."""

    code = "delivered_too_much"


class PlanOutdated(DomainError):
    """Stock, offers or orders have changed since this plan was made. Nothing was
    ordered."""

    code = "plan_outdated"


def invalid_quantity(quantity: int, largest: int) -> Invalid:
    """Said on page, API and admin in the same words."""
    return Invalid({"quantity": [f"Take 1 to {largest} of it, not {quantity}."]})


class NotDelivered(DomainError):
    """Passes and gift cards are not on sale yet: nothing would honour them."""

    code = "not_delivered"


for_constraint(
    "catalog_product_is_delivered", NotDelivered(remedy="Leave it withdrawn.")
)
for_constraint(
    "catalog_category_sells_what_is_delivered",
    NotDelivered(remedy="Withdraw its products first."),
)
for_constraint(
    "catalog_stocklevel_not_below_zero",
    OutOfStock(remedy="Take fewer, or come back later."),
)
for_constraint("catalog_cartitem_cart_is_open", CartOrdered(remedy="Start a new cart."))
for_constraint(
    "catalog_cartitem_one_currency",
    OtherCurrency(remedy="Pay what is in the cart first, or empty it."),
)
for_constraint("catalog_cart_stays_ordered", CartOrdered(remedy="Start a new cart."))
for_constraint("catalog_refund_within_line", RefundTooMuch())
for_constraint("catalog_order_refund_within_total", RefundTooMuch())
for_constraint(
    "catalog_review_one_a_product",
    AlreadyReviewed(remedy="You find it on the product's page."),
)
for_constraint("catalog_review_by_a_buyer", NotBought(remedy="Buy it first."))
for_constraint("catalog_rental_unit_free", NothingToRent(remedy="Choose other days."))
for_constraint(
    "catalog_purchaseline_received_within_ordered",
    DeliveredTooMuch(remedy="Check the delivery note."),
)
for_constraint("catalog_rental_out_once", UnitIsOut(remedy="Take it back first."))
for_constraint(
    "catalog_product_has_a_price",
    misfit("price_minor", "A price is more than nothing."),
)
for_constraint(
    "catalog_rentalkind_longest_days",
    misfit("longest_days", "A rental lasts 1 to 366 days."),
)
for_constraint(
    "catalog_rentalunit_code_once",
    misfit("code", "This branch has a unit with that code."),
)
for_constraint(
    "catalog_supplieroffer_once",
    misfit(
        "pack_size", "This supplier offers this product in packs of that size already."
    ),
)
for_constraint(
    "catalog_supplieroffer_sells_something",
    misfit("pack_size", "A pack holds something and costs something."),
)
for_constraint(
    "catalog_supplieroffer_packs",
    misfit("most_packs", "At most as many packs as at least, or more."),
)
for _typed in ("product", "rentalkind", "supplieroffer"):
    for_constraint(
        f"catalog_{_typed}_currency_known", misfit("currency", money.UNKNOWN)
    )
