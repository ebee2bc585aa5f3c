"""Finding a trainer, booking, moving and cancelling over the API, and what trainer and
desk say there."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from bookings.models import (
    Appointment,
    BookingPolicy,
    ClientNote,
)
from bookings.operations.appointments import book_appointment
from gymsite.core.models import Event
from tests.api import Api, assert_problem
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    RoomFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def day():
    """Three days ahead."""
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def trainer(day):
    """At work on that weekday from 9 to 17, on London's clock."""
    trainer = TrainerFactory(name="Lena Brandt", specialities=["Strength"])
    AvailabilityFactory(trainer=trainer, weekday=day.weekday())
    return trainer


@pytest.fixture
def service():
    return ServiceFactory()


@pytest.fixture
def at(day, trainer):
    """The instant of a wall time on that day, as JSON has it."""

    def instant(hour: int, minute: int = 0) -> str:
        local = datetime.combine(day, time(hour, minute), trainer.branch.zone)
        return local.isoformat()

    return instant


@pytest.fixture
def member():
    return MemberFactory(username="ada", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def api(member):
    return Api(member)


@pytest.fixture
def theirs(trainer):
    """The trainer's own requests."""
    return Api(trainer.user)


@pytest.fixture
def asked(trainer, service, at):
    return {
        "trainer_id": trainer.pk,
        "service_id": service.pk,
        "starts_at": at(10),
    }


@pytest.fixture
def booked(api, asked):
    response = api.post("/appointments/book", asked)
    assert response.status_code == 201, response.content
    return response.json()


def under_way(trainer, client, **values):
    """An appointment that began half an hour ago."""
    return AppointmentFactory(
        trainer=trainer,
        client=client,
        starts_at=timezone.now() - timedelta(minutes=30),
        **values,
    )


def test_trainers_are_listed_page_by_page_and_by_branch(api, trainer):
    other = TrainerFactory(name="Åsa Berg", branch=BranchFactory(slug="hill"))
    TrainerFactory(name="Gone", is_active=False)
    page = api.get("/trainers/?limit=1").json()
    rest = api.get(f"/trainers/?cursor={page['next']}").json()
    names = {row["name"] for row in page["items"] + rest["items"]}
    assert (names, rest["next"]) == ({"Lena Brandt", "Åsa Berg"}, None)
    here = api.get(f"/trainers/?branch={other.branch_id}").json()
    assert [row["id"] for row in here["items"]] == [other.pk]


def test_one_trainer(api, trainer):
    assert api.get(f"/trainers/{trainer.pk}").json() == {
        "id": trainer.pk,
        "name": "Lena Brandt",
        "slug": trainer.slug,
        "branch_id": trainer.branch_id,
        "branch": "Riverside",
        "photo": None,
        "bio": "",
        "specialities": ["Strength"],
        "credentials": [],
    }
    assert_problem(api.get("/trainers/0"), 422, "invalid")
    assert_problem(api.get(f"/trainers/{2**62}"), 404, "not_found")


def test_services_of_a_branch_are_its_own_and_those_of_all(api, service, trainer):
    hill = BranchFactory(slug="hill")
    there = ServiceFactory(name="Boxing", branch=hill)
    ServiceFactory(name="Old", is_active=False)
    listed = {row["name"]: row for row in api.get("/services/").json()["items"]}
    assert set(listed) == {"Boxing", "Personal training"}
    assert listed["Boxing"]["branch_id"] == hill.pk
    assert listed["Personal training"]["minutes"] == 60
    here = api.get(f"/services/?branch={trainer.branch_id}").json()["items"]
    assert [row["id"] for row in here] == [service.pk]
    at_hill = api.get(f"/services/?branch={hill.pk}").json()["items"]
    assert [row["id"] for row in at_hill] == [there.pk, service.pk]


def test_who_gives_a_service_and_what_a_trainer_gives(api, trainer, service, asked):
    other = ServiceFactory(name="Pads", given_by=[])
    giver = TrainerFactory(name="Tom Hale", gives=[other])
    who = api.get(f"/trainers/?service={other.pk}").json()["items"]
    assert [row["id"] for row in who] == [giver.pk]
    what = api.get(f"/services/?trainer={giver.pk}").json()["items"]
    assert [row["id"] for row in what] == [other.pk]
    free = f"/availability/?service={other.pk}&trainer={trainer.pk}"
    assert api.get(free).json()["trainers"] == []
    answer = api.post("/appointments/book", asked | {"service_id": other.pk})
    assert_problem(answer, 409, "service_not_given")


def test_free_times_are_those_that_can_be_booked(api, trainer, service, day, asked):
    address = f"/availability/?service={service.pk}&trainer={trainer.pk}"
    found = api.get(f"{address}&first={day}&days=1").json()
    (one,) = found["trainers"]
    assert (found["branch_id"], found["first"]) == (trainer.branch_id, str(day))
    assert (one["trainer_id"], one["trainer"]) == (trainer.pk, "Lena Brandt")
    assert len(one["starts"]) == 29  # 9:00 to 16:00, every quarter of an hour
    taken = one["starts"][4]
    made = api.post("/appointments/book", asked)
    assert made.json().get("starts_at") == taken, made.content
    (left,) = api.get(f"{address}&first={day}&days=1").json()["trainers"]
    assert taken not in left["starts"]


def test_free_times_of_every_trainer_of_a_branch(api, trainer, service, day):
    second = AvailabilityFactory(
        trainer__name="Max Ott", weekday=day.weekday(), starts=time(15)
    ).trainer
    AvailabilityFactory(trainer__branch=BranchFactory(slug="hill"))
    found = api.get(f"/availability/?service={service.pk}").json()
    assert [one["trainer_id"] for one in found["trainers"]] == [trainer.pk, second.pk]
    assert found["days"] == 7
    assert found["branch_id"] == trainer.branch_id  # the member's own


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "invalid"),
        ("service=0", 422, "invalid"),
        ("service=1_0", 422, "invalid"),
        (f"service={2**62}", 404, "not_found"),
        ("service={service}&days=0", 422, "invalid"),
        ("service={service}&days=32", 422, "invalid"),
        ("service={service}&first=0001-01-01", 422, "invalid"),
        ("service={service}&first=9999-12-31", 422, "invalid"),
        ("service={service}&first=2026-02-30", 422, "invalid"),
        (f"service={{service}}&trainer={2**62}", 404, "not_found"),
        (f"service={{service}}&branch={2**62}", 404, "not_found"),
        ("service={service}&client=1", 404, "not_found"),
    ],
)
def test_free_times_asked_for_wrongly(api, service, query, status, code):
    address = f"/availability/?{query.format(service=service.pk)}"
    assert_problem(api.get(address), status, code)


