"""What was asked for, paid and given back."""

from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import BaseModel, BeforeValidator, Field

from gymsite.core.errors import NotFound
from gymsite.core.models import User
from gymsite.core.pagination import Page, keyset_page
from gymsite.payments.models import Payment
from gymsite.payments.operations import purposes
from gymsite.payments.queries.bought import Bought, kind_of
from gymsite.payments.queries.payments import of_member, payments
from gymsite.rest.answers import Beside, LocalTime, TimeZone, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import (
    Digits,
    Id,
    PageInput,
    PageOf,
    PathId,
    Problem,
    choice_of,
    one_of,
)
from gymsite.web.access import no_such_person, person_by_id, rows_seen

router = Router(tags=["Payments"])
PERMISSION = "payments.view_payment"
PaymentStatus = Annotated[str, choice_of("PaymentStatus", Payment.Status)]


KINDS = one_of("PaymentKind", purposes.kinds())
PaymentKind = Annotated[str, BeforeValidator(kind_of), KINDS]


class PaymentRefund(BaseModel):
    """What went back, in minor units of the payment's currency."""

    time_zone: TimeZone
    amount_minor: int = Field(examples=[5500])
    refunded_at: LocalTime


class PaymentDetails(BaseModel):
    """Amounts in minor units of ``currency``; times with the offset of the branch.
    ``kind`` is what was bought, ``what_for`` which one of them, in words, and
    ``reference`` that thing's, where it has one."""

    id: int
    kind: PaymentKind = source("purpose")
    what_for: str = Field(examples=["Personal training with Lena, Fri 27 Nov 10:00"])
    reference: str | None = Field(examples=["K7QF2M9XPT3"])
    status: PaymentStatus
    member_id: int
    branch_id: int
    branch: str = source("branch.name")
    gateway: str = Field(examples=["card"])
    amount_minor: int = Field(examples=[5500])
    refunded_minor: int
    currency: str = Field(examples=["GBP"])
    time_zone: TimeZone
    created_at: LocalTime
    paid_at: LocalTime | None
    refunds: list[PaymentRefund]


class PaymentsWanted(PageInput):
    member: Annotated[Id, Digits] | None = Field(
        None, description="For staff: whose; one's own if left out."
    )


def _details(row: Any, bought: Bought) -> Beside:
    zone = row.branch.time_zone
    refunds = [
        {
            "time_zone": zone,
            "amount_minor": -entry.amount_minor,
            "refunded_at": entry.at,
        }
        for entry in row.refunds
    ]
    return Beside(
        row,
        what_for=bought.words,
        reference=bought.reference,
        time_zone=zone,
        refunds=refunds,
    )


@router.get(
    "/",
    response={200: PageOf[PaymentDetails], 404: Problem},
    operation_id="list_payments",
    summary="Payments",
)
def listed(request: ApiRequest, wanted: Query[PaymentsWanted]) -> HttpResponse:
    """One's own, whatever became of them, the newest first. Staff see those of a
    ``member`` at their branch, the owner all of them."""
    viewer = request.auth
    person = person_by_id(viewer, wanted.member or viewer.pk)
    if person != viewer and not viewer.has_perm(PERMISSION):
        raise no_such_person()
    rows = rows_seen(viewer, person, of_member(person.pk))
    found = keyset_page(rows, ("-id",), cursor=wanted.cursor, limit=wanted.limit)
    bought = purposes.what_for(found.items)
    items = [_details(row, bought[row.pk]) for row in found.items]
    return answer(PageOf[PaymentDetails], Page(items, found.next))


@router.get(
    "/{payment_id}",
    response={200: PaymentDetails, 404: Problem},
    operation_id="read_payment",
    summary="One payment",
)
def one(request: ApiRequest, payment_id: Annotated[PathId, Path()]) -> HttpResponse:
    """One's own, or for staff one at their branch."""
    row = payments().filter(_seen(request.auth), pk=payment_id).first()
    if row is None:
        raise NotFound(f"There is no payment {payment_id}.")
    return answer(PaymentDetails, _details(row, purposes.what_for([row])[row.pk]))


def _seen(viewer: User) -> Q:
    own = Q(member_id=viewer.pk)
    if not viewer.has_perm(PERMISSION):
        return own
    if viewer.sees_all_branches:
        return Q()
    return own | Q(branch_id=viewer.home_branch_id or 0)
