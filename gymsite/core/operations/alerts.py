"""Raising alerts about the site's answers, and saying that they are over."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import AnswerAlert
from gymsite.core.operations.events import record

# Without enough requests to judge a later hour by, an alert is over after this.
LONGEST = timedelta(days=1)
FACTS = ("value", "bound", "requests", "query")
Figure = tuple[str, str]  # an endpoint and a figure of its hours


@transaction.atomic
def judge_hour(
    *,
    hour: datetime,
    bad: Iterable[AnswerAlert],
    good: Collection[Figure],
    now: datetime,
) -> list[AnswerAlert]:
    """Keep what was bad in an hour, end what is good again; return the new alerts.

    The new ones are one event, and so are those that end. A second run of an hour waits
    for the first, and finds nothing to do.
    """
    by_figure = {_figure(alert): alert for alert in bad}
    standing = AnswerAlert.objects.select_for_update().filter(
        over_at=None, hour__lt=hour
    )
    over = [
        alert
        for alert in standing.order_by("pk")
        if _figure(alert) in {*good, *by_figure} or alert.hour <= hour - LONGEST
    ]
    AnswerAlert.objects.filter(pk__in=[alert.pk for alert in over]).update(over_at=now)
    new = [by_figure[figure] for figure in sorted(by_figure)]
    new = [kept for alert in new if (kept := _kept(alert)) is not None]
    ended = [alert for alert in over if _figure(alert) not in by_figure]
    _record(CoreEvent.ANSWERS_BAD, new, now)
    _record(CoreEvent.ANSWERS_GOOD, ended, now)
    return new


def _figure(alert: AnswerAlert) -> Figure:
    return alert.endpoint, alert.figure


def _kept(alert: AnswerAlert) -> AnswerAlert | None:
    """The alert as it is kept; None where its hour or a later one has one."""
    same = AnswerAlert.objects.filter(endpoint=alert.endpoint, figure=alert.figure)
    if same.filter(hour__gte=alert.hour).exists():
        return None
    kept, is_new = same.get_or_create(
        endpoint=alert.endpoint,
        figure=alert.figure,
        hour=alert.hour,
        defaults={name: getattr(alert, name) for name in FACTS},
    )
    return kept if is_new else None


def _record(kind: CoreEvent, alerts: list[AnswerAlert], now: datetime) -> None:
    if alerts:
        record(kind, alerts[0], at=now, alerts=[alert.pk for alert in alerts])