def test_a_day_beyond_the_horizon_has_no_free_time(api, trainer, service):
    address = f"/availability/?service={service.pk}&trainer={trainer.pk}"
    assert api.get(f"{address}&first=2099-12-31").json()["trainers"] == []
    today = timezone.now().date()
    far = api.get(f"{address}&first={today + timedelta(days=390)}").json()
    assert [one["starts"] for one in far["trainers"]] == [[]]


def test_booking(api, member, trainer, service, asked, booked):
    row = Appointment.objects.get()
    assert (row.client_id, row.source, row.status) == (member.pk, "api", "booked")
    assert booked == {
        "id": row.pk,
        "reference": row.reference,
        "status": "booked",
        "branch_id": trainer.branch_id,
        "branch": "Riverside",
        "trainer_id": trainer.pk,
        "trainer": "Lena Brandt",
        "client_id": member.pk,
        "client": "Ada Lovelace",
        "service_id": service.pk,
        "service": "Personal training",
        "room": None,
        "starts_at": asked["starts_at"],
        "ends_at": booked["ends_at"],
        "price_minor": 5500,
        "currency": "GBP",
        "payment_id": row.payment_id,
        "from_pack": False,
        "payment_status": "pending",
        "booked_at": booked["booked_at"],
        "free_until": booked["free_until"],
        "cancelled_at": None,
        "cancel_reason": "",
        "note": "",
    }
    assert api.get(f"/appointments/{row.pk}").json() == booked
    assert api.get("/appointments/").json() == {"items": [booked], "next": None}


