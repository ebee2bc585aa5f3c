"""Idempotency-Key: a repeat gets the first answer, whatever happened to the first."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import Booking, CheckIn
from bookings.operations import _places
from bookings.operations.bookings import book_session
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import begin_checkout
from gymsite.core.errors import DomainError
from gymsite.core.models import ApiSession, IdempotencyKey, User
from gymsite.payments.operations import fail_payment
from gymsite.rest import idempotency
from gymsite.rest.errors import InFlight, Mismatch
from tests.api import Api, assert_problem, token_for
from tests.factories import PASSWORD, MemberFactory, ProductFactory, SessionFactory

pytestmark = pytest.mark.django_db

LOG_IN = {"username": "ada", "password": PASSWORD}


@pytest.fixture
def member():
    return MemberFactory(username="ada")


def age(by: timedelta) -> None:
    IdempotencyKey.objects.update(created_at=timezone.now() - by)


def test_a_repeat_gets_the_first_answer_and_books_once(member):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    first = api.post("/bookings/book", body, key="k1")
    second = api.post("/bookings/book", body, key="k1")
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first
    assert (second.status_code, second.content, second["Content-Type"]) == (
        201,
        first.content,
        first["Content-Type"],
    )
    assert second["Idempotency-Replayed"] == "true"
    assert Booking.objects.count() == 1


def test_a_refusal_is_an_answer_too(member):
    session = SessionFactory(gym_class__capacity=1)
    holder = MemberFactory()
    book_session(session_id=session.pk, member_id=holder.pk, now=timezone.now())
    api, body = Api(member), {"session_id": session.pk}
    assert_problem(api.post("/bookings/book", body, key="k1"), 409, "session_full")
    Api(holder).delete(f"/bookings/{session.pk}/cancel")
    assert_problem(api.post("/bookings/book", body, key="k1"), 409, "session_full")
    assert api.post("/bookings/book", body, key="k2").status_code == 201


def test_a_key_stands_for_one_request_of_one_person(member):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    assert api.post("/bookings/book", body, key="k1").status_code == 201
    assert_problem(
        api.post("/bookings/book", {"session_id": body["session_id"] + 1}, key="k1"),
        422,
        "idempotency_mismatch",
    )
    assert_problem(
        api.post(f"/checkins/{member.pk}/checkin", {}, key="k1"),
        422,
        "idempotency_mismatch",
    )
    assert not CheckIn.objects.exists()
    other = Api(MemberFactory()).post("/bookings/book", body, key="k1")
    assert other.status_code == 201
    assert "Idempotency-Replayed" not in other


def test_after_a_day_the_key_is_new_again(member):
    api, path = Api(member), f"/checkins/{member.pk}/checkin"
    first = api.post(path, {}, key="k1")
    age(timedelta(hours=23, minutes=59))
    assert api.post(path, {}, key="k1").content == first.content
    age(timedelta(hours=24, seconds=1))
    assert api.post(path, {}, key="k1").json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201, "a\tb"])
def test_keys_that_can_not_be_kept_are_refused(member, key):
    response = Api(member).post(f"/checkins/{member.pk}/checkin", {}, key=key)
    assert "Idempotency-Key" in assert_problem(response, 422, "invalid")["errors"]
    assert not CheckIn.objects.exists()


def test_what_is_invalid_claims_no_key(member):
    api = Api(member)
    assert_problem(
        api.post("/bookings/book", {"session_id": "x"}, key="k1"), 422, "invalid"
    )
    assert (
        api.post(
            "/bookings/book", {"session_id": SessionFactory().pk}, key="k1"
        ).status_code
        == 201
    )


def test_a_defect_lets_the_key_go(member, monkeypatch):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(_places.SQL, "claim_place", "SELECT 1/0")
        assert_problem(api.post("/bookings/book", body, key="k1"), 500, "failed")
    assert not IdempotencyKey.objects.exists()
    assert api.post("/bookings/book", body, key="k1").status_code == 201


def test_a_claim_whose_process_is_gone_is_taken_over_at_once(member):
    """The worker died by kill -9 between the claim and the answer.

    Then no connection holds the claim any more.
    """
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.post("/bookings/book", body, key="k1")
    Booking.objects.all().delete()
    IdempotencyKey.objects.update(status=None, body=None)
    assert_problem(
        api.post("/bookings/book", {"session_id": body["session_id"] + 1}, key="k1"),
        422,
        "idempotency_mismatch",
    )
    assert api.post("/bookings/book", body, key="k1").status_code == 201
    assert Booking.objects.count() == 1


def test_a_claim_outlives_any_payment(member):
    """A request that has asked a card for hours still holds its key."""
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.post("/bookings/book", body, key="k1")
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(status=None, body=None)
    age(timedelta(hours=3))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [idempotency.CLAIMS, row.pk])
        assert_problem(
            api.post("/bookings/book", body, key="k1"), 409, "idempotency_in_flight"
        )
        cursor.execute(
            "SELECT pg_advisory_unlock(%s, %s)", [idempotency.CLAIMS, row.pk]
        )


def test_no_request_leaves_its_claim_held(member):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    for key in ("k1", "k1", "k2"):
        api.post("/bookings/book", body, key=key)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
            "AND classid = %s AND pid = pg_backend_pid()",
            [idempotency.CLAIMS],
        )
        assert cursor.fetchone()[0] == 0


PASSING = {
    "busy",
    "idempotency_in_flight",
    "out_of_stock",
    "payment_failed",
    "payment_given_up",
    "payment_under_way",
    "places_free",
    "too_many_tries",
}


def test_a_refusal_that_passes_by_itself_is_not_kept(member):
    """A key must not answer 409 for a day while the order stands.

    This has happened to the key of a checkout.
    """
    api, product = Api(member), ProductFactory(stock=1)
    item = add_to_cart(member_id=member.pk, product_id=product.pk, now=timezone.now())
    begun = begin_checkout(
        cart_id=item.cart_id, member_id=member.pk, gateway="card", now=timezone.now()
    )
    path = f"/carts/{item.cart_id}/checkout"
    body = {"gateway": "card", "source": "tok_visa"}
    assert_problem(api.post(path, body, key="k1"), 409, "payment_under_way")
    assert not IdempotencyKey.objects.exists()
    fail_payment(begun, now=timezone.now())
    assert api.post(path, body, key="k1").status_code == 201


def test_which_refusals_pass_by_themselves():
    def classes(of):
        return [each for sub in of.__subclasses__() for each in (sub, *classes(sub))]

    passing = {each.code for each in classes(DomainError) if not each.is_final}
    assert passing == PASSING


def test_who_lost_the_key_meanwhile_undoes_what_was_done(member, monkeypatch):
    """A first request can be so slow that its claim runs out.

    The place that it took then goes to whoever took the key over.
    """
    api, body = Api(member), {"session_id": SessionFactory().pk}
    claim = _places.claim

    def slow(*args, **kwargs):
        age(timedelta(seconds=-5))  # another request claims the key
        return claim(*args, **kwargs)

    monkeypatch.setattr(_places, "claim", slow)
    # the rival's row is part of what is undone here, as one connection plays both
    assert_problem(
        api.post("/bookings/book", body, key="k1"), 409, "idempotency_in_flight"
    )
    assert not Booking.objects.exists()


class View:
    """A view that counts its calls, and answers what it is told to answer."""

    def __init__(self, **answer):
        self.calls, self.answer = 0, answer

    def __call__(self, request):
        self.calls += 1
        return HttpResponse(b"{}", content_type="application/json", **self.answer)


def ask(view, key="k1", body=b"{}"):
    return view(
        RequestFactory().post(
            "/things", body, "application/json", headers={"Idempotency-Key": key}
        )
    )


@pytest.mark.parametrize(
    "kind",
    [
        idempotency.idempotent,
        idempotency.idempotent_network,
        idempotency.sealed_answers,
    ],
)
@pytest.mark.parametrize(
    ("status", "calls"),
    [
        (200, 1),
        (201, 1),
        (409, 1),
        (499, 1),
        (401, 2),
        (402, 1),
        (429, 2),
        (430, 1),
        (500, 2),
        (501, 2),
        (503, 2),
    ],
)
def test_which_answers_are_kept(kind, status, calls):
    """Answers that say nothing of the request itself are not kept."""
    view = View(status=status)
    answers = [ask(kind(view)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, status]
    assert view.calls == calls
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [
        None,
        None if calls > 1 else "true",
    ]
    assert IdempotencyKey.objects.exists() == (calls == 1)


@pytest.mark.parametrize("kind", [idempotency.idempotent, idempotency.sealed_answers])
def test_only_what_is_to_be_sealed_is(kind):
    ask(kind(View()))
    assert (bytes(IdempotencyKey.objects.get().body) == b"{}") == (
        kind is idempotency.idempotent
    )


def test_what_can_not_be_unsealed_any_more_is_no_answer():
    """The site's secret has changed since."""
    ask(idempotency.sealed_answers(View()))
    IdempotencyKey.objects.update(body=b"sealed with another secret")
    with pytest.raises(Mismatch):
        ask(idempotency.sealed_answers(View()))


