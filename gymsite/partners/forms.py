"""Forms of the partners' console; they parse input and never write."""

from datetime import datetime, timedelta
from typing import Any

from django import forms

from gymsite.partners.models import Scope

LASTS = {
    "": "Until I end it",
    "30": "30 days",
    "90": "90 days",
    "365": "A year",
}
OVERLAPS = {
    "0": "Not at all: it ends now",
    "1": "1 hour",
    "24": "24 hours",
    "168": "7 days",
}


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=80, label="What uses it", help_text="Such as Payroll."
    )
    scopes = forms.MultipleChoiceField(
        choices=Scope,
        label="What it opens",
        widget=forms.CheckboxSelectMultiple,
        help_text="No more than it needs.",
    )
    days = forms.ChoiceField(
        choices=list(LASTS.items()), required=False, label="It opens for"
    )

    def asked(self, now: datetime) -> dict[str, Any]:
        """What operations.api_keys.make_key takes."""
        data = self.cleaned_data
        lasts = timedelta(days=int(data["days"])) if data["days"] else None
        return {
            "name": data["name"],
            "scopes": data["scopes"],
            "expires_at": now + lasts if lasts else None,
        }


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        choices=list(OVERLAPS.items()),
        initial="24",
        label="The old key goes on for",
        help_text="So that your programs can change over.",
    )

    def asked(self) -> timedelta:
        return timedelta(hours=int(self.cleaned_data["overlap"]))
