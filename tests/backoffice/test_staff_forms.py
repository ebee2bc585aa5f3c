"""What staff type is checked against what it stands beside.

A refusal is in words, never a constraint's name.
"""

import re
from datetime import time

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.urls import URLPattern, URLResolver, get_resolver

from bookings.models import BookingPolicy, GymClass, Trainer
from catalog.models import Category, Product, RentalKind
from gymsite.backoffice import roles
from gymsite.core.errors import refusal_for
from gymsite.core.models import BranchHours, User
from memberships.models import Plan
from tests.factories import (
    BranchFactory,
    CategoryFactory,
    ClassTypeFactory,
    GymClassFactory,
    PlanFactory,
    ProductFactory,
    RentalKindFactory,
    RentalUnitFactory,
    SupplierOfferFactory,
)

pytestmark = pytest.mark.django_db
# Columns that no form holds: the database's own, or an operation's.
NOT_TYPED = {
    "core_brand_is_one_row",
    "core_user_calendar_token_unique",
    "core_user_email_in_lower_case",
    "core_user_staff_follows_role",
    "core_user_no_superuser",
    "catalog_product_rating_is_1_to_5",
    "bookings_session_waitlist_counted",
    "bookings_session_ends_after_start",
    "bookings_session_goes_by_a_clock",
    "bookings_session_one_a_date",
    "bookings_appointment_buffers_around_it",
    "bookings_appointment_cancelled_has_time",
    "bookings_appointment_currency_known",
    "bookings_appointment_lasts",
    "bookings_appointment_over_in_time",
    "bookings_appointment_paid_in_one_way",
    "bookings_appointment_reference_unique",
}
PLAN = {
    "name": "Swim",
    "slug": "swim",
    "kind": "unlimited",
    "period": "month",
    "price_minor": "9",
    "currency": "GBP",
}
OFFER = {
    "pack_size": 1,
    "pack_cost_minor": "1",
    "currency": "GBP",
    "fewest_packs": 1,
    "most_packs": 1,
    "lead_days": 1,
}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def edit(client, row, **typed):
    """Change a row by its form; other fields stay as the form shows them."""
    page = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"
    form = client.get(page).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    below = {"pictures-TOTAL_FORMS": 0, "pictures-INITIAL_FORMS": 0}
    sent = {
        name: value
        for name, value in {**shown, **typed}.items()
        if value is not None and value is not False
    }
    return client.post(page, sent | below)


def hours(*rows):
    """The opening hours below a branch as its form sends them.

    Each is (weekday, opens, closes).
    """
    sent = {"hours-TOTAL_FORMS": len(rows), "hours-INITIAL_FORMS": 0}
    for number, (weekday, opens, closes) in enumerate(rows):
        sent |= {
            f"hours-{number}-weekday": weekday,
            f"hours-{number}-opens": opens,
            f"hours-{number}-closes": closes,
        }
    return sent


def test_every_constraint_that_a_form_can_meet_has_words_of_ours():
    typed = [
        apps.get_model(label)
        for label, steps in roles.TABLE.items()
        if {"add", "change"} & set(" ".join(steps).split())
    ]
    named = {
        constraint.name for model in typed for constraint in model._meta.constraints
    }
    assert {name for name in named - NOT_TYPED if refusal_for(name) is None} == set()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"classes": 8}, "Say how many classes"),
        ({"kind": "pack", "classes": 0, "valid_days": 90}, "Say how many classes"),
        ({"kind": "per_period"}, "Say how many classes"),
        ({"kind": "pack", "classes": 10}, "Say how many days a pack lasts"),
        ({"valid_days": 90}, "Say how many days a pack lasts"),
    ],
)
def test_a_plan_whose_values_do_not_go_together_says_which(client, owner, typed, said):
    answer = client.post("/admin/memberships/plan/add/", PLAN | {"rank": 1} | typed)
    form = answer.context["adminform"].form
    assert said in text_of(answer) and "onstraint" not in text_of(answer)
    assert not form.non_field_errors() and not Plan.objects.exists()


@pytest.mark.parametrize(
    ("make", "field", "typed", "said"),
    [
        (GymClassFactory, "capacity", 0, "A class has at least one place."),
        (GymClassFactory, "minutes", 0, "A class lasts 1 to 600 minutes."),
        (GymClassFactory, "minutes", 601, "A class lasts 1 to 600 minutes."),
        (lambda: GymClassFactory().room, "capacity", 0, "A room holds at least one."),
        (RentalKindFactory, "longest_days", 0, "greater than or equal to 1"),
        (SupplierOfferFactory, "most_packs", 0, "greater than or equal to 1"),
    ],
)
def test_a_number_that_can_t_be_is_refused_beside_its_field(
    client, owner, make, field, typed, said
):
    answer = edit(client, make(), **{field: typed})
    assert answer.status_code == 200 and said in str(
        answer.context["adminform"].form.errors[field]
    )


def test_an_offer_of_at_most_fewer_than_at_least_is_refused(client, owner):
    answer = edit(client, SupplierOfferFactory(), fewest_packs=9, most_packs=2)
    assert "At most as many packs as at least, or more." in str(
        answer.context["adminform"].form.errors["most_packs"]
    )


def test_a_second_offer_and_a_second_unit_with_a_code_are_refused(client, owner):
    offer, unit = SupplierOfferFactory(), RentalUnitFactory()
    typed = OFFER | {
        "supplier": offer.supplier_id,
        "product": offer.product_id,
        "pack_size": offer.pack_size,
    }
    answer = client.post("/admin/catalog/supplieroffer/add/", typed)
    assert (
        "This supplier offers this product in packs of that size already."
        in text_of(answer)
    )
    typed = {"branch": unit.branch_id, "kind": unit.kind_id, "code": unit.code}
    answer = client.post("/admin/catalog/rentalunit/add/", typed)
    assert "This branch has a unit with that code." in text_of(answer)


