"""What the demo member has been told, so that their list is not empty."""

import numpy as np

from bookings.event_kinds import BookingEvent
from gymsite.core.event_kinds import CoreEvent
from gymsite.ops.seed.accounts import DEMO_MEMBER
from gymsite.ops.seed.columns import DAY, HOUR, Maybe, Table, text_bytes
from gymsite.ops.seed.draws import reference_letters
from gymsite.ops.seed.plan import Plan, day_of
from gymsite.ops.seed.tables.bookings import Bookings
from gymsite.ops.seed.tables.memberships import Memberships
from gymsite.ops.seed.tables.sessions import Sessions
from gymsite.ops.seed.tables.timetable import Classes, class_types


def notification_table(
    plan: Plan, held: Memberships, week: Classes, dated: Sessions, booked: Bookings
) -> Table:
    """One a recent booking of the demo member, the last two unread, and a welcome."""
    mine = np.flatnonzero(held.member[booked.membership] == DEMO_MEMBER.id - 1)[-6:]
    references = reference_letters(mine, plan.seed)
    titles = [
        "Welcome to Northside",
        *(_title(week, dated, session) for session in booked.session[mine]),
    ]
    urls = ["/", *(f"/bookings/{reference.decode()}/" for reference in references)]
    at = np.r_[plan.now - 300 * DAY, booked.booked[mine]]
    read = np.arange(len(at)) < len(at) - 2
    return Table(
        "core_notification",
        {
            "id": np.arange(1, len(at) + 1),
            "user_id": np.full(len(at), DEMO_MEMBER.id),
            "branch_id": 1,
            "kind": text_bytes(
                [CoreEvent.REGISTERED] + [BookingEvent.BOOKED] * len(mine)
            ),
            "title": text_bytes(titles),
            "url": text_bytes(urls),
            "subject_id": None,
            "holds_until": None,
            "created_at": at,
            "is_read": read,
            "read_at": Maybe(np.minimum(at + HOUR, plan.now), read),
            "email_due_at": None,
        },
    )


def _title(week: Classes, dated: Sessions, session: int) -> str:
    """``Booked: Vinyasa Flow, Tue 24 Nov 19:15``"""
    day, minute = day_of(dated.day[session]), int(dated.minute[session])
    name = class_types()[week.kind[dated.of_class[session]]]["name"]
    return (
        f"Booked: {name}, {day:%a} {day.day} {day:%b} "
        f"{minute // 60:02d}:{minute % 60:02d}"
    )
