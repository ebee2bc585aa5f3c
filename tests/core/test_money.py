"""Money as people type and read it: pounds and pence, yen, dinars and fils.

Columns hold minor units.
"""

import re

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from bookings.models import Service
from catalog.models import Product, RentalKind, SupplierOffer
from gymsite.backoffice import MoneyField, StaffAdmin
from gymsite.core import money
from gymsite.core.models import Brand, Role
from memberships.models import Plan
from tests.admin_pages import addresses
from tests.admin_rows import a_bit_of_everything
from tests.factories import (
    CategoryFactory,
    ProductFactory,
    RentalKindFactory,
    SupplierOfferFactory,
    UserFactory,
)

PLAN = {
    "name": "Swim",
    "slug": "swim",
    "kind": "unlimited",
    "period": "month",
    "price_minor": "49.00",
    "currency": "GBP",
    "rank": 1,
}


@pytest.fixture
def owner(client, db):
    user = UserFactory(role=Role.OWNER)
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("49.00", "GBP", 4900),
        ("49", "GBP", 4900),
        (" 49.5 ", "GBP", 4950),
        ("0", "GBP", 0),
        ("4900", "JPY", 4900),
        ("1.250", "KWD", 1250),
        ("0.05", "RSD", 5),
        ("21474836.47", "GBP", 2_147_483_647),
    ],
)
def test_an_amount_is_read_in_its_currency_and_written_back_the_same(
    typed, currency, minor
):
    assert money.read(typed, currency) == minor
    assert money.read(money.typed(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("wrong", "currency", "said"),
    [
        ("1.999", "GBP", "An amount in GBP has at most 2 figures after the point."),
        ("49.00", "JPY", "JPY has no smaller unit: type a whole amount."),
        ("1.2345", "KWD", "An amount in KWD has at most 3 figures after the point."),
        ("1e9", "GBP", "Type an amount in figures, such as 49.00."),
        ("1,50", "GBP", "Type an amount in figures, such as 49.00."),
        ("NaN", "GBP", "Type an amount in figures, such as 49.00."),
        ("٤٩", "GBP", "Type an amount in figures, such as 49.00."),
        (".", "GBP", "Type an amount in figures, such as 49.00."),
        ("free", "JPY", "Type an amount in figures, such as 4900."),
        ("-1", "GBP", "An amount can't be negative."),
    ],
)
def test_what_is_no_amount_is_refused_in_words(wrong, currency, said):
    with pytest.raises(ValidationError) as refused:
        money.read(wrong, currency)
    assert refused.value.messages == [said]


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (4900, "GBP", "£49.00"),
        (4900, "JPY", "JP¥4,900"),
        (1250, "KWD", "KWD1.250"),
        (4950, "RSD", "RSD49.50"),
    ],
)
def test_an_amount_is_shown_with_the_minor_units_of_iso_4217(minor, currency, shown):
    assert money.shown(minor, currency) == shown


@pytest.mark.parametrize("code", ["DEM", "XAU", "XTS", "GB", "gbp", "£"])
def test_what_is_no_currency_in_use_is_refused(code):
    with pytest.raises(ValidationError):
        money.check_currency(code)


def test_every_form_of_staff_with_an_amount_takes_it_as_people_type_it(owner):
    request = RequestFactory().get("/")
    request.user = owner
    asked = set()
    for model, model_admin in admin.site._registry.items():
        for name, field in model_admin.get_form(
            request, None, change=False
        ).base_fields.items():
            if name.endswith("_minor") and model_admin.has_add_permission(request):
                assert isinstance(field, MoneyField), f"{model.__name__}.{name}"
                asked.add(model)
    assert asked == {Plan, Product, RentalKind, Service, SupplierOffer}


def test_no_page_of_staff_says_minor_units(client, owner):
    a_bit_of_everything(owner)
    for address in addresses(owner):
        text = re.sub(r"<[^>]*>", " ", client.get(address).content.decode())
        assert not re.search(r"\bminor\b", text, re.IGNORECASE), address


def test_a_plan_costs_what_was_typed(client, owner):
    assert client.post("/admin/memberships/plan/add/", PLAN).status_code == 302
    plan = Plan.objects.get()
    assert plan.price_minor == 4900
    shown = client.get(f"/admin/memberships/plan/{plan.pk}/change/").content.decode()
    (field,) = re.findall(r'<input[^>]* name="price_minor"[^>]*>', shown)
    assert 'value="49.00"' in field


