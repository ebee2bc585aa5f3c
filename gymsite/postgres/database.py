"""Which PostgreSQL this site uses.

It is the one in DATABASE_URL, or the embedded one (gymsite.postgres.embedded).
"""

import os
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from gymsite.postgres.embedded import Server

PROJECT = Path(__file__).resolve().parent.parent.parent
# How much of what was typed a search must find again in a name: "protien" shares half
# of its trigrams with "protein"
FORGIVING = "-c pg_trgm.word_similarity_threshold=0.4"
# After how long a server that does not answer is given up: in seconds, and in
# milliseconds where it does not confirm what was sent. DATABASE_URL may say otherwise.
GIVES_UP = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "tcp_user_timeout": "15000",
}
DJANGO_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def home() -> Path:
    """Where this checkout keeps its data.

    It is GYMSITE_HOME, or ``.gymsite`` beside manage.py.
    """
    return (
        Path(os.environ.get("GYMSITE_HOME") or PROJECT / ".gymsite")
        .expanduser()
        .absolute()
    )


def embedded() -> Server | None:
    """The embedded server of this checkout, or None where DATABASE_URL is set."""
    return None if os.environ.get("DATABASE_URL") else Server(home())


def ensure_running() -> bool:
    """Start the embedded server, unless it runs already or DATABASE_URL is set.

    Returns whether this call started it.
    """
    server = embedded()
    return server is not None and server.start()


def url() -> str:
    """The address of the database, as psql and pg_dump take it."""
    server = embedded()
    return server.url if server else os.environ["DATABASE_URL"]


def settings() -> dict[str, Any]:
    """The entry of Django's DATABASES.

    Connections persist, and statements are prepared on the server.
    """
    given = _parsed(url())
    place = {name: given.pop(key, "") for key, name in DJANGO_NAMES.items()}
    return {
        "ENGINE": "gymsite.postgres.backend",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "gymsite",
            "server_side_binding": True,
            "prepare_threshold": 3,
            **GIVES_UP,
            **given,
            "options": f"{FORGIVING} {given.get('options', '')}".rstrip(),
        },
        **place,
    }


def limit_waits(database: dict[str, Any], waits: dict[str, int]) -> None:
    """Have new connections of a process give up waiting after so many milliseconds.

    ``waits`` gives PostgreSQL's own settings their values. A connection begins with
    them, so that no request pays for them; what DATABASE_URL says comes last.
    """
    options = database["OPTIONS"]
    limits = " ".join(
        f"-c {name}={milliseconds}" for name, milliseconds in waits.items()
    )
    options["options"] = f"{limits} {options['options']}".strip()


def _parsed(url: str) -> dict[str, Any]:
    """The parts of a libpq URL.

    An example: ``postgresql://user:secret@host/name?sslmode=require``.
    """
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://")
    try:
        given = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL can't be read: {error}") from None
    if not given.get("dbname"):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a database: postgresql://user@host/name"
        )
    return given
