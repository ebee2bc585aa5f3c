"""A provider's word against itself, the member's own request and the sweep.

Each leads to ``conclude``; whoever has the payment's lock first settles it, and the
others find what was bought.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from gymsite.payments.models import LedgerEntry, Payment, WebhookDelivery
from gymsite.payments.operations import begin, pay, paying, sweep
from gymsite.payments.operations.webhooks import receive_webhook
from memberships.models import Membership
from memberships.operations.memberships import MembershipPurpose
from tests.asserts import assert_all_holds
from tests.factories import BranchFactory, PlanFactory, UserFactory
from tests.race import OK, Rendezvous, race
from tests.webhooks import signed, told

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LATER = timedelta(hours=1)


@pytest.fixture
def payment(provider):
    """One that a card was asked for; the provider has taken the money."""
    member, plan, branch = UserFactory(), PlanFactory(), BranchFactory()
    begun = begin(
        purpose="membership",
        thing=f"member {member.pk}",
        branch_id=branch.pk,
        member_id=member.pk,
        amount_minor=plan.price_minor,
        currency=plan.currency,
        gateway="card",
        wish={"plan": plan.pk, "branch": branch.pk, "actor": member.pk},
        now=timezone.now(),
    )
    provider.taken[begun.key] = begun.amount_minor
    provider.payers[begun.key] = member.pk
    return begun


def webhook(payment, event_id):
    body = told(payment)
    headers = signed(body, event_id=event_id)
    return partial(
        receive_webhook,
        gateway="card",
        body=body,
        headers=headers,
        now=timezone.now(),
    )


def own_page(payment):
    return partial(pay, payment, now=timezone.now() + LATER)


def swept(payment):
    return partial(sweep, now=timezone.now() + LATER)


@pytest.fixture
def met(monkeypatch):
    """met(): let all that conclude wait for each other before they settle.

    It returns the list of those that enter the money.
    """

    def met(parties):
        rendezvous, entered = Rendezvous(parties), []
        settle, enter = paying._settle, paying.enter_paid

        def settles(*args):
            rendezvous.meet()
            return settle(*args)

        def enters(payment, *args, **named):
            entered.append(payment.pk)
            return enter(payment, *args, **named)

        monkeypatch.setattr(paying, "_settle", settles)
        monkeypatch.setattr(paying, "enter_paid", enters)
        return entered

    return met


def assert_paid_once(payment, provider):
    assert Payment.objects.get().status == "paid"
    assert (LedgerEntry.objects.count(), Membership.objects.count()) == (1, 1)
    assert provider.books == {payment.key: payment.amount_minor}
    assert_all_holds()


@pytest.mark.parametrize("second", ["evt_1", "evt_2"])
def test_two_webhooks_for_one_payment(payment, provider, met, second):
    entered = met(2)
    outcomes = race([webhook(payment, "evt_1"), webhook(payment, second)])
    assert outcomes.codes == {OK: 2}
    assert {delivery.outcome for delivery in outcomes.values} == {"done"}
    assert WebhookDelivery.objects.count() == len({"evt_1", second})
    assert entered == [payment.pk]
    assert_paid_once(payment, provider)


@pytest.mark.parametrize("rival", [own_page, swept])
def test_a_webhook_against_the_members_own_page_and_the_sweep(
    payment, provider, met, rival
):
    entered = met(2)
    outcomes = race([webhook(payment, "evt_1"), rival(payment)])
    assert outcomes.codes == {OK: 2}
    assert entered == [payment.pk]
    assert_paid_once(payment, provider)


def test_control_without_the_payments_lock_both_enter_the_money(
    payment, provider, met, monkeypatch
):
    """The ledger's trigger refuses the second one then, which finds the first's."""
    held = Rendezvous(2)

    def reads(self, payment_id):
        found = Payment.objects.get(pk=payment_id)
        held.meet()
        return found

    monkeypatch.setattr(MembershipPurpose, "hold", reads)
    entered = met(2)
    outcomes = race([webhook(payment, "evt_1"), webhook(payment, "evt_2")])
    assert outcomes.codes == {OK: 2}
    assert entered == [payment.pk] * 2
    assert_paid_once(payment, provider)
