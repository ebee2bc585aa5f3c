"""Answers to htmx: the row as it is now, what is coming up, and what happened."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django_htmx.http import retarget

from bookings import cancelling
from bookings.queries import timetable_page
from bookings.views import sentences, session_rows
from gymsite.core.errors import DomainError
from gymsite.core.models import Branch
from gymsite.core.periods import local_day


def row(
    request: HttpRequest,
    session_id: int,
    now: datetime,
    *,
    said: str = "",
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The session's row, with a toast of what was ``said`` or refused."""
    shown = session_rows.drawn(timetable_page.session_keys(session_id))[0]
    branch = Branch.objects.get(sessions=session_id)
    today, reader = branch.today(now), (request.user.pk, branch.pk)
    day, its_time = local_day(shown.wall, shown.zone), (shown.starts_at, shown.ends_at)
    mine = timetable_page.member_day(*reader, day, its_time, now, today)
    entry = mine.booked.get(session_id)
    context = {
        "coming_up": sentences.coming_up(mine, today),
        "row": session_rows.articles([shown], mine, now),
        "said": said and _toast(shown, entry, said, now),
        "refusal": refusal,
        "in_place": True,
        "reference": entry[1] if entry else "",
    }
    html = render_to_string("bookings/_row_answer.html", context, request)
    return retarget(HttpResponse(html), f"#s{session_id}")


def _toast(
    shown: session_rows.Row,
    entry: timetable_page.Place | None,
    said: str,
    now: datetime,
) -> str:
    """What was done to which class, and until when it can be cancelled."""
    if entry:
        terms = session_rows.terms_of(shown, entry)
        said = f"{said} {cancelling.sentence(terms, now)}"
    return f"{shown.name}, {shown.wall:%a %H:%M}. {said}"
