from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

zone = lru_cache(maxsize=64)(ZoneInfo)  # of a name, always the same


def local(moment: datetime, time_zone: str) -> str:
    """ISO 8601 with the offset of a branch's time zone:
    ``2026-11-24T19:00:00+00:00``."""
    return moment.astimezone(zone(time_zone)).isoformat()
