"""What every page shows around its content: the brand, the unread badge, the links.

One statement reads it.
"""

from dataclasses import dataclass

from gymsite.postgres.rows import fetch_one
from gymsite.postgres.statements import statements
from gymsite.web.staticfiles import nearest_hue

SQL = statements("gymsite.web", "page_header")

MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class PageHeader:
    """``unread`` is at most 100; ``hue`` one of the stylesheet's rules."""

    name: str = "Northside"
    hue: int = 150
    currency: str = "GBP"
    unread: int = 0

    @property
    def unread_label(self) -> str:
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


def read_page_header(user_id: int | None) -> PageHeader:
    return header_of(*fetch_one(SQL.page_header, {"user": user_id}))


def header_of(
    name: str | None, hue: int | None, currency: str | None, unread: int
) -> PageHeader:
    """A header from the columns of the brand's row, which a new database may lack."""
    if name is None or hue is None or currency is None:
        return PageHeader(unread=unread)
    return PageHeader(name, nearest_hue(hue), currency, unread)
