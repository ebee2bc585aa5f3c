"""Every day, week, month or instant that comes from an address.

Absurd ones are refused, or a near page is shown.
"""

from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Rental
from gymsite.core import pagination
from gymsite.core.periods import near_day, read_day
from tests.api import Api, assert_problem
from tests.factories import (
    AvailabilityFactory,
    MemberFactory,
    RentalKindFactory,
    RentalUnitFactory,
    ServiceFactory,
    TrainerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAYS = (
    "0001-01-01",
    "0001-01-07",
    "1999-12-31",
    "9999-12-31",
    "9999-12-25",
    "2026-02-30",
    "2026-13-01",
    "20260101",  # ISO 8601 also writes days in these ways
    "2026-W01-1",
    "2026-1-1",
    "-001-01-01",
    "٢٠٢٦-٠١-٠١",
    "rubbish",
    "\0",
    "9" * 5_000,
    "",
)
MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00-14:00",
    "9999-12-31T23:59:59.999999-14:00",
    "9999-12-31T23:59:59.999999+14:00",
    "2026-02-30T00:00:00+00:00",
    "2026-01-01",
    "rubbish",
    "",
)
REFUSED_OR_EMPTY = {200, 302, 400, 404, 422}
absurd_day = pytest.mark.parametrize("day", DAYS, ids=lambda day: repr(day)[:20])
absurd_moment = pytest.mark.parametrize("moment", MOMENTS)


def visitor(user=None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def kind(member):
    return RentalUnitFactory(
        kind=RentalKindFactory(slug="kettlebell"), branch=member.home_branch
    ).kind


@absurd_day
def test_no_such_day_is_read(day):
    assert read_day(day) is None


@absurd_day
def test_the_timetable_shows_today(member, day):
    today = member.home_branch.today(timezone.now()).isoformat()
    answer = visitor(member).get("/", {"day": day})
    assert answer.status_code == 200
    assert f'id="d{today}" aria-current="date"' in answer.content.decode()


@absurd_day
def test_a_trainers_week_is_this_one(day):
    client = visitor(TrainerFactory().user)
    answer = client.get("/teaching/week/", {"week": day})
    assert answer.status_code == 200
    assert answer.context["heading"] == client.get("/teaching/week/").context["heading"]


@absurd_day
@pytest.mark.parametrize("path", ["/trainers/lena/", "/appointments/"])
def test_free_times_are_of_today_on(path, day):
    trainer = AvailabilityFactory(trainer__slug="lena").trainer
    ServiceFactory()
    today = trainer.branch.today(timezone.now()).isoformat()
    asked = {"day": day, "at": day, "service": day, "branch": day}
    answer = visitor().get(path, asked)
    assert answer.status_code == 200
    assert f'id="d{today}"' in answer.content.decode()
    assert visitor().get("/trainers/", asked).status_code == 200


@pytest.mark.parametrize("far", ["2024-01-01", "2099-12-31"])
def test_what_is_far_away_is_today(member, far):
    today = member.home_branch.today(timezone.now())
    assert near_day(far, today) == today


@absurd_day
@pytest.mark.parametrize("field", ["first", "last"])
def test_renting_says_what_is_wrong_with_the_day(member, kind, day, field):
    today = member.home_branch.today(timezone.now()).isoformat()
    asked = {"first": today, "last": today, field: day}
    answer = visitor(member).get("/shop/rentals/rent/kettlebell/", asked)
    assert answer.status_code == (422 if day else 200)
    page = visitor(member).post(
        "/shop/rentals/rent/kettlebell/pay/", {**asked, "reference": "x", "total": 1}
    )
    assert page.status_code == 422
    assert not Rental.objects.exists()


@absurd_day
def test_the_api_names_the_day_that_it_can_not_read(member, kind, day):
    api = Api(member)
    found = assert_problem(
        api.get(f"/classes/search?date={quote(day)}"), 422, "invalid"
    )
    assert "address" in found["errors"] if day == "\0" else "date" in found["errors"]
    wish = {"kind_id": kind.pk, "branch_id": member.home_branch_id, "gateway": "desk"}
    for field in ("starts_on", "ends_on"):
        body = {**wish, "starts_on": "2026-12-01", "ends_on": "2026-12-01", field: day}
        problem = assert_problem(
            api.post("/rentals/rent", body, key=f"absurd-{field}"), 422, "invalid"
        )
        assert field in problem["errors"]
    assert not Rental.objects.exists()


@absurd_moment
@pytest.mark.parametrize("path", ["/bookings/past/", "/appointments/past/", "/visits/"])
def test_a_forged_cursor_of_a_page_is_refused_or_finds_nothing(member, path, moment):
    assert (
        visitor(member).get(path, {"after": pagination.encode([moment, 1])}).status_code
        in REFUSED_OR_EMPTY
    )


@absurd_moment
@pytest.mark.parametrize(
    "path", ["/classes/", "/classes/search", "/membership/", "/bookings/", "/checkins/"]
)
def test_a_forged_cursor_of_the_api_is_refused_or_finds_nothing(member, path, moment):
    answer = Api(member).get(f"{path}?cursor={pagination.encode([moment, 1])}")
    assert answer.status_code in REFUSED_OR_EMPTY


@absurd_moment
@pytest.mark.parametrize("way", "ab")
def test_a_forged_cursor_of_staff_is_refused_or_finds_nothing(way, moment):
    owner = UserFactory(role="owner")
    for page in ("bookings/classsession", "core/notification", "bookings/checkin"):
        for values in ([moment, 1], [moment]):
            answer = visitor(owner).get(
                f"/admin/{page}/", {"p": way + pagination.encode(values), "when": "all"}
            )
            assert answer.status_code in REFUSED_OR_EMPTY


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "rubbish"])
@pytest.mark.parametrize(
    "page", ["memberships/ledgerentry", "catalog/stockentry", "catalog/order"]
)
@pytest.mark.parametrize("path", ["", "export/"])
def test_a_month_that_staff_can_not_choose_shows_nothing(page, path, day):
    for query in (
        {"month": day},
        {"month": day[:7]},
        {"when": day},
        {"at__year": day},
        {"at__date": day},
    ):
        answer = visitor(UserFactory(role="owner")).get(f"/admin/{page}/{path}", query)
        assert answer.status_code in REFUSED_OR_EMPTY


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "rubbish"])
def test_staffs_own_filters_take_no_day(day):
    client = visitor(UserFactory(role="owner"))
    for page, name in (
        ("bookings/classsession", "when"),
        ("catalog/rental", "return"),
        ("catalog/purchaseorder", "delivery"),
    ):
        assert (
            client.get(f"/admin/{page}/", {name: day}).status_code in REFUSED_OR_EMPTY
        )
        assert (
            client.get(f"/admin/{page}/", {f"{name}__gte": day}).status_code
            in REFUSED_OR_EMPTY
        )