def test_a_fault_is_raised_as_it_was():
    def fails(request):
        raise ZeroDivisionError

    for kind in (idempotency.idempotent, idempotency.idempotent_network):
        with pytest.raises(ZeroDivisionError):
            ask(kind(fails))
    assert not IdempotencyKey.objects.exists()


def test_a_key_costs_two_statements_the_first_time_and_one_after_that():
    view = idempotency.idempotent_network(View())
    for statements in (2, 1):
        with CaptureQueriesContext(connection) as asked:
            ask(view)
        assert len(asked) == statements


def test_to_the_instant_a_key_is_kept_for_a_day():
    view = View()
    began = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for after, calls in (
        (timedelta(), 1),
        (timedelta(days=1), 1),
        (timedelta(days=1, microseconds=1), 2),
    ):
        with time_machine.travel(began + after, tick=False):
            ask(idempotency.idempotent(view))
        assert view.calls == calls


@pytest.mark.parametrize("status", [200, 503])
def test_of_two_keys_of_one_instant_each_has_its_own_answer(status):
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        other = {
            "owner": 7,
            "key": "k9",
            "fingerprint": b"",
            "created_at": timezone.now(),
        }
        IdempotencyKey.objects.create(**other)
        ask(idempotency.idempotent(View(status=status)))
    assert IdempotencyKey.objects.values_list("status", "body").get(owner=7) == (
        None,
        None,
    )


