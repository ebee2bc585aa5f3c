"""What a provider tells by itself: signed, heard once, in any order."""

import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.utils import timezone

from gymsite.core.models import Event
from gymsite.payments import tasks
from gymsite.payments.errors import BadSignature, DifferenceSettled
from gymsite.payments.gateways import test_card
from gymsite.payments.gateways.signed_events import sign
from gymsite.payments.models import LedgerEntry, Payment, WebhookDelivery
from gymsite.payments.operations import begin, sweep
from gymsite.payments.operations.webhooks import settle_difference
from memberships.models import Membership
from tests.api import assert_problem
from tests.asserts import assert_all_holds
from tests.factories import BranchFactory, MemberFactory, PlanFactory, UserFactory
from tests.webhooks import deliver, signed, told

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def plan():
    return PlanFactory()


@pytest.fixture
def payment(plan, provider):
    """A card was asked, and nobody has heard of it since."""
    member = UserFactory()
    wish = {"plan": plan.pk, "branch": BranchFactory().pk, "actor": member.pk}
    begun = begin(
        purpose="membership",
        thing=f"member {member.pk}",
        branch_id=wish["branch"],
        member_id=member.pk,
        amount_minor=plan.price_minor,
        currency=plan.currency,
        gateway="card",
        wish=wish,
        now=timezone.now(),
    )
    provider.taken[begun.key] = begun.amount_minor
    return begun


def state(payment):
    payment.refresh_from_db()
    return payment.status


