"""The database is away, read-only, full or overfull.

Pages, fragments and API say when to come back, and do.
"""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    connections,
)
from django.test import Client

from bookings.models import Booking
from gymsite.core import rivals
from gymsite.postgres import database
from gymsite.postgres.embedded import Server
from gymsite.web import outages
from tests.api import Api, assert_problem
from tests.factories import MemberFactory, SessionFactory
from tests.ops.databases import administering, environment, owned

OURS = "allauth.account.auth_backends.AuthenticationBackend"


class Browser(Client):
    """A browser that looks before each request whether the connection still is.

    A server does so, and Django's client does not.
    """

    def request(self, **request):
        close_old_connections()
        return super().request(**request)


def visitor(member=None) -> Client:
    client = Browser(raise_request_exception=False)
    if member:
        client.force_login(member, backend=OURS)
    return client


def api_of(member=None) -> Api:
    api = Api(member)
    api.client = Browser()
    return api


def assert_away(answer, code="unavailable"):
    assert answer.status_code == 503, answer.content
    assert int(answer["Retry-After"]) > 0
    assert answer["Cache-Control"] == "no-store"
    assert "We will be right back" in answer.content.decode()
    assert f"Code: {code}" in answer.content.decode()


def assert_one_line(caplog):
    assert (
        len(
            [
                record
                for record in caplog.records
                if record.levelname in ("WARNING", "ERROR")
            ]
        )
        == 1
    ), caplog.text
    (record,) = caplog.records
    assert record.name == "gymsite.web.outages"
    assert "\n" not in record.getMessage()
    assert record.exc_info is None


@contextmanager
def as_before(**place):
    """Send Django's connections to another place, and restore them afterwards."""
    before = dict(connection.settings_dict)
    connections.close_all()
    connection.settings_dict |= place
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict |= before


@pytest.fixture(scope="module")
def server():
    """A server of its own that may be stopped.

    It has the tests' tables and nothing in them.
    """
    with tempfile.TemporaryDirectory(prefix="gymsite away ") as name:
        Path(name).chmod(0o755)
        server = Server(Path(name), durable=False)
        server.start()
        yield server
        server.stop()


@pytest.mark.django_db(transaction=True)
class TestAway:
    @pytest.fixture(autouse=True)
    def site(self, server):
        server.start()
        place = connection.settings_dict
        source = [
            "-h",
            place["HOST"],
            "-U",
            place["USER"] or "postgres",
            *(("-p", place["PORT"]) if place["PORT"] else ()),
        ]
        dump = server._run(
            "pg_dump", *source, "--schema-only", place["NAME"], stdout=-1
        ).stdout
        with psycopg.connect(server.url, autocommit=True) as control:
            control.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        server._run("psql", "-q", "-d", server.url, input=dump, stdout=-3, stderr=-3)
        with as_before(
            HOST=str(server.socket_directory), NAME="gymsite", PORT="", USER="postgres"
        ):
            yield

    def test_pages_and_api_say_so_and_come_back_by_themselves(self, server, caplog):
        member = MemberFactory()
        browser, api = visitor(member), api_of(member)
        assert browser.get("/bookings/").status_code == 200
        server.stop()
        for path in (
            "/",
            "/bookings/",
            "/shop/",
            "/plans/",
            "/account/login/",
            "/admin/",
        ):
            caplog.clear()
            assert_away(browser.get(path))
            assert_one_line(caplog)
        # there was nothing to do
        page = browser.get("/bookings/").content.decode()
        assert "Try again</a>" in page
        assert "look before you do it again" not in page
        caplog.clear()
        assert_problem(api.get("/membership/"), 503, "unavailable")
        assert_one_line(caplog)
        fragment = browser.get("/bookings/", headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment["HX-Retarget"]) == (503, "#toasts")
        assert browser.get("/healthz").status_code == 200
        assert browser.get("/readyz").status_code == 503
        server.start()
        assert browser.get("/bookings/").status_code == 200
        assert api.get("/membership/").status_code == 200
        assert browser.get("/readyz").status_code == 200

    def test_a_connection_that_is_ended_in_the_middle_of_a_page(
        self, server, monkeypatch
    ):
        browser = visitor(MemberFactory())

        def ended(*_):
            with psycopg.connect(server.url, autocommit=True) as control:
                control.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            return set()

        with monkeypatch.context() as patched:
            patched.setattr("gymsite.notifications.queries.muted_topics", ended)
            assert_away(browser.get("/profile/"))
        assert browser.get("/profile/").status_code == 200


@pytest.mark.django_db(transaction=True)
class TestReadOnly:
    @pytest.fixture(autouse=True)
    def only_read(self):
        self.member, self.session = MemberFactory(), SessionFactory()
        self.browser, self.api = visitor(self.member), api_of(self.member)
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    def test_what_reads_goes_on(self):
        assert self.browser.get("/").status_code == 200
        assert self.browser.get("/bookings/").status_code == 200
        assert self.api.get("/membership/").status_code == 200

    def test_what_writes_says_so(self, caplog):
        booking = self.browser.post(f"/classes/{self.session.pk}/book/")
        assert_away(booking)
        assert_one_line(caplog)
        assert "look before you do it again" in booking.content.decode()
        assert "Try again</a>" not in booking.content.decode()
        assert_away(
            self.browser.post("/profile/", {"first_name": "Ada", "last_name": "L"})
        )
        assert_away(
            visitor().post("/account/login/", {"login": "nobody", "password": "wrong"})
        )
        for key in (None, "k1"):
            problem = self.api.post(
                "/bookings/book", {"session_id": self.session.pk}, key=key
            )
            assert_problem(problem, 503, "unavailable")
            assert problem["Retry-After"] == "5"
        assert not Booking.objects.exists()


