"""What of memberships stands on the staff's start page."""

from gymsite.backoffice.dashboard import Queue
from memberships.models import Membership

QUEUES = (
    Queue(
        "Memberships with a payment due",
        "Their members can't book until it is paid.",
        "memberships.membership",
        {"status__exact": "past_due"},
        # memberships_of_branch
        lambda branches, now: Membership.objects.filter(
            status=Membership.Status.PAST_DUE, branch__in=branches
        ),
    ),
)
