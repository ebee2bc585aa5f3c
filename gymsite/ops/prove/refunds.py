"""What was paid by card is refunded by many at the desk at once.

An order's things one by one, a rental that is cancelled, and one whose payment is still
on its way.

The job that asks the provider for a refund runs twice for each, as after a crash.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from typing import Any

from catalog.models import CartItem, Order, Rental
from catalog.operations.checkout import check_out
from catalog.operations.rentals import Wish, rent
from gymsite.core.models import Role
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import RIVALS, Score, by_heat, judge_winners
from gymsite.ops.prove.urls import CANCEL, REFUND
from gymsite.ops.prove.wares import fill_carts
from gymsite.ops.rig.load import Request, send
from gymsite.payments.errors import PaymentUnderWay
from gymsite.payments.tasks import return_money
from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "refunds")

THINGS = 3  # of an order


@dataclass(frozen=True, slots=True)
class Prize:
    """What a heat is about: its payment, and how often some of it can be refunded."""

    payment: int
    times: int
    tap: Request


class Refunds:
    """Ten taps a heat; what the provider keeps is what the ledger says."""

    name = "refunds"

    def __init__(self) -> None:
        self._kinds = cycle((self._order, self._rental, self._rental_under_way))

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        self._cast = cast
        (desk,) = cast.members(1, role=Role.FRONT_DESK, is_enrolled=False)
        self._prizes = {
            heat: next(self._kinds)(payer, desk)
            for heat, payer in enumerate(cast.members(heats, is_enrolled=False))
        }
        return [
            Attempt(heat, desk.id, [prize.tap])
            for heat, prize in self._prizes.items()
            for _ in range(RIVALS)
        ]

    def _order(self, payer: Member, desk: Member) -> Prize:
        cast = self._cast
        (cart,) = fill_carts(cast, [payer], cast.products(1, stock=THINGS))
        CartItem.objects.filter(cart=cart).update(quantity=THINGS)
        order, _ = check_out(cart_id=cart.pk, member_id=payer.id, now=cast.now)
        item = CartItem.objects.get(cart=cart).pk
        wish = {"order_id": order.pk, "quantities": {item: 1}, "actor_id": desk.id}
        return self._prize(order, THINGS, REFUND, wish, desk)

    def _rental(self, payer: Member, desk: Member, source: str = "pays") -> Prize:
        cast = self._cast
        (kind,) = cast.rental_kinds(1, units=1)
        day = cast.now.date() + timedelta(days=1)
        wish = Wish(kind, cast.branch.pk, payer.id, day, day)
        with suppress(PaymentUnderWay):
            rent(wish=wish, source=source, now=cast.now)
        rental = Rental.objects.get(unit__kind=kind)
        told = {"rental_id": rental.pk, "actor_id": desk.id}
        return self._prize(rental, 1, CANCEL, told, desk)

    def _rental_under_way(self, payer: Member, desk: Member) -> Prize:
        """The provider takes the money later, when the rental is cancelled."""
        return self._rental(payer, desk, "pends")

    def _prize(
        self,
        bought: Order | Rental,
        times: int,
        path: str,
        wish: Mapping[str, Any],
        desk: Member,
    ) -> Prize:
        assert bought.payment_id is not None
        tap = send("POST", f"/{path}", wish, token=desk.token)
        return Prize(bought.payment_id, times, tap)

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        payments = [prize.payment for prize in self._prizes.values()]
        for refund in fetch_all(SQL.returning, {"payments": payments}):
            asked = {"entry_id": refund.entry, "amount_minor": refund.amount}
            for _ in range(2):
                return_money(payment_id=refund.payment, **asked)
        books = self._cast.provider.books
        for heat, rivals in by_heat(attempts).items():
            self._judge_heat(score, heat, rivals, books)

    def _judge_heat(
        self, score: Score, heat: int, rivals: list[Attempt], books: Mapping[str, int]
    ) -> None:
        prize = self._prizes[heat]
        found = fetch_one(SQL.prize, {"payment": prize.payment})
        score.heats += 1
        judge_winners(score, heat, winners=found.refunds, capacity=prize.times)
        told = sum(rival.last.succeeded for rival in rivals)
        if told > found.refunds:
            text = f"{told} were told of a refund, and there are {found.refunds}"
            score.violated(f"heat {heat}: {text}", lost=told - found.refunds)
        if (kept := books.get(found.key, 0)) != found.entered:
            text = f"the provider keeps {kept}, the ledger says {found.entered}"
            few = kept < found.entered
            score.violated(f"heat {heat}: {text}", kept=not few, doubled=few)
