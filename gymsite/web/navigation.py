"""The links that menus are made of.

Each app has links to its own pages; gymsite.navigation arranges them.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a menu.

    ``name`` is what its page calls its section, and the URL's name without a ``route``.
    """

    name: str
    label: str
    icon: str = ""
    route: str = ""
    query: str = ""

    @property
    def url(self) -> str:
        return reverse(self.route or self.name) + self.query

    def called(self, label: str) -> "Link":
        """The same link in other words."""
        return replace(self, label=label)


CONTACT = Link("contact", "Contact and opening hours")
TERMS = Link("terms", "Terms")
PRIVACY = Link("privacy", "Privacy")


def audience_of(user: Any) -> str:
    """Whose links the header shows.

    It is ``visitor``, ``member``, ``trainer`` or ``staff``.
    """
    if not user.is_authenticated:
        return "visitor"
    if user.is_staff:
        return "staff"
    return "trainer" if user.role == "trainer" else "member"
