"""What each page asks of the database, tallied in words; the same at 10 and at 20 rows;
and what it weighs."""

import gzip
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import Appointment, Booking, CheckIn, WaitlistEntry
from bookings.operations.bookings import book_session
from catalog.models import ProductPair
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.orders import refund_order
from catalog.operations.rentals import Wish, hand_out, rent, return_rental
from gymsite.core.models import PageSession
from gymsite.notifications.operations import notify
from tests.api import token_for
from tests.factories import (
    AppointmentFactory,
    AvailabilityFactory,
    BranchFactory,
    GymClassFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LOG_IN = ["the session", "the user"]
FRAME = "the brand and the unread count"
FREE = ["the trainers' time"]


def fill(member, rows: int, appointments: int | None = None) -> None:
    """``rows`` of everything that a page lists, all at the member's home branch; so
    many appointments where it is said."""
    now, branch = timezone.now(), member.home_branch
    trainer = TrainerFactory(slug="lena", branch=branch)
    for n in range(rows):
        gym_class = GymClassFactory(
            branch=branch,
            starts=time(n),
            minutes=30,
            capacity=2,
            name=f"Class {n}",
            trainer=trainer,
        )
        session = SessionFactory(gym_class=gym_class)
        if n % 2:
            book_session(session_id=session.pk, member_id=member.pk, now=now)
        else:
            _wait(session, member, now)
        past = SessionFactory(
            gym_class=gym_class, session_date=now.date() - timedelta(days=3)
        )
        book_session(
            session_id=past.pk,
            member_id=member.pk,
            now=past.starts_at - timedelta(days=1),
        )
        CheckIn.objects.create(
            at=now - timedelta(minutes=n), branch=branch, member=member, method="desk"
        )
        notify(
            member.pk, kind="booked", title=f"Notice {n}", at=now, branch_id=branch.pk
        )
        PlanFactory(rank=n, branch=branch if n % 2 else None)
        TrainerFactory(branch=branch)
        token_for(member)
        PageSession.objects.create(
            session_key=f"browser-{n}", user=member, expire_date=now + timedelta(days=1)
        )
    train(member, trainer, rows if appointments is None else appointments)
    stock(rows)


def have_clients(trainer, rows: int) -> None:
    """``rows`` clients of a trainer, each with an appointment that was and one that is
    asked for."""
    now, service = timezone.now(), ServiceFactory(minutes=30, buffer_after_minutes=0)
    for n in range(rows):
        client = UserFactory()
        for status, days in (("completed", -30), ("requested", 30)):
            AppointmentFactory(
                trainer=trainer,
                client=client,
                service=service,
                status=status,
                starts_at=now + timedelta(days=days, minutes=31 * n),
                over_at=now if status == "completed" else None,
            )


def train(member, trainer, rows: int) -> None:
    """``rows`` trainers who take appointments, each with one of the member's ahead and
    one behind."""
    now, service = timezone.now(), ServiceFactory(slug="training", raster_minutes=30)
    for weekday in range(6):
        AvailabilityFactory(trainer=trainer, weekday=weekday)
    TrainerFactory(slug="idle", branch=trainer.branch)
    for n in range(rows):
        other = TrainerFactory(branch=trainer.branch)
        AvailabilityFactory(trainer=other, weekday=n % 6)
        its = {"trainer": other, "client": member, "service": service}
        late = now.replace(hour=21, minute=0, second=0, microsecond=0)
        AppointmentFactory(starts_at=late + timedelta(days=n + 3), **its)
        AppointmentFactory(  # away from the day of the classes that are over
            starts_at=late - timedelta(days=n + 4),
            status="completed",
            over_at=now,
            **its,
        )


def stock(rows: int) -> None:
    """``rows`` products in the shop, all bought together with the first."""
    first, *others = [ProductFactory(slug=f"mat-{rows}-{n}") for n in range(rows)]
    ProductPair.objects.bulk_create(
        ProductPair(product=first, other=other, orders=1) for other in others
    )


def buy(member, rows: int) -> str:
    """An order of ``rows`` lines, one of them given back, ``rows`` small ones, and a
    cart of ``rows``; the order."""
    now = timezone.now()
    products = [ProductFactory(slug=f"thing-{n}", stock=100) for n in range(rows)]
    order = _paid(member, products, now)
    item = order.cart.items.first()
    refund_order(
        order_id=order.pk,
        quantities={item.pk: 1},
        restock=True,
        reason="Torn",
        actor_id=member.pk,
        now=now,
    )
    for product in products:
        _paid(member, [product], now)
    for product in products:
        add_to_cart(member_id=member.pk, product_id=product.pk, now=now)
    return order.reference


def _paid(member, products, now):
    for product in products:
        cart_id = add_to_cart(
            member_id=member.pk, product_id=product.pk, now=now
        ).cart_id
    return check_out(cart_id=cart_id, member_id=member.pk, now=now)[0]


def borrow(member, rows: int) -> str:
    """``rows`` kinds, each rented once now and once before; the last rental."""
    now = timezone.now()
    today = now.astimezone(member.home_branch.zone).date()
    for n in range(rows):
        unit = RentalUnitFactory(
            kind=RentalKindFactory(slug=f"kind-{n}"), branch=member.home_branch
        )
        for _ in range(2):
            rental = rent(
                wish=Wish(unit.kind_id, unit.branch_id, member.pk, today, today),
                now=now,
            )
            if not member.rentals.filter(status="returned", unit=unit).exists():
                hand_out(rental_id=rental.pk, actor_id=member.pk, now=now)
                return_rental(rental_id=rental.pk, actor_id=member.pk, now=now)
    return rental.reference


def _wait(session, member, now) -> None:
    membership = member.memberships.get()
    WaitlistEntry.objects.create(
        branch=session.branch, session=session, member=member, membership=membership,
        starts_at=session.starts_at, ends_at=session.ends_at, joined_at=now,
    )  # fmt: skip


@pytest.fixture
def member():
    return MemberFactory(home_branch=BranchFactory())


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


def asked(client: Client, path: str) -> list[str]:
    """The statements of a second visit: the first one draws what the process keeps."""
    assert client.get(path).status_code == 200, path
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured]


