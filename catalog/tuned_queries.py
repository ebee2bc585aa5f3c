"""The shop's queries that matter (gymsite.postgres.tuned_query)."""

from catalog.models import Category, Order
from catalog.queries import (
    carts,
    orders,
    product_lists,
    product_page,
    purchasing,
    recommendations,
    rentals,
    reviews,
    search,
    shop_header,
    stock,
)
from catalog.queries.product_lists import SORTS, Wanted
from gymsite.core.models import Branch
from gymsite.core.pagination import keyset_page
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery

SQL = statements("catalog", "samples")
NOTHING = "SELECT"
NOW = "SELECT now() AS now"


def _sorted_by(sort: str):
    """The first page of the whole shop in one of its orders."""
    return lambda: keyset_page(
        product_lists.as_cards(product_lists.on_sale()),
        SORTS[sort],
        cursor=None,
        limit=24,
    )


def _of_kind():
    """The catalogue's API: the products of a kind of categories, shelf by shelf."""
    wanted = Wanted(kind=Category.Kind.NUTRITION)
    rows = product_lists.as_rows(
        product_lists.narrowed(product_lists.by_shelf(product_lists.on_sale()), wanted),
        "shelf",
    )
    return keyset_page(rows, product_lists.SHELVES, cursor=None, limit=50)


QUERIES = (
    TunedQuery(
        "shop-shelf",
        "A category of the shop, in the shop's order",
        SQL.fullest_category,
        lambda category: keyset_page(
            product_lists.as_cards(
                product_lists.narrowed(
                    product_lists.on_sale(), Wanted(category=category)
                )
            ),
            SORTS["featured"],
            cursor=None,
            limit=24,
        ),
        ("catalog_product_shelf",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "shop",
        "The whole shop in its own order",
        NOTHING,
        _sorted_by("featured"),
        ("catalog_product_order",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "shop-by-price",
        "The whole shop, cheapest first",
        NOTHING,
        _sorted_by("price"),
        ("catalog_product_price",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "shop-by-rating",
        "The whole shop, best loved first",
        NOTHING,
        _sorted_by("rating"),
        ("catalog_product_score",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "catalogue-by-kind",
        "the catalogue by kind of category",
        NOTHING,
        _of_kind,
        ("catalog_category_kind",),
        reference=Reference(2, 1873, 1489, of_endpoint=True, times=1.26),
        note="The categories fit on one page of the table, which is read at once with "
        "or without an index, and nothing is grouped at each request: ratings and "
        "stock are kept as they change.",
    ),
    TunedQuery(
        "shop-search",
        "Products about a word that is mistyped",
        NOTHING,
        lambda: keyset_page(
            search.matching(product_lists.on_sale(), "protien"),
            search.ORDER,
            cursor=None,
            limit=24,
        ),
        ("catalog_product_words", "catalog_product_spelling"),
    ),
    TunedQuery(
        "product-now",
        "What is true of a product at this moment, and what is the reader's own",
        SQL.product_and_reader,
        product_page.now_of,
        (
            "catalog_cart_member",
            "catalog_productpair_often",
            "catalog_review_one_a_product",
        ),
        besides=("catalog_cart_one_open",),
    ),
    TunedQuery(
        "product-reviews",
        "A page of a product's published reviews, newest first",
        SQL.best_known_product,
        lambda product: keyset_page(
            product_page.published(product), ("-id",), cursor=None, limit=10
        ),
        ("catalog_review_product",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "bought-by-member",
        "what a member bought, by their carts",
        SQL.owner_of_cart,
        recommendations.bought_by,
        ("catalog_cart_member",),
        reference=Reference(2, 371, 295, of_endpoint=True, times=7.0),
    ),
    TunedQuery(
        "bought-together",
        "What goes with what a member bought",
        SQL.buyer,
        lambda member_id: recommendations.for_member(member_id, most=12),
        ("catalog_productpair_often",),
        about="catalog_productpair",
        besides=("catalog_productpair_once",),
    ),
    TunedQuery(
        "cart",
        "How many things lie in the reader's cart, with the header of the page",
        SQL.buyer,
        shop_header.read_shop_header,
        ("catalog_cart_one_open",),
        besides=("catalog_cart_member",),
    ),
    TunedQuery(
        "cart-page",
        "The items of an open cart as its page shows them",
        SQL.buyer_now,
        carts.shown_items,
        ("catalog_cart_one_open", "catalog_cartitem_one_a_product"),
        besides=("catalog_cart_member",),
    ),
    TunedQuery(
        "checkout-lines",
        "What was bought with an order, with what came back and what is reviewed",
        SQL.order,
        lambda order_id: orders.shown_lines(Order.objects.get(pk=order_id)),
        ("catalog_cartitem_one_a_product",),
        about='FROM "catalog_cartitem"',
    ),
    TunedQuery(
        "stock-of-order",
        "the stock ledger of an order",
        SQL.order_from_stock,
        orders.stock_entries_of,
        ("catalog_stockentry_order",),
        reference=Reference(2, 248, 125, of_endpoint=True, times=2.0),
    ),
    TunedQuery(
        "stock-of-delivery",
        "What was received with a delivery",
        SQL.delivery,
        purchasing.entries_of,
        ("catalog_stockentry_delivery",),
    ),
    TunedQuery(
        "stock-held",
        "What other carts hold of some products at this moment",
        SQL.some_products,
        lambda product_ids, now: stock.held_by_others(product_ids, cart_id=0, now=now),
        ("catalog_stockhold_product",),
    ),
    TunedQuery(
        "orders",
        "A page of a member's orders, newest first",
        SQL.buyer,
        lambda member_id: keyset_page(
            orders.listed(member_id), ("-id",), cursor=None, limit=20
        ),
        ("catalog_order_member", "catalog_cartitem_one_a_product"),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "rentals",
        "A page of a member's rentals, newest first",
        SQL.renter,
        lambda member_id: keyset_page(
            rentals.past(member_id), ("-id",), cursor=None, limit=20
        ),
        ("catalog_rental_member",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "rental-units-free",
        "What a branch lends and how much of it is free today",
        SQL.branch_with_most_units,
        rentals.kinds_at,
        ("catalog_rental_unit_free",),
    ),
    TunedQuery(
        "right-to-review",
        "Where a member collected a product last",
        SQL.purchase,
        reviews.bought_at,
        ("catalog_cart_member",),
    ),
    TunedQuery(
        "sold-lately",
        "What sold in the last weeks and what is on its way, for a plan of purchases",
        NOW,
        purchasing.plan_purchases,
        ("catalog_stockentry_sold",),
        index_only=("catalog_stockentry",),
    ),
    TunedQuery(
        "purchases-late",
        "Orders to suppliers that should have come by now",
        NOW,
        lambda now: purchasing.late(Branch.objects.all(), now),
        ("catalog_purchaseorder_due",),
        about="catalog_purchaseorder",
    ),
)
