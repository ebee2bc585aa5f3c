"""Plans and memberships."""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from gymsite.core.pagination import keyset_page
from gymsite.core.queries.versions import version_column, version_of
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent
from gymsite.rest.schemas import (
    Id,
    Input,
    PageInput,
    PageOf,
    PathId,
    Problem,
    choice_of,
)
from gymsite.web import access
from gymsite.web.http import JSON, answer
from memberships import queries
from memberships.fragments import FRAGMENTS, VERSIONS
from memberships.models import Membership, Plan
from memberships.operations.memberships import enroll as enroll_member
from memberships.queries import Entitlement

router = Router(tags=["Memberships"])
PlanKind = Annotated[str, choice_of("PlanKind", Plan.Kind)]
PlanPeriod = Annotated[str, choice_of("PlanPeriod", Plan.Period)]
MembershipStatus = Annotated[str, choice_of("MembershipStatus", Membership.Status)]

Included = Annotated[
    list[Literal["classes", "pool", "vip", "private_rooms"]],
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
    branch: str | None = Field(description="Null: good at every branch.")
    booking_window_days: int | None
    includes: Included


class MembershipDetails(BaseModel):
    """``classes_used`` of ``classes_limit`` in the period that today is in; both null
    without a limit.

    Whether it includes classes at all stands in ``includes``.
    """

    id: int
    plan_id: int
    plan: str
    kind: PlanKind
    status: MembershipStatus
    is_base: bool
    branch: str
    starts_on: date
    ends_on: date | None
    classes_used: int | None
    classes_limit: int | None
    includes: Included


class EnrolmentRequest(Input):
    plan_id: Id
    branch_id: Id | None = Field(
        None, description="Where it belongs; the home branch if left out."
    )


class Enrolment(BaseModel):
    id: int
    plan_id: int
    plan: str
    status: MembershipStatus
    starts_on: date
    ends_on: date | None


def _membership(row: Membership, entitlement: Entitlement | None) -> dict[str, Any]:
    limited = entitlement is not None and entitlement.limit is not None
    return {
        "id": row.pk,
        "plan_id": row.plan_id,
        "plan": row.plan_name,
        "kind": row.kind,
        "status": row.status,
        "is_base": row.is_base,
        "branch": row.branch.name,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on and row.ends_on.isoformat(),
        "classes_used": entitlement.used if entitlement and limited else None,
        "classes_limit": entitlement.limit if entitlement and limited else None,
        "includes": row.included,
    }


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
    return answer(
        {
            "items": [
                _membership(row, entitlements.get(row.pk)) for row in found.items
            ],
            "next": found.next,
        }
    )


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
    plans = queries.on_sale().annotate(stamp=version_column(*VERSIONS))
    found = keyset_page(plans, ("rank", "id"), cursor=page.cursor, limit=page.limit)
    items = [
        {
            "id": plan.pk,
            "name": plan.name,
            "slug": plan.slug,
            "summary": plan.summary,
            "kind": plan.kind,
            "period": plan.period,
            "classes": plan.classes,
            "valid_days": plan.valid_days,
            "price_minor": plan.price_minor,
            "currency": plan.currency,
            "branch": plan.branch.name if plan.branch else None,
            "booking_window_days": plan.booking_window_days,
            "includes": plan.included,
        }
        for plan in found.items
    ]
    content = answer({"items": items, "next": found.next}).content
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
    enrolled = {
        "id": membership.pk,
        "plan_id": membership.plan_id,
        "plan": membership.plan_name,
        "status": membership.status,
        "starts_on": membership.starts_on.isoformat(),
        "ends_on": membership.ends_on and membership.ends_on.isoformat(),
    }
    return answer(enrolled, 201)
