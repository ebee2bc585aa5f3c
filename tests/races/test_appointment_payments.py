"""One appointment's money, from several sides at once: it is paid once."""

from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.utils import timezone

from bookings.operations import appointment_payments
from bookings.operations.appointment_payments import pay_appointment
from bookings.operations.appointments import book_appointment, cancel_appointment
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import take_payment
from gymsite.payments.operations.webhooks import receive_webhook
from tests.asserts import assert_all_holds
from tests.factories import AvailabilityFactory, ServiceFactory, UserFactory
from tests.race import OK, race, while_held
from tests.webhooks import signed, told

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def booked(provider):
    """To be paid at the desk."""
    now, trainer = timezone.now(), AvailabilityFactory().trainer
    day = now.date() + timedelta(days=14 - now.weekday())
    return book_appointment(
        trainer_id=trainer.pk,
        service_id=ServiceFactory().pk,
        branch_id=trainer.branch_id,
        client_id=UserFactory().pk,
        starts_at=datetime.combine(day, time(10), UTC),
        now=now,
    )


def by_card(booked):
    return partial(
        pay_appointment,
        appointment_id=booked.pk,
        client_id=booked.client_id,
        now=timezone.now(),
    )


def at_the_desk(booked):
    return partial(
        take_payment,
        payment_id=booked.payment_id,
        actor_id=booked.client_id,
        now=timezone.now(),
    )


def in_the_ledger():
    return sum(LedgerEntry.objects.values_list("amount_minor", flat=True))


def test_four_taps_on_pay_charge_once(booked, provider):
    codes = race([by_card(booked)] * 4).codes
    assert set(codes) <= {OK, "payment_under_way"}
    assert codes[OK] >= 1
    assert (in_the_ledger(), sum(provider.books.values())) == (5500, 5500)
    assert_all_holds()


def test_the_desk_takes_it_first(booked, provider):
    assert while_held(at_the_desk(booked), [by_card(booked)]).codes == {OK: 1}
    assert (in_the_ledger(), provider.books) == (5500, {})
    assert_all_holds()


def test_control_without_the_payments_lock_the_database_has_to_refuse(
    booked, provider, monkeypatch
):
    def reads(payment_id):
        return Payment.objects.get(pk=payment_id)

    monkeypatch.setattr(appointment_payments, "hold_payment", reads)
    assert while_held(at_the_desk(booked), [by_card(booked)]).codes == {"23000": 1}
    assert (in_the_ledger(), provider.books) == (5500, {})


def test_a_webhook_against_the_clients_cancelling(booked, provider):
    begun = appointment_payments._begun(
        booked.pk, booked.client_id, "card", timezone.now()
    )
    provider.taken[begun.key] = 5500
    body = told(begun)
    hears = partial(
        receive_webhook,
        gateway="card",
        body=body,
        headers=signed(body),
        now=timezone.now(),
    )
    cancels = partial(
        cancel_appointment,
        appointment_id=booked.pk,
        client_id=booked.client_id,
        actor_id=booked.client_id,
        now=timezone.now(),
    )
    assert race([hears, cancels]).codes == {OK: 2}
    begun.refresh_from_db()
    assert begun.status in ("returned", "refunded")
    assert in_the_ledger() == 0
    assert_all_holds()
