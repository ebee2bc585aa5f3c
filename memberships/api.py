"""Plans and memberships."""

from datetime import date
from typing import Annotated, Literal

from django.db.models import F
from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from gymsite.core.pagination import Page, keyset_page
from gymsite.core.queries.branches import latest_day
from gymsite.core.queries.versions import version_column, version_of
from gymsite.rest.answers import Beside, answer, as_json, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import (
    Day,
    Digits,
    Id,
    Input,
    PageInput,
    PageOf,
    PathId,
    Problem,
    choice_of,
)
from gymsite.web import access
from gymsite.web.http import JSON
from memberships import queries
from memberships.fragments import FRAGMENTS, VERSIONS
from memberships.models import Membership, Plan
from memberships.operations.memberships import enroll as enroll_member
from memberships.queries import Entitlement
from memberships.queries.analytics import member_months

router = Router(tags=["Memberships"])
reports = Router(tags=["Reports"])
REPORT = "memberships.report_membership"
PlanKind = Annotated[str, choice_of("PlanKind", Plan.Kind)]
PlanPeriod = Annotated[str, choice_of("PlanPeriod", Plan.Period)]
MembershipStatus = Annotated[str, choice_of("MembershipStatus", Membership.Status)]

Included = Annotated[
    list[Literal["classes", "appointments", "pool", "vip", "private_rooms"]],
    Field(examples=[["classes", "pool"]]),
]


class PlanDetails(BaseModel):
    """``price_minor`` is in minor units of ``currency``; ``classes`` is null where none
    are counted.

    Then there is no limit, or ``includes`` names no classes and there are none.
    """

    id: int
    name: str
    slug: str
    summary: str
    kind: PlanKind
    period: PlanPeriod
    classes: int | None
    valid_days: int | None
    price_minor: int = Field(examples=[4900])
    currency: str = Field(examples=["GBP"])
    branch: str | None = source(
        "branch_name", description="Null: good at every branch."
    )
    booking_window_days: int | None
    includes: Included = source("included")


class MembershipDetails(BaseModel):
    """``classes_used`` of ``classes_limit`` in the period that today is in; both null
    without a limit.

    Whether it includes classes at all stands in ``includes``.
    """

    id: int
    plan_id: int
    plan: str = source("plan_name")
    kind: PlanKind
    status: MembershipStatus
    is_base: bool
    branch: str = source("branch.name")
    starts_on: date
    ends_on: date | None
    classes_used: int | None
    classes_limit: int | None
    includes: Included = source("included")


class MonthsWanted(BaseModel):
    first: Day = Field(description="A day of the first month.", examples=["2026-01-01"])
    last: Day = Field(
        description="A day of the last one, 36 months at most; none after today's.",
        examples=["2026-11-30"],
    )
    branch: Annotated[Id, Digits] | None = Field(
        None, description="A branch's id; all that one sees if left out."
    )


class MemberMonth(BaseModel):
    """``joined``: accounts opened in the month. ``active``: members with a membership
    on its last day, or today. ``churned``: with one on the last day of the month
    before, and none on this one's."""

    month: date = Field(description="Its first day.", examples=["2026-11-01"])
    joined: int
    active: int
    churned: int


class MemberReport(BaseModel):
    months: list[MemberMonth]


class EnrolmentRequest(Input):
    plan_id: Id
    branch_id: Id | None = Field(
        None, description="Where it belongs; the home branch if left out."
    )


class Enrolment(BaseModel):
    id: int
    plan_id: int
    plan: str = source("plan_name")
    status: MembershipStatus
    starts_on: date
    ends_on: date | None


def _membership(row: Membership, entitlement: Entitlement | None) -> Beside:
    limit = entitlement.limit if entitlement else None
    used = entitlement.used if entitlement and limit is not None else None
    return Beside(row, classes_used=used, classes_limit=limit)


@router.get(
    "/",
    response=PageOf[MembershipDetails],
    operation_id="list_my_memberships",
    summary="My memberships",
)
def mine(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """One's own memberships, ended ones too, the newest first."""
    user = request.auth
    rows = queries.of_member(user.pk)
    found = keyset_page(
        rows, ("-starts_on", "-id"), cursor=page.cursor, limit=page.limit
    )
    _, held = queries.entitlements_of_today(user.pk, timezone.now())
    entitlements = {entitlement.membership_id: entitlement for entitlement in held}
    items = [_membership(row, entitlements.get(row.pk)) for row in found.items]
    return answer(PageOf[MembershipDetails], Page(items, found.next))


@router.get(
    "/plans",
    response=PageOf[PlanDetails],
    auth=None,
    operation_id="list_plans",
    summary="Plans on sale",
)
def plans(request: ApiRequest, page: Query[PageInput]) -> HttpResponse:
    """What can be bought, in the order of the plans page; open to everybody."""
    if page.cursor is not None:  # a caller's own text is never a key
        content, _ = _plans_page(page)
    else:
        content = FRAGMENTS.current(
            page.limit, version_of(*VERSIONS), lambda: _plans_page(page)
        )
    return HttpResponse(content, content_type=JSON)


def _plans_page(page: PageInput) -> tuple[bytes, set[str | None]]:
    """The page, and the versions that its plans are of."""
    plans = queries.on_sale().annotate(
        stamp=version_column(*VERSIONS), branch_name=F("branch__name")
    )
    found = keyset_page(plans, ("rank", "id"), cursor=page.cursor, limit=page.limit)
    content = as_json(PageOf[PlanDetails], found)
    return content, {plan.stamp for plan in found.items}


@router.post(
    "/{user_id}/enroll",
    response={201: Enrolment, (402, 404): Problem},
    operation_id="enroll",
    summary="Enrol in a plan",
)
@idempotent
def enroll(
    request: ApiRequest, user_id: Annotated[PathId, Path()], body: EnrolmentRequest
) -> HttpResponse:
    """Start a plan today: for oneself, or by staff of the person's branch. The price is
    taken at the desk."""
    viewer = request.auth
    person = access.person_by_id(viewer, user_id)
    access.check_sees(viewer, person)
    membership = enroll_member(
        member_id=person.pk,
        plan_id=body.plan_id,
        branch_id=body.branch_id,
        actor_id=viewer.pk,
        now=timezone.now(),
    )
    return answer(Enrolment, membership, 201)


@reports.get(
    "/members",
    response={200: MemberReport, (403, 404): Problem},
    operation_id="read_member_report",
    summary="Members by month",
)
def by_month(request: ApiRequest, wanted: Query[MonthsWanted]) -> HttpResponse:
    """For managers of their branch, for the owner of all: who joined, stayed and went.
    Accounts count at their home branch, memberships at theirs; with no branch named the
    owner's figures have the accounts without one, too."""
    viewer = request.auth
    branches = access.branches_read(viewer, REPORT, wanted.branch)
    months = member_months(
        branch_ids=[branch.pk for branch in branches],
        unplaced=viewer.sees_all_branches and wanted.branch is None,
        first=wanted.first,
        last=wanted.last,
        today=latest_day(branches, timezone.now()),
    )
    return answer(MemberReport, {"months": months})
