"""The reference data that a new gym can start from."""

import json
import re

import pytest
from django.core.management import call_command

from bookings.models import ClassType, Room, Service
from catalog.models import (
    Category,
    Product,
    RentalKind,
    StockLevel,
    Supplier,
    SupplierOffer,
)
from gymsite.core.models import Branch, Brand
from gymsite.ops.seed import words
from gymsite.ops.seed.tables import reviews, shop
from memberships.models import Plan

FILES = ("branches", "rooms", "class_types", "plans")


@pytest.mark.django_db
def test_loaddata_takes_them_and_every_field_is_valid(project):
    call_command(
        "loaddata", *(project / f"fixtures/{name}.json" for name in FILES), verbosity=0
    )
    assert [model.objects.count() for model in (Branch, Room, ClassType, Plan)] == [
        10,
        50,
        30,
        50,
    ]
    for model in (Brand, Branch, Room, ClassType, Plan):
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.django_db
def test_loaddata_takes_the_shops_and_every_field_is_valid(project):
    shop = ("categories", "products", "suppliers", "rental_kinds")
    call_command(
        "loaddata", *(project / f"fixtures/{name}.json" for name in shop), verbosity=0
    )
    models = (Category, Product, StockLevel, Supplier, SupplierOffer, RentalKind)
    assert [model.objects.count() for model in models] == [21, 138, 130, 24, 300, 8]
    for model in models:
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.django_db
def test_loaddata_takes_the_services_and_every_field_is_valid(project):
    call_command("loaddata", project / "fixtures/services.json", verbosity=0)
    assert Service.objects.count() == 12
    for row in Service.objects.all():
        row.full_clean()


def test_every_shelf_has_its_words():
    """What reviews are put together from."""
    known = reviews.phrases()
    shelves = {row["slug"] for row in words.rows("categories", "catalog.category")}
    assert set(known["group_of"]) == shelves == set(shop.PULL)
    assert set(known["group_of"].values()) == set(known["details"])


@pytest.mark.parametrize("name", ["categories", "rental_kinds"])
def test_every_drawing_that_is_named_is_in_the_sprite(project, name):
    drawn = set(
        re.findall(
            r'<symbol id="([a-z]+)"', (project / "static/img/products.svg").read_text()
        )
    )
    rows = json.loads((project / f"fixtures/{name}.json").read_text())
    assert {row.get("fields", row)["picture"] for row in rows} <= drawn
