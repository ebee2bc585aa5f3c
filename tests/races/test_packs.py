"""The last appointment of a pack, wanted twice at once."""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.models import Appointment
from bookings.operations import appointment_payments
from bookings.operations.appointments import book_appointment
from gymsite.payments.operations import take_payment
from memberships.models import Allowance, Membership
from memberships.operations import allowances
from memberships.operations.memberships import end_membership, enroll
from tests.asserts import assert_all_holds, broken
from tests.factories import (
    AvailabilityFactory,
    PlanFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)
from tests.race import OK, Rendezvous, after, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def calls():
    """A client with a pack of one, and two trainers to book at two times."""
    client, now = UserFactory().pk, timezone.now()
    plan = PlanFactory(appointments=True, classes=1)
    held = enroll(member_id=client, plan_id=plan.pk, actor_id=client, now=now)
    take_payment(payment_id=held.periods.get().payment_id, actor_id=client, now=now)
    service = ServiceFactory()
    day = now.date() + timedelta(days=7 - now.weekday())
    return [_call(client, service, day, hour, now) for hour in (10, 12)]


def _call(client: int, service, day: date, hour: int, now: datetime):
    trainer = AvailabilityFactory(trainer=TrainerFactory()).trainer
    return partial(
        book_appointment,
        trainer_id=trainer.pk,
        service_id=service.pk,
        branch_id=trainer.branch_id,
        client_id=client,
        starts_at=datetime.combine(day, time(hour), UTC),
        pay_by="pack",
        source="staff",
        now=now,
    )


def judged_together(monkeypatch):
    """Both have looked at the pack before either uses it."""
    rendezvous = Rendezvous(2)
    after(monkeypatch, appointment_payments, "appointment_packs", rendezvous.meet)
    return rendezvous


def test_one_gets_it(calls, monkeypatch):
    rendezvous = judged_together(monkeypatch)
    assert race(calls).codes == {OK: 1, "pack_used_up": 1}
    assert rendezvous.everybody_came
    assert Appointment.objects.count() == 1
    assert Allowance.objects.get().used == 1
    assert_all_holds()


def test_control_writing_what_was_read_gives_it_to_both(calls, monkeypatch):
    def writes(allowance_id, by):
        Allowance.objects.filter(pk=allowance_id).update(used=by)

    judged_together(monkeypatch)
    monkeypatch.setattr(allowances, "_change", writes)
    assert race(calls).codes == {OK: 2}
    assert set(broken()) == {"allowance_used"}


def test_a_pack_that_is_being_ended_pays_nothing(calls):
    pack = Membership.objects.get()
    end = partial(
        end_membership,
        membership_id=pack.pk,
        actor_id=pack.member_id,
        now=timezone.now(),
    )
    assert while_held(end, calls[:1]).codes == {"pack_required": 1}
    assert Allowance.objects.get().used == 0


def test_control_without_the_hold_it_pays_all_the_same(calls, monkeypatch):
    pack = Membership.objects.get()
    end = partial(
        end_membership,
        membership_id=pack.pk,
        actor_id=pack.member_id,
        now=timezone.now(),
    )
    monkeypatch.setattr(appointment_payments.row_locks, "shared", lambda rows: pack)
    assert while_held(end, calls[:1]).codes == {OK: 1}
