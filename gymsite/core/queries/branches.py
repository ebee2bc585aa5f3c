"""Days of several branches at once, and the money of the brand."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime

from django.db.models import Q

from gymsite.core.models import Branch, Brand
from gymsite.core.periods import local_day


def past_their_day(field: str, branches: Iterable[Branch], now: datetime) -> Q:
    """Rows of these branches whose date in ``field`` is over at their own branch.

    Without a branch there are none.
    """
    by_day: defaultdict[date, list[int]] = defaultdict(list)
    for branch in branches:
        by_day[branch.today(now)].append(branch.pk)
    found = Q(pk__in=[])
    for day, ids in by_day.items():
        found |= Q(**{f"{field}__lt": day, "branch__in": ids})
    return found


def latest_day(branches: Iterable[Branch], now: datetime) -> date:
    """Today at the branches; where their calendars differ, the later day of two."""
    days = [branch.today(now) for branch in branches]
    return max(days, default=local_day(now, UTC))


def brand_currency() -> str:
    """What the brand counts its money in; a new database may lack the brand's row."""
    found = Brand.objects.values_list("currency", flat=True).first()
    return found or Brand._meta.get_field("currency").default
