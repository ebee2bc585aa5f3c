"""The rules of the house, each at its edges. Pure functions: no database here."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings import rules
from bookings.rules import (
    BOOKING,
    JOINING,
    PROMOTION,
    Clash,
    Facts,
    PolicyFacts,
    SessionFacts,
    judge,
    trace,
)
from memberships.queries import Entitlement

LONDON = ZoneInfo("Europe/London")
# a Tuesday, and winter time: London is UTC
START = datetime(2026, 11, 24, 18, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
POLICY = PolicyFacts(
    id=1,
    window_days=14,
    cutoff_minutes=720,
    promotion_margin_minutes=120,
    promoted_grace_minutes=30,
)


def a_session(**changes):
    facts = SessionFacts(
        id=1,
        branch_id=1,
        name="Vinyasa Flow",
        status="scheduled",
        session_date=date(2026, 11, 24),
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        capacity=20,
        booked_count=0,
        waitlist_length=0,
        zone=LONDON,
    )
    return replace(facts, **changes)


def an_entitlement(**changes):
    entitlement = Entitlement(
        membership_id=1,
        status="active",
        is_base=True,
        starts_on=date(2026, 1, 1),
        ends_on=None,
        plan_name="Unlimited",
        kind="unlimited",
        period="month",
        classes=None,
        branch_id=None,
        includes_classes=True,
        window_days=None,
        allowance_id=None,
        used=0,
        granted=None,
    )
    return replace(entitlement, **changes)


def eight(**changes):
    return an_entitlement(
        plan_name="Eight a month",
        kind="per_period",
        classes=8,
        allowance_id=7,
        granted=8,
        **changes,
    )


def a_pack(**changes):
    given = {
        "membership_id": 2,
        "is_base": False,
        "ends_on": date(2026, 12, 31),
        "plan_name": "Pack 10",
    }
    return an_entitlement(
        **given
        | {"kind": "pack", "classes": 10, "allowance_id": 9, "granted": 10}
        | changes
    )


def facts(
    now=START - timedelta(days=1),
    *,
    session=None,
    entitlements=None,
    policy=POLICY,
    **changes,
):
    return Facts(
        now=now,
        session=session or a_session(),
        policy=policy,
        account_open=changes.pop("account_open", True),
        entitlements=(an_entitlement(),)
        if entitlements is None
        else tuple(entitlements),
        **changes,
    )


def code(facts, asked=BOOKING):
    refusal = judge(facts, asked)
    return refusal and refusal.code


def test_nothing_stands_in_the_way():
    assert code(facts()) is None


class TestTime:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (START - INSTANT, None),
            (START, "session_started"),
            (START + INSTANT, "session_started"),
        ],
    )
    def test_booking_closes_at_the_start(self, now, expected):
        assert code(facts(now)) == expected

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (START - timedelta(days=14) - INSTANT, "booking_not_open"),
            (START - timedelta(days=14), None),
            (START - timedelta(days=14) + INSTANT, None),
        ],
    )
    def test_it_opens_fourteen_days_before(self, now, expected):
        assert code(facts(now)) == expected

    @pytest.mark.parametrize(
        ("windows", "days"),
        [
            ((None,), 14),
            ((7,), 7),
            ((30,), 30),
            ((0,), 0),
            ((7, None), 14),
            ((7, 21), 21),
            ((None, 30), 30),
        ],
    )
    def test_a_plan_says_otherwise_and_the_most_generous_counts(self, windows, days):
        entitlements = [
            an_entitlement(membership_id=n, window_days=window)
            for n, window in enumerate(windows)
        ]
        assert rules.opens_at(facts(entitlements=entitlements)) == START - timedelta(
            days=days
        )

    def test_a_plan_that_is_of_no_use_here_opens_nothing(self):
        frozen = an_entitlement(status="frozen", window_days=60)
        assert rules.opens_at(facts(entitlements=[frozen])) == START - timedelta(
            days=14
        )

    @pytest.mark.parametrize(
        ("start", "opens"),
        [
            # London's clocks go forward on 29 March 2026 and back on 25 October: 18:00
            # stays 18:00 on the wall
            (
                datetime(2026, 4, 7, 17, tzinfo=UTC),
                datetime(2026, 3, 24, 18, tzinfo=UTC),
            ),
            (
                datetime(2026, 11, 3, 18, tzinfo=UTC),
                datetime(2026, 10, 20, 17, tzinfo=UTC),
            ),
            # the wall time of the opening is skipped by the clocks: it is an hour later
            (
                datetime(2026, 4, 12, 0, 30, tzinfo=UTC),
                datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            ),
        ],
    )
    def test_it_opens_at_the_hour_of_the_class_whatever_the_clocks_do(
        self, start, opens
    ):
        session = a_session(starts_at=start, ends_at=start + timedelta(hours=1))
        assert rules.opens_at(facts(session=session)) == opens

    @pytest.mark.parametrize(
        "start",
        [datetime(2026, 3, 29, 6, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)],
    )
    def test_the_cutoff_is_hours_that_pass_not_hours_on_the_wall(self, start):
        assert rules.cutoff(
            facts(session=a_session(starts_at=start))
        ) == start - timedelta(hours=12)

    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (START - timedelta(days=3), START - timedelta(hours=12)),
            (START - timedelta(hours=12, minutes=30), START - timedelta(hours=12)),
            (
                START - timedelta(hours=12, minutes=10),
                START - timedelta(hours=11, minutes=40),
            ),
            (START - timedelta(minutes=10), START),
        ],
    )
    def test_who_is_promoted_has_half_an_hour_to_say_no_but_not_longer_than_to_the_start(
        self, now, until
    ):
        assert rules.promoted_free_until(facts(now)) == until

    def test_promotion_ends_two_hours_before_the_cutoff(self):
        assert rules.promotes_until(facts()) == START - timedelta(hours=14)


class TestMemberships:
    @pytest.mark.parametrize(
        ("entitlement", "expected"),
        [
            (an_entitlement(status="frozen"), "membership_frozen"),
            (an_entitlement(status="past_due"), "payment_due"),
            (an_entitlement(starts_on=date(2026, 11, 24)), None),
            (an_entitlement(starts_on=date(2026, 11, 25)), "membership_dates"),
            (an_entitlement(ends_on=date(2026, 11, 24)), None),
            (an_entitlement(ends_on=date(2026, 11, 23)), "membership_dates"),
            (an_entitlement(includes_classes=False), "plan_excludes"),
            (an_entitlement(branch_id=1), None),
            (an_entitlement(branch_id=2), "plan_excludes"),
        ],
    )
    def test_it_stands_reaches_the_day_and_includes_the_class(
        self, entitlement, expected
    ):
        assert code(facts(entitlements=[entitlement])) == expected

    @pytest.mark.parametrize(
        "entitlement",
        [
            an_entitlement(branch_id=2, ends_on=date(2026, 11, 24)),
            an_entitlement(branch_id=2, starts_on=date(2026, 11, 24)),
            an_entitlement(includes_classes=False, ends_on=date(2026, 12, 31)),
        ],
    )
    def test_one_that_reaches_the_day_is_not_refused_for_its_dates(self, entitlement):
        assert code(facts(entitlements=[entitlement])) == "plan_excludes"

    def test_of_several_that_are_of_no_use_the_first_one_says_why(self):
        entitlements = [
            an_entitlement(status="frozen"),
            an_entitlement(includes_classes=False),
        ]
        assert code(facts(entitlements=entitlements)) == "membership_frozen"
        assert code(facts(entitlements=entitlements[::-1])) == "plan_excludes"

    def test_of_several_that_are_used_up_the_first_one_says_so(self):
        entitlements = [eight(used=8), a_pack(used=10)]
        assert judge(facts(entitlements=entitlements), BOOKING).values == {
            "used": 8,
            "limit": 8,
        }
        assert (
            judge(
                facts(
                    entitlements=[an_entitlement(status="frozen"), *entitlements[::-1]]
                ),
                BOOKING,
            ).values["limit"]
            == 10
        )

    def test_the_last_place_can_be_booked_and_not_waited_for(self):
        last = facts(session=a_session(booked_count=19))
        assert (code(last), code(last, JOINING)) == (None, "places_free")
        gone = facts(session=a_session(booked_count=20))
        assert (code(gone), code(gone, JOINING)) == ("session_full", None)

    def test_without_any(self):
        assert code(facts(entitlements=[])) == "membership_required"

    def test_the_day_is_the_branchs_not_utcs(self):
        """At 00:30 in Auckland on 25 November it is still the 24th in UTC."""
        session = a_session(
            session_date=date(2026, 11, 25),
            starts_at=datetime(2026, 11, 24, 11, 30, tzinfo=UTC),
            zone=ZoneInfo("Pacific/Auckland"),
        )
        now = session.starts_at - timedelta(days=1)
        assert (
            code(
                facts(
                    now,
                    session=session,
                    entitlements=[an_entitlement(starts_on=date(2026, 11, 25))],
                )
            )
            is None
        )
        assert (
            code(
                facts(
                    now,
                    session=session,
                    entitlements=[an_entitlement(ends_on=date(2026, 11, 24))],
                )
            )
            == "membership_dates"
        )

    def test_a_pack_helps_where_the_base_does_not(self):
        assert (
            code(facts(entitlements=[an_entitlement(status="frozen"), a_pack()]))
            is None
        )
        assert (
            rules.paying_entitlement(facts(entitlements=[eight(used=8), a_pack()]))
            == a_pack()
        )

    def test_the_base_is_used_before_a_pack_and_packs_in_their_order(self):
        soon, late = a_pack(membership_id=2), a_pack(membership_id=3)
        assert (
            rules.paying_entitlement(
                facts(entitlements=[eight(used=7), soon, late])
            ).membership_id
            == 1
        )
        assert (
            rules.paying_entitlement(
                facts(entitlements=[eight(used=8), soon, late])
            ).membership_id
            == 2
        )
        assert (
            rules.paying_entitlement(
                facts(entitlements=[replace(soon, used=10), late])
            ).membership_id
            == 3
        )

    @pytest.mark.parametrize(
        ("used", "expected"),
        [(7, None), (8, "allowance_used_up"), (9, "allowance_used_up")],
    )
    def test_the_eighth_class_is_the_last(self, used, expected):
        assert code(facts(entitlements=[eight(used=used)])) == expected

    def test_the_reserved_class_pays_first_while_its_membership_stands(self):
        full = eight(used=8)
        assert (
            code(facts(entitlements=[full], entry_id=5, reserved_membership_id=1))
            is None
        )
        ended = facts(entitlements=[a_pack()], entry_id=5, reserved_membership_id=1)
        assert rules.paying_entitlement(ended).membership_id == 2
        frozen = facts(
            entitlements=[replace(full, status="frozen")],
            entry_id=5,
            reserved_membership_id=1,
        )
        assert code(frozen) == "membership_frozen"

    def test_the_reserved_class_pays_before_a_membership_that_comes_first_in_the_order_of_use(
        self,
    ):
        both = facts(
            entitlements=[eight(), a_pack()], entry_id=5, reserved_membership_id=2
        )
        assert rules.paying_entitlement(both).membership_id == 2


class TestOrder:
    """The first refusal is the answer, so the order of the rules is what people
    hear."""

    everything_wrong = facts(
        START + timedelta(days=1),
        session=a_session(status="cancelled", booked_count=20),
        entitlements=[],
        account_open=False,
        booking_id=1,
        entry_id=1,
        clash=Clash("Spin", START),
    )

    def mended(self, steps):
        """The facts after each step of putting one thing right."""
        wrong = self.everything_wrong
        for step in steps:
            yield wrong
            wrong = step(wrong)
        yield wrong

    STEPS = [
        lambda f: replace(f, session=replace(f.session, status="scheduled")),
        lambda f: replace(f, now=START - timedelta(days=20)),
        lambda f: replace(f, account_open=True),
        lambda f: replace(f, booking_id=None),
    ]
    LATER = [
        lambda f: replace(f, entitlements=(eight(used=8),)),
        lambda f: replace(f, now=START - timedelta(days=2)),
        lambda f: replace(f, entitlements=(an_entitlement(),)),
        lambda f: replace(f, clash=None),
    ]

    def test_of_booking(self):
        codes = [code(f) for f in self.mended([*self.STEPS, *self.LATER])]
        assert codes == [
            "session_cancelled",
            "session_started",
            "account_closed",
            "already_booked",
            "membership_required",
            "booking_not_open",
            "allowance_used_up",
            "overlapping_booking",
            "session_full",
        ]

    def test_of_joining(self):
        steps = [*self.STEPS, lambda f: replace(f, entry_id=None), *self.LATER]
        codes = [code(f, JOINING) for f in self.mended(steps)]
        assert codes == [
            "session_cancelled",
            "session_started",
            "account_closed",
            "already_booked",
            "already_waiting",
            "membership_required",
            "booking_not_open",
            "allowance_used_up",
            "overlapping_booking",
            None,
        ]
        free = replace(list(self.mended(steps))[-1], session=a_session(booked_count=19))
        assert code(free, JOINING) == "places_free"

    def test_of_promotion_which_asks_neither_for_the_window_nor_for_a_place(self):
        codes = [code(f, PROMOTION) for f in self.mended([*self.STEPS, *self.LATER])]
        assert codes == [
            "session_cancelled",
            "session_started",
            "account_closed",
            "already_booked",
            "membership_required",
            "allowance_used_up",
            "allowance_used_up",
            "overlapping_booking",
            None,
        ]

    def test_the_trace_names_every_rule_with_its_word(self):
        said = trace(self.everything_wrong, BOOKING)
        assert [name for name, _ in said] == [rule.__name__ for rule in BOOKING]
        assert {name for name, refusal in said if refusal is None} == {
            "window_is_open",
            "classes_left",
        }


class TestWords:
    """Every refusal says which rule with its values, and what to do about it."""

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                facts(START),
                (
                    "Vinyasa Flow started on Tue 24 Nov 18:00; booking closes at the "
                    "start. Choose a later"
                ),
            ),
            (
                facts(START - timedelta(days=15)),
                "Booking opens Tue 10 Nov 18:00. Come back then.",
            ),
            (
                facts(session=a_session(status="cancelled")),
                "Vinyasa Flow on Tue 24 Nov 18:00 is cancelled. Choose",
            ),
            (
                facts(entitlements=[eight(used=8)]),
                "You have used 8 of 8 classes until 30 Nov. Buy a pack or upgrade.",
            ),
            (
                facts(entitlements=[a_pack(used=10)]),
                "You have used 10 of 10 classes until 31 Dec. Buy a pack or upgrade.",
            ),
            (
                facts(entitlements=[an_entitlement(ends_on=date(2026, 11, 1))]),
                (
                    "Unlimited ends on 1 Nov; this session is on 24 Nov. Renew it or "
                    "buy a pack."
                ),
            ),
            (
                facts(entitlements=[an_entitlement(branch_id=2)]),
                "Unlimited does not include this branch. Upgrade or buy a pack.",
            ),
            (
                facts(entitlements=[an_entitlement(includes_classes=False)]),
                "Unlimited does not include classes. Upgrade or buy",
            ),
            (
                facts(clash=Clash("Spin", START)),
                "You are booked for Spin at Tue 24 Nov 18:00. Cancel that booking",
            ),
            (
                facts(session=a_session(booked_count=20)),
                "All 20 places are taken. Join the waitlist.",
            ),
            (
                facts(session=a_session(booked_count=20, waitlist_length=3)),
                "All 20 places are taken. Join the waitlist (3 waiting).",
            ),
        ],
    )
    def test_booking(self, given, said):
        assert judge(given, BOOKING).message.startswith(said)

    @pytest.mark.parametrize(
        ("booked", "said"),
        [(19, "1 place is free. Book"), (15, "5 places are free. Book")],
    )
    def test_joining(self, booked, said):
        assert judge(
            facts(session=a_session(booked_count=booked)), JOINING
        ).message.startswith(said)

    @pytest.mark.parametrize(
        "given",
        [
            facts(START),
            facts(session=a_session(status="cancelled")),
            facts(account_open=False),
            facts(booking_id=1),
            facts(entitlements=[]),
            *(
                facts(entitlements=[an_entitlement(**wrong)])
                for wrong in ({"status": "frozen"}, {"status": "past_due"})
            ),
            facts(clash=Clash("Spin", START)),
            facts(session=a_session(booked_count=20)),
        ],
    )
    def test_none_leaves_people_alone(self, given):
        refusal = judge(given, BOOKING)
        assert refusal.remedy
        assert refusal.title == " ".join(type(refusal).__doc__.split())


moments = st.datetimes(
    datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)
)
zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Europe/London",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
        )
    ]
)


@given(start=moments, zone=zones, days=st.integers(0, 60))
def test_the_window_opens_at_the_wall_time_of_the_class_or_where_the_clocks_skip_it(
    start, zone, days
):
    local = start.astimezone(zone)
    session = a_session(
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        session_date=local.date(),
        zone=zone,
    )
    opens = rules.opens_at(
        facts(
            session=session,
            entitlements=[an_entitlement(window_days=days, starts_on=date(2020, 1, 1))],
        )
    ).astimezone(zone)
    assert (local.replace(tzinfo=None) - opens.replace(tzinfo=None)) - timedelta(
        days=days
    ) in (
        timedelta(0),
        -timedelta(hours=1),
        -timedelta(minutes=30),  # Lord Howe Island moves its clocks by half an hour
    )


@given(
    now=moments, used=st.integers(0, 12), booked=st.integers(0, 20), waits=st.booleans()
)
def test_who_may_book_may_not_join_and_the_other_way_round(now, used, booked, waits):
    given = facts(
        now, session=a_session(booked_count=booked), entitlements=[eight(used=used)]
    )
    assert code(given, BOOKING) is not None or code(given, JOINING) == "places_free"
    assert code(given, JOINING) is not None or code(given, BOOKING) == "session_full"


@pytest.mark.parametrize(
    ("before_cutoff", "late"),
    [(timedelta(minutes=10), False), (timedelta(minutes=10) - INSTANT, True)],
)
def test_who_books_with_the_minutes_of_grace_to_go_books_in_time(before_cutoff, late):
    """Both ends of the grace are the same instant: until then it is free either way."""
    policy = replace(POLICY, booked_grace_minutes=10)
    at = facts(START - timedelta(hours=12) - before_cutoff, policy=policy)
    assert rules.is_late(at.now, at.session.starts_at, at.policy) == late
    assert (rules.free_until(at) > rules.cutoff(at)) == late