def test_a_repeat_with_its_key_and_one_without_make_one_appointment(api, asked):
    first = api.post("/appointments/book", asked, key="k")
    assert api.post("/appointments/book", asked, key="k").content == first.content
    assert api.post("/appointments/book", asked).json()["id"] == first.json()["id"]
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"starts_at": "past"}, "appointment_too_soon"),
        ({"starts_at": "off"}, "off_raster"),
        ({"starts_at": "evening"}, "trainer_not_available"),
        ({"starts_at": "2099-12-31T23:59:59-14:00"}, "appointment_too_far"),
        ({"starts_at": "2000-01-01T00:00:00+14:00"}, "appointment_too_soon"),
    ],
)
def test_the_first_rule_that_says_no_is_the_answer(api, asked, at, changed, code):
    words = {
        "past": (timezone.now() - timedelta(hours=1)).isoformat(),
        "off": at(10, 7),
        "evening": at(18),
    }
    start = words.get(changed["starts_at"], changed["starts_at"])
    assert_problem(
        api.post("/appointments/book", asked | {"starts_at": start}), 409, code
    )
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(
    "start",
    [
        "",
        "tomorrow",
        "2026-11-30T10:00:00",
        "2026-11-30 10:00:00+00:00",
        "2026-11-30T10:00:00+99:99",
        "2026-13-30T10:00:00Z",
        "2026-11-30T24:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "٢٠٢٦-11-30T10:00:00Z",
        1764496800,
        None,
        True,
        [],
    ],
)
def test_what_is_no_moment_is_refused(api, asked, start):
    wrong = asked | {"starts_at": start}
    found = assert_problem(api.post("/appointments/book", wrong), 422, "invalid")
    assert set(found["errors"]) == {"starts_at"}


def test_a_member_books_for_nobody_else_and_chooses_no_room(api, asked):
    other = asked | {"client_id": MemberFactory().pk}
    assert_problem(api.post("/appointments/book", other), 404, "not_found")
    room = asked | {"room_id": RoomFactory().pk}
    assert_problem(api.post("/appointments/book", room), 422, "invalid")
    assert not Appointment.objects.exists()


def test_the_desk_books_for_a_member_of_its_branch_alone(asked, member, at):
    desk = Api(UserFactory(role="front_desk"))
    for_ada = asked | {"client_id": member.pk, "starts_at": at(18)}  # by staff's rules
    made = desk.post("/appointments/book", for_ada)
    assert made.status_code == 201, made.content
    assert Appointment.objects.get().source == "staff"
    elsewhere = Api(
        UserFactory(role="front_desk", home_branch=BranchFactory(slug="hill"))
    )
    assert_problem(elsewhere.post("/appointments/book", for_ada), 404, "not_found")
    nobody = asked | {"client_id": 2**62}
    assert_problem(desk.post("/appointments/book", nobody), 404, "not_found")


def test_a_trainer_books_for_those_whom_they_train(theirs, asked, member, booked, at):
    again = asked | {"client_id": member.pk, "starts_at": at(14)}
    assert theirs.post("/appointments/book", again).status_code == 201
    stranger = asked | {"client_id": MemberFactory().pk, "starts_at": at(12)}
    assert_problem(theirs.post("/appointments/book", stranger), 404, "not_found")
    other = Api(TrainerFactory().user)
    assert_problem(other.post("/appointments/book", again), 404, "not_found")