PAGES = {
    "/?day={day}": [*LOG_IN, "the day's keys, what is the reader's, the header"],
    "/classes/{session}/": [
        *LOG_IN,
        "the session's key",
        "the facts of the rules",
        FRAME,
    ],
    "/bookings/": [
        *LOG_IN,
        "places ahead",
        "turns with their ranks",
        "memberships",
        "appointments ahead, with the header",
    ],
    "/bookings/past/": [*LOG_IN, "a page of bookings", FRAME],
    "/bookings/{reference}/": [*LOG_IN, "the booking", FRAME],
    "/visits/": [*LOG_IN, "a page of check-ins", FRAME],
    "/calendar/": [*LOG_IN, FRAME],
    "/checkin-code/": [*LOG_IN, FRAME],
    "/membership/": [*LOG_IN, "what stands", "what has ended", FRAME],
    "/plans/": [*LOG_IN, "the base membership", "plans on sale", FRAME],
    "/plans/{plan}/": [*LOG_IN, "the plan", "the base membership", FRAME],
    "/notifications/": [*LOG_IN, "unread ones", "a page of the others", FRAME],
    "/profile/": [
        *LOG_IN,
        "what one wants no mail about",
        "branches to choose from",
        FRAME,
    ],
    "/profile/pin/": [*LOG_IN, FRAME],
    "/profile/sessions/": [
        *LOG_IN,
        "the branch, for its zone",
        "browsers",
        "API clients",
        FRAME,
    ],
    "/trainers/": [
        *LOG_IN,
        "branches and services, with the header",
        "the team",
        *FREE,
    ],
    "/trainers/lena/": [
        *LOG_IN,
        "the trainer, what is offered and is next, with the header",
        *FREE,
    ],
    "/trainers/idle/": [
        *LOG_IN,
        "the trainer, what is offered and is next, with the header",
        *FREE,
        "their time later",
    ],
    "/appointments/": [*LOG_IN, "branches and services, with the header", *FREE],
    "/appointments/book/riverside/training/lena/{slot}/": [
        *LOG_IN,
        "the trainer, branch and service, with the header",
        *FREE,
        "packs that pay it",
    ],
    "/appointments/past/": [*LOG_IN, "a page of appointments", FRAME],
    "/appointments/{appointment}/": [*LOG_IN, "the appointment", FRAME],
    "/appointments/{appointment}/move/": [
        *LOG_IN,
        "the appointment, with the header",
        *FREE,
    ],
    "/appointments/{appointment}/move/{slot}/": [*LOG_IN, "the appointment", FRAME],
    "/shop/": [*LOG_IN, "the version, with the header"],
    "/shop/mats/?price=to-20&sort=rating": [*LOG_IN, "the version, with the header"],
    "/shop/search/?q=mat": [
        *LOG_IN,
        "the version, with the header",
        "what is found",
        "the facets' counts",
    ],
    "/shop/products/mat-{rows}-0/": [
        *LOG_IN,
        "what is of the moment or the reader's, with the version and the header",
    ],
}


