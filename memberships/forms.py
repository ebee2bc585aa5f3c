from django import forms

from gymsite.core.models import Branch


class EnrolForm(forms.Form):
    """Where the membership belongs; its plan comes from the address."""

    branch = forms.ModelChoiceField(
        Branch.objects.filter(is_active=True), empty_label=None, label="Your branch"
    )
