"""Each invariant of core holds in the database itself.

Raw SQL that breaks one is refused by its name.
"""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from gymsite.core.batches import put_off
from gymsite.core.models import (
    AnswerAlert,
    ApiSession,
    BranchHours,
    Brand,
    Event,
    IdempotencyKey,
    MailOptOut,
    Outbox,
)
from gymsite.core.operations.events import record
from gymsite.core.operations.sessions import log_in
from gymsite.core.queries.versions import version_of
from gymsite.notifications.operations import notify
from tests import constraints
from tests.constraints import copied, refused_by, update
from tests.event_kinds import Made
from tests.factories import PASSWORD, BranchFactory, UserFactory

pytestmark = pytest.mark.django_db


USER = "core_user"
NEW_NAME = {
    "username": "'other'",
    "email": "'other@example.com'",
    "member_number": "'9'",
    "calendar_token": "NULL",
}

BREAKS = {
    "core_brand_is_one_row": (
        "brand",
        lambda: (
            'INSERT INTO core_brand SELECT (jsonb_populate_record(b, jsonb \'{"id": '
            "2}')).* FROM core_brand b"
        ),
    ),
    "core_brand_hue_on_the_wheel": ("brand", lambda: update("core_brand", "hue = 360")),
    "core_branchhours_one_a_weekday": ("hours", lambda: copied("core_branchhours")),
    "core_branchhours_close_after_opening": (
        "hours",
        lambda: update("core_branchhours", "closes = opens"),
    ),
    "core_event_append_only": ("event", lambda: update("core_event", "kind = 'other'")),
    "core_event_never_truncated": ("event", lambda: "TRUNCATE core_event"),
    "core_idempotencykey_unique": ("key", lambda: copied("core_idempotencykey")),
    "core_putoff_one_a_row": ("put_off", lambda: copied("core_putoff")),
    "core_putoff_was_tried": ("put_off", lambda: update("core_putoff", "attempts = 0")),
    "core_answeralert_once_an_hour": ("alert", lambda: copied("core_answeralert")),
    "core_answeralert_one_open": (
        "open_alert",
        lambda: copied("core_answeralert", hour="hour + interval '1 hour'"),
    ),
    "core_answeralert_over_after_its_hour": (
        "alert",
        lambda: update("core_answeralert", "over_at = hour"),
    ),
    "core_notification_due_says_when": (
        "notice",
        lambda: update("core_notification", "holds_until = NULL"),
    ),
    "core_mailoptout_once": ("mail", lambda: copied("core_mailoptout")),
    "core_notification_read_has_time": (
        "notice",
        lambda: update("core_notification", "is_read = true"),
    ),
    "core_apisession_access_unique": (
        "log_in",
        lambda: copied("core_apisession", refresh_hash="'x'", family_hash="'x'"),
    ),
    "core_apisession_refresh_unique": (
        "log_in",
        lambda: copied("core_apisession", access_hash="'x'", family_hash="'x'"),
    ),
    "core_apisession_family_unique": (
        "log_in",
        lambda: copied("core_apisession", access_hash="'x'", refresh_hash="'x'"),
    ),
    "core_apisession_ends_after_start": (
        "log_in",
        lambda: update("core_apisession", "expires_at = created_at"),
    ),
    "core_user_email_unique": (
        "user",
        lambda: copied(USER, **NEW_NAME | {"email": "email"}),
    ),
    "core_user_username_unique": (
        "user",
        lambda: copied(USER, **NEW_NAME | {"username": "upper(username)"}),
    ),
    "core_user_calendar_token_unique": (
        "user",
        lambda: copied(USER, **NEW_NAME | {"calendar_token": "calendar_token"}),
    ),
    "core_user_email_in_lower_case": (
        "user",
        lambda: update(USER, "email = upper(email)"),
    ),
    "core_user_no_superuser": ("user", lambda: update(USER, "is_superuser = true")),
    "core_user_staff_follows_role": ("user", lambda: update(USER, "is_staff = true")),
}


@pytest.fixture
def rows():
    now = timezone.now()
    user = UserFactory(username="ada", calendar_token="t")
    log_in(name="ada", password=PASSWORD, now=now)
    return {
        "brand": Brand.objects.get_or_create(pk=1)[0].pk,
        "hours": BranchHours.objects.create(
            branch=BranchFactory(), weekday=0, opens="07:00", closes="22:00"
        ).pk,
        "event": record(Made.HAPPENED, user, at=now).pk,
        "key": IdempotencyKey.objects.create(
            owner=user.pk, key="k", fingerprint=b"f", created_at=now
        ).pk,
        "notice": notify(user.pk, kind="k", title="t", at=now).pk,
        "log_in": ApiSession.objects.get().pk,
        "put_off": put_off("core.test", 1, RuntimeError(), now=now).pk,
        "mail": MailOptOut.objects.create(user=user, topic="bookings", at=now).pk,
        "user": user.pk,
        "alert": alert("p50", over_at=now + timedelta(hours=1), hour=now).pk,
        "open_alert": alert("p95", hour=now).pk,
    }


def alert(figure, **values):
    return AnswerAlert.objects.create(
        endpoint="GET /", figure=figure, value=300, bound=200, requests=50, **values
    )


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_refused_by_its_name(rows, name):
    row, statement = BREAKS[name]
    assert refused_by(statement(), id=rows[row]) == name


def test_no_constraint_is_left_untried():
    tried = set(BREAKS) | constraints.of_currencies()
    assert constraints.named("core") <= tried
    assert set(BREAKS) <= constraints.named("core")


def test_history_is_not_deleted_either(rows):
    assert (
        refused_by("DELETE FROM core_event WHERE id = %(id)s", id=rows["event"])
        == "core_event_append_only"
    )
    assert Event.objects.filter(pk=rows["event"]).exists()


def test_an_event_waits_in_the_outbox_from_the_moment_it_is_true(rows):
    assert (
        Outbox.objects.get(pk=rows["event"]).due_at
        == Event.objects.get(pk=rows["event"]).at
    )


def test_an_ended_session_frees_its_hashes(rows):
    ApiSession.objects.filter(pk=rows["log_in"]).update(is_active=False)
    assert refused_by(copied("core_apisession"), id=rows["log_in"]) is None


def test_any_change_moves_the_version_that_pages_are_kept_under(rows):
    changes = {
        "branches": "UPDATE core_branch SET phone = '1'",
        "timetable": "TRUNCATE bookings_classtype CASCADE",
    }
    seen = [version_of("branches", "timetable")]
    for name, change in changes.items():
        before = version_of(name)
        with connection.cursor() as cursor:
            cursor.execute(change)
        assert version_of(name) != before
        seen.append(version_of("branches", "timetable"))
    assert len(set(seen)) == 3


def test_a_version_does_not_count(rows):
    """A version that counts could repeat numbers after a fail-over.

    A standby or a restored backup would count on to numbers that stood for other
    content.
    """
    versions = []
    for _ in range(2):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE core_branch SET phone = '1'")
            versions.append(version_of("branches"))
            transaction.set_rollback(True)
    assert len(set(versions)) == 2


def test_the_throttle_is_unlogged():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relpersistence FROM pg_class WHERE relname = 'core_throttle'"
        )
        assert cursor.fetchone()[0] == "u"
