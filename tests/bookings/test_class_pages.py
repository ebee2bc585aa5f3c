"""The class page and its buttons, with and without htmx."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, WaitlistEntry
from bookings.operations.bookings import book_session
from bookings.operations.waitlist import join_waitlist
from tests import crowd
from tests.factories import MemberFactory, PlanFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def member():
    return MemberFactory(membership__plan=PlanFactory(per_period=True))


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def full():
    session = crowd.session(capacity=1)
    book_session(
        session_id=session.pk, member_id=crowd.members(1)[0], now=timezone.now()
    )
    return session


def page_of(client, session) -> str:
    return client.get(f"/classes/{session.pk}/").content.decode()


def test_the_page_says_what_booking_uses_and_until_when_it_is_free_to_cancel(client):
    session = SessionFactory()
    html = page_of(client, session)
    free = (session.starts_at - timedelta(hours=12)).astimezone(session.branch.zone)
    assert "Uses 1 of your 8 classes: Eight a month" in html
    assert (
        f"Free to cancel until {free:%a} {free.day} {free:%b %H:%M}; after that it "
        "costs 1 class."
    ) in html


def test_booking_leads_to_the_confirmation_and_a_reload_books_nothing(client, member):
    session = SessionFactory()
    answer = client.post(f"/classes/{session.pk}/book/")
    booking = Booking.objects.get()
    assert (booking.member_id, booking.source) == (member.pk, "page")
    assert answer["Location"] == f"/bookings/{booking.reference}/"
    for _ in range(2):
        assert "You are booked" in client.get(answer["Location"]).content.decode()
    assert Booking.objects.count() == 1


def test_a_double_click_books_once_and_leads_to_the_same_place(client):
    session = SessionFactory()
    first, second = (client.post(f"/classes/{session.pk}/book/") for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Booking.objects.count() == 1


def test_with_htmx_the_row_answers_in_place(client):
    session = SessionFactory()
    answer = client.post(f"/classes/{session.pk}/book/", headers=HTMX)
    html = answer.content.decode()
    assert answer["HX-Retarget"] == f"#s{session.pk}"
    assert html.lstrip().startswith('<article class="session mine"')
    assert "Booked ✓" in html
    assert "You are booked." in html
    assert 'id="coming-up" hx-swap-oob="true"' in html


def test_a_refusal_stands_on_the_class_page_with_its_remedy(client, full):
    answer = client.post(f"/classes/{full.pk}/book/")
    assert answer.status_code == 409
    assert "All 1 places are taken. Join the waitlist." in answer.content.decode()
    assert Booking.objects.count() == 1


def test_a_refusal_with_htmx_shows_the_row_as_it_is_now(client, full):
    answer = client.post(f"/classes/{full.pk}/book/", headers=HTMX)
    html = answer.content.decode()
    assert "Join waitlist" in html
    assert "All 1 places are taken." in html


def test_without_a_plan_the_page_leads_to_the_plans():
    client = Client()
    client.force_login(UserFactory())
    html = page_of(client, SessionFactory())
    assert "You have no membership." in html
    assert 'href="/plans/"' in html
    assert "<button" not in html.split("<main")[1]


def test_joining_and_leaving_the_list(client, member, full):
    answer = client.post(f"/classes/{full.pk}/join/", follow=True)
    html = answer.content.decode()
    assert "1st of 1 on the list" in html
    assert "You are 1st on the list." in html
    left = client.post(f"/classes/{full.pk}/leave/", follow=True).content.decode()
    assert "Join waitlist" in left
    assert WaitlistEntry.objects.get().status == "left"


def test_joining_twice_is_joining_once(client, full):
    for _ in range(2):
        assert client.post(f"/classes/{full.pk}/join/").status_code == 302
    assert WaitlistEntry.objects.count() == 1


def test_leaving_a_list_one_is_not_on_is_refused(client, full):
    answer = client.post(f"/classes/{full.pk}/leave/")
    assert answer.status_code in (404, 409)


def test_the_rank_is_shown_not_the_position(client, member, full):
    ahead = crowd.members(2)
    for one in (*ahead, member.pk):
        join_waitlist(session_id=full.pk, member_id=one, now=timezone.now())
    assert "3rd of 3 on the list" in page_of(client, full)


@pytest.mark.parametrize("number", ["999999", "9223372036854775808", "0"])
def test_an_unknown_class_is_not_found(client, number):
    assert client.get(f"/classes/{number}/").status_code == 404
    assert client.post(f"/classes/{number}/book/").status_code == 404


@pytest.mark.parametrize("verb", ["book", "join", "leave"])
def test_a_get_changes_nothing(client, verb):
    session = SessionFactory()
    assert client.get(f"/classes/{session.pk}/{verb}/").status_code == 405


def test_a_lost_csrf_token_is_explained(member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    session = SessionFactory()
    answer = client.post(f"/classes/{session.pk}/book/")
    assert answer.status_code == 403
    assert "This form has gone stale" in answer.content.decode()
    assert not Booking.objects.exists()


def test_words_of_people_are_escaped(client):
    session = SessionFactory(
        topic="<script>alert(1)</script>", gym_class__name="<img src=x>"
    )
    html = page_of(client, session)
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
