"""The machine that something was measured on."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("gymsite.ops.rig", "machine")


def about_machine() -> dict[str, Any]:
    """What a reader must know to compare: never more than the kind of machine."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1
        ),
        "system": platform.system(),
        "python": platform.python_version(),
        "django": version("django"),
        "gunicorn": version("gunicorn"),
        "load_before": load_average(),
    }


def load_average() -> list[float]:
    """Of the last 1, 5 and 15 minutes; above the cores, others took part."""
    return [round(load, 1) for load in os.getloadavg()]


def _processor() -> str:
    """The processor's name where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    named = [
        line.partition(":")[2].strip()
        for line in lines
        if line.startswith("model name")
    ]
    return named[0] if named else platform.machine()


def server_version() -> str:
    """PostgreSQL's, as it says it."""
    return fetch_one("SHOW server_version").server_version


def server_settings(names: Iterable[str]) -> list[Any]:
    """PostgreSQL's: ``setting`` for people, ``raw`` without its unit."""
    return fetch_all(SQL.settings, {"names": list(names)})
