"""``manage.py demo`` as a person runs it: up, down, and down the hard way."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from gymsite.ops.demo import WORKER_STARTS, _make_partitions, _require_known_past
from gymsite.ops.rig import processes
from gymsite.postgres.embedded import Server

READY = "Ctrl-C stops everything."
pytestmark = pytest.mark.xdist_group("demo")  # one home, so one worker


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for the module, filled and with its static files once."""
    with tempfile.TemporaryDirectory(prefix="gymsite demo ") as name:
        Path(name).chmod(0o755)
        yield Path(name)
        Server(Path(name)).stop()


class Demo:
    """One run of the command; ``said`` is what it printed until then."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(port)],
            cwd=settings.BASE_DIR,
            env={**_without_settings(), "GYMSITE_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self.read_until(READY)

    def read_until(self, words: str) -> None:
        """Read what it prints, to the line with these words or to its end."""
        for line in self.process.stdout:
            self.said += line
            if words in line:
                break

    def answer(self, path: str = "/account/login/") -> int:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}{path}", timeout=20
        ) as answer:
            return answer.status

    def ended(self) -> int:
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def children(self) -> list[int]:
        return [
            int(pid)
            for pid in Path(
                f"/proc/{self.process.pid}/task/{self.process.pid}/children"
            )
            .read_text()
            .split()
        ]

    def part(self, word: str) -> int:
        """The process that was started with a word in its command."""
        (found,) = [
            pid
            for pid in self.children()
            if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        ]
        return found


def _without_settings() -> dict[str, str]:
    hidden = {
        "DJANGO_SETTINGS_MODULE",
        "DATABASE_URL",
        "GYMSITE_DEBUG",
        "PORT",
        "GYMSITE_STATIC_ROOT",
    }
    return {name: value for name, value in os.environ.items() if name not in hidden}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def demo(home) -> Iterator[Demo]:
    demo = Demo(home, free_port())
    assert READY in demo.said, demo.said
    yield demo
    if demo.process.poll() is None:
        demo.process.send_signal(signal.SIGTERM)
        demo.process.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_and_stops_everything_it_started(demo, home, number):
    assert demo.answer() == 200
    assert Server(home).alive()
    demo.process.send_signal(number)
    assert demo.ended() == 0, demo.said
    assert processes.port_is_free(demo.port)
    assert not Server(home).alive()
    assert processes.end_marked("GYMSITE_RUN", str(home)) == 0


def test_leaves_a_server_that_somebody_else_started(home):
    server = Server(home)
    server.start()
    demo = Demo(home, free_port())
    demo.process.send_signal(signal.SIGINT)
    assert demo.ended() == 0, demo.said
    assert server.alive()
    server.stop()


def test_a_second_one_in_the_same_home_is_refused_with_where_the_first_is(demo, home):
    second = Demo(home, free_port())
    assert second.ended() == 1
    assert f"http://127.0.0.1:{demo.port}/" in second.said
    assert demo.answer() == 200


def test_a_taken_port_is_said_with_who_has_it(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = Demo(home, taken.getsockname()[1])
        assert demo.ended() == 1
        assert f"process {os.getpid()}" in demo.said


def test_a_web_server_that_is_killed_ends_the_rest_with_a_failure(demo, home):
    os.kill(demo.part("gunicorn"), signal.SIGKILL)
    assert demo.ended() == 1
    assert "killed by SIGKILL" in demo.said
    assert processes.port_is_free(demo.port)
    assert not Server(home).alive()


def test_a_worker_that_is_killed_is_started_again_and_said(demo):
    web, worker = demo.part("gunicorn"), demo.part("worker")
    os.kill(worker, signal.SIGKILL)
    demo.read_until("The job worker ended (killed by SIGKILL) and was started again.")
    assert demo.answer() == 200
    assert demo.part("worker") != worker
    assert demo.part("gunicorn") == web


def test_without_a_worker_that_ends_each_time_the_site_goes_on(demo):
    for _ in range(WORKER_STARTS + 1):
        os.kill(demo.part("worker"), signal.SIGKILL)
        demo.read_until("The job worker ended")
    assert "once too often" in demo.said
    assert demo.answer() == 200


def test_a_killed_database_ends_the_rest_and_the_next_start_works(demo, home):
    server = Server(home)
    os.kill(
        int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL
    )
    assert demo.ended() == 1
    assert "PostgreSQL ended" in demo.said
    again = Demo(home, demo.port)
    assert again.answer() == 200
    again.process.send_signal(signal.SIGINT)
    assert again.ended() == 0


def test_after_its_supervisor_was_killed_the_next_one_stops_the_database_as_it_would(
    demo, home
):
    demo.process.kill()
    demo.process.wait()
    assert json.loads((home / "run.json").read_text())["stops_database"] is True
    again = Demo(home, demo.port)
    assert again.answer() == 200, again.said
    again.process.send_signal(signal.SIGINT)
    assert again.ended() == 0
    assert not Server(home).alive()


def test_a_second_start_keeps_the_data_and_collects_nothing_again(demo):
    assert "Making" not in demo.said
    assert "Collecting" not in demo.said


def test_database_stop_ends_a_running_demo(demo, home):
    subprocess.run(
        [sys.executable, "manage.py", "database", "stop"],
        cwd=settings.BASE_DIR,
        env={**_without_settings(), "GYMSITE_HOME": str(home)},
        check=True,
    )
    assert demo.ended() == 0, demo.said
    assert not Server(home).alive()


@pytest.mark.django_db
def test_a_database_of_another_version_is_refused_in_words():
    MigrationRecorder(connection).record_applied("memberships", "0004_of_long_ago")
    with pytest.raises(
        CommandError, match=r"memberships\.0004_of_long_ago is not in this one"
    ):
        _require_known_past()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["bookings_checkin", "core_requestsample"])
def test_the_demo_makes_the_month_that_it_starts_in(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')", [table]
        )
        (month,) = cursor.fetchone()
        cursor.execute(f"DROP TABLE {month}")
        _make_partitions(print)
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [month])
        assert cursor.fetchone() == (True,)
