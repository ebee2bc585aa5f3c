"""A member's pages of personal training: find, choose, book, move, cancel, look back."""

import re
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import unquote

import icalendar
import pytest
import time_machine
from django.test import Client

from bookings.models import Appointment, AvailabilityException, BookingPolicy, Trainer
from bookings.operations.appointment_steps import accept_appointment
from bookings.operations.appointments import book_appointment, decline_appointment
from gymsite.core.operations.users import new_calendar_token
from gymsite.payments.models import Payment
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
MONDAY = date(2026, 11, 30)
SLOT = "/appointments/book/riverside/training/lena/"
AT_TEN = f"{SLOT}2026-11-30T1000Z/"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def trainer():
    """Mondays from 9 to 12, on London's clock."""
    lena = TrainerFactory(
        name="Lena Brandt", slug="lena", specialities=["Mobility"], bio="Laughs."
    )
    return AvailabilityFactory(trainer=lena, ends=time(12)).trainer


@pytest.fixture
def service():
    return ServiceFactory(slug="training", raster_minutes=30)


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def booked(trainer, service, member):
    return book_appointment(
        trainer_id=trainer.pk,
        service_id=service.pk,
        branch_id=trainer.branch_id,
        client_id=member.pk,
        starts_at=utc(10),
        now=NOW,
    )


def utc(hour, minute=0, day=MONDAY):
    return datetime.combine(day, time(hour, minute), UTC)


def sent(price=5500, **more):
    return {"price": price, "pay": "desk", "note": "", **more}


def times(answer):
    return re.findall(r'<a class="time"[^>]*>([^<]+)<', answer.content.decode())


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


