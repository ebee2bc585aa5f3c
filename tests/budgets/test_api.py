"""How many queries each endpoint asks, in words, and that it is the same at 10 and at
20 rows."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from catalog.models import ProductPair
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from gymsite.core import periods
from gymsite.core.models import Role
from gymsite.payments.operations import take_payment
from tests.api import Api
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RoomFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def queries(act) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = act()
    assert response.status_code < 300, response.content
    return len(
        [
            query
            for query in captured.captured_queries
            if "SAVEPOINT" not in query["sql"]
        ]
    )


@pytest.fixture
def member():
    return MemberFactory(username="ada")


@pytest.fixture
def api(member):
    return Api(member)


def same_at_10_and_20(grow, act, words: dict[str, int]) -> None:
    """``grow`` adds ten rows of what ``act`` lists; ``words`` says what each query is
    for."""
    for rows in (10, 20):
        grow()
        assert queries(act) == sum(words.values()), (rows, words)


def test_booking(api):
    session = SessionFactory()
    words = {"token": 1, "facts": 1, "claim": 1}
    assert queries(
        lambda: api.post("/bookings/book", {"session_id": session.pk})
    ) == sum(words.values())


def test_booking_with_a_key(api):
    """Beside the savepoints that a test's transaction makes of BEGIN and COMMIT."""
    session = SessionFactory()
    words = {
        "token": 1,
        "claim of the key": 1,
        "facts": 1,
        "claim": 1,
        "keeping of the answer": 1,
    }
    act = lambda: api.post("/bookings/book", {"session_id": session.pk}, key="k")  # noqa: E731
    assert queries(act) == sum(words.values())
    assert queries(act) == 2  # token, answer


def test_cancelling(api, member, now):
    session = SessionFactory()
    book_session(session_id=session.pk, member_id=member.pk, now=now)
    words = {
        "token": 1,
        "the held booking": 1,
        "its session": 1,
        "lock of the session": 1,
        "lock of the booking": 1,
        "end": 1,
        "event": 1,
        "first in line": 1,
    }
    assert queries(lambda: api.delete(f"/bookings/{session.pk}/cancel")) == sum(
        words.values()
    )


def test_joining_a_waitlist(api, now):
    session = SessionFactory(gym_class__capacity=1)
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)
    words = {"token": 1, "facts": 1, "turn": 1}
    assert queries(lambda: api.post(f"/bookings/{session.pk}/waitlist/join")) == sum(
        words.values()
    )


def test_the_timetable_and_its_search(api):
    def grow():
        for _ in range(10):
            SessionFactory()

    same_at_10_and_20(
        grow, lambda: api.get("/classes/?limit=200"), {"token": 1, "sessions": 1}
    )
    assert (
        queries(lambda: api.get("/classes/search?q=vin&branch=riverside&free=true"))
        == 2
    )


def test_my_bookings(api, member, now):
    days = iter(range(1, 30))

    def grow():
        for _ in range(10):
            session = SessionFactory(
                session_date=now.date() + timedelta(days=next(days))
            )
            if session.starts_at < now + timedelta(days=13):
                book_session(session_id=session.pk, member_id=member.pk, now=now)

    same_at_10_and_20(
        grow, lambda: api.get("/bookings/ada"), {"token": 1, "bookings": 1}
    )
    desk = Api(UserFactory(role=Role.FRONT_DESK))
    assert queries(lambda: desk.get("/bookings/ada")) == 3  # token, person, bookings


def test_the_waitlist(now):
    session = SessionFactory(gym_class__capacity=1)
    book_session(session_id=session.pk, member_id=MemberFactory().pk, now=now)

    def grow():
        for _ in range(10):
            join_waitlist(session_id=session.pk, member_id=MemberFactory().pk, now=now)

    desk, member = Api(UserFactory(role=Role.FRONT_DESK)), Api(UserFactory())
    path = f"/bookings/{session.pk}/waitlist"
    same_at_10_and_20(
        grow, lambda: desk.get(path), {"token": 1, "standing": 1, "entries": 1}
    )
    assert queries(lambda: member.get(path)) == 2  # token, standing


def test_visits(api, member, now):
    hours = iter(range(1, 50))

    def grow():
        for _ in range(10):
            at = now - timedelta(hours=next(hours))
            check_in(
                member_id=member.pk,
                branch_id=member.home_branch_id,
                method="desk",
                now=at,
            )

    same_at_10_and_20(
        grow, lambda: api.get(f"/checkins/{member.pk}"), {"token": 1, "visits": 1}
    )


def test_checking_in(api, member):
    words = {
        "token": 1,
        "member": 1,
        "branch": 1,
        "booking around now": 1,
        "memberships": 1,
        "check-in": 1,
        "event": 1,
    }
    assert queries(lambda: api.post(f"/checkins/{member.pk}/checkin", {})) == sum(
        words.values()
    )


