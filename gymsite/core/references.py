"""References that people see and say.

Each is ten random characters and a check character of Crockford's base 32.
"""

import secrets

from django.utils.crypto import salted_hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 11
_WEIGHTS = range(1, LENGTH)
_SAID_LIKE = str.maketrans("OIL", "011", "- ")


def new() -> str:
    """An unguessable reference (50 random bits), without dashes."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def of(*facts: object) -> str:
    """The reference that belongs to some facts, the same each time.

    It is as unguessable as a new one.
    """
    number = int.from_bytes(
        salted_hmac("gymsite.references", repr(facts), algorithm="sha256").digest()
    )
    body = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LENGTH - 1))
    return body + check_character(body)


def check_character(body: str) -> str:
    """The weighted sum of the ten characters' values modulo 31.

    It catches a wrong character and a swapped pair.
    """
    return ALPHABET[
        sum(
            weight * ALPHABET.index(letter)
            for weight, letter in zip(_WEIGHTS, body, strict=True)
        )
        % 31
    ]


def read(text: str) -> str | None:
    """The reference that a person typed, or None when it can't be one.

    Case and dashes make no difference.
    """
    reference = text.upper().translate(_SAID_LIKE)
    if len(reference) != LENGTH or not set(reference) <= set(ALPHABET):
        return None
    return reference if check_character(reference[:-1]) == reference[-1] else None


def shown(reference: str) -> str:
    """``K7QF2M9XPT3`` as people read it: ``K7QF-2M9X-PT3``."""
    return f"{reference[:4]}-{reference[4:8]}-{reference[8:]}"
