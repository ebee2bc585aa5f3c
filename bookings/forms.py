"""Forms of bookings: they parse what was typed and never write."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.http import QueryDict

from bookings.models import Appointment, Availability, AvailabilityException, Booking
from gymsite.core.models import Branch, User
from gymsite.core.models.branches import MIDNIGHT, Weekday
from gymsite.core.periods import FURTHEST, day_bounds, instant
from gymsite.core.text import is_key
from gymsite.web.fields import DayField, DayInput

BIGGEST = 2**31 - 1  # an integer


class KioskStartForm(forms.Form):
    """Offers the branches that ``user`` works at."""

    branch = forms.ModelChoiceField(Branch.objects.none(), empty_label=None)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = Branch.objects.filter(is_active=True)
        if not user.sees_all_branches:
            branches = branches.filter(pk=user.home_branch_id or 0)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]


class KioskForm(forms.Form):
    """Either a scanned ``code``, or ``number`` and ``pin``. The nonce makes a repeated
    send one check-in."""

    nonce = forms.UUIDField()
    code = forms.CharField(max_length=200, required=False)
    number = forms.CharField(max_length=20, required=False)
    pin = forms.CharField(max_length=6, required=False)

    def clean(self) -> dict:
        typed = super().clean() or {}
        if not typed.get("code") and not (typed.get("number") and typed.get("pin")):
            raise forms.ValidationError(
                "Type your member number and your six digits.", code="incomplete"
            )
        return typed


class KioskEndForm(forms.Form):
    """A member number and PIN, or a username or e-mail address and password."""

    name = forms.CharField(max_length=254, label="Your member number, or your username")
    code = forms.CharField(
        max_length=128, label="Your PIN, or your password", widget=forms.PasswordInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class RosterForm(forms.Form):
    """The ids of the ticked bookings, and as ``shown`` the state of every booking.

    ``everybody`` is another button than the one that goes by the ticks.
    """

    everybody = forms.CharField(max_length=3, required=False)
    present = forms.TypedMultipleChoiceField(coerce=int, required=False)
    shown = forms.TypedMultipleChoiceField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        shown = [_booking_shown(text) for text in data.getlist("shown")]
        self._shown = dict(pair for pair in shown if pair)
        self._is_whole = all(shown)
        self._offer("present", [str(booking_id) for booking_id in self._shown])
        self._offer("shown", data.getlist("shown"))

    def _offer(self, name: str, values: list[str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(value, value) for value in values]

    def clean(self) -> dict:
        given = super().clean() or {}
        if not self._is_whole:
            raise forms.ValidationError(
                "This list can't be read. Open it again.", code="shown"
            )
        present = (
            list(self._shown) if given.get("everybody") else given.get("present", [])
        )
        return given | {"shown": self._shown, "present": present}


def _booking_shown(text: str) -> tuple[int, str] | None:
    """``17:booked`` as a booking and its state; None for anything else."""
    number, _, status = text.partition(":")
    known = is_key(number) and status in Booking.Status.values
    return (int(number), status) if known else None


class AppointmentMarkForm(forms.Form):
    """What becomes of an appointment, and where its button stood ("" is its page)."""

    becomes = forms.ChoiceField(choices=Appointment.Status.choices)
    reason = forms.CharField(max_length=200, required=False)
    back = forms.ChoiceField(
        choices=[("week", "week"), ("today", "today")], required=False
    )

    def clean_becomes(self) -> str:
        becomes = self.cleaned_data["becomes"]
        if becomes in (Appointment.Status.REQUESTED, Appointment.Status.LATE_CANCELLED):
            raise forms.ValidationError("Nobody makes it that.", code="becomes")
        return becomes


def _time(label: str, *, required: bool = True, help_text: str = "") -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Type a time such as 09:30."},
    )


def _day(label: str, *, required: bool = True, help_text: str = "") -> DayField:
    return DayField(
        label=label,
        required=required,
        help_text=help_text,
        widget=DayInput(format="%Y-%m-%d"),
        error_messages={"invalid": "Choose a day."},
    )


class HoursForm(forms.Form):
    """A trainer's hours of a weekday and from when until when they hold."""

    weekday = forms.TypedChoiceField(choices=Weekday.choices, coerce=int)
    starts = _time("From")
    ends = _time("Until", help_text="00:00 is the end of the day.")
    valid_from = _day("First day")
    valid_until = _day("Last day", required=False, help_text="Empty: with no end.")

    def clean(self) -> dict:
        given = super().clean() or {}
        starts, ends = given.get("starts"), given.get("ends")
        if starts and ends is not None and ends != MIDNIGHT and ends <= starts:
            self.add_error("ends", "They end after they start.")
        first, last = given.get("valid_from"), given.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", "The last day is not before the first.")
        return given

    def put(self, hours: Availability) -> Availability:
        """The rule as it was typed, not saved."""
        for name, value in self.cleaned_data.items():
            setattr(hours, name, value)
        return hours


