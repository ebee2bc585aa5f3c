"""Renting and returning: days, units, money."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum

from bookings.operations.time_zones import change_time_zone
from catalog import errors
from catalog.models import Rental, RentalKind, RentalUnit
from catalog.operations.rental_payments import RentalPurpose
from catalog.operations.rentals import (
    Wish,
    announce_return,
    cancel_rental,
    hand_out,
    rent,
    return_rental,
)
from gymsite.core.errors import Invalid, NotFound
from gymsite.core.models import Branch, Event
from gymsite.ops.invariants import INVARIANTS, breaking
from gymsite.payments.errors import PaymentDeclined, PaymentUnderWay
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import sweep, take_payment
from tests.factories import (
    BranchFactory,
    MemberFactory,
    RentalKindFactory,
    RentalUnitFactory,
    UserFactory,
)

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
    return Wish(
        unit.kind_id, unit.branch_id, member.pk, first, first + timedelta(days=days - 1)
    )


def lend(unit, now, member=None, start=0, days=2, **paid):
    return rent(
        wish=wish(unit, member or MemberFactory(), now, start, days), now=now, **paid
    )


def in_ledger():
    return LedgerEntry.objects.aggregate(total=Sum("amount_minor"))["total"]


def test_fees_and_deposit_are_paid_and_the_deposit_comes_back(unit, now):
    rental = lend(unit, now)
    assert (rental.unit, rental.fee_minor, rental.deposit_minor, in_ledger()) == (
        unit,
        600,
        800,
        1400,
    )
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    assert (back.status, back.late_minor, in_ledger()) == ("returned", 0, 600)
    with pytest.raises(errors.WrongRentalState, match="returned already"):
        return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    assert in_ledger() == 600


@pytest.mark.parametrize(
    ("days_late", "kept", "owed"), [(1, 1100, 0), (2, 1400, 200), (3, 1400, 700)]
)
def test_being_late_is_taken_from_the_deposit_and_the_rest_is_owed(
    unit, now, days_late, kept, owed
):
    rental = lend(unit, now)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    later = now + timedelta(days=1 + days_late)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=later)
    assert (back.late_minor, in_ledger()) == (500 * days_late, kept)
    pending = Payment.objects.filter(status="pending").values_list(
        "amount_minor", "gateway"
    )
    assert list(pending) == ([(owed, "desk")] if owed else [])


def test_what_was_late_stays_so_many_days_late_whatever_zone_the_branch_gets(unit, now):
    rental = lend(unit, now)
    hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    late = now + timedelta(days=2)
    back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=late)
    owner = UserFactory(role="owner").pk
    change_time_zone(
        branch_id=unit.branch_id,
        time_zone="Pacific/Kiritimati",
        actor_id=owner,
        reason="",
        now=late,
    )
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
    # nobody is told that it is theirs
    assert not Event.objects.filter(kind="rented").exists()
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
    [
        (-1, 2, "is over"),
        (0, 400, "not 400"),
        (0, 31, "not 31"),
        (0, 0, "before it starts"),
        (91, 1, "90 days ahead"),
    ],
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
        cancel_rental(
            rental_id=rental.pk, member_id=stranger.pk, actor_id=stranger.pk, now=now
        )


def test_what_has_not_begun_is_cancelled_not_returned(unit, now):
    rental = lend(unit, now, start=3)
    with pytest.raises(errors.WrongRentalState, match="never handed out"):
        return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    cancel_rental(
        rental_id=rental.pk,
        member_id=rental.member_id,
        actor_id=rental.member_id,
        now=now,
    )
    assert (Rental.objects.get().status, in_ledger()) == ("cancelled", 0)
    with pytest.raises(errors.WrongRentalState):
        cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)


def test_what_is_paid_at_the_desk_waits_there(unit, now):
    rental = lend(unit, now, gateway="desk")
    assert in_ledger() is None
    take_payment(
        payment_id=rental.payment_id,
        actor_id=UserFactory(role="front_desk").pk,
        now=now,
    )
    assert in_ledger() == 1400
    assert sweep(now=now + timedelta(days=1)) == 0


def test_a_card_that_says_yes_after_the_return_gets_its_money_back(unit, now, provider):
    provider.moods = ["pends"]
    with pytest.raises(PaymentUnderWay):
        lend(unit, now)
    rental = Rental.objects.get()
    # hand_out waits for the card; it is out by somebody's SQL
    Rental.objects.update(status="out")
    return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
    provider.arrive()
    sweep(now=now + timedelta(minutes=15))
    rental = Rental.objects.select_related("payment", "late_payment").get()
    assert (rental.payment.status, provider.books) == ("returned", {})
    assert (rental.late_payment.status, rental.late_payment.amount_minor) == (
        "pending",
        600,
    )


def test_a_payment_nobody_came_back_for_frees_the_unit(unit, now, provider):
    provider.moods = ["loses"]
    with pytest.raises(PaymentUnderWay):
        lend(unit, now)
    assert sweep(now=now) == 0
    assert sweep(now=now + timedelta(minutes=15)) == 1
    rental = Rental.objects.get()
    assert (rental.status, rental.payment.status) == ("cancelled", "failed")


class TestWhichUnit:
    def test_one_of_the_kind_at_the_branch_that_is_lent(self, unit, now):
        """Others come first by key: of another kind or branch, or put away."""
        hill = BranchFactory(slug="hill", name="Hill")
        asked = RentalUnitFactory(kind=RentalKindFactory(), branch=unit.branch)
        RentalUnitFactory(kind=asked.kind, branch=hill)
        RentalUnitFactory(kind=asked.kind, branch=unit.branch, is_active=False)
        assert lend(asked, now).unit == asked
        with pytest.raises(errors.NothingToRent):
            lend(asked, now)

    def test_the_first_that_is_free_and_another_for_who_comes_next(self, unit, now):
        second = RentalUnitFactory(kind=unit.kind, branch=unit.branch)
        # so that it lies last on the disk
        RentalUnit.objects.filter(pk=unit.pk).update(code="Changed")
        assert [lend(unit, now).unit_id for _ in range(2)] == [unit.pk, second.pk]

    def test_the_last_day_of_one_and_the_first_of_another_do_not_meet(self, unit, now):
        lend(unit, now, start=3, days=2)
        assert lend(unit, now, start=0, days=3).unit == unit
        assert lend(unit, now, start=5, days=1).unit == unit
        for start, days in ((2, 2), (4, 1), (4, 3), (3, 1)):
            with pytest.raises(errors.NothingToRent):
                lend(unit, now, start=start, days=days)

    def test_one_that_is_due_today_is_lent_for_tomorrow(self, unit, now):
        rental = lend(unit, now, days=1)
        hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        assert lend(unit, now, start=1).unit == unit

    def test_terms_are_those_of_the_kind_at_that_time(self, unit, now):
        rental = lend(unit, now, reference="K7QF2M9XPT3")
        RentalKind.objects.update(
            day_fee_minor=1, late_fee_minor=1, deposit_minor=1, currency="EUR"
        )
        rental.refresh_from_db()
        assert (rental.fee_minor, rental.late_fee_minor, rental.deposit_minor) == (
            600,
            500,
            800,
        )
        assert (rental.currency, rental.created_at, rental.reference) == (
            "GBP",
            now,
            "K7QF2M9XPT3",
        )
        assert (rental.payment.amount_minor, rental.payment.currency) == (1400, "GBP")


class TestAskedAgain:
    def test_one_reference_is_one_rental_and_what_is_paid_is_asked_of_no_gateway(
        self, unit, now, provider
    ):
        member = MemberFactory()
        sent = {"member": member, "reference": "K7QF2M9XPT3"}
        first = lend(unit, now, **sent)
        provider.is_up = False
        assert lend(unit, now, **sent) == first
        assert Rental.objects.count() == Payment.objects.count() == 1

    def test_but_of_nobody_else_and_not_of_one_that_was_cancelled(self, unit, now):
        member, reference = MemberFactory(), "K7QF2M9XPT3"
        first = lend(unit, now, member=member, reference=reference)
        RentalUnitFactory(kind=unit.kind, branch=unit.branch)
        with pytest.raises(errors.WrongRentalState, match="sent before"):
            lend(unit, now, reference=reference)
        cancel_rental(rental_id=first.pk, actor_id=member.pk, now=now)
        with pytest.raises(errors.WrongRentalState, match="cancelled since"):
            lend(unit, now, member=member, reference=reference)
        assert Rental.objects.count() == 1

    @pytest.mark.parametrize("seen", [1399, 1401])
    def test_nobody_pays_what_they_did_not_see(self, unit, now, seen):
        with pytest.raises(errors.PriceChanged):
            lend(unit, now, seen_minor=seen)
        assert not Rental.objects.exists()
        assert lend(unit, now, seen_minor=1400).status == "booked"


@pytest.mark.parametrize("closed", ["account", "branch", "gateway"])
def test_nothing_is_taken_for_who_or_where_or_how_it_can_not_be(unit, now, closed):
    member = MemberFactory(is_active=closed != "account")
    if closed == "branch":
        Branch.objects.filter(pk=unit.branch_id).update(is_active=False)
    with pytest.raises((NotFound, Invalid)):
        lend(
            unit, now, member=member, gateway="gold" if closed == "gateway" else "card"
        )
    assert not Rental.objects.exists()


@pytest.mark.parametrize(
    ("gateway", "fee"), [("card", 300), ("desk", 300), ("card", 0)]
)
def test_that_it_is_rented_is_recorded_once(now, gateway, fee):
    unit = RentalUnitFactory(kind=RentalKindFactory(day_fee_minor=fee))
    rental = lend(unit, now, gateway=gateway)
    event = Event.objects.get(kind="rented")
    assert (event.subject_id, event.actor_id, event.member_id) == (
        rental.pk,
        rental.member_id,
        rental.member_id,
    )
    assert (event.branch_id, event.data) == (
        unit.branch_id,
        {"reference": rental.reference},
    )


class TestCancelling:
    @pytest.mark.parametrize("days", [0, 1])
    def test_a_member_may_until_the_first_day_is_over_and_the_desk_later(
        self, unit, now, days
    ):
        rental = lend(unit, now, days=3)
        mine = {
            "rental_id": rental.pk,
            "actor_id": rental.member_id,
            "now": now + timedelta(days=days),
        }
        if days:
            with pytest.raises(
                errors.WrongRentalState, match="can't be cancelled any more"
            ):
                cancel_rental(member_id=rental.member_id, **mine)
            cancel_rental(**mine)
        else:
            cancel_rental(member_id=rental.member_id, **mine)
        assert (Rental.objects.get().status, in_ledger()) == ("cancelled", 0)
        assert Event.objects.get(kind="rental_cancelled").actor_id == rental.member_id

    def test_what_is_out_is_returned_not_cancelled(self, unit, now):
        rental = lend(unit, now)
        hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        with pytest.raises(errors.WrongRentalState):
            cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        assert in_ledger() == 1400

    @pytest.mark.parametrize(("gateway", "watched"), [("card", True), ("desk", False)])
    def test_an_open_payment_is_over_and_a_card_that_may_still_say_yes_is_watched(
        self, unit, now, provider, gateway, watched
    ):
        provider.moods = ["pends"]
        with suppress(PaymentUnderWay):
            lend(unit, now, gateway=gateway)
        rental = Rental.objects.get()
        cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        payment = Payment.objects.get()
        assert (payment.status, payment.look_up_at is not None) == ("failed", watched)

    def test_what_costs_nothing_is_cancelled_too(self, now):
        rental = lend(RentalUnitFactory(kind=RentalKindFactory(day_fee_minor=0)), now)
        assert (
            cancel_rental(
                rental_id=rental.pk, actor_id=rental.member_id, now=now
            ).status
            == "cancelled"
        )


class TestHandingOut:
    def test_twice_is_once(self, unit, now):
        rental = lend(unit, now)
        for _ in range(2):
            assert (
                hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now).status
                == "out"
            )
        assert Event.objects.filter(kind="handed_out").count() == 1

    def test_what_is_paid_at_the_desk_later_goes_out_all_the_same(self, unit, now):
        rental = lend(unit, now, gateway="desk")
        assert (
            hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now).status
            == "out"
        )

    def test_not_what_somebody_else_still_has(self, unit, now):
        late = lend(unit, now, days=1)
        hand_out(rental_id=late.pk, actor_id=late.member_id, now=now)
        tomorrow = now + timedelta(days=1)
        following = lend(unit, now, start=1)
        with pytest.raises(errors.UnitIsOut), transaction.atomic():
            hand_out(rental_id=following.pk, actor_id=late.member_id, now=tomorrow)
        return_rental(rental_id=late.pk, actor_id=late.member_id, now=tomorrow)
        assert (
            hand_out(
                rental_id=following.pk, actor_id=late.member_id, now=tomorrow
            ).status
            == "out"
        )

    @pytest.mark.parametrize("status", ["returned", "cancelled"])
    def test_not_what_is_over(self, unit, now, status):
        rental = lend(unit, now)
        if status == "returned":
            hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
            return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        else:
            cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        with pytest.raises(
            errors.WrongRentalState, match=f"is {status}; it can't become"
        ):
            hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)


class TestBringingBack:
    def test_a_member_says_so_once_of_what_they_have(self, unit, now):
        rental = lend(unit, now)
        mine = {"rental_id": rental.pk, "member_id": rental.member_id}
        with pytest.raises(errors.WrongRentalState, match="nothing to return"):
            announce_return(**mine, now=now)
        hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        for hours in (1, 2):
            announced = announce_return(**mine, now=now + timedelta(hours=hours))
            assert (announced.status, announced.announced_at) == (
                "out",
                now + timedelta(hours=1),
            )
        event = Event.objects.get(kind="return_announced")
        assert (event.actor_id, event.subject_id) == (rental.member_id, rental.pk)

    @pytest.mark.parametrize(
        ("days_late", "given_back", "owed"),
        [(0, 800, None), (1, 300, None), (2, None, 200), (3, None, 700)],
    )
    def test_what_goes_back_and_what_is_owed(
        self, unit, now, days_late, given_back, owed
    ):
        rental, desk = lend(unit, now, days=1), UserFactory(role="front_desk").pk
        hand_out(rental_id=rental.pk, actor_id=desk, now=now)
        later = now + timedelta(days=days_late)
        back = return_rental(rental_id=rental.pk, actor_id=desk, now=later)
        back.refresh_from_db()
        assert (back.late_days, back.late_minor, back.returned_at) == (
            days_late,
            500 * days_late,
            later,
        )
        refunds = LedgerEntry.objects.filter(kind="refund").values_list(
            "amount_minor", flat=True
        )
        assert list(refunds) == ([-given_back] if given_back else [])
        late = back.late_payment
        assert (
            late
            and (
                late.purpose,
                late.thing,
                late.amount_minor,
                late.currency,
                late.gateway,
                late.status,
            )
        ) == (owed and ("late fee", rental.reference, owed, "GBP", "desk", "pending"))
        event = Event.objects.get(kind="returned")
        assert (event.actor_id, event.member_id) == (desk, rental.member_id)

    def test_what_was_never_paid_is_owed_without_its_deposit(self, unit, now):
        rental = lend(unit, now, days=1, gateway="desk")
        hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        back = return_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        assert (back.payment.status, back.late_payment.amount_minor) == ("failed", 300)
        assert not LedgerEntry.objects.exists()


class TestPurpose:
    """What payments ask of a rental."""

    def test_one_that_was_given_up_is_not_bought(self, unit, now):
        rental = lend(unit, now, gateway="desk")
        cancel_rental(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        with pytest.raises(errors.NothingToRent):
            RentalPurpose().settle(Payment.objects.get(), now)

    @pytest.mark.parametrize(("out", "status"), [(False, "cancelled"), (True, "out")])
    def test_only_what_is_not_handed_out_is_let_go(self, unit, now, out, status):
        rental = lend(unit, now, gateway="desk")
        if out:
            hand_out(rental_id=rental.pk, actor_id=rental.member_id, now=now)
        RentalPurpose().let_go(Payment.objects.get(), now)
        assert Rental.objects.get().status == status
        assert RentalPurpose().found(Payment.objects.get()) == rental
