"""Text from outside, checked in one place.

What PostgreSQL can't keep, or what could fool a reader, is refused.
"""

import unicodedata
from typing import Any

# Embeddings, overrides and isolates (Unicode Standard Annex 9): they make text read
# other than it is stored.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Marks that set the direction of the text beside them, and the byte order mark.
_FORMAT = frozenset("\u200e\u200f\u061c\ufeff")


def one_line(text: str, longest: int = 200) -> str:
    """Text from people as one line: a subject, a display name, a title in a calendar.

    Line ends, control characters and bidi controls become spaces or nothing; what is
    too long ends in an ellipsis.
    """
    shown = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
        for letter in text
    )
    shown = " ".join(
        "".join(
            letter for letter in shown if letter not in BIDI_CONTROLS | _FORMAT
        ).split()
    )
    return shown if len(shown) <= longest else f"{shown[: longest - 1].rstrip()}…"


def is_key(text: str) -> bool:
    """Whether text from an address or a form can be a row's key, which is a bigint."""
    return text.isascii() and text.isdigit() and len(text) < 19


def fault(text: str) -> str | None:
    """Why ``text`` can't be stored at all, or None.

    PostgreSQL refuses NUL, and UTF-8 has no lone surrogates.
    """
    if "\0" in text:
        return "A NUL character can't be used."
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "Half of a surrogate pair is not a character."
    return None


def faults(value: Any, name: str = "") -> dict[str, list[str]]:
    """The faults of every string (keys too) in a JSON value.

    Each stands under the dotted name of its place.
    """
    if isinstance(value, str):
        why = fault(value)
        return {name or "body": [why]} if why else {}
    found: dict[str, list[str]] = {}
    if isinstance(value, dict):
        for key, item in value.items():
            why = fault(key)
            found |= (
                {name or "body": [why]}
                if why
                else faults(item, f"{name}.{key}" if name else key)
            )
    elif isinstance(value, list):
        for item in value:
            found |= faults(item, name)
    return found


def composed(value: Any) -> Any:
    """A JSON value with every string (keys too) in NFC.

    What looks the same is then the same.
    """
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {composed(key): composed(item) for key, item in value.items()}
    return [composed(item) for item in value] if isinstance(value, list) else value


def tidy(text: str) -> str:
    """A name as it is kept: composed (NFC), without space around it."""
    return unicodedata.normalize("NFC", text).strip()


def tidy_identifier(text: str) -> str:
    """A username or address as it is kept and looked up.

    Compatible characters have one spelling (NFKC).
    """
    return unicodedata.normalize("NFKC", text).strip()


def tidy_email(text: str) -> str:
    """An e-mail address as it is kept and looked up, in lower case.

    No mailbox that anybody uses tells capitals apart.
    """
    return tidy_identifier(text).lower()


def is_misleading(text: str) -> bool:
    """Whether control characters or bidi controls hide in a text.

    Joiners are allowed, as emoji and some scripts need them.
    """
    return any(
        letter in BIDI_CONTROLS or unicodedata.category(letter) == "Cc"
        for letter in text
    )
