"""What staff do to appointments in the admin."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bookings.models import (
    Appointment,
    ClientNote,
)
from bookings.operations.appointments import book_appointment
from bookings.operations.bookings import book_session
from gymsite.core import references
from gymsite.core.models import Event, Role
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests.bookings.staff import ADMIN, MONDAY_10, NOW, act, text
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    PlanFactory,
    PolicyFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("friday")]


class TestAnAppointment:
    def page(self, booked, action):
        return f"{ADMIN}/appointment/do/{action}/?ids={booked.pk}"

    def test_is_found_by_its_reference_and_its_client(self, client, desk, booked):
        other = AppointmentFactory(starts_at=MONDAY_10)
        for asked in (booked.reference, booked.client.email):
            shown = client.get(f"{ADMIN}/appointment/?q={asked}")
            assert list(shown.context["cl"].result_list) == [booked]
        assert other.trainer != booked.trainer

    def test_is_cancelled_free_of_charge_however_late(self, client, desk, booked):
        take_payment(payment_id=booked.payment_id, actor_id=desk.pk, now=NOW)
        with time_machine.travel(MONDAY_10 - timedelta(minutes=5), tick=False):
            page = self.page(booked, "cancel")
            assert "£55.00" in text(client.get(page))
            act(client, page, reason="Lena is ill.")
        booked.refresh_from_db()
        assert (booked.status, booked.cancel_reason) == ("cancelled", "Lena is ill.")
        assert Payment.objects.get(pk=booked.payment_id).status == "refunded"

    def test_gives_a_part_of_its_money_back(self, client, manager, booked):
        take_payment(payment_id=booked.payment_id, actor_id=manager.pk, now=NOW)
        page = self.page(booked, "refund")
        assert "Given back" in text(client.get(page))
        done = act(client, page, amount_minor="20", reason="The shower was cold.")
        assert "£20.00 goes back to" in text(done)
        listed = text(client.get(f"{ADMIN}/appointment/"))
        assert "£55.00, paid, £20.00 given back" in listed

    def test_gives_a_packs_credit_back_once(self, client, manager, lost):
        page = self.page(lost, "giveback")
        assert "1 of 5" in text(client.get(page))
        act(client, page, reason="She was ill.")
        lost.allowance.refresh_from_db()
        assert lost.allowance.used == 0
        assert "back in the pack" in text(client.get(f"{ADMIN}/appointment/"))

    @pytest.fixture
    def lost(self):
        """Cancelled late, and paid by a pack of five."""
        member, plan = UserFactory(), PlanFactory(appointments=True)
        asked = {"member_id": member.pk, "plan_id": plan.pk, "actor_id": member.pk}
        allowance = enroll(**asked, now=NOW).allowances.get()
        allowance.used = 1
        allowance.save(update_fields=["used"])
        return AppointmentFactory(
            client=member,
            payment=None,
            allowance=allowance,
            starts_at=MONDAY_10,
            status="late_cancelled",
            cancelled_at=NOW,
        )

    def test_is_cancelled_with_a_reason_only(self, client, desk, booked):
        assert act(client, self.page(booked, "cancel")).status_code == 422
        booked.refresh_from_db()
        assert booked.status == "booked"

    @pytest.mark.parametrize(
        ("action", "becomes"),
        [
            ("checkin", "checked_in"),
            ("complete", "completed"),
            ("noshow", "no_show"),
        ],
    )
    def test_is_marked_once_it_is_time(self, client, desk, booked, action, becomes):
        page = self.page(booked, action)
        assert act(client, page).status_code == 422
        with time_machine.travel(MONDAY_10, tick=False):
            assert act(client, page).status_code == 200
        booked.refresh_from_db()
        assert booked.status == becomes
        assert Event.objects.latest("id").actor_id == desk.pk

    @pytest.mark.parametrize(
        ("action", "given", "becomes"),
        [
            ("accept", {}, "booked"),
            ("decline", {"reason": "She is away."}, "declined"),
            ("cancel", {"reason": "She is away."}, "declined"),
        ],
    )
    def test_is_accepted_or_declined_where_it_was_asked_for(
        self, client, desk, action, given, becomes
    ):
        PolicyFactory(appointments_on_request=True)
        hours = AvailabilityFactory()
        asked = book_appointment(
            trainer_id=hours.trainer_id,
            service_id=ServiceFactory().pk,
            branch_id=hours.branch_id,
            client_id=MemberFactory().pk,
            starts_at=MONDAY_10,
            now=NOW,
        )
        act(client, self.page(asked, action), **given)
        asked.refresh_from_db()
        assert asked.status == becomes

    def test_of_another_branch_is_not_there(self, client, desk):
        other = TrainerFactory(branch=BranchFactory(slug="hill", name="Hill"))
        booked = AppointmentFactory(trainer=other)
        assert client.get(f"{ADMIN}/appointment/").context["cl"].result_list == []
        page = f"{ADMIN}/appointment/{booked.pk}/change/"
        assert client.get(page).status_code == 302


class TestNotes:
    @pytest.fixture
    def note(self, booked):
        return ClientNote.objects.create(
            trainer=booked.trainer,
            client=booked.client,
            text="Left knee since March.",
            created_at=NOW,
        )

    def test_are_read_by_managers(self, client, manager, note):
        page = client.get(f"{ADMIN}/clientnote/{note.pk}/change/")
        assert "Left knee since March." in text(page)
        assert "Left knee" not in text(client.get(f"{ADMIN}/clientnote/"))

    def test_are_never_shown_to_the_desk(self, client, desk, note, booked):
        for page in ("", f"{note.pk}/change/", f"{note.pk}/history/"):
            answer = client.get(f"{ADMIN}/clientnote/{page}")
            assert answer.status_code == 403
        for page in (
            f"{ADMIN}/appointment/{booked.pk}/change/",
            f"{ADMIN}/appointment/{booked.pk}/history/",
            f"{ADMIN}/trainer/{booked.trainer_id}/change/",
            f"/admin/core/user/{booked.client_id}/change/",
            f"/admin/core/user/{booked.client_id}/history/",
        ):
            assert "Left knee" not in text(client.get(page))

    def test_of_another_branch_are_not_there(self, client, note):
        hill = BranchFactory(slug="hill", name="Hill")
        client.force_login(UserFactory(role=Role.MANAGER, home_branch=hill))
        assert client.get(f"{ADMIN}/clientnote/").context["cl"].result_list == []
        page = f"{ADMIN}/clientnote/{note.pk}/change/"
        assert client.get(page).status_code == 302


class TestBookingForAClient:
    PAGE = f"{ADMIN}/appointment/add/"

    @pytest.fixture
    def asked(self):
        """Lena's Mondays from 9 to 17, an hour with a quarter after it."""
        hours = AvailabilityFactory()
        return {
            "client": MemberFactory().pk,
            "service": ServiceFactory().pk,
            "branch": hours.branch_id,
            "trainer": hours.trainer_id,
            "day": "2026-11-30",
        }

    def send(self, client, button, given, **more):
        return client.post(self.PAGE, given | more | {button: "1"}, follow=True)

    def test_shows_the_free_times_of_a_trainers_week(self, client, desk, asked):
        shown = self.send(client, "show", asked)
        ((day, times),) = shown.context["form"].fields["slot"].choices[1:]
        assert day == "Mon 30 Nov"
        assert [words for _, words in times][:2] == ["09:00", "09:15"]
        assert not Appointment.objects.exists()

    def test_shows_who_is_free_on_a_day(self, client, desk, asked):
        shown = self.send(client, "show", asked | {"trainer": ""})
        ((trainer, times),) = shown.context["form"].fields["slot"].choices[1:]
        assert trainer.startswith("Lena Brandt")
        assert len(times) > 20

    def test_books_one_of_them(self, client, desk, asked):
        slot = f"{asked['trainer']}@2026-11-30T10:00Z"
        said = self.send(client, "book", asked | {"trainer": ""}, slot=slot)
        booked = Appointment.objects.get()
        assert (booked.starts_at, booked.source) == (MONDAY_10, "staff")
        assert references.shown(booked.reference) in text(said)
        assert Event.objects.latest("id").actor_id == desk.pk

    @pytest.fixture
    def pack(self, asked):
        """Of five appointments, paid."""
        client, plan = asked["client"], PlanFactory(appointments=True)
        held = enroll(member_id=client, plan_id=plan.pk, actor_id=client, now=NOW)
        payment = held.periods.get().payment_id
        take_payment(payment_id=payment, actor_id=client, now=NOW)
        return held.allowances.get()

    def ways(self, shown):
        pay = shown.context["form"].fields["pay"].widget
        return [label for _, label in getattr(pay, "choices", [])]

    def test_offers_the_pack_of_the_client_first(self, client, desk, asked, pack):
        shown = self.send(client, "show", asked)
        first, second = self.ways(shown)
        assert first == "From their pack: 5 left"
        assert second.startswith("At the front desk, when they come")
        assert re.search(r'value="pack"[^>]* checked', text(shown))

    def test_offers_the_desk_to_who_has_none(self, client, desk, asked):
        (only,) = self.ways(self.send(client, "show", asked))
        assert only == "At the front desk, when they come, or by card on their page"

    def test_asks_nothing_of_what_is_free(self, client, desk, asked):
        free = ServiceFactory(price_minor=0).pk
        assert self.ways(self.send(client, "show", asked | {"service": free})) == []
        self.send(client, "book", asked | {"service": free}, at="10:00")
        assert Appointment.objects.get().payment is None

    def test_counts_it_in_the_pack(self, client, desk, asked, pack):
        self.send(client, "book", asked, at="10:00", pay="pack")
        booked = Appointment.objects.get()
        assert (booked.allowance, booked.payment) == (pack, None)

    def test_or_leaves_it_to_be_paid(self, client, desk, asked, pack):
        self.send(client, "book", asked, at="10:00", pay="desk")
        booked = Appointment.objects.get()
        assert (booked.allowance, booked.payment.gateway) == (None, "desk")

    @pytest.mark.parametrize("way", ["pack", "card", "shells"])
    def test_books_nothing_in_a_way_that_is_not_offered(self, client, desk, asked, way):
        said = self.send(client, "book", asked, at="10:00", pay=way)
        assert "Choose how it is paid." in text(said)
        assert not Appointment.objects.exists()

    def test_books_between_the_usual_hours_too(self, client, desk, asked):
        self.send(client, "book", asked, at="18:40")
        assert Appointment.objects.get().starts_at.hour == 18

    def test_is_refused_in_words_over_something_else(self, client, desk, asked):
        self.send(client, "book", asked, at="10:00")
        other = asked | {"client": MemberFactory().pk}
        said = self.send(client, "book", other, at="10:30")
        assert "is not free on Mon 30 Nov 10:30" in text(said)
        assert Appointment.objects.count() == 1

    @pytest.mark.parametrize(
        "odd",
        [
            {"slot": ""},
            {"slot": "1@never"},
            {"slot": "x@2026-11-30T10:00Z"},
            {"slot": "999999@2026-11-30T10:00Z"},
            {"at": "10:00", "trainer": ""},
            {"at": "10:00", "day": "9999-12-31"},
            {"at": "10:00", "day": "0001-01-01"},
            {"slot": "1@0001-01-01T00:00Z"},
        ],
    )
    def test_books_nothing_of_what_is_no_time(self, client, desk, asked, odd):
        assert self.send(client, "book", asked, **odd).status_code == 200
        assert not Appointment.objects.exists()

    def test_is_for_those_of_the_branch(self, client, asked):
        hill = BranchFactory(slug="hill", name="Hill")
        staff = UserFactory(role=Role.FRONT_DESK, home_branch=hill)
        client.force_login(staff)
        self.send(client, "book", asked, slot=f"{asked['trainer']}@2026-11-30T10:00Z")
        self.send(
            client,
            "book",
            asked | {"branch": hill.pk, "client": staff.pk, "trainer": ""},
            slot=f"{asked['trainer']}@2026-11-30T10:00Z",
        )
        assert not Appointment.objects.exists()


