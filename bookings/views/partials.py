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
    today = branch.today(now)
    its_time = (shown.starts_at, shown.ends_at)
    mine = timetable_page.member_day(
        request.user.pk,
        branch.pk,
        local_day(shown.wall, shown.zone),
        its_time,
        now,
        today,
    )
    if (entry := mine.booked.get(session_id)) and said:
        said = f"{said} {cancelling.sentence(session_rows.terms_of(shown, entry), now)}"
    context = {
        "row": session_rows.articles([shown], mine, now),
        "said": said and f"{shown.name}, {shown.wall:%a %H:%M}. {said}",
        "refusal": refusal,
        **sentences.coming_up(mine, today),
        "in_place": True,
        "reference": entry[1] if entry else "",
    }
    answer = HttpResponse(
        render_to_string("bookings/_row_answer.html", context, request)
    )
    return retarget(answer, f"#s{session_id}")
