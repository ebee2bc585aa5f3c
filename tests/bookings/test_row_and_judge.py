"""What a row's button says of time and places is what the rules say: the same members
and instants through both."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.operations.bookings import book_session
from bookings.queries import timetable_page
from bookings.queries.eligibility import facts as read_facts
from bookings.rules import judge
from bookings.rules.eligibility import (
    place_is_free,
    session_goes_ahead,
    session_lies_ahead,
    window_is_open,
)
from bookings.views import session_rows
from gymsite.core.periods import day_bounds, instant, when
from memberships.operations.memberships import enroll
from tests.factories import (
    BranchFactory,
    MemberFactory,
    MembershipFactory,
    PlanFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# 14 days before, at 01:30, the clocks of London skip from one to two
DAY = date(2027, 4, 11)
NIGHT = time(1, 30)
ASKED = (session_goes_ahead, session_lies_ahead, window_is_open, place_is_free)
WORDS = {
    None: ">Book<",
    "session_full": ">Join waitlist",
    "session_started": ">Closed<",
    "session_cancelled": ">Canc",
}


def member(**membership):
    window = membership.pop("window", 40)
    plan = PlanFactory(
        booking_window_days=window,
        includes_classes=membership.pop("includes_classes", True),
    )
    return MemberFactory(
        membership__plan=plan,
        **{f"membership__{name}": value for name, value in membership.items()},
    )


def newcomer_with_a_pack():
    """Two memberships: one whose first price is still to be taken, with the class
    booked that goes before it."""
    newcomer, now = UserFactory(), timezone.now()
    enroll(
        member_id=newcomer.pk,
        plan_id=PlanFactory(booking_window_days=40).pk,
        actor_id=newcomer.pk,
        now=now,
    )
    book_session(session_id=SessionFactory().pk, member_id=newcomer.pk, now=now)
    MembershipFactory(
        member=newcomer, plan=PlanFactory(pack=True), ends_on=DAY + timedelta(days=90)
    )
    return newcomer


MEMBERS = {
    "no membership": UserFactory,
    "as the house": lambda: member(window=None),
    "seven days": lambda: member(window=7),
    "forty days": member,
    "ends before": lambda: member(ends_on=DAY - timedelta(days=1)),
    "begins on the day": lambda: member(starts_on=DAY),
    "frozen": lambda: member(status="frozen"),
    "another branch's": lambda: member(
        only_branch_id=BranchFactory(slug="harbour", name="Harbour").pk
    ),
    "without classes": lambda: member(includes_classes=False),
    "first payment due": newcomer_with_a_pack,
}


@pytest.fixture
def sessions():
    """One with places, one that is full and one that is cancelled."""
    free, full, off = (
        SessionFactory(session_date=DAY, gym_class__starts=NIGHT, capacity=n)
        for n in (20, 1, 20)
    )
    book_session(
        session_id=full.pk,
        member_id=member().pk,
        now=full.starts_at - timedelta(days=1),
    )
    type(off).objects.filter(pk=off.pk).update(
        status="cancelled", cancelled_at=timezone.now()
    )
    return free, full, off


def instants(session):
    """Around each opening, the cutoff and the start."""
    openings = [
        instant(DAY - timedelta(days=days), NIGHT, session.zone) for days in (7, 14, 40)
    ]
    second = timedelta(seconds=1)
    for moment in (
        *openings,
        session.starts_at - timedelta(hours=12),
        session.starts_at,
    ):
        yield from (moment - second, moment, moment + second)


def buttons(reader, sessions, now):
    branch = sessions[0].branch
    keys, mine = timetable_page.read_page(
        reader.pk, branch.pk, DAY, day_bounds(DAY, branch.zone), now, branch.today(now)
    )
    drawn = session_rows.drawn(keys)
    shown = session_rows.actions(
        drawn, [session_rows.state_of(row, mine, now) for row in drawn]
    )
    return {row.id: action for row, action in zip(drawn, shown, strict=True)}


def judged(reader, session, now):
    facts = read_facts(session_id=session.pk, member_id=reader.pk, now=now)
    refusal = judge(facts, ASKED)
    code = refusal and refusal.code
    if code == "booking_not_open":
        return (
            "Opens "
            f"{when(datetime.fromisoformat(refusal.values['opens_at']), session.zone)}<"
        )
    return WORDS[code]


@pytest.mark.parametrize("kind", MEMBERS)
def test_the_button_says_what_the_rules_say(kind, sessions):
    reader, said = MEMBERS[kind](), set()
    for now in instants(sessions[0]):
        shown = buttons(reader, sessions, now)
        for session in sessions:
            word = judged(reader, session, now)
            assert word in shown[session.pk], (kind, now)
            said.add(word[:5])
    assert said == {"Opens", ">Book", ">Join", ">Clos", ">Canc"}


def test_the_clock_skips_the_time_at_which_it_would_open(sessions):
    reader, opens = UserFactory(), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert (
        "Opens Sun 28 Mar 02:30<"
        in buttons(reader, sessions, opens - timedelta(minutes=1))[sessions[0].pk]
    )
    assert ">Book<" in buttons(reader, sessions, opens)[sessions[0].pk]