@pytest.fixture
def full_disk():
    """As PostgreSQL reports it, at the booking that no longer fits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE 'could not extend file: No space left on device' USING ERRCODE = "
            "'53100'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON bookings_booking FOR EACH ROW "
            "EXECUTE FUNCTION full_disk()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION full_disk CASCADE")


@pytest.mark.django_db(transaction=True)
def test_a_full_disk(full_disk):
    member, session = MemberFactory(), SessionFactory()
    assert_away(visitor(member).post(f"/classes/{session.pk}/book/"))
    assert_problem(
        Api(member).post("/bookings/book", {"session_id": session.pk}),
        503,
        "unavailable",
    )


@pytest.mark.django_db(transaction=True)
def test_too_many_connections():
    with administering() as control, owned("crowded"):
        role = connection.settings_dict["USER"]
        control.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT 0')
        assert_away(visitor().get("/plans/"))
        assert_problem(Api().get("/catalog/"), 503, "unavailable")
        assert visitor().get("/readyz").status_code == 503


def _address():
    place = connection.settings_dict
    return {
        "host": place["HOST"],
        "user": place["USER"],
        "password": place["PASSWORD"],
        "port": place["PORT"],
    }


@pytest.fixture
def silence():
    """A database's address where a connection is taken and nothing is ever said."""
    with (
        tempfile.TemporaryDirectory() as name,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(f"{name}/.s.PGSQL.5432")
        listener.listen(64)
        with as_before(HOST=name, PORT=""):
            yield


@pytest.mark.django_db(transaction=True)
class TestSilence:
    def test_readiness_is_told_within_two_seconds(self, silence):
        for _ in range(3):  # the second and third wait for the first one's look
            began = time.monotonic()
            answer = visitor().get("/readyz")
            assert (answer.status_code, time.monotonic() - began < 2) == (503, True)
        assert len([one for one in threading.enumerate() if one.name == "probe"]) == 1

    def test_a_page_gives_up(self, silence):
        connection.settings_dict["OPTIONS"] = connection.settings_dict["OPTIONS"] | {
            "connect_timeout": 2
        }
        assert_away(visitor().get("/plans/"))


STATES = [
    ("57P01", "unavailable"),
    ("57P02", "unavailable"),
    ("57P03", "unavailable"),
    ("08006", "unavailable"),
    ("25006", "unavailable"),
    ("53100", "unavailable"),
    ("53200", "unavailable"),
    ("53300", "unavailable"),
    ("58030", "unavailable"),
    ("55P03", "busy"),
    ("57014", "busy"),
    ("40P01", "busy"),
    ("40001", "busy"),
    ("22001", None),
    ("23505", None),
    ("42P01", None),
    ("XX000", None),
]


@pytest.mark.parametrize(("state", "code"), STATES)
def test_what_the_database_says_by_its_state(state, code):
    said = psycopg.errors.lookup(state)("said")
    wrapped = DatabaseError("said")
    wrapped.__cause__ = said
    another_librarys = RuntimeError("job")
    another_librarys.__context__ = wrapped
    rivals.begin()
    for error in (wrapped, another_librarys):
        refusal = outages.refusal_of(error)
        assert (refusal.code if refusal else None) == code


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_connection_that_is_no_more_gives_no_state(kind):
    error = kind("the connection is closed")
    error.__cause__ = psycopg.OperationalError("the connection is closed")
    assert outages.refusal_of(error).code == "unavailable"


@pytest.mark.parametrize("error", [None, ValueError("ours"), KeyError("ours")])
def test_a_defect_is_none_of_these(error):
    assert outages.refusal_of(error) is None


@pytest.mark.django_db
def test_a_connection_begins_with_how_long_it_waits():
    own = connection.copy()
    database.limit_waits(
        own.settings_dict, {"lock_timeout": 5000, "statement_timeout": 12000}
    )
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), "
            "current_setting('statement_timeout')"
        )
        assert cursor.fetchone() == ("5s", "12s")
        cursor.execute("SHOW pg_trgm.word_similarity_threshold")
        assert cursor.fetchone() == ("0.4",)
    own.close()


@pytest.mark.django_db
def test_a_server_limits_what_its_requests_wait_for_and_a_command_does_not():
    asked = (
        "c = connection.cursor(); c.execute('SHOW lock_timeout'); print(*c.fetchone())"
    )
    said = f"from django.db import connection; {asked}"
    for begin, waits in (
        ("import gymsite.wsgi", "7s"),
        ("import django; django.setup()", "0"),
    ):
        command = [sys.executable, "-c", f"{begin}; {said}"]
        environs = environment() | {"GYMSITE_LOCK_TIMEOUT": "7000"}
        ran = subprocess.run(
            command,
            env=environs,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.strip() == waits


def test_an_address_says_otherwise_how_long_to_wait_for_the_server(monkeypatch):
    assert database.settings()["OPTIONS"]["connect_timeout"] == "5"
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://gymsite@db/gymsite?connect_timeout=9"
    )
    assert database.settings()["OPTIONS"]["connect_timeout"] == "9"
