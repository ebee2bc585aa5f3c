"""Who bought what, and what they said of it."""

from django.db.models import IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from catalog.models import CartItem, Product, Refund, Review


def product_named(slug: str) -> Product | None:
    """What a review is written of, withdrawn or not."""
    return Product.objects.only("id", "slug", "name").filter(slug=slug).first()


def bought_at(member_id: int, product_id: int) -> int | None:
    """The branch where a member's order with the product was collected last.

    What was given back in full since then counts as not bought.
    """
    bought = CartItem.objects.filter(
        cart__member_id=member_id, cart__status="ordered", product_id=product_id
    )
    given = (
        Refund.objects.filter(item=OuterRef("pk"))
        .order_by()
        .values("item")
        .annotate(n=Sum("quantity"))
    )
    returned = Coalesce(Subquery(given.values("n"), output_field=IntegerField()), 0)
    return (
        bought.filter(quantity__gt=returned)
        .order_by("-cart_id")
        .values_list("cart__branch_id", flat=True)
        .first()
    )


def review_of(member_id: int, product_id: int) -> Review | None:
    """What a member said of a product (catalog_review_one_a_product)."""
    return Review.objects.filter(member_id=member_id, product_id=product_id).first()
