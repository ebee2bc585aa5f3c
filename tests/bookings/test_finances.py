"""The financial report: its sums are the ledger's."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import Sum

from bookings.operations.appointments import book_appointment, cancel_appointment
from bookings.queries.finances import PARTS, takings
from gymsite.core.errors import Invalid
from gymsite.core.models import Role
from gymsite.payments.models import LedgerEntry
from gymsite.payments.operations import begin, take_payment
from tests.factories import (
    AvailabilityFactory,
    BranchFactory,
    MemberFactory,
    ServiceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MONDAY_10 = datetime(2026, 11, 30, 10, tzinfo=UTC)
YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


@pytest.fixture
def branches():
    here = BranchFactory()
    there = BranchFactory(slug="bondi", name="Bondi", time_zone="Australia/Sydney")
    return here, there


def paid(branch, at, amount=1000, currency="GBP"):
    """A membership that was paid at the desk."""
    member = MemberFactory()
    payment = begin(
        purpose="membership",
        thing=str(member.pk),
        branch_id=branch.pk,
        member_id=member.pk,
        amount_minor=amount,
        currency=currency,
        gateway="desk",
        now=at,
    )
    take_payment(payment_id=payment.pk, actor_id=member.pk, now=at)


@pytest.fixture
def appointment(branches):
    """One that was paid for."""
    hours = AvailabilityFactory(trainer__name="=Lena")
    booked = book_appointment(
        trainer_id=hours.trainer_id,
        service_id=ServiceFactory().pk,
        branch_id=hours.branch_id,
        client_id=MemberFactory().pk,
        starts_at=MONDAY_10,
        now=NOW,
    )
    take_payment(payment_id=booked.payment_id, actor_id=hours.trainer.user_id, now=NOW)
    return booked


def sums(branches, **asked):
    return takings(branch_ids=[one.pk for one in branches], **YEAR | asked)


def test_every_sum_is_the_ledgers(branches, appointment):
    here, there = branches
    for days in range(3):
        paid(here, NOW - timedelta(days=days))
    paid(there, NOW, 500, "AUD")
    cancel_appointment(
        appointment_id=appointment.pk, actor_id=appointment.client_id, now=NOW
    )
    ledger = LedgerEntry.objects.order_by().values_list("currency")
    held = dict(ledger.annotate(Sum("amount_minor")))
    for by in ((), PARTS, *((part,) for part in PARTS)):
        found: dict[str, int] = {}
        for row in sums(branches, by=by):
            found[row.currency] = found.get(row.currency, 0) + row.net_minor
        assert found == held, by
    (pounds,) = [row for row in sums(branches, by=()) if row.currency == "GBP"]
    assert (pounds.charged_minor, pounds.returned_minor) == (8500, 5500)
    assert pounds.entries == 5


def test_a_trainers_appointments_are_theirs(branches, appointment):
    paid(branches[0], NOW)
    found = [
        (row.trainer_id, row.kind, row.net_minor)
        for row in sums(branches, by=("trainer", "kind"))
    ]
    assert found == [
        (appointment.trainer_id, "appointment", 5500),
        (None, "membership", 1000),
    ]


def test_a_day_is_the_branchs_own(branches):
    here, there = branches
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # the 27th in Sydney
    paid(here, late)
    paid(there, late)
    found = [(row.day, row.branch) for row in sums(branches, by=("day", "branch"))]
    assert found == [(date(2026, 11, 26), "Riverside"), (date(2026, 11, 27), "Bondi")]
    only = {"first": date(2026, 11, 27), "last": date(2026, 11, 27), "by": ("branch",)}
    assert [row.branch for row in sums(branches, **only)] == ["Bondi"]


def test_other_branches_are_left_out(branches):
    paid(branches[1], NOW)
    assert sums(branches[:1]) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"last": date(2027, 1, 2)},
        {"last": date(2025, 12, 31)},
        {"first": date(1, 1, 1), "last": date(9999, 12, 31)},
        {"by": ("weather",)},
    ],
)
def test_more_than_a_year_or_nonsense_is_refused(branches, asked):
    with pytest.raises(Invalid):
        sums(branches, **asked)


PAGE = "/admin/bookings/appointment/finances/"
ASKED = {"first": "2026-01-01", "last": "2026-12-31"}


class TestThePage:
    @pytest.fixture
    def manager(self, client, branches):
        user = UserFactory(role=Role.MANAGER, home_branch=branches[0])
        client.force_login(user)
        return user

    @pytest.mark.parametrize("by", PARTS)
    def test_shows_sums_of_the_own_branch(
        self, client, manager, branches, appointment, by, django_assert_max_num_queries
    ):
        paid(branches[0], NOW)
        paid(branches[1], NOW, 99_00)
        with django_assert_max_num_queries(6):
            shown = client.get(PAGE, ASKED | {"by": by}).content.decode()
        assert "£65.00" in shown
        assert "99.00" not in shown
        assert len(shown) < 100_000

    @pytest.mark.parametrize(
        "odd",
        [
            {"last": "2027-06-01"},
            {"last": "2025-01-01"},
            {"first": "0001-01-01", "last": "9999-12-31"},
            {"first": "soon"},
            {"by": "weather"},
            {"branch": "x"},
        ],
    )
    def test_says_what_is_wrong(self, client, manager, odd):
        asked = ASKED | {"by": "day"} | odd
        assert client.get(PAGE, asked).status_code == 422
        assert client.get(f"{PAGE}export/", asked).status_code == 422

    def test_the_file_has_every_sum_and_runs_no_formula(
        self, client, manager, branches, appointment
    ):
        paid(branches[0], NOW - timedelta(days=40))
        answer = client.get(f"{PAGE}export/", ASKED | {"by": "day"})
        lines = answer.getvalue().decode("utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines))
        assert [row["net_minor"] for row in rows] == ["1000", "5500"]
        assert [row["trainer"] for row in rows] == ["", "'=Lena"]

    def test_is_not_for_the_desk(self, client, branches):
        client.force_login(UserFactory(role=Role.FRONT_DESK))
        assert client.get(PAGE).status_code == 403
        assert client.get(f"{PAGE}export/").status_code == 403
        assert PAGE not in client.get("/admin/").content.decode()

    def test_the_start_page_leads_there(self, client, manager):
        assert PAGE in client.get("/admin/").content.decode()


class TestPeopleByRole:
    def test_are_listed_and_taken_away(self, client, branches):
        trainer = UserFactory(role=Role.TRAINER, first_name="=Lena")
        UserFactory()
        client.force_login(UserFactory(role=Role.MANAGER))
        filters = {"role__exact": "trainer"}
        rows = client.get("/admin/core/user/", filters).context["cl"].result_list
        assert list(rows) == [trainer]
        answer = client.get("/admin/core/user/export/", filters)
        lines = answer.getvalue().decode("utf-8-sig").splitlines()
        (row,) = csv.DictReader(lines)
        assert (row["email"], row["first_name"]) == (trainer.email, "'=Lena")

    def test_are_not_taken_away_by_the_desk(self, client, branches):
        client.force_login(UserFactory(role=Role.FRONT_DESK))
        assert client.get("/admin/core/user/export/").status_code == 403
        assert "export/" not in client.get("/admin/core/user/").content.decode()
