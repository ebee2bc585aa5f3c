"""Rows and tables that somebody holds.

Every page and endpoint gives up waiting, and says when to come back.
"""

import time
from contextlib import contextmanager

import pytest
from django.db import connection

from gymsite.accounts.operations.joining import Joining
from gymsite.api import api
from gymsite.payments.models import Payment
from tests.admin_pages import addresses
from tests.api import Api
from tests.hostile import encoded
from tests.site import Site, gym, pages
from tests.test_hostile_input import FORM, who_of
from tests.webhooks import deliver, told

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 30  # milliseconds
LONGEST = 5.0  # wall-clock seconds, on a machine that does other things too
TABLES = """
SELECT format('%I', relname) FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""


@pytest.fixture
def site() -> Site:
    made = gym()
    for who in made.people:
        made.client(who)  # log in before somebody holds the sessions
    return made


@pytest.fixture(autouse=True)
def impatient(db):
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {WAIT}; SET statement_timeout = '20s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout; RESET statement_timeout")


@contextmanager
def held(statement: str):
    """Keep a transaction open in which another connection ran ``statement``.

    It runs for every table.
    """
    with connection.copy().cursor() as other:
        other.execute(TABLES)
        tables = [name for (name,) in other.fetchall()]
        other.execute("BEGIN")
        for table in tables:
            other.execute(statement.format(table))
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.connection.close()


def answer_to(client, path, body=None, **extra):
    began = time.monotonic()
    method = "GET" if body is None else "POST"
    path, _, query = path.partition("?")
    answer = client.generic(method, path, body or "", FORM, QUERY_STRING=query, **extra)
    assert time.monotonic() - began < LONGEST, path
    assert answer.status_code < 500 or (
        answer.status_code == 503 and answer["Retry-After"]
    ), path
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


# an empty search is none
QUERIES = {"shop/search/": "?q=mat", "/catalog/search": "?q=mat"}


def test_every_page_gives_up_where_whole_tables_are_held(site):
    found = {}
    with held("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"):
        for template in pages():
            path = site.filled(template) + QUERIES.get(template, "")
            for who in ("", "member" if who_of(template) == "" else who_of(template)):
                found.setdefault(template, []).append(answer_to(site.client(who), path))
                found[template].append(answer_to(site.client(who), path, body="a=b"))
    assert {
        template for template, statuses in found.items() if 503 not in statuses
    } == set()


def test_every_page_of_staff_gives_up_where_whole_tables_are_held(site):
    client, paths = site.client("owner"), list(addresses(site.people["owner"]))
    with held("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"):
        assert {answer_to(client, path) for path in paths} == {503}


ADA = {"username": "ada", "password": "correct horse battery"}
FOR_EVER = Joining("any", {}, code="", until="9999-01-01T00:00:00+00:00")
OPEN_TO_ALL = {
    "/auth/login": ADA,
    "/auth/refresh": {"refresh_token": "x" * 43},
    "/users/register": ADA | {"email": "ada@example.com"},
    "/users/confirm": {"joining": FOR_EVER.token(), "code": "123456"},
}

# what nobody signed is refused before anything is read
UNSIGNED = {("POST", "/payments/webhook/{gateway}"): 403}


def test_every_endpoint_gives_up_where_whole_tables_are_held(site):
    asked = Api(site.people["owner"])
    calls = [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in api.document["paths"].items()
        for method in methods
    ]
    found = {}
    with held("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"):
        for method, path in calls:
            began = time.monotonic()
            filled = site.filled(
                path[1:].replace("{", "<").replace("}", ">")
            ) + QUERIES.get(path, "")
            answer = asked.request(method, filled, OPEN_TO_ALL.get(path, {}))
            assert time.monotonic() - began < LONGEST, path
            found[method, path] = answer.status_code
    assert len(calls) > 30
    assert {call: status for call, status in found.items() if status != 503} == UNSIGNED


def test_a_webhook_gives_up_where_whole_tables_are_held(site, provider):
    body = told(Payment.objects.latest("id"))
    with held("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"):
        began = time.monotonic()
        assert deliver(body).status_code == 503
        assert time.monotonic() - began < LONGEST


def test_no_page_waits_for_a_row_that_it_only_reads(site):
    paths = {site.filled(template): who_of(template) for template in pages()}
    with held("SELECT FROM {} FOR UPDATE"):
        found = {path: answer_to(site.client(who), path) for path, who in paths.items()}
    assert {path: status for path, status in found.items() if status >= 500} == {}


# who, where, what: each changes a row that is there already
CHANGES = [
    ("member", "profile/", {"first_name": "Ada", "last_name": "L", "phone": "1"}),
    ("member", "notifications/read/", {}),
    ("member", "notifications/<int:notification_id>/", {}),
    ("member", "calendar/reset/", {}),
    ("member", "bookings/<str:reference>/cancel/", {}),
    ("member", "membership/<int:membership_id>/end/now/", {}),
    ("member", "shop/cart/<int:product_id>/", {"to": "2"}),
    ("member", "shop/cart/accept/", {}),
    ("owner", "kiosk/start/", {"branch": "{branch}"}),
    ("member", "account/logout/", {}),
]


def test_changes_give_up_where_rows_are_held_and_are_done_when_they_are_let_go(site):
    branch = str(site.people["member"].home_branch_id)

    def statuses():
        return {
            template: answer_to(
                site.client(who),
                site.filled(template),
                encoded(
                    {name: value.format(branch=branch) for name, value in body.items()}
                ),
            )
            for who, template, body in CHANGES
        }

    with held("SELECT FROM {} FOR UPDATE"):
        assert set(statuses().items()) == {
            (template, 503) for _, template, _ in CHANGES
        }
    assert set(statuses().items()) == {(template, 302) for _, template, _ in CHANGES}


def test_a_session_that_can_not_be_saved(site):
    """The session fails around the page, after the page was made.

    Django takes it for a session that was deleted.
    """
    client = site.client("owner")
    session = client.session
    session["kiosk_last"] = {"name": "Ada", "what": "", "when": ""}
    session.save()
    with held("SELECT FROM {} FOR UPDATE"):
        assert answer_to(client, "/kiosk/done/") == 503
    assert answer_to(client, "/kiosk/done/") == 200
