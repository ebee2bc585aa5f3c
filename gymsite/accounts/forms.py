"""Forms of the account; they parse input and never write."""

from typing import Any

from django import forms
from django.contrib.auth.hashers import check_password

from gymsite.core.models import Branch, User
from gymsite.core.models.users import STAFF_ROLES


class ProfileForm(forms.Form):
    first_name = forms.CharField(
        max_length=150, required=False, help_text="As the trainers should call you."
    )
    last_name = forms.CharField(max_length=150, required=False)
    phone = forms.CharField(
        max_length=32, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    home_branch = forms.ModelChoiceField(
        Branch.objects.filter(is_active=True),
        required=False,
        empty_label="None",
        help_text="Its timetable opens first.",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # it says whose rows they see, so somebody else sets it
        if user.role in STAFF_ROLES:
            self.fields["home_branch"].disabled = True
            self.fields["home_branch"].help_text = "Where you work. The owner sets it."
        for name, hint in (
            ("first_name", "given-name"),
            ("last_name", "family-name"),
            ("phone", "tel"),
        ):
            self.fields[name].widget.attrs["autocomplete"] = hint

    def changes(self) -> dict[str, Any]:
        """Keyword arguments of operations.users.change_profile."""
        data = dict(self.cleaned_data)
        branch = data.pop("home_branch")
        return data | {"home_branch_id": branch.pk if branch else None}


class PasswordConfirmedForm(forms.Form):
    """A change that the person confirms with their own password."""

    password = forms.CharField(label="Your password", widget=forms.PasswordInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not check_password(password, self.user.password):
            raise forms.ValidationError("That is not your password.", code="password")
        return password


class EmailForm(PasswordConfirmedForm):
    email = forms.EmailField(
        label="New e-mail address", help_text="The old one is told, too."
    )
    field_order = ("email", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "email"


class UsernameForm(PasswordConfirmedForm):
    username = forms.CharField(
        max_length=150,
        label="New username",
        help_text="You may log in with your address, too.",
    )
    field_order = ("username", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["autocomplete"] = "username"


class JoinCodeForm(forms.Form):
    code = forms.CharField(label="Six digits", max_length=12)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hints = {
            "inputmode": "numeric",
            "autocomplete": "one-time-code",
            "class": "input code",
        }
        self.fields["code"].widget.attrs |= hints


class PinForm(PasswordConfirmedForm):
    """Six new digits, typed twice."""

    pin = forms.CharField(
        label="New PIN",
        max_length=6,
        help_text="Six digits, not all alike and not in a row.",
    )
    again = forms.CharField(label="The same once more", max_length=6)
    field_order = ("pin", "again", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("pin", "again"):
            digits = {
                "inputmode": "numeric",
                "autocomplete": "off",
                "class": "input code",
            }
            self.fields[name].widget = forms.PasswordInput(
                attrs=digits | {"maxlength": 6}
            )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if "pin" in typed and "again" in typed and typed["pin"] != typed["again"]:
            self.add_error("again", "The two are not the same.")
        return typed