class AwayForm(forms.Form):
    """A holiday, a block or extra hours of a trainer: ``span`` is its instants, by the
    clock of their branch."""

    kind = forms.ChoiceField(
        choices=AvailabilityException.Kind.choices,
        widget=forms.RadioSelect,
        label="What",
        initial=AvailabilityException.Kind.HOLIDAY,
    )
    first = _day("First day")
    starts = _time("From", required=False, help_text="Empty: from the morning on.")
    last = _day("Last day", required=False, help_text="Empty: the same day.")
    ends = _time("Until", required=False, help_text="Empty: to the end of the day.")
    reason = forms.CharField(max_length=120, required=False, label="Why")

    def __init__(self, branch: Branch, now: datetime, *args: Any) -> None:
        super().__init__(*args)
        self.branch, self.now = branch, now
        self.span: tuple[datetime, datetime] | None = None

    def clean(self) -> dict:
        given = super().clean() or {}
        if self.errors:
            return given
        first, last = given["first"], given.get("last") or given["first"]
        if max(abs(day - self.branch.today(self.now)) for day in (first, last)) > (
            FURTHEST
        ):
            raise forms.ValidationError("Choose days within the next year.", code="far")
        span = self._span(first, given["starts"], last, given["ends"])
        if span[1] <= span[0]:
            self.add_error("ends", "It ends after it starts.")
        elif span[1] <= self.now:
            self.add_error("last", "That is past.")
        self.span = span
        return given

    def _span(
        self, first: date, starts: time | None, last: date, ends: time | None
    ) -> tuple[datetime, datetime]:
        zone = self.branch.zone
        until = instant(last, ends, zone) if ends else day_bounds(last, zone)[1]
        return instant(first, starts or MIDNIGHT, zone), until


class OtherTimeForm(forms.Form):
    """A day and a time of day."""

    on = _day("Day")
    at = _time("Start")


class BlockForm(forms.Form):
    """For how many minutes from now on; None is the rest of the day."""

    minutes = forms.ChoiceField(choices=[("15", "15"), ("60", "60"), ("rest", "rest")])

    def clean_minutes(self) -> int | None:
        typed = self.cleaned_data["minutes"]
        return None if typed == "rest" else int(typed)


class AppointmentForm(forms.Form):
    """How an appointment is paid, and what its trainer should know.

    ``price`` is what it came to on the page, in minor units. Without ``ways`` nothing
    is to be paid.
    """

    price = forms.IntegerField(min_value=0, max_value=BIGGEST, widget=forms.HiddenInput)
    pay = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="How to pay",
        error_messages={"required": "Choose how to pay."},
    )
    note = forms.CharField(
        max_length=500,
        required=False,
        label="Anything your trainer should know",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, ways: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pay = self.fields["pay"]
        assert isinstance(pay, forms.ChoiceField)
        pay.choices, pay.required = ways, bool(ways)


class ClientNoteForm(forms.Form):
    text = forms.CharField(
        max_length=2000, label="A new note", widget=forms.Textarea(attrs={"rows": 3})
    )


class ClientBookingForm(forms.Form):
    """A service and the instant at which it starts, with its offset."""

    service = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    starts = forms.CharField(max_length=40)

    def clean_starts(self) -> datetime:
        try:
            starts = datetime.fromisoformat(self.cleaned_data["starts"])
        except ValueError:
            starts = None
        if starts is None or starts.tzinfo is None:
            raise forms.ValidationError("Choose one of the times.", code="starts")
        return starts
