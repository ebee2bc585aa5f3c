"""Which PostgreSQL this site uses: the one in DATABASE_URL, or the embedded one (gymsite.core.embedded)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from gymsite.core.embedded import Server

PROJECT = Path(__file__).resolve().parent.parent.parent


def home() -> Path:
    """Where this checkout keeps its data: GYMSITE_HOME, or ``.gymsite`` beside manage.py."""
    return Path(os.environ.get("GYMSITE_HOME") or PROJECT / ".gymsite").expanduser().absolute()


def embedded() -> Server | None:
    """The embedded server of this checkout, or None where DATABASE_URL names another."""
    return None if os.environ.get("DATABASE_URL") else Server(home())


def ensure_running() -> None:
    """Start the embedded server unless it runs already; nothing to do with DATABASE_URL."""
    if server := embedded():
        server.start()


def settings() -> dict[str, Any]:
    """Django's DATABASES entry; connections persist, statements are prepared on the server."""
    server = embedded()
    place = (
        {"NAME": server.database, "USER": "postgres", "HOST": str(server.socket_directory)}
        if server
        else _from_url(os.environ["DATABASE_URL"])
    )
    options = place.pop("OPTIONS", {})
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "gymsite",
            "server_side_binding": True,
            "prepare_threshold": 3,
            **options,
        },
        **place,
    }


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must start with postgresql://, not {parts.scheme!r}")
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or parts.port or "",
        "OPTIONS": options,
    }