def test_nobody_sees_the_appointments_of_others(booked):
    elsewhere = BranchFactory(slug="hill")
    strangers = [
        MemberFactory(),
        TrainerFactory().user,
        UserFactory(role="front_desk", home_branch=elsewhere),
        UserFactory(role="manager", home_branch=elsewhere),
    ]
    address = f"/appointments/{booked['id']}"
    for stranger in strangers:
        api = Api(stranger)
        assert_problem(api.get(address), 404, "appointment_not_found")
        assert_problem(api.delete(f"{address}/cancel"), 404, "appointment_not_found")
        for said in ("confirm", "accept", "check-in", "complete", "no-show"):
            assert_problem(api.post(f"{address}/{said}"), 404, "appointment_not_found")
        moved = {"starts_at": booked["starts_at"]}
        assert_problem(api.post(f"{address}/move", moved), 404, "appointment_not_found")
        for whose in ("trainer", "client"):
            listed = api.get(f"/appointments/?{whose}={booked[f'{whose}_id']}").json()
            assert listed["items"] == []
    assert Appointment.objects.get().status == "booked"


def test_trainer_desk_and_owner_see_it(booked, theirs, trainer):
    viewers = [
        theirs,
        Api(UserFactory(role="front_desk")),
        Api(UserFactory(role="owner", home_branch=None)),
    ]
    for api in viewers:
        assert api.get(f"/appointments/{booked['id']}").json() == booked
        listed = api.get(f"/appointments/?trainer={trainer.pk}").json()
        assert [row["id"] for row in listed["items"]] == [booked["id"]]
    assert theirs.get("/appointments/").json()["items"] == []  # none as a client


def test_the_list_goes_page_by_page_the_latest_first(api, booked, asked, at):
    later = api.post("/appointments/book", asked | {"starts_at": at(15)}).json()
    page = api.get("/appointments/?limit=1").json()
    rest = api.get(f"/appointments/?limit=1&cursor={page['next']}").json()
    ids = [row["id"] for row in page["items"] + rest["items"]]
    assert ids == [later["id"], booked["id"]]


def test_moving_keeps_the_room_and_the_trainer_may_choose_another(
    api, theirs, booked, at
):
    room = RoomFactory()
    address = f"/appointments/{booked['id']}/move"
    put = theirs.post(address, {"starts_at": at(11), "room_id": room.pk})
    assert put.json()["room"] == room.name, put.content
    moved = api.post(address, {"starts_at": at(13)})
    assert (moved.json()["starts_at"], moved.json()["room"]) == (at(13), room.name)
    out = theirs.post(address, {"starts_at": at(13), "room_id": None})
    assert out.json()["room"] is None
    refused = api.post(address, {"starts_at": at(14), "room_id": room.pk})
    assert_problem(refused, 422, "invalid")


def test_a_client_moves_only_while_cancelling_is_free(api, theirs, booked, at):
    Appointment.objects.update(free_until=timezone.now() - timedelta(minutes=1))
    address = f"/appointments/{booked['id']}/move"
    assert_problem(api.post(address, {"starts_at": at(13)}), 409, "move_too_late")
    assert theirs.post(address, {"starts_at": at(13)}).status_code == 200


def test_cancelling_again_changes_nothing(api, booked):
    address = f"/appointments/{booked['id']}/cancel?reason=Ill"
    gone = api.delete(address)
    assert (gone.json()["status"], gone.json()["cancel_reason"]) == ("cancelled", "Ill")
    assert api.delete(address).content == gone.content
    assert Event.objects.filter(kind="appointment_cancelled").count() == 1


@pytest.mark.parametrize("role", ["member", "front_desk", "manager", "owner"])
def test_whoever_cancels_their_own_does_so_by_the_clients_rules(trainer, service, role):
    """Staff would cancel for nothing."""
    client = UserFactory(role=role)
    late = AppointmentFactory(
        trainer=trainer,
        service=service,
        client=client,
        free_until=timezone.now() - timedelta(hours=1),
    )
    gone = Api(client).delete(f"/appointments/{late.pk}/cancel")
    assert gone.json()["status"] == "late_cancelled"


