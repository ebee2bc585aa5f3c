"""An appointment that its trainer moves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bookings.forms import OtherTimeForm
from bookings.models import Appointment, Trainer
from bookings.rules import slots as rules
from bookings.views.appointments import new_time, other_times, try_move
from bookings.views.training_appointments import own_appointment
from bookings.views.training_pages import trainer_page, training_page
from gymsite.core.errors import NotFound
from gymsite.core.periods import instant, local_day, when
from gymsite.web.http import MemberRequest

BACK = "training-appointment"


@require_safe
@trainer_page
def training_move(request: MemberRequest, me: Trainer, reference: str) -> HttpResponse:
    """The free times that an appointment may be moved to, and any other time."""
    now, found = timezone.now(), own_appointment(me, reference)
    if found.status not in Appointment.STANDS:
        return redirect(BACK, found.reference)
    form = OtherTimeForm(request.GET if "on" in request.GET else None)
    if form.is_valid():
        wall = form.cleaned_data["on"], form.cleaned_data["at"]
        at = rules.start_text(instant(*wall, found.branch.zone))
        return redirect("training-move-to", found.reference, at)
    own_day = local_day(found.starts_at, found.branch.zone).isoformat()
    day = request.GET.get("day", own_day)
    context = other_times(found, day, now, address="training-move-to")
    context |= _around(found) | {"back_name": "The appointment", "other_time": form}
    status = 422 if form.is_bound else 200
    return training_page(
        request, "move_appointment.html", "week", context, status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@trainer_page
def training_move_to(
    request: MemberRequest, me: Trainer, reference: str, start: str
) -> HttpResponse:
    """Say what moving to a time changes, and move there."""
    now, found = timezone.now(), own_appointment(me, reference)
    at = rules.read_start(start)
    if at is None:
        raise NotFound("There is no such time.", remedy="Look at the free times.")
    if found.starts_at == at:  # a double click: the first click moved it
        return redirect(BACK, found.reference)
    refusal = None
    if request.method == "POST":
        refusal = try_move(found, at, actor_id=me.user_id, now=now)
    if request.method == "POST" and refusal is None:
        said = f"Moved to {when(at, found.branch.zone)}. {found.client} is told."
        messages.success(request, said)
        return redirect(BACK, found.reference)
    told = f"{found.client} is told, and may cancel free of charge until it starts."
    context = new_time(found, at, times="training-move") | _around(found)
    context |= {"refusal": refusal, "terms": told}
    status = refusal.status if refusal else 200
    return training_page(request, "move_to.html", "week", context, status=status)


def _around(found: Appointment) -> dict[str, str]:
    return {
        "back": reverse(BACK, args=[found.reference]),
        "who": str(found.client),
    }
