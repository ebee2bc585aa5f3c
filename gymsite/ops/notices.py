"""What staff are told of the site itself: those whose role has the audit's pages."""

from collections.abc import Iterator
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from gymsite.backoffice import roles
from gymsite.core.event_kinds import CoreEvent
from gymsite.core.models import AnswerAlert, Event, Role, User
from gymsite.notifications import outbox
from gymsite.notifications.operations import notify
from gymsite.ops.audit.hours import BY_FIGURE, WATCHED

TOLD_WITHIN = timedelta(days=1)
AUDIT = "core.auditsnapshot"


def register() -> None:
    outbox.on(CoreEvent.ANSWERS_BAD, notify_bad)
    outbox.on(CoreEvent.ANSWERS_GOOD, notify_good)


def notify_bad(event: Event) -> None:
    _notify(event, "Answers were worse than they may be in the hour from {}")


def notify_good(event: Event) -> None:
    _notify(event, "Answers are as they should be again; not so in the hour from {}")


def _notify(event: Event, title: str) -> None:
    found = AnswerAlert.objects.filter(pk__in=event.data["alerts"]).order_by("pk")
    alerts = list(found)
    latest = max(alert.hour for alert in alerts)
    for user in _who_sees_the_audit():
        notify(
            user.pk,
            kind=event.kind,
            title=title.format(f"{latest.astimezone(_zone(user)):%a %d %b, %H:%M}"),
            body=" ".join(_sentences(alerts)),
            url=reverse("admin:core_answeralert_changelist"),
            at=event.at,
            until=event.at + TOLD_WITHIN,
        )


def _who_sees_the_audit() -> QuerySet[User]:
    seeing = [role for role in Role if "view" in roles.verbs(role, AUDIT)]
    # core_user_role_active
    found = User.objects.filter(role__in=seeing, is_active=True)
    return found.select_related("home_branch").order_by("pk")


def _zone(user: User) -> tzinfo:
    return ZoneInfo(user.home_branch.time_zone) if user.home_branch else UTC


def _sentences(alerts: list[AnswerAlert]) -> Iterator[str]:
    """One for each of those that are watched, with its figures."""
    for endpoint, name in WATCHED.items():
        own = [alert for alert in alerts if alert.endpoint == endpoint]
        if own:
            figures = ", ".join(_figure(alert) for alert in own)
            yield f"{name}: {figures}, of {own[0].requests:,} sampled requests."


def _figure(alert: AnswerAlert) -> str:
    bound = BY_FIGURE[alert.figure]
    return bound.says({alert.figure: alert.value})
