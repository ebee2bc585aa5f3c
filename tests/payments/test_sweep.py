"""Paying and sweeping one payment: which answer leads where, who is asked how often."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone

from gymsite.core.models import Event, PutOff
from gymsite.payments.errors import (
    PaymentDeclined,
    PaymentFailed,
    PaymentGivenUp,
    PaymentUnderWay,
)
from gymsite.payments.gateways import Charge, Outcome
from gymsite.payments.models import LedgerEntry, Payment
from gymsite.payments.operations import (
    begin,
    hold_payment,
    pay,
    paying,
    purposes,
    resolve,
    sweep,
)
from gymsite.payments.operations.paying import (
    ABANDONED,
    WATCHED,
    conclude,
    refund_all,
)
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Shop:
    """The purpose: what was settled and let go, and what fails."""

    settled: list[int] = field(default_factory=list)
    let_go_of: list[int] = field(default_factory=list)
    settling_fails: Exception | None = None
    holding_fails: Exception | None = None

    def hold(self, payment_id):
        if self.holding_fails:
            raise self.holding_fails
        return hold_payment(payment_id)

    def settle(self, payment, now):
        if self.settling_fails:
            raise self.settling_fails
        self.settled.append(payment.pk)
        return f"thing {payment.pk}"

    def let_go(self, payment, now):
        self.let_go_of.append(payment.pk)

    def found(self, payment):
        return f"thing {payment.pk}"


@pytest.fixture
def shop(monkeypatch):
    made = Shop()
    monkeypatch.setitem(purposes._PURPOSES, "toy", made)
    return made


@pytest.fixture
def ask(shop, now):
    """ask(): begin a payment of 10.00 by card; ``ago``, so long before now."""
    asked = {
        "purpose": "toy",
        "branch_id": BranchFactory().pk,
        "amount_minor": 1000,
        "currency": "GBP",
    }
    member = UserFactory().pk

    def ask(ago=timedelta(), **more):
        thing = str(Payment.objects.count())
        return begin(
            thing=thing, member_id=member, gateway="card", now=now - ago, **asked | more
        )

    return ask


@pytest.fixture
def deaf(provider, monkeypatch):
    """A provider that is never to be asked what it knows."""

    def look_up(self, *, key):
        raise AssertionError("it was looked up")

    monkeypatch.setattr(type(provider), "look_up", look_up)
    return provider


def stored(payment):
    return Payment.objects.get(pk=payment.pk)


def state(payment):
    return stored(payment).status


def due(payment, now):
    """How long from now it is looked up; None for never."""
    at = stored(payment).look_up_at
    return at and at - now


def take(provider, payment):
    """The provider has taken the money, and nobody of ours knows."""
    provider.taken[payment.key] = payment.amount_minor


def fail(payment, *, watched=True):
    Payment.objects.filter(pk=payment.pk).update(
        status="failed", look_up_at=timezone.now() if watched else None
    )


class TestPaying:
    def test_a_new_payment_is_asked_for_at_once(self, ask, deaf, now):
        payment = ask()
        assert pay(payment, now=now) == f"thing {payment.pk}"

    def test_one_begun_earlier_is_looked_up_and_charged_only_if_it_is_not_known(
        self, ask, provider, now
    ):
        known, unknown, charged = ask(HOUR), ask(HOUR), []
        take(provider, known)
        provider.on_charge = lambda: charged.append(True)
        for payment in (known, unknown):
            assert pay(payment, now=now) == f"thing {payment.pk}"
        assert charged == [True]

    def test_it_is_paid_when_the_answer_came_not_when_it_was_asked(
        self, ask, provider, now
    ):
        early, late = ask(HOUR), ask(-HOUR)
        pay(early, now=now - HOUR)
        pay(late, now=now + HOUR)
        assert stored(early).paid_at >= now
        assert stored(late).paid_at == now + HOUR

    def test_without_an_answer_it_is_under_way_and_the_log_says_which(
        self, ask, provider, now, caplog
    ):
        payment = ask()
        provider.moods = ["loses"]
        with pytest.raises(PaymentUnderWay):
            pay(payment, now=now)
        assert f"Payment {payment.pk} got no answer" in caplog.text
        assert state(payment) == "pending"

    def test_a_declined_one_is_over_and_not_watched(self, ask, shop, provider, now):
        payment = ask()
        provider.moods = ["declines"]
        with pytest.raises(PaymentDeclined):
            pay(payment, now=now)
        assert (state(payment), due(payment, now), shop.let_go_of) == (
            "failed",
            None,
            [payment.pk],
        )

    def test_what_somebody_else_has_settled_meanwhile_is_what_was_bought(
        self, ask, shop, provider, now
    ):
        """Two requests for one payment, and the provider's second answer is no."""
        payment = ask()
        provider.on_charge = lambda: conclude(
            payment, Charge(Outcome.PAID, "ch_1"), now=now
        )
        provider.moods = ["declines"]
        assert pay(payment, now=now) == f"thing {payment.pk}"
        assert (state(payment), shop.let_go_of) == ("paid", [])

    def test_a_commit_whose_answer_was_lost_is_found(
        self, ask, provider, now, monkeypatch
    ):
        payment, settle = ask(), paying._settle

        def answer_is_lost(*args):
            settle(*args)
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(paying, "_settle", answer_is_lost)
        assert pay(payment, now=now) == f"thing {payment.pk}"
        assert provider.books == {payment.key: 1000}

    def test_what_can_not_be_settled_goes_back_and_is_recorded_and_logged(
        self, ask, shop, provider, now, caplog
    ):
        payment, shop.settling_fails = ask(), IntegrityError("no")
        with pytest.raises(PaymentFailed):
            pay(payment, now=now)
        assert (state(payment), due(payment, now), shop.let_go_of) == (
            "returned",
            None,
            [payment.pk],
        )
        assert f"Payment {payment.pk} could not be settled" in caplog.text
        event = Event.objects.get(kind="payment_returned")
        assert (event.subject_id, event.member_id) == (payment.pk, payment.member_id)
        assert event.data["amount_minor"] == 1000
        assert provider.books == {}

    def test_a_refusal_says_its_own_words_and_no_fault_is_logged(
        self, ask, shop, provider, now, caplog
    ):
        shop.settling_fails = PaymentGivenUp(remedy="Try once more.")
        with pytest.raises(PaymentGivenUp):
            pay(ask(), now=now)
        assert "could not be settled" not in caplog.text

    def test_when_it_can_not_be_given_back_at_once_the_log_says_which(
        self, ask, shop, provider, now, caplog
    ):
        payment, shop.settling_fails = ask(), IntegrityError("no")
        provider.refund_moods = ["loses"]
        with pytest.raises(PaymentFailed):
            pay(payment, now=now)
        assert f"Payment {payment.pk} will be given back by the sweep" in caplog.text
        assert (state(payment), stored(payment).look_up_at >= now) == (
            "returning",
            True,
        )