@pytest.mark.parametrize(
    "other", ["another key", "another class of locks", "another database"]
)
def test_only_the_lock_of_this_very_claim_says_that_its_request_lives(other):
    view = View()
    ask(idempotency.idempotent(view))
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(status=None, body=None)
    lock = (
        idempotency.CLAIMS + (other == "another class of locks"),
        row.pk + (other == "another key"),
    )
    database = (
        "postgres" if other == "another database" else connection.settings_dict["NAME"]
    )
    server = connection.get_connection_params()
    place = {
        name: server[name]
        for name in ("user", "password", "host", "port")
        if server.get(name)
    }
    with psycopg.connect(**place, dbname=database) as elsewhere:
        elsewhere.execute("SELECT pg_advisory_lock(%s, %s)", lock)
        ask(idempotency.idempotent(view))
    assert view.calls == 2


def test_who_lost_the_key_meanwhile_forgets_nothing_and_holds_nothing():
    """Another request owns the row by now, whether or not this one answers for good."""

    def slow(request):
        age(timedelta(seconds=-5))
        return HttpResponse(status=503)

    ask(idempotency.idempotent_network(slow))
    assert IdempotencyKey.objects.get().status is None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
            "AND classid = %s AND pid = pg_backend_pid()",
            [idempotency.CLAIMS],
        )
        assert cursor.fetchone()[0] == 0


