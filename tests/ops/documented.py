"""Running what documents say to run, on the present database, as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from django.conf import settings
from django.db import connection

from tests.ops.databases import environment


def blocks(document: str, section: str) -> list[str]:
    """The blocks of code under a heading of the second level."""
    text = (settings.BASE_DIR / "docs" / document).read_text()
    text = text.split(f"\n## {section}")[1].split("\n## ")[0]
    found = re.findall(r"(?:^ {4,}\S.*\n)+", text, flags=re.MULTILINE)
    return [dedent(block) for block in found]


def binaries() -> Path:
    """Of the server's own version, which a dump must not be older than."""
    if settings.EMBEDDED:
        return settings.EMBEDDED.binaries
    version = connection.cursor().connection.info.server_version // 10_000
    debian = Path(f"/usr/lib/postgresql/{version}/bin")
    return debian if debian.exists() else Path(shutil.which("pg_dump") or "").parent


def execute(place: Path, script: str) -> subprocess.CompletedProcess:
    """Bash, in a directory with the dump and manage.py, on the present database."""
    path = os.pathsep.join(
        [str(binaries()), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    told = environment() | {"PATH": path, "PYTHONPATH": str(settings.BASE_DIR)}
    whole = f"set -euo pipefail\n{script}"
    return subprocess.run(
        ["bash", "-c", whole], cwd=place, env=told, capture_output=True, text=True
    )


def run_or_say(place: Path, script: str) -> None:
    done = execute(place, script)
    assert done.returncode == 0, (
        f"{script}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    )