def test_rooms_and_their_day(api):
    def grow():
        for _ in range(10):
            GymClassFactory(weekday=1, room=RoomFactory())

    same_at_10_and_20(grow, lambda: api.get("/rooms"), {"token": 1, "rooms": 1})
    same_at_10_and_20(
        grow, lambda: api.get("/rooms/tuesday"), {"token": 1, "rooms": 1, "classes": 1}
    )
    number = RoomFactory().number
    assert queries(lambda: api.get(f"/rooms/{number}")) == 2  # token, room


def test_plans_and_memberships(api):
    def grow():
        for _ in range(10):
            PlanFactory()

    same_at_10_and_20(
        grow, lambda: Api().get("/membership/plans"), {"version": 1, "plans": 1}
    )
    # version: the page is kept
    assert queries(lambda: Api().get("/membership/plans")) == 1
    # token, memberships, what is used of them
    assert queries(lambda: api.get("/membership/")) == 3


def test_enrolling():
    member, plan = UserFactory(), PlanFactory()
    api = Api(member)
    words = {
        "token": 1,
        "member": 1,
        "plan": 1,
        "branch": 1,
        "standing membership": 1,
        "rows and event": 4,
    }
    assert queries(
        lambda: api.post(f"/membership/{member.pk}/enroll", {"plan_id": plan.pk})
    ) == sum(words.values())


def test_accounts(api):
    assert queries(lambda: api.get("/users/ada")) == 1  # token
    desk = Api(UserFactory(role=Role.FRONT_DESK))
    assert queries(lambda: desk.get("/users/ada")) == 2  # token, person


def test_the_catalogue(api, member):
    made = []

    def grow():
        made.extend(ProductFactory() for _ in range(10))
        ProductPair.objects.bulk_create(
            ProductPair(product=made[0], other=other, orders=1) for other in made[-9:]
        )

    same_at_10_and_20(
        grow,
        lambda: Api().get("/catalog/?in_stock=true&kind=equipment"),
        {"products": 1},
    )
    assert queries(lambda: Api().get("/catalog/search?q=mat")) == 1  # products
    # the product
    assert queries(lambda: Api().get(f"/catalog/products/{made[0].pk}")) == 1
    # token, what was bought, the best loved
    assert queries(lambda: api.get("/catalog/recs")) == 3
    cart_id = add_to_cart(
        member_id=member.pk, product_id=made[0].pk, quantity=1, now=timezone.now()
    ).cart_id
    check_out(cart_id=cart_id, member_id=member.pk, now=timezone.now())
    # token, what was bought, pairs, products
    assert queries(lambda: api.get("/catalog/recs")) == 4


def test_trainers_and_services(api):
    trainer = TrainerFactory()
    words = {"token": 1, "rows": 1}
    for grow, address in (
        (TrainerFactory, "/trainers/"),
        (ServiceFactory, "/services/"),
    ):
        same_at_10_and_20(
            lambda grow=grow: grow.create_batch(10),
            lambda address=address: api.get(address),
            words,
        )
    assert queries(lambda: api.get(f"/trainers/{trainer.pk}")) == 2  # token, trainer


def test_free_times(api, now):
    """As many of one trainer as of all, whatever they have on."""
    service, tomorrow = ServiceFactory(), now + timedelta(days=1)

    def grow():
        for _ in range(10):
            trainer = AvailabilityFactory(weekday=tomorrow.weekday()).trainer
            AppointmentFactory(trainer=trainer, service=service)

    words = {"token": 1, "service": 1, "branch": 1, "their time": 1}
    address = f"/availability/?service={service.pk}"
    same_at_10_and_20(grow, lambda: api.get(address), words)
    trainer = TrainerFactory()
    one = queries(lambda: api.get(f"{address}&trainer={trainer.pk}"))
    assert one == sum(words.values())


def test_appointments(member, api, now):
    """The triggers' own statements are within the row's."""
    tomorrow = now + timedelta(days=1)
    trainer = AvailabilityFactory(weekday=tomorrow.weekday()).trainer
    service = ServiceFactory()
    at = tomorrow.replace(hour=11, minute=0, second=0, microsecond=0)
    wish = {
        "trainer_id": trainer.pk,
        "service_id": service.pk,
        "starts_at": at.isoformat(),
    }
    words = {
        "token": 1,
        "branch of the trainer": 1,
        "service": 1,
        "branch": 1,
        "lock of the trainer": 1,
        "lock of the time": 1,
        "whether it is there": 1,
        "facts": 1,
        "payment": 1,
        "appointment": 1,
        "event": 1,
        "row": 1,
    }
    assert queries(lambda: api.post("/appointments/book", wish)) == sum(words.values())
    address = f"/appointments/{member.appointments.get().pk}"
    assert queries(lambda: api.get(address)) == 2  # token, row
    moved = {"starts_at": (at + timedelta(hours=1)).isoformat()}
    words = {
        "token": 1,
        "whose it is": 1,
        "trainer": 1,
        "lock of the trainer": 1,
        "lock of the time": 1,
        "lock": 1,
        "facts": 1,
        "appointment": 1,
        "event": 1,
        "row": 1,
    }
    assert queries(lambda: api.post(f"{address}/move", moved)) == sum(words.values())
    words = {"token": 1, "whose it is": 1, "lock": 1, "state": 1, "event": 1, "row": 1}
    assert queries(lambda: api.post(f"{address}/confirm")) == sum(words.values())
    words |= {"lock of the payment": 1, "payment": 1}
    assert queries(lambda: api.delete(f"{address}/cancel")) == sum(words.values())


