"""Trainers as members see them, and a trainer's own week."""

from django.db.models import Exists, OuterRef, QuerySet

from bookings.models import HOLDS_PLACE, Appointment, Booking, Trainer, TrainerPhoto
from gymsite.core.errors import NotFound, misfit
from gymsite.core.models import Branch, User
from gymsite.core.search import folded


def team() -> QuerySet[Trainer]:
    return (
        Trainer.objects.filter(is_active=True)
        .select_related("branch")
        .order_by(folded("name"), "id")
    )


def photo(digest: str) -> bytes | None:
    """A photo's WebP by its digest."""
    found = TrainerPhoto.objects.filter(digest=digest).values_list("content", flat=True)
    content = found.first()
    return None if content is None else bytes(content)


def roster(session_id: int) -> QuerySet[Booking]:
    """Who has a place, by name, each with ``is_first``: has never attended before
    (bookings_booking_session)."""
    before = Booking.objects.filter(
        member=OuterRef("member"),
        status=Booking.Status.ATTENDED,
        starts_at__lt=OuterRef("starts_at"),
    )
    return (
        Booking.objects.filter(session_id=session_id, status__in=HOLDS_PLACE)
        .select_related("member", "policy")
        .annotate(is_first=~Exists(before))
        .order_by(folded("member__first_name", "member__last_name"), "id")
    )


def branch_for(
    viewer: User, *, branch_id: int | None, trainer_id: int | None
) -> Branch:
    """Where somebody means to be trained: at the branch that is named, else at the
    trainer's, else at their own. Raises NotFound, Invalid."""
    if branch_id is None and trainer_id is not None:
        trainer = team().filter(pk=trainer_id).first()
        if trainer is None:
            raise NotFound(f"There is no trainer {trainer_id}.")
        return trainer.branch
    key = branch_id or viewer.home_branch_id
    if key is None:
        raise misfit("branch", "Say at which branch.")
    branch = Branch.objects.filter(pk=key, is_active=True).first()
    if branch is None:
        raise NotFound(f"There is no branch {key}.")
    return branch


def trains(user_id: int, trainer_id: int, client_id: int) -> bool:
    """Whether somebody is this trainer, and has or had this client
    (bookings_appt_client_time)."""
    with_them = Appointment.objects.filter(client_id=client_id, trainer_id=trainer_id)
    return with_them.filter(trainer__user_id=user_id).exists()
