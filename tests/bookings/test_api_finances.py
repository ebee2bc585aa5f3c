"""The financial report over the API: the ledger's sums, for managers."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest

from bookings.operations.appointments import cancel_appointment
from catalog.operations.rental_payments import LATE
from gymsite.core.models import Role
from gymsite.payments.operations import begin, take_payment
from tests.api import Api, assert_problem
from tests.bookings.staff import NOW
from tests.factories import BranchFactory, MemberFactory, TrainerFactory, UserFactory

pytestmark = pytest.mark.django_db

NOVEMBER = "first=2026-11-01&last=2026-11-30"


@pytest.fixture
def here():
    return BranchFactory()


@pytest.fixture
def there():
    return BranchFactory(slug="bondi", name="Bondi", time_zone="Australia/Sydney")


@pytest.fixture
def managers(here):
    return Api(UserFactory(role=Role.MANAGER, home_branch=here))


@pytest.fixture
def owners(here):
    return Api(UserFactory(role=Role.OWNER))


def paid(branch, at=NOW, amount=1000, currency="GBP", purpose="membership"):
    member = MemberFactory()
    payment = begin(
        purpose=purpose,
        thing=str(member.pk),
        branch_id=branch.pk,
        member_id=member.pk,
        amount_minor=amount,
        currency=currency,
        gateway="desk",
        now=at,
    )
    take_payment(payment_id=payment.pk, actor_id=member.pk, now=at)


def read(api, query=""):
    response = api.get(f"/reports/finances?{NOVEMBER}{query}")
    assert response.status_code == 200, response.content
    return response.json()


def test_by_day_if_nothing_is_said(managers, here):
    paid(here)
    paid(here, NOW - timedelta(days=1), 700)
    found = read(managers)
    assert [(row["day"], row["net_minor"]) for row in found["items"]] == [
        ("2026-11-26", 700),
        ("2026-11-27", 1000),
    ]
    assert found["items"][0] == {
        "day": "2026-11-26",
        "branch_id": None,
        "branch": None,
        "trainer_id": None,
        "trainer": None,
        "kind": None,
        "currency": "GBP",
        "charged_minor": 700,
        "returned_minor": 0,
        "net_minor": 700,
        "entries": 1,
    }
    (total,) = found["totals"]
    assert (total["currency"], total["net_minor"], total["entries"]) == ("GBP", 1700, 2)
    assert (found["first"], found["last"]) == ("2026-11-01", "2026-11-30")


def test_by_trainer_and_kind_less_what_went_back(managers, here, booked):
    take = {"actor_id": booked.trainer.user_id, "now": NOW}
    take_payment(payment_id=booked.payment_id, **take)
    paid(here, purpose=LATE)
    cancel_appointment(
        appointment_id=booked.pk, actor_id=booked.client_id, now=NOW + timedelta(1)
    )
    found = read(managers, "&by=trainer&by=kind")
    assert [
        (row["trainer_id"], row["kind"], row["charged_minor"], row["returned_minor"])
        for row in found["items"]
    ] == [
        (booked.trainer_id, "appointment", 5500, 5500),
        (None, "late_fee", 1000, 0),
    ]
    assert found["totals"][0]["net_minor"] == 1000


def test_each_currency_has_its_total_and_each_branch_its_day(owners, here, there):
    late = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)  # the 27th in Sydney
    paid(here, late)
    paid(there, late, 500, "AUD")
    found = read(owners, "&by=day&by=branch")
    assert [(row["day"], row["branch_id"]) for row in found["items"]] == [
        ("2026-11-26", here.pk),
        ("2026-11-27", there.pk),
    ]
    totals = {row["currency"]: row["net_minor"] for row in found["totals"]}
    assert totals == {"GBP": 1000, "AUD": 500}


def test_managers_see_their_branch_alone_and_the_owner_one_or_all(
    managers, owners, here, there
):
    paid(here)
    paid(there, amount=500)

    def net(api, query=""):
        return [row["net_minor"] for row in read(api, query)["totals"]]

    assert net(managers) == net(managers, f"&branch={here.pk}") == [1000]
    assert net(owners) == [1500]
    assert net(owners, f"&branch={there.pk}") == [500]
    other = Api(UserFactory(role=Role.MANAGER, home_branch=there))
    assert net(other) == [500]
    assert net(Api(UserFactory(role=Role.MANAGER, home_branch=None))) == []


def test_it_is_for_nobody_else(managers, owners, here, there):
    address = f"/reports/finances?{NOVEMBER}"
    strangers = [MemberFactory(), TrainerFactory().user, UserFactory(role="front_desk")]
    for stranger in strangers:
        for query in ("", f"&branch={here.pk}"):
            refused = Api(stranger).get(f"{address}{query}")
            assert_problem(refused, 403, "forbidden")
    for api, branch_id in ((managers, there.pk), (managers, 2**62), (owners, 2**62)):
        refused = api.get(f"{address}&branch={branch_id}")
        assert_problem(refused, 404, "not_found")
    assert_problem(Api().get(address), 401, "not_logged_in")


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("first=2026-11-02&last=2026-11-01", "last", "not before the first"),
        ("first=2025-11-01&last=2026-11-02", "last", "a year at most"),
        ("first=2026-11-01&last=2026-12-02&by=day&by=kind", "last", "31 days at most"),
        ("first=0001-01-01&last=9999-12-31", "query.first", "2000 to 2099"),
        ("first=2026-11-31&last=2026-12-01", "query.first", "YYYY-MM-DD"),
        (f"{NOVEMBER}&by=weather", "by", "no sums by weather"),
        (f"{NOVEMBER}&by=", "by", "no sums by"),
    ],
)
def test_what_cannot_be_summed_is_said(managers, query, field, words):
    found = assert_problem(managers.get(f"/reports/finances?{query}"), 422, "invalid")
    assert words in " ".join(found["errors"][field.removeprefix("query.")])


@pytest.mark.parametrize(
    "query",
    ["", "first=2026-11-01", f"{NOVEMBER}&branch=0", f"{NOVEMBER}{'&by=day' * 5}"],
)
def test_what_is_not_asked_for_rightly(managers, query):
    assert_problem(managers.get(f"/reports/finances?{query}"), 422, "invalid")


def test_a_year_is_not_too_much_and_31_days_in_parts(managers):
    year = f"first={date(2026, 1, 1)}&last={date(2026, 12, 31)}"
    assert managers.get(f"/reports/finances?{year}").status_code == 200
    month = "first=2026-10-01&last=2026-10-31&by=day&by=trainer&by=kind&by=branch"
    assert managers.get(f"/reports/finances?{month}").status_code == 200


def test_more_sums_than_anybody_reads_are_refused(managers, here, monkeypatch):
    monkeypatch.setattr(import_module("bookings.api.finances"), "MOST", 1)
    paid(here)
    read(managers)
    paid(here, NOW - timedelta(days=1))
    refused = managers.get(f"/reports/finances?{NOVEMBER}")
    assert "Ask for fewer" in assert_problem(refused, 422, "invalid")["detail"]
