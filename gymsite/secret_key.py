"""The secret key of a site that was given none: made once, kept in a private file."""

import contextlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def kept(path: Path, *, create: bool) -> str:
    """The key in ``path``; a missing one is made (mode 0600) if ``create`` allows."""
    if not create:
        raise ImproperlyConfigured(
            "Set GYMSITE_SECRET_KEY: production does not make up a key of its own."
        )
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    except PermissionError:
        raise ImproperlyConfigured(
            f"{path} belongs to somebody else: set GYMSITE_HOME to a place of your own."
        ) from None
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    # the first of two starters wins; the other reads what it wrote
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text().strip()
