"""People, and what staff change of their accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from gymsite.accounts import roles
from gymsite.accounts.operations import credentials
from gymsite.backoffice import (
    Action,
    ActionForm,
    BranchScoped,
    Exported,
    Harmless,
    ReasonForm,
    StaffAdmin,
    branch_filter,
    calling,
)
from gymsite.backoffice.actions import Run
from gymsite.backoffice.forms import StaffForm
from gymsite.core import dependents, tokens
from gymsite.core.errors import Forbidden
from gymsite.core.models import Branch, Role, User
from gymsite.core.models.users import STAFF_ROLES
from gymsite.core.operations import users
from gymsite.core.queries.users import find


class PinForm(ActionForm):
    pin = forms.CharField(
        max_length=6,
        widget=forms.PasswordInput(
            attrs={"inputmode": "numeric", "autocomplete": "off"}
        ),
        label="New PIN",
    )


class RoleForm(ReasonForm):
    role = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = roles.below(self.request.user.role)
        self.fields["role"].choices = [(role.value, role.label) for role in allowed]


class MoveForm(ReasonForm):
    branch = forms.ModelChoiceField(
        Branch.objects.filter(is_active=True), empty_label=None
    )
    field_order = ("branch", "reason")


# what a role alone does not give
NEXT_STEP: dict[str, str] = {
    Role.TRAINER: "A trainer who is new needs a page, too: add it under Trainers."
}


def move(request: HttpRequest, row: User, given: dict[str, Any], now: datetime) -> str:
    branch: Branch = given["branch"]
    users.change_branch(
        user_id=row.pk,
        branch_id=branch.pk,
        actor_id=request.user.pk,
        reason=given["reason"],
        now=now,
    )
    return f"{row} belongs to {branch} now."


def role_changed(row: User, user: User) -> str:
    said = f"{row} is {user.get_role_display().lower()} now."
    return f"{said} {NEXT_STEP.get(user.role, '')}".rstrip()


def guarded(run: Run) -> Run:
    """Refuse an act on oneself, a peer or a superior; an owner may act on others."""

    def checked(
        request: HttpRequest, row: User, given: dict[str, Any], now: datetime
    ) -> str:
        if row.pk == request.user.pk or row.role not in roles.below(request.user.role):
            raise Forbidden(
                "This account is yours or not beneath yours.", remedy="Ask the owner."
            )
        return run(request, row, given, now)

    return checked


def account(rows: Sequence[User], now: datetime) -> dict[str, Any]:
    return {
        "Role": ", ".join(row.get_role_display() for row in rows),
        "Open accounts": sum(row.is_active for row in rows),
    }


def what_closing_ends(rows: Sequence[User], now: datetime) -> dict[str, Any]:
    return {**account(rows, now), **dependents.shown("core.user", rows, now)}


class PersonForm(StaffForm):
    """The form compares with others' rows what is kept of the input (users.KEPT_AS)."""

    def clean_email(self) -> str:
        return users.KEPT_AS["email"](self.cleaned_data["email"])

    def clean_username(self) -> str:
        return users.KEPT_AS["username"](self.cleaned_data["username"])