class TestFindingATrainer:
    @pytest.mark.parametrize("path", ["/trainers/", "/appointments/"])
    def test_visitors_and_members_have_it_in_the_menu(self, client, path):
        for reader in (Client(), client):
            page = reader.get(path).content.decode()
            assert '<a href="/trainers/" aria-current="page">' in page

    def test_the_list_says_when_each_is_free_next(self, trainer, service):
        TrainerFactory(name="Tom Hale")
        page = text(Client().get("/trainers/"))
        assert "Lena Brandt" in page
        assert "Mobility" in page
        assert "Free Mon 30 Nov 09:00" in page
        assert "No free time in the next two weeks" in page

    def test_the_list_is_of_one_branch_and_has_pages(self, trainer, service):
        harbour = BranchFactory(slug="harbour", name="Harbour")
        for n in range(26):
            TrainerFactory(branch=harbour, name=f"Trainer {n:02}")
        first = Client().get("/trainers/?branch=harbour")
        assert "Lena Brandt" not in text(first)
        assert "Trainer 23" in text(first)
        address = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1]
        rest = text(Client().get(f"/trainers/{address.replace('&amp;', '&')}"))
        assert "Trainer 24" in rest
        assert "Trainer 23" not in rest

    def test_the_list_is_searched_by_name_and_by_speciality(self, trainer, service):
        TrainerFactory(name="Zoë Hale", specialities=["Boxing", "Mobility"])
        TrainerFactory(name="Tom Hale", specialities=["Boxing"])
        TrainerFactory(
            name="Zoe Far", branch=BranchFactory(slug="hill"), specialities=["Swim"]
        )

        def found(query):
            shown = Client().get(f"/trainers/?branch=riverside&{query}")
            return re.findall(
                r'href="/trainers/[^"]+">([^<]+)<', shown.content.decode()
            )

        assert found("") == ["Lena Brandt", "Tom Hale", "Zoë Hale"]
        assert found("q=zoe") == ["Zoë Hale"]
        assert found("q=hale+ZO") == ["Zoë Hale"]
        assert found("speciality=Mobility") == ["Lena Brandt", "Zoë Hale"]
        assert found("speciality=Boxing&q=tom") == ["Tom Hale"]
        page = Client().get("/trainers/?branch=riverside&speciality=Boxing&q=tom")
        shown = page.content.decode()
        assert '<option value="Boxing" selected>' in shown
        assert '<option value="Mobility">' in shown
        assert "Swim" not in shown
        assert 'value="tom"' in shown

    def test_nobody_found_is_said_kindly_with_a_way_back(self, trainer, service):
        for query in ("q=nobody", "speciality=Yoga", f"q={'x' * 5000}", "q=%00"):
            page = Client().get(f"/trainers/?branch=riverside&{query}")
            assert page.status_code == 200
        page = Client().get("/trainers/?branch=riverside&q=nobody&speciality=Yoga")
        assert "Nobody like that at Riverside" in text(page)
        assert "Show the whole team" in text(page)
        assert '<option value="Yoga" selected>' in page.content.decode()

    def test_the_next_page_keeps_what_was_searched(self, service):
        for n in range(26):
            TrainerFactory(name=f"Hale {n:02}", specialities=["Boxing"])
        TrainerFactory(name="Ana", specialities=["Boxing"])
        first = Client().get("/trainers/?q=hale&speciality=Boxing")
        address = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1]
        assert "q=hale&amp;speciality=Boxing&amp;after=" in address
        rest = text(Client().get(f"/trainers/{address.replace('&amp;', '&')}"))
        assert "Hale 25" in rest
        assert "Hale 23" not in rest

    def test_a_page_shows_the_first_day_with_a_time(self, trainer, service):
        page = Client().get("/trainers/lena/")
        assert times(page) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
        assert "Monday 30 November" in text(page)
        assert "60 min · £55.00" in text(page)
        assert "Buffer" not in text(page)

    def test_another_service_has_other_times(self, trainer, service):
        ServiceFactory(slug="long", name="Two hours", minutes=120, raster_minutes=60)
        page = Client().get("/trainers/lena/?service=long")
        assert times(page) == ["09:00", "10:00"]

    def test_what_the_reader_has_is_left_out(self, client, booked):
        assert times(client.get("/trainers/lena/")) == []
        other = Client()
        other.force_login(UserFactory())
        # an hour, and a quarter after it
        assert times(other.get("/trainers/lena/")) == []

    def test_a_day_without_one_leads_to_the_next(self, trainer, service):
        page = Client().get("/trainers/lena/?day=2026-12-01")
        assert "No free time on Tuesday 1 December" in text(page)
        assert "Go to Mon 7 Dec" in text(page)
        assert "day=2026-12-07" in page.content.decode()

    def test_a_week_without_one_leads_to_the_next(self, trainer, service):
        AvailabilityException.objects.create(
            trainer=trainer,
            branch=trainer.branch,
            kind="holiday",
            starts_at=NOW,
            ends_at=NOW + timedelta(days=12),
            created_at=NOW,
        )
        assert "Go to Mon 14 Dec" in text(Client().get("/trainers/lena/"))

    def test_who_takes_none_says_so(self, service):
        TrainerFactory(slug="tom")
        page = text(Client().get("/trainers/tom/"))
        assert "Nor on any later day" in page
        assert "See who is free" in page

    def test_nothing_is_offered(self, trainer):
        page = text(Client().get("/trainers/lena/"))
        assert "No appointments here yet" in page
        assert Client().get("/trainers/").status_code == 200

    def test_nobody_by_that_name(self, trainer, service):
        assert Client().get("/trainers/nobody/").status_code == 404
        Trainer.objects.update(is_active=False)
        assert Client().get("/trainers/lena/").status_code == 404

    @pytest.mark.parametrize(
        "day", ["2020-01-01", "2026-02-30", "x", "\0", "9999-12-31"]
    )
    def test_an_absurd_day_is_today(self, trainer, service, day):
        page = Client().get("/trainers/lena/", {"day": day})
        assert 'id="d2026-11-27"' in page.content.decode()

    def test_beyond_the_horizon_leads_back(self, trainer, service):
        page = text(Client().get("/trainers/lena/?day=2027-02-01"))
        assert "Times can be booked until Fri 8 Jan" in page


class TestTimeFirst:
    def test_a_time_then_who(self, trainer, service):
        other = AvailabilityFactory(starts=time(10), ends=time(12)).trainer
        page = Client().get("/appointments/")
        assert times(page) == ["09:00", "09:30", "10:00", "10:30", "11:00"]
        early = text(Client().get("/appointments/?at=2026-11-30T0900Z"))
        assert "Free on Mon 30 Nov 09:00" in early
        assert other.name not in early
        late = Client().get("/appointments/?at=2026-11-30T1000Z")
        assert other.name in text(late)
        assert AT_TEN in late.content.decode()

    def test_a_time_that_nobody_has(self, trainer, service):
        page = text(Client().get("/appointments/?at=2026-11-30T0300Z"))
        assert "Nobody is free on Mon 30 Nov 03:00 any more" in page

    def test_no_branch(self):
        BranchFactory()
        assert "No appointments here yet" in text(Client().get("/appointments/"))


