"""What cancelling costs: one sentence of the booking's frozen facts, wherever it is
said."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings import cancelling, rules
from bookings.models import Booking, BookingPolicy
from bookings.operations.bookings import book_session, cancel_booking
from gymsite.core.models import Notification
from gymsite.notifications import outbox
from memberships.models import Allowance
from tests.bookings.test_rules import (
    INSTANT,
    LONDON,
    POLICY,
    START,
    a_pack,
    eight,
    facts,
)
from tests.factories import MembershipFactory, PlanFactory, SessionFactory, UserFactory

MINUTE = timedelta(minutes=1)
CUTOFF = START - timedelta(hours=12)
IN_TIME = "Free to cancel until Tue 24 Nov 06:00; after that it costs 1 class."
NO_GRACE = replace(POLICY, booked_grace_minutes=0)


class TestRule:
    @pytest.mark.parametrize(
        ("now", "free"),
        [
            (CUTOFF - timedelta(days=1), CUTOFF),
            (CUTOFF - 10 * MINUTE, CUTOFF),
            (CUTOFF - 10 * MINUTE + INSTANT, CUTOFF + INSTANT),
            (CUTOFF + MINUTE, CUTOFF + 11 * MINUTE),
            (START - 10 * MINUTE, START),
            (START - MINUTE, START),
        ],
    )
    def test_who_books_late_has_ten_minutes_and_never_longer_than_to_the_start(
        self, now, free
    ):
        assert rules.free_until(facts(now)) == free

    @pytest.mark.parametrize("now", [CUTOFF - MINUTE, CUTOFF, START - MINUTE])
    def test_a_house_may_give_no_grace(self, now):
        assert rules.free_until(facts(now, policy=NO_GRACE)) == CUTOFF

    def test_grace_for_late_bookings_promotes_nobody_later(self):
        assert rules.promotes_until(facts(START - MINUTE)) == CUTOFF - timedelta(
            hours=2
        )


class TestWords:
    @pytest.mark.parametrize(
        ("now", "entitlements", "policy", "said"),
        [
            (CUTOFF - 11 * MINUTE, [eight()], POLICY, IN_TIME),
            (CUTOFF - 9 * MINUTE, [eight()], POLICY, "Free to cancel for 10 minutes; after that it costs 1 class."),
            (CUTOFF + MINUTE, [a_pack()], POLICY, "Free to cancel for 10 minutes; after that it costs 1 class."),
            (CUTOFF + MINUTE, None, POLICY, ("Free to cancel for 10 minutes; after that it counts as a late " "cancel.")),
            (START - 10 * MINUTE, [eight()], POLICY, "Free to cancel until it starts."),
            (START - MINUTE, [eight()], NO_GRACE, "Cancelling costs 1 class."),
        ],
    )  # fmt: skip
    def test_before_the_tap(self, now, entitlements, policy, said):
        assert (
            cancelling.before_booking(
                facts(now, entitlements=entitlements, policy=policy)
            )
            == said
        )

    @pytest.mark.parametrize(
        ("after", "takes_class", "said"),
        [
            (
                timedelta(),
                True,
                "Free to cancel until Tue 24 Nov 06:00; after that it costs 1 class.",
            ),
            (
                timedelta(),
                False,
                (
                    "Free to cancel until Tue 24 Nov 06:00; after that it counts as a "
                    "late cancel."
                ),
            ),
            (INSTANT, True, "Cancelling costs 1 class."),
            (INSTANT, False, "Cancelling counts as a late cancel."),
        ],
    )
    def test_a_deadline_that_has_passed_is_not_named(self, after, takes_class, said):
        terms = cancelling.CancelTerms(CUTOFF, START, takes_class, LONDON)
        assert cancelling.sentence(terms, CUTOFF + after) == said
        assert said.startswith(cancelling.clause(terms, CUTOFF + after))


@pytest.fixture
def session():
    return SessionFactory(
        session_date=timezone.now().date() + timedelta(days=2),
        gym_class__starts=time(18),
    )


@pytest.fixture(params=[True, False], ids=["eight a month", "no limit"])
def limited(request):
    return request.param


@pytest.fixture
def member(limited):
    member = UserFactory()
    MembershipFactory(member=member, plan=PlanFactory(per_period=limited))
    return member


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


def day_of(client, session) -> str:
    return client.get(
        "/", {"day": session.session_date.isoformat(), "branch": session.branch.slug}
    ).content.decode()


def notice(kind: str) -> str:
    outbox.drain(now=timezone.now())
    return Notification.objects.get(kind=kind).body


@pytest.mark.django_db
class TestEverywhere:
    def test_a_late_booking_is_told_its_cost_before_the_tap_and_the_same_after(
        self, client, session, limited
    ):
        loss = "costs 1 class" if limited else "counts as a late cancel"
        now = session.starts_at - timedelta(hours=3)
        with time_machine.travel(now, tick=False):
            for html in (
                day_of(client, session),
                client.get(f"/classes/{session.pk}/").content.decode(),
            ):
                assert f"Free to cancel for 10 minutes; after that it {loss}" in html
            toast = client.post(
                f"/classes/{session.pk}/book/", headers={"HX-Request": "true"}
            ).content.decode()
            booking = Booking.objects.get()
            assert booking.free_until == now + 10 * MINUTE
            free = booking.free_until.astimezone(session.zone)
            said = (
                f"Free to cancel until {free:%a} {free.day} {free:%b %H:%M}; after "
                f"that it {loss}."
            )
            page = f"/bookings/{booking.reference}/"
            calendar = (
                client.get(f"{page}calendar.ics")
                .content.decode()
                .replace("\r\n ", "")
                .replace("\\;", ";")
            )
            for text in (
                toast,
                client.get(page).content.decode(),
                client.get("/bookings/").content.decode(),
                calendar,
            ):
                assert said in text
            assert said in notice("booked")
            assert said.partition(";")[0] in day_of(client, session)

    def test_once_it_is_late_no_confirmation_names_the_deadline(
        self, client, session, limited
    ):
        loss = "costs 1 class" if limited else "counts as a late cancel"
        with time_machine.travel(
            session.starts_at - timedelta(hours=3), tick=False
        ) as clock:
            client.post(f"/classes/{session.pk}/book/")
            clock.shift(11 * MINUTE)
            page = f"/bookings/{Booking.objects.get().reference}/"
            for path in (
                page,
                "/bookings/",
                f"/?day={session.session_date}&branch={session.branch.slug}",
            ):
                html = client.get(path).content.decode()
                assert f"Cancelling {loss}" in html
                assert "ree to cancel until" not in html

    @pytest.mark.parametrize(
        ("after", "with_limit", "without"),
        [
            (10 * MINUTE, "Nothing was used up.", "Nothing was used up."),
            (
                10 * MINUTE + INSTANT,
                "It was after the free time: 1 class is used.",
                "It was after the free time: it counts as a late cancel.",
            ),
        ],
    )
    def test_a_cancel_is_told_in_one_way(
        self, client, session, limited, after, with_limit, without
    ):
        said = with_limit if limited else without
        now = session.starts_at - timedelta(hours=3)
        with time_machine.travel(now, tick=False) as clock:
            client.post(f"/classes/{session.pk}/book/")
            clock.shift(after)
            page = f"/bookings/{Booking.objects.get().reference}/"
            toast = client.post(f"{page}cancel/", follow=True).content.decode()
            booking = Booking.objects.get()
            calendar = (
                client.get(f"{page}calendar.ics").content.decode().replace("\r\n ", "")
            )
            assert f"Cancelled. {said}" in toast
            assert toast.count(said) == 2  # the toast, and the page below it
            assert said in calendar
            assert notice(booking.status).startswith(said)
        if limited:
            assert Allowance.objects.get().used == (booking.status == "late_cancelled")

    def test_what_staff_cancel_uses_up_nothing(self, member, session):
        starts_at = session.starts_at
        booking = book_session(
            session_id=session.pk,
            member_id=member.pk,
            now=starts_at - timedelta(hours=3),
        )
        staff = UserFactory().pk
        ended = cancel_booking(
            booking_id=booking.pk, actor_id=staff, now=starts_at - timedelta(hours=1)
        )
        assert cancelling.cancelled(ended) == "Nothing was used up."

    def test_who_cannot_book_is_told_no_cost(self, session):
        visitor, stranger = Client(), Client()
        stranger.force_login(UserFactory())
        with time_machine.travel(session.starts_at - timedelta(hours=3), tick=False):
            assert not any(
                "ree to cancel" in day_of(one, session) for one in (visitor, stranger)
            )

    def test_bookings_keep_the_grace_that_they_were_made_with(self, member, session):
        now: datetime = session.starts_at - timedelta(hours=3)
        booking = book_session(session_id=session.pk, member_id=member.pk, now=now)
        BookingPolicy.objects.create(created_at=now, booked_grace_minutes=0)
        other = SessionFactory(
            session_date=session.session_date, gym_class__starts=time(20)
        )
        later = book_session(
            session_id=other.pk,
            member_id=member.pk,
            now=other.starts_at - timedelta(hours=3),
        )
        assert booking.free_until == now + 10 * MINUTE
        assert later.free_until == other.starts_at - timedelta(hours=12)
