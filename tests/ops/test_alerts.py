"""Alerts of an hour's answers: raised once, told to whom it concerns, over once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from gymsite.core import partitions
from gymsite.core.models import AnswerAlert, Event, Notification, RequestSample, Role
from gymsite.core.operations import alerts as operations
from gymsite.core.operations.requests import keep_samples
from gymsite.dashboard.queues import work_queue
from gymsite.notifications import outbox
from gymsite.ops.audit import alerts, hours
from gymsite.ops.audit.hours import ALL, TIMETABLE
from gymsite.ops.invariants import across
from gymsite.ops.reconcile import check
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db
HOUR = datetime(2020, 3, 2, 10, tzinfo=UTC)  # before any clock that tests run by


@pytest.fixture(autouse=True)
def march():
    partitions.ensure("core_requestsample", HOUR.date(), HOUR.date())


@pytest.fixture
def owner():
    branch = BranchFactory(time_zone="America/New_York")
    return UserFactory(role=Role.OWNER, home_branch=branch)


def answered(milliseconds, count=40, *, hour=0, endpoint=TIMETABLE, **changed):
    values = {
        "status": 200,
        "database_milliseconds": 1,
        "queries": 1,
        "longest_milliseconds": 1,
        "slow_query": "",
    }
    at = HOUR + timedelta(hours=hour)
    keep_samples(
        [
            RequestSample(
                at=at + timedelta(minutes=59 * n / count),
                endpoint=endpoint,
                milliseconds=milliseconds,
                **values | changed,
            )
            for n in range(count)
        ]
    )


def judge(hour=0):
    """Look at that hour, five minutes after it; the endpoints and figures raised."""
    now = HOUR + timedelta(hours=hour + 1, minutes=5)
    return [(alert.endpoint, alert.figure) for alert in alerts.look(now=now)]


def events():
    found = Event.objects.filter(kind__startswith="answers_").order_by("id")
    return list(found.values_list("kind", flat=True))


def told(user):
    outbox.drain(now=HOUR + timedelta(days=3))
    return list(Notification.objects.filter(user=user).order_by("id"))


def test_what_passed_its_bound_is_raised_once_an_hour(owner):
    answered(240)
    both = [(TIMETABLE, "p50"), (TIMETABLE, "p95"), (ALL, "p50"), (ALL, "p95")]
    assert judge() == both
    assert judge() == []
    assert events() == ["answers_bad"]
    alert = AnswerAlert.objects.get(endpoint=TIMETABLE, figure="p95")
    assert (alert.hour, alert.value, alert.bound) == (HOUR, 240, 200)
    assert (alert.requests, alert.over_at) == (40, None)


def test_the_hour_before_and_the_one_that_goes_on_are_not_looked_at():
    answered(900, hour=-1)
    answered(900, hour=1)
    answered(10)
    assert judge() == []


@pytest.mark.parametrize(
    ("count", "raised"), [(19, []), (20, ["p50"]), (39, ["p50"]), (40, ["p50", "p95"])]
)
def test_with_few_requests_it_is_quiet(count, raised):
    answered(240, count)
    assert [figure for endpoint, figure in judge() if endpoint == TIMETABLE] == raised


def test_each_figure_has_its_alert():
    answered(600, 100, hits=1, misses=1)
    assert {figure for _, figure in judge()} == {"p50", "p95", "p99", "kept_share"}
    answered(10, 98, hour=1)
    slow = {"longest_milliseconds": 101, "slow_query": "SELECT 1"}
    answered(10, 2, hour=1, status=500, **slow)
    assert {figure for _, figure in judge(1)} == {"slow_share", "failed_share"}
    assert AnswerAlert.objects.get(endpoint=ALL, figure="slow_share").query == (
        "SELECT 1"
    )
    assert set(hours.BY_FIGURE) == set(AnswerAlert.Figure.values)


def test_an_endpoint_that_nobody_watches_counts_with_all():
    answered(240, endpoint="GET /other/")
    assert judge() == [(ALL, "p50"), (ALL, "p95")]


def test_it_is_over_once_with_the_first_good_hour(owner):
    answered(240)
    judge()
    judge(1)  # nobody came, which tells nothing
    assert AnswerAlert.objects.filter(over_at=None).count() == 4
    answered(10, hour=2)
    assert judge(2) == judge(2) == judge(3) == []
    assert events() == ["answers_bad", "answers_good"]
    assert not AnswerAlert.objects.filter(over_at=None).exists()


def test_its_events_have_their_subjects():
    answered(240)
    judge()
    asked = [row for row in across.INVARIANTS if row.name == "event_has_its_subject"]
    (result,) = check.ask_all(asked, parallel=1)
    assert (result.rows, events()) == ([], ["answers_bad"])


def test_an_hour_that_is_bad_again_has_alerts_of_its_own_and_ends_none():
    answered(240)
    answered(240, hour=1)
    assert judge() == judge(1) != []
    assert AnswerAlert.objects.filter(over_at=None).count() == 4
    assert events() == ["answers_bad", "answers_bad"]


def test_half_of_it_may_be_over():
    answered(240)
    judge()
    answered(100, hour=1)
    assert judge(1) == [(TIMETABLE, "p50"), (ALL, "p50")]
    still = AnswerAlert.objects.filter(over_at=None).values_list("figure", "hour")
    assert set(still) == {("p50", HOUR + timedelta(hours=1))}
    assert events() == ["answers_bad", "answers_bad", "answers_good"]


def test_without_visitors_it_is_over_after_a_day():
    answered(240)
    judge()
    judge(23)
    assert events() == ["answers_bad"]
    judge(24)
    judge(25)
    assert events() == ["answers_bad", "answers_good"]


def test_a_run_that_comes_too_late_changes_nothing():
    answered(240)
    answered(240, hour=1)
    judge(1)
    assert judge() == []
    assert {alert.hour for alert in AnswerAlert.objects.all()} == {
        HOUR + timedelta(hours=1)
    }


def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_does_it(monkeypatch):
    answered(240)

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(operations, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            judge()
    assert (AnswerAlert.objects.count(), events()) == (0, [])
    assert len(judge()) == 4
    assert events() == ["answers_bad"]


def test_who_sees_the_audit_is_told_by_the_clock_of_their_branch(owner):
    others = [UserFactory(role=role) for role in Role if role != Role.OWNER]
    gone = UserFactory(role=Role.OWNER, is_active=False)
    answered(240)
    judge()
    (bad,) = told(owner)
    assert bad.title.endswith("in the hour from Mon 02 Mar, 05:00")
    assert "The timetable API: p50 240 ms (50), p95 240 ms (200), of 40" in bad.body
    assert bad.email_state == "due"
    assert bad.url == reverse("admin:core_answeralert_changelist")
    answered(10, hour=1)
    judge(1)
    _, good = told(owner)
    assert good.title.startswith("Answers are as they should be again")
    assert [told(user) for user in [*others, gone]] == [[]] * (len(others) + 1)


def test_the_start_page_counts_those_that_are_open_and_leads_to_them(client, owner):
    answered(240)
    judge()
    (tile,) = [
        tile
        for tile in work_queue([], owner, HOUR)
        if tile.label == "Slow or failing answers"
    ]
    assert tile.count == 4
    client.force_login(owner)
    html = client.get(tile.url).content.decode()
    assert "p95 240 ms (200)" in html
    AnswerAlert.objects.update(over_at=HOUR + timedelta(hours=2))
    assert "p95 240 ms (200)" not in client.get(tile.url).content.decode()
    assert "Slow or failing answers" not in {
        tile.label for tile in work_queue([], UserFactory(role=Role.MANAGER), HOUR)
    }