def test_a_key_that_is_let_go_at_this_moment_is_in_flight(monkeypatch):
    monkeypatch.setattr(idempotency, "fetch_one", lambda *claim: None)
    with pytest.raises(InFlight):
        ask(idempotency.idempotent(View()))


def test_log_ins_are_repeated_without_their_tokens_lying_about(member):
    first = Api().post("/auth/login", LOG_IN, key="k1")
    second = Api().post("/auth/login", LOG_IN, key="k1")
    assert second.json() == first.json()
    assert ApiSession.objects.count() == 1
    row = IdempotencyKey.objects.get()
    assert row.owner == 0
    kept = bytes(row.body) + bytes(row.fingerprint)
    for secret in (*first.json().values(), PASSWORD):
        assert str(secret).encode() not in kept
    guess = Api().post("/auth/login", LOG_IN | {"password": "guessed"}, key="k1")
    assert_problem(guess, 422, "idempotency_mismatch")


def test_a_key_does_not_switch_off_the_counting_of_tries(member):
    wrong = LOG_IN | {"password": "wrong"}
    for _ in range(10):
        assert_problem(
            Api().post("/auth/login", wrong, key="k1"), 401, "bad_credentials"
        )
    assert_problem(Api().post("/auth/login", wrong, key="k1"), 429, "too_many_tries")
    assert not IdempotencyKey.objects.exists()


def test_a_lost_answer_to_a_refresh_can_be_asked_for_again(member):
    pair = Api().post("/auth/login", LOG_IN).json()
    body = {"refresh_token": pair["refresh_token"]}
    first = Api().post("/auth/refresh", body, key="k1").json()
    assert Api().post("/auth/refresh", body, key="k1").json() == first
    assert Api(token=first["access_token"]).get("/users/ada").status_code == 200
    # without the key it is a replay, and a replay ends the session even when it carries
    # another key
    assert_problem(Api().post("/auth/refresh", body, key="k2"), 401, "bad_token")
    assert_problem(Api(token=first["access_token"]).get("/users/ada"), 401, "bad_token")


def test_registering_twice_with_one_key_is_one_account():
    fields = {"username": "grace", "email": "grace@example.com", "password": PASSWORD}
    first = Api().post("/users/register", fields, key="k1")
    assert Api().post("/users/register", fields, key="k1").content == first.content
    assert first.status_code == 201
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_is_told_that_the_first_is_in_flight(monkeypatch):
    member, session = MemberFactory(), SessionFactory()
    token, body = token_for(member), {"session_id": session.pk}
    inside, go_on = threading.Event(), threading.Event()
    claim = _places.claim

    def held(*args, **kwargs):
        inside.set()
        assert go_on.wait(30)
        return claim(*args, **kwargs)

    monkeypatch.setattr(_places, "claim", held)
    answers = {}

    def first():
        try:
            answers["first"] = Api(token=token).post("/bookings/book", body, key="k1")
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert inside.wait(30)
        answers["second"] = Api(token=token).post("/bookings/book", body, key="k1")
    finally:
        go_on.set()
        thread.join(30)
    assert answers["first"].status_code == 201
    assert_problem(answers["second"], 409, "idempotency_in_flight")
    third = Api(token=token).post("/bookings/book", body, key="k1")
    assert (third.content, third["Idempotency-Replayed"]) == (
        answers["first"].content,
        "true",
    )
    assert Booking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_books_and_nobody_gets_an_error():
    member, session = MemberFactory(), SessionFactory()
    token, body = token_for(member), {"session_id": session.pk}
    start, answers = threading.Barrier(10), []

    def run():
        try:
            start.wait(30)
            answers.append(Api(token=token).post("/bookings/book", body, key="k1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 10
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert_problem(answer, 409, "idempotency_in_flight")
    assert (Booking.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    connection.close()
