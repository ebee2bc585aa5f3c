"""Free times as arithmetic: what is offered is what a plain search finds."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.rules import slots
from bookings.rules.slots import Length
from gymsite.core.periods import clock, local_day

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
        (date(2026, 10, 25), 100),  # an hour is there twice
    ],
)
def test_a_day_has_a_raster_of_quarters(day, count):
    on = slots.raster([day], 15, LONDON)
    assert len(on) == count
    assert on == sorted(set(on))
    assert all(slots.on_raster(start, 15, LONDON) for start in on)


@pytest.mark.parametrize(
    ("zone", "day", "shown"),
    [
        ("Europe/London", date(2026, 10, 25), ["01:30 BST", "01:30 GMT"]),
        ("America/New_York", date(2026, 11, 1), ["01:30 EDT", "01:30 EST"]),
        ("Australia/Sydney", date(2027, 4, 4), ["02:30 AEDT", "02:30 AEST"]),
        ("Australia/Adelaide", date(2027, 4, 4), ["02:30 ACDT", "02:30 ACST"]),
        # half an hour is there twice
        (
            "Australia/Lord_Howe",
            date(2027, 4, 4),
            ["01:30 UTC+11:00", "01:30 UTC+10:30"],
        ),
        # the day's last hour, after which midnight comes
        ("Asia/Beirut", date(2026, 10, 24), ["23:30 EEST", "23:30 EET"]),
    ],
)
def test_what_clocks_show_twice_is_two_times_with_names(zone, day, shown):
    zone = ZoneInfo(zone)
    on = slots.raster([day], 30, zone)
    names = [clock(at.astimezone(zone)) for at in on]
    assert [name for name in names if name.startswith(shown[0][:5])] == shown
    assert len(set(names)) == len(names)
    assert {local_day(at, zone) for at in on} == {day}
