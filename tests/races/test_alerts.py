"""Two runs of the job that judges an hour, at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from gymsite.core.models import AnswerAlert, Event
from gymsite.core.operations import alerts
from gymsite.core.operations.alerts import judge_hour
from tests.race import OK, race, while_held

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
FIGURES = ("failed_share", "p50", "p95", "p99")


@pytest.fixture
def now():
    return timezone.now()


def bad(hour):
    values = {"value": 900, "bound": 200, "requests": 100}
    return [
        AnswerAlert(endpoint="GET /", figure=figure, hour=hour, **values)
        for figure in FIGURES
    ]


def judged(now, *, back, is_bad):
    """A run that looks at the hour so many hours back."""
    hour = now - timedelta(hours=back)
    good = set() if is_bad else {("GET /", figure) for figure in FIGURES}
    return partial(
        judge_hour, hour=hour, bad=bad(hour) if is_bad else [], good=good, now=now
    )


def events():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_many_runs_raise_each_alert_once(now):
    outcomes = race([judged(now, back=1, is_bad=True)] * 6)
    assert outcomes.codes == {OK: 6}
    assert sorted(map(len, outcomes.values)) == [0, 0, 0, 0, 0, len(FIGURES)]
    assert AnswerAlert.objects.count() == len(FIGURES)
    assert events() == ["answers_bad"]


@pytest.mark.parametrize("looks", [True, False])
def test_a_run_that_meets_another_under_way_raises_nothing(now, monkeypatch, looks):
    """One that only looked before it wrote would meet the constraint."""
    if not looks:
        monkeypatch.setattr(alerts, "_kept", saved)
    run = judged(now, back=1, is_bad=True)
    outcomes = while_held(run, [run])
    assert outcomes.codes == {OK if looks else "23505": 1}
    assert events() == ["answers_bad"]


def saved(alert):
    alert.save(force_insert=True)
    return alert


@pytest.mark.parametrize("locked", [True, False])
def test_a_run_that_meets_another_under_way_ends_nothing(now, monkeypatch, locked):
    """Without the lock both say that it is over."""
    judged(now, back=2, is_bad=True)()
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self: self)
    run = judged(now, back=1, is_bad=False)
    assert while_held(run, [run]).codes == {OK: 1}
    assert events() == ["answers_bad", *["answers_good"] * (1 if locked else 2)]
