"""Forms of bookings: they parse what was typed and never write."""

from typing import Any

from django import forms
from django.http import QueryDict

from bookings.models import Appointment, Booking
from gymsite.core.models import Branch, User
from gymsite.core.text import is_key


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
