"""Secrets that must be read again, encrypted at rest.

The first of settings.CODE_KEYS seals, any of them opens.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

MARK = "sealed:"  # values from before encryption are plain


def _keys() -> MultiFernet:
    digests = (
        hashlib.sha256(f"gymsite.sealed {key}".encode()).digest()
        for key in settings.CODE_KEYS
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(text: str) -> str:
    return MARK + _keys().encrypt(text.encode()).decode()


def open_sealed(text: str) -> str:
    """Open a sealed secret; raises Unopened where no key of this site fits."""
    if not text.startswith(MARK):
        return text
    try:
        return _keys().decrypt(text.removeprefix(MARK).encode()).decode()
    except InvalidToken as exception:
        raise Unopened(
            "No key of GYMSITE_CODE_KEYS opens a stored secret: put back the one it "
            "was sealed with."
        ) from exception


def sealed_anew(text: str) -> str:
    """The same secret sealed under the first key, for rotating keys."""
    return seal(open_sealed(text))


class Unopened(Exception):
    """A stored secret was sealed under a key that the site does not have."""