class TestBooking:
    def test_a_visitor_is_asked_to_join_with_what_they_came_for(self, trainer, service):
        page = Client().get(AT_TEN)
        assert "Join to book" in text(page)
        answer = Client().post(f"{AT_TEN}book/")
        assert answer.status_code == 302
        assert AT_TEN in unquote(answer["Location"])
        joining = text(Client().get(answer["Location"]))
        assert "book Personal training with Lena Brandt, Mon 30 Nov 10:00" in joining

    def test_says_before_what_it_costs_and_until_when_it_is_free(
        self, client, trainer, service
    ):
        page = text(client.get(AT_TEN))
        assert "Book for £55.00" in page
        assert "At the front desk" in page
        assert (
            "Free to cancel or move until Sun 29 Nov 10:00; after that £55.00 is due "
            "all the same."
        ) in page

    def test_late_says_for_how_long_it_is_free(self, client, trainer, service, clock):
        clock.move_to(utc(7))
        client.force_login(MemberFactory())
        assert "Free to cancel for 10 minutes once it is booked" in text(
            client.get(AT_TEN)
        )

    def test_books_it_once(self, client, member, trainer, service):
        for _ in range(2):
            answer = client.post(f"{AT_TEN}book/", sent(note="A bad knee"))
        made = Appointment.objects.get()
        assert answer["Location"] == f"/appointments/{made.reference}/"
        assert (made.client, made.starts_at, made.note) == (
            member,
            utc(10),
            "A bad knee",
        )
        assert Payment.objects.count() == 1
        page = text(client.get(answer["Location"]))
        assert "You are booked" in page
        assert "£55.00, to pay at the front desk" in page
        assert "A bad knee" in page

    def test_what_is_free_asks_for_no_payment(self, client, trainer):
        ServiceFactory(slug="training", price_minor=0)
        page = text(client.get(AT_TEN))
        assert "How to pay" not in page
        assert client.post(f"{AT_TEN}book/", {"price": 0}).status_code == 302
        assert Payment.objects.count() == 0

    def test_a_request_says_so(self, client, trainer, service):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        assert "Ask for this time" in text(client.get(AT_TEN))
        answer = client.post(f"{AT_TEN}book/", sent(), follow=True)
        assert "Lena Brandt has yet to say yes" in text(answer)

    def test_a_request_that_is_declined_says_so(self, client, trainer, service, clock):
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        page = client.post(f"{AT_TEN}book/", sent(), follow=True).redirect_chain[-1][0]
        decline_appointment(
            appointment_id=Appointment.objects.get().pk,
            actor_id=trainer.user_id,
            reason="I am away.",
            now=NOW,
        )
        shown = text(client.get(page))
        assert "Declined Fri 27 Nov 12:00: I am away." in shown
        assert "There is nothing to pay." in shown
        file = client.get(f"{page}calendar.ics").content.decode()
        assert "STATUS:CANCELLED" in file and "Declined. There" in file
        clock.move_to(utc(12))
        past = text(client.get("/appointments/past/"))
        assert "Declined" in past
        for said in (shown, file, past):
            assert "Cancelled" not in said

    def test_a_price_that_has_changed_is_shown_and_nothing_lost(
        self, client, trainer, service
    ):
        type(service).objects.update(price_minor=6000)
        answer = client.post(f"{AT_TEN}book/", sent(note="A bad knee"))
        assert answer.status_code == 409
        page = text(answer)
        assert "The price has changed" in page
        assert "Book for £60.00" in page
        assert "A bad knee" in page
        assert client.post(f"{AT_TEN}book/", sent(6000)).status_code == 302

    @pytest.mark.parametrize(
        ("start", "said"),
        [
            ("2026-11-30T1010Z", "Appointments start every 30 minutes"),
            ("2026-11-26T1000Z", "is past"),
            ("2026-11-27T1230Z", "at least 120 minutes before"),
            ("2027-02-01T1000Z", "at most 42 days ahead"),
            ("2099-02-01T1000Z", "too far ahead"),
            ("2001-02-01T1000Z", "That is past"),
            ("2026-11-30T1200Z", "takes no appointments on Mon 30 Nov 12:00"),
        ],
    )
    def test_a_time_that_can_not_be_says_why(
        self, client, trainer, service, start, said
    ):
        page = client.get(f"{SLOT}{start}/")
        assert page.status_code == 200
        assert said in text(page)
        assert "Other days" in text(page)
        refused = client.post(f"{SLOT}{start}/book/", sent())
        assert refused.status_code == 409
        assert said in text(refused)
        assert not Appointment.objects.exists()

    def test_a_slot_that_was_just_taken_shows_what_is_left(
        self, client, trainer, service
    ):
        AppointmentFactory(trainer=trainer, service=service, starts_at=utc(9))
        at_nine = f"{SLOT}2026-11-30T0900Z/"
        answer = client.post(f"{at_nine}book/", sent())
        assert answer.status_code == 409
        assert "Lena Brandt is not free on Mon 30 Nov 09:00" in text(answer)
        assert times(answer) == ["10:30", "11:00"]

    @pytest.mark.parametrize("what", ["trainer", "service", "branch"])
    def test_what_was_switched_off_meanwhile_says_so(
        self, client, trainer, service, what
    ):
        row = {"trainer": trainer, "service": service, "branch": trainer.branch}[what]
        type(row).objects.filter(pk=row.pk).update(is_active=False)
        for answer in (client.get(AT_TEN), client.post(f"{AT_TEN}book/", sent())):
            assert answer.status_code in (200, 409)
            assert re.search("any more|takes no appointments", text(answer))
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize(
        "form", [{}, {"price": "x"}, sent(pay="gold"), sent(note="x" * 501)]
    )
    def test_a_form_that_can_not_be_read_is_shown_again(
        self, client, trainer, service, form
    ):
        answer = client.post(f"{AT_TEN}book/", form)
        assert answer.status_code == 422
        assert "Book for £55.00" in text(answer)
        assert not Appointment.objects.exists()

    @pytest.mark.parametrize("start", ["x", "2026-13-41T1000Z", "2026-11-30T2500Z"])
    def test_what_was_never_a_time(self, client, trainer, service, start):
        assert client.get(f"{SLOT}{start}/").status_code == 404
        assert Client().get(f"{SLOT}{start}/").status_code == 404

    def test_a_trainer_reads_that_nobody_trains_themselves(self, trainer, service):
        client = Client()
        client.force_login(trainer.user)
        assert "Nobody has an appointment with themselves" in text(client.get(AT_TEN))