def test_what_trainer_and_desk_cancel_costs_nothing(trainer, theirs, member):
    late = AppointmentFactory(
        trainer=trainer,
        client=member,
        free_until=timezone.now() - timedelta(hours=1),
    )
    gone = theirs.delete(f"/appointments/{late.pk}/cancel")
    assert gone.json()["status"] == "cancelled"


def test_the_client_confirms_and_says_nothing_else(api, booked):
    address = f"/appointments/{booked['id']}"
    for said in ("accept", "check-in", "complete", "no-show"):
        assert_problem(api.post(f"{address}/{said}"), 403, "forbidden")
    assert api.post(f"{address}/confirm").json()["status"] == "confirmed"


@pytest.mark.parametrize("role", ["front_desk", "manager", "owner"])
def test_staff_say_nothing_of_their_own_either(trainer, role):
    own = under_way(trainer, UserFactory(role=role))
    refused = Api(own.client).post(f"/appointments/{own.pk}/complete")
    assert_problem(refused, 403, "forbidden")


@pytest.mark.parametrize("who", ["trainer", "desk"])
def test_trainer_and_desk_say_what_became_of_it(trainer, theirs, member, who):
    api = theirs if who == "trainer" else Api(UserFactory(role="front_desk"))
    address = f"/appointments/{under_way(trainer, member).pk}"
    there = api.post(f"{address}/check-in")
    assert there.json()["status"] == "checked_in", there.content
    assert api.post(f"{address}/complete").json()["status"] == "completed"
    assert api.post(f"{address}/no-show").json()["status"] == "no_show"
    assert_problem(api.post(f"{address}/accept"), 409, "wrong_appointment_state")


def test_it_is_too_early_to_say_so_before_it_begins(theirs, booked):
    address = f"/appointments/{booked['id']}/complete"
    assert_problem(theirs.post(address), 403, "attendance_not_open")


def test_a_request_is_accepted_by_the_trainer(api, theirs, asked):
    BookingPolicy.objects.create(
        created_at=datetime(2026, 1, 2, tzinfo=UTC), appointments_on_request=True
    )
    wish = api.post("/appointments/book", asked).json()
    assert wish["status"] == "requested"
    said = theirs.post(f"/appointments/{wish['id']}/accept")
    assert said.json()["status"] == "booked"
    late = theirs.post(f"/appointments/{wish['id']}/decline")
    assert_problem(late, 409, "wrong_appointment_state")


def test_a_request_is_declined_by_the_trainer_with_a_reason(api, theirs, asked):
    BookingPolicy.objects.create(
        created_at=datetime(2026, 1, 2, tzinfo=UTC), appointments_on_request=True
    )
    wish = api.post("/appointments/book", asked).json()
    address = f"/appointments/{wish['id']}"
    assert_problem(api.post(f"{address}/decline"), 403, "forbidden")
    for _ in range(2):
        said = theirs.post(f"{address}/decline?reason=I+am+away.").json()
        assert (said["status"], said["cancel_reason"]) == ("declined", "I am away.")
    assert api.get(address).json()["payment_status"] == "failed"
    assert Event.objects.filter(kind="appointment_declined").count() == 1


