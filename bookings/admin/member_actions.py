"""What the desk does for a member who stands before it: let them in, book them in."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from bookings.admin.session_actions import booked_in
from bookings.models import Booking, CheckIn
from bookings.operations.checkins import check_in
from bookings.queries import appointments, bookings, session_picker
from gymsite.backoffice import Action, ActionForm, NamedField, offer, offer_card
from gymsite.core.models import Branch, User


class CheckInForm(ActionForm):
    """``nonce`` makes a doubled click one visit."""

    branch = forms.ModelChoiceField(Branch.objects.none(), empty_label=None)
    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].queryset = self.model_admin.admin_site.get_model_admin(
            Branch
        ).get_queryset(self.request)
        self.fields["branch"].initial = self.request.user.home_branch_id


def let_in(
    request: HttpRequest, row: User, given: dict[str, Any], now: datetime
) -> str:
    visit = check_in(
        member_id=row.pk,
        branch_id=given["branch"].pk,
        method=CheckIn.Method.DESK,
        nonce=given["nonce"],
        actor_id=request.user.pk,
        now=now,
    )
    return (
        f"{row} is checked "
        f"in{' for ' + visit.booking.session.gym_class.name if visit.booking else ''}."
    )


def ahead(rows: Sequence[User], now: datetime) -> dict[str, Any]:
    (row,) = rows
    return {
        "Booked next": ", ".join(
            str(b.session.gym_class.name) for b in bookings.upcoming(row.pk, now)[:3]
        )
        or "nothing"
    }


class SessionForm(ActionForm):
    session = NamedField(
        of=Booking._meta.get_field("session"), help_text=session_picker.HELP
    )


def book(request: HttpRequest, row: User, given: dict[str, Any], now: datetime) -> str:
    return booked_in(request, session=given["session"], member=row, now=now)


offer(
    User,
    Action("checkin", "Check in", let_in, form=CheckInForm, single=True),
    Action("book", "Book a session", book, form=SessionForm, facts=ahead, single=True),
)


def appointments_ahead(request: HttpRequest, row: User) -> str:
    """The member's next appointments, and the page that books another."""
    if not request.user.has_perm("bookings.view_appointment"):
        return ""
    ahead = appointments.upcoming(row.pk, timezone.now())[:5]
    return render_to_string(
        "admin/bookings/_appointments.html", {"member": row, "ahead": ahead}
    )


offer_card(User, appointments_ahead)
