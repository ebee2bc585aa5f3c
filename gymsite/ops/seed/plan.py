"""What one run of the seed is about: numbers, day, clocks of its branches."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from gymsite.core.periods import instant
from gymsite.ops.seed import draws
from gymsite.ops.seed.columns import EPOCH, day_number, instant_number
from gymsite.ops.seed.scale import WEEKS_AHEAD, Sizes


@dataclass(frozen=True, slots=True)
class Plan:
    """``now`` is the first instant (UTC) of ``day``: what is before it has happened."""

    seed: int
    day: date
    sizes: Sizes
    profile: str = "gym"

    @property
    def today(self) -> int:
        return day_number(self.day)

    @property
    def now(self) -> int:
        return instant_number(datetime.combine(self.day, time.min, UTC))

    @property
    def first_day(self) -> int:
        return self.today - 7 * self.sizes.weeks_back

    @property
    def weeks(self) -> np.ndarray:
        """The weeks in which classes have dates, this one is 0."""
        return np.arange(-self.sizes.weeks_back, WEEKS_AHEAD)

    @property
    def last_day(self) -> int:
        return self.today + 7 * WEEKS_AHEAD - 1

    def random(self, purpose: str) -> np.random.Generator:
        return draws.stream(self.seed, purpose)


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=int(number))


def instants(
    days: np.ndarray, minutes: np.ndarray, zones: np.ndarray, names: list[str]
) -> np.ndarray:
    """The instants of wall times.

    Day numbers, minutes of the day and, into ``names``, numbers of time zones.

    Each different time is computed once, by the function that the site itself uses.
    """
    key = (zones.astype(np.int64) * 100_000 + days) * 1440 + minutes
    different, place = np.unique(key, return_inverse=True)
    clocks = [ZoneInfo(name) for name in names]
    found = np.empty(len(different), dtype=np.int64)
    for number, value in enumerate(different.tolist()):
        rest, minute = divmod(value, 1440)
        zone, day = divmod(rest, 100_000)
        found[number] = instant_number(
            instant(day_of(day), time(minute // 60, minute % 60), clocks[zone])
        )
    return found[place]


def midnights(days: np.ndarray, zones: np.ndarray, names: list[str]) -> np.ndarray:
    """The first instants of days; quicker than ``instants`` for many rows."""
    first = days.min()
    every = [day_of(number) for number in range(first, days.max() + 1)]
    found = [
        [instant_number(instant(day, time.min, ZoneInfo(name))) for day in every]
        for name in names
    ]
    return np.array(found)[zones, days - first]


def season(days: np.ndarray, southern: np.ndarray | bool = False) -> np.ndarray:
    """How busy the time of year is: most in January, less in September."""
    of_year = (np.asarray(days) - day_number(date(2000, 1, 1))) % 365.25
    northern_summer = np.exp(-(((of_year - 212) / 28) ** 2))
    southern_summer = np.exp(-(((of_year - 15) / 24) ** 2))
    new_year = np.exp(-((((of_year + 182) % 365.25 - 196) / 22) ** 2))
    autumn = np.exp(-(((of_year - 262) / 20) ** 2))
    christmas = np.exp(-((((of_year + 182) % 365.25 - 177) / 5) ** 2))
    summer = np.where(southern, southern_summer, northern_summer)
    return 1 + 0.22 * new_year + 0.08 * autumn - 0.16 * summer - 0.35 * christmas
