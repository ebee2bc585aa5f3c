"""Bookings and waitlist entries: to read, and to change by operations only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bookings import cancelling
from bookings.models import Booking, WaitlistEntry
from bookings.operations import attendance, bookings, waitlist
from gymsite.backoffice import (
    Action,
    MemberSearched,
    Referenced,
    branch_filter,
    by_status,
    calling,
    reason_for,
)
from gymsite.backoffice.actions import Run
from gymsite.core import references
from gymsite.core.periods import when


def what_is_given_back(rows: Sequence[Booking], now: datetime) -> dict[str, Any]:
    held = [row for row in rows if row.status == Booking.Status.BOOKED]
    return {
        "Places given back": len(held),
        "Classes given back to limited plans": sum(
            row.allowance_id is not None for row in held
        ),
        "Of those waiting may move up": sum(
            row.session.waitlist_length > 0 for row in held
        ),
        "Not booked any more": len(rows) - len(held),
    }


def cancelled(row: Booking, ended: Booking) -> str:
    return (
        f"{row.member}'s booking {references.shown(row.reference)} is cancelled. "
        f"{cancelling.cancelled(ended)}"
    )


def marking(status: str) -> Run:
    return calling(
        attendance.mark_attendance,
        "booking_id",
        lambda row, marked: f"{row.member}: {marked.get_status_display().lower()}.",
        status=status,
    )


@admin.register(Booking)
class BookingAdmin(Referenced, MemberSearched):
    list_display = (
        "reference_shown",
        "member",
        "session_shown",
        "status",
        "source",
        "booked_at",
        "branch",
    )
    list_filter = ("status", "source", branch_filter())
    list_select_related = ("member", "branch", "session__gym_class", "session__room")
    search_help_text = (
        "A booking's reference, or a name, e-mail address, phone or member number."
    )
    links = ("member__id__exact", "session__id__exact")
    row_actions = (
        Action(
            "cancel",
            "Cancel the booking",
            calling(bookings.cancel_booking, "booking_id", cancelled),
            form=reason_for("The member reads this."),
            facts=what_is_given_back,
            explain=(
                "The place goes to the first in line. Cancelled by staff, a class "
                "always goes back to its plan."
            ),
            loses=True,
        ),
        Action("attended", "Mark as attended", marking("attended"), facts=by_status),
        Action("noshow", "Mark as no-show", marking("no_show"), facts=by_status),
        Action("booked", "Take the mark back", marking("booked"), facts=by_status),
    )

    def named(self, row: Booking) -> str:
        return f"{row.member}: {self.session_shown(row)}"

    @admin.display(description="session")
    def session_shown(self, obj: Booking) -> str:
        return f"{obj.session.gym_class.name}, {when(obj.starts_at, obj.session.zone)}"


def take_off(
    request: HttpRequest, row: WaitlistEntry, given: dict[str, Any], now: datetime
) -> str:
    waitlist.leave_waitlist(
        session_id=row.session_id,
        member_id=row.member_id,
        actor_id=request.user.pk,
        now=now,
    )
    return f"{row.member} is off the waitlist; a reserved class went back."


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(MemberSearched):
    list_display = (
        "id",
        "member",
        "session_shown",
        "position",
        "status",
        "joined_at",
        "branch",
    )
    list_filter = ("status", branch_filter())
    list_select_related = ("member", "branch", "session__gym_class")
    links = ("member__id__exact", "session__id__exact")
    row_actions = (
        Action(
            "leave",
            "Take off the waitlist",
            take_off,
            form=reason_for("Kept in the history."),
            facts=by_status,
        ),
    )

    session_shown = BookingAdmin.session_shown

    def named(self, row: WaitlistEntry) -> str:
        return f"{row.member}: {self.session_shown(row)}"
