"""A server killed amid a request: the same request with the same key finishes it."""

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking
from catalog.models import Order, StockLevel
from catalog.operations.carts import add_to_cart
from gymsite.core.models import IdempotencyKey
from gymsite.ops.rig.server import Server, environment, serving
from gymsite.payments.models import LedgerEntry, Payment
from tests.api import token_for
from tests.asserts import assert_all_holds
from tests.factories import MemberFactory, ProductFactory, SessionFactory
from tests.ops.waits import address_of_the_tests, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database()
  AND application_name = 'gymsite'
  AND pid <> pg_backend_pid()
"""
WAITING = f"{OTHERS} AND wait_event_type = 'Lock'"
PATIENCE = 60  # seconds


class Site:
    """One gunicorn on the tests' database, and one member who asks it."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.opener = build_opener(ProxyHandler({}))

    def post(self, path: str, body: dict) -> tuple[int, dict]:
        place = self.server.address
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": "the-same-each-time",
        }
        address = f"http://{place.host}:{place.port}/api/v1{path}"
        request = Request(address, json.dumps(body).encode(), headers)
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def is_killed_while_answering(self, path: str, body: dict, *, behind: str) -> None:
        """Kill the server's processes once the request waits for what ``behind`` locks.

        PostgreSQL notices that nobody is there any more when it has waited.
        """
        answers: list[tuple[int, dict]] = []

        def ask() -> None:
            with suppress(OSError, URLError, HTTPException):
                answers.append(self.post(path, body))

        with held(behind):
            asking = threading.Thread(target=ask)
            asking.start()
            until(lambda: counted(WAITING) > 0, PATIENCE)
            os.killpg(self.server.process.pid, signal.SIGKILL)
            asking.join(PATIENCE)
        until(lambda: counted(OTHERS) == 0, PATIENCE)
        assert answers == []


def counted(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.fixture
def site() -> Iterator[partial]:
    """Starts a server, as often as it is asked to."""
    with tempfile.TemporaryDirectory() as static:
        yield partial(_site, environment(address_of_the_tests(), Path(static)))


@contextmanager
def _site(env: dict[str, str], token: str) -> Iterator[Site]:
    with serving(env, workers=1, worker_class="sync") as server:
        yield Site(server, token)


@contextmanager
def held(statement: str) -> Iterator[None]:
    """Another connection holds what ``statement`` locks."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SET application_name = 'gymsite test'; BEGIN")
            cursor.execute(statement)
            yield
    finally:
        other.close()


def test_a_booking_whose_server_was_killed_is_made_by_its_repeat_at_once(site):
    member, session = MemberFactory(), SessionFactory()
    asked, token = ("/bookings/book", {"session_id": session.pk}), token_for(member)
    with site(token) as killed:
        lock = f"SELECT FROM bookings_classsession WHERE id = {session.pk} FOR UPDATE"
        killed.is_killed_while_answering(*asked, behind=lock)
    assert IdempotencyKey.objects.get().status is None
    assert not Booking.objects.exists()
    with site(token) as fresh:
        first, again = fresh.post(*asked), fresh.post(*asked)
    assert first[0] == 201
    assert again == first
    assert Booking.objects.count() == 1


def test_a_checkout_whose_server_was_killed_after_the_card_has_paid(site):
    """Asked again it says that a payment is under way, then what came of it.

    Never both, and one charge.
    """
    member, product = MemberFactory(), ProductFactory(stock=3)
    item = add_to_cart(member_id=member.pk, product_id=product.pk, now=timezone.now())
    asked = (
        f"/carts/{item.cart_id}/checkout",
        {"gateway": "card", "source": "tok_visa"},
    )
    token = token_for(member)
    with site(token) as killed:
        lock = "LOCK TABLE payments_ledgerentry IN SHARE MODE"
        killed.is_killed_while_answering(*asked, behind=lock)
    assert not Order.objects.exists()
    with site(token) as fresh:
        status, refusal = fresh.post(*asked)
        assert (status, refusal["code"]) == (409, "payment_under_way")
        nobody_came_back()
        first, again = fresh.post(*asked), fresh.post(*asked)
    assert first[0] == 201
    assert again == first
    assert Order.objects.count() == Payment.objects.count() == 1
    assert LedgerEntry.objects.get().amount_minor == product.price_minor
    assert StockLevel.objects.get().on_hand == 2
    assert_all_holds()


def nobody_came_back() -> None:
    """As after the two minutes in which whoever began to pay may still be at it."""
    Payment.objects.update(look_up_at=timezone.now() - timedelta(seconds=1))
