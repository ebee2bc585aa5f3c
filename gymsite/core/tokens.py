"""Secrets that clients hold.

Only a hash is stored: 256 random bits need no slow hash to be safe.
"""

import hashlib
import secrets


def new() -> str:
    """A URL-safe secret of 256 random bits (43 characters)."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