def test_another_currency_is_another_amount_in_minor_units(client, owner):
    client.post("/admin/memberships/plan/add/", PLAN)
    page = f"/admin/memberships/plan/{Plan.objects.get().pk}/change/"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    assert (
        client.post(page, PLAN | {"currency": "KWD", "seen": seen}).status_code == 302
    )
    assert Plan.objects.values_list("price_minor", "currency").get() == (49000, "KWD")
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    answer = client.post(
        page, PLAN | {"price_minor": "49.000", "currency": "JPY", "seen": seen}
    ).content.decode()
    assert (
        "JPY has no smaller unit: type a whole amount." in answer
        and 'value="49.000"' in answer
    )
    assert Plan.objects.values_list("price_minor", "currency").get() == (49000, "KWD")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("1.999", "at most 2 figures after the point"),
        ("1e9", "Type an amount in figures"),
        ("-1", "can&#x27;t be negative"),
        ("21474836.48", "At most 21474836.47."),
        ("9" * 400, "That amount is too large."),
        ("", "This field is required"),
    ],
)
def test_a_wrong_price_is_refused_in_words_and_kept_in_its_field(
    client, owner, wrong, said
):
    answer = client.post("/admin/memberships/plan/add/", PLAN | {"price_minor": wrong})
    shown = answer.content.decode()
    assert answer.status_code == 200 and said in shown
    assert (
        wrong[:20] in shown and "onstraint" not in shown and not Plan.objects.exists()
    )


def test_nothing_is_given_away_by_a_price_of_nothing(client, owner):
    row = {
        "sku": "B-1",
        "slug": "band",
        "name": "Band",
        "category": CategoryFactory().pk,
        "tracks_stock": "on",
    }
    answer = client.post(
        "/admin/catalog/product/add/",
        row | {"price_minor": "0", "currency": "GBP", "rank": 1},
    )
    assert "At least 0.01." in answer.content.decode() and not Product.objects.exists()
    offer = SupplierOfferFactory()
    page = f"/admin/catalog/supplieroffer/{offer.pk}/change/"
    assert (
        "At least 0.01."
        in client.post(
            page, {"pack_cost_minor": "0", "currency": "GBP"}
        ).content.decode()
    )


def test_a_new_row_is_in_the_currency_of_the_brand(client, owner):
    Brand.objects.create(id=1, currency="EUR")
    shown = client.get("/admin/catalog/rentalkind/add/").content.decode()
    (field,) = re.findall(r'<input[^>]* name="currency"[^>]*>', shown)
    assert 'value="EUR"' in field
    assert "In EUR" in shown


@pytest.mark.parametrize("typed", ["gbp", " GBP "])
def test_a_currency_is_kept_in_capitals(client, owner, typed):
    assert (
        client.post(
            "/admin/memberships/plan/add/", PLAN | {"currency": typed}
        ).status_code
        == 302
    )
    assert Plan.objects.get().currency == "GBP"


def test_a_brand_has_a_currency_that_is_one(client, owner):
    Brand.objects.create(id=1)
    answer = client.post(
        "/admin/core/brand/1/change/",
        {"name": "Northside", "hue": 152, "currency": "DEM"},
    )
    assert "DEM is no currency in use" in answer.content.decode()


def test_the_budget_of_a_plan_is_money_of_the_brand(client, owner):
    ProductFactory()
    wanted = {"horizon_days": 28, "branch": owner.home_branch_id}
    page = "/admin/catalog/purchaseorder/plan/"
    assert (
        "at most 2 figures"
        in client.get(page, wanted | {"budget": "1.999"}).content.decode()
    )
    Brand.objects.create(id=1, currency="JPY")
    assert client.get(page, wanted | {"budget": "5000"}).status_code == 200
    assert (
        "type a whole amount"
        in client.get(page, wanted | {"budget": "50.00"}).content.decode()
    )


@pytest.mark.django_db
def test_amounts_that_are_only_read_are_shown_as_money(client):
    kind = RentalKindFactory(day_fee_minor=1250, currency="GBP")
    client.force_login(UserFactory(role=Role.FRONT_DESK))
    shown = client.get(f"/admin/catalog/rentalkind/{kind.pk}/change/").content.decode()
    assert "£12.50" in shown and ">1250<" not in shown


def test_every_admin_page_is_of_the_base_that_knows_money():
    assert all(isinstance(page, StaffAdmin) for page in admin.site._registry.values())