def test_paying_an_appointment(member, api, now):
    """Apart from booking it, which is the same by card and at the desk."""
    due = AppointmentFactory(client=member)
    words = {
        "token": 1,
        "whose it is": 1,
        "lock": 1,
        "lock of the payment": 1,
        "the desk's payment": 1,
        "the card's payment": 1,
        "its appointment": 1,
        "once the card has paid: locks": 2,
        "paid": 1,
        "ledger": 1,
        "the appointment": 1,
        "event": 1,
        "row": 1,
    }
    assert queries(lambda: api.post(f"/appointments/{due.pk}/pay", {})) == sum(
        words.values()
    )


def test_lists_of_appointments_and_of_clients(member, api, now):
    trainer = TrainerFactory()
    theirs, days = Api(trainer.user), iter(range(1, 100))

    def grow():
        for _ in range(10):
            at = now + timedelta(days=next(days))
            AppointmentFactory(trainer=trainer, client=member, starts_at=at)
            later = at + timedelta(hours=3)
            AppointmentFactory(trainer=trainer, client=UserFactory(), starts_at=later)

    same_at_10_and_20(grow, lambda: api.get("/appointments/"), {"token": 1, "rows": 1})
    mine = {"token": 1, "rows": 1}
    address = f"/appointments/?trainer={trainer.pk}"
    same_at_10_and_20(grow, lambda: theirs.get(address), mine)
    clients = {"token": 1, "trainer": 1, "clients": 1}
    same_at_10_and_20(grow, lambda: theirs.get("/clients/"), clients)
    assert queries(lambda: theirs.get(f"/clients/{member.pk}")) == 4  # and the notes


def test_a_trainers_week(now):
    """As many whether the server has kept it or not, and with ``q``."""
    trainer, monday = TrainerFactory(), periods.monday(now.date()) + timedelta(days=7)
    api, days = Api(trainer.user), iter(range(1, 100))
    address = f"/timetable?weekStart={monday}"

    def grow():
        for _ in range(10):
            at = datetime.combine(monday, time(6), UTC) + timedelta(
                hours=2 * next(days)
            )
            AppointmentFactory(trainer=trainer, starts_at=at)

    words = {"token": 1, "trainer": 1, "week": 1}
    same_at_10_and_20(grow, lambda: api.get(address), words)
    assert queries(lambda: api.get(address)) == sum(words.values())
    assert queries(lambda: api.get(f"{address}&q=hips")) == 2  # token, classes


def test_payments(member, api, now):
    """One kind, so one query for what they were for."""
    days = iter(range(1, 30))

    def grow():
        for _ in range(10):
            at = now + timedelta(days=next(days))
            AppointmentFactory(client=member, starts_at=at)

    words = {"token": 1, "payments": 1, "refunds": 1, "what for": 1}
    same_at_10_and_20(grow, lambda: api.get("/payments/"), words)
    latest = member.payments.latest("id").pk
    assert queries(lambda: api.get(f"/payments/{latest}")) == sum(words.values())
    desk = Api(UserFactory(role=Role.FRONT_DESK))
    words |= {"person": 1}
    address = f"/payments/?member={member.pk}"
    assert queries(lambda: desk.get(address)) == sum(words.values())


def test_reports_and_accounts_by_role(now):
    """The branches, and the one statement of each."""
    made, branches = [], iter(range(100))

    def grow():
        for _ in range(10):
            branch = BranchFactory(slug=f"branch-{next(branches)}")
            member = MemberFactory(home_branch=branch)
            made.append(AppointmentFactory(client=member, trainer__branch=branch))
            take = {"payment_id": made[-1].payment_id, "actor_id": member.pk}
            take_payment(**take, now=now)

    owner = Api(UserFactory(role=Role.OWNER, home_branch=None))
    today = now.date()
    days = f"first={today - timedelta(days=20)}&last={today}"
    addresses = (
        f"/reports/finances?{days}&by=day&by=branch&by=trainer&by=kind",
        f"/reports/members?{days}",
        "/users/?role=member",
    )
    for address in addresses:
        words = {"token": 1, "branches": 1, "rows": 1}
        same_at_10_and_20(grow, lambda address=address: owner.get(address), words)
