"""Renting on pages: what there is, the price, paying once, giving back and up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Rental, RentalKind
from catalog.operations.rentals import Wish, hand_out, rent, return_rental
from gymsite.payments.models import LedgerEntry, Payment
from tests.factories import (
    BranchFactory,
    MemberFactory,
    RentalKindFactory,
    RentalUnitFactory,
)

pytestmark = pytest.mark.django_db
HIDDEN = ("reference", "total", "branch", "first", "last")


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def client(member):
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def unit(member):
    kind = RentalKindFactory(name="Kettlebell", slug="kettlebell", deposit_minor=500)
    return RentalUnitFactory(kind=kind, branch=member.home_branch)


@pytest.fixture
def today(member):
    return timezone.now().astimezone(member.home_branch.zone).date()


def page(answer, status=200) -> str:
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def days(first, last, **more) -> dict[str, object]:
    return {"first": first.isoformat(), "last": last.isoformat(), **more}


def rent_form(client, given, **changed) -> dict[str, object]:
    """What the form beside the price would send."""
    html = page(client.get("/shop/rentals/rent/kettlebell/", given)).split(
        'method="post"'
    )[1]
    hidden = {
        name: html.split(f'name="{name}" value="')[1].split('"')[0] for name in HIDDEN
    }
    return {**hidden, "pay": "card", **changed}


def lend(unit, member, first, last, now=None) -> Rental:
    wish = Wish(unit.kind_id, unit.branch_id, member.pk, first, last)
    return rent(wish=wish, now=now or timezone.now())


class TestKinds:
    def test_they_say_what_they_cost_and_how_many_are_free(
        self, client, member, unit, today
    ):
        RentalUnitFactory(kind=unit.kind, branch=unit.branch)
        html = page(client.get("/shop/rentals/"))
        for said in (
            "Kettlebell",
            "£3.00",
            "£5.00 deposit",
            "£5.00 for each day late",
            "2 of 2 free now",
        ):
            assert said in html
        lend(unit, member, today, today)
        assert "1 of 2 free now" in page(client.get("/shop/rentals/"))

    def test_each_branch_has_its_own(self, client, unit):
        BranchFactory(slug="harbour", name="Harbour")
        assert "Nothing to rent here" in page(
            client.get("/shop/rentals/?branch=harbour")
        )
        assert "Kettlebell" in page(client.get("/shop/rentals/?branch=nowhere"))

    def test_a_visitor_sees_them_too(self, unit):
        assert "Kettlebell" in page(Client().get("/shop/rentals/"))
        assert "signup" in Client().get("/shop/rentals/rent/kettlebell/")["Location"]


class TestRenting:
    def test_the_price_is_worked_out_on_the_page(self, client, unit, today):
        html = page(
            client.get(
                "/shop/rentals/rent/kettlebell/", days(today, today + timedelta(days=2))
            )
        )
        for said in (
            "3 days",
            "£9.00",
            "£5.00, comes back",
            "Pay £14.00",
            "Test card: no money moves",
        ):
            assert said in html

    def test_paying_leads_to_the_rental_and_twice_to_the_same(
        self, client, unit, today
    ):
        RentalUnitFactory(kind=unit.kind, branch=unit.branch)
        form = rent_form(client, days(today, today + timedelta(days=1)))
        first, again = (
            client.post("/shop/rentals/rent/kettlebell/pay/", form) for _ in range(2)
        )
        rental = Rental.objects.get()
        assert (
            first["Location"]
            == again["Location"]
            == f"/shop/rentals/{rental.reference}/"
        )
        assert LedgerEntry.objects.count() == Payment.objects.count() == 1
        assert "Kettlebell is yours" in page(client.get(first["Location"]))

    def test_a_declined_card_gives_the_unit_back(self, client, unit, today):
        form = rent_form(client, days(today, today), pay="card-declined")
        html = page(client.post("/shop/rentals/rent/kettlebell/pay/", form), 402)
        assert "Try another card." in html
        assert Rental.objects.get().status == "cancelled"
        again = html.split('name="reference" value="')[1].split('"')[0]
        assert again != form["reference"]
        client.post(
            "/shop/rentals/rent/kettlebell/pay/",
            form | {"pay": "card", "reference": again},
        )
        assert Rental.objects.filter(status="booked").count() == 1

    def test_it_may_be_paid_at_the_desk(self, client, unit, today):
        client.post(
            "/shop/rentals/rent/kettlebell/pay/",
            rent_form(client, days(today, today), pay="desk"),
        )
        assert "£8.00 to be paid: at the front desk" in page(
            client.get(f"/shop/rentals/{Rental.objects.get().reference}/")
        )

    def test_a_fee_that_changed_is_said_and_not_charged(self, client, unit, today):
        form = rent_form(client, days(today, today))
        RentalKind.objects.update(day_fee_minor=400)
        html = page(client.post("/shop/rentals/rent/kettlebell/pay/", form), 409)
        assert "It costs £9.00 now, not £8.00." in html
        assert "Pay £9.00" in html
        assert not Rental.objects.exists()

    @pytest.mark.parametrize(
        ("start", "length", "said"),
        [
            (-1, 2, "is over"),
            (0, 400, "not 400"),
            (0, 0, "before it starts"),
            (91, 1, "90 days ahead"),
        ],
    )
    def test_days_that_can_not_be_are_said(
        self, client, unit, today, start, length, said
    ):
        first = today + timedelta(days=start)
        given = days(first, first + timedelta(days=length - 1))
        html = page(client.get("/shop/rentals/rent/kettlebell/", given))
        assert said in html
        assert "Pay £" not in html
        sent = rent_form(client, days(today, today)) | given
        assert said in page(
            client.post("/shop/rentals/rent/kettlebell/pay/", sent), 409
        )
        assert not Rental.objects.exists()

    @pytest.mark.parametrize("first", ["x", "2026-02-30", "1", "\x00", "99999-01-01"])
    def test_what_is_no_day_is_said(self, client, unit, today, first):
        assert "This is not a day." in page(
            client.get("/shop/rentals/rent/kettlebell/", {"first": first}), 422
        )
        sent = rent_form(client, days(today, today)) | {"first": first}
        assert (
            client.post("/shop/rentals/rent/kettlebell/pay/", sent).status_code == 422
        )
        assert not Rental.objects.exists()

    @pytest.mark.parametrize(
        "changed",
        [
            {"reference": "x"},
            {"reference": ""},
            {"total": "x"},
            {"pay": "gold"},
            {"branch": "nowhere"},
        ],
    )
    def test_what_the_page_never_sends_is_refused(self, client, unit, today, changed):
        sent = rent_form(client, days(today, today)) | changed
        assert (
            client.post("/shop/rentals/rent/kettlebell/pay/", sent).status_code == 422
        )
        assert not Rental.objects.exists()

    def test_all_taken_is_said(self, client, unit, today):
        form = rent_form(client, days(today, today))
        lend(unit, MemberFactory(), today, today)
        assert "are taken on some of these days" in page(
            client.get("/shop/rentals/rent/kettlebell/", days(today, today))
        )
        assert "are taken on some of these days" in page(
            client.post("/shop/rentals/rent/kettlebell/pay/", form), 409
        )

    def test_what_is_not_lent_is_not_there(self, client):
        assert client.get("/shop/rentals/rent/none/").status_code == 404
        assert client.post("/shop/rentals/rent/none/pay/").status_code == 404


class TestMine:
    def test_nothing_rented_leads_to_what_there_is(self, client):
        assert "Nothing rented" in page(client.get("/shop/rentals/mine/"))

    def test_what_is_due_first_stands_on_top(self, client, member, unit, today):
        second = RentalUnitFactory(
            kind=RentalKindFactory(name="Mat"), branch=unit.branch
        )
        lend(unit, member, today, today + timedelta(days=5))
        lend(second, member, today, today + timedelta(days=1))
        html = page(client.get("/shop/rentals/mine/"))
        assert html.index("Mat</a>") < html.index("Kettlebell</a>")
        assert "Return by" in html

    def test_late_is_said_with_what_it_costs(self, client, member, unit, today):
        rental = late(unit, member, today)
        assert "2 days late: £10.00 so far" in page(client.get("/shop/rentals/mine/"))
        html = page(client.get(f"/shop/rentals/{rental.reference}/"))
        assert "Kettlebell is late" in html
        assert "£10.00 for being late" in html

    def test_returning_late_says_what_came_of_the_deposit(
        self, client, member, unit, today
    ):
        rental = late(unit, member, today)
        return_rental(rental_id=rental.pk, actor_id=member.pk, now=timezone.now())
        html = page(client.get(f"/shop/rentals/{rental.reference}/"))
        assert (
            "£5.00 of the deposit was kept for being late. £5.00 for being late is to "
            "be paid at the desk."
        ) in html
        rental.refresh_from_db()
        assert (rental.status, rental.late_minor) == ("returned", 1000)

    def test_the_desk_gives_the_deposit_back_once_after_the_member_said_that_it_is_back(
        self, client, member, unit, today
    ):
        rental = lend(unit, member, today, today)
        hand_out(rental_id=rental.pk, actor_id=member.pk, now=timezone.now())
        path = f"/shop/rentals/{rental.reference}/return/"
        assert "You said that it is back" in page(client.post(path, follow=True))
        assert list(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [800]
        return_rental(rental_id=rental.pk, actor_id=member.pk, now=timezone.now())
        assert client.post(path)["Location"] == f"/shop/rentals/{rental.reference}/"
        assert "£5.00 of your deposit comes back." in page(
            client.get(f"/shop/rentals/{rental.reference}/")
        )
        assert sorted(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [
            -500,
            800,
        ]
        assert "Before" in page(client.get("/shop/rentals/mine/"))

    def test_cancelling_before_it_began_gives_all_back(
        self, client, member, unit, today
    ):
        rental = lend(
            unit, member, today + timedelta(days=3), today + timedelta(days=4)
        )
        path = f"/shop/rentals/{rental.reference}/"
        html = page(client.get(path))
        assert "Cancel this rental" in html
        assert "It is back" not in html
        assert "nothing to return" in page(client.post(f"{path}return/"), 409)
        assert "comes back in full" in page(client.post(f"{path}cancel/", follow=True))
        assert client.post(f"{path}cancel/").status_code == 302
        assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0

    def test_what_was_handed_out_is_returned_not_cancelled(
        self, client, member, unit, today
    ):
        rental = lend(unit, member, today, today)
        hand_out(rental_id=rental.pk, actor_id=member.pk, now=timezone.now())
        html = page(client.post(f"/shop/rentals/{rental.reference}/cancel/"), 409)
        assert "Return it instead." in html

    def test_somebody_elses_is_not_there(self, client, unit, today):
        rental = lend(unit, MemberFactory(), today, today)
        path = f"/shop/rentals/{rental.reference}/"
        assert client.get(path).status_code == 404
        assert client.post(f"{path}return/").status_code == 404
        assert client.post(f"{path}cancel/").status_code == 404
        rental.refresh_from_db()
        assert rental.status == "booked"

    def test_a_button_after_logging_in_leads_back_to_the_rental(
        self, client, member, unit, today
    ):
        path = f"/shop/rentals/{lend(unit, member, today, today).reference}/"
        for act in ("return/", "cancel/"):
            assert client.get(path + act)["Location"] == path


def late(unit, member, today) -> Rental:
    """Due two days ago and still out."""
    then = timezone.now() - timedelta(days=4)
    rental = lend(
        unit, member, today - timedelta(days=4), today - timedelta(days=2), now=then
    )
    return hand_out(rental_id=rental.pk, actor_id=member.pk, now=then)
