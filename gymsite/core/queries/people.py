"""The one search box of the staff: a name, an e-mail address, a phone, a member number."""

from django.db.models import Q, QuerySet

from .. import member_numbers
from ..models import User

LONGEST = 80  # characters of a search that are read
WORDS = 5
AT_MOST = 200  # people whose rows a search of other tables looks at
FIELDS = ("username", "email", "first_name", "last_name", "phone")


def find(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of ``people`` whom ``text`` means; in no order.

    A whole member number or e-mail address goes by its unique index. Otherwise each word must be part of one of FIELDS,
    or the start of a member number: a BitmapOr over core_user_search (see docs/staff.md for the plan).
    """
    words = text.replace("\0", "").split()[:WORDS]
    if not words:
        return people.none()
    if number := member_numbers.read(text):
        exact = people.filter(member_number=number)
    else:
        exact = people.filter(email__iexact=words[0]) if len(words) == 1 and "@" in text else people.none()
    return exact if exact.exists() else people.filter(*(_has(word) for word in words))


def _has(word: str) -> Q:
    """A word of one or two letters must start a field: as a part it would have no trigram, and mean half the table."""
    how = "icontains" if len(word) > 2 else "istartswith"
    found = Q()
    for field in FIELDS:
        found |= Q(**{f"{field}__{how}": word})
    return found | Q(member_number__startswith=word) if word.isascii() and word.isdigit() else found
