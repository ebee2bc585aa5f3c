"""Who enrols at the desk books one class before the first payment is taken there, and
no more."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bookings.errors import PaymentDue
from bookings.models import Booking, BookingPolicy
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.waitlist import join_waitlist
from gymsite.payments.models import Payment
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests.factories import PlanFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(now):
    member = UserFactory()
    enroll(member_id=member.pk, plan_id=PlanFactory().pk, actor_id=member.pk, now=now)
    return member


def book(member, now):
    """A class on a day of its own."""
    day = timezone.localdate() + timedelta(
        days=2 + Booking.objects.filter(member=member).count()
    )
    return book_session(
        session_id=SessionFactory(session_date=day).pk, member_id=member.pk, now=now
    )


def test_the_second_class_waits_for_the_first_payment(newcomer, now):
    book(newcomer, now)
    with pytest.raises(PaymentDue) as refusal:
        book(newcomer, now)
    assert refusal.value.values == {"booked": 1, "allowed": 1}
    assert "front desk" in refusal.value.remedy


def test_nobody_joins_a_line_with_it_either(newcomer, now):
    book(newcomer, now)
    full = SessionFactory(
        gym_class__capacity=1, session_date=timezone.localdate() + timedelta(days=9)
    )
    other = UserFactory()
    enroll(member_id=other.pk, plan_id=PlanFactory().pk, actor_id=other.pk, now=now)
    book_session(session_id=full.pk, member_id=other.pk, now=now)
    with pytest.raises(PaymentDue):
        join_waitlist(session_id=full.pk, member_id=newcomer.pk, now=now)


def test_once_it_is_taken_every_class_is_open(newcomer, now):
    book(newcomer, now)
    desk = UserFactory(role="front_desk")
    take_payment(
        payment_id=Payment.objects.get(member=newcomer).pk, actor_id=desk.pk, now=now
    )
    book(newcomer, now)
    book(newcomer, now)


def test_a_class_given_back_in_time_is_none(newcomer, now):
    booking = book(newcomer, now)
    cancel_booking(
        booking_id=booking.pk, member_id=newcomer.pk, actor_id=newcomer.pk, now=now
    )
    book(newcomer, now)


def test_a_policy_may_allow_more_or_none(newcomer, now):
    BookingPolicy.objects.create(created_at=now, unpaid_bookings=2)
    book(newcomer, now)
    book(newcomer, now)
    with pytest.raises(PaymentDue, match="2 of the 2 classes"):
        book(newcomer, now)


def test_what_costs_nothing_has_nothing_to_be_paid(now):
    member = UserFactory()
    enroll(
        member_id=member.pk,
        plan_id=PlanFactory(price_minor=0).pk,
        actor_id=member.pk,
        now=now,
    )
    book(member, now)
    book(member, now)


def test_the_membership_page_says_what_is_to_be_paid(newcomer):
    page = Client()
    page.force_login(newcomer)
    assert "To be paid at the front desk" in page.get("/membership/").content.decode()