def outcome(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["outcome"]


class TestWhatItSays:
    def test_paid_settles_it(self, payment):
        assert outcome(deliver(told(payment))) == "done"
        assert (state(payment), Membership.objects.count()) == ("paid", 1)
        assert payment.gateway_reference == f"ref-{payment.key}"
        assert_all_holds()

    def test_declined_calls_it_off(self, payment, provider):
        del provider.taken[payment.key]
        body = told(payment, "charge.declined", reference="")
        assert outcome(deliver(body)) == "done"
        assert state(payment) == "failed"

    def test_what_can_not_be_bought_any_more_goes_back(self, payment, plan, provider):
        plan.is_on_sale = False
        plan.save(update_fields=["is_on_sale"])
        assert outcome(deliver(told(payment))) == "done"
        assert (state(payment), provider.books) == ("returned", {})
        assert "plan_not_on_sale" in WebhookDelivery.objects.get().note

    def test_a_fault_of_ours_gives_it_back_too(self, payment, provider, monkeypatch):
        def breaks(*args, **named):
            raise IntegrityError("no")

        monkeypatch.setattr("memberships.operations.memberships._bill", breaks)
        assert outcome(deliver(told(payment))) == "done"
        assert (state(payment), provider.books) == ("returned", {})

    def test_what_is_still_open_can_be_sent_again(self, payment, monkeypatch):
        """Nothing was decided: neither the event nor the money is lost."""

        def breaks(*args, **named):
            raise RuntimeError("the process ends")

        with monkeypatch.context() as broken:
            broken.setattr("gymsite.payments.operations.webhooks.conclude", breaks)
            headers = signed(told(payment))
            assert deliver(told(payment), headers).status_code == 500
        assert outcome(deliver(told(payment), headers)) == "done"
        assert state(payment) == "paid"


class TestAnyOrderAnyNumber:
    def test_one_event_twice_is_heard_once(self, payment):
        body = told(payment)
        headers = signed(body)
        assert [outcome(deliver(body, headers)) for _ in range(3)] == ["done"] * 3
        assert WebhookDelivery.objects.count() == 1
        assert (LedgerEntry.objects.count(), Membership.objects.count()) == (1, 1)

    def test_two_events_of_one_charge_buy_one_thing(self, payment, provider):
        assert [outcome(deliver(told(payment))) for _ in range(2)] == ["done"] * 2
        assert LedgerEntry.objects.count() == 1
        assert provider.books == {payment.key: payment.amount_minor}

    def test_declined_after_paid_changes_nothing(self, payment):
        deliver(told(payment))
        assert outcome(deliver(told(payment, "charge.declined"))) == "done"
        assert state(payment) == "paid"

    def test_paid_after_declined_goes_back(self, payment, provider):
        deliver(told(payment, "charge.declined"))
        assert outcome(deliver(told(payment))) == "done"
        assert (state(payment), provider.books) == ("returned", {})
        assert not Membership.objects.exists()

    def test_after_the_sweep(self, payment):
        sweep(now=timezone.now() + timedelta(hours=1))
        assert state(payment) == "paid"
        assert outcome(deliver(told(payment))) == "done"
        assert LedgerEntry.objects.count() == 1

    def test_before_the_sweep(self, payment):
        deliver(told(payment))
        assert sweep(now=timezone.now() + timedelta(hours=1)) == 0
        assert LedgerEntry.objects.count() == 1

    def test_an_id_of_another_gateway_is_another_event(self, payment):
        WebhookDelivery.objects.create(
            gateway="other",
            event_id="evt_1",
            outcome="done",
            received_at=payment.created_at,
        )
        body = told(payment)
        assert outcome(deliver(body, signed(body, event_id="evt_1"))) == "done"
        assert state(payment) == "paid"


class TestWhatDiffers:
    @pytest.mark.parametrize(
        "otherwise",
        [{"amount_minor": 1}, {"amount_minor": 2**63 - 1}, {"currency": "EUR"}],
    )
    def test_nothing_is_settled_and_staff_see_it(self, payment, client, otherwise):
        assert outcome(deliver(told(payment, **otherwise))) == "differs"
        assert (state(payment), LedgerEntry.objects.count()) == ("pending", 0)
        client.force_login(UserFactory(role="manager", home_branch=payment.branch))
        page = client.get("/admin/").content.decode()
        assert "Payments that differ" in page
        listed = client.get("/admin/payments/webhookdelivery/?outcome__exact=differs")
        assert "Asked for were" in listed.content.decode()

    def test_a_charge_under_another_name_is_a_second_one(self, payment):
        deliver(told(payment))
        again = told(payment, reference="ref-another")
        assert outcome(deliver(again)) == "differs"
        assert payment.key in WebhookDelivery.objects.last().note
        assert LedgerEntry.objects.count() == 1

    def test_a_charge_that_is_another_payments(self, payment):
        deliver(told(payment))
        other = MemberFactory()
        second = begin(
            purpose="membership",
            thing="other",
            branch_id=payment.branch_id,
            member_id=other.pk,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            gateway="card",
            now=timezone.now(),
        )
        taken = told(second, reference=f"ref-{payment.key}")
        assert outcome(deliver(taken)) == "differs"
        assert state(second) == "pending"

    def test_staff_settle_it_once(self, payment):
        deliver(told(payment, amount_minor=1))
        asked = {
            "delivery_id": WebhookDelivery.objects.get().pk,
            "actor_id": UserFactory(role="manager").pk,
            "reason": "Refunded on their pages.",
            "now": timezone.now(),
        }
        for _ in range(2):
            assert settle_difference(**asked).outcome == "settled"
        event = Event.objects.get(kind="difference_settled")
        assert (event.subject_id, event.data["reason"]) == (payment.pk, asked["reason"])

    def test_what_agrees_is_not_settled(self, payment):
        deliver(told(payment))
        with pytest.raises(DifferenceSettled):
            settle_difference(
                delivery_id=WebhookDelivery.objects.get().pk,
                actor_id=payment.member_id,
                reason="",
                now=timezone.now(),
            )


class TestWhatIsNoConcernOfOurs:
    def test_a_kind_that_says_nothing(self, payment):
        assert outcome(deliver(told(payment, "customer.created"))) == "ignored"
        assert state(payment) == "pending"

    def test_a_payment_that_is_none_of_ours(self, payment, caplog):
        assert outcome(deliver(told(payment, key="x" * 40))) == "ignored"
        assert "There is no such payment." in caplog.text
        assert state(payment) == "pending"


class TestSignature:
    def refused(self, body, headers):
        assert_problem(deliver(body, headers), 403, "bad_signature")
        assert not WebhookDelivery.objects.exists()

    def test_none(self, payment):
        self.refused(told(payment), {})

    @pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
    def test_old_or_from_the_future(self, payment, minutes):
        at = timezone.now() + minutes * MINUTE
        self.refused(told(payment), signed(told(payment), at=at))

    @pytest.mark.parametrize("minutes", [-4, 4])
    def test_within_five_minutes(self, payment, minutes):
        at = timezone.now() + minutes * MINUTE
        assert outcome(deliver(told(payment), signed(told(payment), at=at))) == "done"

    def test_of_another_body_id_or_time(self, payment):
        body = told(payment)
        headers = signed(body)
        self.refused(body + b" ", headers)
        self.refused(body, headers | {"webhook-id": "evt_other"})
        earlier = str(int(headers["webhook-timestamp"]) - 1)
        self.refused(body, headers | {"webhook-timestamp": earlier})

    @pytest.mark.parametrize(
        "header",
        [
            {"webhook-signature": "v1,é"},
            {"webhook-signature": "v2,AAAA v1, ,"},
            {"webhook-timestamp": "9" * 5000},
            {"webhook-timestamp": "-1"},
            {"webhook-timestamp": "²"},
            {"webhook-timestamp": "1e9"},
            {"webhook-id": ""},
            {"webhook-id": "x" * 101},
        ],
    )
    def test_nonsense(self, payment, header):
        self.refused(told(payment), signed(told(payment)) | header)

    def test_one_of_several_is_enough(self, payment):
        headers = signed(told(payment))
        both = f"v1,AAAA {headers['webhook-signature']}"
        sent = headers | {"webhook-signature": both}
        assert outcome(deliver(told(payment), sent)) == "done"

    def test_the_desk_and_nobody_send_none(self, payment):
        for name in ("desk", "nobody", "x" * 300):
            assert_problem(deliver(told(payment), to=name), 404, "not_found")

    def test_the_test_card_has_secrets_of_its_own(self, payment):
        key = b"k" * 24
        written = f"whsec_{b64encode(key).decode()}"
        given = {"body": told(payment), "now": timezone.now()}
        headers = sign(given["body"], secret=key, event_id="evt_1", at=given["now"])
        card = test_card.TestCardGateway([written])
        event = card.read_event(**given, headers=headers)
        assert (event.id, event.key, event.charge.is_paid) == (
            "evt_1",
            payment.key,
            True,
        )
        for other in ([], [f"whsec_{b64encode(b'o' * 24).decode()}"]):
            with pytest.raises(BadSignature):
                test_card.TestCardGateway(other).read_event(**given, headers=headers)

    @pytest.mark.parametrize("secret", ["whsec_", "whsec_short", "no base64 at all!"])
    def test_a_secret_that_anybody_could_guess_is_refused(self, secret):
        with pytest.raises(ImproperlyConfigured):
            test_card.TestCardGateway([secret])


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"no json",
            b"[]",
            b"null",
            b"\xff\xfe",
            b"[" * 10_000,
            b'{"type": "charge.paid"}',
            b'{"type": "charge.paid", "key": "a\\u0000b"}',
            b'{"type": "charge.paid", "key": "a\\ud800b"}',
            json.dumps({"type": "charge.paid", "key": "k" * 41}).encode(),
            json.dumps({"type": "charge.paid", "key": "k"}).encode(),
            json.dumps({"type": "x", "key": "k", "amount_minor": -1}).encode(),
            json.dumps({"type": "x", "key": "k", "amount_minor": 2**63}).encode(),
            json.dumps({"type": "x", "key": "k", "amount_minor": "5"}).encode(),
            json.dumps({"type": "x", "key": "k", "currency": "pounds"}).encode(),
        ],
    )
    def test_signed_nonsense_is_refused(self, provider, body):
        assert_problem(deliver(body), 422, "invalid")
        assert not WebhookDelivery.objects.exists()

    @pytest.mark.parametrize("size", [65_537, 2 * 2**20, 20 * 2**20])
    def test_too_large(self, provider, size):
        assert_problem(deliver(b"x" * size, {}), 413, "too_large")

    def test_further_members_are_passed_over(self, payment):
        assert outcome(deliver(told(payment, livemode=True, data={"a": []}))) == "done"


def test_what_is_over_is_forgotten_but_not_what_differs(payment):
    now = timezone.now()
    made = {"gateway": "card", "kind": "x", "received_at": now - timedelta(days=31)}
    WebhookDelivery.objects.create(**made, event_id="done", outcome="done")
    WebhookDelivery.objects.create(
        **made, event_id="differs", outcome="differs", payment=payment, note="more"
    )
    tasks.forget()
    assert WebhookDelivery.objects.get().event_id == "differs"
    assert Payment.objects.count() == 1