def slot_of(appointment) -> str:
    return f"{appointment.starts_at + timedelta(hours=3):%Y-%m-%dT%H%MZ}"


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("rows", [10, 20])
def test_a_page_asks_no_more_than_its_tally(client, member, path, rows):
    fill(member, rows)
    booking = Booking.objects.filter(member=member, status="booked").last()
    filled = path.format(
        day=(timezone.now() + timedelta(days=2)).date().isoformat(),
        session=booking.session_id,
        reference=booking.reference,
        plan=PlanFactory(rank=99).slug,
        rows=rows,
        appointment=Appointment.objects.filter(status="booked").last().reference,
        slot=slot_of(Appointment.objects.filter(status="booked").last()),
    )
    statements = asked(client, filled)
    assert len(statements) == len(PAGES[path]) <= 6, "\n".join(statements)


@pytest.mark.parametrize("rows", [10, 20])
def test_a_trainers_pages_ask_no_more_than_their_tally(rows):
    member = MemberFactory(home_branch=BranchFactory())
    fill(member, rows)
    booking = Booking.objects.filter(
        member=member, status="booked", starts_at__gt=timezone.now()
    ).last()
    trainer = booking.session.trainer
    client = Client()
    client.force_login(trainer.user)
    week = booking.session.session_date.isoformat()
    have_clients(trainer, rows)
    assert len(asked(client, f"/teaching/week/?week={week}")) == len(
        [*LOG_IN, "the trainer", "classes, appointments and what is asked", FRAME]
    )
    assert len(asked(client, "/teaching/")) == len(
        [*LOG_IN, "the trainer", "two weeks", "whom to follow up", FRAME]
    )
    someone = trainer.appointments.latest("id").client_id
    for path, tally in {
        "/teaching/clients/": ["a page of clients"],
        "/teaching/clients/?q=e": ["who fits exactly", "a page of clients"],
        f"/teaching/clients/{someone}/": ["what was", "the notes"],
    }.items():
        asks = asked(client, path)
        assert len(asks) == len([*LOG_IN, "the trainer", *tally, FRAME]), asks
    assert len(asked(client, f"/teaching/clients/{someone}/book/")) == len(
        [*LOG_IN, "trainer, client, services", *FREE, FRAME]
    )
    hours = [
        AvailabilityFactory(
            trainer=trainer, weekday=6, starts=time(n), ends=time(n, 30)
        )
        for n in range(rows)
    ]
    assert len(asked(client, "/teaching/hours/")) == len(
        [*LOG_IN, "the trainer", "the hours", "what is otherwise", FRAME]
    )
    assert len(asked(client, f"/teaching/hours/{hours[0].pk}/")) == len(
        [*LOG_IN, "the trainer", "the hours", FRAME]
    )
    reference = trainer.appointments.latest("id").reference
    assert len(asked(client, f"/teaching/appointments/{reference}/")) == len(
        [*LOG_IN, "the trainer", "the appointment", FRAME]
    )
    roster = asked(client, f"/teaching/{booking.session_id}/")
    assert len(roster) == len([*LOG_IN, "the session", "the roster", FRAME])


def test_a_visitor_costs_the_timetable_one_statement(client, member):
    fill(member, 10)
    day = (timezone.now() + timedelta(days=2)).date().isoformat()
    assert len(asked(Client(), f"/?day={day}")) == len(
        ["the day's keys, the rules and the header"]
    )


