"""The one search box of the staff.

It finds people by a name, an e-mail address, a phone or a member number.
"""

import re

from django.db.models import Q, QuerySet

from gymsite.core import member_numbers, search
from gymsite.core.models import User
from gymsite.core.models.users import SEARCHED
from gymsite.core.text import tidy_email

AT_MOST = 200  # people whose rows a search of other tables looks at
DIALLED = re.compile(r"\s*\+?[0-9][0-9 ()/.-]{2,}", re.ASCII)


def find(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of ``people`` whom ``text`` means, in no order.

    A whole member number or e-mail address is found by its unique index, digits are
    part of a phone or the start of a member number, and all else is looked for as
    gymsite.core.search does (index core_user_search).
    """
    if number := member_numbers.read(text):
        exact = people.filter(member_number=number)
    else:
        exact = people.filter(email=tidy_email(text)) if "@" in text else people.none()
    if exact.exists():
        return exact
    return (
        _dialled(people, text)
        if DIALLED.fullmatch(text)
        else search.find(people, text, *SEARCHED)
    )


def _dialled(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Part of a phone as it is written down, or the start of a member number."""
    digits = "".join(letter for letter in text if letter.isdigit())
    people = people.alias(folded_text=search.folded(*SEARCHED))
    return people.filter(
        Q(folded_text__contains=text.strip()) | Q(member_number__startswith=digits)
    )


def with_role(
    people: QuerySet[User], role: str, *, is_active: bool | None = None
) -> QuerySet[User]:
    """Those of ``people`` with a role, newest first (core_user_role_active, of one
    branch core_user_branch_role); page them by -id."""
    found = people.filter(role=role)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    return found.order_by("-id")


def is_open(user_id: int) -> bool:
    """Whether the account is there and not closed."""
    return User.objects.filter(pk=user_id, is_active=True).exists()