class TestMoving:
    def test_to_another_time(self, client, booked):
        page = client.get(f"/appointments/{booked.reference}/move/")
        assert times(page) == ["09:00", "09:30", "10:30", "11:00"]
        to = f"/appointments/{booked.reference}/move/2026-11-30T1030Z/"
        asked = text(client.get(to))
        assert "Move to Mon 30 Nov 10:30?" in asked
        assert "free to cancel or move until Sun 29 Nov 10:30" in asked
        for _ in range(2):
            answer = client.post(to, follow=True)
        booked.refresh_from_db()
        assert (booked.starts_at, booked.sequence) == (utc(10, 30), 1)
        assert "You are booked" in text(answer)

    def test_a_week_without_a_time_leads_on(self, client, booked):
        page = text(
            client.get(f"/appointments/{booked.reference}/move/?day=2026-12-01")
        )
        assert "Go to Mon 7 Dec" in page

    def test_not_to_a_time_that_is_taken(self, client, trainer, booked):
        away = {"kind": "block", "created_at": NOW, "branch": trainer.branch}
        AvailabilityException.objects.create(
            trainer=trainer, starts_at=utc(11, 15), ends_at=utc(12), **away
        )
        to = f"/appointments/{booked.reference}/move/2026-11-30T1100Z/"
        answer = client.post(to)
        assert answer.status_code == 409
        assert "is not free on Mon 30 Nov 11:00" in text(answer)
        booked.refresh_from_db()
        assert booked.starts_at == utc(10)

    def test_not_once_it_is_too_late(self, client, member, booked, clock):
        clock.move_to(utc(8))
        client.force_login(member)
        assert "Move it" not in text(client.get(f"/appointments/{booked.reference}/"))
        page = client.get(f"/appointments/{booked.reference}/move/")
        assert page["Location"] == f"/appointments/{booked.reference}/"
        to = f"/appointments/{booked.reference}/move/2026-11-30T1100Z/"
        assert "It could be moved until" in text(client.post(to))

    @pytest.mark.parametrize("start", ["x", "2026-13-41T1000Z"])
    def test_what_was_never_a_time(self, client, booked, start):
        to = f"/appointments/{booked.reference}/move/{start}/"
        assert client.get(to).status_code == 404


