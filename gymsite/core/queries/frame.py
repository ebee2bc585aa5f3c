"""What every page shows around its content: the brand, the unread badge, the links. One statement."""

from dataclasses import dataclass

from django.db import connection

from gymsite.core.staticfiles import nearest_hue

MOST_COUNTED = 99

# core_notification_unread answers the count from the index alone; nobody needs to know of more than 99
_COLUMNS = """
           brand.name, brand.hue, brand.currency,
           (SELECT count(*) FROM (SELECT 1 FROM core_notification
                                   WHERE user_id = %s AND NOT is_read LIMIT 100) unread)"""
_BRAND = "(SELECT 1) one LEFT JOIN core_brand brand ON brand.id = 1"
FRAME = f"SELECT {_COLUMNS} FROM {_BRAND}"
# the frame of a page whose content is kept, with the sum of the versions that it is kept under
FRAME_AND_VERSION = f"""
    SELECT (SELECT coalesce(sum(value), 0)::bigint FROM core_dataversion WHERE name = ANY(%s)), {_COLUMNS}
      FROM {_BRAND}
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


def frame_and_version(user_id: int | None, *names: str) -> tuple[Frame, int]:
    """The frame, and a number that grows whenever one of these DataVersions does; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(FRAME_AND_VERSION, [list(names), user_id])
        version, *columns = cursor.fetchone()
    return framed(*columns), version


def framed(name: str | None, hue: int | None, currency: str | None, unread: int) -> Frame:
    """A Frame from the columns of the brand's row, which a new database may lack."""
    if name is None or hue is None or currency is None:
        return Frame(unread=unread)
    return Frame(name, nearest_hue(hue), currency, unread)