class TestConcluding:
    PAID = Charge(Outcome.PAID, "ref-x")

    def test_what_went_back_stays_so_whoever_comes_with_an_answer(
        self, ask, shop, provider, now
    ):
        payment, shop.settling_fails = ask(), IntegrityError("no")
        with pytest.raises(PaymentFailed):
            pay(payment, now=now)
        shop.settling_fails = None
        with pytest.raises(PaymentGivenUp):
            conclude(payment, self.PAID, now=now)
        assert (state(payment), shop.settled, len(provider.returned)) == (
            "returned",
            [],
            1,
        )
        assert shop.let_go_of == [payment.pk]

    def test_what_is_on_its_way_back_keeps_its_reference_and_its_time(
        self, ask, shop, provider, now
    ):
        payment, shop.settling_fails = ask(), IntegrityError("no")
        provider.refund_moods = ["loses", "loses"]
        with pytest.raises(PaymentFailed):
            pay(payment, now=now)
        before = Payment.objects.values().get()
        with pytest.raises(PaymentGivenUp):
            conclude(payment, self.PAID, now=now + HOUR)
        assert Payment.objects.values().get() == before

    def test_what_came_after_all_goes_back_and_lets_go_of_nothing_again(
        self, ask, shop, provider, now
    ):
        payment = ask()
        take(provider, payment)
        fail(payment)
        resolve(payment.pk, now=now)
        assert (state(payment), shop.let_go_of, provider.books) == ("returned", [], {})

    def test_only_what_is_to_go_back_is_given_back(self, ask, provider, now):
        payment = ask()
        pay(payment, now=now)
        refund_all(payment.pk, now=now)
        assert (state(payment), provider.returned) == ("paid", {})

    def test_one_of_two_goes_back(self, ask, shop, provider, now):
        shop.settling_fails = IntegrityError("no")
        one, other = ask(), ask()
        provider.refund_moods = ["loses", "loses"]
        for payment in (one, other):
            with pytest.raises(PaymentFailed):
                pay(payment, now=now)
        refund_all(one.pk, now=now)
        assert (state(one), state(other)) == ("returned", "returning")


