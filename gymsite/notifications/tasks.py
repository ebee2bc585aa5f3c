"""Jobs that hand out events and send mail."""

from contextlib import suppress

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gymsite.notifications import mail, outbox

MAILS_A_JOB = 50
ROUNDS_A_JOB = 200


def hand_out() -> int:
    """Turn due events into notices, have those mailed, and count the events.

    The worker asks this four times a second (gymsite.ops.worker); the job below is for
    a worker of another kind.
    """
    now = timezone.now()
    taken = outbox.drain(now=now)
    if taken and mail.is_due(now=now):
        send_mail_soon()
    return taken


@app.periodic(cron="* * * * *")
@app.task(name="core.tell", queueing_lock="core.tell", lock="core.tell")
def tell(timestamp: int = 0) -> None:
    """Hand out the events that are due, for a bounded number of rounds.

    The next job does the rest.
    """
    for _ in range(ROUNDS_A_JOB):
        if not hand_out():
            return


@app.periodic(cron="* * * * *")
@app.task(name="core.send_mail", queueing_lock="core.send_mail", lock="core.send_mail")
def send_mail(timestamp: int = 0) -> None:
    """Send the mails that are due, up to a bound.

    The next job does the rest. The job's lock keeps two from running at once.
    """
    now = timezone.now()
    if mail.send_due(limit=MAILS_A_JOB, now=now) == MAILS_A_JOB:
        send_mail_soon()


def send_mail_soon() -> None:
    with suppress(AlreadyEnqueued):
        send_mail.defer()
