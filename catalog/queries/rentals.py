"""What can be rented, and a member's own rentals."""

from collections.abc import Sequence
from datetime import date

from django.db.models import (
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from catalog.models import HOLDS_UNIT, Rental, RentalKind, RentalUnit
from gymsite.core.models import User
from gymsite.core.periods import day_name
from gymsite.payments.models import Payment
from gymsite.payments.queries.bought import Bought, by_thing


def kinds() -> QuerySet[RentalKind]:
    """In the shop's order, for keyset pages on (rank, id)."""
    return RentalKind.objects.filter(is_active=True)


def kinds_at(branch_id: int, today: date) -> QuerySet[RentalKind]:
    """Kinds that the branch lends, with ``units_here`` and ``free`` today.

    One query.
    """
    units = _units(branch_id)
    found = kinds().annotate(
        units_here=_count(units), free=_count(_free(units, today, today, today))
    )
    return found.filter(units_here__gt=0).order_by("rank", "id")


def kind_named(slug: str) -> RentalKind | None:
    return kinds().filter(slug=slug).first()


def free_units(
    kind_id: int, branch_id: int, days: tuple[date, date], today: date
) -> int:
    """How many units nobody has on any of these days, both ends included."""
    return _free(_units(branch_id).filter(kind_id=kind_id), *days, today).count()


def _units(branch_id: int) -> QuerySet[RentalUnit]:
    """catalog_rentalunit_kind"""
    return RentalUnit.objects.filter(branch_id=branch_id, is_active=True)


def _free(
    units: QuerySet[RentalUnit], first: date, last: date, today: date
) -> QuerySet[RentalUnit]:
    """As take_unit has it: not rented on these days, nor out from before."""
    on_these_days = Q(starts_on__lte=last, ends_on__gte=first)
    is_late = Q(status="out", ends_on__lt=today)
    held = Rental.objects.filter(unit=OuterRef("pk"), status__in=HOLDS_UNIT)
    return units.exclude(Exists(held.filter(on_these_days | is_late)))


def _count(units: QuerySet[RentalUnit]) -> Coalesce:
    counted = (
        units.filter(kind=OuterRef("pk"))
        .order_by()
        .values("kind")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def of_member(member_id: int) -> QuerySet[Rental]:
    """The member's rentals as a row shows them.

    Page by keyset on -id (catalog_rental_member).
    """
    return Rental.objects.filter(member_id=member_id).select_related(
        "unit__kind", "branch"
    )


def current(member_id: int) -> QuerySet[Rental]:
    """What the member has or will have, what is due first on top."""
    return of_member(member_id).filter(status__in=HOLDS_UNIT).order_by("ends_on", "id")


def past(member_id: int) -> QuerySet[Rental]:
    return of_member(member_id).exclude(status__in=HOLDS_UNIT)


def by_reference(reference: str, member_id: int) -> Rental | None:
    """One of the member's own rentals, with its payments."""
    return (
        of_member(member_id)
        .select_related("payment", "late_payment")
        .filter(reference=reference)
        .first()
    )


def is_of_their_desk(rental_id: int, viewer: User) -> bool:
    """Whether it was lent by the branch whose desk ``viewer`` works at."""
    if not viewer.has_perm("catalog.return_rental"):
        return False
    branch = {} if viewer.sees_all_branches else {"branch_id": viewer.home_branch_id}
    return Rental.objects.filter(pk=rental_id, **branch).exists()


def bought(payments: Sequence[Payment]) -> dict[int, Bought]:
    """What payments for rentals, and for days that they were late, are for."""
    named = Rental.objects.filter(reference__in=[one.thing for one in payments])
    rows = named.select_related("unit__kind")
    return by_thing(payments, {one.reference: _bought(one) for one in rows})


def _bought(rental: Rental) -> Bought:
    last = f"{day_name(rental.ends_on)} {rental.ends_on.year}"
    words = f"{rental.unit.kind}, {day_name(rental.starts_on)} to {last}"
    return Bought(words, rental.reference)
