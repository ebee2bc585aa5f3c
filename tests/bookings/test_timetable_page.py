"""The timetable: one button whose word is the state, filters in the address, rows kept
until they change."""

import re
from datetime import UTC, datetime, time, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings.models import ClassSession, GymClass, Trainer
from bookings.operations.attendance import mark_attendance
from bookings.operations.bookings import book_session
from bookings.operations.sessions import cancel_session
from bookings.operations.waitlist import join_waitlist
from gymsite.core.periods import monday
from tests import crowd
from tests.factories import (
    BranchFactory,
    ClassTypeFactory,
    MemberFactory,
    PlanFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def as_member(member):
    client = Client()
    client.force_login(member)
    return client


def day_of(client: Client, session: ClassSession, **filters: str) -> str:
    answer = client.get("/", {"day": session.session_date.isoformat(), **filters})
    assert answer.status_code == 200
    return answer.content.decode()


def row_of(html: str, session: ClassSession) -> str:
    start = html.index(f'id="s{session.pk}"')
    return html[start : html.index("</article>", start)]


def test_a_free_place_says_book(as_member):
    session = SessionFactory()
    row = row_of(day_of(as_member, session), session)
    assert f'formaction="/classes/{session.pk}/book/">Book<' in row
    assert "20 of 20 left" in row


def test_a_full_class_says_how_many_wait(as_member):
    session = crowd.session(capacity=1)
    first, *others = crowd.members(4)
    book_session(session_id=session.pk, member_id=first, now=timezone.now())
    for other in others:
        join_waitlist(session_id=session.pk, member_id=other, now=timezone.now())
    assert f'formaction="/classes/{session.pk}/join/">Join waitlist (3)<' in row_of(
        day_of(as_member, session), session
    )


def test_ones_own_place_says_booked_and_until_when_it_is_free_to_cancel(
    as_member, member
):
    session = SessionFactory()
    booking = book_session(
        session_id=session.pk, member_id=member.pk, now=timezone.now()
    )
    row = row_of(day_of(as_member, session), session)
    free = booking.free_until.astimezone(session.branch.zone)
    assert "Booked ✓" in row
    assert f"Free to cancel until {free:%a} {free.day} {free:%b %H:%M}" in row
    assert "formaction" not in row


def test_ones_turn_says_the_rank_among_those_who_still_wait(as_member, member):
    session = crowd.session(capacity=1)
    taken, ahead, gone = crowd.members(3)
    book_session(session_id=session.pk, member_id=taken, now=timezone.now())
    for one in (gone, ahead, member.pk):
        join_waitlist(session_id=session.pk, member_id=one, now=timezone.now())
    session.waitlist.filter(member_id=gone).update(
        status="left", ended_at=timezone.now()
    )
    row = row_of(day_of(as_member, session), session)
    assert "On list, 2nd" in row
    assert "of 2 waiting" in row


def test_a_session_beyond_the_window_says_when_it_opens(as_member):
    session = SessionFactory(session_date=timezone.now().date() + timedelta(days=30))
    opens = (session.starts_at - timedelta(days=14)).astimezone(session.branch.zone)
    assert f"Opens {opens:%a} {opens.day} {opens:%b %H:%M}" in row_of(
        day_of(as_member, session), session
    )


def test_booking_opens_at_the_wall_time_of_the_class_across_a_clock_change():
    session = SessionFactory(
        session_date=datetime(2027, 3, 30, tzinfo=UTC).date(), gym_class__starts=time(7)
    )
    member = MemberFactory()
    client = Client()
    with time_machine.travel(datetime(2027, 3, 16, 6, 59, tzinfo=UTC), tick=False):
        client.force_login(member)
        assert "Opens Tue 16 Mar 07:00" in row_of(day_of(client, session), session)
        assert client.post(f"/classes/{session.pk}/book/").status_code == 409
    with time_machine.travel(datetime(2027, 3, 16, 7, 0, tzinfo=UTC), tick=False):
        assert "Book" in row_of(day_of(client, session), session)
        assert client.post(f"/classes/{session.pk}/book/").status_code == 302


def test_a_plan_with_a_longer_window_opens_earlier():
    member = MemberFactory(membership__plan=PlanFactory(booking_window_days=40))
    client = Client()
    client.force_login(member)
    session = SessionFactory(session_date=timezone.now().date() + timedelta(days=30))
    assert "/book/" in row_of(day_of(client, session), session)


def test_what_has_started_is_closed_and_what_was_attended_says_so(as_member, member):
    yesterday = timezone.now().date() - timedelta(days=1)
    missed = SessionFactory(session_date=yesterday, gym_class__starts=time(9))
    came = SessionFactory(session_date=yesterday, gym_class__starts=time(15))
    before = timezone.now() - timedelta(days=2)
    booking = book_session(session_id=came.pk, member_id=member.pk, now=before)
    mark_attendance(
        booking_id=booking.pk, status="attended", actor_id=member.pk, now=timezone.now()
    )
    html = day_of(as_member, came)
    assert "Closed" in row_of(html, missed)
    assert "Attended ✓" in row_of(html, came)


def test_while_the_day_lasts_what_is_over_is_folded_away(member):
    day = timezone.now().date() + timedelta(days=2)
    over, mine, ahead = (
        SessionFactory(session_date=day, gym_class__starts=time(hour))
        for hour in (7, 9, 20)
    )
    book_session(session_id=mine.pk, member_id=member.pk, now=timezone.now())
    client = Client()
    with time_machine.travel(mine.ends_at, tick=False):
        client.force_login(member)
        html = day_of(client, ahead)
    folded = html[html.index("<details") : html.index("</details>")]
    assert "1 earlier class<" in folded
    assert f'id="s{over.pk}"' in folded
    assert f'id="s{mine.pk}"' not in folded
    with time_machine.travel(ahead.ends_at, tick=False):
        assert (
            "<details"
            not in Client().get("/", {"day": day.isoformat()}).content.decode()
        )


def test_a_cancelled_class_says_so(as_member, member):
    session = SessionFactory()
    cancel_session(
        session_id=session.pk,
        actor_id=member.pk,
        reason="Burst pipe",
        now=timezone.now(),
    )
    row = row_of(day_of(as_member, session), session)
    assert "Cancelled" in row
    assert "formaction" not in row


def test_a_substitute_is_marked(as_member):
    session = SessionFactory(substitute_for=TrainerFactory(name="Dana Fox"))
    assert "Substitute, for Dana Fox" in row_of(day_of(as_member, session), session)


def test_anybody_may_look_and_booking_leads_to_joining_and_back(client):
    session = SessionFactory()
    assert "/book/" in row_of(day_of(client, session), session)
    answer = client.post(f"/classes/{session.pk}/book/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/account/signup/?next=%2Fclasses%2F{session.pk}%2F"


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({}, {"early", "late"}),
        ({"part": "morning"}, {"early"}),
        ({"part": "evening"}, {"late"}),
        ({"level": "beginner"}, {"late"}),
        ({"trainer": "maya"}, {"early"}),
        ({"subject": "Yoga", "trainer": "tom"}, {"late"}),
        ({"subject": "Swimming"}, set()),
        ({"level": "'; DROP TABLE"}, set()),
    ],
)
def test_filters_live_in_the_address(client, filters, shown):
    early = SessionFactory(
        gym_class__starts=time(7), gym_class__trainer=TrainerFactory(slug="maya")
    )
    late = SessionFactory(
        gym_class__starts=time(19),
        gym_class__trainer=TrainerFactory(slug="tom"),
        gym_class__level="beginner",
    )
    html = day_of(client, early, **filters)
    assert {
        name
        for name, one in (("early", early), ("late", late))
        if f'id="s{one.pk}"' in html
    } == shown
    if not shown:
        assert "Show all classes" in html


