"""Trainers and their clients alone: counts, and what makes them believable."""

from datetime import date

import pytest
from django.core.management import call_command

from gymsite.ops.seed import run
from tests.ops.databases import migrated
from tests.ops.test_seed import quietly, rows, value

DAY = date(2026, 11, 20)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("report"),
    pytest.mark.xdist_group("seed"),
]


@pytest.fixture(scope="module")
def report(django_db_setup, django_db_blocker):
    """A twentieth of the profile's default size, which has 20 clients a trainer."""
    request = run.Request(0.05, seed=1, day=DAY, profile="training")
    with django_db_blocker.unblock(), migrated("trained"):
        yield run.seed(request, quietly)


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("bookings_trainer", 10),
        ("bookings_gymclass", 100),
        ("bookings_classsession", 1_000),
        ("bookings_appointment", 5_000),
        ("bookings_service", 12),
        ("bookings_availability", 100),
        ("payments_payment", 5_000),
        ("bookings_booking", 0),
        ("memberships_membership", 0),
        ("catalog_order", 0),
    ],
)
def test_counts_are_exact(report, table, count):
    assert value(f"SELECT count(*) FROM {table}") == count
    assert report.rows[table] == count


def test_every_member_is_a_client():
    members, clients = rows(
        "SELECT (SELECT count(*) FROM core_user WHERE role = 'member'), "
        "(SELECT count(DISTINCT client_id) FROM bookings_appointment)"
    )[0]
    assert (members, clients) == (500, 500)


def test_all_invariants_hold(capsys):
    call_command("reconcile", connections=1)
    assert "invariants hold" in capsys.readouterr().out


def test_each_class_has_ten_dates():
    dates = rows("SELECT count(*) FROM bookings_classsession GROUP BY gym_class_id")
    assert set(dates) == {(10,)}


def test_clients_come_at_their_own_hour_to_their_own_trainer():
    """In wall time, on both sides of a clock change."""
    usual = rows(
        "SELECT client_id, count(DISTINCT trainer_id), count(DISTINCT "
        "extract(isodow FROM busy_from AT TIME ZONE time_zone)), count(DISTINCT "
        "(busy_from AT TIME ZONE time_zone)::time) FROM bookings_appointment "
        "GROUP BY 1"
    )
    assert {row[1:] for row in usual} == {(1, 1, 1)}


def test_some_trainers_are_far_busier():
    counts = [
        count
        for (count,) in rows(
            "SELECT count(*) FROM bookings_appointment GROUP BY trainer_id ORDER BY 1"
        )
    ]
    assert counts[-1] > 1.5 * counts[0]


def test_seniority_costs_more():
    hour = "SELECT price_minor FROM bookings_service WHERE minutes = 60 ORDER BY id"
    prices = [price for (price,) in rows(hour)]
    assert prices == sorted(set(prices))
    assert len(prices) == 3
    # of a trainer's usual services each is of one seniority
    kinds = rows(
        "SELECT count(DISTINCT mod(service_id - 1, 3)) FROM bookings_appointment WHERE "
        "service_id <= 6 GROUP BY trainer_id"
    )
    assert set(kinds) == {(1,)}


def test_holidays_hours_blocked_and_hours_opened_are_there():
    kinds = {
        kind
        for (kind,) in rows("SELECT DISTINCT kind FROM bookings_availabilityexception")
    }
    assert kinds >= {"holiday", "block"}


def test_nothing_ahead_is_further_than_can_be_booked():
    assert value("SELECT max(starts_at) FROM bookings_appointment").date() <= date(
        2026, 12, 31
    )


def test_the_same_again_is_the_same(report):
    again = run.Request(0.05, seed=1, day=DAY, profile="training")
    assert report.checksum == run.seed(again, quietly).checksum
