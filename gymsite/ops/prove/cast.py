"""What the fights are about: a branch with plans, members, and scarce things."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count as numbers

from bookings.models import (
    Availability,
    BookingPolicy,
    ClassSession,
    ClassType,
    GymClass,
    Room,
    Service,
    Trainer,
    TrainerService,
)
from bookings.operations.sessions import session_of
from catalog.models import Category, Product, RentalKind, RentalUnit, StockEntry
from gymsite.core import tokens
from gymsite.core.models import ApiSession, Branch, Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.core.operations.sessions import family_of, next_refresh_token
from gymsite.ops.prove.provider import Provider
from memberships.models import Membership, Plan

BATCH = 2000
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A member and the access token of their log-in."""

    id: int
    token: str


class Cast:
    """Makes rows for the fights; each round gets new members."""

    def __init__(self, now: datetime, provider: Provider) -> None:
        self.now, self.provider = now, provider
        self._numbers = numbers(1)
        self.branch = Branch.objects.create(
            name="Ringside", slug="ringside", time_zone="UTC"
        )
        self.plan = Plan.objects.create(
            name="Unlimited",
            slug="unlimited",
            kind=Plan.Kind.UNLIMITED,
            price_minor=4900,
        )
        self.pack = Plan.objects.create(
            name="Pack 10",
            slug="pack-10",
            kind=Plan.Kind.PACK,
            classes=10,
            valid_days=90,
            price_minor=9900,
        )
        self.last_one = Plan.objects.create(
            name="Personal training 1",
            slug="personal-training-1",
            kind=Plan.Kind.PACK,
            classes=1,
            valid_days=90,
            price_minor=3000,
            includes_classes=False,
            includes_appointments=True,
        )
        self.service = Service.objects.create(
            name="Pad work", slug="pad-work", minutes=15, price_minor=3000
        )
        self.class_type = ClassType.objects.create(
            name="Boxing", slug="boxing", subject="Boxing", minutes=60
        )
        self.category = Category.objects.create(
            name="Gloves", slug="gloves", kind=Category.Kind.EQUIPMENT
        )
        BookingPolicy.objects.get_or_create(defaults={"created_at": now})

    def members(
        self, count: int, *, role: str = Role.MEMBER, is_enrolled: bool = True
    ) -> list[Member]:
        """New people with a session of a day; an unlimited plan if enrolled."""
        names = [f"rival{number}" for number in self._next(count)]
        users = User.objects.bulk_create(
            [
                User(
                    username=name,
                    email=f"{name}@example.com",
                    password="",
                    role=role,
                    is_staff=role in STAFF_ROLES,
                    home_branch=self.branch,
                    date_joined=self.now,
                )
                for name in names
            ],
            batch_size=BATCH,
        )
        if is_enrolled:
            Membership.objects.bulk_create(
                [self._membership(user) for user in users], batch_size=BATCH
            )
        secrets = [tokens.new() for _ in users]
        self.log_in([user.pk for user in users], access=secrets)
        return [
            Member(user.pk, secret) for user, secret in zip(users, secrets, strict=True)
        ]

    def _membership(self, user: User) -> Membership:
        starts_on = (self.now - 60 * DAY).date()
        return Membership(
            **self.plan.as_sold(),
            branch=self.branch,
            member=user,
            starts_on=starts_on,
            created_at=self.now,
        )

    def log_in(self, members: Sequence[int], *, access: Sequence[str]) -> list[str]:
        """An API session for each member with this access token; its refresh token."""
        refresh = [next_refresh_token(tokens.new()) for _ in members]
        ApiSession.objects.bulk_create(
            [
                ApiSession(
                    user_id=member,
                    access_hash=tokens.digest(token),
                    refresh_hash=tokens.digest(secret),
                    family_hash=tokens.digest(family_of(secret)),
                    access_expires_at=self.now + DAY,
                    expires_at=self.now + DAY,
                    created_at=self.now,
                    client="prove",
                )
                for member, token, secret in zip(members, access, refresh, strict=True)
            ],
            batch_size=BATCH,
        )
        return refresh

    def sessions(self, count: int, *, capacity: int, starts: time) -> list[int]:
        """So many sessions five days ahead, each with a room and a trainer."""
        day = (self.now + 5 * DAY).date()
        numbered = self._next(count)
        rooms = Room.objects.bulk_create(
            Room(
                branch=self.branch,
                number=number,
                name=f"Ring {number}",
                kind=Room.Kind.RING,
                capacity=40,
            )
            for number in numbered
        )
        trainers = self.trainers(count)
        classes = GymClass.objects.bulk_create(
            GymClass(
                branch=self.branch,
                class_type=self.class_type,
                room=room,
                trainer=trainer,
                name="Boxing",
                code=f"BX-{number}",
                weekday=day.weekday(),
                starts=starts,
                minutes=60,
                capacity=capacity,
            )
            for number, room, trainer in zip(numbered, rooms, trainers, strict=True)
        )
        made = ClassSession.objects.bulk_create(
            session_of(gym_class, day) for gym_class in classes
        )
        return [session.pk for session in made]

    def trainers(self, count: int) -> list[Trainer]:
        """So many, who give the service from six to ten on every day."""
        made = Trainer.objects.bulk_create(
            Trainer(
                user_id=member.id,
                branch=self.branch,
                name=f"Corner {number}",
                slug=f"corner-{number}",
            )
            for number, member in zip(
                self._next(count), self.members(count, role=Role.TRAINER), strict=True
            )
        )
        TrainerService.objects.bulk_create(
            TrainerService(trainer=trainer, service=self.service) for trainer in made
        )
        Availability.objects.bulk_create(
            Availability(
                branch=self.branch,
                trainer=trainer,
                weekday=weekday,
                starts=time(6),
                ends=time(22),
                valid_from=self.now.date(),
            )
            for trainer in made
            for weekday in range(7)
        )
        return made

    def products(self, count: int, *, stock: int) -> list[Product]:
        """So many products, of each of which ``stock`` lie in the store."""
        made = Product.objects.bulk_create(
            Product(
                sku=f"GLV-{number}",
                slug=f"gloves-{number}",
                name=f"Gloves {number}",
                category=self.category,
                price_minor=1290,
                created_at=self.now,
            )
            for number in self._next(count)
        )
        StockEntry.objects.bulk_create(
            StockEntry(
                branch=self.branch,
                product=product,
                kind="stock_take",
                quantity=stock,
                at=self.now,
            )
            for product in made
        )
        return made

    def rental_kinds(self, count: int, *, units: int) -> list[int]:
        """So many kinds to rent with ``units`` things of each; their ids."""
        kinds = RentalKind.objects.bulk_create(
            RentalKind(
                name=f"Bag {number}",
                slug=f"bag-{number}",
                day_fee_minor=300,
                deposit_minor=1000,
            )
            for number in self._next(count)
        )
        RentalUnit.objects.bulk_create(
            RentalUnit(branch=self.branch, kind=kind, code=f"B{kind.pk}-{number}")
            for kind in kinds
            for number in range(units)
        )
        return [kind.pk for kind in kinds]

    def _next(self, count: int) -> list[int]:
        return [next(self._numbers) for _ in range(count)]
