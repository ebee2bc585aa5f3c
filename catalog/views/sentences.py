"""Sentences that several pages of the shop say."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gymsite.core.errors import DomainError, Invalid
from gymsite.core.periods import clock, day_name, local_day


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as a page shows it; what was typed wrongly needs no title."""

    title: str
    message: str


def refused(refusal: DomainError | None) -> Refused | None:
    if isinstance(refusal, Invalid):
        return Refused(
            "",
            " ".join(said for messages in refusal.errors.values() for said in messages),
        )
    if refusal is None:
        return None
    said = refusal.message if refusal.detail != refusal.title else refusal.remedy
    return Refused(refusal.title, said)


def dated(day: date) -> str:
    """``Tue 24 Nov 2026``"""
    return f"{day:%a} {day_name(day)} {day.year}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """``24 Nov 2026 19:00``, in the branch's time."""
    day = local_day(at, zone)
    return f"{day_name(day)} {day.year} {clock(at.astimezone(zone))}"
