"""How an appointment can be paid when it is booked: by its client or by staff, with the
same ways and nearly the same words."""

from datetime import date

from bookings.operations.appointment_payments import PACK
from gymsite.payments.queries.payment_choices import DESK, Way, ways
from memberships.queries import appointment_packs


def of_client(client_id: int, branch_id: int, day: date) -> dict[str, Way]:
    """What its client may choose, by name: a pack that has some left, a card, the desk
    later."""
    later = {DESK: Way(DESK, "At the front desk, when you come")}
    pack = _pack("From my pack", client_id, branch_id, day)
    return pack | ways(at_desk=True) | later


def of_staff(client_id: int, branch_id: int, day: date) -> dict[str, Way]:
    """The same for staff, who have no card of the client's: what is due the client pays
    at the desk, or by card on the appointment's own page."""
    words = "At the front desk, when they come"
    if ways():
        words += ", or by card on their page"
    pack = _pack("From their pack", client_id, branch_id, day)
    return pack | {DESK: Way(DESK, words)}


def usual(offered: dict[str, Way]) -> str:
    """What stands chosen at first."""
    return PACK if PACK in offered else DESK


def _pack(words: str, client_id: int, branch_id: int, day: date) -> dict[str, Way]:
    packs = appointment_packs(client_id, branch_id, day)
    left = sum(pack.left for pack in packs if pack.was_paid)
    return {PACK: Way(PACK, f"{words}: {left} left")} if left else {}
