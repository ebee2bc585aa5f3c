"""A cart in words: its lines, what has changed since, and what it comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.models import LARGEST_QUANTITY, CartItem, Product
from catalog.models.stock import FEW
from gymsite.core.money import shown


@dataclass(frozen=True, slots=True)
class Line:
    """One product; prices are text.

    ``left`` is how many could be bought now, at most 50; ``was`` the price agreed
    before, where that is another one.
    """

    product_id: int
    slug: str
    name: str
    digest: str
    drawing: str
    quantity: int
    unit: str
    was: str
    total_minor: int
    total: str
    left: int
    is_sold: bool
    stock: str

    @property
    def is_short(self) -> bool:
        return self.is_sold and self.left < self.quantity

    @property
    def fewer(self) -> int:
        return self.quantity - 1

    @property
    def more(self) -> int:
        return self.quantity + 1

    @property
    def can_more(self) -> bool:
        return self.quantity < self.left


@dataclass(frozen=True, slots=True)
class CartShown:
    """``total_minor`` is at today's prices, of what is still sold.

    ``id`` is None for a cart that is empty.
    """

    id: int | None
    branch_id: int | None
    lines: list[Line]
    count: int
    total_minor: int
    total: str
    is_paying: bool

    @property
    def has_new_prices(self) -> bool:
        return any(line.was for line in self.lines)

    @property
    def has_withdrawn(self) -> bool:
        return any(not line.is_sold for line in self.lines)

    @property
    def is_short(self) -> bool:
        return any(line.is_short for line in self.lines)

    @property
    def can_be_paid(self) -> bool:
        settled = not (
            self.has_new_prices or self.has_withdrawn or self.is_short or self.is_paying
        )
        return bool(self.lines) and settled


def cart_shown(items: Sequence[CartItem], now: datetime) -> CartShown:
    """A cart from the items of queries.carts.shown_items."""
    lines = [_line(item) for item in items]
    total = sum(line.total_minor for line in lines if line.is_sold)
    cart = items[0].cart if items else None
    return CartShown(
        id=cart.pk if cart else None,
        branch_id=cart.branch_id if cart else None,
        lines=lines,
        count=sum(item.quantity for item in items),
        total_minor=total,
        total=shown(total, items[0].product.currency) if items else "",
        is_paying=bool(cart and cart.payment and cart.payment.is_open),
    )


def _line(item: CartItem) -> Line:
    product = item.product
    price, currency = product.price_minor, product.currency
    sold = product.status == Product.Status.ON_SALE
    left = _left(item)
    changed = sold and (item.price_minor, item.currency) != (price, currency)
    return Line(
        product_id=product.pk,
        slug=product.slug,
        name=item.name,
        digest=item.picture,  # type: ignore[attr-defined]  # annotated by queries.carts.with_picture
        drawing=item.drawing,  # type: ignore[attr-defined]
        quantity=item.quantity,
        unit=shown(price, currency),
        was=shown(item.price_minor, item.currency) if changed else "",
        total_minor=price * item.quantity,
        total=shown(price * item.quantity, currency),
        left=left,
        is_sold=sold,
        stock=_stock(left, item.quantity) if sold and product.tracks_stock else "",
    )


def _left(item: CartItem) -> int:
    if not item.product.tracks_stock:
        return LARGEST_QUANTITY
    free = item.product.stock.on_hand - item.held  # type: ignore[attr-defined]  # annotated
    return min(max(free, 0), LARGEST_QUANTITY)


def _stock(left: int, wanted: int) -> str:
    """Said only where it matters."""
    if left == 0:
        return "Sold out"
    return f"Only {left} left" if left < wanted or left <= FEW else ""
