"""What must hold for every value: references, member numbers, instants, pages."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gymsite.core import member_numbers, periods, references
from gymsite.core.errors import Invalid
from gymsite.core.models import Event
from gymsite.core.pagination import decode, encode, keyset_page

# the test's database is the same for every example, and an example is a query
IN_DATABASE = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

bodies = st.text(references.ALPHABET, min_size=10, max_size=10)
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))
zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Europe/London",
            "America/Sao_Paulo",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Pacific/Apia",
        )
    ]
)


class TestReferences:
    @given(bodies)
    def test_a_reference_is_read_as_people_say_it(self, body):
        reference = body + references.check_character(body)
        said = references.shown(reference).lower().replace("0", "o").replace("1", "l")
        assert references.read(said) == references.read(f" {reference} ") == reference

    @given(bodies, st.integers(0, 9), st.sampled_from(references.ALPHABET))
    def test_one_wrong_character_is_noticed(self, body, place, letter):
        reference = body + references.check_character(body)
        wrong = reference[:place] + letter + reference[place + 1 :]
        same = (
            references.ALPHABET.index(letter)
            - references.ALPHABET.index(reference[place])
        ) % 31 == 0
        assert same or references.read(wrong) is None

    @given(bodies, st.integers(0, 8))
    def test_two_swapped_characters_are_noticed(self, body, place):
        reference = body + references.check_character(body)
        one, two = reference[place], reference[place + 1]
        swapped = reference[:place] + two + one + reference[place + 2 :]
        same = (
            references.ALPHABET.index(one) - references.ALPHABET.index(two)
        ) % 31 == 0
        assert same or references.read(swapped) is None

    @given(st.text())
    def test_no_text_upsets_it(self, text):
        assert (
            references.read(text) is None
            or len(references.read(text)) == references.LENGTH
        )

    def test_new_ones_differ_and_can_be_read(self):
        new = {references.new() for _ in range(2000)} | {
            references.of("wish", n) for n in range(2000)
        }
        assert len(new) == 4000
        assert all(references.read(reference) == reference for reference in new)


class TestMemberNumbers:
    @pytest.mark.django_db
    @IN_DATABASE
    @given(serial=st.integers(1, 99_999_999))
    def test_the_database_makes_what_is_read_here(self, serial):
        with connection.cursor() as cursor:
            cursor.execute(
                (
                    "SELECT setval('core_member_number', %s, false), "
                    "core_next_member_number()"
                ),
                [serial],
            )
            number = cursor.fetchone()[1]
        assert number == f"{serial}{member_numbers.check_digit(str(serial))}"
        assert member_numbers.read(number) == number

    @given(st.integers(1, 10**9).map(str), st.data())
    def test_one_wrong_digit_is_nobodys(self, serial, data):
        number = serial + member_numbers.check_digit(serial)
        place = data.draw(st.integers(0, len(number) - 1))
        digit = data.draw(
            st.sampled_from("0123456789").filter(lambda digit: digit != number[place])
        )
        assert member_numbers.read(number[:place] + digit + number[place + 1 :]) is None

    @given(st.text())
    def test_no_text_upsets_it(self, text):
        number = member_numbers.read(text)
        assert number is None or number.isdigit()


class TestInstants:
    @given(days, walls, zones)
    def test_the_clock_shows_the_wall_time_or_has_skipped_it(self, day, wall, zone):
        instant = periods.instant(day, wall, zone)
        shown = instant.astimezone(zone).replace(tzinfo=None)
        wanted = datetime.combine(day, wall)
        # no instant of that day shows it: moved on, by at most one day
        if shown != wanted:
            assert timedelta(0) < shown - wanted <= timedelta(days=1)
            gap = shown - wanted
            before = (instant - gap).astimezone(zone).replace(tzinfo=None)
            assert before < wanted

    @given(days, walls, zones)
    def test_of_a_repeated_hour_it_is_the_first(self, day, wall, zone):
        instant = periods.instant(day, wall, zone)
        earlier = [instant - timedelta(minutes=minutes) for minutes in (30, 60)]
        shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        assert all(
            moment.astimezone(zone).replace(tzinfo=None, fold=0) != shown
            for moment in earlier
        )

    @given(days, zones)
    def test_days_join_without_gap_or_overlap(self, day, zone):
        first, last = periods.day_bounds(day, zone)
        assert periods.day_bounds(day + timedelta(days=1), zone)[0] == last
        assert last >= first
        if first < last:
            assert first.astimezone(zone).date() >= day
            assert (last - timedelta(microseconds=1)).astimezone(zone).date() <= day

    @pytest.mark.parametrize(
        ("day", "hours"),
        [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)],
    )
    def test_a_day_of_a_clock_change_is_an_hour_off(self, day, hours):
        first, last = periods.day_bounds(day, ZoneInfo("Europe/London"))
        assert last - first == timedelta(hours=hours)

    def test_the_repeated_hour_and_the_gap_by_name(self):
        london = ZoneInfo("Europe/London")
        assert periods.instant(date(2026, 10, 25), time(1, 30), london) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )
        assert periods.instant(date(2026, 3, 29), time(1, 30), london) == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )

    @given(days, days)
    def test_months_follow_each_other(self, one, other):
        first, last = sorted((one, other))
        found = list(periods.months(first, last))
        assert found[0][0] == first.replace(day=1)
        assert found[-1][0] == last.replace(day=1)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(found))


class TestPages:
    """Any walk over the pages sees each row once, in order."""

    @pytest.fixture
    def events(self, db):
        start = datetime(2026, 1, 1, tzinfo=UTC)

        def make(offsets):
            rows = [
                Event(
                    kind="k",
                    at=start + timedelta(minutes=offset),
                    subject="s",
                    subject_id=n,
                )
                for n, offset in enumerate(offsets)
            ]
            return [event.pk for event in Event.objects.bulk_create(rows)]

        return make

    @IN_DATABASE
    @given(
        offsets=st.lists(st.integers(0, 5), max_size=30),
        limits=st.lists(st.integers(1, 7), min_size=1, max_size=5),
        fields=st.sampled_from(
            [
                ("at", "id"),
                ("-at", "-id"),
                ("at", "-id"),
                ("-at", "id"),
                ("id",),
                ("-id",),
            ]
        ),
    )
    def test_each_row_once(self, events, offsets, limits, fields):
        rows = Event.objects.filter(pk__in=events(offsets))
        expected = list(rows.order_by(*fields).values_list("pk", flat=True))
        seen, cursor, turn = [], None, 0
        while True:
            page = keyset_page(
                rows, fields, cursor=cursor, limit=limits[turn % len(limits)]
            )
            seen += [row.pk for row in page.items]
            cursor, turn = page.next, turn + 1
            if cursor is None:
                break
        assert seen == expected

    def test_rows_that_come_meanwhile_repeat_none(self, events):
        events(range(6))
        page = keyset_page(Event.objects.all(), ("-id",), cursor=None, limit=3)
        events(range(4))
        rest = keyset_page(Event.objects.all(), ("-id",), cursor=page.next, limit=3)
        assert not {row.pk for row in page.items} & {row.pk for row in rest.items}
        assert rest.next is None

    @given(
        st.lists(
            st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1)),
            min_size=1,
            max_size=4,
        )
    )
    def test_a_cursor_is_read_as_it_was_written(self, values):
        assert decode(encode(values), len(values)) == values

    @pytest.mark.django_db
    @IN_DATABASE
    @given(
        cursor=st.one_of(
            st.text(min_size=1), st.binary(min_size=1).map(lambda raw: raw.hex())
        )
    )
    def test_what_was_not_made_here_is_refused(self, cursor):
        with pytest.raises(Invalid):
            keyset_page(Event.objects.all(), ("at", "id"), cursor=cursor, limit=3)

    @pytest.mark.django_db
    @pytest.mark.parametrize(
        "values",
        [
            ["\0", 1],
            ["2026-01-01T00:00:00+00:00", 2**63],
            ["yesterday", 1],
            [1, 1],
            [True, 1],
            [None, 1],
        ],
    )
    def test_values_that_fit_no_column_are_refused(self, values):
        with pytest.raises(Invalid):
            keyset_page(
                Event.objects.all(), ("at", "id"), cursor=encode(values), limit=3
            )

    @pytest.mark.django_db
    @pytest.mark.parametrize("limit", [0, -1, 201, 10**9])
    def test_pages_have_1_to_200_rows(self, limit):
        with pytest.raises(Invalid):
            keyset_page(Event.objects.all(), ("id",), cursor=None, limit=limit)


def test_what_clocks_show_twice_says_which_it_is():
    def said(name, *moment):
        return periods.when(datetime(*moment, tzinfo=UTC), ZoneInfo(name))

    assert said("Europe/London", 2026, 10, 25, 0, 30) == "Sun 25 Oct 01:30 BST"
    assert said("Europe/London", 2026, 10, 25, 1, 30) == "Sun 25 Oct 01:30 GMT"
    assert said("Europe/London", 2026, 10, 25, 2, 0) == "Sun 25 Oct 02:00"
    assert said("Europe/London", 2027, 3, 28, 1, 0) == "Sun 28 Mar 02:00"
    assert said("America/New_York", 2026, 11, 1, 6, 30) == "Sun 1 Nov 01:30 EST"
    assert said("Australia/Sydney", 2027, 4, 3, 15, 30) == "Sun 4 Apr 02:30 AEDT"
    half = "Australia/Lord_Howe"
    assert said(half, 2027, 4, 3, 14, 45) == "Sun 4 Apr 01:45 UTC+11:00"
    assert said(half, 2027, 4, 3, 15, 15) == "Sun 4 Apr 01:45 UTC+10:30"
    assert said("Asia/Kolkata", 2026, 11, 1, 6, 30) == "Sun 1 Nov 12:00"
