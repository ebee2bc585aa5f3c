"""Forms of the account: they parse what was typed and never write."""

from typing import Any

from django import forms
from django.contrib.auth.hashers import check_password

from gymsite.core.models import Branch, User


class ProfileForm(forms.Form):
    first_name = forms.CharField(max_length=150, required=False, help_text="As the trainers should call you.")
    last_name = forms.CharField(max_length=150, required=False)
    phone = forms.CharField(max_length=32, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    home_branch = forms.ModelChoiceField(
        Branch.objects.filter(is_active=True),
        required=False,
        empty_label="None",
        help_text="Its timetable opens first.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, hint in (("first_name", "given-name"), ("last_name", "family-name"), ("phone", "tel")):
            self.fields[name].widget.attrs["autocomplete"] = hint

    def changes(self) -> dict[str, Any]:
        """Keyword arguments of operations.users.change_profile."""
        data = dict(self.cleaned_data)
        branch = data.pop("home_branch")
        return data | {"home_branch_id": branch.pk if branch else None}


class PinForm(forms.Form):
    """Six new digits, twice, confirmed by the account's password."""

    pin = forms.CharField(label="New PIN", max_length=6, help_text="Six digits, not all alike and not in a row.")
    again = forms.CharField(label="The same once more", max_length=6)
    password = forms.CharField(label="Your password", widget=forms.PasswordInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for name in ("pin", "again"):
            digits = {"inputmode": "numeric", "autocomplete": "off", "class": "input code"}
            self.fields[name].widget = forms.PasswordInput(attrs=digits | {"maxlength": 6})
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not check_password(password, self.user.password):
            raise forms.ValidationError("That is not your password.", code="password")
        return password

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if "pin" in typed and "again" in typed and typed["pin"] != typed["again"]:
            self.add_error("again", "The two are not the same.")
        return typed
