"""Renting and returning: days, units, money."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from bookings.operations.time_zones import change_time_zone
from catalog import errors
from catalog.models import Rental, RentalKind
from catalog.operations.rentals import Wish, announce_return, cancel_rental, hand_out, rent, return_rental
from gymsite.core.errors import Invalid
from gymsite.core.models import Event
from gymsite.ops.reconcile import INVARIANTS, breaking
from gymsite.payments.errors import PaymentDeclined, PaymentUnderWay
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import sweep, take_payment
from tests.factories import MemberFactory, RentalKindFactory, RentalUnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(now):
    """Noon, when the branch has the date of UTC."""
    return now.replace(hour=12)


@pytest.fixture
def unit():
    kind = RentalKindFactory(day_fee_minor=300, late_fee_minor=500, deposit_minor=800)
    return RentalUnitFactory(kind=kind)


def wish(unit, member, now, start=0, days=2):
    first = now.date() + timedelta(days=start)
    return Wish(unit.kind_id, unit.branch_id, member.pk, first, first + timedelta(days=days - 1))


def lend(unit, now, member=None, start=0, days=2, **paid):
    return rent(wish=wish(unit, member or MemberFactory(), now, start, days), now=now, **paid)


def in_ledger():
    return LedgerEntry.objects.aggregate(total=Sum("amount_minor"))["total"]


def test_fees_and_deposit_are_paid_and_the_deposit_comes_back(unit, now):
    rental = lend(unit, now)
    assert (rental.unit, rental.fee_minor, rental.deposit_minor, in_ledger()) == (unit, 600, 800, 1400)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    assert (back.status, back.late_minor, in_ledger()) == ("returned", 0, 600)
    with pytest.raises(errors.WrongRentalState, match="returned already"):
        return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    assert in_ledger() == 600


@pytest.mark.parametrize(("days_late", "kept", "owed"), [(1, 1100, 0), (2, 1400, 200), (3, 1400, 700)])
def test_being_late_is_taken_from_the_deposit_and_the_rest_is_owed(unit, now, days_late, kept, owed):
    rental = lend(unit, now)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    later = now + timedelta(days=1 + days_late)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=later)
    assert (back.late_minor, in_ledger()) == (500 * days_late, kept)
    pending = Payment.objects.filter(status="pending").values_list("amount_minor", "gateway")
    assert list(pending) == ([(owed, "desk")] if owed else [])


def test_what_was_late_stays_so_many_days_late_whatever_zone_the_branch_gets(unit, now):
    rental = lend(unit, now)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    late = now + timedelta(days=2)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=late)
    owner = UserFactory(role="owner").pk
    change_time_zone(branch_id=unit.branch_id, time_zone="Pacific/Kiritimati", actor_id=owner, reason="", now=late)
    assert (back.late_days, back.late_minor) == (1, 500)
    assert [one.name for one in INVARIANTS if breaking(one)] == []


def test_what_costs_nothing_needs_no_payment(now):
    unit = RentalUnitFactory(kind=RentalKindFactory(day_fee_minor=0, late_fee_minor=0))
    rental = lend(unit, now)
    assert rental.payment is None
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    assert not Payment.objects.exists()


def test_a_declined_card_leaves_the_unit_free(unit, now):
    with pytest.raises(PaymentDeclined):
        lend(unit, now, source="test_declines")
    assert Rental.objects.get().status == "cancelled"
    assert not Event.objects.filter(kind="rented").exists()  # nobody is told that it is theirs
    assert lend(unit, now).status == "booked"
    assert Event.objects.filter(kind="rented").count() == 1


def test_days_that_overlap_need_another_unit(unit, now):
    lend(unit, now, days=3)
    with pytest.raises(errors.NothingToRent, match="taken on some of these days"):
        lend(unit, now, start=2, days=1)
    assert lend(unit, now, start=3).unit == unit
    second = RentalUnitFactory(kind=unit.kind, branch=unit.branch)
    assert lend(unit, now, start=2, days=1).unit == second


def test_a_unit_that_is_late_is_not_lent_again(unit, now):
    rental = lend(unit, now, days=1)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    with pytest.raises(errors.NothingToRent):
        lend(unit, now + timedelta(days=2))


@pytest.mark.parametrize(
    ("start", "days", "says"),
    [(-1, 2, "is over"), (0, 400, "not 400"), (0, 31, "not 31"), (0, 0, "before it starts"), (91, 1, "90 days ahead")],
)
def test_days_that_can_not_be(unit, now, start, days, says):
    with pytest.raises(errors.RentalDates, match=says):
        lend(unit, now, start=start, days=days)
    assert not Rental.objects.exists()


def test_what_is_not_there(unit, now):
    member = MemberFactory()
    with pytest.raises(errors.RentalKindNotFound):
        rent(wish=Wish(0, unit.branch_id, member.pk, now.date(), now.date()), now=now)
    with pytest.raises(Invalid, match="no such branch"):
        rent(wish=Wish(unit.kind_id, 0, member.pk, now.date(), now.date()), now=now)
    RentalKind.objects.update(is_active=False)
    with pytest.raises(errors.RentalKindNotFound):
        lend(unit, now)


def test_another_members_rental_is_not_there(unit, now):
    rental, stranger = lend(unit, now), MemberFactory()
    with pytest.raises(errors.RentalNotFound):
        announce_return(rental_id=rental.pk, member_id=stranger.pk, now=now)
    with pytest.raises(errors.RentalNotFound):
        cancel_rental(rental_id=rental.pk, member_id=stranger.pk, actor_id=stranger.pk, now=now)


def test_what_has_not_begun_is_cancelled_not_returned(unit, now):
    rental = lend(unit, now, start=3)
    with pytest.raises(errors.WrongRentalState, match="never handed out"):
        return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    cancel_rental(rental_id=rental.pk, member_id=rental.member_id, actor_id=rental.member_id, now=now)
    assert (Rental.objects.get().status, in_ledger()) == ("cancelled", 0)
    with pytest.raises(errors.WrongRentalState):
        cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)


def test_what_is_paid_at_the_desk_waits_there(unit, now):
    rental = lend(unit, now, gateway="desk")
    assert in_ledger() is None
    take_payment(payment_id=rental.payment_id, actor_id=UserFactory(role="front_desk").pk, now=now)
    assert in_ledger() == 1400
    assert sweep(now=now + timedelta(days=1)) == 0


def test_a_payment_nobody_came_back_for_frees_the_unit(unit, now, provider):
    provider.moods = ["loses"]
    with pytest.raises(PaymentUnderWay):
        lend(unit, now)
    assert sweep(now=now) == 0
    assert sweep(now=now + timedelta(minutes=15)) == 1
    rental = Rental.objects.get()
    assert (rental.status, rental.payment.status) == ("cancelled", "failed")
