"""What memberships say no with."""

from gymsite.core import money
from gymsite.core.errors import DomainError, for_constraint, misfit


class PlanNotOnSale(DomainError):
    """This plan is not on sale."""

    code = "plan_not_on_sale"


class AlreadyMember(DomainError):
    """You have a membership already."""

    code = "already_member"


class MembershipNotEnded(DomainError):
    """This membership can't be ended from the state it is in."""

    code = "wrong_membership_state"


class AllowanceUsedUp(DomainError):
    """All classes of this plan are used."""

    code = "allowance_used_up"
    status = 403
    allowance_id: int | None = None  # which of several that were charged at once


class PackRequired(DomainError):
    """No pack of yours pays for this appointment."""

    code = "pack_required"
    status = 403


class PackUsedUp(DomainError):
    """All appointments of this pack are used."""

    code = "pack_used_up"
    status = 403


ONE_BASE = "Change it on the membership page, or add a class pack."

for_constraint("memberships_membership_one_base", AlreadyMember(remedy=ONE_BASE))
for_constraint(
    "memberships_allowance_within_grant",
    AllowanceUsedUp(remedy="Buy a pack or upgrade."),
)
for_constraint(
    "memberships_plan_classes_fit_kind",
    misfit(
        "classes",
        "Say how many classes, one at least. Of an unlimited plan leave this empty.",
    ),
)
for_constraint(
    "memberships_plan_packs_expire",
    misfit(
        "valid_days",
        "Say how many days a pack lasts. Of another plan leave this empty.",
    ),
)
for_constraint(
    "memberships_plan_appointments_in_packs",
    misfit(
        "includes_appointments",
        "Only a pack includes appointments, and it includes no classes then.",
    ),
)
for_constraint("memberships_plan_currency_known", misfit("currency", money.UNKNOWN))
