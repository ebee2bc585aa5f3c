"""Jobs under every app: handing out events, sending mail, throwing away what has served its time."""

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate.contrib.django import app

from . import mail, outbox
from .models import IdempotencyKey, Throttle

MINUTE = 60
PAUSE = 1.0


@app.periodic(cron="* * * * *")
@app.task(name="core.tell", queueing_lock="core.tell", lock="core.tell")
def tell(timestamp: int = 0) -> None:
    """Turn events into notices and notices into mail, for the minute until this job comes again.

    It asks every second rather than being woken: a NOTIFY at each booking would take one lock for all of them.
    """
    until = time.monotonic() + MINUTE - 2 * PAUSE
    while True:
        busy = outbox.drain(now=timezone.now()) + mail.send_due(limit=50)
        if time.monotonic() > until:
            return
        if not busy:
            time.sleep(PAUSE)


@app.periodic(cron="30 3 * * *")
@app.task(name="core.forget", queueing_lock="core.forget")
def forget(timestamp: int = 0) -> None:
    """Delete idempotency keys, throttles and page sessions that are over."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - timedelta(hours=24)).delete()
    Throttle.objects.filter(started_at__lt=now - timedelta(hours=24)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
