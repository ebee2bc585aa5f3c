"""Class pages, drawn once a change of their session like the timetable's rows, without
what is the reader's own."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from bookings.errors import SessionNotFound
from bookings.models import ClassSession
from bookings.queries import timetable_page
from bookings.views.kept import FRAGMENTS
from gymsite.core.periods import when
from gymsite.web import fragments, request_counters

BIGGEST = 2**63  # a bigint


@dataclass(frozen=True, slots=True)
class ClassPage:
    """``head`` and ``main`` are safe HTML; the rest is what the page's frame and the
    reader's own part need."""

    id: int
    name: str
    title: str
    description: str
    day_address: str
    left: int
    waitlist_length: int
    is_cancelled: bool
    head: SafeString
    main: SafeString


def class_page(session_id: int) -> ClassPage:
    """The page of one session; raises SessionNotFound."""
    keys = timetable_page.session_keys(session_id) if session_id < BIGGEST else None
    if keys is None or not keys.rows:
        raise SessionNotFound(
            "The link may be old.", remedy="The timetable shows what is on."
        )
    page = FRAGMENTS.get(("page", keys.version, *keys.rows[0]))
    request_counters.looked(hits=page is not None, misses=page is None)
    return page or _drawn(session_id)


def _drawn(session_id: int) -> ClassPage:
    for session in timetable_page.sessions_with_keys([session_id]):
        page = draw(session)
        FRAGMENTS.keep(("page", session.stamp, session.pk, session.content), page)
        return page
    raise SessionNotFound(
        "The link may be old.", remedy="The timetable shows what is on."
    )


def draw(session: ClassSession) -> ClassPage:
    starts, name = when(session.starts_at, session.zone), session.gym_class.name
    left = max(session.capacity - session.booked_count, 0)
    day_address = (
        f"/?branch={session.branch.slug}&day={session.session_date.isoformat()}"
    )
    context = {
        "session": session,
        "starts": starts,
        "minutes": round((session.ends_at - session.starts_at).total_seconds() / 60),
        "left": left,
        "day_address": day_address,
    }
    return ClassPage(
        id=session.pk,
        name=name,
        title=f"{name}, {starts}",
        description=(
            f"{name} with {session.trainer.name} at {session.branch.name}, {starts}."
        ),
        day_address=day_address,
        left=left,
        waitlist_length=session.waitlist_length,
        is_cancelled=session.status == ClassSession.Status.CANCELLED,
        head=fragments.draw("bookings/_class_head.html", context),
        main=fragments.draw("bookings/_class_shared.html", context),
    )
