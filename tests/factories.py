"""Rows for tests, each valid by itself.

A session lies two days ahead at 18:00 of its branch.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from bookings.models import (
    Appointment,
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
from catalog.models import (
    Category,
    Product,
    PurchaseLine,
    PurchaseOrder,
    RentalKind,
    RentalUnit,
    StockEntry,
    Supplier,
    SupplierOffer,
)
from gymsite.core import references
from gymsite.core.models import Branch, Role, User
from gymsite.partners.models import Partner
from gymsite.payments.models import Payment
from gymsite.payments.operations import begin
from memberships.models import Allowance, Membership, Plan
from memberships.rules import period_of

PASSWORD = "correct horse battery"


class BranchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Branch
        django_get_or_create = ("slug",)

    name = "Riverside"
    slug = "riverside"
    time_zone = "Europe/London"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"member{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com".lower())
    first_name = "Ada"
    last_name = factory.Sequence(lambda n: f"Member {n}")
    home_branch = factory.SubFactory(BranchFactory)
    role = Role.MEMBER
    is_staff = factory.LazyAttribute(
        lambda user: user.role in ("front_desk", "manager", "owner")
    )
    password = factory.django.Password(PASSWORD)


def give_pin(user: User, pin: str) -> None:
    """Set the PIN that a kiosk takes, without asking who sets it."""
    User.objects.filter(pk=user.pk).update(pin_hash=make_password(pin))


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Plan
        django_get_or_create = ("slug",)

    name = factory.Sequence(lambda n: f"Unlimited {n}")
    slug = factory.Sequence(lambda n: f"unlimited-{n}")
    kind = Plan.Kind.UNLIMITED
    price_minor = 4900

    class Params:
        per_period = factory.Trait(
            kind=Plan.Kind.PER_PERIOD, classes=8, name="Eight a month"
        )
        pack = factory.Trait(
            kind=Plan.Kind.PACK, classes=10, valid_days=90, name="Pack 10"
        )
        appointments = factory.Trait(
            kind=Plan.Kind.PACK,
            classes=5,
            valid_days=90,
            name="Personal training 5",
            price_minor=24000,
            includes_classes=False,
            includes_appointments=True,
        )


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    branch = factory.SubFactory(BranchFactory)
    member = factory.SubFactory(UserFactory)
    plan = factory.SubFactory(PlanFactory)
    is_base = factory.SelfAttribute("plan.is_base")
    starts_on = factory.LazyFunction(lambda: timezone.now().date() - timedelta(days=60))
    ends_on = factory.LazyAttribute(
        lambda membership: (
            None if membership.is_base else membership.starts_on + timedelta(days=150)
        )
    )
    created_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, plan, **values):
        return super()._create(
            model_class, *args, **plan.as_sold() | {"plan": plan} | values
        )


def _counted(membership: Membership) -> tuple[date, date]:
    if membership.ends_on and not membership.is_base:
        return membership.starts_on, membership.ends_on
    return period_of(membership.period, timezone.now().date())


class AllowanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Allowance

    """Of a pack by default; of another membership it counts this month or week."""

    membership = factory.SubFactory(MembershipFactory, plan__pack=True)
    branch = factory.SelfAttribute("membership.branch")
    starts_on = factory.LazyAttribute(lambda row: _counted(row.membership)[0])
    ends_on = factory.LazyAttribute(lambda row: _counted(row.membership)[1])
    granted = 10


class MemberFactory(UserFactory):
    """A member with an unlimited plan."""

    membership = factory.RelatedFactory(
        MembershipFactory, factory_related_name="member"
    )


def _give(trainers: Any, services: Any) -> None:
    TrainerService.objects.bulk_create(
        TrainerService(trainer=trainer, service=service)
        for trainer in trainers
        for service in services
    )


class TrainerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Trainer

        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory, role=Role.TRAINER)
    branch = factory.SubFactory(BranchFactory)
    name = factory.Sequence(lambda n: f"Lena Brandt {n}")
    slug = factory.Sequence(lambda n: f"lena-brandt-{n}")
    gives = factory.PostGeneration(
        lambda trainer, created, given, **_: _give(
            [trainer], Service.objects.all() if given is None else given
        )
    )


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Room

    branch = factory.SubFactory(BranchFactory)
    number = factory.Sequence(lambda n: 100 + n)
    name = factory.LazyAttribute(lambda room: f"Studio {room.number}")
    kind = Room.Kind.STUDIO
    capacity = 40


class ClassTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ClassType
        django_get_or_create = ("slug",)

    name = "Vinyasa Flow"
    slug = "vinyasa-flow"
    subject = "Yoga"
    minutes = 60


class PolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BookingPolicy

    created_at = datetime(2026, 1, 1, tzinfo=UTC)


class GymClassFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GymClass
        skip_postgeneration_save = True

    branch = factory.SubFactory(BranchFactory)
    class_type = factory.SubFactory(ClassTypeFactory)
    room = factory.SubFactory(RoomFactory)
    trainer = factory.SubFactory(TrainerFactory)
    name = "Vinyasa Flow"
    code = factory.Sequence(lambda n: f"VF-{n}")
    weekday = factory.LazyFunction(
        lambda: (timezone.now() + timedelta(days=2)).weekday()
    )
    starts = time(18)
    minutes = 60
    capacity = 20
    # its sessions need the rules of the house, which a committing test has emptied with
    # all else
    policy = factory.PostGeneration(
        lambda *_, **__: BookingPolicy.objects.exists() or PolicyFactory()
    )


class SessionFactory(factory.django.DjangoModelFactory):
    """A session of a class on ``session_date``, at the time of its weekly slot."""

    class Meta:
        model = ClassSession

    class Params:
        computed = factory.LazyAttribute(
            lambda row: session_of(row.gym_class, row.session_date)
        )

    gym_class = factory.SubFactory(GymClassFactory)
    branch = factory.SelfAttribute("gym_class.branch")
    room = factory.SelfAttribute("gym_class.room")
    trainer = factory.SelfAttribute("gym_class.trainer")
    session_date = factory.LazyFunction(
        lambda: timezone.now().date() + timedelta(days=2)
    )
    starts_at = factory.SelfAttribute("computed.starts_at")
    ends_at = factory.SelfAttribute("computed.ends_at")
    time_zone = factory.SelfAttribute("computed.time_zone")
    capacity = factory.SelfAttribute("gym_class.capacity")


class ServiceFactory(factory.django.DjangoModelFactory):
    """An hour, and a quarter of an hour after it for the trainer alone; given by every
    trainer unless ``given_by`` says who."""

    class Meta:
        model = Service
        skip_postgeneration_save = True

    name = "Personal training"
    slug = factory.Sequence(lambda n: f"personal-training-{n}")
    minutes = 60
    buffer_after_minutes = 15
    price_minor = 5500
    policy = factory.PostGeneration(
        lambda *_, **__: BookingPolicy.objects.exists() or PolicyFactory()
    )
    given_by = factory.PostGeneration(
        lambda service, created, given, **_: _give(
            Trainer.objects.all() if given is None else given, [service]
        )
    )


class AvailabilityFactory(factory.django.DjangoModelFactory):
    """Mondays from 9 to 17, with no end."""

    class Meta:
        model = Availability

    trainer = factory.SubFactory(TrainerFactory)
    branch = factory.SelfAttribute("trainer.branch")
    weekday = 0
    starts = time(9)
    ends = time(17)
    valid_from = date(2026, 1, 1)


def _asked_at_the_desk(row: Any) -> Payment | None:
    """What is free, or counted by a pack, has no payment."""
    if not row.price_minor or getattr(row, "allowance", None):
        return None
    return begin(
        purpose="appointment",
        thing=row.reference,
        branch_id=getattr(row, "branch_id", None) or row.branch.pk,
        member_id=getattr(row, "client_id", None) or row.client.pk,
        amount_minor=row.price_minor,
        currency=row.currency,
        gateway="desk",
        now=timezone.now(),
    )


class AppointmentFactory(factory.django.DjangoModelFactory):
    """Two days ahead at 10:00 UTC, as long as its service takes."""

    class Meta:
        model = Appointment

    trainer = factory.SubFactory(TrainerFactory)
    branch = factory.SelfAttribute("trainer.branch")
    service = factory.SubFactory(ServiceFactory)
    client = factory.SubFactory(UserFactory)
    policy = factory.LazyFunction(
        lambda: BookingPolicy.objects.order_by("-id").first() or PolicyFactory()
    )
    reference = factory.LazyFunction(references.new)
    source = "staff"
    starts_at = factory.LazyFunction(
        lambda: (timezone.now() + timedelta(days=2)).replace(
            hour=10, minute=0, second=0, microsecond=0
        )
    )
    ends_at = factory.LazyAttribute(
        lambda row: row.starts_at + timedelta(minutes=row.service.minutes)
    )
    busy_from = factory.LazyAttribute(
        lambda row: row.starts_at - timedelta(minutes=row.service.buffer_before_minutes)
    )
    busy_until = factory.LazyAttribute(
        lambda row: row.ends_at + timedelta(minutes=row.service.buffer_after_minutes)
    )
    time_zone = factory.SelfAttribute("branch.time_zone")
    price_minor = factory.SelfAttribute("service.price_minor")
    currency = factory.SelfAttribute("service.currency")
    payment = factory.LazyAttribute(lambda row: _asked_at_the_desk(row))
    booked_at = factory.LazyFunction(timezone.now)
    free_until = factory.LazyAttribute(lambda row: row.starts_at - timedelta(hours=24))


class CategoryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Category
        django_get_or_create = ("slug",)

    name = "Mats"
    slug = "mats"
    kind = Category.Kind.EQUIPMENT


class ProductFactory(factory.django.DjangoModelFactory):
    """A product; ``stock=3`` puts three of it in the store, as a stock take does."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    sku = factory.Sequence(lambda n: f"MAT-{n:04}")
    slug = factory.Sequence(lambda n: f"mat-{n}")
    name = factory.Sequence(lambda n: f"Mat {n}")
    category = factory.SubFactory(CategoryFactory)
    price_minor = 1290
    created_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def stock(
        product: Product, create: bool, quantity: int | None, **kwargs: object
    ) -> None:
        quantity = 20 if quantity is None else quantity
        if product.tracks_stock and quantity:
            StockEntry.objects.create(
                branch=BranchFactory(),
                product=product,
                kind="stock_take",
                quantity=quantity,
                at=timezone.now(),
            )


class SupplierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Supplier

    name = factory.Sequence(lambda n: f"Supplier {n}")


class SupplierOfferFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SupplierOffer

    supplier = factory.SubFactory(SupplierFactory)
    product = factory.SubFactory(ProductFactory)
    pack_cost_minor = 600


class PurchaseOrderFactory(factory.django.DjangoModelFactory):
    """``lines=[(offer, 12)]`` orders twelve units of each."""

    class Meta:
        model = PurchaseOrder
        skip_postgeneration_save = True

    reference = factory.LazyFunction(references.new)
    branch = factory.SubFactory(BranchFactory)
    supplier = factory.SubFactory(SupplierFactory)
    total_minor = 0
    currency = "GBP"
    ordered_at = factory.LazyFunction(timezone.now)
    expected_on = factory.LazyFunction(
        lambda: timezone.now().date() + timedelta(days=7)
    )

    @factory.post_generation
    def lines(
        order: PurchaseOrder,
        create: bool,
        lines: list[tuple[SupplierOffer, int]] | None,
        **kwargs,
    ) -> None:
        for offer, quantity in lines or ():
            cost = offer.pack_cost_minor * quantity // offer.pack_size
            PurchaseLine.objects.create(
                order=order,
                offer=offer,
                product=offer.product,
                quantity=quantity,
                cost_minor=cost,
            )
            order.total_minor += cost
        order.save(update_fields=["total_minor"])


class RentalKindFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RentalKind

    name = factory.Sequence(lambda n: f"Kettlebell {n}")
    slug = factory.Sequence(lambda n: f"kettlebell-{n}")
    day_fee_minor = 300
    late_fee_minor = 500


class RentalUnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RentalUnit

    branch = factory.SubFactory(BranchFactory)
    kind = factory.SubFactory(RentalKindFactory)
    code = factory.Sequence(lambda n: f"KB-{n}")


class PartnerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Partner

    branch = factory.SubFactory(BranchFactory)
    name = factory.Sequence(lambda n: f"Acme {n}")
    slug = factory.Sequence(lambda n: f"acme-{n}")
    contact_email = "people@acme.example"
    created_at = factory.LazyFunction(timezone.now)
