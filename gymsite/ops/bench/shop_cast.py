"""The requests of the store reference's endpoints; no write comes twice."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count as numbers
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote

from catalog.models import (
    Cart,
    CartItem,
    Product,
    PurchaseLine,
    PurchaseOrder,
    Rental,
    RentalKind,
    RentalUnit,
    SupplierOffer,
)
from gymsite.core import references
from gymsite.core.models import Branch, Role, User
from gymsite.ops.bench.context import Context
from gymsite.ops.rig import load
from gymsite.ops.rig.errors import Refused

API = "/api/v1"
MANY = 1_000_000  # of a product's stock, so that no request finds it sold out


class ShopCast:
    """Who plays: ``count`` requests a round, for ``rounds`` rounds and a warm-up.

    All that a round uses up (carts to pay, things to return, purchases to receive) is
    made beforehand.
    """

    def __init__(self, context: Context, count: int, rounds: int) -> None:
        self.context, self.count = context, count
        turns = count * (rounds + 1)
        shoppers = context.people.shoppers(5 * turns)
        owner = User.objects.filter(role=Role.OWNER, is_active=True).first()
        self.products = list(
            Product.objects.filter(status="on_sale", tracks_stock=True).order_by(
                "rank", "id"
            )[:40]
        )
        self.branch = Branch.objects.filter(is_active=True).order_by("pk").first()
        if (
            len(shoppers) < 5
            or owner is None
            or not self.products
            or self.branch is None
        ):
            raise Refused(
                "The seeded brand lacks members without an open cart, an owner, "
                "products or a branch."
            )
        self.owner = owner
        hands = [shoppers[n::5] for n in range(5)]
        self.members, self.without_cart, fillers, payers, renters = hands
        self.to_review = context.people.unreviewed(turns)
        context.people.tokens(
            [*shoppers, owner.pk, *(member for member, _ in self.to_review)]
        )
        context.people.stock_up(
            [product.pk for product in self.products], self.branch.pk, MANY
        )
        self.to_fill = list(self._carts(fillers, filled=False).items())
        self.to_pay = list(self._carts(payers, filled=True).items())
        self.units = self._units(2 * len(renters))
        self.renters, self.to_return = renters, self._rented(renters)
        self.to_deliver = self._purchases(turns)

    def _carts(self, members: list[int], *, filled: bool) -> dict[int, int]:
        """{member: new open cart}, with one each of two products if ``filled``."""
        Cart.objects.bulk_create(
            Cart(branch=self.branch, member_id=member, created_at=self.context.now)
            for member in members
        )
        carts = dict(
            Cart.objects.filter(member__in=members, status="open").values_list(
                "member_id", "pk"
            )
        )
        if filled:
            CartItem.objects.bulk_create(
                CartItem(
                    cart_id=cart,
                    product=product,
                    name=product.name,
                    quantity=1,
                    price_minor=product.price_minor,
                    currency=product.currency,
                )
                for cart, n in zip(carts.values(), numbers(), strict=False)
                for product in (
                    self.products[n % len(self.products)],
                    self.products[(n + 7) % len(self.products)],
                )
            )
        return carts

    def _units(self, count: int) -> list[RentalUnit]:
        kind = RentalKind.objects.create(
            name="Bench",
            slug="bench",
            day_fee_minor=300,
            late_fee_minor=500,
            deposit_minor=1000,
        )
        return RentalUnit.objects.bulk_create(
            RentalUnit(branch=self.branch, kind=kind, code=f"BENCH-{n}")
            for n in range(count)
        )

    def _rented(self, members: list[int]) -> list[Rental]:
        """A thing for each member, due today; half of the units stay free."""
        assert self.branch is not None
        today = self.branch.today(self.context.now)
        return Rental.objects.bulk_create(
            Rental(
                reference=references.new(),
                branch=self.branch,
                unit=unit,
                member_id=member,
                status="out",
                starts_on=today - timedelta(days=1),
                ends_on=today,
                fee_minor=600,
                late_fee_minor=500,
                deposit_minor=0,
                currency="GBP",
                created_at=self.context.now,
            )
            for member, unit in zip(members, self.units, strict=False)
        )

    def _purchases(self, count: int) -> list[int]:
        """Orders of two lines each, all to be received."""
        offers = list(
            SupplierOffer.objects.filter(
                is_active=True, product__tracks_stock=True
            ).order_by("pk")[:60]
        )
        assert self.branch
        today = self.branch.today(self.context.now)
        orders = PurchaseOrder.objects.bulk_create(
            PurchaseOrder(
                reference=references.new(),
                branch=self.branch,
                supplier_id=offer.supplier_id,
                total_minor=2 * offer.pack_cost_minor,
                currency=offer.currency,
                ordered_at=self.context.now,
                expected_on=today,
            )
            for offer in islice(cycle(offers), count)
        )
        PurchaseLine.objects.bulk_create(
            PurchaseLine(
                order=order,
                offer=offer,
                product_id=offer.product_id,
                quantity=offer.pack_size,
                cost_minor=offer.pack_cost_minor,
            )
            for order, n in zip(orders, numbers(), strict=False)
            for offer in (offers[n % len(offers)], offers[(n + 1) % len(offers)])
        )
        return [order.pk for order in orders]

    def own(self, path: str) -> list[load.Item]:
        """A GET of a member's own."""
        return [
            [load.get(API + path, token=self._token(member))]
            for member in self._some(self.members)
        ]

    def search(self) -> list[load.Item]:
        """Names of products, every second one mistyped."""
        words = [
            _mistyped(product.name) if n % 2 else product.name
            for n, product in enumerate(self.products)
        ]
        paths = [f"{API}/catalog/search?q={quote(word)}" for word in words]
        asked = zip(self._some(self.members), cycle(paths), strict=False)
        return [[load.get(path, token=self._token(member))] for member, path in asked]

    def review(self) -> list[load.Item]:
        said = {
            "rating": 4,
            "title": "Does what it should",
            "text": "I use it twice a week.",
        }
        return self._posts(
            "/catalog/review",
            self.to_review,
            lambda pair: (pair[0], {"product_id": pair[1], **said}),
        )

    def new_cart(self) -> list[load.Item]:
        return self._posts("/carts/", self.without_cart, lambda member: (member, {}))

    def put_item(self) -> list[load.Item]:
        taken = zip(self._next(self.to_fill), cycle(self.products), strict=False)
        return [
            [
                load.send(
                    "PUT",
                    f"{API}/carts/{cart}/items/{product.pk}",
                    {"quantity": 2},
                    token=self._token(member),
                )
            ]
            for (member, cart), product in taken
        ]

    def check_out(self) -> list[load.Item]:
        return [
            [
                load.send(
                    "POST",
                    f"{API}/carts/{cart}/checkout",
                    {},
                    token=self._token(member),
                )
            ]
            for member, cart in self._next(self.to_pay)
        ]

    def rent(self) -> list[load.Item]:
        assert self.branch is not None
        first = self.branch.today(self.context.now)
        body = {
            "kind_id": self.units[0].kind_id,
            "branch_id": self.branch.pk,
            "starts_on": first.isoformat(),
            "ends_on": (first + timedelta(days=2)).isoformat(),
        }
        return self._posts("/rentals/rent", self.renters, lambda member: (member, body))

    def return_rental(self) -> list[load.Item]:
        return self._posts(
            "/rentals/return",
            self.to_return,
            lambda rental: (rental.member_id, {"rental_id": rental.pk}),
        )

    def plan(self) -> list[load.Item]:
        token = self._token(self.owner.pk)
        return [[load.send("POST", f"{API}/stock/plan", {}, token=token)]] * self.count

    def deliver(self) -> list[load.Item]:
        token = self._token(self.owner.pk)
        return [
            [
                load.send(
                    "POST",
                    f"{API}/stock/deliver/{order}",
                    {"note": f"B-{order}"},
                    token=token,
                )
            ]
            for order in self._next(self.to_deliver)
        ]

    def _posts(
        self,
        path: str,
        left: list[Any],
        of: Callable[[Any], tuple[int, dict[str, Any]]],
    ) -> list[load.Item]:
        sent = [of(each) for each in self._next(left)]
        return [
            [load.send("POST", API + path, body, token=self._token(member))]
            for member, body in sent
        ]

    def _token(self, member: int) -> str:
        return self.context.people.tokens([member])[member]

    def _some(self, members: list[int]) -> list[int]:
        return list(islice(cycle(members), self.count))

    def _next(self, left: list[Any]) -> list[Any]:
        """The next that nobody has used; empty when the brand has no more of them."""
        taken, left[:] = left[: self.count], left[self.count :]
        return taken


def _mistyped(name: str) -> str:
    """Two letters of the longest word change places."""
    word = max(name.split(), key=len)
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