def test_a_branch_has_its_own_day(client):
    here, there = (
        SessionFactory(),
        SessionFactory(gym_class__branch=BranchFactory(name="Harbour", slug="harbour")),
    )
    html = day_of(client, there, branch="harbour")
    assert f'id="s{there.pk}"' in html
    assert f'id="s{here.pk}"' not in html


@pytest.mark.parametrize(
    "day", ["2026-02-29", "yesterday", "0001-01-01", "9999-12-31", "\x00", "1" * 5000]
)
def test_a_day_that_cannot_be_shows_today(client, day):
    session = SessionFactory()
    answer = client.get("/", {"day": day})
    today = timezone.now().astimezone(session.branch.zone)
    assert answer.status_code == 200
    assert f"{today:%A} {today.day} {today:%B}" in answer.content.decode()


def test_a_site_without_a_branch_says_so(client):
    assert "No branch is open yet" in client.get("/").content.decode()


def test_a_kept_row_follows_every_change(as_member):
    session = SessionFactory()
    assert "20 of 20 left" in row_of(day_of(as_member, session), session)
    book_session(
        session_id=session.pk, member_id=crowd.members(1)[0], now=timezone.now()
    )
    assert "19 of 20 left" in row_of(day_of(as_member, session), session)
    Trainer.objects.filter(pk=session.trainer_id).update(name="Zoë New")
    assert "Zoë New" in row_of(day_of(as_member, session), session)
    GymClass.objects.filter(pk=session.gym_class_id).update(name="Renamed <b>")
    assert "Renamed &lt;b&gt;" in row_of(day_of(as_member, session), session)
    ClassSession.objects.filter(pk=session.pk).update(capacity=30)
    assert "29 of 30 left" in row_of(day_of(as_member, session), session)


def test_a_new_branch_appears_at_once(client):
    session = SessionFactory()
    assert "Harbour" not in day_of(client, session)
    BranchFactory(name="Harbour", slug="harbour")
    assert "Harbour" in day_of(client, session)


def test_a_row_shows_the_branchs_wall_time_on_both_sides_of_a_clock_change(client):
    before = SessionFactory(
        gym_class__starts=time(7),
        session_date=datetime(2026, 10, 24, tzinfo=UTC).date(),
    )
    after = SessionFactory(
        gym_class__starts=time(7),
        session_date=datetime(2026, 10, 25, tzinfo=UTC).date(),
    )
    for session in (before, after):
        assert ">07:00</time>" in row_of(day_of(client, session), session)


