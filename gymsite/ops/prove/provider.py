"""A payment provider that keeps its own books, and has the moods of a real one.

Its books outlive our crashes.
"""

from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gymsite.payments.gateways import Charge, Outcome, ProviderEvent, signed_events
from gymsite.payments.gateways.test_card import DECLINES

SECRET = b"what the provider signs with"
MOODS = ("pays", "declines", "loses", "dies", "kills", "pends", "dallies")
CARDS = {mood: mood for mood in MOODS} | {DECLINES: "declines"}


class Killed(BaseException):
    """What ends a process in the middle: nothing of ours may catch it."""


class NoNetwork(Exception):
    """No answer came; whether the request arrived nobody can tell."""


@dataclass(slots=True)
class Provider:
    """Takes money once for a key, gives it back once for a key.

    ``moods`` are what becomes of the next charges, first to last; after them all are
    paid but those of a card (``source``) that names a mood: ``pays``, ``declines``,
    ``loses`` (the request never arrives), ``dies`` (takes it, and the answer is lost),
    ``kills`` (takes it, and our process ends), ``pends`` (says so, and takes it when
    ``arrive`` is called), ``dallies`` (the request is on its way until ``arrive``).
    ``on_charge`` is called before each answer: what happens meanwhile.

    ``forgets_keys`` and ``knows_of_nothing`` are what prove takes away: that a key
    makes a repeat the same charge, and that the provider can say what became of one;
    ``forgets_refunds`` that a key makes a repeat the same refund.
    """

    taken: dict[str, int] = field(default_factory=dict)
    returned: dict[str, tuple[str, int]] = field(default_factory=dict)
    declined: set[str] = field(default_factory=set)
    underway: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    moods: list[str] = field(default_factory=list)
    refund_moods: list[str] = field(default_factory=list)
    is_up: bool = True
    on_charge: Callable[[], None] | None = None
    payers: dict[str, int] = field(default_factory=dict)
    forgets_keys: bool = False
    knows_of_nothing: bool = False
    forgets_refunds: bool = False
    secret: bytes = SECRET

    def charge(
        self,
        *,
        amount_minor: int,
        member_id: int,
        key: str,
        source: str = "",
        **asked: Any,
    ) -> Charge:
        mood = CARDS.get(source) or (self.moods.pop(0) if self.moods else "pays")
        self._reached(mood != "loses")
        if self.forgets_keys and key in self.payers:
            key = f"{key} again {len(self.payers)}"
        self.payers[key] = member_id
        answer = self._charged(mood, key, amount_minor)
        if self.on_charge is not None:
            self.on_charge()
        if mood == "dies" or mood == "dallies":
            raise NoNetwork
        if mood == "kills":
            raise Killed
        return answer

    def _charged(self, mood: str, key: str, amount_minor: int) -> Charge:
        if key in self.taken or key in self.declined:
            return self._said(key)
        if mood in ("pends", "dallies"):
            self.underway[key] = amount_minor
            if mood == "pends":
                self.known.add(key)
            return Charge(Outcome.PENDING)
        if mood == "declines":
            self.declined.add(key)
        else:
            self.taken[key] = amount_minor
            self.underway.pop(key, None)
        return self._said(key)

    def _said(self, key: str) -> Charge:
        if key in self.taken:
            return Charge(Outcome.PAID, f"ref-{key}")
        if key in self.declined:
            return Charge(Outcome.DECLINED)
        return Charge(Outcome.PENDING if key in self.known else Outcome.UNKNOWN)

    def look_up(self, *, key: str) -> Charge:
        self._reached()
        if self.forgets_keys or self.knows_of_nothing:
            return Charge(Outcome.UNKNOWN)
        return self._said(key)

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        mood = self.refund_moods.pop(0) if self.refund_moods else "pays"
        self._reached(mood != "loses")
        charged = reference.removeprefix("ref-")
        assert charged in self.taken, "money is returned that was never taken"
        if self.forgets_refunds and key in self.returned:
            key = f"{key} again {len(self.returned)}"
        self.returned.setdefault(key, (charged, amount_minor))
        enough = self.forgets_refunds or self.kept_of(charged) >= 0
        assert enough, "more is returned than was taken"
        if mood == "dies":
            raise NoNetwork
        if mood == "kills":
            raise Killed

    def read_event(
        self, *, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> ProviderEvent:
        return signed_events.read(body, headers, secrets=[self.secret], now=now)

    def _reached(self, arrives: bool = True) -> None:
        if not self.is_up or not arrives:
            raise NoNetwork

    def arrive(self) -> None:
        """What was on its way comes in."""
        for key, amount_minor in self.underway.items():
            if key not in self.declined:
                self.taken.setdefault(key, amount_minor)
        self.underway.clear()

    def kept_of(self, key: str) -> int:
        return self.taken[key] - sum(
            amount for charged, amount in self.returned.values() if charged == key
        )

    @property
    def books(self) -> dict[str, int]:
        """What it keeps of each key; those of which it keeps nothing are left out."""
        kept = Counter(self.taken)
        for charged, amount in self.returned.values():
            kept[charged] -= amount
        return {key: amount for key, amount in kept.items() if amount}

    def books_of(self, members: Container[int]) -> dict[str, int]:
        """Its books about these payers alone."""
        return {
            key: kept for key, kept in self.books.items() if self.payers[key] in members
        }
