"""The audit in the admin: as of now, each day's, and who may see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from gymsite.core.models import AuditSnapshot, RequestSample, Role
from gymsite.core.operations.audits import KEPT
from gymsite.core.operations.requests import keep_samples
from gymsite.ops.audit import CHECKS, snapshots
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NOW = reverse("admin:core_auditsnapshot_now")


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_now_shows_every_check_and_keeps_nothing(client, owner):
    html = page(client, NOW)
    assert [
        check.name for check in CHECKS if f"<strong>{check.name}</strong>" not in html
    ] == []
    assert "meant so in the model" in html  # what is accepted, with its reason
    assert not AuditSnapshot.objects.exists()


def test_a_finding_is_shown_with_its_remedy_and_as_worse_than_the_day_before(
    client, owner
):
    snapshots.take(now=timezone.now() - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX planted_twin ON core_branch (id)")
    html = page(client, NOW)
    assert "DROP INDEX CONCURRENTLY planted_twin;" in html
    assert "Worse: duplicate_indexes" in html


def test_what_is_kept_is_the_same_page_again(client, owner):
    answer = client.post(NOW)
    (kept,) = AuditSnapshot.objects.all()
    address = reverse("admin:core_auditsnapshot_change", args=[kept.pk])
    assert answer["Location"] == address
    assert "<strong>partitions</strong>" in page(client, address)
    assert address in page(client, reverse("admin:core_auditsnapshot_changelist"))


def test_audits_of_more_than_a_year_ago_are_forgotten():
    now = timezone.now()
    old = snapshots.take(now=now - KEPT - timedelta(days=1))
    kept = snapshots.take(now=now)
    assert list(AuditSnapshot.objects.all()) == [kept] != [old]


def test_answers_by_hour_say_what_passes_its_bound(client, owner):
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    keep_samples(
        [
            RequestSample(
                at=now - timedelta(hours=hours),
                endpoint="GET /api/v1/timetable",
                status=200 if n < 98 else 500,
                milliseconds=250,
                database_milliseconds=1,
                queries=1,
                hits=n % 2,
                misses=1 - n % 2,
            )
            for hours in (1, 30)
            for n in range(100)
        ]
    )
    html = page(client, NOW)
    for words in ("The timetable API by hour", "All pages and the whole API by hour"):
        assert words in html
    for figure in (
        "250.0 (over 50 ms)",
        "250.0 (over 200 ms)",
        "50.0% (under 70.0%)",
        "2.0% (over 1.0%)",
    ):
        assert f"<td>{figure}</td>" in html
    assert reverse("admin:core_answeralert_changelist") in html
    earlier = f"<td>{now - timedelta(hours=30):%Y-%m-%d %H:%M}</td>"
    assert earlier not in html
    assert earlier in page(client, f"{NOW}?week")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FRONT_DESK])
def test_only_the_owner_sees_it(client, role):
    client.force_login(UserFactory(role=role))
    assert client.get(NOW).status_code == 403
    assert client.post(NOW).status_code == 403
    assert not AuditSnapshot.objects.exists()
