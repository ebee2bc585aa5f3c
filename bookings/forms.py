"""Forms of bookings: they parse what was typed and never write."""

from django import forms
from django.http import QueryDict

from gymsite.core.models import Branch


class KioskStartForm(forms.Form):
    branch = forms.ModelChoiceField(Branch.objects.filter(is_active=True), empty_label=None)


class KioskForm(forms.Form):
    """Either a scanned ``code``, or ``number`` and ``pin``. The nonce makes a repeated send one check-in."""

    nonce = forms.UUIDField()
    code = forms.CharField(max_length=200, required=False)
    number = forms.CharField(max_length=20, required=False)
    pin = forms.CharField(max_length=6, required=False)

    def clean(self) -> dict:
        typed = super().clean() or {}
        if not typed.get("code") and not (typed.get("number") and typed.get("pin")):
            raise forms.ValidationError("Type your member number and your six digits.", code="incomplete")
        return typed


class RosterForm(forms.Form):
    """Who came: the ids of the bookings that are ticked."""

    present = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: QueryDict, booking_ids: list[int]) -> None:
        super().__init__(data)
        present = self.fields["present"]
        assert isinstance(present, forms.TypedMultipleChoiceField)
        present.choices = [(number, str(number)) for number in booking_ids]
