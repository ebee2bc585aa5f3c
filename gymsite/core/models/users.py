"""People: members, trainers and staff are one table, told apart by their role."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.crypto import salted_hmac

from gymsite.core import search
from gymsite.core.models.branches import Branch


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    TRAINER = "trainer", "Trainer"
    FRONT_DESK = "front_desk", "Front desk"
    MANAGER = "manager", "Manager"
    OWNER = "owner", "Owner"


# what the one search box of the staff looks in
SEARCHED = ("first_name", "last_name", "username", "email", "phone")
STAFF_ROLES = (Role.FRONT_DESK, Role.MANAGER, Role.OWNER)


class NextMemberNumber(models.Func):
    """The next member number, which the database computes (migration 0001).

    It is seven digits of a sequence and a Luhn check digit.
    """

    function = "core_next_member_number"
    arity = 0
    output_field = models.CharField()


class GymUserManager(UserManager):
    def create_superuser(  # type: ignore[override]
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra: Any,
    ):
        """Make an owner, for ``manage.py createsuperuser``.

        It is how somebody gets in when nobody else can. The account is not one of
        Django's superusers, for whom the table of roles is never asked.
        """
        return self.create_user(
            username, email, password, role=Role.OWNER, is_staff=True, **extra
        )


class User(AbstractUser):
    """Whoever can log in.

    ``is_staff`` opens the admin and follows the role (a constraint says so).
    """

    email = models.EmailField()
    phone = models.CharField(max_length=32, blank=True)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.MEMBER)
    home_branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        db_index=False,
    )
    member_number = models.CharField(
        max_length=12, unique=True, editable=False, db_default=NextMemberNumber()
    )
    pin_hash = models.CharField(max_length=128, blank=True, editable=False)
    credentials_version = models.PositiveIntegerField(
        default=0, db_default=0, editable=False
    )
    calendar_token = models.CharField(max_length=43, null=True, editable=False)  # noqa: DJ001 (NULLs differ)

    objects: ClassVar[GymUserManager] = GymUserManager()

    class Meta:
        constraints = [
            # not unique=True, which would make a second index, for prefixes; only
            # member numbers are searched by theirs
            models.UniqueConstraint(
                fields=["calendar_token"], name="core_user_calendar_token_unique"
            ),
            # UPPER, as in the SQL of Django's __iexact, by which log-in finds people
            models.UniqueConstraint(Upper("email"), name="core_user_email_unique"),
            # log-in and reset look addresses up in this form
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="core_user_email_in_lower_case"
            ),
            models.UniqueConstraint(
                Upper("username"), name="core_user_username_unique"
            ),
            models.CheckConstraint(
                condition=Q(role__in=STAFF_ROLES, is_staff=True)
                | Q(~Q(role__in=STAFF_ROLES), is_staff=False),
                name="core_user_staff_follows_role",
            ),
            # Django never asks the table of roles about a superuser
            models.CheckConstraint(
                condition=Q(is_superuser=False), name="core_user_no_superuser"
            ),
        ]
        indexes = [
            # gymsite.accounts.admin: the one search box finds part of a name, a mail, a
            # phone or a member number
            search.index(*SEARCHED, name="core_user_search"),
            # allauth's log-in, sign-up and reset look up the address as it is kept, in
            # lower case
            models.Index(fields=["email"], name="core_user_email"),
            # the admin's list of a branch's people by role, newest first
            models.Index(
                fields=["home_branch", "role", "-id"], name="core_user_branch_role"
            ),
            # queries.users.with_role: everybody of a role, newest first
            models.Index(
                fields=["role", "is_active", "-id"], name="core_user_role_active"
            ),
            # memberships.queries.analytics: who joined in a month, index-only
            models.Index(
                fields=["date_joined", "is_active"],
                include=["role", "home_branch"],
                name="core_user_joined",
            ),
        ]
        triggers = [
            # the log-in library keeps addresses in a table of its own, where migration
            # 0009 refuses one that differs from this
            pgtrigger.Trigger(
                name="forgets_old_address",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("email"),
                condition=pgtrigger.Condition("OLD.email IS DISTINCT FROM NEW.email"),
                func="""
                    DELETE FROM account_emailaddress WHERE user_id = NEW.id AND email <> NEW.email;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """The value that a page session is tied to.

        The session ends with any change of a credential, not of the password alone.
        """
        tied_to = f"{self.password} {self.credentials_version}"
        return salted_hmac(
            "gymsite.session", tied_to, secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def sees_all_branches(self) -> bool:
        return self.role == Role.OWNER
