"""Times of day on the pages of staff."""

from datetime import time
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTimeWidget

from gymsite.core.models.branches import MIDNIGHT


class ClosingField(forms.TimeField):
    """The end of a day's hours; midnight is that end, however it is typed."""

    widget = AdminTimeWidget

    def to_python(self, value: Any) -> time | None:
        is_midnight = isinstance(value, str) and value.strip().lower() in (
            "24:00",
            "24:00:00",
            "midnight",
        )
        return MIDNIGHT if is_midnight else super().to_python(value)
