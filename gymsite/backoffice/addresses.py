"""Parts of addresses that staff choose.

They are kept in one form, and never take the name of another page.
"""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import resolve, reverse

EXAMPLE = "evening-yoga"
WORDS = {
    "invalid": f"Letters, figures and hyphens, as in {EXAMPLE}.",
    "unique": "This is taken by another one.",
}


class AddressPartField(forms.CharField):
    """A slug; ``route`` is the page whose address contains it."""

    widget = AdminTextInputWidget
    default_validators = [RegexValidator(r"^[a-z0-9_-]+\Z", WORDS["invalid"])]

    def __init__(self, *, route: str = "", **kwargs: Any) -> None:
        self.route = route
        super().__init__(error_messages=WORDS, **kwargs)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).lower()

    def run_validators(self, value: str) -> None:
        """Check its form, then whether its address leads to its own page."""
        super().run_validators(value)
        if not value or not self.route:
            return
        address = reverse(self.route, args=[value])
        if resolve(address).url_name != self.route:
            raise ValidationError(
                f"{address} is another page of the site. Choose another word."
            )


def address_part(field: models.Field, route: str) -> AddressPartField:
    """The form's field of a column that is a part of an address.

    The column may also be another kind of name made of the same letters.
    """
    is_part = field.name == "slug"
    there = reverse(route, args=[EXAMPLE]) if route else ""
    return AddressPartField(
        route=route,
        max_length=field.max_length,
        required=not field.blank,
        label="Part of the address"
        if is_part
        else str(field.verbose_name).capitalize(),
        help_text=f"As in {there}" if there else str(field.help_text),
    )
