"""Group waitlist: the reference's tuned query, first in the waitlist of one session, with and without its index."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from .context import Context
from .report import Row
from .stats import Spread, median

GROUP = "waitlist"
REPEATS = 9
REFERENCE = {"before": 4.752, "after": 0.905}  # ms
INDEX = "bookings_waitlist_head"
RIVAL = "bookings_waitlistentry_position_unique"  # would serve without a sort as well

FIRST = """
SELECT entry.member_id, entry.position, member.username
FROM bookings_waitlistentry entry JOIN core_user member ON member.id = entry.member_id
WHERE entry.session_id = %s AND entry.status = 'waiting'
ORDER BY entry.position LIMIT 1
"""
LONGEST = "SELECT id, waitlist_length FROM bookings_classsession ORDER BY waitlist_length DESC, id LIMIT 1"


def measure(context: Context) -> list[Row]:
    """The plan and its time before (both indexes on position dropped, rolled back again) and after."""
    context.say("waitlist: first in line, with and without its index")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE bookings_waitlistentry, core_user")
        cursor.execute(LONGEST)
        session, waiting = cursor.fetchone()
    with without_index():
        before = [explain(session) for _ in range(REPEATS)]
    after = [explain(session) for _ in range(REPEATS)]
    return [_row(context, "before", before, before, waiting), _row(context, "after", after, before, waiting)]


@contextmanager
def without_index() -> Iterator[None]:
    """Within it the query has no index in order of position; what was dropped is there again afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {INDEX}")
            cursor.execute(f"ALTER TABLE bookings_waitlistentry DROP CONSTRAINT {RIVAL}")
        yield
        transaction.set_rollback(True)


def explain(session: int) -> dict[str, Any]:
    """EXPLAIN (ANALYZE, FORMAT JSON) of the query: ``Plan``, ``Planning Time`` and ``Execution Time`` in ms."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {FIRST}", [session])
        (plan,) = cursor.fetchone()
    return (json.loads(plan) if isinstance(plan, str) else plan)[0]


def nodes(plan: dict[str, Any]) -> list[str]:
    """The plan's nodes from the top, scans with their index."""
    index = plan.get("Index Name")
    here = f"{plan['Node Type']} {index}" if index else plan["Node Type"]
    return [here, *(name for child in plan.get("Plans", []) for name in nodes(child))]


def _row(context: Context, when: str, plans: list[dict], before: list[dict], waiting: int) -> Row:
    times = [plan["Execution Time"] for plan in plans]
    found = nodes(plans[0]["Plan"])
    has_sort = any("Sort" in name for name in found)
    is_after = when == "after"
    return Row(
        group=GROUP,
        name=f"first in the waitlist, {when}",
        data=f"{context.data('waitlistentry', 'user')}, {waiting} waiting",
        value=median(times),
        unit="ms",
        spread=Spread.of(times),
        floor="before" if is_after else "",
        floor_value=median([plan["Execution Time"] for plan in before]) if is_after else None,
        ratio=median(times) / median([plan["Execution Time"] for plan in before]) if is_after else None,
        reference=REFERENCE[when],
        target="index scan, no Sort" if is_after else "",
        met=context.verdict(not has_sort and any(INDEX in name for name in found)) if is_after else None,
        note=" > ".join(found),
    )
