"""The timetable's queries that matter (gymsite.postgres.tuned_query)."""

from datetime import UTC, timedelta

from bookings.queries import (
    bookings,
    calendars,
    checkins,
    eligibility,
    sessions,
    staff,
    timetable_page,
    trainers,
    waitlist,
)
from gymsite.core.pagination import encode, keyset_page
from gymsite.core.periods import local_day
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery

SQL = statements("bookings", "samples")
NOW = "SELECT now() AS now"

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
        lambda trainer_id, now: trainers.week(trainer_id, local_day(now, UTC)),
        ("bookings_session_trainer_time",),
        besides=("bookings_session_trainer_free",),
        never=SORTED_BY_INDEX,
    ),
    TunedQuery(
        "roster",
        "Who has a place in a session, and who has never come before",
        SQL.fullest_session,
        trainers.roster,
        ("bookings_booking_one_active",),
        besides=("bookings_booking_session",),
    ),
)
