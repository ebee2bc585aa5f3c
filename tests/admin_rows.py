"""At least one row of every model, made by the operations where there is one."""

import uuid
from datetime import timedelta

from django.utils import timezone

from bookings.models import AvailabilityException, ClientNote, PinAttempt
from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from bookings.tasks import release_member
from catalog.models import StockHold
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import check_out
from catalog.operations.deliveries import deliver
from catalog.operations.orders import refund_order
from catalog.operations.rentals import Wish, rent
from catalog.operations.reviews import write_review
from gymsite.core import throttle
from gymsite.core.batches import put_off
from gymsite.core.models import (
    AnswerAlert,
    BranchHours,
    Brand,
    IdempotencyKey,
    RequestSample,
    User,
)
from gymsite.core.operations import sessions
from gymsite.notifications.operations import notify
from gymsite.ops.audit import snapshots
from gymsite.partners.operations.api_keys import make_key
from gymsite.partners.operations.partners import add_delegate
from gymsite.partners.operations.sponsorships import sponsor_member
from gymsite.payments.models import WebhookDelivery
from gymsite.payments.operations import take_payment
from memberships.operations.memberships import enroll
from tests.factories import (
    PASSWORD,
    AppointmentFactory,
    AvailabilityFactory,
    MemberFactory,
    MembershipFactory,
    PartnerFactory,
    PlanFactory,
    ProductFactory,
    PurchaseOrderFactory,
    RentalUnitFactory,
    SessionFactory,
    SupplierOfferFactory,
    UserFactory,
)


def a_bit_of_everything(staff: User) -> None:
    now = timezone.now()
    session = SessionFactory(gym_class__capacity=1)
    member, second = MemberFactory(), UserFactory()
    MembershipFactory(member=second, plan=PlanFactory(per_period=True))
    book_session(session_id=session.pk, member_id=member.pk, now=now)
    join_waitlist(session_id=session.pk, member_id=second.pk, now=now)
    joined = enroll(
        member_id=UserFactory().pk, plan_id=PlanFactory().pk, actor_id=staff.pk, now=now
    )
    take_payment(payment_id=joined.periods.get().payment_id, actor_id=staff.pk, now=now)
    check_in(
        member_id=member.pk,
        branch_id=session.branch_id,
        method="desk",
        nonce=uuid.uuid4(),
        now=now,
    )
    WebhookDelivery.objects.create(
        gateway="card",
        event_id=uuid.uuid4().hex,
        kind="charge.paid",
        payment=joined.periods.get().payment,
        outcome="differs",
        note="Less was taken.",
        received_at=now,
    )
    appointment = AppointmentFactory(client=member, trainer=session.trainer)
    trainer = AvailabilityFactory(trainer=session.trainer).trainer
    AvailabilityException.objects.create(
        trainer=trainer,
        branch=trainer.branch,
        kind="block",
        starts_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=4),
        created_at=now,
    )
    ClientNote.objects.create(
        trainer=appointment.trainer, client=member, text="Left knee.", created_at=now
    )
    notify(member.pk, kind="test", title="Hello", at=now)
    sessions.log_in(name=member.username, password=PASSWORD, now=now)
    put_off("core.test", member.pk, RuntimeError("broken"), now=now)
    throttle.hit(uuid.uuid4().hex, allowed=9, window=timedelta(minutes=1), now=now)
    PinAttempt.objects.create(
        at=now, branch=session.branch, member=member, member_number="1", succeeded=False
    )
    IdempotencyKey.objects.create(
        owner=1, key=uuid.uuid4().hex, fingerprint=b"f", created_at=now
    )
    BranchHours.objects.get_or_create(
        branch=session.branch, weekday=0, opens="06:00", closes="22:00"
    )
    Brand.objects.get_or_create(id=1)
    release_member.defer(member_id=member.pk, actor_id=staff.pk)
    snapshots.take(now=now)
    sampled = {
        "status": 200,
        "milliseconds": 3.0,
        "database_milliseconds": 1.0,
        "queries": 2,
    }
    RequestSample.objects.create(at=now, endpoint="GET /", **sampled)
    AnswerAlert.objects.create(
        endpoint=f"GET /{staff.pk}/{uuid.uuid4().hex}",
        figure="p95",
        hour=now,
        value=300,
        bound=200,
        requests=60,
    )
    a_bit_of_the_shop(member, staff)
    a_partner(member, staff)


def a_partner(member: User, staff: User) -> None:
    """One that sponsors the member, for which the member acts too, with a key."""
    now = timezone.now()
    by = {"partner_id": PartnerFactory().pk, "actor_id": staff.pk, "now": now}
    sponsor_member(member_id=member.pk, **by)
    add_delegate(user_id=member.pk, **by)
    made_by = by | {"actor_id": member.pk}
    make_key(name="Payroll", scopes=["members:read"], expires_at=None, **made_by)


def a_bit_of_the_shop(member: User, staff: User) -> None:
    """Make rows of the shop that only operations can make.

    They are an order refunded in part, a review of it, a hold, a rental, and a purchase
    received in part.
    """
    now, mat = timezone.now(), ProductFactory()
    item = add_to_cart(member_id=member.pk, product_id=mat.pk, quantity=2, now=now)
    order, _ = check_out(cart_id=item.cart_id, member_id=member.pk, now=now)
    refund_order(
        order_id=order.pk,
        quantities={item.pk: 1},
        restock=True,
        reason="Torn",
        actor_id=staff.pk,
        now=now,
    )
    write_review(
        product_id=mat.pk, member_id=member.pk, rating=4, text="Holds well.", now=now
    )
    cart = add_to_cart(member_id=member.pk, product_id=mat.pk, now=now).cart
    StockHold.objects.create(cart=cart, product=mat, quantity=1, expires_at=now)
    unit, today = RentalUnitFactory(), now.astimezone(member.home_branch.zone).date()
    rent(wish=Wish(unit.kind_id, unit.branch_id, member.pk, today, today), now=now)
    purchase = PurchaseOrderFactory(lines=[(SupplierOfferFactory(product=mat), 3)])
    deliver(
        purchase_id=purchase.pk,
        note="LS-1",
        products={mat.pk: 2},
        actor_id=staff.pk,
        now=now,
    )
