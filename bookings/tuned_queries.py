"""The timetable's queries that matter (gymsite.postgres.tuned_query)."""

from datetime import UTC, timedelta
from typing import Any

from bookings.models import Appointment, Service
from bookings.queries import (
    appointments,
    availability,
    bookings,
    calendars,
    checkins,
    eligibility,
    finances,
    sessions,
    staff,
    timetable,
    timetable_page,
    trainers,
    training_week,
    waitlist,
)
from gymsite.core.models import Branch
from gymsite.core.pagination import encode, keyset_page
from gymsite.core.periods import local_day
from gymsite.payments.models import Payment
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery

SQL = statements("bookings", "samples")
NOW = "SELECT now() AS now"

# what else would find a trainer's appointments, and a client's
BY_TRAINER = ("bookings_appt_trainer_status", "bookings_appointment_trainer_free")
# by time, or by date, they would still be found among those of all
SESSIONS_BY_TIME = (
    "bookings_session_trainer_free",
    "bookings_session_by_time",
    "bookings_session_branch_day",
)
APPOINTMENTS_BY_TIME = (
    "bookings_appt_by_time",
    "bookings_appt_status_time",
    "bookings_appt_branch_time",
)
BY_CLIENT = ("bookings_appt_client_status", "bookings_appointment_client_free")


def _facts(branch_id: int, service_id: int, **asked: Any) -> Any:
    service = Service.objects.get(pk=service_id)
    length, branch = availability.length_of(service), Branch.objects.get(pk=branch_id)
    return availability.facts(branch=branch, service=service, length=length, **asked)