@admin.register(User)
class UserAdmin(Exported, BranchScoped):
    form = PersonForm
    exporter = "core.export_user"
    exported = {
        "member_number": F("member_number"),
        "first_name": Harmless("first_name"),
        "last_name": Harmless("last_name"),
        "email": Harmless("email"),
        "phone": Harmless("phone"),
        "role": F("role"),
        "branch": Harmless("home_branch__name"),
        "joined": F("date_joined"),
        "is_active": F("is_active"),
    }
    branch_path = "home_branch_id"
    list_display = (
        "member_number",
        "full_name",
        "email",
        "phone",
        "role",
        "home_branch",
        "is_active",
    )
    list_display_links = ("member_number", "full_name")
    list_filter = ("role", "is_active", branch_filter("home_branch_id"))
    list_select_related = ("home_branch",)
    search_fields = (
        "username",
        "email",
        "first_name",
        "last_name",
        "phone",
        "member_number",
    )
    search_help_text = "A name, e-mail address, phone or member number."
    fields = ("first_name", "last_name", "email", "phone", "username", "home_branch")
    row_actions = (
        Action(
            "pin",
            "Set a PIN",
            calling(
                credentials.set_pin,
                "user_id",
                lambda row, _: f"{row} checks in with the new PIN from now on.",
            ),
            form=PinForm,
            single=True,
            explain="Six digits, for the kiosk.",
        ),
        Action(
            "role",
            "Change the role",
            guarded(calling(users.change_role, "user_id", role_changed)),
            form=RoleForm,
            facts=account,
            single=True,
        ),
        Action(
            "move",
            "Change the branch",
            move,
            form=MoveForm,
            single=True,
            explain="Staff see the rows of theirs.",
        ),
        Action(
            "deactivate",
            "Close the account",
            guarded(
                calling(
                    users.deactivate_user,
                    "user_id",
                    lambda row, _: (
                        f"{row}'s account is closed. Their places and turns are being "
                        "given back."
                    ),
                )
            ),
            form=ReasonForm,
            facts=what_closing_ends,
            explain="They can't log in any more; what they hold is ended as follows.",
            loses=True,
        ),
        Action(
            "reopen",
            "Open the account again",
            guarded(
                calling(
                    users.reopen_user,
                    "user_id",
                    lambda row, _: f"{row}'s account is open again.",
                )
            ),
            form=ReasonForm,
            facts=account,
            explain="They log in as before. What closing gave back stays given back.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The branch's people, and members who have not chosen a branch yet."""
        rows, user = StaffAdmin.get_queryset(self, request), request.user
        if user.sees_all_branches:
            return rows
        unplaced = Q(home_branch__isnull=True, role=Role.MEMBER)
        return rows.filter(
            Q(home_branch=user.home_branch_id) | unplaced
            if user.home_branch_id
            else unplaced
        )

    def find(self, rows: QuerySet, text: str) -> QuerySet:
        return find(rows, text)

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        """Fields that an operation changes, and the branch of staff.

        The branch of staff says whose rows they see.
        """
        if obj is None:
            return ()
        kept = (
            "member_number",
            "role",
            "is_active",
            "date_joined",
            "last_login",
            "records",
        )
        return (*kept, "home_branch") if obj.role in STAFF_ROLES else kept

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        kept = self.get_readonly_fields(request, obj)
        return [
            *kept,
            *(name for name in super().get_fields(request, obj) if name not in kept),
        ]

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """Refuse changes to a peer or a superior, except by an owner."""
        allowed = StaffAdmin.has_change_permission(self, request, obj)
        return allowed and (obj is None or obj.role in roles.below(request.user.role))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kw: Any
    ) -> HttpResponse:
        """Count first, since a refusal undoes what the page's transaction wrote."""
        if request.method == "POST" and not self._keeps_address(request, object_id):
            credentials.count_address_try(
                user_id=None, actor_id=request.user.pk, now=timezone.now()
            )
        return super().changeform_view(request, object_id, *args, **kw)

    def _keeps_address(self, request: HttpRequest, object_id: str | None) -> bool:
        typed = users.KEPT_AS["email"](request.POST.get("email", ""))
        rows = User.objects.filter(email=typed)
        return (
            bool(object_id and object_id.isdecimal())
            and rows.filter(pk=object_id).exists()
        )

    def save_model(
        self, request: HttpRequest, obj: User, form: StaffForm, change: bool
    ) -> None:
        if not change:
            self._register(request, obj, form)
            return
        said = {
            name: form.cleaned_data[name]
            for name in form.changed_data
            if name in self.fields
        }
        changed = credentials.change_account(
            user_id=obj.pk, actor_id=request.user.pk, now=timezone.now(), **said
        )
        obj.__dict__.update(changed.__dict__)

    def _register(self, request: HttpRequest, obj: User, form: StaffForm) -> None:
        made = users.register_user(
            **{
                name: form.cleaned_data[name]
                for name in ("first_name", "last_name", "email", "phone", "username")
            },
            home_branch_id=obj.home_branch_id,
            password=tokens.new(),  # nobody's: the member chooses one by mail
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        obj.__dict__.update(made.__dict__)

    def events_of(self, row: User) -> Q:
        """Everything that concerns the member (core_event_member)."""
        return Q(member_id=row.pk)

    def named(self, row: User) -> str:
        return f"{row}, {row.member_number}"

    @admin.display(description="records")
    def records(self, obj: User) -> str:
        return render_to_string("admin/core/_records.html", {"member": obj})

    @admin.display(description="name")
    def full_name(self, obj: User) -> str:
        return str(obj)