def test_a_policy_opens_some_day(client, owner):
    shown = client.get("/admin/bookings/bookingpolicy/add/").context["adminform"].form
    typed = {
        name: shown[name].value()
        for name in shown.fields
        if shown[name].value() is not None
    }
    before = BookingPolicy.objects.count()
    answer = client.post(
        "/admin/bookings/bookingpolicy/add/", typed | {"window_days": 0}
    )
    assert "Booking opens at least one day ahead." in text_of(answer)
    assert BookingPolicy.objects.count() == before


def test_an_address_in_capitals_is_no_refusal(client, owner):
    typed = {
        "first_name": "Ada",
        "last_name": "L",
        "email": "Ada@Example.COM",
        "username": "adal",
    }
    answer = client.post("/admin/core/user/add/", typed)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert User.objects.get(username="adal").email == "ada@example.com"


@pytest.mark.parametrize("slug", ["cart", "checkout", "orders", "rentals", "search"])
def test_a_category_is_not_named_as_another_page_of_the_shop(client, owner, slug):
    typed = {"name": "Carts", "slug": slug, "kind": "equipment", "rank": 1}
    answer = client.post("/admin/catalog/category/add/", typed)
    assert f"/shop/{slug}/ is another page of the site." in text_of(answer)
    category = CategoryFactory(slug="carts")
    assert f"/shop/{slug}/ is another page" in text_of(
        edit(client, category, slug=slug)
    )
    assert set(Category.objects.values_list("slug", flat=True)) == {"carts"}


def test_an_address_part_is_kept_in_one_form_and_wrong_ones_are_told_so(client, owner):
    typed = {"name": "Carts", "slug": " Big-Things ", "kind": "equipment", "rank": 1}
    assert client.post("/admin/catalog/category/add/", typed).status_code == 302
    assert Category.objects.get().slug == "big-things"
    for wrong in ("big things", "café", "a/b", "..", "👟"):
        answer = client.post("/admin/catalog/category/add/", typed | {"slug": wrong})
        assert "Letters, figures and hyphens, as in evening-yoga." in text_of(answer), (
            wrong
        )
    answer = client.post("/admin/catalog/category/add/", typed | {"slug": "BIG-things"})
    assert "This is taken by another one." in text_of(answer)


def test_every_route_with_an_address_part_is_known_to_the_form_that_it_is_typed_into():
    def routes(patterns, before=""):
        for pattern in patterns:
            if isinstance(pattern, URLResolver) and not str(pattern.pattern).startswith(
                ("admin/", "api/")
            ):
                yield from routes(pattern.url_patterns, before + str(pattern.pattern))
            elif isinstance(pattern, URLPattern) and str(pattern.pattern).endswith(
                "<slug:slug>/"
            ):
                yield pattern.name

    pages = [
        page
        for model, page in admin.site._registry.items()
        if any(f.name == "slug" for f in model._meta.fields)
    ]
    claimed = {page.slug_route for page in pages if page.slug_route}
    assert set(routes(get_resolver().url_patterns)) == claimed
    assert claimed >= {"shop-category", "product", "plan", "trainer", "rent"}


@pytest.mark.parametrize(
    "make",
    [PlanFactory, ProductFactory, RentalKindFactory, CategoryFactory, ClassTypeFactory],
)
def test_what_has_its_address_keeps_it_when_something_else_changes(client, owner, make):
    row = make()
    answer = edit(client, row, name="Another name")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert type(row).objects.get().slug == row.slug


def test_a_branch_is_open_until_midnight(client, owner):
    branch = BranchFactory()
    page = f"/admin/core/branch/{branch.pk}/change/"
    sent = hours((0, "06:00", "00:00"), (1, "00:00", "00:00"), (2, "06:00", "24:00"))
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    typed = {"name": branch.name, "slug": branch.slug, "seen": seen}
    answer = client.post(page, typed | sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert set(BranchHours.objects.values_list("weekday", "closes")) == {
        (day, time(0)) for day in range(3)
    }
    assert "Monday 06:00 to midnight" in {str(row) for row in BranchHours.objects.all()}


def test_closing_before_opening_is_refused_in_words(client, owner):
    branch = BranchFactory()
    page = f"/admin/core/branch/{branch.pk}/change/"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(page).content.decode())[1]
    typed = {"name": branch.name, "slug": branch.slug, "seen": seen}
    answer = client.post(page, typed | hours((0, "22:00", "06:00")))
    assert (
        "Closing comes after opening. A day that ends at midnight closes at 00:00."
        in text_of(answer)
    )
    answer = client.post(
        page, typed | hours((0, "06:00", "22:00"), (0, "07:00", "21:00"))
    )
    assert "duplicate" in text_of(answer) and "onstraint" not in text_of(answer)
    with (
        pytest.raises(IntegrityError, match="core_branchhours_close_after_opening"),
        transaction.atomic(),
    ):
        BranchHours.objects.create(
            branch=branch, weekday=0, opens=time(22), closes=time(6)
        )


@pytest.mark.parametrize(
    "model", [Category, Plan, Product, RentalKind, Trainer, GymClass]
)
def test_no_form_of_staff_says_slug(client, owner, model):
    answer = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/")
    assert not re.search(r"\bslug\b", text_of(answer), re.IGNORECASE)
