"""The last items of a product, and the last unit of a kind to rent."""

from datetime import timedelta
from typing import Any

from catalog.models import Cart, CartItem, Product
from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners, rows
from gymsite.ops.rig.load import Request, send

API = "/api/v1"

# what was bought of a product, by whom, paid how often
SALES = """
SELECT i.product_id, c.member_id, o.id, o.reference, e.quantity, p.status = 'paid' AS paid
FROM catalog_cartitem i JOIN catalog_cart c ON c.id = i.cart_id JOIN catalog_order o ON o.cart_id = c.id
LEFT JOIN catalog_stockentry e ON e.order_id = o.id AND e.product_id = i.product_id
LEFT JOIN payments_payment p ON p.id = o.payment_id
WHERE i.product_id = ANY(%(products)s)
"""
LEVELS = (
    "SELECT product_id, on_hand FROM catalog_stocklevel WHERE product_id = "
    "ANY(%(products)s)"
)
RENTALS = """
SELECT u.kind_id, r.member_id, r.id, r.reference, p.status = 'paid' AS paid
FROM catalog_rental r JOIN catalog_rentalunit u ON u.id = r.unit_id
LEFT JOIN payments_payment p ON p.id = r.payment_id
WHERE u.kind_id = ANY(%(kinds)s) AND r.status IN ('booked', 'out')
"""
# cards of these members that were charged, however many orders and rentals there are
CHARGES = """
SELECT p.member_id, count(*) FROM payments_payment p JOIN payments_ledgerentry e ON e.payment_id = p.id
WHERE p.member_id = ANY(%(members)s) AND p.gateway = 'card' AND p.amount_minor = %(amount)s AND p.status = 'paid'
GROUP BY p.member_id
"""


def judge_sale(
    score: Score, rival: Attempt, mine: tuple[Any, ...] | None, charges: int
) -> None:
    """A rival's answer against what is theirs: ``mine`` is (id, reference, paid) or
    None, ``charges`` of their card."""
    told = rival.last
    if told.succeeded and (
        mine is None or mine[1] != told.values.get("reference") or not mine[2]
    ):
        score.violated(
            f"heat {rival.heat}: what member {rival.member} paid for is gone", lost=1
        )
    elif not told.succeeded and (mine or charges):
        score.violated(
            f"heat {rival.heat}: member {rival.member} was refused, and has it or paid "
            "for it",
            doubled=1,
        )
    elif charges > 1:
        score.violated(
            f"heat {rival.heat}: member {rival.member} paid {charges} times",
            doubled=charges - 1,
        )


def fill_carts(cast: Cast, members: list[Member], wanted: list[Product]) -> list[Cart]:
    """A cart for each member, with one of the product that they want."""
    carts = Cart.objects.bulk_create(
        Cart(branch=cast.branch, member_id=member.id, created_at=cast.now)
        for member in members
    )
    CartItem.objects.bulk_create(
        CartItem(
            cart=cart,
            product=product,
            name=product.name,
            quantity=1,
            price_minor=product.price_minor,
            currency=product.currency,
        )
        for cart, product in zip(carts, wanted, strict=True)
    )
    return carts


class LastItem:
    """Ten carts for the last three of a product: three orders, three charges, an empty
    shelf."""

    name = "last item in stock"
    STOCK = 3
    PRICE = 1290

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        products = cast.products(heats, stock=self.STOCK)
        wanted = [product for product in products for _ in range(RIVALS)]
        carts = fill_carts(cast, members, wanted)
        return [
            Attempt(product.pk, member.id, [self._pay(cart.pk, member)])
            for cart, product, member in zip(carts, wanted, members, strict=True)
        ]

    def _pay(self, cart: int, member: Member) -> Request:
        return send(
            "POST",
            f"{API}/carts/{cart}/checkout",
            {},
            token=member.token,
            key=tokens.new(),
        )

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        sales = rows(SALES, {"products": list(heats)})
        levels = dict(rows(LEVELS, {"products": list(heats)}))
        members = [attempt.member for attempt in attempts]
        charges = dict(rows(CHARGES, {"members": members, "amount": self.PRICE}))
        for product, rivals in heats.items():
            score.heats += 1
            mine = {
                member: (pk, reference, paid)
                for sold, member, pk, reference, _, paid in sales
                if sold == product
            }
            judge_winners(score, product, winners=len(mine), capacity=self.STOCK)
            taken = -sum(
                quantity or 0 for sold, *_, quantity, _ in sales if sold == product
            )
            if taken != len(mine) or levels.get(product) != self.STOCK - taken:
                text = (
                    f"{len(mine)} were sold, {taken} left the store, "
                    f"{levels.get(product)} lie there"
                )
                score.violated(f"product {product}: of {self.STOCK}, {text}")
            for rival in rivals:
                judge_sale(
                    score, rival, mine.get(rival.member), charges.get(rival.member, 0)
                )


class LastUnit:
    """Ten members for the one unit of a kind, on the same days."""

    name = "last rental unit"
    DAYS = 3
    DUE = 3 * 300 + 1000

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        first = cast.now.date() + timedelta(days=1)
        days = {
            "branch_id": cast.branch.pk,
            "starts_on": first.isoformat(),
            "ends_on": (first + timedelta(days=self.DAYS - 1)).isoformat(),
        }
        wanted = [
            kind for kind in cast.rental_kinds(heats, units=1) for _ in range(RIVALS)
        ]
        return [
            Attempt(kind, member.id, [self._rent({"kind_id": kind, **days}, member)])
            for kind, member in zip(wanted, members, strict=True)
        ]

    def _rent(self, wish: dict[str, Any], member: Member) -> Request:
        return send(
            "POST", f"{API}/rentals/rent", wish, token=member.token, key=tokens.new()
        )

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        heats = by_heat(attempts)
        rented = rows(RENTALS, {"kinds": list(heats)})
        charges = dict(
            rows(
                CHARGES,
                {
                    "members": [attempt.member for attempt in attempts],
                    "amount": self.DUE,
                },
            )
        )
        for kind, rivals in heats.items():
            score.heats += 1
            here = [row for row in rented if row[0] == kind]
            judge_winners(score, kind, winners=len(here), capacity=1)
            mine = {
                member: (pk, reference, paid) for _, member, pk, reference, paid in here
            }
            for rival in rivals:
                judge_sale(
                    score, rival, mine.get(rival.member), charges.get(rival.member, 0)
                )