SHOP_FRAME = "the brand, the unread count and the cart's"
BUYING = {
    "/shop/cart/": [*LOG_IN, "the cart with its items", SHOP_FRAME],
    "/shop/checkout/": [
        *LOG_IN,
        "the cart with its items",
        "branches to choose from",
        SHOP_FRAME,
    ],
    "/shop/orders/": [*LOG_IN, "a page of orders", SHOP_FRAME],
    "/shop/orders/{order}/": [
        *LOG_IN,
        "the order",
        "its lines",
        "what was given back",
        SHOP_FRAME,
    ],
    "/shop/products/thing-0/review/": [
        *LOG_IN,
        "the product",
        "one's own review",
        "where it was bought",
        SHOP_FRAME,
    ],
    "/shop/rentals/": [*LOG_IN, "branches", "kinds with what is free", SHOP_FRAME],
    "/shop/rentals/rent/kind-0/": [
        *LOG_IN,
        "the kind",
        "branches",
        "what is free",
        SHOP_FRAME,
    ],
    "/shop/rentals/mine/": [*LOG_IN, "what was", "what stands", SHOP_FRAME],
    "/shop/rentals/{rental}/": [*LOG_IN, "the rental", SHOP_FRAME],
}


@pytest.mark.parametrize("path", BUYING)
@pytest.mark.parametrize("rows", [10, 20])
def test_a_page_of_buying_asks_no_more_than_its_tally(client, member, path, rows):
    filled = path.format(order=buy(member, rows), rental=borrow(member, rows))
    statements = asked(client, filled)
    assert len(statements) == len(BUYING[path]) <= 6, "\n".join(statements)


@pytest.mark.parametrize("rows", [10, 20])
@pytest.mark.parametrize(
    "in_place", [{}, {"HTTP_HX_REQUEST": "true"}], ids=["page", "htmx"]
)
def test_adding_to_a_cart_is_one_statement(client, member, rows, in_place):
    buy(member, rows)
    product = ProductFactory(slug="one-more")
    with CaptureQueriesContext(connection) as captured:
        client.post(f"/shop/cart/add/{product.pk}/", {"quantity": 1}, **in_place)
    tally = [
        *LOG_IN,
        "the cart is held, the product put in, the hold let go",
        *(["the cart's count"] if in_place else []),
    ]
    assert len(captured) == len(tally), "\n".join(query["sql"] for query in captured)


FIRST_VISITS = {
    "/shop/": [
        "the version, with the header",
        "the categories",
        "products",
        "the facets' counts",
    ],
    "/shop/products/mat-{rows}-0/": [
        "what is of the moment or the reader's, with the version and the header",
        "the product with its pictures and stars",
        "cards of what was bought together",
    ],
}


@pytest.mark.parametrize("path", FIRST_VISITS)
@pytest.mark.parametrize("rows", [10, 20])
def test_a_first_visit_to_the_shop_asks_for_what_will_be_kept(client, path, rows):
    stock(rows)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path.format(rows=rows)).status_code == 200
    assert len(captured) == len([*LOG_IN, *FIRST_VISITS[path]]) <= 6


def test_a_visitor_costs_the_shop_one_statement():
    stock(10)
    assert len(asked(Client(), "/shop/")) == len(["the version, with the header"])
    assert len(asked(Client(), "/shop/products/mat-10-0/")) == len(
        ["the moment, the version and the header"]
    )


def test_a_changed_session_costs_one_statement_more_once(client, member):
    fill(member, 10)
    session = SessionFactory(
        gym_class__branch=member.home_branch, gym_class__starts=time(22)
    )
    path = f"/?day={session.session_date.isoformat()}"
    before = len(asked(client, path))
    book_session(
        session_id=session.pk, member_id=MemberFactory().pk, now=timezone.now()
    )
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    assert len(captured) == before + 1
    assert len(asked(client, path)) == before


ASSETS = (
    "site.css",
    "django_htmx/htmx-2.min.js",
    "js/site.js",
    "icons.svg",
    "favicon.svg",
    "img/products.svg",
)


@pytest.mark.parametrize(
    "path",
    ["/?day={day}", "/bookings/", "/plans/", "/profile/", "/notifications/", "/shop/"],
)
def test_a_first_visit_sends_less_than_60_kb(client, member, path):
    """The page as it is, uncompressed, with its assets as WhiteNoise sends them; a
    timetable of 24 classes, and four appointments ahead."""
    fill(member, 24, appointments=4)
    page = client.get(
        path.format(day=(timezone.now() + timedelta(days=2)).date().isoformat())
    )
    assets = sum(
        len(gzip.compress(Path(finders.find(name)).read_bytes(), 9)) for name in ASSETS
    )
    assert len(page.content) + assets < 60_000