def test_the_home_branch_opens_first():
    BranchFactory(name="Aardvark", slug="aardvark")
    home = BranchFactory(name="Harbour", slug="harbour")
    client = Client()
    client.force_login(UserFactory(home_branch=home))
    assert "<small>Harbour" in client.get("/").content.decode()


class TestAnEmptyDay:
    """Where it leads: to the next day that has what is asked for, or to where the
    timetable ends."""

    @pytest.fixture
    def first(self):
        return monday(timezone.now().date()) + timedelta(days=7)

    @pytest.fixture
    def dance(self, first):
        """On Wednesday evening; on Monday and Thursday there is Yoga."""
        for days in (0, 3):
            SessionFactory(
                session_date=first + timedelta(days=days), gym_class__starts=time(9)
            )
        type_ = ClassTypeFactory(name="Salsa", slug="salsa", subject="Dance")
        trainer = TrainerFactory(name="Ines Duarte", slug="ines-duarte")
        day = first + timedelta(days=2)
        of = {
            "gym_class__class_type": type_,
            "gym_class__trainer": trainer,
            "gym_class__starts": time(18),
        }
        return SessionFactory(session_date=day, **of)

    @pytest.mark.parametrize(
        "asked",
        [
            {"subject": "Dance"},
            {"trainer": "ines-duarte"},
            {"part": "evening"},
            {"subject": "Dance", "part": "evening"},
        ],
    )
    def test_a_filter_reaches_over_the_week(self, client, dance, first, asked):
        html = client.get("/", {"day": first.isoformat(), **asked}).content.decode()
        day = dance.session_date
        assert "Nothing like that on this day" in html
        assert f"The next one that fits is on {day:%a} {day.day} {day:%b}." in html
        to_it = unescape(re.search(r'class="button" href="([^"]*)">Go to', html)[1])
        assert f'id="s{dance.pk}"' in client.get(f"/{to_it}").content.decode()

    def test_what_the_day_lacks_can_be_chosen(self, client, dance, first):
        html = client.get("/", {"day": first.isoformat()}).content.decode()
        assert '<option value="Dance">Dance</option>' in html
        assert '<option value="ines-duarte">Ines Duarte</option>' in html

    @pytest.mark.parametrize(
        "asked",
        [
            {"subject": "Dance", "part": "morning"},
            {"subject": "Nothing"},
            {"subject": "\x00"},
            {"level": "\x00"},
            {"trainer": "x" * 5000},
            {"part": "night"},
        ],
    )
    def test_what_no_day_has_is_said_with_the_end_of_the_timetable(
        self, client, dance, first, asked
    ):
        html = client.get("/", {"day": first.isoformat(), **asked}).content.decode()
        end = first + timedelta(days=3)
        assert (
            f"None fits later; the timetable of {dance.branch.name} ends on {end:%a} "
            f"{end.day} {end:%b}."
        ) in html
        assert "Go to" not in html

    def test_a_cancelled_one_is_not_led_to(self, client, dance, first):
        ClassSession.objects.filter(pk=dance.pk).update(
            status="cancelled", cancelled_at=timezone.now()
        )
        html = client.get(
            "/", {"day": first.isoformat(), "subject": "Dance"}
        ).content.decode()
        assert "None fits later" in html

    def test_without_a_filter_it_leads_to_the_next_classes(self, client, dance, first):
        html = client.get(
            "/", {"day": (first + timedelta(days=1)).isoformat()}
        ).content.decode()
        day = dance.session_date
        assert "No classes on this day" in html
        assert f"The next ones are on {day:%a} {day.day} {day:%b}." in html

    def test_behind_the_end_it_says_where_that_is(self, client, dance, first):
        html = client.get(
            "/", {"day": (first + timedelta(days=10)).isoformat()}
        ).content.decode()
        end = first + timedelta(days=3)
        assert (
            f"The timetable of {dance.branch.name} ends on {end:%a} {end.day} {end:%b}."
            in html
        )

    def test_a_branch_without_classes_says_so(self, client):
        branch = BranchFactory()
        assert f"{branch.name} has no classes yet." in client.get("/").content.decode()


def test_the_branch_stands_in_the_heading_and_a_link_skips_to_the_classes(client):
    session = SessionFactory()
    html = day_of(client, session)
    assert re.search(rf"<h1>[^<]*<small>{session.branch.name}</small></h1>", html)
    assert html.index('href="#classes"') < html.index("<header")
    assert 'id="classes" tabindex="-1"' in html


def test_a_cancelled_class_counts_no_places(client):
    session = SessionFactory()
    ClassSession.objects.filter(pk=session.pk).update(
        status="cancelled", cancelled_at=timezone.now()
    )
    row = row_of(day_of(client, session), session)
    assert "Cancelled" in row
    assert "left" not in row and "meter" not in row
    assert "Places" not in client.get(f"/classes/{session.pk}/").content.decode()