QUERIES = (
    TunedQuery(
        "timetable-day",
        "The sessions of a branch's day, in order",
        SQL.busiest_day,
        sessions.day,
        ("bookings_session_branch_day",),
    ),
    TunedQuery(
        "timetable-page",
        (
            "The timetable page: a day's sessions with the versions of their rows, the "
            "reader's week, what pays, the header"
        ),
        SQL.member_and_branch,
        lambda member_id, branch_id, now: timetable_page.read_page(
            member_id,
            branch_id,
            now.date(),
            (now, now + timedelta(days=7)),
            now,
            now.date(),
        ),
        (
            "bookings_session_branch_day",
            "bookings_booking_member_time",
            "bookings_waitlist_member",
            "memberships_of_member",
        ),
    ),
    TunedQuery(
        "sessions-ahead",
        "The first page of all sessions ahead, by time",
        NOW,
        lambda now: keyset_page(
            sessions.upcoming(now), ("starts_at", "id"), cursor=None, limit=50
        ),
        ("bookings_session_by_time",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "sessions-search",
        "Sessions ahead by part of a name",
        NOW,
        lambda now: keyset_page(
            sessions.search(
                now,
                text="yoga",
                branch="",
                class_type="",
                level=None,
                on=None,
                free=False,
            ),
            ("starts_at", "id"),
            cursor=None,
            limit=50,
        ),
        ("bookings_session_by_time",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "eligibility",
        "The facts of a decision: may this member book this session",
        SQL.booking,
        eligibility.facts,
        ("bookings_booking_member_time", "memberships_of_member"),
    ),
    TunedQuery(
        "my-schedule",
        "A member's places ahead, soonest first",
        SQL.member,
        bookings.upcoming,
        ("bookings_booking_member_time",),
        besides=("bookings_booking_one_place_at_a_time",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "my-history",
        "A page of what was, newest first",
        SQL.member,
        lambda member_id, now: keyset_page(
            bookings.past(member_id, now), ("-starts_at", "-id"), cursor=None, limit=20
        ),
        ("bookings_booking_member_time",),
        besides=("bookings_booking_one_place_at_a_time",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "my-turns",
        "What a member waits for, with the rank in each line",
        SQL.waiting_member,
        bookings.waiting,
        ("bookings_waitlist_member", "bookings_waitlist_head"),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "calendar-feed",
        "What a member's private calendar holds",
        SQL.member,
        calendars.booked,
        ("bookings_booking_member_time",),
        besides=("bookings_booking_one_place_at_a_time",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "waitlist-head",
        "The first in line of a session",
        SQL.longest_line,
        waitlist.head,
        ("bookings_waitlist_head",),
        besides=("bookings_waitlistentry_position_unique",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "waitlist-first",
        "first in the waitlist",
        SQL.longest_line,
        lambda session_id: waitlist.in_line(session_id)[:1],
        ("bookings_waitlist_head",),
        besides=("bookings_waitlistentry_position_unique",),
        never=SORTED_BY_INDEX,
        reference=Reference(1, 4.752, 0.905),
        note="About ten wait for a full session, and bookings_waitlistentry_one_active "
        "still finds them: the sort that the index saves is of so few rows.",
    ),
    TunedQuery(
        "waitlist-standing",
        "A member's turn and the length of the line",
        SQL.turn,
        waitlist.standing,
        ("bookings_waitlistentry_one_active", "bookings_waitlist_head"),
    ),
    TunedQuery(
        "waitlist-overlaps",
        "What else a member waits for at the time of a session",
        SQL.time_of_turn,
        waitlist.overlapping,
        ("bookings_waitlist_member",),
    ),
    TunedQuery(
        "kiosk-booking",
        "The booking that a check-in is for",
        SQL.member_and_branch,
        checkins.booking_around,
        ("bookings_booking_member_time",),
        besides=("bookings_booking_one_place_at_a_time",),
    ),
    TunedQuery(
        "visits",
        "The first page of a member's visits, newest first",
        SQL.visitor,
        lambda member_id, at: keyset_page(
            checkins.as_rows(member_id), ("-at", "-id"), cursor=None, limit=50
        ),
        ("bookings_checkin_member",),
        never=("Sort",),
    ),
    TunedQuery(
        "visits-later-page",
        "A later page of a member's visits: newer months are not looked at",
        SQL.visitor,
        lambda member_id, at: keyset_page(
            checkins.as_rows(member_id),
            ("-at", "-id"),
            cursor=encode([at, 2**40]),
            limit=50,
        ),
        ("bookings_checkin_member",),
        never=("Sort",),
    ),
    TunedQuery(
        "visits-by-hour",
        "Who checked in within a week, by weekday and hour",
        SQL.week_of_branch,
        lambda branch_id, since, until: staff.visits_by_hour([branch_id], since, until),
        ("bookings_checkin_branch",),
        index_only=("bookings_checkin",),
        partitions=2,
    ),
    TunedQuery(
        "sessions-taught",
        "The sessions of two weeks, summed by day, hour and type",
        SQL.two_weeks_of_branch,
        lambda branch_id, since, until: staff.sessions_taught(
            [branch_id], since, until
        ),
        ("bookings_session_by_time",),
    ),
    TunedQuery(
        "trainer-week",
        "A trainer's week",
        SQL.trainer,
        lambda trainer_id, now: timetable.trainer_week(trainer_id, local_day(now, UTC)),
        ("bookings_session_trainer_time", "bookings_appt_trainer_time"),
        about="taught",
        besides=(*SESSIONS_BY_TIME, *BY_TRAINER, *APPOINTMENTS_BY_TIME),
        reference=Reference(4, 346.789, 1.678),
        note="It takes thousands of classes for reading all of them to be so slow.",
    ),
    TunedQuery(
        "classes-about",
        "The classes of a week by the words of their topic",
        SQL.topic,
        timetable.classes_about,
        ("bookings_session_topic",),
    ),
    TunedQuery(
        "roster",
        "Who has a place in a session, and who has never come before",
        SQL.fullest_session,
        trainers.roster,
        ("bookings_booking_one_active",),
        besides=("bookings_booking_session",),
    ),
    TunedQuery(
        "training-week",
        "All that a trainer has in a week: classes, appointments, time away, requests",
        SQL.booked_out_trainer,
        lambda trainer_id, now: training_week.times(
            trainer_id, local_day(now, UTC), 7, asked_after=now
        ),
        ("bookings_appt_trainer_time", "bookings_session_trainer_time"),
        besides=(*SESSIONS_BY_TIME, *BY_TRAINER, *APPOINTMENTS_BY_TIME),
        reference=Reference(3, less=60),
    ),
    TunedQuery(
        "appointments-next",
        "What a trainer has next, on the first page",
        SQL.booked_out_trainer,
        appointments.next_ones,
        ("bookings_appt_trainer_time",),
        besides=(*BY_TRAINER, "bookings_appt_by_time"),
        never=SORTED_BY_INDEX,
        reference=Reference(3, less=60),
    ),
    TunedQuery(
        "appointment-conflicts",
        "What takes the time of a trainer and a client on the day of an appointment",
        SQL.client_and_trainer,
        _facts,
        ("bookings_appt_trainer_time", "bookings_session_trainer_time"),
        besides=(
            *BY_TRAINER,
            *BY_CLIENT,
            *SESSIONS_BY_TIME,
            *APPOINTMENTS_BY_TIME,
            "bookings_appt_client_time",
        ),
        about="'appointment'",
        reference=Reference(3, less=50),
    ),
    TunedQuery(
        "appointments-past",
        "A page of a client's appointments that were, newest first",
        SQL.client,
        lambda client_id, now: keyset_page(
            appointments.past(client_id, now),
            ("-starts_at", "-id"),
            cursor=None,
            limit=20,
        ),
        ("bookings_appt_client_time",),
        besides=BY_CLIENT,
        never=SORTED_BY_INDEX,
        reference=Reference(3, less=45),
    ),
    TunedQuery(
        "appointments-ahead",
        "A client's appointments ahead, soonest first",
        SQL.client,
        appointments.upcoming,
        ("bookings_appt_client_time",),
        besides=BY_CLIENT,
        never=SORTED_BY_INDEX,
        reference=Reference(3, less=45),
    ),
    TunedQuery(
        "trainer-hours",
        "The hours of a trainer, for free times",
        SQL.client_and_trainer,
        _facts,
        ("bookings_availability_day",),
        besides=(
            "bookings_availability_active",
            "bookings_availability_never_overlaps",
            "bookings_availability_branch_id_ae702514",
        ),
        about="bookings_availability",
        reference=Reference(3, less=75),
        note="A branch's hours are few enough to be read whole: only in a brand of "
        "thousands of trainers does the scan cost more than the rest.",
    ),
    TunedQuery(
        "charge-by-name",
        "The payment that a provider's event is about",
        SQL.charged,
        lambda gateway, name: Payment.objects.filter(
            gateway=gateway, gateway_reference=name
        ),
        ("payments_payment_reference_unique",),
        reference=Reference(3, less=80),
    ),
    TunedQuery(
        "appointment-of-payment",
        "The appointment that a payment is for",
        SQL.paid_appointment,
        lambda payment_id: Appointment.objects.filter(payment_id=payment_id),
        ("bookings_appointment_payment_id_key",),
        reference=Reference(3, less=65),
    ),
    TunedQuery(
        "takings",
        "What a branch took in within a week, by day, trainer and kind",
        SQL.week_taken,
        lambda branch_id, first, last: finances.takings(
            branch_ids=[branch_id], first=first, last=last
        ),
        ("payments_ledgerentry_time",),
        besides=("payments_ledgerentry_branch",),
        reference=Reference(3, less=50),
    ),
)
