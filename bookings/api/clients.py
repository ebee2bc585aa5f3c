"""Whom a trainer trains."""

from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from bookings import access
from bookings.queries import appointments, client_notes
from gymsite.core.pagination import Page, keyset_page
from gymsite.rest.answers import Beside, LocalTime, TimeZone, answer
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.schemas import Digits, Id, PageInput, PageOf, PathId, Problem
from gymsite.web.access import no_such_person

router = Router(tags=["Trainers"])
NOTES = 50


class ClientSummary(BaseModel):
    """``last_at`` and ``next_at`` are starts of appointments with this trainer,
    ``completed`` how many took place."""

    client_id: int
    name: str
    completed: int
    time_zone: TimeZone
    last_at: LocalTime | None
    next_at: LocalTime | None


class ClientNote(BaseModel):
    id: int
    text: str
    time_zone: TimeZone
    created_at: LocalTime


class ClientDetails(ClientSummary):
    """``notes``, newest first, are for that trainer and managers; null for others."""

    notes: list[ClientNote] | None


class OfTrainer(BaseModel):
    trainer: Annotated[Id, Digits] | None = Field(
        None, description="For staff: whose clients."
    )


class ClientsWanted(PageInput, OfTrainer):
    pass


def _client(row: Any, zone: str) -> dict[str, Any]:
    name = f"{row.client__first_name} {row.client__last_name}".strip()
    return {**row._asdict(), "name": name, "time_zone": zone}


@router.get(
    "/",
    response={200: PageOf[ClientSummary], 404: Problem},
    operation_id="list_clients",
    summary="A trainer's clients",
)
def listed(request: ApiRequest, wanted: Query[ClientsWanted]) -> HttpResponse:
    """One's own clients, whose latest appointment comes first. Staff name a trainer of
    their branch."""
    trainer = access.trainer_run_by(request.auth, wanted.trainer)
    rows = appointments.clients(trainer.pk, timezone.now())
    found = keyset_page(
        rows, ("-latest_at", "-client_id"), cursor=wanted.cursor, limit=wanted.limit
    )
    items = [_client(row, trainer.branch.time_zone) for row in found.items]
    return answer(PageOf[ClientSummary], Page(items, found.next))


@router.get(
    "/{client_id}",
    response={200: ClientDetails, 404: Problem},
    operation_id="read_client",
    summary="One client",
)
def one(
    request: ApiRequest, client_id: Annotated[PathId, Path()], of: Query[OfTrainer]
) -> HttpResponse:
    """A client with what their trainer noted. The history is that of
    ``GET /appointments/?trainer=…&client=…``."""
    trainer = access.trainer_run_by(request.auth, of.trainer)
    rows = appointments.clients(trainer.pk, timezone.now())
    row = rows.filter(client_id=client_id).order_by("client_id").first()
    if row is None:
        raise no_such_person()
    zone = trainer.branch.time_zone
    reads = access.sees_notes(request.auth, trainer.branch_id, trainer.user_id)
    notes = _notes(trainer.pk, client_id, zone) if reads else None
    return answer(ClientDetails, _client(row, zone) | {"notes": notes})


def _notes(trainer_id: int, client_id: int, zone: str) -> list[Beside]:
    notes = client_notes.about(trainer_id, client_id)[:NOTES]
    return [Beside(note, time_zone=zone) for note in notes]
