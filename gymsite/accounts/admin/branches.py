"""The brand, its branches and their opening hours."""

from django.contrib import admin
from django.http import HttpRequest

from gymsite.backoffice import (
    BY_NAME,
    Action,
    BranchScoped,
    ReasonForm,
    StaffAdmin,
    calling,
    hanging,
    reason_for,
)
from gymsite.backoffice.forms import WordedForm
from gymsite.backoffice.inlines import RowsInline
from gymsite.backoffice.times import ClosingField
from gymsite.core.models import Branch, BranchHours, Brand
from gymsite.core.operations import branches


class HoursForm(WordedForm):
    closes = ClosingField(help_text="00:00 is midnight, the end of the day.")


class HoursInline(RowsInline):
    model = BranchHours
    form = HoursForm
    extra = 0
    max_num = 7


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
            calling(
                branches.switch_branch,
                "branch_id",
                lambda row, _: (
                    f"{row} is closed. Everybody booked or waiting there is being told."
                ),
                on=False,
            ),
            form=reason_for("Everybody who booked reads this."),
            facts=hanging("core.branch"),
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
            calling(
                branches.switch_branch,
                "branch_id",
                lambda row, _: f"{row} is open again.",
                on=True,
            ),
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
