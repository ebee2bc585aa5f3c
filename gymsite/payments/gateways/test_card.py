"""A card for demo, development and tests: it pays or declines, and moves no money."""

import hashlib

from gymsite.payments.gateways.protocol import Charge, Outcome

DECLINES = "test_declines"


class TestCardGateway:
    def charge(
        self,
        *,
        amount_minor: int,
        currency: str,
        member_id: int,
        key: str,
        source: str = "",
    ) -> Charge:
        if source == DECLINES:
            return Charge(Outcome.DECLINED)
        # of the key alone: a repeated call is the same charge, as with a real provider
        digest = hashlib.blake2b(key.encode(), digest_size=12).hexdigest()
        return Charge(Outcome.PAID, f"test_{digest}")

    def look_up(self, *, key: str) -> Charge:
        """It keeps no books: whatever nobody came back for was never taken."""
        return Charge(Outcome.UNKNOWN)

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        """Nothing was taken, so nothing moves."""
