"""The one search box of the staff: a name, an e-mail address, a phone, a member number."""

import re

from django.db.models import Q, QuerySet

from .. import member_numbers
from ..models import User

LONGEST = 80  # characters of a search that are read
WORDS = 5
AT_MOST = 200  # people whose rows a search of other tables looks at
DIALLED = re.compile(r"\s*\+?[0-9][0-9 ()/.-]{2,}", re.ASCII)
FIELDS = ("username", "email", "first_name", "last_name", "phone")


def find(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of ``people`` whom ``text`` means; in no order.

    A whole member number or e-mail address goes by its unique index. Otherwise each word must be part of one of FIELDS,
    and digits part of a phone or the start of a member number.

    Seen with EXPLAIN ANALYZE of 100,000 people on PostgreSQL 18: "samuel shaw" is a BitmapAnd of two BitmapOr of five
    Bitmap Index Scans on core_user_search, 0.7 ms for 21 of them; "shaw" in one branch adds core_user_branch_role to
    the BitmapAnd, 0.7 ms; nothing found, 0.06 ms; two letters, 1.8 ms for the first 500.
    """
    words = text.replace("\0", "").split()[:WORDS]
    if not words:
        return people.none()
    if number := member_numbers.read(text):
        exact = people.filter(member_number=number)
    else:
        exact = people.filter(email__iexact=words[0]) if len(words) == 1 and "@" in text else people.none()
    if exact.exists():
        return exact
    return people.filter(_dialled(text) if DIALLED.fullmatch(text) else _each(words))


def _each(words: list[str]) -> Q:
    """Every word fits; an initial beside other words is left out, as it is seldom written down."""
    told = [word for word in words if len(word.strip(".")) > 1] or words
    return Q(*(_has(word) for word in told))


def _has(word: str) -> Q:
    """Part of a field; two letters must start a word of it, since in its midst they have no trigram to be found by."""
    found = Q()
    for field in FIELDS:
        if len(word) > 2:
            found |= Q(**{f"{field}__icontains": word})
        else:
            found |= Q(**{f"{field}__istartswith": word}) | Q(**{f"{field}__icontains": f" {word}"})
    return found


def _dialled(text: str) -> Q:
    """Part of a phone as it is written down, or the start of a member number."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return Q(phone__icontains=text.strip()) | Q(member_number__startswith=digits) | Q(username__istartswith=digits)


def is_open(user_id: int) -> bool:
    """Whether the account is there and not closed."""
    return User.objects.filter(pk=user_id, is_active=True).exists()
