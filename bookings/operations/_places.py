"""Claiming one of a session's places: what booking and promoting share."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from bookings import locks, rules
from bookings.event_kinds import BookingEvent
from bookings.models import Booking
from bookings.queries.eligibility import facts as read_facts
from bookings.rules import Facts
from gymsite.core import errors as core_errors
from gymsite.core import references, rivals
from gymsite.core.operations.users import held
from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from memberships.operations.allowances import ensure_allowance
from memberships.queries import Entitlement

SQL = statements("bookings", "places")

# how often an operation judges again what a rival changed, before it gives up
TRIES = 3


def why_not(
    session_id: int, member_id: int, rules_of: Iterable[rules.Rule], *, now: datetime
) -> core_errors.DomainError:
    """Why the last try was lost: the rule that refuses by now, or too many rivals."""
    facts = read_facts(session_id=session_id, member_id=member_id, now=now)
    return rules.judge(facts, rules_of) or rivals.busy()


def claim(
    facts: Facts, member_id: int, *, source: str, actor_id: int | None
) -> Booking | None:
    """Book a place for a member whom the rules allow it; None if that has changed."""
    entitlement = rules.paying_entitlement(facts)
    assert entitlement is not None  # the rules have passed
    if entitlement.was_paid:
        return _claimed(facts, entitlement, member_id, source, actor_id)
    with transaction.atomic():
        locks.lock_session(facts.session.id)
        facts, entitlement = read_unpaid(facts, member_id, rules.BOOKING)
        return _claimed(facts, entitlement, member_id, source, actor_id)


def read_unpaid(
    facts: Facts, member_id: int, rules_of: Iterable[rules.Rule]
) -> tuple[Facts, Entitlement]:
    """What a member may book before paying, read while nobody else books for them.

    The session is held, then the account. Raises the refusal of the first rule that
    says no by now.
    """
    held(member_id)
    facts = read_facts(session_id=facts.session.id, member_id=member_id, now=facts.now)
    if refusal := rules.judge(facts, rules_of):
        raise refusal
    entitlement = rules.paying_entitlement(facts)
    assert entitlement is not None
    return facts, entitlement


def _claimed(
    facts: Facts,
    entitlement: Entitlement,
    member_id: int,
    source: str,
    actor_id: int | None,
) -> Booking | None:
    session = facts.session
    allowance_id = ensure_allowance(
        entitlement=entitlement, day=session.session_date, branch_id=session.branch_id
    )
    return insert_booking(
        facts,
        kind=BookingEvent.BOOKED,
        source=source,
        member=member_id,
        membership=entitlement.membership_id,
        allowance=allowance_id,
        charged=allowance_id,
        free_until=rules.free_until(facts),
        actor=actor_id,
    )


def insert_booking(
    facts: Facts,
    *,
    kind: BookingEvent,
    data: dict[str, Any] | None = None,
    **values: Any,
) -> Booking | None:
    values |= {
        "session": facts.session.id,
        "starts_at": facts.session.starts_at,
        "day": facts.session.session_date,
        "now": facts.now,
        "policy": facts.policy.id,
        "reference": references.new(),
        "kind": kind,
        "data": json.dumps(data or {}),
    }
    with core_errors.refusals():
        row = fetch_one(SQL.claim_place, values)
    if row is None:
        return None
    return Booking(
        id=row.id,
        reference=values["reference"],
        branch_id=row.branch_id,
        session_id=facts.session.id,
        member_id=values["member"],
        membership_id=values["membership"],
        allowance_id=values["allowance"],
        policy_id=facts.policy.id,
        status=Booking.Status.BOOKED,
        source=values["source"],
        starts_at=facts.session.starts_at,
        ends_at=row.ends_at,
        booked_at=facts.now,
        free_until=values["free_until"],
    )
