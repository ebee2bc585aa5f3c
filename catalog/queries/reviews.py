"""Who bought what, and what they said of it."""

from ..models import CartItem, Product, Review


def product_named(slug: str) -> Product | None:
    """What a review is written of, withdrawn or not."""
    return Product.objects.only("id", "slug", "name").filter(slug=slug).first()


def bought_at(member_id: int, product_id: int) -> int | None:
    """The branch where a member's order with the product was collected last, None if there is none."""
    bought = CartItem.objects.filter(cart__member_id=member_id, cart__status="ordered", product_id=product_id)
    return bought.order_by("-cart_id").values_list("cart__branch_id", flat=True).first()


def review_of(member_id: int, product_id: int) -> Review | None:
    """What a member said of a product (catalog_review_one_a_product)."""
    return Review.objects.filter(member_id=member_id, product_id=product_id).first()
