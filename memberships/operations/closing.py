"""Ending what a member pays for, when an account is closed."""

from datetime import datetime

from gymsite.core.batches import InUseAgain, Unfinished, each_row
from gymsite.core.operations.events import record
from gymsite.core.operations.users import hold_closed
from gymsite.core.queries.users import is_open
from gymsite.payments.models import Payment
from gymsite.payments.operations import fail_payment
from memberships import dependents
from memberships.errors import MembershipNotEnded
from memberships.event_kinds import MembershipEvent
from memberships.operations.memberships import end_membership

WHY = "Account closed."


def end_of_account(*, member_id: int, actor_id: int | None, now: datetime) -> int:
    """End a closed account's memberships and drop what is due; how many ended.

    Late fees stay owed. Each in its own transaction; run again, it does what is left.
    Nothing is ended of an account that is open again by then. Raises Unfinished, after
    all the others, when some could not be ended.
    """
    if is_open(member_id):
        return 0

    def end(membership_id: int) -> None:
        hold_closed(member_id)
        end_membership(
            membership_id=membership_id, actor_id=actor_id, reason=WHY, now=now
        )

    def drop(payment_id: int) -> None:
        hold_closed(member_id)
        drop_payment(payment_id=payment_id, actor_id=actor_id, reason=WHY, now=now)

    standing = list(_keys(dependents.standing([member_id], now)))
    due = list(_keys(dependents.due([member_id], now)))
    ended = each_row(
        f"memberships.end {member_id}",
        standing,
        end,
        now=now,
        over=(MembershipNotEnded, InUseAgain),
    )
    job = f"memberships.drop_payments {member_id}"
    dropped = each_row(job, due, drop, now=now, over=(InUseAgain,))
    if unfinished := ended.left + dropped.left:
        raise Unfinished(f"{unfinished} rows of member {member_id} still stand.")
    return len(ended.values)


def _keys(rows):
    return rows.order_by("pk").values_list("pk", flat=True)


def drop_payment(
    *, payment_id: int, actor_id: int | None, reason: str, now: datetime
) -> None:
    """Ask no more for a payment at the desk; one that was taken meanwhile stays taken.

    The caller has a transaction open.
    """
    rows = Payment.objects.select_for_update(of=("self",), no_key=True)
    payment = rows.get(pk=payment_id)
    if payment.status != Payment.Status.PENDING:
        return
    fail_payment(payment, now=now)
    record(
        MembershipEvent.PAYMENT_DROPPED,
        payment,
        at=now,
        actor_id=actor_id,
        amount_minor=payment.amount_minor,
        reason=reason,
    )
