"""Idempotency-Key: a repeat gets the first answer, whatever happened to the first."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from bookings.models import Booking, CheckIn
from bookings.operations import _seats
from bookings.operations.bookings import book_session
from catalog.operations.carts import add_to_cart
from catalog.operations.checkout import begin_checkout
from gymsite.core import idempotency
from gymsite.core.errors import DomainError
from gymsite.core.models import ApiSession, IdempotencyKey, User
from gymsite.payments.operations import fail_payment
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
    assert (second.status_code, second.content, second["Content-Type"]) == (201, first.content, first["Content-Type"])
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
    assert_problem(api.post("/bookings/book", {"session_id": 9}, key="k1"), 422, "idempotency_mismatch")
    assert_problem(api.post(f"/checkins/{member.pk}/checkin", {}, key="k1"), 422, "idempotency_mismatch")
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
    assert_problem(api.post("/bookings/book", {"session_id": "x"}, key="k1"), 422, "invalid")
    assert api.post("/bookings/book", {"session_id": SessionFactory().pk}, key="k1").status_code == 201


def test_a_defect_lets_the_key_go(member, monkeypatch):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(_seats, "CLAIM", "SELECT 1/0")
        assert_problem(api.post("/bookings/book", body, key="k1"), 500, "failed")
    assert not IdempotencyKey.objects.exists()
    assert api.post("/bookings/book", body, key="k1").status_code == 201


def test_a_claim_whose_process_is_gone_is_taken_over_at_once(member):
    """As after kill -9 of the worker between the claim and the answer: no connection holds the claim any more."""
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.post("/bookings/book", body, key="k1")
    Booking.objects.all().delete()
    IdempotencyKey.objects.update(status=None, body=None)
    assert_problem(api.post("/bookings/book", {"session_id": 9}, key="k1"), 422, "idempotency_mismatch")
    assert api.post("/bookings/book", body, key="k1").status_code == 201
    assert Booking.objects.count() == 1


def test_a_claim_outlives_any_payment(member):
    """A request that has been asking a card for hours still holds its key."""
    api, body = Api(member), {"session_id": SessionFactory().pk}
    api.post("/bookings/book", body, key="k1")
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(status=None, body=None)
    age(timedelta(hours=3))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [idempotency.CLAIMS, row.pk])
        assert_problem(api.post("/bookings/book", body, key="k1"), 409, "idempotency_in_flight")
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [idempotency.CLAIMS, row.pk])


def test_no_request_leaves_its_claim_held(member):
    api, body = Api(member), {"session_id": SessionFactory().pk}
    for key in ("k1", "k1", "k2"):
        api.post("/bookings/book", body, key=key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
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
    """Seen: the key of a checkout answered 409 for a day, although the order stood."""
    api, product = Api(member), ProductFactory(stock=1)
    item = add_to_cart(member_id=member.pk, product_id=product.pk, now=timezone.now())
    begun = begin_checkout(cart_id=item.cart_id, member_id=member.pk, gateway="card", now=timezone.now())
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
    """A first request so slow that its claim ran out: its place goes to whoever took the key over."""
    api, body = Api(member), {"session_id": SessionFactory().pk}
    claim = _seats.claim

    def slow(*args, **kwargs):
        age(timedelta(seconds=-5))  # another request claims the key
        return claim(*args, **kwargs)

    monkeypatch.setattr(_seats, "claim", slow)
    # the rival's row is part of what is undone here, as one connection plays both
    assert_problem(api.post("/bookings/book", body, key="k1"), 409, "idempotency_in_flight")
    assert not Booking.objects.exists()


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
        assert_problem(Api().post("/auth/login", wrong, key="k1"), 401, "bad_credentials")
    assert_problem(Api().post("/auth/login", wrong, key="k1"), 429, "too_many_tries")
    assert not IdempotencyKey.objects.exists()


def test_a_lost_answer_to_a_refresh_can_be_asked_for_again(member):
    pair = Api().post("/auth/login", LOG_IN).json()
    body = {"refresh_token": pair["refresh_token"]}
    first = Api().post("/auth/refresh", body, key="k1").json()
    assert Api().post("/auth/refresh", body, key="k1").json() == first
    assert Api(token=first["access_token"]).get("/users/ada").status_code == 200
    # without the key it is a replay, and a replay ends the session even when it carries another key
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
    claim = _seats.claim

    def held(*args, **kwargs):
        inside.set()
        assert go_on.wait(30)
        return claim(*args, **kwargs)

    monkeypatch.setattr(_seats, "claim", held)
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
    assert (third.content, third["Idempotency-Replayed"]) == (answers["first"].content, "true")
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
