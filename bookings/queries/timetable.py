"""A trainer's week, classes and appointments together, with the version of it; and the
classes of a week by their topic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bookings.queries.timetable_page import VERSIONS
from gymsite.core.periods import day_bounds
from gymsite.postgres.rows import fetch_all, fetch_one
from gymsite.postgres.statements import statements

SQL = statements("bookings", "timetable")
MOST = 200  # classes of one search
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TrainerWeek:
    """Rows by column, each with its ``day``. None of both where the version is the
    caller's own."""

    trainer: str
    version: str
    sessions: list[dict[str, Any]]
    appointments: list[dict[str, Any]]
    is_kept: bool


def trainer_week(
    trainer_id: int, monday: date, *, kept: str | None = None
) -> TrainerWeek:
    """The seven dates from ``monday`` on, as one moment shows them. ``kept`` is a
    version whose rows the caller has. The trainer exists."""
    row = fetch_one(
        SQL.week,
        _dates(monday) | {"trainer": trainer_id, "versions": [*VERSIONS], "kept": kept},
    )
    return TrainerWeek(
        row.trainer,
        row.version,
        _read(row.sessions or ()),
        _read(row.appointments or ()),
        row.version == kept,
    )


def classes_about(
    words: str, monday: date, *, trainer_id: int | None = None
) -> list[Any]:
    """Classes of a week whose topic has all of the words, in whatever form, soonest
    first, at most 200 (bookings_session_topic)."""
    asked = {"words": words, "trainer": trainer_id, "most": MOST}
    return fetch_all(SQL.topics, _dates(monday) | asked)


def _dates(monday: date) -> dict[str, Any]:
    """Instants with a day before and after, since zones differ: bounds for an index."""
    return {
        "first": monday,
        "last": monday + 6 * DAY,
        "starts": day_bounds(monday - DAY, UTC)[0],
        "ends": day_bounds(monday + 7 * DAY, UTC)[1],
    }


def _read(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """JSON has days and times as texts."""
    return [
        row
        | {
            "day": date.fromisoformat(row["day"]),
            "starts_at": datetime.fromisoformat(row["starts_at"]),
            "ends_at": datetime.fromisoformat(row["ends_at"]),
        }
        for row in rows
    ]
