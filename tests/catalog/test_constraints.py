"""The database itself holds each invariant of the shop, by its name."""

from datetime import timedelta

import pytest

from catalog.models import CartItem, ProductPair, StockEntry, StockHold
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import begin_checkout
from catalog.operations.deliveries import deliver
from catalog.operations.orders import refund_order
from catalog.operations.rentals import Wish, rent
from catalog.operations.reviews import write_review
from tests import constraints
from tests.constraints import copied, refused_by
from tests.factories import (
    BranchFactory,
    CategoryFactory,
    MemberFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    SupplierOfferFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def update(model, what, key="id"):
    return lambda: f"UPDATE catalog_{model} SET {what} WHERE {key} = %(id)s"


def delete(model):
    return lambda: f"DELETE FROM catalog_{model} WHERE id = %(id)s"


def copy(model, **changes):
    return lambda: copied(f"catalog_{model}", **changes)


def truncate(model):
    return lambda: f"TRUNCATE catalog_{model} CASCADE"


NEW_REVIEW = """
INSERT INTO catalog_review (
    branch_id, product_id, member_id, rating, title, text, status, created_at
)
SELECT branch_id, %(id)s, member_id, 5, '', '', 'pending', created_at
FROM catalog_cart WHERE status = 'open' LIMIT 1
"""
NEW_ENTRY = """
INSERT INTO catalog_stockentry (
    branch_id, product_id, kind, quantity, balance, reason, at
)
SELECT id, %(id)s, 'stock_take', {quantity}, 0, '', now() FROM core_branch LIMIT 1
"""
NEW_LEVEL = (
    "INSERT INTO catalog_stocklevel (product_id, on_hand, reorder_at) "
    "VALUES (%(id)s, 1, 0)"
)
NEW_ITEM = """
INSERT INTO catalog_cartitem (
    cart_id, product_id, name, quantity, price_minor, currency
)
SELECT cart_id, %(id)s, 'X', 1, 1, 'GBP' FROM catalog_order LIMIT 1
"""

# name: (which row, the statement that breaks it)
BREAKS = {
    "catalog_cart_keeps_its_member": (
        "open_cart",
        update("cart", "member_id = member_id + 1"),
    ),
    "catalog_cart_one_open": ("open_cart", copy("cart", payment_id="NULL")),
    "catalog_cart_ordered_is_paid": (
        "unpaid_cart",
        update("cart", "status = 'ordered'"),
    ),
    "catalog_cart_stays_ordered": ("cart", update("cart", "status = 'open'")),
    "catalog_cartitem_cart_is_open": ("other", lambda: NEW_ITEM),
    "catalog_cartitem_one_currency": (
        "open_item",
        copy(
            "cartitem",
            currency="'EUR'",
            product_id="(SELECT max(id) FROM catalog_product WHERE id <> product_id)",
        ),
    ),
    "catalog_cartitem_one_a_product": ("open_item", copy("cartitem")),
    "catalog_cartitem_quantity": ("open_item", update("cartitem", "quantity = 51")),
    "catalog_delivery_append_only": ("delivery", update("delivery", "note = 'B'")),
    "catalog_delivery_never_truncated": ("delivery", truncate("delivery")),
    "catalog_delivery_note_once": ("delivery", copy("delivery")),
    "catalog_order_is_in_the_ledger": (
        "order",
        update("order", "refunded_minor = refunded_minor + 1"),
    ),
    "catalog_order_keeps_its_cart": (
        "order",
        update("order", "member_id = member_id + 1"),
    ),
    "catalog_order_reference_unique": (
        "order",
        lambda: "UPDATE catalog_order SET reference = 'X' WHERE id >= %(id)s",
    ),
    "catalog_order_refund_within_total": (
        "order",
        update("order", "refunded_minor = total_minor + 1"),
    ),
    "catalog_order_refunded_in_full": ("order", update("order", "status = 'refunded'")),
    "catalog_order_sums_its_lines": (
        "order",
        update("order", "total_minor = total_minor + 1"),
    ),
    "catalog_pricechange_append_only": ("price", delete("pricechange")),
    "catalog_pricechange_never_truncated": ("price", truncate("pricechange")),
    "catalog_category_sells_what_is_delivered": (
        "product",
        lambda: (
            "UPDATE catalog_category SET kind = 'passes' "
            "WHERE id = (SELECT category_id FROM catalog_product WHERE id = %(id)s)"
        ),
    ),
    "catalog_product_is_delivered": (
        "kept_back",
        update("product", "status = 'on_sale'"),
    ),
    "catalog_product_has_a_price": ("product", update("product", "price_minor = 0")),
    "catalog_product_keeps_counting": (
        "product",
        update("product", "tracks_stock = false"),
    ),
    "catalog_product_rating_is_1_to_5": (
        "product",
        update("product", "rating_sum = 6, review_count = 1"),
    ),
    "catalog_productpair_of_two": (
        "pair",
        update("productpair", "other_id = product_id"),
    ),
    "catalog_productpair_once": ("pair", copy("productpair")),
    "catalog_purchaseline_one_an_offer": ("line", copy("purchaseline", received="0")),
    "catalog_purchaseline_quantity": (
        "line",
        copy("purchaseline", quantity="0", received="0"),
    ),
    "catalog_purchaseline_received_follows_deliveries": (
        "line",
        update("purchaseline", "received = received + 1"),
    ),
    "catalog_purchaseline_received_within_ordered": (
        "line",
        update("purchaseline", "quantity = 1"),
    ),
    "catalog_refund_append_only": ("refund", delete("refund")),
    "catalog_refund_gives_something": ("refund", copy("refund", quantity="0")),
    "catalog_refund_never_truncated": ("refund", truncate("refund")),
    "catalog_refund_within_line": ("refund", copy("refund", quantity="2")),
    "catalog_rental_is_what_is_paid": (
        "rental",
        update("rental", "fee_minor = fee_minor + 1"),
    ),
    "catalog_rental_out_once": (
        "rental",
        lambda: (
            "WITH out AS (UPDATE catalog_rental SET status = 'out' WHERE id = %(id)s "
            "RETURNING *) "
            "INSERT INTO catalog_rental (reference, branch_id, unit_id, member_id, "
            "status, starts_on, ends_on, fee_minor, late_fee_minor, deposit_minor, "
            "currency, created_at) "
            "SELECT 'X', branch_id, unit_id, member_id, 'out', ends_on + 1, "
            "ends_on + 1, fee_minor, late_fee_minor, deposit_minor, currency, "
            "created_at FROM out"
        ),
    ),
    "catalog_rental_ends_after_start": (
        "rental",
        update("rental", "ends_on = starts_on - 1"),
    ),
    "catalog_rental_keeps_its_unit": (
        "rental",
        update("rental", "unit_id = unit_id + 1"),
    ),
    "catalog_rental_late_costs_its_days": ("rental", update("rental", "late_days = 1")),
    "catalog_rental_reference_unique": (
        "rental",
        copy(
            "rental", payment_id="NULL", starts_on="ends_on + 1", ends_on="ends_on + 9"
        ),
    ),
    "catalog_rental_returned_has_time": (
        "rental",
        update("rental", "status = 'returned'"),
    ),
    "catalog_rental_unit_free": (
        "rental",
        copy(
            "rental",
            reference="'X'",
            payment_id="NULL",
            starts_on="ends_on",
            ends_on="ends_on + 9",
        ),
    ),
    "catalog_rentalkind_longest_days": (
        "kind",
        update("rentalkind", "longest_days = 367"),
    ),
    "catalog_rentalunit_code_once": ("unit", copy("rentalunit")),
    "catalog_review_by_a_buyer": ("other", lambda: NEW_REVIEW),
    "catalog_review_keeps_its_product": (
        "review",
        update("review", "product_id = product_id + 1"),
    ),
    "catalog_review_one_a_product": ("review", copy("review")),
    "catalog_review_rating_1_to_5": ("review", update("review", "rating = 6")),
    "catalog_stockentry_append_only": ("entry", update("stockentry", "quantity = 9")),
    "catalog_stockentry_moves_level": ("pass", lambda: NEW_ENTRY.format(quantity=1)),
    "catalog_stockentry_never_truncated": ("entry", truncate("stockentry")),
    "catalog_stockentry_sign_fits_kind": (
        "entry",
        copy("stockentry", kind="'sale'", quantity="1"),
    ),
    "catalog_stockhold_one_a_product": ("hold", copy("stockhold")),
    "catalog_stockhold_quantity": ("hold", update("stockhold", "quantity = 0")),
    "catalog_stocklevel_begins_empty": ("pass", lambda: NEW_LEVEL),
    "catalog_stocklevel_follows_its_ledger": (
        "product",
        update("stocklevel", "on_hand = 9", "product_id"),
    ),
    "catalog_stocklevel_not_below_zero": (
        "product",
        lambda: NEW_ENTRY.format(quantity=-99),
    ),
    "catalog_supplieroffer_once": ("offer", copy("supplieroffer")),
    "catalog_supplieroffer_packs": ("offer", update("supplieroffer", "most_packs = 0")),
    "catalog_supplieroffer_sells_something": (
        "offer",
        update("supplieroffer", "pack_size = 0"),
    ),
}


@pytest.fixture
def rows(fill, buy, now):
    """A member bought, gave back, reviewed and rents, and fills another cart."""
    member, staff = MemberFactory(), UserFactory(role="manager")
    product, other = ProductFactory(), ProductFactory()
    order = buy(product, other, quantity=3, member=member)
    buy(other)
    item = CartItem.objects.get(cart=order.cart_id, product=product)
    (refund,) = refund_order(
        order_id=order.pk,
        quantities={item.pk: 2},
        restock=True,
        reason="",
        actor_id=staff.pk,
        now=now,
    )
    review = write_review(product_id=product.pk, member_id=member.pk, rating=5, now=now)
    unit, today = RentalUnitFactory(), now.astimezone(BranchFactory().zone).date()
    rental = rent(
        wish=Wish(
            unit.kind_id, unit.branch_id, member.pk, today, today + timedelta(days=2)
        ),
        now=now,
    )
    open_cart = fill(member, product)
    begin_checkout(cart_id=open_cart, member_id=member.pk, gateway="card", now=now)
    line = PurchaseOrderFactory(
        lines=[(SupplierOfferFactory(product=product), 5)]
    ).lines.get()
    received = deliver(
        purchase_id=line.order_id,
        note="A",
        lines={line.pk: 2},
        actor_id=staff.pk,
        now=now,
    )
    return {
        "product": product.pk,
        "other": ProductFactory().pk,
        "pass": ProductFactory(tracks_stock=False).pk,
        "kept_back": ProductFactory(
            status="withdrawn", category=CategoryFactory(slug="passes", kind="passes")
        ).pk,
        "price": product.prices.get().pk,
        "cart": order.cart_id,
        "order": order.pk,
        "refund": refund.pk,
        "pair": ProductPair.objects.get(product=product).pk,
        "review": review.pk,
        "rental": rental.pk,
        "unit": unit.pk,
        "kind": unit.kind_id,
        "open_cart": open_cart,
        "unpaid_cart": add_to_cart(
            member_id=MemberFactory().pk, product_id=other.pk, now=now
        ).cart_id,
        "open_item": CartItem.objects.get(cart=open_cart).pk,
        "hold": StockHold.objects.get().pk,
        "entry": StockEntry.objects.filter(product=product).earliest("id").pk,
        "offer": line.offer_id,
        "line": line.pk,
        "delivery": received.delivery.pk,
    }


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    tried = set(BREAKS) | constraints.of_currencies()
    assert constraints.named("catalog") <= tried
    assert set(BREAKS) <= constraints.named("catalog")


LEDGERS = [
    ("entry", "stockentry"),
    ("delivery", "delivery"),
    ("refund", "refund"),
    ("price", "pricechange"),
]


@pytest.mark.parametrize(("row", "model"), LEDGERS)
def test_history_is_neither_changed_nor_deleted(rows, row, model):
    name = f"catalog_{model}_append_only"
    assert refused_by(delete(model)(), id=rows[row]) == name
    assert refused_by(update(model, "id = id")(), id=rows[row]) == name


@pytest.mark.parametrize(
    "statement", [update("cartitem", "quantity = 9", "cart_id"), delete("cartitem")]
)
def test_the_lines_of_an_order_stay(rows, statement):
    line = CartItem.objects.filter(cart=rows["cart"]).values_list("pk", flat=True)[0]
    values = rows["cart"] if "cart_id" in statement() else line
    assert refused_by(statement(), id=values) == "catalog_cartitem_cart_is_open"


@pytest.mark.parametrize(
    ("row", "statement"),
    [
        ("open_item", update("cartitem", "quantity = 50")),
        (
            "rental",
            copy(
                "rental",
                reference="'X'",
                payment_id="NULL",
                starts_on="ends_on + 1",
                ends_on="ends_on + 1",
            ),
        ),
        ("refund", copy("refund", quantity="1")),
        (
            "line",
            copy(
                "purchaseline",
                received="0",
                offer_id="(SELECT max(id) FROM catalog_supplieroffer)",
            ),
        ),
    ],
)
def test_what_is_right_passes(rows, row, statement):
    SupplierOfferFactory()
    assert refused_by(statement(), id=rows[row]) is None
