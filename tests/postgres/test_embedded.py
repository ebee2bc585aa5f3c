"""The embedded PostgreSQL, really started: places, privacy, kills."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from gymsite.postgres.embedded import Server
from gymsite.postgres.errors import ServerFailed

NOBODY = 65534
START = """
import sys
from pathlib import Path
from gymsite.postgres.embedded import Server
print(Server(Path(sys.argv[1]), durable=False).start())
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory that any OS user can enter.

    Nobody but its owner can enter pytest's own tmp_path.
    """
    with tempfile.TemporaryDirectory(prefix="gymsite test ") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def server(place: Path) -> Iterator[Server]:
    server = Server(place / "home with a space", durable=False)
    server.start()
    yield server
    server.stop()


def ask(server: Server, question: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def start_elsewhere(home: Path, **options) -> subprocess.Popen:
    """Call start() in another process.

    It prints whether that process was the one to start the server.
    """
    command = [sys.executable, "-c", START, str(home)]
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True, **options
    )


def test_started_once_and_found_running_afterwards(server):
    assert ask(server, "SELECT current_database()") == "gymsite"
    assert server.alive()
    assert server.start() is False


def test_stopped_and_started_again_with_its_data(server):
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.stop() is True
    assert not server.alive()
    assert server.stop() is False
    assert server.start() is True
    assert ask(server, "SELECT answer FROM kept") == 42


def test_starts_after_its_postmaster_was_killed_with_a_client_at_work(server):
    ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    with psycopg.connect(server.url, autocommit=True) as client:
        client.execute("SELECT 1")
        os.kill(postmaster(server), signal.SIGKILL)
        assert server.start() is True
    assert ask(server, "SELECT answer FROM kept") == 42


def test_a_killed_postmasters_process_id_may_belong_to_another_program_now(server):
    old = postmaster(server)
    server.stop()
    lines = [
        str(os.getpid()),
        str(server.data),
        "1",
        "5432",
        str(server.socket_directory),
        "",
        "",
        "ready",
    ]
    (server.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert not server.alive()
    assert server.start() is True
    assert postmaster(server) not in {old, os.getpid()}


def test_a_killed_initdb_leaves_nothing_that_is_taken_for_a_cluster(place):
    server = Server(place, durable=False)
    draft = server.data.with_suffix(".draft")
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    assert server.start() is True
    server.stop()
    assert not draft.exists()


def test_one_of_several_simultaneous_starters_starts_it(place):
    starters = [start_elsewhere(place) for _ in range(4)]
    answers = [starter.communicate()[0].strip() for starter in starters]
    assert Server(place).stop() is True
    assert sorted(answers) == ["False", "False", "False", "True"]


def test_two_homes_are_two_servers(server, place):
    other = Server(place / "other", durable=False)
    other.start()
    try:
        ask(other, "CREATE TABLE only_there ()")
        assert ask(server, "SELECT to_regclass('only_there')::text") is None
        assert ask(server, "SHOW data_directory") != ask(other, "SHOW data_directory")
    finally:
        other.stop()
    assert server.alive()


def test_no_network_port_and_private_files(server):
    assert ask(server, "SHOW listen_addresses") == ""
    rules = (
        "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules WHERE "
        "type <> 'local'"
    )
    assert ask(server, rules) == "reject"
    for path in (server.directory, server.data, server.socket_directory, server.log):
        assert path.stat().st_mode & 0o077 == 0, path


def test_extensions_that_the_site_needs_are_there(server):
    wanted = ["btree_gist", "citext", "pg_stat_statements", "pg_trgm", "unaccent"]
    with psycopg.connect(server.url) as connection:
        rows = connection.execute(
            "SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [wanted]
        )
        found = sorted(name for (name,) in rows)
    assert found == wanted


def test_a_long_path_gets_a_short_socket_directory(place):
    server = Server(place / ("deep/" * 20), durable=False)
    server.start()
    try:
        assert ask(server, "SELECT 1") == 1
        assert len(str(server.socket_directory)) < 100
        assert server.socket_directory.stat().st_mode & 0o077 == 0
    finally:
        server.stop()


def test_quotes_and_commas_in_the_path(place):
    server = Server(place / "it's, a home", durable=False)
    server.start()
    try:
        assert ask(server, "SELECT 1") == 1
    finally:
        server.stop()


def start_as_nobody(home: Path, binaries: Path) -> int:
    """Call start() in a fork that gave up root, and return its exit code.

    The user nobody may not be able to enter the place of this Python.
    """
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        server = Server(home, durable=False)
        server.binaries = binaries
        code = 0 if server.start() else 2
    finally:
        os._exit(code)


@pytest.mark.skipif(
    os.geteuid() != 0, reason="as root only: for others, every test here is this one"
)
def test_as_an_ordinary_user(place):
    home = place / "of nobody"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    as_root = Server(home, durable=False)
    assert start_as_nobody(home, as_root.binaries) == 0
    assert Path(f"/proc/{postmaster(as_root)}").stat().st_uid == NOBODY
    assert as_root.stop() is True
    assert as_root.start() is True  # root runs somebody's cluster as that user
    assert Path(f"/proc/{postmaster(as_root)}").stat().st_uid == NOBODY
    as_root.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="as root only")
def test_roots_server_below_a_closed_directory_lives_elsewhere_and_is_linked(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    server = Server(closed / "home", durable=False)
    server.start()
    try:
        assert (closed / "home" / "postgres").readlink() == server.directory
        assert Server(closed / "home").directory == server.directory
        assert Path(f"/proc/{postmaster(server)}").stat().st_uid != 0
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(server.directory)], check=True)


def test_says_why_it_could_not_start(server):
    server.stop()
    (server.data / "postgresql.auto.conf").write_text("shared_buffers = 'nonsense'\n")
    with pytest.raises(ServerFailed, match="shared_buffers"):
        server.start()
