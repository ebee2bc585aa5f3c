"""Kinds and units that are lent no more, and what becomes of what was booked."""

import re
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from catalog import errors
from catalog.models import Product, Rental, RentalKind, RentalUnit
from catalog.operations.lending import cancel_booked, switch_kind, switch_unit
from catalog.operations.rentals import Wish, hand_out, rent, return_rental
from catalog.tasks import cancel_booked as job
from gymsite.core.batches import Unfinished
from gymsite.core.errors import NotFound
from gymsite.core.models import Event, Notification
from gymsite.notifications import outbox
from tests.asserts import assert_all_holds
from tests.factories import (
    BranchFactory,
    MemberFactory,
    ProductFactory,
    RentalUnitFactory,
    UserFactory,
)
from tests.stuck import stuck

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return RentalUnitFactory()


@pytest.fixture
def why(now):
    manager = UserFactory(role="manager").pk
    return {"reason": "A wheel is loose.", "actor_id": manager, "now": now}


def book(unit, now, days_ahead=0):
    day = now.astimezone(unit.branch.zone).date() + timedelta(days=days_ahead)
    wish = Wish(unit.kind_id, unit.branch_id, MemberFactory().pk, day, day)
    return rent(wish=wish, now=now)


def run_jobs(now):
    outbox.drain(now=now + timedelta(minutes=1))
    for one in ProcrastinateJob.objects.filter(task_name="catalog.cancel_booked"):
        job(**one.args)


def test_what_is_booked_of_a_unit_is_paid_back_and_told(unit, why, now):
    out, booked = book(unit, now), book(unit, now, days_ahead=2)
    hand_out(rental_id=out.pk, actor_id=why["actor_id"], now=now)
    elsewhere = book(RentalUnitFactory(), now)
    for _ in range(2):
        switch_unit(unit_id=unit.pk, on=False, **why)
    run_jobs(now)
    states = {one.pk: one.status for one in Rental.objects.all()}
    assert states == {out.pk: "out", booked.pk: "cancelled", elsewhere.pk: "booked"}
    booked.refresh_from_db()
    assert booked.payment.status == "refunded"
    outbox.drain(now=now + timedelta(minutes=2))
    told = Notification.objects.get(title__endswith="is cancelled")
    assert told.user_id == booked.member_id
    assert return_rental(rental_id=out.pk, actor_id=why["actor_id"], now=now)
    with pytest.raises(errors.NothingToRent):
        book(unit, now, days_ahead=5)
    assert Event.objects.filter(kind="rentalunit_off").count() == 1
    assert_all_holds()


def test_lent_again_a_late_job_takes_nothing(unit, why, now):
    rental = book(unit, now)
    switch_unit(unit_id=unit.pk, on=False, **why)
    switch_unit(unit_id=unit.pk, on=True, **why)
    given = {"unit_id": unit.pk, "actor_id": why["actor_id"], "now": now}
    assert cancel_booked(**given) == 0
    rental.refresh_from_db()
    assert rental.status == "booked"


def test_a_kind_that_leaves_the_shop_is_handed_out_as_agreed(unit, why, now):
    rental = book(unit, now)
    switch_kind(kind_id=unit.kind_id, on=False, **why)
    run_jobs(now)
    with pytest.raises(errors.RentalKindNotFound):
        book(unit, now, days_ahead=5)
    assert (
        hand_out(rental_id=rental.pk, actor_id=why["actor_id"], now=now).status == "out"
    )


def test_only_the_one_that_is_named_is_switched(why):
    hill = BranchFactory(slug="hill", name="Hill")
    units = [RentalUnitFactory(), RentalUnitFactory(branch=hill), RentalUnitFactory()]
    why |= {"reason": "w" * 201}
    switch_unit(unit_id=units[1].pk, on=False, **why)
    switch_kind(kind_id=units[1].kind_id, on=False, **why)
    for model in (RentalUnit, RentalKind):
        assert list(
            model.objects.order_by("pk").values_list("is_active", flat=True)
        ) == [True, False, True]
    events = Event.objects.order_by("id").values_list(
        "kind", "branch", "actor", "data__reason"
    )
    said = (why["actor_id"], "w" * 200)
    assert list(events) == [
        ("rentalunit_off", hill.pk, *said),
        ("rentalkind_off", None, *said),
    ]


def test_what_could_not_be_cancelled_is_said_after_all_the_others_were(unit, why, now):
    bad, good = book(unit, now, days_ahead=1), book(unit, now, days_ahead=2)
    switch_unit(unit_id=unit.pk, on=False, **why)
    given = {"unit_id": unit.pk, "actor_id": why["actor_id"], "now": now}
    with (
        stuck("catalog_rental", id=bad.pk),
        pytest.raises(Unfinished, match="1 rentals of unit"),
    ):
        cancel_booked(**given)
    assert dict(Rental.objects.values_list("pk", "status")) == {
        bad.pk: "booked",
        good.pk: "cancelled",
    }


def test_what_is_not_there_is_not_switched(why):
    with pytest.raises(NotFound):
        switch_unit(unit_id=0, on=False, **why)
    with pytest.raises(NotFound):
        switch_kind(kind_id=0, on=False, **why)


@pytest.mark.parametrize("model", ["rentalkind", "rentalunit"])
def test_the_page_counts_what_hangs_on_it_and_a_form_ends_nothing(
    client, unit, now, model
):
    client.force_login(UserFactory(role="manager"))
    book(unit, now)
    key = unit.kind_id if model == "rentalkind" else unit.pk
    page = client.get(f"/admin/catalog/{model}/do/off/?ids={key}").content.decode()
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))
    assert facts["Rentals booked"].startswith("1: ")
    assert facts["Rentals handed out"] == "none"
    form = client.get(f"/admin/catalog/{model}/{key}/change/").content.decode()
    assert 'name="is_active"' not in form


def test_withdrawing_a_product_counts_the_carts_that_hold_it(client, fill):
    client.force_login(UserFactory(role="manager"))
    product = ProductFactory()
    fill(MemberFactory(), product)
    address = f"/admin/catalog/product/do/withdraw/?ids={product.pk}"
    shown = client.get(address).content.decode()
    assert "1: can&#x27;t be paid until it is taken out" in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    fill(MemberFactory(), product)  # somebody was quicker
    answer = client.post(address, {"seen": seen, "reason": "Recalled"})
    assert answer.status_code == 422
    assert Product.objects.get().status == "on_sale"
