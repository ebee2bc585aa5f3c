"""Giving up what a member has booked to rent, when an account is closed."""

from datetime import datetime

from catalog import dependents
from catalog.errors import WrongRentalState
from catalog.operations.rentals import cancel_rental
from gymsite.core.batches import InUseAgain, Unfinished, each_row
from gymsite.core.operations.users import hold_closed
from gymsite.core.queries.users import is_open


def end_of_account(*, member_id: int, actor_id: int, now: datetime) -> int:
    """Cancel every rental of a closed account that was not handed out; how many.

    What was paid goes back. Things that are out stay the desk's to take back. Each in
    its own transaction; run again, it does what is left. Nothing is cancelled of an
    account that is open again by then. Raises Unfinished, after all the others.
    """
    if is_open(member_id):
        return 0

    def cancel(rental_id: int) -> None:
        hold_closed(member_id)
        cancel_rental(rental_id=rental_id, actor_id=actor_id, now=now)

    booked = dependents.booked_by([member_id], now).order_by("pk")
    job = f"catalog.cancel_rentals {member_id}"
    rentals = list(booked.values_list("pk", flat=True))
    done = each_row(job, rentals, cancel, now=now, over=(WrongRentalState, InUseAgain))
    if done.left:
        raise Unfinished(f"{done.left} rentals of member {member_id} still stand.")
    return len(done.values)