class TestMoving:
    def page(self, booked):
        return f"{ADMIN}/appointment/do/move/?ids={booked.pk}"

    def test_goes_to_one_of_the_times_shown(self, client, desk, booked):
        shown = text(client.get(self.page(booked)))
        value = f"{booked.trainer_id}@2026-11-30T12:00Z"
        assert f'value="{value}"' in shown
        act(client, self.page(booked), slot=value)
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_10 + timedelta(hours=2)
        assert Event.objects.latest("id").kind == "appointment_moved"

    def test_may_be_typed(self, client, desk, booked):
        act(client, self.page(booked), day="2026-12-01", at="07:20")
        booked.refresh_from_db()
        assert booked.starts_at == datetime(2026, 12, 1, 7, 20, tzinfo=UTC)

    def test_another_day_alone_shows_its_free_times(self, client, desk, booked):
        said = act(client, self.page(booked), day="2026-12-07")
        assert said.status_code == 422
        assert f"{booked.trainer_id}@2026-12-07T09:00Z" in text(said)
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_10

    def test_over_something_else_is_refused(self, client, desk, booked):
        AppointmentFactory(
            trainer=booked.trainer,
            service=booked.service,
            starts_at=MONDAY_10 + timedelta(hours=3),
        )
        said = act(client, self.page(booked), at="13:30")
        assert said.status_code == 422
        booked.refresh_from_db()
        assert booked.starts_at == MONDAY_10


