"""docs/states.md draws the tables that the models hold, and operations keep to them."""

import re

import pytest
from django.utils import timezone

from bookings.errors import WrongBookingState
from bookings.models import (
    Appointment,
    Booking,
    ClassSession,
    GymClass,
    WaitlistEntry,
)
from bookings.operations.attendance import mark_attendance
from bookings.operations.bookings import book_session, cancel_booking
from catalog.models import Cart, Order, Product, PurchaseOrder, Rental, Review
from gymsite.payments.models import Payment
from memberships.models import Membership
from tests.factories import MemberFactory, SessionFactory

SHOP = (Product, Cart, Order, Review, Rental, PurchaseOrder)
CLASSES = (Booking, WaitlistEntry, ClassSession, GymClass)
MODELS = (*CLASSES, Appointment, Membership, Payment, *SHOP)
ENDS = "[*]"


def drawn(project):
    """{model: {(from, to)}}, the arrows of each section."""
    sections = re.split(
        r"^## ", (project / "docs/states.md").read_text(), flags=re.MULTILINE
    )[1:]
    return {
        section.split()[0]: set(
            re.findall(r"^    (\S+) --> (\S+)$", section, flags=re.MULTILINE)
        )
        for section in sections
    }


def arrows(model):
    """The table as arrows, the first state and the last ones included."""
    inner = {
        (str(state), str(after))
        for state, afters in model.TRANSITIONS.items()
        for after in afters
    }
    lasts = {
        (str(state), ENDS) for state, afters in model.TRANSITIONS.items() if not afters
    }
    default = model._meta.get_field("status").default
    firsts = {(ENDS, str(state)) for state in getattr(model, "STARTS", (default,))}
    return inner | lasts | firsts


def test_the_drawings_are_the_tables(project):
    assert drawn(project) == {model.__name__: arrows(model) for model in MODELS}


@pytest.mark.parametrize("model", MODELS)
def test_every_state_has_its_row(model):
    assert set(model.TRANSITIONS) == set(model.Status)


@pytest.mark.django_db
@pytest.mark.parametrize("after", Booking.Status)
@pytest.mark.parametrize("before", Booking.Status)
def test_operations_keep_to_the_table(before, after):
    """Try to go from every state to every other.

    The end of a session that is called off is in test_sessions.
    """
    now, session, member = timezone.now(), SessionFactory(), MemberFactory()
    booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
    ended = now if before in ("cancelled", "late_cancelled") else None
    Booking.objects.filter(pk=booking.pk).update(
        status=before,
        cancelled_at=ended,
        attended_at=session.starts_at,
        missed_at=session.starts_at,
    )
    allowed = after == before or after in Booking.TRANSITIONS[before]
    try:
        go(booking, after, session, now)
    except WrongBookingState:
        assert not allowed or after in ("cancelled", "late_cancelled")
    else:
        assert allowed
        booking.refresh_from_db()
        assert booking.status == after


def go(booking, after, session, now):
    if after in ("cancelled", "late_cancelled"):
        late = after == "late_cancelled"
        at = (
            booking.free_until + (session.starts_at - booking.free_until) / 2
            if late
            else now
        )
        cancel_booking(
            booking_id=booking.pk,
            member_id=booking.member_id,
            actor_id=booking.member_id,
            now=at,
        )
    else:
        mark_attendance(
            booking_id=booking.pk,
            status=after,
            actor_id=booking.member_id,
            now=session.ends_at,
        )
