"""Fields that forms of several apps have."""

from datetime import date
from typing import Any

from django import forms

from gymsite.core.periods import read_day


class DayInput(forms.DateInput):
    """What is no day stays out of the field: a browser shows it empty and complains."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, date):
            return value.isoformat()
        day = read_day(super().format_value(value) or "")
        return day.isoformat() if day else None


class DayField(forms.DateField):
    """A day as gymsite.core.periods.read_day reads it."""

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str) and value and read_day(value.strip()) is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)
