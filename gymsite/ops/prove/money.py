"""Orders, rentals and memberships, paid with cards of every temper while processes die.

Afterwards the provider's books and ours have to say the same of each payment, and each
has its thing. What the clients were told is the lesser half: a payment may end in the
sweep.
"""

from collections import Counter
from datetime import timedelta
from itertools import cycle
from typing import Any

from gymsite.core import tokens
from gymsite.ops.prove.attempts import Attempt
from gymsite.ops.prove.cast import Cast, Member
from gymsite.ops.prove.contest import Score
from gymsite.ops.prove.till import SLOW
from gymsite.ops.prove.urls import ENROLL
from gymsite.ops.prove.wares import API, fill_carts
from gymsite.ops.rig.load import Request, send
from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.prove", "money")

# Each card tells the provider what to make of it (provider.MOODS). As many as share no
# factor with the wishes of a heat, so that in time each wish meets each of them.
CARDS = (
    SLOW,
    "dies",
    "pays",
    SLOW,
    "pends",
    "declines",
    "dies",
    SLOW,
    "dallies",
    "pays",
    "loses",
)
# of a heat, each tapped twice
WISHES = ("order", "membership", "rental", "order", "membership")


class Money:
    """Five members a heat tap twice on Pay; what the provider keeps is what they have.

    Here winners are things, and their capacity is what the provider was paid for.
    """

    name = "money"

    def __init__(self) -> None:
        self._cards = cycle(CARDS)

    def prepare(self, cast: Cast, members: list[Member], heats: int) -> list[Attempt]:
        self._cast, self._provider = cast, cast.provider
        made = {
            "order": self._order,
            "rental": self._rental,
            "membership": self._membership,
        }
        return [
            Attempt(heat, payer.id, [tap])
            for heat in range(heats)
            for payer, wish in zip(
                cast.members(len(WISHES), is_enrolled=False), WISHES, strict=True
            )
            for tap in self._taps(payer, *made[wish](payer))
        ]

    def _taps(self, payer: Member, path: str, body: dict[str, Any]) -> list[Request]:
        """Two, from two devices: each has a key of its own."""
        body = {**body, "source": next(self._cards)}
        keys = (tokens.new(), tokens.new())
        return [send("POST", path, body, token=payer.token, key=key) for key in keys]

    def _order(self, payer: Member) -> tuple[str, dict[str, Any]]:
        (cart,) = fill_carts(self._cast, [payer], self._cast.products(1, stock=1))
        return f"{API}/carts/{cart.pk}/checkout", {}

    def _rental(self, payer: Member) -> tuple[str, dict[str, Any]]:
        (kind,) = self._cast.rental_kinds(1, units=2)
        first = (self._cast.now.date() + timedelta(days=1)).isoformat()
        wish = {"kind_id": kind, "branch_id": self._cast.branch.pk, "starts_on": first}
        return f"{API}/rentals/rent", {**wish, "ends_on": first}

    def _membership(self, payer: Member) -> tuple[str, dict[str, Any]]:
        return f"/{ENROLL}", {"member_id": payer.id, "plan_id": self._cast.plan.pk}

    def judge(self, attempts: list[Attempt], score: Score, *, calm: bool) -> None:
        people = {attempt.member for attempt in attempts}
        score.heats += len({attempt.heat for attempt in attempts})
        books = self._provider.books_of(people)
        values = {"members": list(people)}
        having: Counter[int] = Counter()
        for payment in fetch_all(SQL.payments, values):
            kept = books.pop(payment.key, 0)
            having[payment.member] += self._judge_payment(score, payment, kept)
        for key in books:  # that none of our payments has
            self._judge_stray(score, self._provider.payers[key], having)
        for row in fetch_all(SQL.without_payment, values):
            score.violated(
                f"member {row.member}: {row.things} things that nobody was asked to "
                "pay",
                unpaid=row.things,
            )
        self._judge_answers(score, attempts, having)

    def _judge_payment(self, score: Score, payment: Any, kept: int) -> bool:
        member, has_thing = payment.member, payment.has_thing
        score.winners += has_thing
        score.capacity += kept > 0
        if kept and not has_thing:
            score.violated(
                f"member {member}: {kept} was kept, and bought nothing", kept=1
            )
        elif has_thing and not kept:
            score.violated(
                f"member {member}: has what the provider was not paid for", unpaid=1
            )
        elif kept != payment.entered or (kept and kept != payment.amount):
            score.violated(
                f"member {member}: asked for {payment.amount}, the provider keeps "
                f"{kept}, the ledger says {payment.entered}"
            )
        return has_thing

    def _judge_stray(self, score: Score, member: int, having: Counter[int]) -> None:
        score.capacity += 1
        if having[member]:
            score.violated(f"member {member}: paid twice for one thing", doubled=1)
        else:
            score.violated(
                f"member {member}: paid under a key that is not ours", kept=1
            )

    def _judge_answers(
        self, score: Score, attempts: list[Attempt], having: Counter[int]
    ) -> None:
        for attempt in attempts:
            if attempt.last.succeeded and not having[attempt.member]:
                score.violated(
                    f"member {attempt.member}: was told that it is theirs, and it is "
                    "not",
                    lost=1,
                )