class TestSweep:
    def test_those_whose_time_has_come_the_longest_waiting_first(
        self, ask, provider, now, monkeypatch
    ):
        second, first, last = ask(2 * HOUR), ask(3 * HOUR), ask()
        asked, look_up = [], type(provider).look_up
        monkeypatch.setattr(
            type(provider),
            "look_up",
            lambda self, *, key: asked.append(key) or look_up(self, key=key),
        )
        assert sweep(now=now) == 2
        assert asked == [first.key, second.key]
        assert last.key not in asked

    def test_it_counts_those_that_failed_too(self, ask, provider, now):
        ask(HOUR), ask(HOUR)
        provider.is_up = False
        assert sweep(now=now) == 2
        assert PutOff.objects.count() == 2

    def test_what_is_settled_or_goes_back_is_not_looked_up(self, ask, shop, deaf, now):
        settled, back = ask(), ask()
        pay(settled, now=now)
        shop.settling_fails, deaf.refund_moods = IntegrityError("no"), ["loses"]
        with pytest.raises(PaymentFailed):
            pay(back, now=now)
        resolve(settled.pk, now=now)
        resolve(back.pk, now=now)
        assert (state(settled), state(back)) == ("paid", "returned")

    def test_what_was_declined_is_over_and_its_thing_is_let_go(
        self, ask, shop, provider, now
    ):
        payment = ask(HOUR)
        provider.declined.add(payment.key)
        sweep(now=now)
        assert (state(payment), due(payment, now), shop.let_go_of) == (
            "failed",
            None,
            [payment.pk],
        )

    def test_what_failed_and_was_declined_is_asked_about_no_more(
        self, ask, shop, provider, now
    ):
        payment, other = ask(HOUR), ask(HOUR)
        for one in (payment, other):
            fail(one)
        provider.declined.add(payment.key)
        resolve(payment.pk, now=now)
        assert (due(payment, now), shop.let_go_of) == (None, [])
        assert due(other, now) is not None

    @pytest.mark.parametrize(
        ("ago", "asked_again_in"),
        [
            (MINUTE, 2 * MINUTE),
            (30 * MINUTE, 30 * MINUTE),
            (5 * HOUR, HOUR),
            (72 * HOUR, HOUR),
        ],
    )
    @pytest.mark.parametrize("failed", [True, False])
    def test_a_slow_one_is_asked_again_after_as_long_as_it_has_taken(
        self, ask, provider, now, ago, asked_again_in, failed
    ):
        """At least two minutes, an hour at most, however long it takes."""
        payment, other = ask(ago), ask(ago)
        if failed:
            fail(payment)
        provider.known.add(payment.key)
        resolve(payment.pk, now=now)
        assert (state(payment), due(payment, now)) == (
            "failed" if failed else "pending",
            asked_again_in,
        )
        assert due(other, now) == 2 * MINUTE - ago

    @pytest.mark.parametrize(
        ("ago", "status"), [(ABANDONED - SECOND, "pending"), (ABANDONED, "failed")]
    )
    def test_what_nobody_has_heard_of_is_called_off_after_a_quarter_of_an_hour(
        self, ask, shop, provider, now, ago, status
    ):
        payment = ask(ago)
        Payment.objects.update(look_up_at=now)
        resolve(payment.pk, now=now)
        assert state(payment) == status
        assert shop.let_go_of == ([payment.pk] if status == "failed" else [])
        # and watched on
        assert due(payment, now) == (2 * MINUTE if status == "failed" else ago)

    @pytest.mark.parametrize(
        ("ago", "again"), [(WATCHED - SECOND, HOUR), (WATCHED, None)]
    )
    def test_it_is_watched_for_a_day(self, ask, provider, now, ago, again):
        payment = ask(ago)
        fail(payment)
        resolve(payment.pk, now=now)
        assert (state(payment), due(payment, now)) == ("failed", again)

    def test_what_goes_back_is_an_end_though_others_are_open(
        self, ask, shop, provider, now
    ):
        payment, shop.settling_fails = ask(HOUR), IntegrityError("no")
        ask()
        take(provider, payment)
        sweep(now=now)
        assert state(payment) == "returned"
        assert not PutOff.objects.exists()

    @pytest.mark.parametrize("failed", [True, False])
    def test_what_could_neither_be_settled_nor_given_up_is_put_off(
        self, ask, shop, provider, now, failed
    ):
        payment = ask(HOUR)
        shop.holding_fails = RuntimeError("a lock that is never had")
        take(provider, payment)
        if failed:
            fail(payment)
        sweep(now=timezone.now())
        assert state(payment) == ("failed" if failed else "pending")
        assert PutOff.objects.get(job="payments.sweep").subject_id == payment.pk