class TestCancelling:
    def test_in_time_costs_nothing(self, client, booked):
        path = f"/appointments/{booked.reference}/"
        assert "Free to cancel or move until Sun 29 Nov 10:00" in text(client.get(path))
        for _ in range(2):
            page = text(client.post(f"{path}cancel/", follow=True))
        booked.refresh_from_db()
        assert booked.status == "cancelled"
        assert "There is nothing to pay." in page
        assert "Book Lena Brandt again" in page

    def test_late_says_what_it_costs(self, client, member, booked, clock):
        clock.move_to(utc(8))
        client.force_login(member)
        path = f"/appointments/{booked.reference}/"
        assert "too late to cancel for nothing: £55.00 is due" in text(client.get(path))
        assert "Cancel anyway" in text(client.get(path))
        page = text(client.post(f"{path}cancel/", follow=True))
        assert "It was after the free time: £55.00 is due all the same." in page

    def test_not_once_it_has_started(self, client, member, booked, clock):
        clock.move_to(utc(10, 5))
        client.force_login(member)
        path = f"/appointments/{booked.reference}/"
        assert "Can't come?" not in text(client.get(path))
        answer = client.post(f"{path}cancel/")
        assert answer.status_code == 409
        assert "has started" in text(answer)


def test_only_ones_own(booked):
    client = Client()
    client.force_login(UserFactory())
    path = f"/appointments/{booked.reference}/"
    to = f"{path}move/2026-11-30T1100Z/"
    for page in (path, f"{path}move/", to, f"{path}calendar.ics"):
        assert client.get(page).status_code == 404
    for act in (f"{path}cancel/", to):
        assert client.post(act).status_code == 404
    assert Client().get(path).status_code == 302


def test_my_bookings_show_classes_and_appointments_by_time(client, booked):
    page = text(client.get("/bookings/"))
    assert "Personal training" in page
    assert "Mon 30 Nov 10:00" in page


def test_the_past_has_pages(client, member, service, trainer):
    for n in range(25):
        AppointmentFactory(
            client=member,
            trainer=trainer,
            service=service,
            status="completed",
            starts_at=NOW - timedelta(days=n + 1),
            over_at=NOW,
        )
    first = client.get("/appointments/past/")
    assert first.content.decode().count("Completed") == 20
    address = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1]
    rest = client.get(f"/appointments/past/{address}")
    assert rest.content.decode().count("Completed") == 5


