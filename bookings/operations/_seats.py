"""Taking and giving a session's places: what booking, cancelling and promoting share."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from gymsite.core import errors as core_errors
from gymsite.core import references
from gymsite.core.operations.events import record
from memberships.operations.allowances import ensure_allowance, give_back

from .. import errors, locks, rules
from ..models import Booking, ClassSession, WaitlistEntry
from ..queries import waitlist
from ..queries.eligibility import facts as read_facts
from ..rules import Facts

# The place is taken in one statement, so that the row everybody wants is held no longer than that. The lock reads the
# session's newest version and lets through only who still finds a place at the time that was judged; ON CONFLICT makes
# two overlapping bookings of one member at once a plain "no row" where they would deadlock on the exclusion constraint.
# The trigger counts_places moves booked_count; its CHECK and those of the allowance have the last word.
CLAIM = """
WITH place AS (
    SELECT id, branch_id, starts_at, ends_at FROM bookings_classsession
    WHERE id = %(session)s AND status = 'scheduled' AND booked_count < capacity AND starts_at = %(starts_at)s
    FOR NO KEY UPDATE
), booking AS (
    INSERT INTO bookings_booking (reference, branch_id, session_id, member_id, membership_id, allowance_id, policy_id,
        status, source, starts_at, ends_at, booked_at, free_until)
    SELECT %(reference)s, branch_id, id, %(member)s, %(membership)s, %(allowance)s::bigint, %(policy)s,
        'booked', %(source)s, starts_at, ends_at, %(now)s, %(free_until)s
    FROM place
    ON CONFLICT DO NOTHING
    RETURNING id, reference, branch_id, session_id, member_id, starts_at, ends_at
), charge AS (
    UPDATE memberships_allowance SET used = used + 1 WHERE id = %(charged)s::bigint AND EXISTS (SELECT FROM booking)
), event AS (
    INSERT INTO core_event (kind, at, branch_id, actor_id, member_id, subject, subject_id, data)
    SELECT %(kind)s, %(now)s, branch_id, %(actor)s::bigint, member_id, 'booking', id,
        jsonb_build_object('session', session_id, 'reference', reference) || %(data)s::jsonb
    FROM booking
)
SELECT id, branch_id, ends_at FROM booking
"""


def claim(facts: Facts, member_id: int, *, source: str, actor_id: int | None) -> Booking | None:
    """Book a place for a member that the rules let book; None when the place went meanwhile or a rule broke."""
    cover = rules.paying_cover(facts)
    assert cover is not None  # the rules have passed
    session = facts.session
    allowance_id = ensure_allowance(cover=cover, day=session.session_date, branch_id=session.branch_id)
    return _insert(
        facts,
        kind="booked",
        source=source,
        member=member_id,
        membership=cover.membership_id,
        allowance=allowance_id,
        charged=allowance_id,
        free_until=rules.free_until(facts),
        actor=actor_id,
    )


def _insert(facts: Facts, *, kind: str, data: dict[str, Any] | None = None, **values: Any) -> Booking | None:
    values |= {
        "session": facts.session.id,
        "starts_at": facts.session.starts_at,
        "now": facts.now,
        "policy": facts.policy.id,
        "reference": references.new(),
        "kind": kind,
        "data": json.dumps(data or {}),
    }
    with core_errors.refusals(), connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row is None:
        return None
    return Booking(
        id=row[0],
        reference=values["reference"],
        branch_id=row[1],
        session_id=facts.session.id,
        member_id=values["member"],
        membership_id=values["membership"],
        allowance_id=values["allowance"],
        policy_id=facts.policy.id,
        status=Booking.Status.BOOKED,
        source=values["source"],
        starts_at=facts.session.starts_at,
        ends_at=row[2],
        booked_at=facts.now,
        free_until=values["free_until"],
    )


def fill(session: ClassSession, *, actor_id: int | None, now: datetime) -> list[Booking]:
    """Give free places of a locked session to the first in line, as long as both last; the bookings made.

    Later than the policy's margin before the cutoff nobody is promoted (that would promote into a fine): those who
    wait are told that a place is free. The timed offers of product.md take over from there when they come.
    """
    promoted: list[Booking] = []
    while entry := waitlist.head(session.pk):
        facts = read_facts(session_id=session.pk, member_id=entry.member_id, now=now)
        if facts.session.places_left <= 0 or rules.session_goes_ahead(facts) or rules.session_lies_ahead(facts):
            break
        if now > rules.promotes_until(facts):
            record("place_freed", session, at=now, actor_id=actor_id, branch_id=session.branch_id)
            break
        if refusal := rules.judge(facts, rules.PROMOTION):
            pass_over(entry, refusal, actor_id=actor_id, now=now)
        elif booking := _promote(entry, facts, actor_id=actor_id):
            promoted.append(booking)
        else:
            pass_over(entry, errors.OverlappingBooking(), actor_id=actor_id, now=now)
    return promoted


def _promote(entry: WaitlistEntry, facts: Facts, *, actor_id: int | None) -> Booking | None:
    """Turn a turn into a booking. The class reserved on joining pays for it, so nothing is charged again."""
    grace = facts.now + timedelta(minutes=facts.policy.promoted_grace_minutes)
    booking = _insert(
        facts,
        kind="promoted",
        data={"position": entry.position},
        source=Booking.Source.WAITLIST,
        member=entry.member_id,
        membership=entry.membership_id,
        allowance=entry.allowance_id,
        charged=None,
        free_until=min(max(rules.free_until(facts), grace), facts.session.starts_at),
        actor=actor_id,
    )
    if booking is None:
        return None
    entry.status, entry.ended_at, entry.booking = WaitlistEntry.Status.PROMOTED, facts.now, booking
    entry.save(update_fields=["status", "ended_at", "booking"])
    _drop_overlapping(booking, now=facts.now)
    return booking


def _drop_overlapping(booking: Booking, *, now: datetime) -> None:
    """Take the promoted member off the other waitlists at this time.

    Their sessions would be locked out of order, so only those that nobody holds are taken; an entry left behind is
    passed over at its turn, by the rule against overlaps.
    """
    entries = waitlist.overlapping(booking.member_id, booking.starts_at, booking.ends_at)
    sessions = {entry.session_id: entry for entry in entries if entry.session_id != booking.session_id}
    for session_id in locks.try_lock_sessions(sessions):
        entry = WaitlistEntry.objects.select_for_update(no_key=True).get(pk=sessions[session_id].pk)
        if entry.status == WaitlistEntry.Status.WAITING:
            close(entry, WaitlistEntry.Status.CLOSED, "waitlist_dropped", now=now, why="promoted elsewhere")


def pass_over(entry: WaitlistEntry, refusal: core_errors.DomainError, *, actor_id: int | None, now: datetime) -> None:
    close(
        entry,
        WaitlistEntry.Status.PASSED_OVER,
        "passed_over",
        actor_id=actor_id,
        now=now,
        why=refusal.code,
        detail=refusal.message,
    )


def close(
    entry: WaitlistEntry, status: str, kind: str, *, actor_id: int | None = None, now: datetime, **data: Any
) -> None:
    """End a turn without a place: its reserved class goes back, and the record says why."""
    entry.status, entry.ended_at = status, now
    entry.save(update_fields=["status", "ended_at"])
    give_back([entry.allowance_id])
    record(
        kind,
        entry,
        at=now,
        actor_id=actor_id,
        member_id=entry.member_id,
        branch_id=entry.branch_id,
        session=entry.session_id,
        position=entry.position,
        **data,
    )
