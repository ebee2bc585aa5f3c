"""A member's payments, with what was given back of each."""

from django.db.models import Prefetch, QuerySet

from gymsite.payments.models import LedgerEntry, Payment


def payments() -> QuerySet[Payment]:
    """Every payment with its branch, and as ``refunds`` its entries that gave money
    back, oldest first."""
    entries = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REFUND).order_by("id")
    back = Prefetch("entries", queryset=entries, to_attr="refunds")
    return Payment.objects.select_related("branch").prefetch_related(back)


def of_member(member_id: int) -> QuerySet[Payment]:
    """Page them by -id (payments_payment_member: few enough to be sorted)."""
    return payments().filter(member_id=member_id)
