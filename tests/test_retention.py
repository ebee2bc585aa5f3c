"""What is deleted and what stays.

docs/retention.md names every table, and the nightly jobs do what it says.
"""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

import bookings.tasks
import gymsite.core.tasks
import gymsite.payments.tasks
from gymsite.core import retention
from tests.factories import BranchFactory, UserFactory

pytestmark = pytest.mark.django_db

TASKS = {
    "core.forget": gymsite.core.tasks,
    "bookings.forget": bookings.tasks,
    "payments.forget": gymsite.payments.tasks,
}
KINDS = [
    pytest.param(kind, task, id=kind.table)
    for task, module in TASKS.items()
    for kind in module.KEPT
]
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
AND relkind IN ('r', 'p') AND NOT relispartition
"""


def lines(project) -> dict[str, list[list[str]]]:
    """{heading: the cells of its table's rows}."""
    found = {}
    for section in re.split(
        r"^## ", (project / "docs/retention.md").read_text(), flags=re.MULTILINE
    )[1:]:
        heading, _, text = section.partition("\n")
        rows = re.findall(r"^\| (`.*) \|$", text, flags=re.MULTILINE)
        found[heading] = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return found


def test_every_table_is_listed_once(project):
    listed = [cells[0].strip("`") for rows in lines(project).values() for cells in rows]
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = {name for (name,) in cursor.fetchall()}
    assert sorted(listed) == sorted(tables)


def test_who_empties_a_table_is_a_job_that_is_there(project):
    for table, _, who, _ in lines(project)["Emptied"]:
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", who):
            assert name in app.tasks, table


def test_what_the_jobs_forget_is_what_the_page_says(project):
    said = {table.strip("`"): who for table, _, who, _ in lines(project)["Emptied"]}
    for task, module in TASKS.items():
        for kind in module.KEPT:
            assert f"`{task}`" in said[kind.table]


def values_of(kind: retention.Kept, at) -> dict:
    """A row of the kind's table with the instant ``at``."""
    user, unique = UserFactory(), uuid4()
    return {
        "core_idempotencykey": {
            "owner": 1,
            "key": str(unique),
            "fingerprint": b"f",
            "content_type": "",
        },
        "core_throttle": {"key": str(unique), "hits": 1},
        "core_cache": {"cache_key": str(unique), "value": "v"},
        "core_apisession": {
            "user_id": user.pk,
            "access_hash": unique.bytes,
            "refresh_hash": unique.bytes,
            "access_expires_at": at,
            "created_at": at - timedelta(days=30),
            "is_active": False,
            "client": "",
        },
        "core_putoff": {
            "job": "a",
            "subject_id": user.pk,
            "attempts": 1,
            "first_at": at,
            "error": "",
        },
        "core_pagesession": {
            "session_key": unique.hex,
            "session_data": "",
            "client": "",
        },
        "bookings_checkinnonce": {"nonce": unique, "checkin_id": 1},
        "bookings_pinattempt": {
            "branch_id": BranchFactory().pk,
            "member_number": "1",
            "succeeded": False,
        },
        "payments_webhookdelivery": {
            "gateway": "card",
            "event_id": unique.hex,
            "kind": "charge.paid",
            "outcome": "done",
            "note": "",
        },
    }[kind.table] | {kind.column: at}


def add(kind: retention.Kept, at) -> None:
    values = values_of(kind, at)
    names, places = (
        ", ".join(f'"{name}"' for name in values),
        ", ".join(["%s"] * len(values)),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {kind.table} ({names}) VALUES ({places})",
            list(values.values()),
        )


def instants(kind: retention.Kept) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {kind.column} FROM {kind.table}")
        return [at for (at,) in cursor.fetchall()]


@pytest.mark.parametrize(("kind", "task"), KINDS)
def test_what_is_over_goes_and_what_is_not_stays(kind, task):
    now = timezone.now()
    over, not_yet = (
        now - kind.kept - timedelta(minutes=1),
        now - kind.kept + timedelta(hours=1),
    )
    for at in (over, not_yet):
        add(kind, at)
    TASKS[task].forget()
    assert instants(kind) == [not_yet]


@pytest.mark.parametrize(
    "refused",
    ["", "hashagg", "material", "hashagg, material, hashjoin, mergejoin, sort"],
)
def test_no_statement_deletes_more_than_a_batch_whatever_its_plan(monkeypatch, refused):
    with connection.cursor() as cursor:
        for plan in filter(None, refused.split(", ")):
            cursor.execute(f"SET LOCAL enable_{plan} = off")
    monkeypatch.setattr(retention, "BATCH", 2)
    (kind,) = [
        kind for kind in gymsite.core.tasks.KEPT if kind.table == "core_throttle"
    ]
    now, before = timezone.now(), timezone.now() - timedelta(days=2)
    for _ in range(5):
        add(kind, before)
    deleted = []

    def note(execute, sql, params, many, context):
        value = execute(sql, params, many, context)
        deleted.append(context["cursor"].rowcount)
        return value

    with connection.execute_wrapper(note):
        assert retention.forget([kind], now=now) == {"core_throttle": 5}
    assert deleted == [2, 2, 1]


def test_a_run_ends_after_so_many_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    monkeypatch.setattr(retention, "MOST_BATCHES", 3)
    (kind,) = [
        kind for kind in gymsite.core.tasks.KEPT if kind.table == "core_throttle"
    ]
    for _ in range(5):
        add(kind, timezone.now() - timedelta(days=2))
    assert retention.forget([kind], now=timezone.now()) == {"core_throttle": 3}
