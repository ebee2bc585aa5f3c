"""What can be rented, and a member's rentals."""

from django.db.models import QuerySet

from ..models import Rental, RentalKind


def kinds() -> QuerySet[RentalKind]:
    """In the shop's order, for keyset pages on (rank, id)."""
    return RentalKind.objects.filter(is_active=True)


def of_member(member_id: int) -> QuerySet[Rental]:
    """For keyset pages on -id (catalog_rental_member)."""
    return Rental.objects.filter(member_id=member_id).select_related("unit__kind", "branch")


def by_reference(reference: str, member_id: int) -> Rental | None:
    """A member's own rental."""
    return of_member(member_id).select_related("payment", "late_payment").filter(reference=reference).first()
