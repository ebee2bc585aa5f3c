"""The last items of a product, and the last unit of a kind to rent."""

from datetime import timedelta
from typing import Any

from catalog.models import Cart, CartItem, Product
from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.rig.load import Request, send
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "wares")

API = "/api/v1"


def judge_sale(score: Score, rival: Attempt, mine: Any, charges: int) -> None:
    """A rival's answer against the row ``mine`` (or None) and its ``charges``."""
    told = rival.last
    if told.succeeded and not (
        mine and mine.reference == told.values.get("reference") and mine.paid
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


def charges_of(attempts: list[Attempt], amount: int) -> dict[int, int]:
    """{member: how often their card was charged ``amount``}."""
    members = [attempt.member for attempt in attempts]
    return dict(fetch_all(SQL.charges, {"members": members, "amount": amount}))


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
    """Ten carts for the last three: three orders, three charges, an empty shelf."""

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
        sales = fetch_all(SQL.sales, {"products": list(heats)})
        levels = dict(fetch_all(SQL.levels, {"products": list(heats)}))
        charges = charges_of(attempts, self.PRICE)
        for product, rivals in heats.items():
            score.heats += 1
            here = [sale for sale in sales if sale.product == product]
            mine = {sale.member: sale for sale in here}
            judge_winners(score, product, winners=len(mine), capacity=self.STOCK)
            taken = -sum(sale.quantity or 0 for sale in here)
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
        rented = fetch_all(SQL.rentals, {"kinds": list(heats)})
        charges = charges_of(attempts, self.DUE)
        for kind, rivals in heats.items():
            score.heats += 1
            here = [rental for rental in rented if rental.kind == kind]
            judge_winners(score, kind, winners=len(here), capacity=1)
            mine = {rental.member: rental for rental in here}
            for rival in rivals:
                judge_sale(
                    score, rival, mine.get(rival.member), charges.get(rival.member, 0)
                )