class TestCalendar:
    @pytest.fixture
    def feed(self, member):
        new_calendar_token(user_id=member.pk)
        member.refresh_from_db()
        return f"/calendar/{member.calendar_token}.ics"

    def event(self, feed):
        answer = Client().get(feed)
        (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        return event, answer["ETag"]

    def test_it_follows_moves_and_cancelling(self, client, feed, booked, clock):
        made, etag = self.event(feed)
        assert made["summary"] == "Personal training with Lena Brandt"
        assert (made["sequence"], made["status"]) == (0, "CONFIRMED")
        clock.shift(timedelta(minutes=1))
        client.post(f"/appointments/{booked.reference}/move/2026-11-30T1030Z/")
        moved, second = self.event(feed)
        assert (moved["uid"], moved["sequence"]) == (made["uid"], 1)
        assert moved["dtstart"].dt == utc(10, 30)
        assert moved["dtstamp"].dt > made["dtstamp"].dt
        clock.shift(timedelta(minutes=1))
        client.post(f"/appointments/{booked.reference}/cancel/")
        gone, third = self.event(feed)
        assert (gone["sequence"], gone["status"]) == (2, "CANCELLED")
        assert len({etag, second, third}) == 3

    def test_a_request_is_tentative_until_it_is_accepted(self, feed, booked):
        Appointment.objects.filter(pk=booked.pk).delete()
        BookingPolicy.objects.create(created_at=NOW, appointments_on_request=True)
        asked = book_appointment(
            trainer_id=booked.trainer_id,
            service_id=booked.service_id,
            branch_id=booked.branch_id,
            client_id=booked.client_id,
            starts_at=utc(10),
            now=NOW,
        )
        assert self.event(feed)[0]["status"] == "TENTATIVE"
        later = NOW + timedelta(minutes=1)
        accept_appointment(
            appointment_id=asked.pk, actor_id=booked.client_id, now=later
        )
        event, _ = self.event(feed)
        assert (event["status"], event["sequence"]) == ("CONFIRMED", 1)
        assert event["dtstamp"].dt == later

    @pytest.mark.parametrize("what", ["trainer", "service", "branch"])
    def test_new_names_are_fetched(self, feed, booked, what):
        _, before = self.event(feed)
        row = getattr(booked, what)
        type(row).objects.filter(pk=row.pk).update(name="Another name")
        assert self.event(feed)[1] != before

    def test_one_as_a_file(self, client, booked):
        answer = client.get(f"/appointments/{booked.reference}/calendar.ics")
        (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
        assert booked.reference in event["uid"]
        assert "Free to cancel or move until Sun 29 Nov 10:00" in event["description"]


DST = {
    # (zone, Sunday of the change, a time of day, how it is shown)
    "London skips": ("Europe/London", date(2027, 3, 28), "01:30", ()),
    "London repeats": (
        "Europe/London",
        date(2026, 10, 25),
        "01:30",
        ("01:30 BST", "01:30 GMT"),
    ),
    "Sydney skips": ("Australia/Sydney", date(2026, 10, 4), "02:30", ()),
    "Sydney repeats": (
        "Australia/Sydney",
        date(2027, 4, 4),
        "02:30",
        ("02:30 AEDT", "02:30 AEST"),
    ),
    "New York skips": ("America/New_York", date(2027, 3, 14), "02:30", ()),
    "New York repeats": (
        "America/New_York",
        date(2026, 11, 1),
        "01:30",
        ("01:30 EDT", "01:30 EST"),
    ),
    "Lord Howe skips": ("Australia/Lord_Howe", date(2026, 10, 4), "02:00", ()),
    "Lord Howe repeats": (
        "Australia/Lord_Howe",
        date(2027, 4, 4),
        "01:30",
        ("01:30 UTC+11:00", "01:30 UTC+10:30"),
    ),
    "Kolkata": ("Asia/Kolkata", date(2026, 11, 29), "02:30", ("02:30",)),
}


@pytest.mark.parametrize("name", DST)
def test_a_week_of_a_clock_change(name, clock, member):
    zone, sunday, wall, shown = DST[name]
    clock.move_to(datetime.combine(sunday - timedelta(days=3), time(12), UTC))
    branch = BranchFactory(slug="far", time_zone=zone)
    hours = {"branch": branch, "starts": time(), "ends": time(6), "weekday": 6}
    lena = TrainerFactory(slug="lena", branch=branch)
    AvailabilityFactory(trainer=lena, **hours)
    AvailabilityFactory(trainer=lena, **hours | {"weekday": 0})
    ServiceFactory(slug="training", minutes=30, raster_minutes=30)
    client = Client()
    client.force_login(member)
    page = client.get(f"/trainers/lena/?day={sunday.isoformat()}")
    found = times(page)
    assert tuple(one for one in found if one.startswith(wall)) == shown
    assert len(found) == len(set(found))
    assert len(
        times(client.get("/trainers/lena/?day=" + (sunday + timedelta(1)).isoformat()))
    ) in (11, 12)
    # each of them can be booked, and says the time that was tapped
    links = re.findall(
        r'class="time" href="([^"]+)"[^>]*>([^<]+)<', page.content.decode()
    )
    for address, time_shown in links[:6:2]:
        answer = client.post(f"{address}book/", sent(), follow=True)
        assert f"{sunday:%a} {sunday.day} {sunday:%b} {time_shown}" in text(answer)
