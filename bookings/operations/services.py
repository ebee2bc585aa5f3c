"""Which trainer gives which service."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bookings.event_kinds import BookingEvent
from bookings.models import Service, Trainer, TrainerService
from gymsite.core.errors import NotFound
from gymsite.core.operations.events import record


@transaction.atomic
def set_services(
    *, trainer_id: int, service_ids: Collection[int], actor_id: int, now: datetime
) -> None:
    """Let a trainer give these services and no others. What is booked stays. A second
    time changes nothing. Raises NotFound."""
    trainer = Trainer.objects.filter(pk=trainer_id).first()
    wanted = set(service_ids)
    services = Service.objects.filter(pk__in=wanted).in_bulk()
    if trainer is None or len(services) < len(wanted):
        raise NotFound("There is no such trainer or service.")
    before = TrainerService.objects.filter(trainer=trainer)
    given = set(before.values_list("service_id", flat=True))
    if given == wanted:
        return
    before.exclude(service__in=wanted).delete()
    _give((trainer_id, key) for key in sorted(wanted - given))
    record(
        BookingEvent.TRAINER_SERVICES_CHANGED,
        trainer,
        at=now,
        actor_id=actor_id,
        added=sorted(wanted - given),
        taken_away=sorted(given - wanted),
    )


@transaction.atomic
def give_to_all(*, service_id: int, actor_id: int, now: datetime) -> int:
    """Let every trainer in use give a service, those of its branch where it has one;
    how many did not before. Raises NotFound."""
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        raise NotFound("There is no such service.")
    here = Q() if service.branch_id is None else Q(branch=service.branch_id)
    lacking = Trainer.objects.filter(here, is_active=True)
    lacking = lacking.exclude(gives__service=service).order_by("pk")
    added = list(lacking.values_list("pk", flat=True))
    if added:
        _give((key, service_id) for key in added)
        record(
            BookingEvent.SERVICE_GIVEN_BY_ALL,
            service,
            at=now,
            actor_id=actor_id,
            added=added,
        )
    return len(added)


def _give(pairs: Iterable[tuple[int, int]]) -> None:
    """Somebody else may have said the same meanwhile."""
    TrainerService.objects.bulk_create(
        (
            TrainerService(trainer_id=trainer, service_id=service)
            for trainer, service in pairs
        ),
        ignore_conflicts=True,
    )
