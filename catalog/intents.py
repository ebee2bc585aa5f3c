"""What visitors come to the pages of products and of kit to rent for."""

from catalog.models import Product
from catalog.queries.rentals import kind_named
from gymsite.web import intents


def register() -> None:
    intents.declare("product", buy_product)
    intents.declare("rent", rent_kind)


def buy_product(slug: str) -> str | None:
    for_sale = Product.objects.filter(slug=slug, status=Product.Status.ON_SALE)
    name = for_sale.values_list("name", flat=True).first()
    return name and f"buy {name}"


def rent_kind(slug: str) -> str | None:
    kind = kind_named(slug)
    return f"rent {kind.name}" if kind else None
