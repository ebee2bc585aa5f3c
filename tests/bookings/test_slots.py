"""Free times as arithmetic: what is offered is what a plain search finds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rules import slots
from bookings.rules.slots import Length

MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
minutes = st.integers(0, 288).map(lambda n: MIDNIGHT + timedelta(minutes=5 * n))
spans = st.lists(
    st.tuples(minutes, st.integers(1, 40)).map(
        lambda pair: (pair[0], pair[0] + timedelta(minutes=5 * pair[1]))
    ),
    max_size=6,
)
lengths = st.builds(
    Length,
    minutes=st.sampled_from([5, 30, 60, 90]),
    before=st.sampled_from([0, 5, 30]),
    after=st.sampled_from([0, 10, 45]),
    raster=st.sampled_from([5, 15, 60]),
)


@given(spans, spans, spans, lengths)
def test_what_is_offered_is_what_trying_each_time_finds(work, taken, clients, length):
    work = slots.merged(work)
    on = slots.raster([MIDNIGHT.date()], length.raster, ZoneInfo("UTC"))
    tried = [
        start
        for start in on
        if slots.inside(length.clients(start), work)
        and not slots.meets(length.trainers(start), taken)
        and not slots.meets(length.clients(start), clients)
    ]
    assert [*slots.starts(on, work, taken, clients, length)] == tried


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2026, 11, 30), 96),
        (date(2027, 3, 28), 92),  # an hour is skipped
        (date(2026, 10, 25), 96),  # an hour is there twice: the first is meant
    ],
)
def test_a_day_has_a_raster_of_quarters(day, count):
    on = slots.raster([day], 15, LONDON)
    assert len(on) == count
    assert all(slots.on_raster(start, 15, LONDON) for start in on)
