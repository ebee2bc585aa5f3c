"""The brand, its branches and their opening hours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gymsite.backoffice import (
    BY_NAME,
    Action,
    BranchScoped,
    ReasonForm,
    StaffAdmin,
    reason_for,
)
from gymsite.backoffice.forms import WordedForm
from gymsite.backoffice.inlines import RowsInline
from gymsite.backoffice.times import ClosingField
from gymsite.core import dependents
from gymsite.core.models import Branch, BranchHours, Brand
from gymsite.core.operations import branches


class HoursForm(WordedForm):
    closes = ClosingField(help_text="00:00 is midnight, the end of the day.")


class HoursInline(RowsInline):
    model = BranchHours
    form = HoursForm
    extra = 0
    max_num = 7


def switch_branch(*, on: bool) -> Any:
    def run(
        request: HttpRequest, row: Branch, given: dict[str, Any], now: datetime
    ) -> str:
        branches.switch_branch(
            branch_id=row.pk,
            on=on,
            reason=given["reason"],
            actor_id=request.user.pk,
            now=now,
        )
        return (
            f"{row} is open again."
            if on
            else f"{row} is closed. Everybody booked or waiting there is being told."
        )

    return run


def what_hangs_on_branches(rows: Sequence[Branch], now: datetime) -> dict[str, str]:
    return dependents.shown("core.branch", rows, now)


@admin.register(Branch)
class BranchAdmin(BranchScoped):
    branch_path = "id"
    slug_route = "branch"
    keyset = BY_NAME
    list_display = ("name", "time_zone", "phone", "is_active")
    search_fields = ("name", "slug")
    inlines = [HoursInline]
    row_actions = (
        Action(
            "off",
            "Close the branch",
            switch_branch(on=False),
            form=reason_for("Everybody who booked reads this."),
            facts=what_hangs_on_branches,
            single=True,
            loses=True,
            explain=(
                "Its sessions ahead are called off and everybody is told; nothing is "
                "sold or lent there any more."
            ),
        ),
        Action(
            "on",
            "Open the branch again",
            switch_branch(on=True),
            form=ReasonForm,
            single=True,
        ),
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: Branch | None = None
    ) -> tuple[str, ...]:
        """Fields that only actions change: a branch's zone, and whether it is open.

        The actions ask what depends on them; a new branch's zone is typed.
        """
        by_action = ("is_active", "time_zone") if obj else ("is_active",)
        return (
            by_action
            if request.user.sees_all_branches
            else ("name", "slug", "time_zone", "is_active")
        )


@admin.register(Brand)
class BrandAdmin(StaffAdmin):
    list_display = ("name", "hue", "currency", "support_email")