class TestPayingAtTheDesk:
    def test_is_once(self, client, desk, booked):
        page = f"{ADMIN}/appointment/do/take/?ids={booked.pk}"
        assert "£55.00" in text(client.get(page))
        for _ in range(2):
            act(client, page)
        (entry,) = LedgerEntry.objects.all()
        assert entry.amount_minor == 5500

    def test_of_what_is_free_is_refused(self, client, desk):
        free = AppointmentFactory(service=ServiceFactory(price_minor=0))
        said = act(client, f"{ADMIN}/appointment/do/take/?ids={free.pk}")
        assert "Nothing is to be paid" in text(said)


class TestReschedulingASession:
    def test_says_whom_it_reaches_and_moves(self, client, manager):
        session = SessionFactory()
        member = MemberFactory()
        book_session(session_id=session.pk, member_id=member.pk, now=NOW)
        page = f"{ADMIN}/classsession/do/reschedule/?ids={session.pk}"
        shown = text(client.get(page))
        assert "<dt>Booked, to be told</dt><dd>1</dd>" in shown
        assert 'value="18:00"' in shown
        other = RoomFactory()
        act(client, page, starts="19:30", room=other.pk, reason="The hall is cold.")
        session.refresh_from_db()
        assert (session.starts_at.hour, session.starts_at.minute) == (19, 30)
        assert session.room == other

    def test_is_the_managers(self, client, desk):
        page = f"{ADMIN}/classsession/do/reschedule/?ids={SessionFactory().pk}"
        assert client.get(page).status_code == 403