class TestWhileTheGatewayIsAsked:
    """What somebody does in the meantime is not undone by what was read before."""

    @pytest.fixture
    def meanwhile(self, provider, monkeypatch):
        """meanwhile(**values): the payments are that once the gateway answered."""

        def meanwhile(answer, **values):
            def look_up(self, *, key):
                Payment.objects.update(**values)
                return Charge(answer)

            monkeypatch.setattr(type(provider), "look_up", look_up)

        return meanwhile

    def test_who_takes_it_up_again_keeps_it(self, ask, shop, now, meanwhile):
        payment = ask(HOUR)
        meanwhile(Outcome.UNKNOWN, look_up_at=now + SECOND)
        resolve(payment.pk, now=now)
        assert (state(payment), due(payment, now), shop.let_go_of) == (
            "pending",
            SECOND,
            [],
        )

    @pytest.mark.parametrize("ago", [MINUTE, HOUR])
    def test_who_gave_it_up_has_done_so(self, ask, shop, now, meanwhile, ago):
        payment = ask(ago)
        before = stored(payment).look_up_at
        meanwhile(Outcome.UNKNOWN, status="failed")
        resolve(payment.pk, now=now)
        assert (state(payment), stored(payment).look_up_at, shop.let_go_of) == (
            "failed",
            before,
            [],
        )

    def test_the_time_that_was_set_meanwhile_stays(self, ask, now, meanwhile):
        payment = ask(MINUTE)
        meanwhile(Outcome.PENDING, look_up_at=now + SECOND)
        resolve(payment.pk, now=now)
        assert due(payment, now) == SECOND


@pytest.mark.django_db(transaction=True)
class TestALostConnection:
    """The database server ends our connection while the thing is being written."""

    def lose(self, shop, times):
        settle, left = shop.settle, iter(range(times))

        def loses(payment, now):
            if next(left, None) is not None:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            return settle(payment, now)

        shop.settle = loses

    def test_once_it_is_settled_on_a_new_one(self, ask, shop, provider, now):
        payment = ask()
        self.lose(shop, 1)
        assert pay(payment, now=now) == f"thing {payment.pk}"
        assert (state(payment), provider.books) == ("paid", {payment.key: 1000})

    def test_twice_the_money_goes_back_on_a_new_one(self, ask, shop, provider, now):
        payment = ask()
        self.lose(shop, 2)
        with pytest.raises(PaymentFailed):
            pay(payment, now=now)
        assert (state(payment), provider.books) == ("returned", {})
        assert not LedgerEntry.objects.exists()
