"""Forms of the shop: they parse what was typed and never write."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from catalog.models import LARGEST_QUANTITY
from gymsite.core import references
from gymsite.core.errors import Invalid
from gymsite.core.models import Branch
from gymsite.web.fields import DayField, DayInput

BIGGEST = 2**63 - 1  # a bigint
A_NUMBER = f"Type a number from 1 to {LARGEST_QUANTITY}."


def quantity_of(given: QueryDict, name: str = "quantity") -> int:
    """A whole number as it was typed; the operation judges it. Raises Invalid."""
    typed = given.get(name, "").strip()
    digits = typed.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):
        raise Invalid({"quantity": [A_NUMBER]})
    return int(typed)


class CheckoutForm(forms.Form):
    """Which cart is paid, where it is collected and how it is paid.

    ``total`` is what it came to on the page, in minor units.
    """

    cart = forms.IntegerField(min_value=1, max_value=BIGGEST, widget=forms.HiddenInput)
    total = forms.IntegerField(min_value=0, max_value=BIGGEST, widget=forms.HiddenInput)
    branch = forms.TypedChoiceField(
        coerce=int,
        label="Collect it at",
        error_messages={"invalid_choice": "There is no such branch."},
    )
    pay = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="How to pay",
        error_messages={"required": "Choose how to pay."},
    )

    def __init__(
        self,
        ways: list[tuple[str, str]],
        branches: Sequence[Branch],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        branch, pay = self.fields["branch"], self.fields["pay"]
        assert isinstance(branch, forms.ChoiceField)
        assert isinstance(pay, forms.ChoiceField)
        branch.choices = [(str(one.pk), one.name) for one in branches]
        pay.choices = ways


def _day(label: str) -> DayField:
    return DayField(
        input_formats=["%Y-%m-%d"],
        widget=DayInput(format="%Y-%m-%d"),
        label=label,
        error_messages={"required": "Choose a day.", "invalid": "This is not a day."},
    )


class RentDaysForm(forms.Form):
    """Where, and from which day to which, both included."""

    branch = forms.ChoiceField(
        label="Branch", error_messages={"invalid_choice": "There is no such branch."}
    )
    first = _day("First day")
    last = _day("Last day")

    def __init__(
        self, branches: Sequence[Branch], today: date, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        branch = self.fields["branch"]
        assert isinstance(branch, forms.ChoiceField)
        self.branches, self.today = branches, today
        branch.choices = [(one.slug, one.name) for one in branches]
        for name in ("first", "last"):
            self.fields[name].widget.attrs["min"] = today.isoformat()


class RentForm(RentDaysForm):
    """The days, what they came to on the page (minor units), and how they are paid.

    ``reference`` is the one that the rental will have, so that the form sent twice
    rents once.
    """

    reference = forms.CharField(max_length=20, widget=forms.HiddenInput)
    total = forms.IntegerField(min_value=0, max_value=BIGGEST, widget=forms.HiddenInput)
    pay = forms.ChoiceField(
        widget=forms.RadioSelect,
        label="How to pay",
        error_messages={"required": "Choose how to pay."},
    )

    def __init__(self, ways: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pay = self.fields["pay"]
        assert isinstance(pay, forms.ChoiceField)
        pay.choices = ways
        for name in ("branch", "first", "last"):
            self.fields[name].widget = forms.HiddenInput()

    def clean_reference(self) -> str:
        reference = references.read(self.cleaned_data["reference"])
        if reference is None:
            raise forms.ValidationError(
                "This page is out of date. Look at it again.", code="reference"
            )
        return reference


class ReviewForm(forms.Form):
    """Stars, and words where there are some."""

    rating = forms.TypedChoiceField(
        choices=[(str(n), f"{n} star{'s' if n > 1 else ''}") for n in range(1, 6)],
        coerce=int,
        widget=forms.RadioSelect,
        label="How many stars?",
        error_messages={
            "required": "Give 1 to 5 stars.",
            "invalid_choice": "Give 1 to 5 stars.",
        },
    )
    title = forms.CharField(max_length=80, required=False, label="In one line")
    text = forms.CharField(
        max_length=2000,
        required=False,
        label="What others should know",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Shown without your name, once our staff have read it.",
    )
