"""The front desk takes cash or card; the site only notes what is to be paid."""

from gymsite.payments.gateways.protocol import Charge, Outcome, TellsNothing


class DeskGateway(TellsNothing):
    def charge(
        self,
        *,
        amount_minor: int,
        currency: str,
        member_id: int,
        key: str,
        source: str = "",
    ) -> Charge:
        return Charge(Outcome.PENDING)

    def look_up(self, *, key: str) -> Charge:
        return Charge(Outcome.PENDING)

    def refund(
        self, *, reference: str, amount_minor: int, currency: str, key: str
    ) -> None:
        """The desk hands it over the counter."""
