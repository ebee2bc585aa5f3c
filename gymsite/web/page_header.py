"""What every page shows around its content: the brand, the unread badge, the links. One
statement."""

from dataclasses import dataclass

from django.db import connection

from gymsite.web.staticfiles import nearest_hue

MOST_COUNTED = 99

# core_notification_unread answers the count from the index alone; nobody needs to know
# of more than 99
FRAME = """
    SELECT brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %s AND NOT is_read LIMIT 100) unread)
      FROM (SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1
"""


@dataclass(frozen=True, slots=True)
class Frame:
    """``unread`` is at most 100; ``hue`` one of the stylesheet's rules."""

    name: str = "Northside"
    hue: int = 150
    currency: str = "GBP"
    unread: int = 0

    @property
    def unread_label(self) -> str:
        return f"{MOST_COUNTED}+" if self.unread > MOST_COUNTED else str(self.unread)


def frame(user_id: int | None) -> Frame:
    with connection.cursor() as cursor:
        cursor.execute(FRAME, [user_id])
        return framed(*cursor.fetchone())


def framed(
    name: str | None, hue: int | None, currency: str | None, unread: int
) -> Frame:
    """A Frame from the columns of the brand's row, which a new database may lack."""
    if name is None or hue is None or currency is None:
        return Frame(unread=unread)
    return Frame(name, nearest_hue(hue), currency, unread)