def test_a_trainers_clients_the_latest_first(theirs, trainer, member):
    old = MemberFactory(first_name="Bo", last_name="Diaz")
    week = timedelta(days=7)
    over = {"status": "completed", "over_at": timezone.now()}
    under_way(trainer, member, **over)
    AppointmentFactory(
        trainer=trainer, client=old, starts_at=timezone.now() - 2 * week, **over
    )
    ahead = AppointmentFactory(trainer=trainer, client=member)
    AppointmentFactory(trainer=TrainerFactory(), client=MemberFactory())
    page = theirs.get("/clients/?limit=1").json()
    rest = theirs.get(f"/clients/?limit=1&cursor={page['next']}").json()
    ada, bo = page["items"] + rest["items"]
    assert (ada["client_id"], ada["name"], ada["completed"]) == (
        member.pk,
        "Ada Lovelace",
        1,
    )
    assert datetime.fromisoformat(ada["next_at"]) == ahead.starts_at
    assert (bo["client_id"], bo["next_at"], rest["next"]) == (old.pk, None, None)


def test_one_client_with_notes_for_the_trainer_and_managers(theirs, trainer, member):
    AppointmentFactory(trainer=trainer, client=member)
    now = timezone.now()
    for text in ("Left knee.", "Better."):
        ClientNote.objects.create(
            trainer=trainer, client=member, text=text, created_at=now
        )
    address = f"/clients/{member.pk}"
    notes = theirs.get(address).json()["notes"]
    assert [note["text"] for note in notes] == ["Better.", "Left knee."]
    of = f"{address}?trainer={trainer.pk}"
    for role, reads in (("front_desk", False), ("manager", True), ("owner", True)):
        found = Api(UserFactory(role=role)).get(of).json()
        assert (found["notes"] == notes, found["notes"] is None) == (reads, not reads)


def test_clients_are_nobody_elses(api, trainer, member):
    AppointmentFactory(trainer=trainer, client=member)
    elsewhere = UserFactory(role="manager", home_branch=BranchFactory(slug="hill"))
    other = TrainerFactory().user
    for stranger in (Api(elsewhere), Api(other), api):
        for address in ("/clients/", f"/clients/{member.pk}"):
            refused = stranger.get(f"{address}?trainer={trainer.pk}")
            assert_problem(refused, 404, "not_found")
    assert_problem(api.get("/clients/"), 404, "not_found")
    assert_problem(Api(other).get(f"/clients/{member.pk}"), 404, "not_found")


def test_two_who_book_the_same_time(api, asked, booked, trainer):
    other = Api(MemberFactory())
    found = assert_problem(other.post("/appointments/book", asked), 409, "slot_taken")
    assert "Lena Brandt" in found["detail"]
    assert trainer.appointments.count() == 1


def test_a_trainer_is_switched_off_between_slot_and_booking(api, asked, trainer):
    trainer.is_active = False
    trainer.save(update_fields=["is_active"])
    assert_problem(api.post("/appointments/book", asked), 404, "not_found")
    named = asked | {"branch_id": trainer.branch_id}
    assert_problem(api.post("/appointments/book", named), 409, "not_in_use")


def test_nothing_without_a_token():
    nobody = Api()
    for address in ("/trainers/", "/services/", "/appointments/", "/clients/"):
        assert_problem(nobody.get(address), 401, "not_logged_in")


def test_a_booked_class_takes_the_clients_time(api, trainer, service, member, day):
    """Through the operation that the pages call."""
    local = datetime.combine(day, time(10), trainer.branch.zone)
    book_appointment(
        trainer_id=AvailabilityFactory(weekday=day.weekday()).trainer_id,
        service_id=service.pk,
        branch_id=trainer.branch_id,
        client_id=member.pk,
        starts_at=local,
        now=timezone.now(),
    )
    address = f"/availability/?service={service.pk}&trainer={trainer.pk}"
    (one,) = api.get(f"{address}&first={day}&days=1").json()["trainers"]
    assert local.isoformat() not in one["starts"]
    desk = Api(UserFactory(role="front_desk"))
    (all_of_it,) = desk.get(f"{address}&first={day}&days=1").json()["trainers"]
    assert local.isoformat() in all_of_it["starts"]
    for_ada = f"{address}&first={day}&days=1&client={member.pk}"
    assert desk.get(for_ada).json()["trainers"] == [one]
