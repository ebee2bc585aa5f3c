"""Group shop: the store reference's 12 endpoints, one client, against its times."""

from fractions import Fraction

from gymsite.ops.bench.context import Context
from gymsite.ops.bench.endpoints import CREATED, Endpoint, measured
from gymsite.ops.bench.report import Row
from gymsite.ops.bench.shop_cast import ShopCast

GROUP = "shop"
# of the reference's time after its tuning
FIFTH, FIFTIETH = Fraction(1, 5), Fraction(1, 50)

ENDPOINTS = (
    Endpoint(
        "GET /users/user/", 121, lambda cast: cast.own("/users/user/"), share=FIFTH
    ),
    Endpoint(
        "GET /catalog/",
        1489,
        lambda cast: cast.own("/catalog/"),
        data=("product",),
        share=FIFTIETH,
    ),
    Endpoint(
        "GET /catalog/recs",
        295,
        lambda cast: cast.own("/catalog/recs"),
        data=("order",),
        share=FIFTH,
    ),
    Endpoint(
        "POST /catalog/review",
        123,
        ShopCast.review,
        CREATED,
        ("review", "cartitem"),
        FIFTH,
    ),
    Endpoint(
        "GET /catalog/search", 94, ShopCast.search, data=("product",), share=FIFTH
    ),
    Endpoint("POST /carts/", 104, ShopCast.new_cart, CREATED, ("cart",), FIFTH),
    Endpoint(
        "PUT /carts/{id}/items/{product}",
        157,
        ShopCast.put_item,
        data=("cart", "cartitem"),
        share=FIFTH,
    ),
    Endpoint(
        "POST /carts/{id}/checkout",
        125,
        ShopCast.check_out,
        CREATED,
        ("order", "stockentry"),
        FIFTH,
    ),
    Endpoint("POST /rentals/rent", 115, ShopCast.rent, CREATED, share=FIFTH),
    Endpoint("POST /rentals/return", 98, ShopCast.return_rental, share=FIFTH),
    Endpoint(
        "POST /stock/plan",
        106,
        ShopCast.plan,
        data=("product", "stockentry"),
        share=FIFTH,
    ),
    Endpoint(
        "POST /stock/deliver/{id}",
        84,
        ShopCast.deliver,
        data=("stockentry",),
        share=FIFTH,
    ),
)


def measure(context: Context) -> list[Row]:
    """Each at most a fifth of the reference's time, the catalogue a fiftieth."""
    return measured(
        context,
        GROUP,
        ENDPOINTS,
        ShopCast(context, context.pace.requests, context.pace.rounds),
    )
