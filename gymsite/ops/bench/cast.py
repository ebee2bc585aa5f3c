"""The requests of the reference's endpoints, of real members; no write comes twice."""

import secrets
from calendar import day_name
from ipaddress import ip_address
from itertools import cycle, islice

from bookings.models import ClassType, Room
from gymsite.core.models import Role, User
from gymsite.ops.bench.booking import book, join
from gymsite.ops.bench.context import Context
from gymsite.ops.rig import load
from gymsite.ops.rig.errors import Refused
from gymsite.ops.rig.people import Pair, leave_places
from gymsite.postgres.statements import statements
from memberships.models import Plan

SQL = statements("gymsite.ops.bench", "cast")

API = "/api/v1"


class Cast:
    """Who plays: ``count`` requests a round, for ``rounds`` rounds and a warm-up."""

    def __init__(self, context: Context, count: int, rounds: int) -> None:
        people = context.people
        self.context, self.count = context, count
        self.members = people.unlimited(4 * count)
        self.tokens = people.tokens(self.members)
        self.names = dict(
            User.objects.filter(pk__in=self.members).values_list("pk", "username")
        )
        self.rooms = list(
            Room.objects.filter(is_active=True).values_list("number", flat=True)
        )
        self.words = list(
            ClassType.objects.values_list("subject", flat=True).distinct()
        )
        self.pack = (
            Plan.objects.filter(kind=Plan.Kind.PACK, is_on_sale=True, branch=None)
            .values_list("pk")
            .first()
        )
        owner = User.objects.filter(role=Role.OWNER, is_active=True).first()
        if not self.members or self.pack is None or owner is None:
            raise Refused(
                "The seeded brand lacks unlimited members, a class pack on sale or an "
                "owner."
            )
        self.owner: int = owner.pk
        turns = count * (rounds + 1)
        self.to_cancel = people.promoting(turns)
        self.lines = people.sessions(SQL.lines)
        few = people.open_sessions(1)
        # so that even a tiny brand has a full session to queue for
        leave_places(few, 0)
        self.open = people.open_sessions(2000)
        leave_places(self.open, turns)
        changing = {pair.session for pair in self.to_cancel}
        full = people.sessions(SQL.full_sessions)
        # shared out: who books in one row must not clash in another
        spare = people.unlimited(4 * turns)
        self.to_book = people.pairs(spare[::2], self.open)
        self.to_join = people.pairs(
            spare[1::2], [session for session in full if session not in changing]
        )
        people.tokens(
            [pair.member for pair in (*self.to_book, *self.to_join, *self.to_cancel)]
        )

    def own(self, path: str) -> list[load.Item]:
        """A GET of a member's own: ``{id}`` and ``{name}`` in ``path`` are theirs."""
        members = islice(cycle(self.members), self.count)
        return [
            [
                load.get(
                    API + path.format(id=member, name=self.names[member]),
                    token=self.tokens[member],
                )
            ]
            for member in members
        ]

    def each(self, path: str, values: list) -> list[load.Item]:
        """A GET with each of ``values`` in its path, by a member."""
        asked = islice(
            zip(cycle(self.members), cycle(values), strict=False), self.count
        )
        return [
            [load.get(API + path.format(value), token=self.tokens[member])]
            for member, value in asked
        ]

    def waitlists(self) -> list[load.Item]:
        """By the owner, who is shown everybody in line."""
        token = self.context.people.tokens([self.owner])[self.owner]
        lines = islice(cycle(self.lines), self.count)
        return [
            [load.get(f"{API}/bookings/{session}/waitlist", token=token)]
            for session in lines
        ]

    def register(self) -> list[load.Item]:
        names = [f"bench{secrets.token_hex(8)}" for _ in range(self.count)]
        return [
            [
                load.send(
                    "POST",
                    f"{API}/users/register",
                    {
                        "username": name,
                        "email": f"{name}@example.com",
                        "password": secrets.token_urlsafe(12),
                    },
                    # thirty an hour may join from one home
                    address=str(ip_address(2**120 + secrets.randbits(96))),
                )
            ]
            for name in names
        ]

    def enroll(self) -> list[load.Item]:
        """In a class pack, of which a member can hold several."""
        assert self.pack is not None
        return [
            [
                load.send(
                    "POST",
                    f"{API}/membership/{member}/enroll",
                    {"plan_id": self.pack[0]},
                    token=self.tokens[member],
                )
            ]
            for member in islice(cycle(self.members), self.count)
        ]

    def check_in(self) -> list[load.Item]:
        return [
            [
                load.send(
                    "POST",
                    f"{API}/checkins/{member}/checkin",
                    {},
                    token=self.tokens[member],
                )
            ]
            for member in islice(cycle(self.members), self.count)
        ]

    def book(self) -> list[load.Item]:
        return [[book(self.context, pair)] for pair in self._next(self.to_book)]

    def join(self) -> list[load.Item]:
        return [[join(self.context, pair)] for pair in self._next(self.to_join)]

    def cancel(self) -> list[load.Item]:
        pairs = self._next(self.to_cancel)
        tokens = self.context.people.tokens([pair.member for pair in pairs])
        return [
            [
                load.send(
                    "DELETE",
                    f"{API}/bookings/{pair.session}/cancel",
                    token=tokens[pair.member],
                )
            ]
            for pair in pairs
        ]

    def _next(self, pairs: list[Pair]) -> list[Pair]:
        """The next that nobody has used; empty when the brand has no more of them."""
        taken, pairs[:] = pairs[: self.count], pairs[self.count :]
        return taken

    def days(self) -> list[load.Item]:
        return self.each("/rooms/{}", [day.lower() for day in day_name])
