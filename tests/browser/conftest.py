"""A small gym with something in every state, visitors of it, and a guard: no page may
complain in the console."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from bookings.models import ClassSession, Trainer
from bookings.operations.bookings import book_session, cancel_booking
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from bookings.queries.availability import free_slots
from catalog.models import Product, ProductPair
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.rentals import Wish, cancel_rental, hand_out, rent
from catalog.operations.reviews import moderate_review, write_review
from gymsite.core.models import Brand, Role, User
from gymsite.core.operations.users import new_calendar_token
from gymsite.notifications.operations import notify
from tests import crowd
from tests.factories import (
    PASSWORD,
    AppointmentFactory,
    AvailabilityFactory,
    CategoryFactory,
    MemberFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    ServiceFactory,
    SessionFactory,
    TrainerFactory,
    UserFactory,
    give_pin,
)

DESK_WIDTH, PHONE_WIDTH = 1280, 360


@dataclass
class Gym:
    """``open`` has places, ``full`` a line; the member is booked on ``booked`` and
    waits for ``waiting``."""

    member: User
    trainer: User
    owner: User
    open: ClassSession
    full: ClassSession
    booked: ClassSession
    waiting: ClassSession
    reference: str = ""
    cancelled_reference: str = ""
    order: str = ""
    rentals: tuple[str, ...] = ()
    appointments: tuple[str, ...] = ()
    slot: str = ""


@pytest.fixture
def gym(transactional_db: None) -> Gym:
    now = timezone.now()
    Brand.objects.get_or_create(pk=1)
    trainer = TrainerFactory(
        name="Lena Brandt",
        slug="lena-brandt",
        bio="Nine years of yoga.",
        credentials=["First aid"],
    )
    member = MemberFactory(
        username="ana",
        first_name="Ana",
        last_name="Silva",
        membership__plan=PlanFactory(per_period=True),
    )
    PlanFactory(pack=True, slug="pack-10", rank=2)
    slots = {
        name: time(hour)
        for name, hour in (
            ("open", 8),
            ("full", 10),
            ("booked", 12),
            ("waiting", 18),
            ("off", 20),
        )
    }
    made = {
        name: SessionFactory(
            gym_class__starts=starts,
            gym_class__trainer=trainer,
            gym_class__capacity=1 if name in ("full", "waiting") else 12,
        )
        for name, starts in slots.items()
    }
    others = crowd.members(4)
    for session, member_id in ((made["full"], others[0]), (made["waiting"], others[1])):
        book_session(session_id=session.pk, member_id=member_id, now=now)
    for member_id in (others[2], others[3], member.pk):
        join_waitlist(session_id=made["waiting"].pk, member_id=member_id, now=now)
    booking = book_session(session_id=made["booked"].pk, member_id=member.pk, now=now)
    cancelled = book_session(session_id=made["off"].pk, member_id=member.pk, now=now)
    cancel_booking(
        booking_id=cancelled.pk, member_id=member.pk, actor_id=member.pk, now=now
    )
    check_in(
        member_id=member.pk,
        branch_id=member.home_branch_id,
        method="desk",
        now=now - timedelta(days=1),
    )
    notify(
        member.pk,
        kind="booked",
        title="Booked: Vinyasa Flow",
        body="Studio 1",
        url="/bookings/",
        at=now,
    )
    give_pin(member, "482913")
    new_calendar_token(user_id=member.pk)
    owner = UserFactory(username="olu", role="owner")
    del made["off"]
    order = stock_shop(member, owner)
    fill_cart(member)
    add_to_cart(
        member_id=trainer.user.pk,
        product_id=Product.objects.get(slug="mat").pk,
        quantity=2,
        now=now,
    )
    rentals = lend_things(member)
    appointments, slot = train(member, trainer)
    return Gym(
        member=User.objects.get(pk=member.pk), trainer=trainer.user, owner=owner, **made,
        reference=booking.reference, cancelled_reference=cancelled.reference, order=order, rentals=rentals,
        appointments=appointments, slot=slot,
    )  # fmt: skip


def train(member: User, trainer: Trainer) -> tuple[tuple[str, ...], str]:
    """An hour a week at which the trainer is free; an appointment that is ahead, one
    cancelled and one that was. Their references, and the address of a free time."""
    now, service = timezone.now(), ServiceFactory(slug="training", raster_minutes=30)
    ServiceFactory(slug="quick", name="Quick session", minutes=30, price_minor=0)
    for weekday in range(7):
        AvailabilityFactory(trainer=trainer, weekday=weekday, ends=time(11, 30))
    noon = (now + timedelta(days=5)).replace(hour=13, minute=0, second=0, microsecond=0)
    its = {"trainer": trainer, "service": service, "client": member}
    made = [
        AppointmentFactory(starts_at=noon, note="A bad knee", **its),
        AppointmentFactory(
            starts_at=noon,
            status="cancelled",
            cancelled_at=now,
            cancel_reason="Ill",
            **its,
        ),
        AppointmentFactory(
            starts_at=noon - timedelta(days=9), status="completed", over_at=now, **its
        ),
    ]
    free = free_slots(
        branch=trainer.branch,
        service=service,
        first=(now + timedelta(days=6)).date(),
        trainer_id=trainer.pk,
        now=now,
    )[0].starts[0]
    place = f"{trainer.branch.slug}/{service.slug}/{trainer.slug}"
    slot = f"/appointments/book/{place}/{free:%Y-%m-%dT%H%MZ}/"
    return tuple(one.reference for one in made), slot


def fill_cart(member: User) -> None:
    """What a cart may be: as it was, at a new price, with fewer left, withdrawn."""
    now = timezone.now()
    for name, values in (
        ("Rope", {}),
        ("Band", {"price_minor": 900}),
        ("Roller", {"stock": 4}),
        ("Old Towel", {"status": "withdrawn"}),
    ):
        product = ProductFactory(name=name, slug=name.lower().replace(" ", "-"))
        add_to_cart(member_id=member.pk, product_id=product.pk, quantity=5, now=now)
        if "stock" in values:
            add_to_cart(
                member_id=(other := MemberFactory()).pk,
                product_id=product.pk,
                quantity=16,
                now=now,
            )
            check_out(cart_id=other.carts.get().pk, member_id=other.pk, now=now)
        else:
            Product.objects.filter(pk=product.pk).update(**values)


def lend_things(member: User) -> tuple[str, ...]:
    """A racket that is late, one that is due, one for later and one cancelled; and
    lockers for nothing."""
    now, branch_id = timezone.now(), member.home_branch_id
    today = now.astimezone(member.home_branch.zone).date()
    racket = RentalKindFactory(
        name="Padel Racket", slug="racket", deposit_minor=1500, picture="racket"
    )
    locker = RentalKindFactory(
        name="Locker", slug="locker", day_fee_minor=0, late_fee_minor=0
    )
    for kind in (racket, racket, racket, locker):
        RentalUnitFactory(kind=kind, branch=member.home_branch)
    made = []
    for kind, first, last in (
        (racket, -4, -2),
        (racket, 0, 2),
        (racket, 3, 5),
        (locker, 0, 1),
    ):
        begun = now + timedelta(days=min(first, 0))
        days = today + timedelta(days=first), today + timedelta(days=last)
        made.append(rent(wish=Wish(kind.pk, branch_id, member.pk, *days), now=begun))
    hand_out(rental_id=made[0].pk, actor_id=member.pk, now=now - timedelta(days=4))
    cancel_rental(rental_id=made[2].pk, actor_id=member.pk, now=now)
    return tuple(rental.reference for rental in made)


def stock_shop(member: User, owner: User) -> str:
    """A mat that the member bought and reviewed, with much beside it; one sold out, one
    withdrawn. Their order."""
    now, mats = timezone.now(), CategoryFactory(picture="mat")
    tops = CategoryFactory(
        name="Tops", slug="tops", kind="clothing", picture="tshirt", rank=2
    )
    CategoryFactory(name="Ropes", slug="ropes", kind="equipment", rank=3)
    mat = ProductFactory(
        slug="mat",
        name="Cork Mat",
        maker="Vela",
        category=mats,
        description="Four millimetres.",
    )
    ProductFactory(slug="gone", name="Gone", category=mats, stock=0)
    ProductFactory(
        slug="withdrawn", name="Withdrawn", category=mats, status="withdrawn"
    )
    others = [
        ProductFactory(name=f"Training Top {n}", category=tops, stock=3, rank=n)
        for n in range(26)
    ]
    ProductPair.objects.bulk_create(
        ProductPair(product=mat, other=other, orders=1) for other in others[:3]
    )
    for buyer, rating in ((MemberFactory(), 4), (member, 5)):
        cart_id = add_to_cart(
            member_id=buyer.pk, product_id=mat.pk, quantity=1, now=now
        ).cart_id
        order, _ = check_out(cart_id=cart_id, member_id=buyer.pk, now=now)
        review = write_review(
            product_id=mat.pk,
            member_id=buyer.pk,
            rating=rating,
            title="Lovely",
            text="Flat at once.",
            now=now,
        )
        if rating == 4:
            moderate_review(
                review_id=review.pk, publish=True, actor_id=owner.pk, now=now
            )
    return order.reference


@dataclass
class Visitor:
    """A browser context of one person, and what its pages complained about."""

    context: BrowserContext
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        page = self.context.new_page()
        page.on(
            "console",
            lambda said: (
                said.type in ("error", "warning") and self._complain(path, said.text)
            ),
        )
        page.on("pageerror", lambda error: self._complain(path, str(error)))
        page.goto(self.base + path)
        return page

    def _complain(self, path: str, text: str) -> None:
        # a refusal's own status, which the test asks for
        if "Failed to load resource" not in text:
            self.complaints.append(f"{path}: {text}")


@pytest.fixture
def visitor(
    browser: Browser, browser_context_args: dict, live_server
) -> Iterator[Callable[..., Visitor]]:
    """Make a visitor: ``visitor(user, width=360, color_scheme="dark",
    java_script_enabled=False)``."""
    made: list[Visitor] = []

    def visit(user: User | None = None, width: int = DESK_WIDTH, **options) -> Visitor:
        viewport = {"width": width, "height": 800}
        context = browser.new_context(
            **browser_context_args, viewport=viewport, **options
        )
        context.set_default_timeout(10_000)
        if user:
            client = Client()
            client.force_login(
                user, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies(
                [
                    {
                        "name": name,
                        "value": client.cookies[name].value,
                        "url": live_server.url,
                    }
                ]
            )
        made.append(Visitor(context, live_server.url))
        return made[-1]

    yield visit
    for one in made:
        one.context.close()
    complaints = [text for one in made for text in one.complaints]
    assert not complaints, complaints


def person(username: str) -> User:
    return get_user_model().objects.get(username=username)


@pytest.fixture
def logged_in(page: Page, live_server) -> Callable[[Role], Page]:
    """logged_in(role): the browser of such a person in the admin; ``page.complaints``
    is what its console said."""
    page.complaints = []
    page.on(
        "console",
        lambda said: (
            page.complaints.append(said.text)
            if said.type in ("error", "warning")
            else None
        ),
    )

    def log_in(role: Role) -> Page:
        user = UserFactory(role=role)
        page.goto(f"{live_server.url}/admin/")
        page.fill("[name=login]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/admin/")
        return page

    return log_in
