"""The people who have appointments with a trainer."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gymsite.postgres.rows import fetch_all
from gymsite.postgres.statements import statements

SQL = statements("bookings", "clients")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A client who may want a word: when they last had an appointment, whether they
    missed it, and when the next one is, None where there is none."""

    client_id: int
    client: str
    missed: bool
    last_at: datetime
    time_zone: str
    next_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def to_follow_up(trainer_id: int, now: datetime) -> list[FollowUp]:
    """At most twelve of a trainer's clients of the last 60 days, the latest first: who
    missed the last appointment, or has none booked within 14 days after it."""
    return fetch_all(SQL.to_follow_up, {"trainer": trainer_id, "now": now}, FollowUp)
