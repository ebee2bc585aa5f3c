"""The staff's lists as the admin reads them, by keyset: none may sort."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from gymsite.core.models import User
from gymsite.postgres.statements import statements
from gymsite.postgres.tuned_query import SORTED_BY_INDEX, Reference, TunedQuery

SQL = statements("gymsite.ops.rig.queries", "samples")


def _list(model: str, **filters: Any) -> Callable[..., Any]:
    """The first page of a model's list for staff; the sample tells ``member``."""

    def ask(user_id: int, member: int | None = None) -> Any:
        model_admin = admin.site.get_model_admin(apps.get_model(model))
        wanted = filters | ({"member__id__exact": member} if member is not None else {})
        request = RequestFactory().get("/", wanted)
        request.user = User.objects.get(pk=user_id)
        return model_admin.get_changelist_instance(request)

    return ask


def _listed(
    name: str,
    says: str,
    model: str,
    index: str,
    sample: str = SQL.owner,
    never: tuple[str, ...] = SORTED_BY_INDEX,
    reference: Reference | None = None,
    **filters: Any,
) -> TunedQuery:
    table = apps.get_model(model)._meta.db_table
    return TunedQuery(
        name,
        says,
        sample,
        _list(model, **filters),
        (index,),
        about=f'FROM "{table}"',
        never=never,
        reference=reference,
    )


QUERIES = (
    _listed(
        "staff-bookings",
        "All bookings, newest first",
        "bookings.booking",
        "bookings_booking_pkey",
    ),
    _listed(
        "staff-sessions",
        "All sessions by time",
        "bookings.classsession",
        "bookings_session_by_time",
    ),
    _listed(
        "staff-payments",
        "All payments, newest first",
        "payments.payment",
        "payments_payment_pkey",
    ),
    _listed(
        "staff-payments-of-member",
        "A member's payments, few enough to be sorted",
        "payments.payment",
        "payments_payment_member",
        SQL.owner_and_payer,
        never=(),
        reference=Reference(3, less=65),
    ),
    _listed(
        "staff-memberships",
        "A branch's memberships with a payment due",
        "memberships.membership",
        "memberships_of_branch",
        SQL.desk,
        status__exact="past_due",
    ),
    _listed(
        "staff-ledger",
        "The money ledger of a branch",
        "payments.ledgerentry",
        "payments_ledgerentry_branch",
        SQL.desk,
    ),
    _listed(
        "staff-mails-failed",
        "Mails that were given up",
        "core.notification",
        "core_notification_failed",
        email_state__exact="failed",
    ),
)
