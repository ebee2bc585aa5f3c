"""Inputs of the admin's forms that say what they are.

They say it to a screen reader and to a checker of HTML.
"""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect
from django.core.exceptions import ValidationError


class Choice(AutocompleteSelect):
    """An autocomplete whose form, not the browser, demands a choice.

    The browser would demand one of a select that is not seen.
    """

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        made = super().build_attrs(base_attrs, extra_attrs)
        made.pop("required", None)
        return made

    def optgroups(
        self, name: str, value: Any, attr: dict[str, Any] | None = None
    ) -> Any:
        """The choices to show; a value that is no key chooses none."""
        return super().optgroups(
            name, [one for one in value if self._is_key(one)], attr
        )

    def _is_key(self, value: Any) -> bool:
        try:
            self.field.target_field.to_python(value)
        except ValidationError:
            return False
        return True

    def create_option(
        self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        return super().create_option(name, value, label or "None", *args, **kwargs)


class DateAndTime(AdminSplitDateTime):
    """Two inputs below one label, each with a name of its own."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, label in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = label


class Unseen(forms.HiddenInput):
    """A hidden field that no label points at."""

    def id_for_label(self, id_: str | None) -> str:
        return ""
