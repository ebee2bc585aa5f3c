"""What was taken in, for managers."""

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from bookings.queries import finances
from bookings.queries.finances import PARTS, Takings
from gymsite.core.errors import misfit
from gymsite.payments.operations import kinds
from gymsite.payments.queries.bought import kind_of
from gymsite.rest.answers import Beside, answer
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Day, Digits, Id, Problem, one_of
from gymsite.web.access import branches_read

router = Router(tags=["Reports"])
PERMISSION = "payments.view_ledgerentry"
MOST = 5_000  # sums of one answer
DAYS_IN_PARTS = 31
ReportPart = Annotated[str, one_of("ReportPart", PARTS)]
PaymentKind = Annotated[str, one_of("PaymentKind", kinds())]


class ReportWanted(BaseModel):
    first: Day = Field(examples=["2026-11-01"])
    last: Day = Field(
        description="Included; a year after the first at most, by several parts 31 "
        "days.",
        examples=["2026-11-30"],
    )
    branch: Annotated[Id, Digits] | None = Field(
        None, description="A branch's id; all that one sees if left out."
    )
    by: list[ReportPart] = Field(
        ["day"], max_length=len(PARTS), description="What there is a sum for."
    )


class CurrencySum(BaseModel):
    """In minor units of ``currency``; ``entries`` of the ledger."""

    currency: str = Field(examples=["GBP"])
    charged_minor: int
    returned_minor: int
    net_minor: int
    entries: int


class TakingsSum(CurrencySum):
    """Null in what was not asked for. ``day`` is the branch's own; ``trainer`` is of
    an appointment that was paid, ``kind`` what a payment was for."""

    day: date | None
    branch_id: int | None
    branch: str | None
    trainer_id: int | None
    trainer: str | None
    kind: PaymentKind | None


class FinancialReport(BaseModel):
    """All sums add up to ``totals``, which is what the ledger holds of these days."""

    first: date
    last: date
    items: list[TakingsSum]
    totals: list[CurrencySum]


@router.get(
    "/finances",
    response={200: FinancialReport, (403, 404): Problem},
    operation_id="read_financial_report",
    summary="Financial report",
)
def report(request: ApiRequest, wanted: Query[ReportWanted]) -> HttpResponse:
    """For managers of their branch, for the owner of all: what was charged and given
    back, by day, branch, trainer or kind, or several of them: ``by=day&by=kind``."""
    branches = branches_read(request.auth, PERMISSION, wanted.branch)
    _check_size(wanted)
    rows = finances.takings(
        branch_ids=[branch.pk for branch in branches],
        first=wanted.first,
        last=wanted.last,
        by=wanted.by,
    )
    if len(rows) > MOST:
        raise misfit(
            "last", f"These are over {MOST} sums. Ask for fewer days or parts."
        )
    shown = {
        "first": wanted.first,
        "last": wanted.last,
        "items": [_sum(row) for row in rows],
        "totals": finances.totals(rows),
    }
    return answer(FinancialReport, shown)


def _check_size(wanted: ReportWanted) -> None:
    finances.check_range(wanted.first, wanted.last)
    days = (wanted.last - wanted.first).days + 1
    if len(set(wanted.by)) > 1 and days > DAYS_IN_PARTS:
        raise misfit(
            "last", f"By several parts it covers {DAYS_IN_PARTS} days at most."
        )


def _sum(row: Takings) -> Beside:
    return Beside(row, kind=row.kind and kind_of(row.kind))
